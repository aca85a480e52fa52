"""What stands outside of functions, changed in one place at a time: words, numbers, patterns, members of tables."""

import ast
import copy
import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import pytest

Result = TypeVar("Result")
SEVERAL = re.compile(r"\s*[a-z0-9-][a-z0-9.-]*(?:\s+[a-z0-9-][a-z0-9.-]*){2,}\s*")
ESCAPED = r"(?:\\x..|\\u.{4}|\\U.{8}|\\.|[^\]\\])"
CLASS = re.compile(rf"\[\^?((?:{ESCAPED})+)\]", re.DOTALL)
MEMBER = re.compile(rf"{ESCAPED}(?:-{ESCAPED})?", re.DOTALL)
COUNT = re.compile(r"(?<=[{,])\d+(?=\})")


class Change(NamedTuple):
    """The line that was changed, how, and what became of it."""

    was: str
    becomes: str
    status: str


class Trial(NamedTuple):
    """Another source for a module, and the tests to run."""

    module: str
    source: str
    arguments: tuple[str, ...]


def try_tables(path: Path, tests: Sequence[str], wanted: str, processes: int) -> Iterator[Change]:
    """Run the tests for each change of the module at `path`, which is below src/ in the current folder."""
    source = path.read_text()
    tree = ast.parse(source)
    found = list(changes(tree))
    module = ".".join(path.relative_to(Path("src").absolute()).with_suffix("").parts).removesuffix(".__init__")
    arguments = ("-x", "-q", "-p", "no:cacheprovider", "--timeout=60", *tests, "-k", wanted)
    trials = [Trial(module, ast.unparse(changed), arguments) for changed, _, _ in found]
    # Forked from a process that has run all of them once: what is loaded and what keys were made is there already.
    if trials and _quietly(pytest.main, [*arguments]) != pytest.ExitCode.OK:
        raise SystemExit(f"the tests of {path} fail without any change")
    with multiprocessing.get_context("fork").Pool(processes, maxtasksperchild=1) as pool:
        noticed = list(pool.imap(_fails, trials, chunksize=1))
    lines = source.splitlines()
    for (_, number, said), failed in zip(found, noticed, strict=True):
        yield Change(lines[number - 1].strip(), said, "killed" if failed else "survived")


def changes(tree: ast.Module) -> Iterator[tuple[ast.Module, int, str]]:
    """Yield the whole module with one change each, the number of its line and what it was."""
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.expr) and any(node is table for table in _tables(tree)):
            for inside, part in enumerate(ast.walk(node)):
                for fields, said in _variants(part):
                    changed = copy.deepcopy(tree)
                    same = _nth(_nth(changed, place), inside)
                    vars(same).update(fields)
                    yield ast.fix_missing_locations(changed), getattr(part, "lineno", node.lineno), said


def _tables(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the values of constants and of the fields of classes, but for names of types."""
    for body in (tree.body, *(each.body for each in tree.body if isinstance(each, ast.ClassDef))):
        for each in body:
            if isinstance(each, ast.Assign | ast.AnnAssign) and not isinstance(each.value, ast.Subscript | None):
                target = each.targets[0] if isinstance(each, ast.Assign) else each.target
                if isinstance(target, ast.Name) and target.id != "__all__":
                    yield each.value


def _nth(tree: ast.AST, index: int) -> ast.AST:
    return list(ast.walk(tree))[index]


def _variants(node: ast.AST) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield other values for fields of the node, and a word about them."""
    match node:
        case ast.Constant():
            for value, said in _values(node.value):
                yield {"value": value}, said
        case ast.Set(elts=members) | ast.List(elts=members) | ast.Tuple(elts=members, ctx=ast.Load()):
            for n, member in enumerate(members):
                yield {"elts": members[:n] + members[n + 1 :]}, f"without {ast.unparse(member)}"
        case ast.Dict(keys=keys, values=values):
            for n, key in enumerate(keys):
                rest = {"keys": keys[:n] + keys[n + 1 :], "values": values[:n] + values[n + 1 :]}
                yield rest, f"without {ast.unparse(key or values[n])}"


def _values(value: object) -> Iterator[tuple[object, str]]:
    match value:
        case bool():
            yield not value, f"is {not value}"
        case int():
            yield value + 1, f"{value} is {value + 1}"
        case bytes():
            yield from ((str(other).encode("latin-1"), said) for other, said in _values(value.decode("latin-1")))
        case str() if SEVERAL.fullmatch(value):
            words = value.split()
            yield from ((" ".join(words[:n] + words[n + 1 :]), f"without {word}") for n, word in enumerate(words))
        case str():
            yield from _patterns(value)


def _patterns(text: str) -> Iterator[tuple[str, str]]:
    """Yield a pattern without a member of a class, without an alternative, and with a larger count."""
    for found in CLASS.finditer(text):
        members = list(MEMBER.finditer(text, found.start(1), found.end(1)))
        for member in members if len(members) > 1 else ():
            yield text[: member.start()] + text[member.end() :], f"no {member[0]!a} in [ ]"
    for found in COUNT.finditer(text):
        more = str(int(found[0]) + 1)
        yield text[: found.start()] + more + text[found.end() :], f"{found[0]} is {more}"
    for start, end in _alternatives(text):
        yield text[:start] + text[end:], f"without |{text[start:end].strip('|')!a}"


def _alternatives(text: str) -> Iterator[tuple[int, int]]:
    """Yield beginning and end of each alternative, with one of its strokes."""
    bare = CLASS.sub(lambda found: "_" * len(found[0]), re.sub(r"\\.", "__", text))
    for found in re.finditer(r"\|[^|()]*(?=[|)]|\Z)|(?<=[(:=!])[^|():?]+\|", bare):
        yield found.span()


def _fails(trial: Trial) -> bool:
    try:
        _exchange(sys.modules[trial.module], trial.source)
    except Exception:  # noqa: BLE001 - it cannot even be imported
        return True
    return _quietly(pytest.main, [*trial.arguments]) != pytest.ExitCode.OK


def _exchange(module: ModuleType, source: str) -> None:
    """Put what another source makes of its tables in the place of what is there, wherever it was imported."""
    other: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source, module.__name__, "exec"), other)  # noqa: S102 - our own code, but for one change
    ours = [vars(each) for name, each in sys.modules.items() if name.partition(".")[0] in ("mailpost", "tests")]
    for name, old in list(vars(module).items()):
        if not name.startswith("__") and not isinstance(old, ModuleType) and getattr(old, "__qualname__", "") != name:
            for names in ours:
                if name in names and names[name] is old:
                    names[name] = other[name]
    for names in ours:
        for each in names.values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


def _quietly(run: Callable[[list[str]], Result], words: list[str]) -> Result:
    out = os.dup(1)
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return run(words)
    finally:
        os.dup2(out, 1)

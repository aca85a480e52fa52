"""config.example.toml is true: it loads, it has every key, and it shows every default."""

import re
import tomllib
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from mailpost import config
from tests.private import private

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
KEY = re.compile(r"^#? ?([a-z_]+) = (.+)$")
TABLE = re.compile(r"^#? ?\[\[?([a-z]+)\]\]?$")
# Where a default says less than an example would.
ILLUSTRATED = {("mailbox", "tls_ca_file"), ("site", "theme"), ("store", "path"), ("files", "path")}
ADAPTERS = {"mailbox": "imap", "store": "sqlite", "files": "local", "autopost": "webhook"}


def shown() -> dict[tuple[str, str], tuple[bool, Any]]:
    """Every key of the example: whether it is commented out, and its value."""
    found: dict[tuple[str, str], tuple[bool, Any]] = {}
    table = ""
    for line in EXAMPLE.read_text().splitlines():
        if match := TABLE.match(line):
            table = match[1]
        elif match := KEY.match(line):
            found[table, match[1]] = (line.startswith("#"), tomllib.loads(f"x = {match[2]}")["x"])
    return found


def known() -> dict[tuple[str, str], Any]:
    """Every key of the program with its default, `...` where it has none."""
    found: dict[tuple[str, str], Any] = {}
    for name, field in config.Root.model_fields.items():
        model = _model(field.annotation)
        if model is None:
            found["", name] = _plain(field.get_default(call_default_factory=True))
            continue
        for key, inner in model.model_fields.items():
            found[name, key] = _plain(inner.get_default(call_default_factory=True))
        if name in ADAPTERS:
            found |= _adapter(name)
            if name in ("mailbox", "autopost", "store", "files"):
                found[name, "kind"] = ADAPTERS[name]
    return found


def _adapter(name: str) -> dict[tuple[str, str], Any]:
    settings = import_module(f"mailpost.{name}.{ADAPTERS[name]}").Settings
    return {(name, f.name): ... if f.default is MISSING else _plain(f.default) for f in fields(settings)}


def _model(annotation: Any) -> Any:
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, config.Table):
            return candidate
    return None


def _plain(value: Any) -> Any:
    return ... if value is PydanticUndefined else value


def test_every_key_is_in_the_example_and_none_besides() -> None:
    assert sorted(shown()) == sorted(known())


@pytest.mark.parametrize(("table", "key"), sorted(set(known()) - ILLUSTRATED - {("autopost", "kind")}))
def test_the_example_shows_the_default(table: str, key: str) -> None:
    default = known()[table, key]
    commented, value = shown()[table, key]
    if default is ...:
        assert table == "autopost" or not commented, "a key without a default is filled in"
    else:
        assert commented
        assert value == (str(default) if isinstance(default, Path) else default)


def test_the_example_loads_as_it_is(tmp_path: Path) -> None:
    private(tmp_path / "password", "not a real one\n")
    (tmp_path / "config.toml").write_text(EXAMPLE.read_text())
    loaded = config.load(tmp_path / "config.toml")
    assert [blog.title for blog in loaded.blogs] == ["Ann's blog"]


def test_the_example_loads_with_every_line_in_force(tmp_path: Path) -> None:
    for secret in ("password", "relay-secret"):
        private(tmp_path / secret, "not a real one\n")
    text = re.sub(r"(?m)^# ?(?=[a-z_]+ = |\[\[)", "", EXAMPLE.read_text())
    (tmp_path / "config.toml").write_text(text)
    loaded = config.load(tmp_path / "config.toml")
    assert [chosen.kind for chosen in loaded.autopost] == ["webhook"]


def test_every_key_is_explained() -> None:
    """Each run of keys has a line of words above it."""
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        if KEY.match(line):
            above = next(a for a in reversed(lines[:number]) if not KEY.match(a) and not TABLE.match(a))
            assert above.startswith("#"), line

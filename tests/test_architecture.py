"""The house of docs/architecture.md, kept by reading the imports."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "mailpost"

FLOORS = {
    1: {"errors", "log"},
    2: {"author", "blog", "post", "attachment", "mime", "envelope", "proof", "message"},
    3: {"authorise", "convert", "sanitise", "media", "feed", "site", "read", "advice"},
    4: {"mailbox", "store", "files", "autopost", "resolver", "fetch", "ffmpeg", "tls"},
    5: {"child", "pipeline", "publish", "outbox"},
    6: {"config", "app", "schedule", "serve", "demo", "cli", "__main__"},
}
FLOOR = {module: floor for floor, modules in FLOORS.items() for module in modules}
SIDEWAYS = {2, 3, 6}
BESIDE = {
    ("pipeline", "child"),
    ("mailbox", "tls"),
    ("autopost", "tls"),
    ("fetch", "tls"),
}  # and these few on one floor
PORTS = {"mailbox", "store", "files", "autopost"}

# Each third-party package has exactly one home.
HOMES = {
    "imapclient": "mailbox",
    "mailparser": "mime",
    "webencodings": "mime",
    "bleach": "sanitise",
    "nh3": "sanitise",
    "feedgen": "feed",
    "apscheduler": "schedule",
    "lxml": "convert",
    "markdown_it": "convert",
    "pygments": "convert",
    "PIL": "media",
    "pi_heif": "media",
    "filetype": "media",
    "tinytag": "media",
    "tnefparse": "media",
    "striprtf": "media",
    "pypdfium2": "media",
    "dkim": "proof",
    "dns": "resolver",
    "slugify": "post",
    "jinja2": "site",
    "markupsafe": "site",
    "sqlalchemy": "store",
    "alembic": "store",
    "httpx": "autopost",
    "pebble": "child",
    "pydantic": "config",
    "typer": "cli",
    "rich": "cli",
    "structlog": "log",
    "pymap": "demo",
    "pysasl": "demo",
    "proxyprotocol": "demo",
    "aiosmtpd": "demo",
}
WORLD = frozenset(
    [
        "os",
        "socket",
        "subprocess",
        "pathlib",
        "shutil",
        "tempfile",
        "time",
        "random",
        "secrets",
        "uuid",
        "sqlite3",
        "threading",
        "multiprocessing",
        "asyncio",
        "signal",
        "ssl",
        "smtplib",
        "imaplib",
        "http",
        "glob",
        "fcntl",
        "resource",
    ]
)
VAGUE = frozenset(
    [
        "utils",
        "util",
        "helpers",
        "common",
        "base",
        "core",
        "types",
        "models",
        "interfaces",
        "manager",
        "service",
        "handler",
        "processor",
    ]
)


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    """Full name, room on its floor, and tree of each module."""
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(part for part in inside if part != "__init__")
        if name:
            yield name, inside[0], ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from whole if node.module in ("mailpost", *(f"mailpost.{port}" for port in PORTS)) else [node.module]


def broken() -> list[str]:
    """Every rule that is broken, as a sentence."""
    found = []
    for name, room, tree in modules():
        if room not in FLOOR:
            found.append(f"{room} has no floor: say in this test where it belongs")
            continue
        for target in imports(tree):
            top, _, rest = target.partition(".")
            if top == "mailpost":
                found += _inside(name, room, rest)
            elif top in sys.stdlib_module_names:
                if FLOOR[room] <= 3 and room != "log" and (top in WORLD or target == "urllib.request"):
                    found.append(f"{name} is pure: no {top}")
            elif HOMES.get(top) != room:
                home = HOMES.get(top)
                found.append(
                    f"{top} lives in {home} only: not in {name}" if home else f"{top} has no home yet: {name} wants it"
                )
    return found


def _inside(name: str, room: str, target: str) -> list[str]:
    other = target.split(".", maxsplit=1)[0]
    if other in ("", "__version__") or other == room or other not in FLOOR:
        return []
    if FLOOR[other] > FLOOR[room]:
        return [f"{name} looks up: {other} is on a higher floor"]
    if FLOOR[other] == FLOOR[room] and FLOOR[room] not in SIDEWAYS and (room, other) not in BESIDE:
        return [f"{name} looks sideways at {other}"]
    inner = target.split(".")[1:2]
    module = SOURCE / other / f"{inner[0]}.py" if inner else None
    if other in PORTS and module is not None and module.exists() and FLOOR[room] == 5:
        return [f"{name} knows the adapter {target}"]
    return []


def test_every_import_keeps_to_the_house() -> None:
    assert broken() == []


def test_no_imports_in_a_circle() -> None:
    uses: dict[str, set[str]] = {}
    for name, room, tree in modules():
        uses.setdefault(room, set()).update(
            other
            for t in imports(tree)
            if t.startswith("mailpost.") and (other := t.split(".")[1]) != room and other in FLOOR
        )
        assert name

    def reaches(start: str, goal: str, seen: frozenset[str] = frozenset()) -> bool:
        return any(n == goal or (n not in seen and reaches(n, goal, seen | {n})) for n in uses.get(start, ()))

    assert [room for room in uses if reaches(room, room)] == []


def test_adapters_do_not_know_one_another() -> None:
    for name, room, tree in modules():
        if room in PORTS and "." in name:
            own = name.split(".")[1]
            strangers = {t.split(".")[1] for t in imports(tree) if t.startswith("mailpost.")} & PORTS - {room}
            assert strangers == set(), f"{name} knows {strangers}; {own} is an adapter"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name, _, _ in modules() if VAGUE & set(name.split("."))] == []


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 350


def test_a_folder_fits_into_one_look() -> None:
    folders = [folder for folder in SOURCE.rglob("*") if folder.is_dir() and "__pycache__" not in folder.parts]
    crowded = {f.relative_to(SOURCE).as_posix() for f in folders if len(list(f.glob("*.py"))) > 12}
    assert crowded == set()


def test_html_is_called_safe_in_two_places_only() -> None:
    calls = [
        name
        for name, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SafeHtml"
    ]
    assert min(set(calls) - {"sanitise"}).startswith("store.")
    assert {name.split(".")[0] for name in calls} == {"sanitise", "store"}


def test_a_higher_floor_in_a_lower_one_is_found() -> None:
    """The rules bite: broken ones are named."""
    assert _inside("sanitise", "sanitise", "store") == ["sanitise looks up: store is on a higher floor"]
    assert _inside("publish", "publish", "store.sqlite") == ["publish knows the adapter store.sqlite"]
    assert _inside("outbox", "outbox", "pipeline") == ["outbox looks sideways at pipeline"]

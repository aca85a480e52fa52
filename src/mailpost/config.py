"""config.toml → frozen values; every problem at once."""

import difflib
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from mailpost.author import Author, Require
from mailpost.blog import Blog
from mailpost.envelope import FOUND
from mailpost.errors import ConfigError

SECRET_SECONDS = 30


def _many(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _address(value: object) -> object:
    if isinstance(value, str) and not FOUND.fullmatch(value):
        raise ValueError("not an email address")
    return value.lower() if isinstance(value, str) else value


Address = Annotated[str, BeforeValidator(_address)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class BlogTable(Table):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    title: str
    url: str
    addresses: Annotated[list[Address], Field(min_length=1)]
    description: str = ""
    language: str = "en"
    timezone: str = "UTC"
    folder: str = ""


class AuthorTable(Table):
    name: str
    addresses: Annotated[list[Address], Field(min_length=1)]
    require: Require = Require.PROOF
    secrets: list[str] = []
    blogs: list[str] = []


class MailboxTable(Table):
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    kind: str = "imap"
    name: str = ""
    blog: str = ""
    trusted_servers: list[str] = []


class AutopostTable(Table):
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    kind: str
    name: str
    blogs: list[str] = []
    delay_seconds: Annotated[int, Field(ge=0)] = 120


class KindTable(Table):
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    kind: str = ""


class SiteTable(Table):
    posts_per_page: Annotated[int, Field(ge=1, le=100)] = 10
    theme: Path | None = None
    attribution: str = ""


class FeedTable(Table):
    posts: Annotated[int, Field(ge=1, le=500)] = 30


class ChildTable(Table):
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    seconds: Annotated[int, Field(ge=1)] = 60
    memory_mb: Annotated[int, Field(ge=256)] = 1024


class ScheduleTable(Table):
    poll_seconds: Annotated[int, Field(ge=1)] = 60
    idle: bool = True


class ResolverTable(Table):
    nameservers: list[str] = []


class LogTable(Table):
    format: Literal["auto", "text", "json"] = "auto"


class Root(Table):
    data: Path = Path("data")
    blog: Annotated[list[BlogTable], BeforeValidator(_many), Field(min_length=1)]
    author: Annotated[list[AuthorTable], BeforeValidator(_many), Field(min_length=1)]
    mailbox: Annotated[list[MailboxTable], BeforeValidator(_many)] = []
    store: KindTable = KindTable(kind="sqlite")
    files: KindTable = KindTable(kind="local")
    site: SiteTable = SiteTable()
    feed: FeedTable = FeedTable()
    child: ChildTable = ChildTable()
    schedule: ScheduleTable = ScheduleTable()
    resolver: ResolverTable = ResolverTable()
    autopost: Annotated[list[AutopostTable], BeforeValidator(_many)] = []
    log: LogTable = LogTable()


@dataclass(frozen=True, slots=True)
class Chosen:
    """An adapter the configuration names, with its own settings."""

    kind: str
    name: str
    settings: Any
    blog: str = ""
    trusted_servers: tuple[str, ...] = ()
    blogs: frozenset[str] = frozenset()
    delay_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """What the operator asked for; paths are absolute, secrets are read."""

    data: Path
    blogs: tuple[Blog, ...]
    folders: Mapping[str, str]
    mailboxes: tuple[Chosen, ...]
    store: Chosen
    files: Chosen
    autopost: tuple[Chosen, ...]
    site: SiteTable
    feed: FeedTable
    child: ChildTable
    schedule: ScheduleTable
    resolver: ResolverTable
    log: LogTable


def load(path: Path) -> Config:
    """Read a configuration file; raises `ConfigError` with every problem in it."""
    try:
        text = path.read_text()
    except OSError as problem:
        raise ConfigError(f"{path}: {problem.strerror}; copy config.example.toml there to begin") from problem
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{path}: {problem}") from problem
    reading = _Reading(text, path.resolve().parent)
    values = reading.secrets(values, ())
    try:
        root = Root.model_validate(values)
    except ValidationError as problem:
        for error in problem.errors(include_url=False, include_input=False):
            reading.from_pydantic(error["loc"], error["type"], error["msg"])
        raise ConfigError(*(f"{path}: {p}" for p in reading.problems)) from None
    config = reading.config(root)
    if reading.problems:
        raise ConfigError(*(f"{path}: {p}" for p in reading.problems))
    return config


class _Reading:
    """Collects problems while the parts of a configuration are read."""

    def __init__(self, text: str, folder: Path) -> None:
        self.lines = text.split("\n")
        self.folder = folder
        self.problems: list[str] = []

    def problem(self, where: tuple[str | int, ...], what: str) -> None:
        name = ".".join(str(part) for part in where if not isinstance(part, int))
        self.problems.append(f"line {self.line(where)}: {name}: {what}" if name else what)

    def line(self, where: tuple[str | int, ...]) -> int:
        """The line of a key, or of its table where the key is missing; 1 where neither is."""
        table = str(where[0])
        nth = where[1] if len(where) > 1 and isinstance(where[1], int) else 0
        starts = [n for n, line in enumerate(self.lines) if re.match(rf"\s*\[\[?\s*{re.escape(table)}\s*\]", line)]
        at = starts[nth] if nth < len(starts) else 0
        key = next((part for part in where[1:] if isinstance(part, str)), table if not starts else "")
        for n in range(at, len(self.lines)):
            if n > at and starts and re.match(r"\s*\[", self.lines[n]):
                break
            if key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", self.lines[n]):
                return n + 1
        return at + 1

    def from_pydantic(self, where: tuple[str | int, ...], kind: str, what: str) -> None:
        if kind == "extra_forbidden":
            known = _fields_of(where)
            self.problem(where, f"unknown key{_nearest(str(where[-1]), known)}")
        elif kind == "missing":
            self.problem(where, "is missing")
        else:
            self.problem(where, what.removeprefix("Value error, ").lower())

    def secrets(self, value: Any, where: tuple[str | int, ...]) -> Any:
        """Replace `{ file = … }`, `{ env = … }` and `{ command = […] }` by what they hold."""
        if isinstance(value, list):
            return [self.secrets(v, (*where, n)) for n, v in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and next(iter(value)) in ("file", "env", "command") and where and where[-1] != "log":
            return self.secret(*next(iter(value.items())), where)
        return {key: self.secrets(v, (*where, key)) for key, v in value.items()}

    def secret(self, kind: str, source: Any, where: tuple[str | int, ...]) -> str:
        try:
            if kind == "file":
                return (self.folder / str(source)).read_text().strip()
            if kind == "env":
                return os.environ[str(source)]
            if not isinstance(source, list):
                raise ValueError("a command is a list of words")
            done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
                [str(word) for word in source], capture_output=True, check=True, text=True, timeout=SECRET_SECONDS
            )
            return done.stdout.strip()
        except KeyError:
            self.problem(where, f"the environment has no {source}")
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            self.problem(
                where, f"the secret could not be read: {getattr(problem, 'strerror', None) or type(problem).__name__}"
            )
        return ""

    def config(self, root: Root) -> Config:
        data = self.folder / root.data
        names = [b.name for b in root.blog]
        for n, author in enumerate(root.author):
            for blog in author.blogs:
                self.known_blog(blog, names, ("author", n, "blogs"))
            if author.require in (Require.SECRET, Require.BOTH) and not author.secrets:
                self.problem(("author", n, "require"), f'"{author.require}" needs at least one of `secrets`')
        return Config(
            data=data,
            blogs=tuple(self.blog(n, table, root) for n, table in enumerate(root.blog)),
            folders={b.name: b.folder.strip("/") for b in root.blog},
            mailboxes=tuple(self.mailbox(n, table, names) for n, table in enumerate(root.mailbox)),
            store=self.chosen("store", ("store",), root.store, "sqlite", {"path": str(data / "mailpost.db")}),
            files=self.chosen("files", ("files",), root.files, "local", {"path": "site"}),
            autopost=tuple(self.target(n, table, names) for n, table in enumerate(root.autopost)),
            site=root.site.model_copy(update={"theme": self.folder / root.site.theme})
            if root.site.theme
            else root.site,
            feed=root.feed,
            child=root.child,
            schedule=root.schedule,
            resolver=root.resolver,
            log=root.log,
        )

    def blog(self, n: int, table: BlogTable, root: Root) -> Blog:
        parts = urlsplit(table.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self.problem(("blog", n, "url"), "must be the full address of the blog, like https://example.org/")
        if table.timezone not in available_timezones():
            self.problem(("blog", n, "timezone"), f"unknown time zone{_nearest(table.timezone, available_timezones())}")
        if sum(b.name == table.name for b in root.blog) > 1:
            self.problem(("blog", n, "name"), "two blogs have this name")
        if sum(b.folder.strip("/") == table.folder.strip("/") for b in root.blog) > 1:
            self.problem(("blog", n, "folder"), "two blogs would be written into the same folder")
        authors = [a for a in root.author if not a.blogs or table.name in a.blogs]
        if not authors:
            self.problem(("blog", n, "name"), "no author may post here")
        return Blog(
            name=table.name,
            title=table.title,
            url=table.url.rstrip("/") + "/",
            addresses=frozenset(table.addresses),
            authors=tuple(Author(a.name, frozenset(a.addresses), a.require, tuple(a.secrets)) for a in authors),
            description=table.description,
            language=table.language,
            zone=table.timezone,
        )

    def mailbox(self, n: int, table: MailboxTable, names: list[str]) -> Chosen:
        if table.blog:
            self.known_blog(table.blog, names, ("mailbox", n, "blog"))
        chosen = self.chosen("mailbox", ("mailbox", n), table, "imap", {})
        name = table.name or "-".join(
            str(part)
            for part in (getattr(chosen.settings, "user", ""), getattr(chosen.settings, "host", ""), n)
            if part != ""
        )
        return replace(chosen, name=name, blog=table.blog, trusted_servers=tuple(table.trusted_servers))

    def target(self, n: int, table: AutopostTable, names: list[str]) -> Chosen:
        for blog in table.blogs:
            self.known_blog(blog, names, ("autopost", n, "blogs"))
        chosen = self.chosen("autopost", ("autopost", n), table, "webhook", {})
        return replace(
            chosen, name=table.name, blogs=frozenset(table.blogs or names), delay_seconds=table.delay_seconds
        )

    def known_blog(self, blog: str, names: list[str], where: tuple[str | int, ...]) -> None:
        if blog not in names:
            self.problem(where, f"there is no blog {blog!r}{_nearest(blog, names)}")

    def chosen(
        self, port: str, where: tuple[str | int, ...], table: Any, kind: str, defaults: dict[str, Any]
    ) -> Chosen:
        """The settings of an adapter: module `kind` of folder `port`, whose dataclass `Settings` names the keys."""
        kind = table.kind or kind
        values = defaults | dict(table.model_extra or {})
        if not re.fullmatch(r"[a-z]\w*", kind) or find_spec(f"mailpost.{port}.{kind}") is None:
            self.problem((*where, "kind"), f"there is no {port} of kind {kind!r}{_nearest(kind, _kinds(port))}")
            return Chosen(kind, "", None)
        settings = import_module(f"mailpost.{port}.{kind}").Settings
        hints = get_type_hints(settings, include_extras=True)
        for key in values.keys() - hints.keys():
            known = {*hints, *type(table).model_fields}
            self.problem((*where, key), f"unknown key{_nearest(key, known)}")
        for field in fields(settings):
            if field.name not in values:
                if field.default is MISSING and field.default_factory is MISSING:
                    self.problem((*where, field.name), "is missing")
                continue
            if field.name in values:
                values[field.name] = self.valid(hints[field.name], values[field.name], (*where, field.name))
        return Chosen(kind, "", None if self.problems else settings(**{k: v for k, v in values.items() if k in hints}))

    def valid(self, hint: Any, value: Any, where: tuple[str | int, ...]) -> Any:
        try:
            found = TypeAdapter(hint, config=ConfigDict(hide_input_in_errors=True)).validate_python(value)
        except ValidationError as problem:
            self.problem(where, problem.errors(include_url=False, include_input=False)[0]["msg"].lower())
            return None
        return self.folder / found if isinstance(found, Path) else found


def _fields_of(where: tuple[str | int, ...]) -> Iterator[str]:
    """The keys that are valid beside the one at this place."""
    model: Any = Root
    for part in where[:-1]:
        if isinstance(part, str):
            hint = model.model_fields[part].annotation
            model = next(
                (a for a in getattr(hint, "__args__", ()) if isinstance(a, type) and issubclass(a, BaseModel)), hint
            )
    yield from model.model_fields


def _kinds(port: str) -> list[str]:
    spec = find_spec(f"mailpost.{port}")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return [p.stem for p in folder.glob("*.py") if "Settings" in p.read_text() and p.stem != "__init__"]


def _nearest(name: str, known: Any) -> str:
    found = difflib.get_close_matches(name, [str(k) for k in known], n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""

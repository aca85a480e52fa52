"""Reads the file: first each table by itself, then what tables say about one another."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError

from mailpost.author import Require
from mailpost.blog import Blog
from mailpost.config.adapters import choose
from mailpost.config.problems import Problems, Where, nearest
from mailpost.config.secret import STRANGERS, WRITERS, Secrets, hidden, open_to
from mailpost.config.tables import AdapterTable, AuthorTable, AutopostTable, BlogTable, MailboxTable, Root
from mailpost.config.values import Chosen, Config
from mailpost.errors import ConfigError

Some = TypeVar("Some", bound=BaseModel)


def load(path: Path) -> Config:
    """Read a configuration file; raises `ConfigError` with every problem in it."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read()
            anybody, strangers = open_to(file, WRITERS), open_to(file, STRANGERS)
    except FileNotFoundError as problem:
        raise ConfigError(f"{path}: {problem.strerror}; copy config.example.toml there to begin") from problem
    except OSError as problem:
        raise ConfigError(f"{path}: {problem.strerror}") from problem
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not text in UTF-8") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{path}: {problem}") from None
    folder, problems = path.resolve().parent, Problems(text)
    secrets = Secrets(folder, problems)
    values = secrets.reveal(values)
    root: Root | None = None
    try:
        root = Root.model_validate(values)
    except ValidationError as problem:
        for error in problem.errors(include_url=False, include_input=False):
            _explain(error["loc"], error["type"], error["msg"], problems)
    reading = _Reading(values, root, folder, problems)
    config = reading.config()
    if anybody or (strangers and config is not None and _written(config, secrets)):
        problems.found.insert(0, anybody or f"it holds a secret, and {strangers}")
    if problems.found or config is None:
        raise ConfigError(*(f"{path}: {p}" for p in problems.found))
    return config


def _written(config: Config, secrets: Secrets) -> bool:
    """Whether a secret stands in the file itself. (Those of addresses count in any case of letters.)"""
    elsewhere = {secret.lower() for secret in secrets.elsewhere}
    return any(secret and secret.lower() not in elsewhere for secret in hidden(config))


class _Reading:
    """What tables say about one another, for those that are sound by themselves."""

    def __init__(self, values: dict[str, Any], root: Root | None, folder: Path, problems: Problems) -> None:
        self.values = values
        self.root = root
        self.folder = folder
        self.problems = problems
        self.blogs = dict(_sound(BlogTable, values.get("blog")))
        self.names = [blog.name for blog in self.blogs.values()]
        self.authors = dict(_sound(AuthorTable, values.get("author")))

    def config(self) -> Config | None:
        """Everything, or None where the tables could not be read; the problems say why."""
        data = self.folder / str(self.values.get("data", "data"))
        for n, author in self.authors.items():
            self.author(n, author)
        blogs = [self.blog(n, table) for n, table in self.blogs.items()]
        mailboxes = [self.mailbox(n, table) for n, table in _sound(MailboxTable, self.values.get("mailbox"))]
        targets = [self.target(n, table) for n, table in _sound(AutopostTable, self.values.get("autopost"))]
        store = self.chosen("store", "sqlite", {"path": str(data / "mailpost.db")})
        files = self.chosen("files", "local", {"path": "site"})
        self.apart(data, files)
        self.unlike("mailbox", mailboxes)
        self.unlike("autopost", targets)
        root = self.root
        if root is None:
            return None
        theme = self.folder / root.site.theme if root.site.theme else None
        return Config(
            data=data,
            blogs=tuple(blogs),
            folders={blog.name: blog.folder.strip("/") for blog in root.blog},
            mailboxes=tuple(mailboxes),
            store=store,
            files=files,
            autopost=tuple(targets),
            convert=root.convert,
            site=root.site.model_copy(update={"theme": theme}),
            feed=root.feed,
            child=root.child,
            schedule=root.schedule,
            resolver=root.resolver,
            log=root.log,
        )

    def author(self, n: int, table: AuthorTable) -> None:
        for blog in table.blogs:
            self.known_blog(blog, ("author", n, "blogs"))
        if table.require in (Require.SECRET, Require.BOTH) and not table.secrets:
            self.problems.add(("author", n, "require"), f'"{table.require}" needs at least one of `secrets`')

    def blog(self, n: int, table: BlogTable) -> Blog:
        if not _is_web_address(table.url):
            self.problems.add(("blog", n, "url"), "must be the full address of the blog, like https://example.org/")
        if table.timezone not in available_timezones():
            meant = nearest(table.timezone, available_timezones())
            self.problems.add(("blog", n, "timezone"), f"unknown time zone{meant}")
        if self.names.count(table.name) > 1:
            self.problems.add(("blog", n, "name"), "two blogs have this name")
        if sum(b.folder.strip("/") == table.folder.strip("/") for b in self.blogs.values()) > 1:
            self.problems.add(("blog", n, "folder"), "two blogs would be written into the same folder")
        if ".." in PurePosixPath(table.folder).parts:
            self.problems.add(("blog", n, "folder"), "must be below files.path")
        authors = [a for a in self.authors.values() if not a.blogs or table.name in a.blogs]
        if not authors and self.root is not None:
            self.problems.add(("blog", n, "name"), "no author may post here")
        self.once(("blog", n, "addresses"), "blogs", [b.addresses for b in self.blogs.values()])
        self.once(("blog", n, "name"), "authors of this blog", [a.addresses for a in authors])
        return Blog(
            name=table.name,
            title=table.title,
            url=table.url.rstrip("/") + "/",
            addresses=frozenset(table.addresses),
            authors=tuple(author.author() for author in authors),
            description=table.description,
            language=table.language,
            zone=table.timezone,
        )

    def mailbox(self, n: int, table: MailboxTable) -> Chosen:
        if table.blog:
            self.known_blog(table.blog, ("mailbox", n, "blog"))
        chosen = choose(("mailbox", n), table, {}, self.folder, self.problems)
        about = [getattr(chosen.settings, key, "") for key in ("user", "host", "folder")]
        name = table.name or "-".join(part for part in about if part and part != "INBOX")
        return replace(chosen, name=name, blog=table.blog, trusted_servers=tuple(table.trusted_servers))

    def target(self, n: int, table: AutopostTable) -> Chosen:
        for blog in table.blogs:
            self.known_blog(blog, ("autopost", n, "blogs"))
        chosen = choose(("autopost", n), table, {}, self.folder, self.problems)
        blogs = frozenset(table.blogs or self.names)
        return replace(chosen, name=table.name, blogs=blogs, delay_seconds=table.delay_seconds)

    def chosen(self, port: str, kind: str, defaults: dict[str, Any]) -> Chosen:
        tables = dict(_sound(AdapterTable, self.values.get(port, {})))
        if not tables:
            return Chosen(kind, "", None)
        table = tables[0] if tables[0].kind else tables[0].model_copy(update={"kind": kind})
        return choose((port,), table, defaults if table.kind == kind else {}, self.folder, self.problems)

    def once(self, where: Where, whose: str, all_: list[list[str]]) -> None:
        """An address says whose a mail is, so it can be one's only."""
        times = Counter(address for addresses in all_ for address in set(addresses))
        if twice := sorted(address for address, count in times.items() if count > 1):
            self.problems.add(where, f"two {whose} have the address {twice[0]}")

    def known_blog(self, blog: str, where: Where) -> None:
        if blog not in self.names:
            self.problems.add(where, f"there is no blog {blog!r}{nearest(blog, self.names)}")

    def unlike(self, port: str, chosen: list[Chosen]) -> None:
        """What is known of mails and copies is filed under these names."""
        times = Counter(each.name for each in chosen if each.settings is not None)
        for n, each in enumerate(chosen):
            if times[each.name] > 1:
                self.problems.add((port, n, "name"), f"two have the name {each.name!r}; give each a `name` of its own")

    def apart(self, data: Path, files: Chosen) -> None:
        """Readers must not be able to fetch the raw mails."""
        path = getattr(files.settings, "path", None)
        if path is not None and data.resolve().is_relative_to(path.resolve()):
            self.problems.add(("files", "path"), "the mails in `data` would lie among the pages, for everybody to read")


def _sound(model: type[Some], value: Any) -> Iterator[tuple[int, Some]]:
    """Those of some tables that are sound by themselves, with their numbers."""
    tables = value if isinstance(value, list) else [value] if value is not None else []
    for n, table in enumerate(tables):
        try:
            yield n, model.model_validate(table)
        except ValidationError:
            continue


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _explain(where: Where, kind: str, what: str, problems: Problems) -> None:
    if kind == "extra_forbidden":
        problems.add(where, f"unknown key{nearest(str(where[-1]), _fields_beside(where))}")
    elif kind == "missing":
        problems.add(where, "is missing")
    else:
        problems.add(where, what.removeprefix("Value error, ").lower())


def _fields_beside(where: Where) -> Iterator[str]:
    """The keys that are valid beside the one at this place."""
    model: Any = Root
    for part in where[:-1]:
        if isinstance(part, str):
            hint = model.model_fields[part].annotation
            inner = (a for a in getattr(hint, "__args__", ()) if isinstance(a, type) and issubclass(a, BaseModel))
            model = next(inner, hint)
    yield from model.model_fields

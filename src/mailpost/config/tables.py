"""The tables of config.toml and what may stand in them; an adapter's own keys are in its `Settings`."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mailpost.author import Author, Require
from mailpost.envelope import FOUND
from mailpost.media.studio import Remote
from mailpost.resolver import place

SECRET = re.compile(r"[a-z0-9]{16,}")
# A star stands for the beginning of a name that is somebody's own, never for a whole top level.
SERVER = re.compile(r"(?:[\w-]+|(?:\*\.)?[\w-]+(?:\.[\w-]+)+)(?: spf)?", re.ASCII)


def _many(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _address(value: object) -> object:
    """In the one way in which addresses of mails are written down: lower-case, the domain in ASCII (RFC 5890)."""
    if not isinstance(value, str):
        return value
    local, at, domain = value.lower().rpartition("@")
    try:
        written = f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        written = value
    if not FOUND.fullmatch(written):
        raise ValueError("not an email address")
    return written


def _secret(value: object) -> object:
    """Mail programs write addresses in any case, and an empty secret would be no secret."""
    if isinstance(value, str) and not SECRET.fullmatch(value.lower()):
        raise ValueError("a secret is at least 16 letters and digits")
    return value.lower() if isinstance(value, str) else value


Address = Annotated[str, BeforeValidator(_address)]
Secret = Annotated[str, BeforeValidator(_secret)]


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


def _ending(value: object) -> object:
    return {"secret": value} if isinstance(value, str) else value


class SecretTable(Table):
    """A secret, and the last day on which it counts (UTC)."""

    secret: Secret = Field(repr=False)
    until: date | None = None

    @property
    def end(self) -> datetime | None:
        return datetime.combine(self.until + timedelta(days=1), time(), UTC) if self.until else None


class AuthorTable(Table):
    name: str
    addresses: Annotated[list[Address], Field(min_length=1)]
    require: Require = Require.PROOF
    secrets: list[Annotated[SecretTable, BeforeValidator(_ending)]] = []
    blogs: list[str] = []
    posts_per_day: Annotated[int, Field(ge=0)] = 100

    def author(self) -> Author:
        ends = {each.secret: each.end for each in self.secrets if each.end}
        secrets = tuple(each.secret for each in self.secrets)
        return Author(self.name, frozenset(self.addresses), self.require, secrets, ends, self.posts_per_day)


class AdapterTable(Table):
    """`kind` names the module; the keys of its `Settings` are looked at there."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    kind: str = ""


def _server(value: object) -> object:
    if isinstance(value, str) and not SERVER.fullmatch(value):
        raise ValueError('not the name of a mail server such as "mx.example.net" or "*.example.net"')
    return value


class MailboxTable(AdapterTable):
    kind: str = "imap"
    name: str = ""
    blog: str = ""
    trusted_servers: list[Annotated[str, BeforeValidator(_server)]] = []


class AutopostTable(AdapterTable):
    kind: str
    name: str
    blogs: list[str] = []
    delay_seconds: Annotated[int, Field(ge=0)] = 120


class ConvertTable(Table):
    remote_images: Remote = Remote.DROP


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


def _nameserver(value: object) -> object:
    if isinstance(value, str):
        place(value)
    return value


class ResolverTable(Table):
    nameservers: list[Annotated[str, BeforeValidator(_nameserver)]] = []


class LogTable(Table):
    format: Literal["auto", "text", "json"] = "auto"


class Root(Table):
    data: Path = Path("data")
    blog: Annotated[list[BlogTable], BeforeValidator(_many), Field(min_length=1)]
    author: Annotated[list[AuthorTable], BeforeValidator(_many), Field(min_length=1)]
    mailbox: Annotated[list[MailboxTable], BeforeValidator(_many)] = []
    store: AdapterTable = AdapterTable(kind="sqlite")
    files: AdapterTable = AdapterTable(kind="local")
    convert: ConvertTable = ConvertTable()
    site: SiteTable = SiteTable()
    feed: FeedTable = FeedTable()
    child: ChildTable = ChildTable()
    schedule: ScheduleTable = ScheduleTable()
    resolver: ResolverTable = ResolverTable()
    autopost: Annotated[list[AutopostTable], BeforeValidator(_many)] = []
    log: LogTable = LogTable()

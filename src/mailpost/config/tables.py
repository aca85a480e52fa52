"""The tables of config.toml and what may stand in them; an adapter's own keys are in its `Settings`."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mailpost.author import Require
from mailpost.envelope import FOUND

SECRET = re.compile(r"[a-z0-9]{16,}")


def _many(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _address(value: object) -> object:
    if isinstance(value, str) and not FOUND.fullmatch(value):
        raise ValueError("not an email address")
    return value.lower() if isinstance(value, str) else value


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


class AuthorTable(Table):
    name: str
    addresses: Annotated[list[Address], Field(min_length=1)]
    require: Require = Require.PROOF
    secrets: list[Secret] = []
    blogs: list[str] = []


class AdapterTable(Table):
    """`kind` names the module; the keys of its `Settings` are looked at there."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    kind: str = ""


class MailboxTable(AdapterTable):
    kind: str = "imap"
    name: str = ""
    blog: str = ""
    trusted_servers: list[str] = []


class AutopostTable(AdapterTable):
    kind: str
    name: str
    blogs: list[str] = []
    delay_seconds: Annotated[int, Field(ge=0)] = 120


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
    store: AdapterTable = AdapterTable(kind="sqlite")
    files: AdapterTable = AdapterTable(kind="local")
    site: SiteTable = SiteTable()
    feed: FeedTable = FeedTable()
    child: ChildTable = ChildTable()
    schedule: ScheduleTable = ScheduleTable()
    resolver: ResolverTable = ResolverTable()
    autopost: Annotated[list[AutopostTable], BeforeValidator(_many)] = []
    log: LogTable = LogTable()

"""What the operator asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailpost.blog import Blog
from mailpost.config.tables import (
    ChildTable,
    ConvertTable,
    FeedTable,
    LogTable,
    ResolverTable,
    ScheduleTable,
    SiteTable,
)


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
    """Paths are absolute, secrets are read."""

    data: Path
    blogs: tuple[Blog, ...]
    folders: Mapping[str, str]
    mailboxes: tuple[Chosen, ...]
    store: Chosen
    files: Chosen
    autopost: tuple[Chosen, ...]
    convert: ConvertTable
    site: SiteTable
    feed: FeedTable
    child: ChildTable
    schedule: ScheduleTable
    resolver: ResolverTable
    log: LogTable

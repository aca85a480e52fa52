"""A post, and the rules of its names."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from slugify import slugify

from mailpost.attachment import Attachment
from mailpost.blog import Blog

SafeHtml = NewType("SafeHtml", str)
"""Html a stranger's browser may be given. Only `sanitise` makes it."""

MEDIA = "mailpost-media:"
"""Stands before the path of every file of ours in a body, until a page or feed puts its own address there.

The address is put in by plain replacement, which is safe wherever the word should occur: it is a constant of ours.
"""


MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Status(StrEnum):
    """Who can see a post: everybody, those who know its address, the author, or nobody any more."""

    PUBLISHED = "published"
    PRIVATE = "private"
    DRAFT = "draft"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Post:
    """What one mail became.

    `path` is the address below the blog's, ending in a slash. `feed_id` is a `tag:` URI (RFC 4151) that never changes.
    `published` and `updated` are aware and in UTC. `text` is the body as plain text, `trimmed` what was cut from the mail.
    """

    id: str
    blog: str
    author: str
    title: str
    path: str
    feed_id: str
    body: SafeHtml
    text: str
    summary: str
    published: datetime
    updated: datetime
    tags: tuple[str, ...] = ()
    status: Status = Status.PUBLISHED
    attachments: tuple[Attachment, ...] = ()
    trimmed: str = ""
    untitled: bool = False

    @property
    def slug(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2]


def post_id(blog: str, author: str, message_id: str, digest: str) -> str:
    """The same mail gives the same id, so that keeping it twice is harmless."""
    key = "\0".join((blog, author, message_id or digest))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def post_path(title: str, published: datetime, zone: str, id_: str, letters: int = 5) -> str:
    """Year, month and a readable name; five letters of the id keep two posts of one title apart, twenty hide one."""
    local = published.astimezone(ZoneInfo(zone))
    short = b32encode(bytes.fromhex(id_)).decode().lower()[:letters]
    name = slugify(title, max_length=60, word_boundary=True)
    return f"{local:%Y/%m}/{f'{name}-{short}' if name else short}/"


def day(moment: datetime) -> str:
    """A date in words that no locale can change."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def tag_name(tag: str) -> str:
    """The name of a tag's page; tags that differ only in case or accents share it."""
    return slugify(tag, max_length=60) or hashlib.sha256(tag.encode()).hexdigest()[:8]


def mint_feed_id(blog: Blog, published: datetime, id_: str) -> str:
    """A tag URI (RFC 4151) minted once and stored; it outlives every address."""
    host = blog.url.split("/")[2].partition(":")[0]
    return f"tag:{host},{published:%Y-%m-%d}:{id_}"

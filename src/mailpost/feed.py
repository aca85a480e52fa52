"""Posts → RSS 2.0, Atom (RFC 4287), JSON Feed 1.1 and a podcast feed, the same bytes for the same posts.

feedgen writes the XML; what it gets wrong is mended here and nowhere else.
"""

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import feedgen.entry
import feedgen.feed
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from mailpost.attachment import Attachment, Kind
from mailpost.blog import Blog
from mailpost.post import MEDIA, Post, day
from mailpost.sanitise import xml_text

# feedgen's own version changes the locale of the whole process for every date.
feedgen.entry.formatRFC2822 = feedgen.feed.formatRFC2822 = format_datetime

EMPTY = datetime(1970, 1, 1, tzinfo=UTC)
# What would end a script, or a line of one, if somebody put JSON into a page.
ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})
RSS, ATOM, JSON, PODCAST = "feed.xml", "atom.xml", "feed.json", "podcast.xml"

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCASTING = "https://podcastindex.org/namespace/1.0"
PODCAST_GUIDS = bytes.fromhex("ead4c236bf5858c6a2c6a6b28d128cb6")


@dataclass(frozen=True, slots=True)
class About:
    """A feed besides its entries. `folder` is its place below the blog's address, empty or ending in a slash."""

    blog: Blog
    title: str
    folder: str = ""


def draw(about: About, posts: Sequence[Post]) -> Mapping[str, bytes]:
    """The three feeds of these posts, the newest first, by path below the blog's folder."""
    rss, atom = _generate(about, posts)
    return {
        about.folder + RSS: rss,
        about.folder + ATOM: atom,
        about.folder + JSON: _json(about, posts),
    }


def podcast(blog: Blog, posts: Sequence[Post]) -> Mapping[str, bytes]:
    """The feed for podcast players, of posts that have sound: RSS with the tags of Apple and of the Podcast Standards."""
    feed = _begin(About(blog, blog.title), posts)
    feed.load_extension("podcast")
    feed.register_extension("show", ShowFeed, atom=False)
    feed.podcast.itunes_author(", ".join(xml_text(author.name) for author in blog.authors))
    feed.podcast.itunes_summary(xml_text(blog.description))
    feed.show.guid = podcast_guid(blog.url + PODCAST)
    for entry, post in zip(feed.entry(), posts, strict=True):
        entry.podcast.itunes_title("" if post.untitled else xml_text(post.title))
        entry.podcast.itunes_author(xml_text(post.author))
        entry.podcast.itunes_summary(xml_text(post.summary))
        seconds = next((a.seconds for a in post.attachments if a.kind is Kind.SOUND), 0)
        if seconds:
            entry.podcast.itunes_duration(seconds)
    return {PODCAST: _rss(feed, blog.url + PODCAST, blog.url)}


def podcast_guid(url: str) -> str:
    """A UUID of version 5 (RFC 9562) of the feed's address without its scheme, which names a podcast everywhere."""
    name = url.partition("://")[2].rstrip("/")
    digest = bytearray(hashlib.sha1(PODCAST_GUIDS + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    hexed = digest.hex()
    return "-".join((hexed[:8], hexed[8:12], hexed[12:16], hexed[16:20], hexed[20:]))


class FileEntry(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen forgets of an entry: that RSS describes it in html, the attributes of links, more than one enclosure."""

    def __init__(self) -> None:
        self.files: list[tuple[str, int, str]] = []

    def extend_atom(self, entry: Any) -> Any:
        for url, size, type_ in self.files:
            link = xml_elem("link", entry)
            for name, value in (("rel", "enclosure"), ("href", url), ("length", str(size)), ("type", type_)):
                link.set(name, value)
        return entry

    def extend_rss(self, item: Any) -> Any:
        for description in item.findall("description"):
            description.text = html.escape(description.text, quote=False)  # readers take it for html
        for url, size, type_ in self.files[:1]:  # the RSS profile knows one
            enclosure = xml_elem("enclosure", item)
            for name, value in (("url", url), ("length", str(size)), ("type", type_)):
                enclosure.set(name, value)
        return item


class FileFeed(BaseExtension):  # type: ignore[misc]
    """Nothing to say about the feed as a whole."""


class ShowFeed(BaseExtension):  # type: ignore[misc]
    """What feedgen does not know of podcasts: their guid, and how `explicit` is written today."""

    guid = ""

    def extend_ns(self) -> dict[str, str]:
        return {"podcast": PODCASTING}

    def extend_rss(self, feed: Any) -> Any:
        for name, text in ((f"{{{PODCASTING}}}guid", self.guid), (f"{{{ITUNES}}}explicit", "false")):
            xml_elem(name, feed[0]).text = text
        return feed


def _generate(about: About, posts: Sequence[Post]) -> tuple[bytes, bytes]:
    page = about.blog.url + about.folder
    feed = _begin(about, posts)
    feed.link([{"href": page + ATOM, "rel": "self", "type": "application/atom+xml"}], replace=True)
    feed.link({"href": page, "rel": "alternate", "type": "text/html"})
    atom = feed.atom_str(pretty=False)
    return _rss(feed, page + RSS, page), atom


def _rss(feed: Any, own: str, page: str) -> bytes:
    feed.link([{"href": own, "rel": "self", "type": "application/rss+xml"}], replace=True)
    # The last link of any kind becomes the channel's own.
    feed.link({"href": page, "rel": "alternate", "type": "text/html"})
    written: bytes = feed.rss_str(pretty=False)
    return written


def _begin(about: About, posts: Sequence[Post]) -> Any:
    """A feed with its entries, still without its own address."""
    blog = about.blog
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.register_extension("files", FileFeed, FileEntry, atom=True, rss=True)
    host = blog.url.split("/")[2].partition(":")[0]
    feed.id(f"tag:{host},2026:{blog.name}/{about.folder}")
    title = xml_text(about.title) or blog.name
    feed.title(title)
    feed.subtitle(xml_text(blog.description) or title)
    feed.language(blog.language)
    feed.generator("mailpost")
    feed.updated(max((post.updated for post in posts), default=EMPTY))
    feed.lastBuildDate(max((post.updated for post in posts), default=EMPTY))
    for post in posts:
        _entry(feed, blog, post)
    return feed


def _entry(feed: Any, blog: Blog, post: Post) -> None:
    entry = feed.add_entry(order="append")
    entry.id(post.feed_id)
    entry.guid(post.feed_id, permalink=False)
    entry.title(xml_text(post.title) or day(post.published))  # without one, feedgen stops the whole feed
    entry.link(href=blog.url + post.path)
    entry.published(post.published)
    entry.updated(post.updated)
    entry.author(name=xml_text(post.author))
    entry.dc.dc_creator(xml_text(post.author))
    entry.summary(xml_text(post.summary))
    entry.content(_html(blog, post), type="html")
    for tag in post.tags:
        entry.category(term=xml_text(tag))
    entry.files.files = [_file(blog, a) for a in _enclosures(post)]


def _json(about: About, posts: Sequence[Post]) -> bytes:
    """JSON Feed 1.1 (jsonfeed.org)."""
    blog = about.blog
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": xml_text(about.title),
        "home_page_url": blog.url + about.folder,
        "feed_url": blog.url + about.folder + JSON,
        "description": xml_text(blog.description),
        "language": blog.language,
        "authors": [{"name": xml_text(author.name)} for author in blog.authors],
        "items": [_item(blog, post) for post in posts],
    }
    written = json.dumps({k: v for k, v in feed.items() if v or k == "items"}, ensure_ascii=False, indent=1)
    return written.translate(ESCAPED).encode()


def _item(blog: Blog, post: Post) -> dict[str, Any]:
    photo = next((a for a in post.attachments if a.kind is Kind.PHOTO), None)
    item: dict[str, Any] = {
        "id": post.feed_id,
        "url": blog.url + post.path,
        "title": xml_text(post.title),
        "content_html": _html(blog, post),
        "summary": xml_text(post.summary),
        "image": blog.url + photo.main.path if photo else "",
        "date_published": post.published.isoformat().replace("+00:00", "Z"),
        "date_modified": post.updated.isoformat().replace("+00:00", "Z"),
        "authors": [{"name": xml_text(post.author)}],
        "tags": [xml_text(tag) for tag in post.tags],
        "attachments": [_attached(blog, a) for a in _enclosures(post)],
    }
    if post.untitled:
        del item["title"]
    return {k: v for k, v in item.items() if v or k == "content_html"}


def _attached(blog: Blog, attachment: Attachment) -> dict[str, Any]:
    url, size, type_ = _file(blog, attachment)
    said = {"url": url, "mime_type": type_, "size_in_bytes": size, "duration_in_seconds": attachment.seconds}
    return {k: v for k, v in said.items() if v}


def _html(blog: Blog, post: Post) -> str:
    """The whole body; every address in it absolute, because readers read it anywhere."""
    return xml_text(post.body.replace(MEDIA, blog.url))


def _enclosures(post: Post) -> list[Attachment]:
    """Sound before film, as players expect; pictures and documents are in the content."""
    order = (Kind.SOUND, Kind.FILM)
    return sorted((a for a in post.attachments if a.kind in order), key=lambda a: order.index(a.kind))


def _file(blog: Blog, attachment: Attachment) -> tuple[str, int, str]:
    return blog.url + attachment.main.path, attachment.main.size, attachment.main.type

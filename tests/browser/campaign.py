"""Vectors through the whole line, from a mail to pages and feeds, and into the browser."""

import re
from base64 import encodebytes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from email.header import Header
from html import escape
from itertools import zip_longest
from urllib.parse import quote

from playwright.sync_api import Error

from mailpost import feed
from mailpost.blog import Blog
from mailpost.post import MEDIA, Post, SafeHtml
from mailpost.read import Reading
from mailpost.site import Site
from tests import letters
from tests.browser.chromium import Browser
from tests.browser.vectors import Vector
from tests.mails import picture

BATCH = 100
POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')
PICTURE = encodebytes(picture(size=(4, 3)))

# What a body is in the browser, to the letter.
BODIES = """() => [...document.querySelectorAll('iframe')].map(
  (frame) => [...frame.contentDocument.querySelectorAll('.e-content')].map((body) => body.innerHTML))"""
# Every link as the browser understands it.
LINKS = """() => [...document.querySelectorAll('iframe')].flatMap(
  (frame) => [...frame.contentDocument.querySelectorAll('.e-content a[href]')].map((a) => [a.protocol, a.host, a.href]))"""
# Everything that a hand could set off.
TOUCH = """() => {
  const kinds = ['click', 'dblclick', 'mousedown', 'mouseup', 'mouseover', 'mouseenter', 'mousemove', 'mouseout', 'wheel',
    'focus', 'focusin', 'blur', 'keydown', 'keyup', 'input', 'change', 'submit', 'toggle', 'scroll', 'drag', 'copy', 'cut',
    'paste', 'select', 'contextmenu', 'pointerdown', 'touchstart', 'animationstart', 'transitionend', 'load', 'error']
  for (const frame of document.querySelectorAll('iframe'))
    for (const element of frame.contentDocument.querySelectorAll('body *'))
      for (const kind of kinds) element.dispatchEvent(new Event(kind))
}"""
# As feed readers show a feed: what it says is html becomes html.
READERS = """async ({rss, json}) => {
  const show = (markup) => { const place = document.createElement('div'); document.body.append(place); place.innerHTML = markup }
  const read = new DOMParser().parseFromString(await (await fetch('/' + rss)).text(), 'application/xml')
  if (read.querySelector('parsererror')) throw new Error('not well-formed')
  const items = [...read.querySelectorAll('item')]
  for (const item of items) {
    for (const name of ['content:encoded', 'description']) for (const part of item.getElementsByTagName(name)) show(part.textContent)
  }
  const other = await (await fetch('/' + json)).json()
  for (const item of other.items) show(item.content_html)
  return [items.length, other.items.length]
}"""


@dataclass(slots=True)
class Result:
    """What one campaign saw. `wrong` says what must not be."""

    vectors: int = 0
    documents: int = 0
    unread: int = 0
    escaped: int = 0
    ran: int = 0
    requests: int = 0
    wrong: list[str] = field(default_factory=list)

    def take(self, other: "Result") -> None:
        for name in ("vectors", "documents", "unread", "escaped", "ran", "requests"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong


def as_body(vector: Vector) -> bytes:
    """A mail whose html is the vector, behind a few words so that there is always a post."""
    content = b"<p>Some words.</p>" + vector.markup.encode("utf-8", "replace")
    return letters.letter(content, {"Content-Type": "text/html; charset=utf-8", **_id(vector)})


def as_text(vector: Vector) -> bytes:
    """A mail that says the vector: as its subject, its tag and its words."""
    line = " ".join(vector.markup.split())
    body = f"tags: {line}\n\n{vector.markup}\n".encode("utf-8", "replace")
    return letters.letter(body, {"Subject": Header(line, "utf-8", maxlinelen=900).encode(linesep=""), **_id(vector)})


def as_names(vector: Vector) -> bytes:
    """A mail whose picture is called by the vector and described by it, and whose link has it for a title."""
    line = " ".join(vector.markup.split())
    said = escape(line)
    body = f'<p>A <a href="https://x.example/" title="{said}">link</a><img src="cid:p" alt="{said}" title="{said}">{said}</p>'
    head = (
        "Content-Type: image/png\nContent-ID: <p>\nContent-Transfer-Encoding: base64\n"
        f"Content-Disposition: inline; filename*=utf-8''{quote(line[:60].encode('utf-8', 'replace'), safe='')}.png\n\n"
    )
    parts = b"Content-Type: text/html; charset=utf-8\n\n" + body.encode("utf-8", "replace"), head.encode() + PICTURE
    raw = letters.letter(b"", {"Content-Type": None, **_id(vector)}).removesuffix(b"\r\n")
    return raw + letters.multipart("related", *parts).replace(b"\n", b"\r\n")


def _id(vector: Vector) -> dict[str, str | bytes | None]:
    return {"Message-ID": f"<{vector.id}@demo.example>"}


MAILS = {"body": as_body, "text": as_text, "names": as_names}
RAW = "raw"  # the vector put into the post behind the sanitiser's back, which must be seen


def _read(kind: str, vector: Vector, blog: Blog) -> Reading:
    reading = letters.read(MAILS.get(kind, as_body)(vector), blog=blog)
    if kind != RAW or reading.post is None:
        return reading
    return replace(reading, post=replace(reading.post, body=SafeHtml(vector.markup), summary=vector.markup))


def control(browser: Browser, vectors: Sequence[Vector]) -> Result:
    """The vectors as they are, in the same harness: proves that it sees what runs."""
    result = Result(len(vectors))
    for batch in _batches(vectors):
        pages = {
            f"raw/{n}.html": b"<!doctype html><meta charset=utf-8><title>x</title><body><div>"
            + v.markup.encode("utf-8", "replace")
            for n, v in enumerate(batch)
        }
        seen = browser.open(pages, frames=list(pages), settle=400)
        result.documents += len(pages)
        result.ran += len({line.split(" ", 1)[0] for line in seen.ran})
        result.requests += len(seen.requests)
    return result


def campaign(
    browser: Browser, kind: str, vectors: Sequence[Vector], *, policy: bool = False, alone: int = 10
) -> Result:
    """Mails of one kind with these vectors; with our own policy in force, or without it and everything watched.

    All posts are shown in a list; one of `alone` on its own page as well.
    """
    result = Result()
    for batch in _batches(vectors):
        found = _show(browser, kind, batch, policy=policy, alone=alone)
        if found.wrong and len(batch) > 1 and kind != RAW:
            # One by one, to name who it was.
            for vector in batch:
                result.wrong += [
                    f"{vector.id}: {wrong}" for wrong in _show(browser, kind, [vector], policy=policy, alone=1).wrong
                ]
        result.take(found)
    return result


def _batches(vectors: Sequence[Vector]) -> Iterator[Sequence[Vector]]:
    return (vectors[at : at + BATCH] for at in range(0, len(vectors), BATCH))


def _show(browser: Browser, kind: str, vectors: Sequence[Vector], *, policy: bool, alone: int) -> Result:
    result = Result(len(vectors))
    blog = replace(letters.BLOG, url=browser.server.url)
    readings = [_read(kind, vector, blog) for vector in vectors]
    posts = [reading.post for reading in readings if reading.post]
    result.unread = len(vectors) - len(posts)
    result.escaped = sum("could not be made safe" in said for reading in readings for said in reading.warnings)
    site = Site(blog)
    pages = _pages(site, posts, readings)
    browser.server.watch = not policy
    hidden = {post.path for n, post in enumerate(posts) if n % alone}
    frames = [path for path in pages if path.endswith("index.html") and path.removesuffix("index.html") not in hidden]
    shown = {path: content if policy else POLICY.sub(b"", content) for path, content in pages.items()}
    seen = browser.open(shown, frames=frames)
    result.documents = len(frames)
    try:
        result.wrong += _looked_at(browser, site, posts, alone=alone, feeds=not policy)
    except Error as problem:  # what is broken enough breaks our own questions too
        result.wrong.append(f"the page is broken: {problem.message[:200]}")
    result.ran, result.requests = len(seen.ran), len(seen.requests)
    result.wrong += [f"{what}: {line}" for what in ("ran", "policy", "requests") for line in getattr(seen, what)]
    return result


def _pages(site: Site, posts: Sequence[Post], readings: Iterable[Reading]) -> dict[str, bytes]:
    """A page for each post, all of them in a list, their first lines in a month, and the feeds."""
    blog = site.blog
    pages = {path: content for reading in readings for path, content in reading.files.items()}
    for post in posts:
        pages |= site.post(post, None, None)
    pages |= site.front(posts, None)
    pages |= site.month("2026/03/", posts, None, None)
    tags = sorted({tag for post in posts for tag in post.tags})
    pages |= site.tags([(tag, f"t{n}", 1) for n, tag in enumerate(tags)])
    return {**pages, **site.fixed(), **feed.draw(feed.About(blog, blog.title), posts)}


def _looked_at(browser: Browser, site: Site, posts: Sequence[Post], *, alone: int, feeds: bool) -> list[str]:
    """What is wrong with the pages, and with what readers make of the feeds."""
    browser.ask(TOUCH)
    wrong = [f"changed by the browser: {a[:300]!r} is {b[:300]!r}" for a, b in _changed(browser, site, posts, alone)]
    wrong += [f"a link to {href}" for protocol, host, href in browser.ask(LINKS) if not _is_link(protocol, host)]
    read = browser.ask(READERS, {"rss": feed.RSS, "json": feed.JSON}) if feeds else [len(posts)] * 2
    return wrong if read == [len(posts)] * 2 else [*wrong, f"feeds have {read} of {len(posts)} posts"]


def _changed(browser: Browser, site: Site, posts: Sequence[Post], alone: int) -> Iterator[tuple[str, str]]:
    """Bodies of which the browser makes another tree than the one we wrote."""
    shown = [body for frame in browser.ask(BODIES) for body in frame]
    expected = [_placed(site, post.body) for post in posts]
    for ours, theirs in zip_longest([*expected[::alone], *expected], shown, fillvalue=""):
        if _plain(ours) != _plain(theirs):
            yield ours, theirs


def _placed(site: Site, body: SafeHtml) -> str:
    return body.replace(MEDIA, site.base)


def _plain(body: str) -> str:
    """Without what the page changes: white space around it, and that its first picture need not wait."""
    return body.strip("\n").replace(' loading="lazy"', "").replace("&gt;", ">")


def _is_link(protocol: str, host: str) -> bool:
    return protocol == "mailto:" or (protocol in ("http:", "https:") and bool(host))

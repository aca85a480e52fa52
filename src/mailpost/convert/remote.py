"""Pictures that did not come with the mail but stand on the web: left out, linked, or fetched and made our own.

A page of ours never shows them from there: their server would learn of everybody who reads. What is only there to
count readers goes in any case, and nobody is asked for it.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from lxml import html
from lxml.html import HtmlElement

from mailpost.media import Prepared, Studio, detect, photo, prepare
from mailpost.media.made import LeftOut
from mailpost.media.studio import NotFetched, Remote
from mailpost.message import File
from mailpost.sanitise import link

PICTURES = 20  # of a mail
SMALL = 20  # pixels
POINT = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*[01]px", re.IGNORECASE)
# The last word of a path.
COUNTER = re.compile(
    r"/(?:1x1|beacon|blank|clear|count|counter|o|open|opened|pixel|spacer|track|tracker|tracking|transparent)"
    r"(?:\.\w{2,4})?(?=[?#]|$)",
    re.IGNORECASE,
)
URL = re.compile(r"https?://(?:([a-z0-9._-]{1,253})(?=[:/?#]|$))?", re.IGNORECASE)
ENDING = re.compile(r"\.\w{2,4}$")
NAME = "cid:{}@web.mailpost.invalid"
WORDS = 300  # letters


class Web:
    """The pictures of one mail that stand on the web; `say` is told why one is not shown."""

    def __init__(self, studio: Studio, say: Callable[[str], None]) -> None:
        self._studio, self._say = studio, say
        self._shown = {a.content_id: Prepared(a, {}) for a in studio.shown if URL.match(a.content_id)}
        self._addresses: dict[str, str] = {}
        self._fetched: dict[str, Prepared | None] = {}

    def claim(self, tree: HtmlElement) -> None:
        """Those that readers will meet are asked for by `cid:` from then on: like others, they go with the words around them."""
        for image in tree.iter("img"):
            url = (image.get("src") or "").strip()
            wanted = url in self._shown or self._studio.remote is not Remote.DROP
            if wanted and URL.match(url) and not is_counter(image):
                name = NAME.format(len(self._addresses) + 1)
                self._addresses[name] = url
                image.set("src", name)

    def fetch(self, name: str) -> Prepared | None:
        """The picture of this name, made our own like one that was attached; each address is asked once."""
        url = self._addresses.get(name, "")
        if url in self._shown:
            return self._shown[url]
        if not url or self._studio.remote is not Remote.FETCH:
            return None
        if url not in self._fetched:
            self._fetched[url] = self._asked(url)
        return self._fetched[url]

    def instead(self, image: HtmlElement, name: str) -> HtmlElement | None:
        """What stands where a picture of the web is not shown: a link to it if that is wanted, or its own words, or nothing."""
        url = self._addresses.get(name) or (image.get("src") or "").strip()
        if not URL.match(url) or is_counter(image):
            return None
        words = said(image)
        if self._studio.remote is not Remote.LINK or link(url) is None:
            return _apart(words) if words else None
        if next(image.iterancestors("a"), None) is not None:
            return _apart(words or "picture")
        anchor = html.Element("a", {"href": url})
        anchor.text = words or "picture"
        return _apart(anchor)

    def _asked(self, url: str) -> Prepared | None:
        if len(self._fetched) >= PICTURES:
            self._say(f"more than {PICTURES} pictures that stand on the web: the rest was left out")
            return None
        found = URL.match(url)
        label = f"a picture of {((found and found[1]) or 'the web').lower()}"
        try:
            content = _picture(self._studio.fetch(url))
            prepared = prepare(File(content, label, "", url, inline=True), self._studio)
        except NotFetched as problem:
            self._say(f"{label} was left out: {problem}")
            return None
        except LeftOut as problem:
            self._say(str(problem))
            return None
        for note in prepared.notes:
            self._say(note)
        return replace(prepared, attachment=replace(prepared.attachment, name=""))


def is_counter(image: HtmlElement) -> bool:
    """Too small to be a picture, or called like what tells a sender that a mail has been opened."""
    sides = (image.get("width") or "", image.get("height") or "")
    tiny = any(side.isdecimal() and int(side[:6]) < SMALL for side in sides)
    return tiny or bool(POINT.search(image.get("style") or "") or COUNTER.search(image.get("src") or ""))


def said(image: HtmlElement, name: str = "") -> str:
    """What the mail itself says in place of a picture, if that is more than the `name` of a file."""
    words = " ".join((image.get("alt") or "").split())[:WORDS]
    return "" if words == name or ENDING.search(words) else words


def _picture(content: bytes) -> bytes:
    if detect(content, "") not in photo.TYPES:
        raise NotFetched("it is no picture of a kind that is published")
    return content


def _apart(inside: str | HtmlElement) -> HtmlElement:
    """Words or a link, with a space on both sides: a picture needs none, they do."""
    span = html.Element("span")
    if isinstance(inside, str):
        span.text = f" {inside} "
    else:
        span.text, inside.tail = " ", " "
        span.append(inside)
    return span

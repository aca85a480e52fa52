"""The lines of a mail's html as a reader sees them, and how to take lines out of the tree again.

Programs say “new line” in a dozen ways; what they add to a mail is known by its lines, whatever the tags around them.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

from lxml.html import HtmlElement

BREAKS = frozenset(
    "hr div p tr li ul ol dl dt dd blockquote pre h1 h2 h3 h4 h5 h6 table caption center figure figcaption".split()  # noqa: SIM905 - words
)
PARAGRAPHS = frozenset("p ul ol dl table blockquote pre h1 h2 h3 h4 h5 h6".split())  # noqa: SIM905 - words

# White space, and characters that nobody sees: newsletters fill their preview line with them.
VISIBLE = re.compile(r"[^\s\u00ad\u034f\u200b-\u200f\u2060\ufeff]")

Piece = tuple[HtmlElement, Literal["text", "tail"], int, int]


@dataclass(slots=True)
class Line:
    """`pieces` say where its text stands in the tree, `pictures` are those that came with the mail.

    `depth` counts the quotes around it, and `ruled` says that a drawn line stands above it. `others` are elements
    without text that go with it.
    """

    text: str = ""
    pieces: list[Piece] = field(default_factory=list)
    pictures: list[HtmlElement] = field(default_factory=list)
    others: list[HtmlElement] = field(default_factory=list)
    depth: int = 0
    ruled: bool = False

    @property
    def said(self) -> str:
        """The text as it stands in the tree, with its white space."""
        return "".join((getattr(element, at) or "")[start:stop] for element, at, start, stop in self.pieces)

    def parts(self, ranges: Iterable[tuple[int, int]]) -> Iterator[Piece]:
        """Where some parts of `said`, which follow one another, stand in the tree."""
        before = n = 0
        for first, last in ranges:
            while n < len(self.pieces) and before < last:
                element, at, start, stop = self.pieces[n]
                begin, end = max(first - before, 0), min(last - before, stop - start)
                if begin < end:
                    yield element, at, start + begin, start + end
                if last - before < stop - start:
                    break
                before += stop - start
                n += 1

    @property
    def blank(self) -> bool:
        return not self.text and not self.pictures


@dataclass(frozen=True, slots=True)
class Page:
    """All lines of a tree; `spans` are the lines that lie wholly inside each element that was asked about."""

    lines: list[Line]
    spans: dict[HtmlElement, range]


def is_blank(text: str) -> bool:
    return VISIBLE.search(text) is None


def content_ids(lines: Iterable[Line]) -> frozenset[str]:
    """The names of the pictures in some lines (RFC 2392)."""
    return frozenset(unquote((picture.get("src") or "")[4:]) for line in lines for picture in line.pictures)


def read_lines(tree: HtmlElement, watched: Collection[HtmlElement], boxes: Collection[HtmlElement]) -> Page:
    """Read the lines of a tree, with an empty one between paragraphs; each of the `boxes` has a drawn line above it or beside it."""
    reader = _Reader(frozenset(watched), frozenset(boxes))
    reader.visit(tree, 0)
    reader.end_line()
    return Page(reader.lines, reader.spans)


def erase(tree: HtmlElement, pieces: Iterable[Piece], elements: Iterable[HtmlElement]) -> None:
    """Take text and elements out of the tree, and whatever stands empty without them."""
    touched: set[HtmlElement] = set()
    texts: dict[tuple[HtmlElement, Literal["text", "tail"]], list[tuple[int, int]]] = {}
    for element, at, start, stop in pieces:
        texts.setdefault((element, at), []).append((start, stop))
    for (element, at), ranges in texts.items():
        value = getattr(element, at) or ""
        for start, stop in sorted(ranges, reverse=True):
            value = value[:start] + value[stop:]
        setattr(element, at, value)
        touched.add(element if at == "text" else element.getparent())
    for element in elements:
        touched.add(element.getparent())
        element.drop_tree()
    for element in reversed(list(tree.iter())):
        if element in touched and element is not tree and not len(element) and is_blank(element.text or ""):
            touched.add(element.getparent())
            element.drop_tree()


class _Reader:
    """Walks a tree in the order of reading."""

    def __init__(self, watched: frozenset[HtmlElement], boxes: frozenset[HtmlElement]) -> None:
        self.watched, self.boxes = watched, boxes
        self.lines: list[Line] = []
        self.spans: dict[HtmlElement, range] = {}
        self.opens, self.ruled = True, False
        self.begin()

    def begin(self) -> None:
        self.line = Line()
        self.words: list[str] = []
        self.full = False
        self.closed: list[HtmlElement] = []

    def visit(self, element: HtmlElement, depth: int, *, laid_out: bool = False) -> None:
        tag = element.tag
        depth += tag == "blockquote"
        laid_out |= tag == "pre"
        if tag in BREAKS:
            self.end_line()
        self.opens |= tag in PARAGRAPHS
        self.ruled |= element in self.boxes
        start = len(self.lines) + self.full
        if tag in ("br", "hr", "img"):
            self.empty(element, depth)
        self.say(element, "text", depth, laid_out=laid_out)
        for child in element:
            self.visit(child, depth, laid_out=laid_out)
            self.say(child, "tail", depth, laid_out=laid_out)
        if tag in BREAKS:
            self.end_line()
        self.opens |= tag in PARAGRAPHS
        if element in self.watched:
            self.spans[element] = range(start, max(start, len(self.lines) + self.full))
            self.closed.append(element)

    def say(self, element: HtmlElement, at: Literal["text", "tail"], depth: int, *, laid_out: bool) -> None:
        value = getattr(element, at) or ""
        start = 0
        for n, text in enumerate(value.split("\n") if laid_out else [value]):
            if n:
                self.end_line(always=True)
            if text:
                self.line.pieces.append((element, at, start, start + len(text)))
                self.words.append(text)
            if not is_blank(text):
                self.add(depth)
            start += len(text) + 1

    def add(self, depth: int) -> None:
        """Note content of this line; an element that was closed in it does not hold the whole of it."""
        self.line.depth = depth
        self.full = True
        for element in self.closed:
            span = self.spans[element]
            self.spans[element] = range(span.start, max(span.start, min(span.stop, len(self.lines))))
        self.closed = []

    def empty(self, element: HtmlElement, depth: int) -> None:
        """A break ends the line before it; one that ends nothing is an empty line."""
        if element.tag == "img" and (element.get("src") or "").lower().startswith("cid:"):
            self.line.pictures.append(element)
            self.add(depth)
            return
        self.line.others.append(element)
        self.ruled |= element.tag == "hr"
        if element.tag != "img":
            self.end_line(always=True)

    def end_line(self, *, always: bool = False) -> None:
        line = self.line
        if not (self.full or always):
            return
        line.text = " ".join("".join(self.words).split()) if self.full else ""
        line.ruled = self.ruled and not line.blank
        if self.opens and self.lines and not self.lines[-1].blank:
            self.lines.append(Line())
        self.opens = False
        self.ruled = self.ruled and line.blank
        self.lines.append(line)
        self.begin()

"""Lines of inline content and whole blocks, one after the other → paragraphs and blocks."""

import unicodedata
from itertools import takewhile

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert.rich.lines import is_blank

KEPT = ("img", "figure", "picture", "audio", "video", "br", "hr")
INLINE = ("b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "a", "code", "cite", "q")
FIRST_LETTERS = 300
UNDER = "under"  # the class of a line that says something about the picture above it
CAPTION = 150  # characters
AUTO = "auto"  # the direction of a line whose own letters say it


class Paragraphs:
    """Collects lines of inline content and whole blocks, and makes paragraphs of them."""

    def __init__(self, direction: str) -> None:
        self.out = html.Element("div")
        self.lines: list[HtmlElement | None] = []
        self.direction = direction
        self.around: tuple[HtmlElement, ...] = ()  # inline elements that go over several lines
        self.open = False  # does a picture stand on this line?
        self.near = False  # or on the one above?
        self.begin()

    def begin(self) -> None:
        self.line = html.Element("p")
        self.wraps: list[tuple[HtmlElement, HtmlElement]] = []  # elements around, and the parts of them in this line
        self.words: list[str] = []
        self.said = ""  # in what direction its first words were

    def text(self, value: str | None) -> None:
        if value:
            self.words.append(value)
            self.said = self.said or (self.direction if not is_blank(value) else "")
            self.open = self.open and is_blank(value)

    def inline(self, element: HtmlElement) -> None:
        self.say()
        element.tail = None
        self.place().append(element)
        self.said = self.said or self.direction
        self.open = self.open and is_empty(element)

    def say(self) -> None:
        """Put the words that were collected behind what stands in the line."""
        words, self.words = "".join(self.words), []
        if words:
            append(self.place(), words)

    def place(self) -> HtmlElement:
        """Where the next words go: into the line, or into a part of each element around it."""
        both = zip(self.wraps, self.around, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0][0] is pair[1], both))
        del self.wraps[same:]
        for outer in self.around[same:]:
            part = html.Element(outer.tag, dict(outer.attrib))
            (self.wraps[-1][1] if self.wraps else self.line).append(part)
            self.wraps.append((outer, part))
        return self.wraps[-1][1] if self.wraps else self.line

    def end_line(self, *, always: bool = False) -> None:
        """Finish the current line; an empty one counts only where a break stands for it."""
        self.say()
        if not is_empty(self.line):
            _prune(self.line)
            if is_rtl(self.line, self.said or AUTO):
                self.line.set("dir", "rtl")
            self.lines.append(self.line)
        elif always and not self.open:
            self.lines.append(None)
        self.open = False
        self.begin()

    def block(self, element: HtmlElement) -> None:
        self.paragraphs()
        element.tail = None
        if element.tag == "hr" or not is_hollow(element):
            self.out.append(element)
        self.open = self.near = element.tag == "figure"

    def paragraphs(self, *, together: bool = False) -> None:
        """Lines between empty lines are one paragraph, if the author uses empty lines at all or they are `together`."""
        self.end_line()
        gaps = together or None in self.lines
        paragraph: HtmlElement | None = None
        for n, line in enumerate(self.lines):
            if line is None:
                paragraph = None
            elif n == 0 and self._is_under_picture(line):
                line.set("class", UNDER)
                self.out.append(line)
            elif paragraph is None or not gaps:
                paragraph = line
                self.out.append(line)
            else:
                paragraph.append(html.Element("br"))
                move(line, paragraph)
        self.near = self.near and not self.lines
        self.lines = []

    def _is_under_picture(self, line: HtmlElement) -> bool:
        """One short line right below a picture, and an empty one below it."""
        said = "".join(line.itertext()).strip()
        apart = len(self.lines) > 1 and self.lines[1] is None
        return self.near and apart and not said.endswith(":") and len(said) <= CAPTION


def is_empty(element: HtmlElement) -> bool:
    return is_blank("".join(element.itertext())) and not any(True for _ in element.iter(*KEPT))


def is_hollow(element: HtmlElement) -> bool:
    return not len(element) and is_blank(element.text or "")


def append(element: HtmlElement, text: str) -> None:
    if text and len(element):
        element[-1].tail = (element[-1].tail or "") + text
    elif text:
        element.text = (element.text or "") + text


def move(source: HtmlElement, target: HtmlElement) -> None:
    """Put everything inside one element at the end of another."""
    append(target, source.text or "")
    target.extend(list(source))


def _prune(line: HtmlElement) -> None:
    """Take out inline elements without content."""
    for element in reversed(list(line.iterdescendants(*INLINE))):
        if is_hollow(element):
            element.drop_tag() if element.text else element.drop_tree()


def is_rtl(line: HtmlElement, direction: str = AUTO) -> bool:
    """Is this line read from right to left, by its own letters where nothing else is said?"""
    if direction != AUTO:
        return direction == "rtl"
    strong = (unicodedata.bidirectional(char) for char in "".join(line.itertext())[:FIRST_LETTERS])
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L"

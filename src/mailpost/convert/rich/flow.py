"""Lines and blocks, however a mail program nested them → paragraphs, lists, quotes and tables."""

import unicodedata
from collections.abc import Iterator

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert.rich.lines import is_blank
from mailpost.convert.rich.tables import cells, is_data

BLOCKS = frozenset(
    "p div center h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr figure".split()  # noqa: SIM905 - words
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
KEPT = ("img", "figure", "picture", "audio", "video", "br", "hr")
INLINE = ("b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "a", "code", "cite", "q")
FIRST_LETTERS = 300
UNDER = "under"  # the class of a line that says something about the picture above it
CAPTION = 150  # characters


def to_blocks(tree: HtmlElement, direction: str = "") -> HtmlElement:
    """A new tree of paragraphs and other blocks; the old one is used up."""
    lines = _Lines(tree.get("dir") or direction)
    _flow(tree, lines)
    lines.paragraphs()
    return lines.out


def is_empty(element: HtmlElement) -> bool:
    return is_blank("".join(element.itertext())) and not any(True for _ in element.iter(*KEPT))


class _Lines:
    """Collects lines of inline content and whole blocks, and makes paragraphs of them."""

    def __init__(self, direction: str = "") -> None:
        self.out = html.Element("div")
        self.lines: list[HtmlElement | None] = []
        self.direction = direction
        self.open = False  # does a picture stand on this line?
        self.near = False  # or on the one above?
        self.begin()

    def begin(self) -> None:
        self.line = html.Element("p")
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
        self.line.append(element)
        self.said = self.said or self.direction
        self.open = self.open and is_empty(element)

    def say(self) -> None:
        """Put the words that were collected behind what stands in the line."""
        _append(self.line, "".join(self.words))
        self.words = []

    def end_line(self, *, always: bool = False) -> None:
        """Finish the current line; an empty one counts only where a break stands for it."""
        self.say()
        if not is_empty(self.line):
            _prune(self.line)
            if _is_rtl(self.said, self.line):
                self.line.set("dir", "rtl")
            self.lines.append(self.line)
        elif always and not self.open:
            self.lines.append(None)
        self.open = False
        self.begin()

    def block(self, element: HtmlElement) -> None:
        self.paragraphs()
        element.tail = None
        if element.tag == "hr" or not _is_hollow(element):
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
                _move(line, paragraph)
        self.near = self.near and not self.lines
        self.lines = []

    def _is_under_picture(self, line: HtmlElement) -> bool:
        """One short line right below a picture, and an empty one below it."""
        said = "".join(line.itertext()).strip()
        apart = len(self.lines) > 1 and self.lines[1] is None
        return self.near and apart and not said.endswith(":") and len(said) <= CAPTION


def _flow(element: HtmlElement, lines: _Lines) -> None:
    before, lines.direction = lines.direction, element.get("dir") or lines.direction
    lines.text(element.text)
    for child in list(element):
        tail, child.tail = child.tail, None
        _place(child, lines)
        lines.text(tail)
    lines.direction = before


def _place(child: HtmlElement, lines: _Lines) -> None:
    tag = child.tag
    if tag == "br":
        lines.end_line(always=True)
    elif tag in ("pre", "hr", "figure") or _is_heading(child):
        lines.block(child if tag == "figure" else _whole(child))
    elif tag in ("ul", "ol", "dl", "blockquote"):
        lines.block(_container(child, lines.direction))
    elif tag == "table" and is_data(child):
        lines.block(_table(child))
    elif tag in ("div", "center"):
        _place_lines(child, lines)
    elif tag in ("p", "table") or tag in HEADINGS:
        _place_paragraphs(child, lines)
    elif tag in ("span", "font") or any(True for _ in child.iter(*BLOCKS)):
        _flow(child, lines)  # an inline element around blocks means nothing to a reader
    else:
        _place_inline(child, lines)


def _place_lines(child: HtmlElement, lines: _Lines) -> None:
    """A `div` is a line, or several; one that ends with a break says no more than one without."""
    lines.end_line()
    before = len(lines.lines)
    _flow(child, lines)
    lines.say()
    blank = len(lines.lines) > before and lines.lines[-1] is None and not is_empty(lines.line)
    lines.end_line(always=blank)


def _place_paragraphs(child: HtmlElement, lines: _Lines) -> None:
    lines.paragraphs()
    for cell in cells(child) if child.tag == "table" else [child]:
        if not is_empty(cell):
            _flow(cell, lines)
        lines.paragraphs(together=child.tag == "p")
    lines.near = False
    if child.get("class") == UNDER and len(lines.out):
        lines.out[-1].set("class", UNDER)


def _place_inline(child: HtmlElement, lines: _Lines) -> None:
    for inner in list(child.iterdescendants()):
        if inner.tag in ("span", "font") or any(outer.tag == inner.tag for outer in _between(inner, child)):
            inner.drop_tag()  # bold inside of bold is bold
    first, *more = _at_breaks(child)
    lines.inline(first)
    for part in more:
        lines.end_line(always=True)
        lines.inline(part)


def _between(inner: HtmlElement, outer: HtmlElement) -> Iterator[HtmlElement]:
    """The elements around an inner one, up to and with an outer one."""
    for around in inner.iterancestors():
        yield around
        if around is outer:
            return


def _at_breaks(element: HtmlElement) -> list[HtmlElement]:
    """An inline element that goes over several lines, as one for each line."""
    if element.tag == "br" or not any(True for _ in element.iter("br")):
        return [element]
    parts = [html.Element(element.tag, dict(element.attrib))]
    parts[0].text = element.text
    for child in list(element):
        tail, child.tail = child.tail, None
        for n, piece in enumerate([None, None] if child.tag == "br" else _at_breaks(child)):
            if n:
                parts.append(html.Element(element.tag, dict(element.attrib)))
            if piece is not None:
                parts[-1].append(piece)
        _append(parts[-1], tail or "")
    return parts


def _is_heading(element: HtmlElement) -> bool:
    """A heading of words; one around a picture or a list was meant for its letters only."""
    return (
        element.tag in HEADINGS
        and not is_blank("".join(element.itertext()))
        and not any(True for _ in element.iter(*(BLOCKS - HEADINGS - {"p", "div", "center"})))
    )


def _whole(element: HtmlElement) -> HtmlElement:
    rtl = element.get("dir") == "rtl"
    element.attrib.clear()
    if rtl:
        element.set("dir", "rtl")
    if element.tag == "h1":  # the title of the post is the only one
        element.tag = "h2"
    for inner in list(element.iter("span", "font", "div", "p", "center", *(HEADINGS - {element.tag}))):
        if element.tag == "pre" and inner.tag in ("div", "p"):
            inner.tail = "\n" + (inner.tail or "")
        inner.drop_tag()
    return element


def _container(element: HtmlElement, direction: str) -> HtmlElement:
    """A list or quote: each item's content is itself lines and blocks; a single paragraph in an item needs no `p`."""
    direction = element.get("dir") or direction
    if element.tag == "blockquote":
        inside = to_blocks(element, direction)
        inside.tag = "blockquote"
        return inside
    said = {k: v for k, v in element.attrib.items() if k in ("start", "reversed", "type") and (k, v) != ("start", "1")}
    result = html.Element(element.tag, said)
    stray = html.Element("dd" if element.tag == "dl" else "li")
    stray.text = element.text
    for child in [stray, *element]:
        tail, child.tail = child.tail, None
        if child.tag in ("ul", "ol") and len(result):
            result[-1].append(_container(child, direction))
        else:
            _add_item(result, child if child.tag in ("li", "dt", "dd") else _wrapped(child, stray.tag), direction)
        if not is_blank(tail or ""):
            _add_item(result, _wrapped(None, stray.tag, tail), direction)
    return result


def _add_item(items: HtmlElement, source: HtmlElement, direction: str) -> None:
    inside = to_blocks(source, direction)
    item = html.Element(source.tag)
    if sum(1 for e in inside if e.tag == "p") == 1 and inside[0].tag == "p":
        if inside[0].get("dir"):
            item.set("dir", inside[0].get("dir"))
        inside[0].drop_tag()
    _move(inside, item)
    if not _is_hollow(item):
        items.append(item)


def _wrapped(child: HtmlElement | None, tag: str, text: str | None = None) -> HtmlElement:
    holder = html.Element(tag)
    holder.text = text
    holder.extend([] if child is None else [child])
    return holder


def _table(table: HtmlElement) -> HtmlElement:
    """A table of data whose cells hold words and line breaks."""
    for cell in list(table.iter("td", "th", "caption")):
        inside = to_blocks(cell)
        cell.text = None
        for child in list(cell):
            cell.remove(child)
        if all(block.tag == "p" for block in inside):
            for n, line in enumerate(list(inside)):
                cell.extend([html.Element("br")] if n else [])
                _move(line, cell)
        else:
            _move(inside, cell)
    return table


def _is_hollow(element: HtmlElement) -> bool:
    return not len(element) and is_blank(element.text or "")


def _prune(line: HtmlElement) -> None:
    """Take out inline elements without content."""
    for element in reversed(list(line.iterdescendants(*INLINE))):
        if _is_hollow(element):
            element.drop_tag() if element.text else element.drop_tree()


def _is_rtl(direction: str, line: HtmlElement) -> bool:
    """Is this line read from right to left, by its own letters where nothing else is said?"""
    if direction != "auto":
        return direction == "rtl"
    strong = (unicodedata.bidirectional(char) for char in "".join(line.itertext())[:FIRST_LETTERS])
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L"


def _append(element: HtmlElement, text: str) -> None:
    if text and len(element):
        element[-1].tail = (element[-1].tail or "") + text
    elif text:
        element.text = (element.text or "") + text


def _move(source: HtmlElement, target: HtmlElement) -> None:
    """Put everything inside one element at the end of another."""
    _append(target, source.text or "")
    target.extend(list(source))

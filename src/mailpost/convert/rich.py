"""Html of mail programs → clean paragraphs, lists, quotes and tables.

First the quirks of single programs, then one general idea: a mail is a sequence of lines and blocks. Whatever
nesting of `div`, `span`, `br` and layout tables a program used to say "new line" and "empty line", the same
paragraphs come out.
"""

import re
from collections.abc import Callable
from copy import copy

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert.quirks import QUIRKS
from mailpost.sanitise import wash

BLOCKS = frozenset(
    "p div center h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr figure".split()  # noqa: SIM905 - words
)
SPACES = re.compile(r"[ \t\r\n\f]+")
EDGES = BLOCKS - {"pre"} | {"li", "dt", "dd", "td", "th"}
WHOLE = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "figure"})
EMPTY = frozenset("b strong i em u s del ins sub sup small mark span font a code cite q li p blockquote ul ol".split())  # noqa: SIM905 - words


def to_tree(content: str) -> HtmlElement:
    """Html of a mail as a tree without anything active; raises `sanitise.TooMuch`."""
    tree = html.fragment_fromstring(wash(content), create_parent="div")
    for quirk in QUIRKS:
        quirk(tree)
    return tree


def to_html(tree: HtmlElement, picture: Callable[[HtmlElement], HtmlElement | None]) -> HtmlElement:
    """A new tree of clean blocks; `picture` gives what stands for an image, or None where nothing does."""
    for image in list(tree.iter("img")):
        placed = picture(image)
        if placed is None:
            image.drop_tag() if image.tail else image.drop_tree()
        else:
            placed.tail, image.tail = image.tail, None
            image.getparent().replace(image, placed)
    blocks = _blocks(tree)
    _tidy(blocks)
    return blocks


def serialise(tree: HtmlElement) -> str:
    """The inside of a tree as html."""
    inner = html.tostring(tree, encoding="unicode")
    return inner[inner.index(">") + 1 : inner.rindex("</")] if len(tree) or tree.text else ""


def text_of(tree: HtmlElement) -> str:
    """The text a reader would see: paragraphs apart by an empty line, a line for each item, row and line break."""
    lines = [""]

    def say(text: str | None, *, laid_out: bool) -> None:
        first, *rest = (text or "").split("\n") if laid_out else [text or ""]
        lines[-1] += first
        lines.extend(rest)

    def visit(element: HtmlElement, *, laid_out: bool) -> None:
        tag = element.tag
        gap = tag in ("p", "blockquote", "pre", "ul", "ol", "dl", "table", "figure", "h2", "h3", "h4", "h5", "h6")
        block = gap or tag in ("li", "tr", "figcaption", "dt", "dd", "div")
        if (block and lines[-1].strip()) or tag == "br":
            lines.append("")
        if gap and len(lines) > 1 and lines[-2].strip():
            lines.append("")
        laid_out = laid_out or tag == "pre"
        say(element.text, laid_out=laid_out)
        for child in element:
            if isinstance(child.tag, str):
                visit(child, laid_out=laid_out)
            say(child.tail, laid_out=laid_out)
        if tag in ("td", "th"):
            lines[-1] += "  "
        if block and lines[-1].strip():
            lines.append("")
        if gap and len(lines) > 1 and lines[-2].strip():
            lines.append("")

    visit(tree, laid_out=False)
    clean = [" ".join(line.split()) for line in lines]
    return "\n".join(line for n, line in enumerate(clean) if line or (n and clean[n - 1])).strip()


def is_empty(element: HtmlElement) -> bool:
    kept = ("img", "br", "hr", "figure", "picture", "audio", "video")
    return (
        not "".join(element.itertext()).replace("\xa0", " ").strip()
        and element.tag not in kept
        and not any(True for _ in element.iter(*kept))
    )


class _Lines:
    """Collects lines of inline content and whole blocks, and makes paragraphs of them."""

    def __init__(self) -> None:
        self.out = html.Element("div")
        self.lines: list[HtmlElement | None] = []
        self.line = html.Element("p")

    def text(self, value: str | None) -> None:
        if not value:
            return
        if len(self.line):
            self.line[-1].tail = (self.line[-1].tail or "") + value
        else:
            self.line.text = (self.line.text or "") + value

    def inline(self, element: HtmlElement) -> None:
        tail, element.tail = element.tail, None
        self.line.append(element)
        element.tail = None
        self.text(tail)

    def end_line(self, *, always: bool = False) -> None:
        """Finish the current line; an empty one counts only where a break stands for it."""
        if not is_empty(self.line):
            self.lines.append(self.line)
        elif always:
            self.lines.append(None)
        self.line = html.Element("p")

    def block(self, element: HtmlElement) -> None:
        self.paragraphs()
        element.tail = None
        self.out.append(element)

    def paragraphs(self) -> None:
        """Lines between empty lines are one paragraph, if the author uses empty lines at all."""
        self.end_line()
        gaps = None in self.lines
        paragraph: HtmlElement | None = None
        for line in self.lines:
            if line is None:
                paragraph = None
            elif paragraph is None or not gaps:
                paragraph = line
                self.out.append(line)
            else:
                paragraph.append(html.Element("br"))
                _move(line, paragraph)
        self.lines = []


def _blocks(tree: HtmlElement) -> HtmlElement:
    lines = _Lines()
    _flow(tree, lines)
    lines.paragraphs()
    for element in list(lines.out.iter()):
        if element is not lines.out and element.tag in EMPTY and is_empty(element):
            element.drop_tag() if "".join(element.itertext()) else element.drop_tree()
    return lines.out


def _tidy(tree: HtmlElement) -> None:
    """The indentation of a mail program's html says nothing, and would be kept for ever."""
    laid_out = {element for pre in tree.iter("pre") for element in pre.iter()}
    for element in tree.iter():
        outer = element.getparent()
        if element.text and element not in laid_out:
            text = SPACES.sub(" ", element.text)
            text = text.lstrip(" ") if element.tag in EDGES else text
            element.text = text.rstrip(" ") if element.tag in EDGES and not len(element) else text
        if element.tail and outer is not None and outer not in laid_out:
            tail = SPACES.sub(" ", element.tail)
            tail = tail.lstrip(" ") if element.tag == "br" or element.tag in EDGES else tail
            element.tail = tail.rstrip(" ") if outer.tag in EDGES and element.getnext() is None else tail


def _flow(element: HtmlElement, lines: _Lines) -> None:
    lines.text(element.text)
    for child in list(element):
        tail, child.tail = child.tail, None
        _place(child, lines)
        lines.text(tail)


def _place(child: HtmlElement, lines: _Lines) -> None:  # noqa: C901 - one branch for each kind of element
    tag = child.tag
    if tag == "br":
        lines.end_line(always=True)
    elif tag in WHOLE:
        lines.block(_heading(child))
    elif tag in ("ul", "ol", "dl", "blockquote") or (tag == "table" and _is_data(child)):
        lines.block(child if tag == "table" else _container(child))
    elif tag in ("div", "center"):
        _place_lines(child, lines)
    elif tag in ("p", "table"):
        lines.paragraphs()
        for cell in [child] if tag == "p" else _cells(child):
            if not is_empty(cell):
                _flow(cell, lines)
            lines.paragraphs()
    elif tag in ("span", "font") or any(True for _ in child.iter(*BLOCKS)):
        _flow(child, lines)  # an inline element around blocks means nothing to a reader
    elif isinstance(tag, str):
        for inner in list(child.iter("span", "font")):
            inner.drop_tag()
        lines.inline(child)


def _place_lines(child: HtmlElement, lines: _Lines) -> None:
    """A `div` is a line, or several; one that ends with a break says no more than one without."""
    lines.end_line()
    before = len(lines.lines)
    _flow(child, lines)
    blank = len(lines.lines) > before and lines.lines[-1] is None and not is_empty(lines.line)
    lines.end_line(always=blank)


def _heading(element: HtmlElement) -> HtmlElement:
    if element.tag == "h1":  # the title of the post is the only one
        element.tag = "h2"
    for inner in list(element.iter("span", "font", "div")):
        inner.drop_tag()
    return element


def _container(element: HtmlElement) -> HtmlElement:
    """A list or quote: each item's content is itself lines and blocks; a single paragraph in an item needs no `p`."""
    if element.tag == "blockquote":
        inside = _blocks(element)
        inside.tag = "blockquote"
        return inside
    result = html.Element(element.tag, {k: v for k, v in element.attrib.items() if k in ("start", "reversed", "type")})
    for child in element:
        if child.tag in ("ul", "ol") and len(result):
            result[-1].append(_container(copy(child)))
            continue
        item = html.Element(child.tag if child.tag in ("li", "dt", "dd") else "li")
        inside = _blocks(child) if child.tag in ("li", "dt", "dd") else _blocks(_wrapped(child))
        if sum(1 for e in inside if e.tag == "p") == 1 and inside[0].tag == "p":
            first = inside[0]
            first.drop_tag()
        _move(inside, item)
        item.tail = None
        if not is_empty(item):
            result.append(item)
    return result


def _wrapped(child: HtmlElement) -> HtmlElement:
    holder = html.Element("div")
    holder.append(copy(child))
    return holder


def _is_data(table: HtmlElement) -> bool:
    """Rows and columns of short cells; anything else was laid out with a table because mail programs have no better way."""
    if table.get("role") == "presentation" or any(
        True for _ in table.iterdescendants("table", "figure", "h1", "h2", "h3", "ul", "ol")
    ):
        return False
    if any(True for _ in table.iter("th")):
        return True
    rows = [[cell for cell in row if cell.tag == "td"] for row in table.iter("tr")]
    return (
        len(rows) >= 2
        and min(len(row) for row in rows) >= 2
        and len({len(row) for row in rows}) == 1
        and all(len("".join(cell.itertext())) < 300 for row in rows for cell in row)
    )


def _cells(table: HtmlElement) -> list[HtmlElement]:
    """The outermost cells of a layout table, in reading order."""
    found = []
    for child in table:
        if child.tag in ("td", "th", "caption"):
            found.append(child)
        elif child.tag in ("tbody", "thead", "tfoot", "tr"):
            found += _cells(child)
    return found


def _move(source: HtmlElement, target: HtmlElement) -> None:
    """Put everything inside one element at the end of another."""
    text = source.text or ""
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text
    for child in list(source):
        target.append(child)

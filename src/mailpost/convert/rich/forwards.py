"""A forwarded mail is a quote with one quiet line above it; where its author says nothing else, it is the post."""

from itertools import takewhile

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert.rich.lines import Line, is_blank
from mailpost.convert.rich.paragraphs import is_rtl

HEAD = "forward-head"
QUOTED = ("blockquote", "figure")  # a picture may stand between two parts of a quote


def head(text: str, *, quoted: bool) -> HtmlElement:
    """What `set_apart` looks for: `quoted` says that the forwarded mail itself stands in a quote, and nothing else does."""
    mark = html.Element("figure", {"class": f"{HEAD} quoted" if quoted else HEAD})  # which `flow` leaves as it is
    line = html.Element("p", {"class": HEAD})
    line.text = text
    mark.append(line)
    return mark


def has_place(line: Line) -> bool:
    """Can a head stand behind this line? In text that is laid out, nothing can."""
    element, _ = _end(line)
    return element is not None and not any(outer.tag == "pre" for outer in (element, *element.iterancestors()))


def put_behind(line: Line, mark: HtmlElement) -> None:
    element, at = _end(line)
    if element is not None and at == "text":
        element.insert(0, mark)
    elif element is not None:
        element.getparent().insert(element.getparent().index(element) + 1, mark)


def _end(line: Line) -> tuple[HtmlElement | None, str]:
    """Where the last words of a line stand: as the text of an element, or behind it."""
    said = (
        (element, at)
        for element, at, start, stop in reversed(line.pieces)
        if not is_blank(getattr(element, at)[start:stop])
    )
    return next(said, (None, ""))


def set_apart(blocks: HtmlElement, *, first: bool) -> None:
    """Make one quote of what follows the head of a forwarded mail, if the author has said something in this mail.

    `first` says that no other text of the mail stands above these blocks.
    """
    mark = next((figure for figure in blocks.iter("figure") if (figure.get("class") or "").startswith(HEAD)), None)
    if mark is None:
        return
    around = mark.getparent()
    if around.tag == "blockquote" and around.getparent() is blocks and around[0] is mark:
        around.addprevious(mark)
    said = mark[0]
    if not said.text:
        mark.remove(said)
    elif is_rtl(said):
        said.set("dir", "rtl")
    if mark.getparent() is not blocks:
        mark.drop_tag()  # in a cell or an item, which nothing can leave
        return
    theirs = _theirs(mark)
    rest = (theirs[-1] if theirs else mark).getnext()
    alone = first and mark.getprevious() is None and rest is None
    mark.tag = "div" if alone else "blockquote"
    mark.attrib.clear()
    once = all(block.tag in QUOTED for block in theirs)
    for block in theirs:
        mark.append(block)
        if once and block.tag == "blockquote":
            block.drop_tag()
    if alone:
        mark.drop_tag()


def _theirs(mark: HtmlElement) -> list[HtmlElement]:
    """The blocks of the forwarded mail; what stands below it where it was quoted is the author's."""
    blocks = list(mark.itersiblings())
    if mark.get("class") == HEAD:
        return blocks
    theirs = list(takewhile(lambda block: block.tag in QUOTED, blocks))
    while theirs and theirs[-1].tag != "blockquote":
        theirs.pop()
    return theirs

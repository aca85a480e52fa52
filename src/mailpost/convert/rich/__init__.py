"""Html of mail programs → clean paragraphs, lists, quotes and tables.

First the quirks of single programs, then one general idea: a mail is a sequence of lines and blocks. Whatever
nesting of `div`, `span`, `br` and layout tables a program used to say "new line" and "empty line", the same
paragraphs come out.
"""

import re
from collections.abc import Callable

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert.rich.flow import BLOCKS, to_blocks
from mailpost.convert.rich.lines import is_blank
from mailpost.convert.rich.links import link_addresses
from mailpost.convert.rich.quirks import QUIRKS
from mailpost.sanitise import wash

SPACES = re.compile(r"[ \t\r\n\f]+")
DOUBLED = re.compile(r"(?<![ \xa0])(?: \xa0|\xa0 )(?![ \xa0])")  # two spaces after a full stop, as editors write them
# Elements that the washing does not know, and what they are to a reader. Without them their words would run together.
SAME = {
    **dict.fromkeys(
        ("address", "article", "aside", "details", "dialog", "fieldset", "footer", "form", "header"), "div"
    ),
    **dict.fromkeys(("hgroup", "legend", "main", "nav", "object", "search", "section", "summary"), "div"),
    **dict.fromkeys(("dir", "menu"), "ul"),
    "acronym": "abbr",
    "listing": "pre",
    "strike": "s",
}
UNKNOWN = re.compile(rf"<(/?)({'|'.join(SAME)})(?=[\s/>])", re.IGNORECASE)
# The parser ends these where a paragraph or a table begins, and so it must not know them.
FRAGILE = re.compile(r"<(/?)(a|b|font|i|s|small|u)(?=[ >])")
DIRECTED = re.compile(r"<(?:html|body)(?=\s[^<>]{0,2000}\bdir\s*=)", re.IGNORECASE)
EDGES = BLOCKS - {"pre"} | {"li", "dt", "dd", "td", "th"}


def to_tree(content: str) -> HtmlElement:
    """Html of a mail as a tree without anything active; raises `sanitise.TooMuch`."""
    known = UNKNOWN.sub(lambda tag: f"<{tag[1]}{SAME[tag[2].lower()]}", content.replace("\ufeff", ""))
    washed = FRAGILE.sub(r"<\1x-\2", wash(DIRECTED.sub("<div", known)))
    tree = html.fragment_fromstring(washed, create_parent="div")
    for element in tree.iter():
        element.tag = element.tag.removeprefix("x-")
    for quirk in QUIRKS:
        quirk(tree)
    return tree


def to_html(tree: HtmlElement, picture: Callable[[HtmlElement], HtmlElement | None]) -> HtmlElement:
    """A new tree of clean blocks; `picture` gives what stands for an image, or None where nothing does."""
    for image in list(tree.iter("img")):
        placed = picture(image)
        if placed is None:
            _say_instead(image)
        else:
            placed.tail, image.tail = image.tail, None
            image.getparent().replace(image, placed)
    blocks = to_blocks(tree)
    _tidy(blocks)
    link_addresses(blocks)
    for edge in (0, -1):
        while len(blocks) and blocks[edge].tag == "hr":
            blocks[edge].drop_tree()
    return blocks


def _say_instead(image: HtmlElement) -> None:
    """A picture that is not shown leaves nothing, unless a link has no other words than its."""
    outer = next(image.iterancestors("a"), None)
    said = (image.get("alt") or "").strip()
    if outer is not None and said and is_blank("".join(outer.itertext())):
        image.tail = said + (image.tail or "")
    image.drop_tag()


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


def _tidy(tree: HtmlElement) -> None:
    """The indentation of a mail program's html says nothing, and would be kept for ever."""
    laid_out = {element for pre in tree.iter("pre") for element in pre.iter()}
    for element in tree.iter():
        outer = element.getparent()
        if element.text and element not in laid_out:
            text = DOUBLED.sub(" ", SPACES.sub(" ", element.text))
            text = text.lstrip(" ") if element.tag in EDGES else text
            element.text = text.rstrip(" ") if element.tag in EDGES and not len(element) else text
        if element.tail and outer is not None and outer not in laid_out:
            tail = DOUBLED.sub(" ", SPACES.sub(" ", element.tail))
            tail = tail.lstrip(" ") if element.tag == "br" or element.tag in EDGES else tail
            element.tail = tail.rstrip(" ") if outer.tag in EDGES and element.getnext() is None else tail

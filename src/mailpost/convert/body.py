"""One text of a mail → clean blocks of html, without what a program added and without the author's marks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert import marks, plain, rich, trim
from mailpost.convert.attached import Attached
from mailpost.convert.layout import without_tabs
from mailpost.convert.rich import quotes
from mailpost.convert.rich.lines import Line, content_ids, erase, read_lines
from mailpost.convert.rich.paragraphs import is_rtl
from mailpost.message import Text
from mailpost.sanitise import TooMuch, xml_text

WRITTEN = ("p", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "table", "th", "td")
POINT = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*[01]px", re.IGNORECASE)
SMALL = 20  # pixels
MARKDOWN = re.compile(r"<(/?)markdown>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Way:
    """How to read: a forward, an answer? Does what programs add stay (`whole`), is the text all there is (`alone`)?

    Only the `first` text of a mail can begin with a header block. The `title` need not be said again above a forward.
    """

    forward: bool
    reply: bool
    whole: bool
    alone: bool
    first: bool
    title: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """The children of `blocks` are the body; `values` are the lines of a header block, `ended` says that `#end` was met."""

    blocks: HtmlElement
    text: str
    values: Mapping[str, str]
    trimmed: str
    ended: bool
    warnings: tuple[str, ...] = ()


def read_body(piece: Text, twin: str, attached: Attached, way: Way) -> Body:
    """Read a text; `twin` is the plain text that came beside html, for html that is too much."""
    if not piece.html:
        return _plain(piece, way)
    try:
        return _rich(piece, attached, way)
    except TooMuch:
        text = twin or re.sub(r"<[^<>]{0,2000}>", " ", piece.content)
        body = _plain(replace(piece, content=text, html=False), way)
        return replace(body, warnings=(*body.warnings, "the formatting was too complex and was left out"))


def _plain(piece: Text, way: Way) -> Body:
    whole = without_tabs(xml_text(plain.unflow(piece)))
    text, below = marks.until_end(whole)
    ended = whole[len(text) :] if below or len(text) < len(whole) else ""
    cut = trim.Cut(text, "") if way.whole else trim.from_text(text, forward=way.forward, reply=way.reply)
    values, text = marks.from_top(cut.kept) if way.first else ({}, cut.kept)
    own, mark, text, dropped = _handed_on(text, way)
    blocks = html.fragment_fromstring(plain.to_html(own), create_parent="div")
    if mark is not None:
        blocks.append(mark)
        blocks.extend(html.fragment_fromstring(plain.to_html(text), create_parent="div"))
        forwards.set_apart(blocks, first=way.first)
    for block in blocks.iter(*WRITTEN):
        if is_rtl(block):
            block.set("dir", "rtl")
    said = "\n\n".join(part for part in (own, "" if mark is None else mark[0].text, text) if part)
    return Body(blocks, text, values, _together(*dropped, cut.trimmed, ended.strip()), bool(ended), cut.warnings)


def _handed_on(text: str, way: Way) -> tuple[str, HtmlElement | None, str, Sequence[str]]:
    """The author's words, the head of a forwarded mail and its text, without addresses, and what of its header is not shown."""
    lines = text.split("\n")
    if way.whole or not (way.forward or trim.begins_as_mail(lines)):
        return trim.mask(text) if way.forward else trim.mask_introductions(text), None, "", ()
    at = trim.forwarded_from(lines)
    head = trim.head_of(lines[at:], way.title)
    rest = lines[at + head.lines :]
def _rich(piece: Text, attached: Attached, way: Way) -> Body:
    tree = rich.to_tree(piece.content)
    attached.locate(tree, piece.location)
    ended = _end(tree, attached) if "#end" in tree.text_content().lower() else ""
    cut = quotes.cut(tree, forward=way.forward, whole=way.whole, alone=way.alone)
    attached.forget(cut.pictures)
    values = _top(tree) if way.first and marks.may_begin(tree.text_content()) else {}
    missing = _missing(tree)
    blocks = rich.to_html(tree, attached.picture)
    _old_hands(blocks)
    return Body(
        blocks, rich.text_of(blocks), values, _together(cut.text, ended), bool(ended), (*cut.warnings, *missing)
    )


def _missing(tree: HtmlElement) -> tuple[str, ...]:
    """A word about pictures that did not come with the mail; what is too small to be one may count the readers."""
    sources = {image.get("src") or "" for image in tree.iter("img") if not _is_tiny(image)}
    elsewhere = sum(not source.lower().startswith("cid:") for source in sources)
    if not elsewhere:
        return ()
    count = "a picture that is" if elsewhere == 1 else f"{elsewhere} pictures that are"
    return (f"{count} not in the mail but on the web, or lost, cannot be shown: attach what you want to show",)


def _is_tiny(image: HtmlElement) -> bool:
    if POINT.search(image.get("style") or ""):
        return True
    return any((said := image.get(side) or "").isdecimal() and int(said[:6]) < SMALL for side in ("width", "height"))


def _end(tree: HtmlElement, attached: Attached) -> str:
    """Cut a tree at a line `#end`, which is not code or a quote; return the text of what goes."""
    lines = read_lines(tree, (), ()).lines
    at = next((n for n, line in enumerate(lines) if marks.END.fullmatch(line.text) and not _is_quoted(line)), None)
    if at is None:
        return ""
    gone = lines[at:]
    attached.forget(content_ids(gone) - content_ids(lines[:at]))
    _take_out(tree, gone)
    return "\n".join(line.text for line in gone if line.text)


def _top(tree: HtmlElement) -> Mapping[str, str]:
    """Take the header block from the top of a tree; in programs that begin a paragraph at each Enter it is several."""
    lines = read_lines(tree, (), ()).lines
    values: dict[str, str] = {}
    start = next((n for n, line in enumerate(lines) if not line.blank), len(lines))
    while start < len(lines):
        stop = next((n for n in range(start, len(lines)) if lines[n].blank), len(lines))
        block = lines[start:stop]
        found, rest = marks.from_top("\n".join(line.text for line in block))
        if not found or any(line.pictures or _is_quoted(line) for line in block):
            break
        values = {**values, **found}
        if rest:
            break
        _take_out(tree, block)
        start = stop + 1
        if lines[stop : stop + 1] and lines[stop].others:
            break  # a line that the author left empty
    return values


def _is_quoted(line: Line) -> bool:
    """Does a line stand in a quote, or in code?"""
    return line.depth > 0 or any(
        element.tag == "pre" or next(element.iterancestors("pre"), None) is not None for element, *_ in line.pieces[:1]
    )


def _take_out(tree: HtmlElement, lines: Sequence[Line]) -> None:
    erase(
        tree,
        [piece for line in lines for piece in line.pieces],
        [element for line in lines for element in (*line.pictures, *line.others)],
    )


def _old_hands(blocks: HtmlElement) -> None:
    """What stands between `<markdown>` and `</markdown>` was typed as Markdown, whatever the mail program made of it."""
    marked: list[HtmlElement] = []
    for block in list(blocks):
        tags = MARKDOWN.findall("".join(block.itertext()))
        if not marked and "" not in tags:
            continue
        marked.append(block)
        if "/" in tags:
            break
    else:
        return  # never opened, or never closed
    run: list[HtmlElement] = []
    for block in [*marked, None]:
        if block is not None and block.tag != "figure":
            run.append(block)
            continue
        if run:
            # Without a single line break, each paragraph is what the author saw as a line.
            apart = "\n\n" if any(one.find(".//br") is not None for one in run) else "\n"
            text = MARKDOWN.sub("", apart.join(rich.text_of(one) for one in run))
            for made in html.fragment_fromstring(plain.to_html(text), create_parent="div"):
                run[0].addprevious(made)
            for one in run:
                one.drop_tree()
        run = []


def _together(*parts: str) -> str:
    return "\n".join(part for part in parts if part)

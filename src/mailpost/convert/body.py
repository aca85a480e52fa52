"""One text of a mail → clean blocks of html, without what a program added and without the author's marks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert import marks, plain, rich, trim
from mailpost.convert.attached import Attached
from mailpost.convert.layout import without_tabs
from mailpost.convert.remote import is_counter
from mailpost.convert.rich import forwards, quotes
from mailpost.convert.rich.lines import Line, content_ids, erase, read_lines
from mailpost.convert.rich.paragraphs import is_rtl
from mailpost.convert.rich.tables import align
from mailpost.message import Text
from mailpost.sanitise import TooMuch, xml_text

WRITTEN = ("p", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "table", "th", "td")
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
    written = without_tabs(xml_text(plain.unflow(piece)))
    text, _ = marks.until_end(written)
    ended = written[len(text) :]
    cut = trim.Cut(text, "") if way.whole else trim.from_text(text, forward=way.forward, reply=way.reply)
    values, text = marks.from_top(cut.kept) if way.first else ({}, cut.kept)
    found = None if way.whole else trim.forwarded(text, sure=way.forward, title=way.title)
    if found is None:
        text = trim.mask(text) if way.forward else trim.mask_introductions(text)
        blocks, dropped = _blocks(text), ""
    else:
        blocks, dropped = _handed_on(found, first=way.first), "\n".join(found.head.dropped)
        text = "\n\n".join(filter(None, (found.own, found.head.text, found.text)))
    for table in blocks.iter("table"):
        align(table)
    for block in blocks.iter(*WRITTEN):
        if is_rtl(block):
            block.set("dir", "rtl")
    return Body(blocks, text, values, _together(dropped, cut.trimmed, ended.strip()), bool(ended), cut.warnings)


def _handed_on(found: trim.Forward, *, first: bool) -> HtmlElement:
    blocks = _blocks(found.own)
    blocks.append(forwards.head(found.head.text, quoted=found.quoted))
    blocks.extend(list(_blocks(found.text)))
    forwards.set_apart(blocks, first=first)
    return blocks


def _blocks(text: str) -> HtmlElement:
    return html.fragment_fromstring(plain.to_html(text), create_parent="div")


def _rich(piece: Text, attached: Attached, way: Way) -> Body:
    tree = rich.to_tree(piece.content)
    attached.locate(tree, piece.location)
    below = _below_end(tree)
    ended = "\n".join(line.text for line in below if line.text)
    pictures = content_ids(below)
    _take_out(tree, below)
    pictures -= content_ids(read_lines(tree, (), ()).lines) if pictures else pictures
    cut = quotes.cut(tree, forward=way.forward, whole=way.whole, alone=way.alone, title=way.title)
    attached.forget(cut.pictures | pictures)
    values = _top(tree) if way.first and marks.may_begin(tree.text_content()) else {}
    warnings = (*cut.warnings, *_missing(tree), *_left_out(len(pictures)))
    blocks = rich.to_html(tree, attached.picture)
    forwards.set_apart(blocks, first=way.first)
    _old_hands(blocks)
    return Body(blocks, rich.text_of(blocks), values, _together(cut.text, ended), bool(below), warnings)


def _left_out(pictures: int) -> tuple[str, ...]:
    if not pictures:
        return ()
    return ("1 picture below #end was left out" if pictures == 1 else f"{pictures} pictures below #end were left out",)


def _missing(tree: HtmlElement) -> tuple[str, ...]:
    """A word about pictures that did not come with the mail; what is too small to be one may count the readers."""
    sources = {image.get("src") or "" for image in tree.iter("img") if not is_counter(image)}
    elsewhere = sum(not source.lower().startswith("cid:") for source in sources)
    if not elsewhere:
        return ()
    count = "a picture that is" if elsewhere == 1 else f"{elsewhere} pictures that are"
    return (f"{count} not in the mail but on the web, or lost, cannot be shown: attach what you want to show",)


def _below_end(tree: HtmlElement) -> Sequence[Line]:
    """The lines from `#end` on, which is not code or a quote."""
    if "#end" not in tree.text_content().lower():
        return ()
    lines = read_lines(tree, (), ()).lines
    at = next(
        (n for n, line in enumerate(lines) if marks.END.fullmatch(line.text) and not _is_quoted(line)), len(lines)
    )
    return lines[at:]


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

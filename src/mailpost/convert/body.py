"""One text of a mail → clean blocks of html, without what a program added and without the author's marks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert import marks, plain, rich, trim
from mailpost.convert.attached import Attached
from mailpost.convert.rich import quotes
from mailpost.message import Text
from mailpost.sanitise import TooMuch, xml_text

END = re.compile(r"\s*#end\s*", re.IGNORECASE)
MARKDOWN = re.compile(r"<(/?)markdown>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Way:
    """How to read: a forward, an answer? Does what programs add stay (`whole`), is the text all there is (`alone`)?"""

    forward: bool
    reply: bool
    whole: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class Body:
    """The children of `blocks` are the body; `values` are the lines of a header block, `ended` says that `#end` was met."""

    blocks: HtmlElement
    text: str
    values: Mapping[str, str]
    trimmed: str
    ended: bool
    warning: str = ""


def read_body(piece: Text, twin: str, attached: Attached, way: Way) -> Body:
    """Read a text; `twin` is the plain text that came beside html, for html that is too much."""
    if not piece.html:
        return _plain(piece, way)
    try:
        return _rich(piece, attached, way)
    except TooMuch:
        text = twin or re.sub(r"<[^<>]{0,2000}>", " ", piece.content)
        body = _plain(replace(piece, content=text, html=False), way)
        return replace(body, warning="the formatting was too complex and was left out")


def _plain(piece: Text, way: Way) -> Body:
    text, ended = marks.until_end(xml_text(plain.unflow(piece)).expandtabs(4))
    cut = trim.Cut(text, "") if way.whole else trim.from_text(text, forward=way.forward, reply=way.reply)
    values, text = marks.from_top(cut.kept)
    text = trim.mask(text) if way.forward else trim.mask_introductions(text)
    blocks = html.fragment_fromstring(plain.to_html(text), create_parent="div")
    return Body(blocks, text, values, _together(cut.trimmed, ended.strip()), bool(ended))


def _rich(piece: Text, attached: Attached, way: Way) -> Body:
    tree = rich.to_tree(piece.content)
    cut = quotes.cut(tree, forward=way.forward, whole=way.whole, alone=way.alone)
    attached.forget(cut.pictures)
    blocks = rich.to_html(tree, attached.picture)
    ended = _end(blocks)
    values = _top(blocks)
    _old_hands(blocks)
    return Body(blocks, rich.text_of(blocks), values, _together(cut.text, ended), bool(ended))


def _end(blocks: HtmlElement) -> str:
    """Cut the blocks from a paragraph `#end` on; return their text."""
    at = next((n for n, b in enumerate(blocks) if b.tag == "p" and END.fullmatch("".join(b.itertext()))), None)
    if at is None:
        return ""
    gone = list(blocks)[at:]
    said = [rich.text_of(block) for block in gone]
    for block in gone:
        block.drop_tree()
    return "\n".join(said)


def _top(blocks: HtmlElement) -> Mapping[str, str]:
    """The header block of an html mail is its first paragraph."""
    if len(blocks) and blocks[0].tag == "p":
        values, rest = marks.from_top(rich.text_of(blocks[0]))
        if values and not rest.strip():
            blocks[0].drop_tree()
            return values
    return {}


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

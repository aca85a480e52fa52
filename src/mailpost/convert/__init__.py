"""The content of a mail → html of a post, not yet safe."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import unquote

from lxml import html
from lxml.html import HtmlElement

from mailpost.attachment import Attachment
from mailpost.convert import figures, marks, plain, quotes, rich, trim
from mailpost.convert.marks import Marks
from mailpost.media import Prepared, prepare
from mailpost.media.made import LeftOut
from mailpost.message import File, Message, Text
from mailpost.sanitise import TooMuch, xml_text

FILES = 50

Hide = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A post before it is safe. `fallback` is its text, for the case that no html of it can be trusted."""

    html: str
    fallback: str
    marks: Marks
    trimmed: str
    prepared: tuple[Prepared, ...]
    warnings: tuple[str, ...]
    photos: int = 0


@dataclass(slots=True)
class _Work:
    """What piles up while the pieces of a mail are read in order."""

    forward: bool
    trimmed: list[str]
    warnings: list[str]
    prepared: dict[str, Prepared]
    by_id: dict[str, Prepared]
    shown: set[str]


def without(addresses: Iterable[str], secrets: Iterable[str]) -> Hide:
    """What takes these addresses, with whatever tag, and these words out of a text or of html."""
    tag = r"(?:(?:\+|%2B|&#43;)[^\s@%<>\"'&]{1,64})?"
    known = [
        rf"(?<![\w.+-]){re.escape(local)}{tag}(?:@|%40|&#64;){re.escape(domain)}(?!\.?[\w-])"
        for local, _, domain in (address.partition("@") for address in sorted(addresses))
    ]
    known += [rf"(?<!\w){re.escape(secret)}(?!\w)" for secret in sorted(secrets)]
    pattern = re.compile("|".join(known) or r"(?!)", re.IGNORECASE)
    return lambda text: pattern.sub("", text)


def convert(message: Message, subject: str, flags: frozenset[str], hide: Hide) -> Draft:
    """Read the pieces of a mail in order. `hide` takes out what must not appear in the post."""
    said = marks.from_subject(hide(xml_text(subject)))
    texts = [piece for piece in message.pieces if isinstance(piece, Text)]
    forward = trim.is_forward(
        subject, "\n".join([t.content[:20_000] for t in texts if not t.html] or [message.plain[:20_000]])
    )
    work = _Work(forward, [], list(message.warnings), {}, {}, set())
    _prepare_files([piece for piece in message.pieces if isinstance(piece, File)], work, hide)

    out: list[str] = []
    plain_text: list[str] = []
    values: dict[str, str] = {}
    waiting: list[Attachment] = []
    ended = False
    bodies = [_body(piece, message, work) if isinstance(piece, Text) else None for piece in message.pieces]
    for piece, body in zip(message.pieces, bodies, strict=True):
        if isinstance(piece, File):
            prepared = work.prepared.get(_key(piece))
            if prepared is not None and prepared.attachment.main.path not in work.shown:
                work.shown.add(prepared.attachment.main.path)
                waiting.append(prepared.attachment)
            continue
        if body is None or ended:
            continue
        markup, text, read, ended = body
        values = {**read, **values}
        if markup:
            out.append(figures.show(waiting, gallery=said.gallery))
            waiting = []
            out.append(markup)
            plain_text.append(text)
    out.append(figures.show(waiting, gallery=said.gallery))

    used = tuple(p for p in work.prepared.values() if p.attachment.main.path in work.shown)
    return Draft(
        html=hide("".join(out)),
        fallback=hide(xml_text("\n\n".join(plain_text))),
        marks=marks.combine(said, {key: hide(value) for key, value in values.items()}, flags),
        trimmed=xml_text("\n".join(part for part in work.trimmed if part)),
        prepared=used,
        warnings=tuple(work.warnings),
        photos=sum(p.attachment.kind == "photo" for p in used),
    )


def title_from(text: str) -> str:
    """The first line of a post that has no title, cut at the end of a sentence or a word."""
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    sentence = re.match(r"(.{8,60}?[.!?…。])(?:\s|$)", first)
    if sentence:
        return sentence[1].rstrip(".")
    return first if len(first) <= 60 else first[:60].rsplit(" ", 1)[0].rstrip(",;:–-") + " …"


def text_of(safe: str) -> tuple[str, str]:
    """The text of a finished body, and of its paragraphs alone: tables and file names make no excerpt."""
    if not safe:
        return "", ""
    tree = html.fragment_fromstring(safe, create_parent="div")
    paragraphs = [rich.text_of(block) for block in tree if block.tag == "p" and not block.get("class")]
    return rich.text_of(tree), " ".join(paragraphs)


def _prepare_files(files: list[File], work: _Work, hide: Hide) -> None:
    for file in files:
        key = _key(file)
        if key in work.prepared:
            continue
        if len(work.prepared) >= FILES:
            work.warnings.append(f"more than {FILES} files: the rest was left out")
            return
        try:
            work.prepared[key] = prepare(replace(file, name=hide(file.name)))
        except LeftOut as problem:
            work.warnings.append(str(problem))
            continue
        if file.content_id:
            work.by_id[file.content_id] = work.prepared[key]


def _key(file: File) -> str:
    """The same bytes twice in one mail are one file, unless the html asks for them by two names."""
    return f"{file.content_id}\0{hash(file.content)}"


def _body(piece: Text, message: Message, work: _Work) -> tuple[str, str, dict[str, str], bool]:
    """Html, text, header block of one piece, and whether the author ended the post there."""
    if piece.html:
        try:
            return _rich(piece, work)
        except TooMuch:
            work.warnings.append("the formatting was too complex and was left out")
            text = message.plain or re.sub(r"<[^<>]{0,2000}>", " ", piece.content)
            return _plain(replace(piece, content=text, html=False), work)
    return _plain(piece, work)


def _plain(piece: Text, work: _Work) -> tuple[str, str, dict[str, str], bool]:
    text, ended = marks.until_end(xml_text(plain.unflow(piece)).expandtabs(4))
    cut = trim.from_text(text, forward=work.forward)
    work.trimmed += [cut.trimmed, ended.strip()]
    values, text = marks.from_top(cut.kept)
    if work.forward:
        text = trim.mask(text)
    return plain.to_html(text) if text.strip() else "", text, dict(values), bool(ended)


def _rich(piece: Text, work: _Work) -> tuple[str, str, dict[str, str], bool]:
    tree = rich.to_tree(piece.content)
    work.trimmed.append(quotes.cut(tree, forward=work.forward))
    if work.forward:
        quotes.mask_forward(tree)
    blocks = rich.to_html(tree, lambda image: _picture(image, work))
    work.trimmed.append(quotes.cut_last_blocks(blocks))
    values, ended = _marks_in(blocks, work)
    text = rich.text_of(blocks)
    return rich.serialise(blocks), text, values, ended


def _marks_in(blocks: HtmlElement, work: _Work) -> tuple[dict[str, str], bool]:
    """The header block and `#end` in html are paragraphs like any others."""
    ended = False
    for block in list(blocks):
        if ended or (block.tag == "p" and "".join(block.itertext()).strip().lower() == "#end"):
            ended = True
            work.trimmed.append(rich.text_of(block))
            block.drop_tree()
    if len(blocks) and blocks[0].tag == "p":
        values, rest = marks.from_top(rich.text_of(blocks[0]))
        if values and not rest.strip():
            blocks[0].drop_tree()
            return dict(values), ended
    return {}, ended


def _picture(image: HtmlElement, work: _Work) -> HtmlElement | None:
    """A picture that came with the mail stays where it was, once; everything else would tell a stranger who reads."""
    source = image.get("src") or ""
    prepared = work.by_id.get(unquote(source[4:])) if source.lower().startswith("cid:") else None
    if prepared is None or prepared.attachment.main.path in work.shown:
        return None
    work.shown.add(prepared.attachment.main.path)
    said = (image.get("alt") or "").strip()
    name = prepared.attachment.name
    if said and said != name and "." not in said[-5:]:
        prepared = replace(prepared, attachment=replace(prepared.attachment, caption=""))
    figure = html.fragment_fromstring(figures.photo(prepared.attachment))
    if said and said != name and not re.search(r"\.\w{3,4}$", said):
        figure.find(".//img").set("alt", escape(said, quote=False)[:300])
    return figure


__all__ = ["Draft", "convert", "text_of", "title_from", "without"]

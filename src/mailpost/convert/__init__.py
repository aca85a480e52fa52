"""The content of a mail → html of a post, not yet safe."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Protocol

from lxml import html

from mailpost.convert import cards, figures, marks, rich, trim
from mailpost.convert.attached import Attached
from mailpost.convert.body import Body, Way, read_body
from mailpost.convert.embedded import lifted_out
from mailpost.convert.marks import Marks
from mailpost.convert.summary import Words, title_from, words_of
from mailpost.media import Prepared, Studio, tnef
from mailpost.message import File, Message, Text
from mailpost.mime.text import shown
from mailpost.sanitise import xml_text

LONGEST = {"date": 100, "status": 100, "cover": 200, "slug": 200}  # characters of a value in a header block
LONG = 5000  # and of any other
TAG = re.compile(r"(<[^<>]*>)")
LINES = re.compile(r"(<(?:/?(?:p|li|td|th|dt|dd|h\d|pre|div|blockquote|figcaption|caption)|br|hr)\b[^<>]*>|\n)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A post before it is safe. `fallback` is its text, for the case that no html of it can be trusted.

    `prepared` are the files that are shown, the cover first and the others in the order of the post.
    """

    html: str
    fallback: str
    marks: Marks
    trimmed: str
    prepared: tuple[Prepared, ...]
    warnings: tuple[str, ...]


class Hiding(Protocol):
    """Takes words out of a text; of `html`, leaving `[…]` where a line says something else."""

    def __call__(self, text: str, *, html: bool = False) -> str: ...


def without(addresses: Iterable[str], secrets: Iterable[str]) -> Hiding:
    """What takes these addresses, with whatever tag, and these words out of a text or of html."""
    tag = r"(?:(?:\+|%2B|&#43;)[^\s@%<>\"'&]{1,64})?"
    known = [
        rf"(?<![\w.+-]){re.escape(local)}{tag}(?:@|%40|&#64;){re.escape(domain)}(?!\.?[\w-])"
        for local, _, domain in (address.partition("@") for address in sorted(addresses))
    ]
    known += [rf"(?<!\w){re.escape(secret)}(?!\w)" for secret in sorted(secrets)]
    pattern = re.compile("|".join(known) or r"(?!)", re.IGNORECASE)

    def hide(text: str, *, html: bool = False) -> str:
        if html and (pattern.search(text) or pattern.search(TAG.sub("", text))):
            return "".join(_hidden(line, pattern) for line in LINES.split(text))
        return pattern.sub("", text)

    return hide


def _hidden(line: str, pattern: re.Pattern[str]) -> str:
    """A line of html; its tags keep nothing in place of what goes."""
    pieces = TAG.split(line)
    rest = pattern.sub("", "".join(pieces[::2]))
    instead = trim.LEFT_OUT if re.search(r"\w", unescape(rest)) else ""
    pieces = [pattern.sub("" if n % 2 else instead, piece) for n, piece in enumerate(pieces)]
    pieces[::2] = _joined(pieces[::2], pattern, instead)
    return "".join(pieces)


def _joined(texts: list[str], pattern: re.Pattern[str], instead: str) -> Iterator[str]:
    """The texts between tags without what begins in one of them and ends in another."""
    gone = [match.span() for match in pattern.finditer("".join(texts))]
    start = number = 0
    for text in texts:
        end, at, kept = start + len(text), start, []
        while number < len(gone) and gone[number][0] < end:
            first, last = gone[number]
            kept += [text[at - start : max(first, at) - start], instead if first >= start else ""]
            at = min(last, end)
            if last > end:
                break
            number += 1
        yield "".join([*kept, text[at - start :]])
        start = end


def convert(
    message: Message,
    subject: str,
    flags: frozenset[str],
    hide: Hiding,
    *,
    whole: bool = False,
    studio: Studio | None = None,
) -> Draft:
    """Read the pieces of a mail in order.

    `hide` takes out what must not appear in the post; `whole` leaves in what programs have added; `studio` makes films
    that browsers play.
    """
    said = marks.from_subject(hide(xml_text(subject)))
    message = replace(message, pieces=lifted_out(tnef.opened(message.pieces, studio)))
    attached = Attached([piece for piece in message.pieces if isinstance(piece, File)], hide, studio)
    others = [piece for piece in message.pieces if isinstance(piece, Text) or not piece.content_id]
    way = Way(
        _is_forward(message, subject), trim.is_reply(subject), whole, len(others) == 1, first=True, title=said.title
    )
    warnings = list(message.warnings)
    values: dict[str, str] = {}
    texts: list[str] = []
    trimmed: list[str] = []
    bodies: dict[int, Body] = {}
    ended = False
    for piece in message.pieces:  # before the files take their places: html may ask for one that stands before it
        if isinstance(piece, Text) and not ended:
            body = bodies[id(piece)] = read_body(piece, message.plain, attached, replace(way, first=not bodies))
            values = {**body.values, **values}
            texts.append(body.text)
            trimmed.append(body.trimmed)
            warnings += body.warnings
            ended = body.ended
        elif isinstance(piece, Text):
            trimmed.append(shown(piece.content) if piece.html else piece.content)

    tree = html.Element("div")
    for piece in message.pieces:
        if isinstance(piece, File):
            figure = attached.rest(piece)
            tree.extend([] if figure is None else [figure])
        elif id(piece) in bodies:
            tree.extend(list(bodies[id(piece)].blocks))
    figures.describe(tree, attached.caption)
    cards.place(tree)
    if said.gallery:
        for part in (tree, *tree.findall("blockquote")):
            figures.gather(part)

    values = {key: hide(value)[: LONGEST.get(key, LONG)] for key, value in values.items()}
    said = marks.combine(said, values, flags)
    used = attached.used(values.get("cover", ""))
    return Draft(
        html=hide(rich.serialise(tree), html=True),
        fallback=hide(xml_text("\n\n".join(text for text in texts if text))),
        marks=said,
        trimmed=xml_text("\n".join(part for part in (*trimmed, attached.cut()) if part)),
        prepared=used,
        warnings=(*warnings, *said.warnings, *attached.warnings),
    )


def _is_forward(message: Message, subject: str) -> bool:
    """By its plain text or its subject; what html says, it says by its lines (`quotes`), but for the language of “VS:”."""
    texts = [piece.content[:20_000] for piece in message.pieces if isinstance(piece, Text) and not piece.html]
    if texts or message.plain:
        return trim.is_forward(subject, "\n".join(texts or [message.plain[:20_000]]))
    seen = (shown(piece.content[:100_000]) for piece in message.pieces if isinstance(piece, Text))
    return trim.is_handed_on(subject, "\n".join(seen))


__all__ = ["Draft", "Words", "convert", "title_from", "without", "words_of"]

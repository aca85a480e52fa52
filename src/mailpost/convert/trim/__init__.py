"""What a mail program added to the author's words: signatures, quotes, footers.

Cutting the author's own words is a failure, leaving a quote is a blemish: everything here works on shapes that programs
write and people do not, and only up to the end of the text. What is cut is returned, never thrown away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailpost.convert.trim.doubts import answers_inside, doubts, is_greeting
from mailpost.convert.trim.footers import before_footers, before_signature, footer_above_text, is_footer, is_notice
from mailpost.convert.trim.forwards import Forward, Head, forwarded, forwarded_from, head_of, says_forward
from mailpost.convert.trim.introductions import (
    introductions,
    is_attribution,
    is_header_block,
    is_original,
    is_quoted,
)
from mailpost.convert.trim.mask import LEFT_OUT, masked
from mailpost.convert.trim.subjects import is_handed_on, is_reply, without_prefixes

ROUNDS = 4  # signature below quote below footer: nobody has more layers
SHORTCODE = re.compile(r"(?:^|\s):[\w+-]{1,30}:$")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text, what was cut out of it, and what its author should hear about that."""

    kept: str
    trimmed: str
    warnings: tuple[str, ...] = ()


def from_text(text: str, *, forward: bool, reply: bool = False) -> Cut:
    """Cut quote, signature and footers from the end of a plain text.

    A `forward` keeps what it quotes; only in a `reply` is a quote without introduction known not to be the author's.
    """
    lines = text.rstrip().split("\n")
    return _cut_forward(lines) if forward else _cut(lines, reply=reply)


def is_forward(subject: str, text: str) -> bool:
    return says_forward(text) or is_handed_on(subject, text)


def mask(text: str) -> str:
    """A forward without the addresses of other people, below what its author says of it."""
    lines = text.split("\n")
    at = forwarded_from(lines)
    return "\n".join([*lines[:at], *masked(lines[at:])])


def mask_introductions(text: str) -> str:
    """Take other people's addresses out of “On …, Bob <b@x.example> wrote:”, and out of the quotes below, where those stay."""
    lines = text.split("\n")
    introduced = {n for found in introductions(lines) for n in range(found.at, found.after)}
    first = min(introduced, default=len(lines))
    others = introduced | {n for n in range(first, len(lines)) if is_quoted(lines[n])}
    return "\n".join(said for n, line in enumerate(lines) for said in (masked([line]) if n in others else [line]))


def _cut(lines: Sequence[str], *, reply: bool) -> Cut:
    end, unmarked = len(lines), 0
    for _ in range(ROUNDS):
        before = end
        end, more = _before_quote(lines, before_footers(lines, end), reply=reply)
        end = before_signature(lines, end)
        unmarked += more
        if end == before:
            break
    start, stop = footer_above_text(lines[:end])
    kept = [*lines[:start], *lines[stop:end]]
    return _made(kept, [*lines[start:stop], *lines[end:]], doubts(kept, unmarked))


def _cut_forward(lines: Sequence[str]) -> Cut:
    """Cut what was added to the author's words, and below the mail that is handed on."""
    at = forwarded_from(lines)
    own, other = lines[:at], lines[at:]
    start, end = _before_added(own), _before_added(other)
    gap = [""] if 0 < start < at else []
    return _made([*own[:start], *gap, *other[:end]], [*own[start:], *other[end:]])


def _made(kept: Sequence[str], trimmed: Sequence[str], warnings: tuple[str, ...] = ()) -> Cut:
    return Cut("\n".join(kept).rstrip(), "\n".join(trimmed).strip(), warnings)


def _before_added(lines: Sequence[str]) -> int:
    end = len(lines)
    for _ in range(ROUNDS):
        end = before_signature(lines, before_footers(lines, end))
    return end


def _before_quote(lines: Sequence[str], end: int, *, reply: bool) -> tuple[int, int]:
    """Where the answered mail begins, if the author wrote something above it and nothing below it; its lines without marks."""
    said = [n for n, line in enumerate(lines[:end]) if line.strip() and not is_quoted(line)]
    if not said:
        return end, 0
    inside = next((n for n in said if answers_inside(lines[n])), end)
    for found in introductions(lines[:end]):
        if found.at <= said[0] or _announced(lines, found.at):
            continue
        first = next((lines[n] for n in range(found.after, end) if lines[n].strip()), "")
        if first.startswith(">"):
            if said[-1] < found.after:
                return found.at, 0
        elif found.certain and inside > found.at and not (is_greeting(lines[said[0]]) and said[1] >= found.at):
            return found.at, sum(bool(line.strip()) for line in lines[found.at : end])
    quoted = [line.lstrip("> ") for line in lines[said[-1] + 1 : end] if line.strip()]
    if quoted and (reply or _introduces_itself(quoted)) and not _announced(lines, said[-1] + 1):
        return said[-1] + 1, 0
    return end, 0


def _introduces_itself(quoted: Sequence[str]) -> bool:
    """Some programs quote their own introduction."""
    return is_attribution(quoted[0]) or is_original(quoted[0]) or is_header_block(quoted[:12])


def _announced(lines: Sequence[str], at: int) -> bool:
    """“Look what Ann sent me:” makes a quote part of what the author says."""
    above = next((lines[n] for n in range(at - 1, -1, -1) if lines[n].strip()), "")
    above = above.rstrip("* ")
    return above.endswith((":", "：")) and not SHORTCODE.search(above[-40:])


__all__ = [
    "LEFT_OUT",
    "Cut",
    "Forward",
    "Head",
    "answers_inside",
    "doubts",
    "footer_above_text",
    "forwarded",
    "from_text",
    "head_of",
    "is_attribution",
    "is_footer",
    "is_forward",
    "is_greeting",
    "is_handed_on",
    "is_header_block",
    "is_notice",
    "is_original",
    "is_reply",
    "mask",
    "mask_introductions",
    "without_prefixes",
]

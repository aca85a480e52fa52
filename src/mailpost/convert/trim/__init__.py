"""What a mail program added to the author's words: signatures, quotes, footers.

Cutting the author's own words is a failure, leaving a quote is a blemish: everything here works on shapes that programs
write and people do not, and only up to the end of the text. What is cut is returned, never thrown away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailpost.convert.trim.footers import before_footers, before_signature, is_footer, is_notice
from mailpost.convert.trim.introductions import (
    ADDRESS,
    introductions,
    is_attribution,
    is_header_block,
    is_original,
    is_quoted,
)
from mailpost.convert.trim.phrases import ANSWERED, FORWARDED, HANDED_ON

ROUNDS = 4  # signature below quote below footer: nobody has more layers
HANDED = rf"(?:{'|'.join(HANDED_ON)})"
ANSWER = rf"(?:{'|'.join(ANSWERED)})"
COUNTED = r"\s?(?:[\[(^]?\d{1,3}[\])]?)?\s?"  # "Re[2]:", "AW (3):", "RE :"
FORWARD_SUBJECT = re.compile(rf"\s*{HANDED}{COUNTED}(?::\s|：)", re.IGNORECASE)
PREFIXES = re.compile(rf"^(?:\s*(?:{ANSWER}|{HANDED}){COUNTED}(?::(?=\s|$|(?:{ANSWER}|{HANDED}):)|：))+", re.IGNORECASE)
SHORTCODE = re.compile(r"(?:^|\s):[\w+-]{1,30}:$")
FORWARDING = re.compile(
    r"^[ \t*]{0,8}(?:-{2,40}[ \t]{0,4}([^\n-]{3,60}?)[ \t]{0,4}-{2,40}|([^\n:-]{3,60}?)[ \t]?:)[ \t*]{0,8}$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A text and what was cut from its end."""

    kept: str
    trimmed: str


def from_text(text: str, *, forward: bool, reply: bool = False) -> Cut:
    """Cut quote, signature and footers from the end of a plain text.

    A `forward` keeps what it quotes; only in a `reply` is a quote without introduction known not to be the author's.
    """
    lines = text.rstrip().split("\n")
    end = len(lines)
    for _ in range(ROUNDS):
        before = end
        end = before_footers(lines, end)
        if not forward:
            end = _before_quote(lines, end, reply=reply)
        end = before_signature(lines, end)
        if end == before:
            break
    return Cut("\n".join(lines[:end]).rstrip(), "\n".join(lines[end:]).strip())


def is_forward(subject: str, text: str) -> bool:
    said = (match[1] or match[2] for match in FORWARDING.finditer(text))
    return FORWARD_SUBJECT.match(subject) is not None or any(words.strip().casefold() in FORWARDED for words in said)


def is_reply(subject: str) -> bool:
    prefixes = PREFIXES.match(subject)
    return prefixes is not None and not is_forward(subject, "")


def without_prefixes(subject: str) -> str:
    """A subject without `Re:`, `AW:`, `Fwd:` and the like, in whatever language."""
    return PREFIXES.sub("", subject).strip()


def mask(text: str) -> str:
    """Other people's addresses in a forwarded mail are theirs, not ours to publish."""
    return ADDRESS.sub("", text)


def mask_introductions(text: str) -> str:
    """Take the address of the answered person out of “On …, Bob <b@x.example> wrote:” where that stays."""
    lines = text.split("\n")
    for found in introductions(lines):
        lines[found.at : found.after] = mask("\n".join(lines[found.at : found.after])).split("\n")
    return "\n".join(lines)


def _before_quote(lines: Sequence[str], end: int, *, reply: bool) -> int:
    """Where the answered mail begins, if the author wrote something above it and nothing below it."""
    said = [n for n, line in enumerate(lines[:end]) if line.strip() and not is_quoted(line)]
    if not said:
        return end
    for found in introductions(lines[:end]):
        if found.at <= said[0] or _announced(lines, found.at):
            continue
        first = next((line for line in lines[found.after : end] if line.strip()), "")
        marked = first.startswith(">")
        if (marked and said[-1] < found.after) or (not marked and found.certain):
            return found.at
    quoted = [line.lstrip("> ") for line in lines[said[-1] + 1 : end] if line.strip()]
    if quoted and (reply or _introduces_itself(quoted)) and not _announced(lines, said[-1] + 1):
        return said[-1] + 1
    return end


def _introduces_itself(quoted: Sequence[str]) -> bool:
    """Some programs quote their own introduction."""
    return is_attribution(quoted[0]) or is_original(quoted[0]) or is_header_block(quoted[:12])


def _announced(lines: Sequence[str], at: int) -> bool:
    """“Look what Ann sent me:” makes a quote part of what the author says."""
    above = next((lines[n] for n in range(at - 1, -1, -1) if lines[n].strip()), "")
    above = above.rstrip("* ")
    return above.endswith((":", "：")) and not SHORTCODE.search(above[-40:])


__all__ = [
    "Cut",
    "from_text",
    "is_attribution",
    "is_footer",
    "is_forward",
    "is_header_block",
    "is_notice",
    "is_original",
    "is_reply",
    "mask",
    "mask_introductions",
    "without_prefixes",
]

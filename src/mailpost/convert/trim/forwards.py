"""What a program writes above the mail that is handed on, and the one line that is left of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from mailpost.convert.trim.introductions import (
    ADDRESS,
    HIGHEST,
    RULE,
    introductions,
    is_attribution,
    is_header_block,
    is_original,
    label,
)
from mailpost.convert.trim.mask import masked
from mailpost.convert.trim.phrases import FORWARDED
from mailpost.convert.trim.subjects import without_prefixes

FORWARDING = re.compile(
    r"^[ \t*]{0,8}(?:-{2,40}[ \t]{0,4}([^\n-]{3,60}?)[ \t]{0,4}-{2,40}|([^\n:-]{3,60}?)[ \t]?[:：])[ \t*]{0,8}$",
    re.MULTILINE,
)
HIGH = 40  # lines of a header, a long list of recipients among them


@dataclass(frozen=True, slots=True)
class Head:
    """The first `lines` of a forwarded mail, and what is left of them: “Ben · 1 March 2026 · Seeds to swap”.

    `dropped` are those lines, unless all that they say is left.
    """

    lines: int = 0
    text: str = ""
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forward:
    """The author's `own` words, and what stands below the head of a forwarded mail, without addresses."""

    own: str
    head: Head
    text: str
    quoted: bool


def says_forward(text: str) -> bool:
    """Is one of these lines “Forwarded message”, between dashes or above a colon?"""
    return any(map(_is_forwarded, FORWARDING.finditer(text)))


def forwarded_from(lines: Sequence[str]) -> int:
    """The line with which a forwarded mail begins; 0 where nothing says so."""
    marks = (n for n, line in enumerate(lines) if _is_mark(line.lstrip("> ")))
    above = next(marks, len(lines))
    above = min([above, *(found.at for found in islice(introductions(lines), 1))])
    quoted = (n for n, line in enumerate(lines) if line.startswith(">"))
    first = next(quoted, len(lines))
    if first < above and head_of(lines[first : first + 2 * HIGH], "").lines:
        return first
    return above if above < len(lines) else 0


def forwarded(text: str, *, sure: bool, title: str) -> Forward | None:
    """What is forwarded, if it is `sure` that something is, or if the text begins as another mail does."""
    lines = text.split("\n")
    if not (sure or _begins_as_mail(lines)):
        return None
    at = forwarded_from(lines)
    head = head_of(lines[at:], title)
    if not head.lines:
        return None
    below = at + head.lines
    other = "\n".join(masked(lines[below:])).replace("\ufeff", "").strip("\n")
    return Forward("\n".join(lines[:at]).rstrip(), head, other, lines[below - 1].startswith(">"))


def _begins_as_mail(lines: Sequence[str]) -> bool:
    first = next(introductions(lines), None)
    return first is not None and not any(map(str.strip, lines[: first.at])) and not is_attribution(lines[first.at])


def head_of(lines: Sequence[str], title: str) -> Head:
    """The head at the top of some lines, whether they are quoted or not; a subject that says the `title` again is left out."""
    shown = [line.lstrip("> ") for line in lines[: 2 * HIGH]]
    marked, top = _below_marks(shown)
    fields, end = _fields(shown, top) if marked or is_header_block(shown[top : top + HIGH]) else ({}, 0)
    while end and not shown[end - 1].strip():
        end -= 1
    if end:
        return Head(end, _said(fields, title), tuple(filter(None, shown[:end])))
    for end in range(top + 1, min(top + HIGHEST, len(shown)) + 1):
        wrote = " ".join(shown[top:end])
        if is_attribution(wrote):
            return Head(end, " ".join(masked([wrote])))
    return Head()


def _is_forwarded(match: re.Match[str]) -> bool:
    return (match[1] or match[2]).strip().casefold() in FORWARDED


def _is_mark(line: str) -> bool:
    match = FORWARDING.fullmatch(line[:200])
    return match is not None and _is_forwarded(match)


def _below_marks(lines: Sequence[str]) -> tuple[bool, int]:
    """Does “Forwarded message” or “Original message” stand at the top? Where goes it on below that, and below a rule?"""
    marked, n = False, _below_blank(lines, 0)
    while n < len(lines) and (_is_mark(lines[n]) or is_original(lines[n]) or RULE.fullmatch(lines[n])):
        marked |= RULE.fullmatch(lines[n]) is None
        n = _below_blank(lines, n + 1)
    return marked, n


def _below_blank(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _fields(lines: Sequence[str], start: int) -> tuple[Mapping[str, str], int]:
    """The values of the labelled lines from `start` on, and where they end.

    A line without a label goes on with the one above it if that ends in a comma, if it holds nothing but addresses, or if
    another label follows.
    """
    values: dict[str, str] = {}
    end, kind, wrapped = start, "", ""
    for n in range(start, min(start + HIGH, len(lines))):
        found, value = label(lines[n])
        if not lines[n].strip() or (found in values and found != "copy"):
            break
        if found:
            if kind:
                values[kind] += wrapped
            kind, wrapped, end = found, "", n + 1
            values[kind] = f"{values.get(kind, '')} {value}".strip()
        elif not kind:
            break
        else:
            wrapped += f" {lines[n].strip()}"
            listed = lines[n - 1].rstrip().endswith((",", ";")) and ADDRESS.search(lines[n][:500]) is not None
            if kind in ("to", "copy", "from") and (listed or not masked([lines[n]])):
                values[kind], wrapped, end = values[kind] + wrapped, "", n + 1
    return values, end


def _said(values: Mapping[str, str], title: str) -> str:
    name = " ".join(masked([f"From: {values.get('from', '')}"])).removeprefix("From:").strip(" \"'")
    subject = without_prefixes(" ".join(masked([values.get("subject", "")])))
    again = subject.casefold() == title.casefold()
    parts = (name, values.get("date", ""), "" if again else subject)
    return " · ".join(" ".join(part.split()) for part in parts if part)

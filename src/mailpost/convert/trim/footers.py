"""What stands at the end of a mail without being part of it: “Sent from my …”, notices, the footers of mailing lists."""

import re
from collections.abc import Sequence

from mailpost.convert.trim.introductions import ADDRESS
from mailpost.convert.trim.phrases import (
    DEFAULTS,
    DEVICE_WORDS,
    DEVICES,
    LAST_LINES,
    LIST_NAMES,
    LIST_SIGNS,
    NOTICE_MATTER,
    NOTICE_OPENINGS,
    SENT_AT_END,
    SENT_AT_START,
    SENT_FROM,
)

LINE, LIST_LINES, NOTICE_LINES, SIGNATURE_LINES = 120, 20, 30, 12
TARGET = re.compile(r"\s{0,4}[<\[(]https?://[^\s<>]{1,500}[>\])]\s{0,4}$")
RULE = re.compile(r"[ \t]{0,8}(?:[-_=~*#+.,|—–]{2,200}|[—–])[ \t]{0,8}")
LIST_ADDRESS = re.compile(r"\s--\s\S{1,100}$")
URL = re.compile(r"https?://|www\.|<\S{1,80}@")


def is_footer(line: str) -> bool:
    """Is this whole line “Sent from my phone”, an advertisement of the program, or the like?"""
    said = " ".join(TARGET.sub("", line[: LINE + 600]).split())
    low = said.casefold()
    if not 0 < len(said) < LINE:
        return False
    if low.startswith(LAST_LINES) or low.rstrip(".") in DEFAULTS:
        return True
    opening = next((opening for opening in SENT_FROM if low.startswith(opening)), None)
    if opening is not None:
        rest = low[len(opening) :]
        return not said[0].islower() and _names_device(rest[:40]) and _is_short(opening, rest)
    return low.rstrip(".").endswith(SENT_AT_END) and low.startswith(SENT_AT_START) and len(said) < 60


def is_notice(paragraph: str) -> bool:
    """Is this what companies add below every mail: that it is confidential, and what to do who got it by mistake?"""
    words = " ".join(paragraph[:3000].split()).casefold().lstrip("*_\\\"'#=- ")
    return len(words) > 40 and words.startswith(NOTICE_OPENINGS) and any(matter in words for matter in NOTICE_MATTER)


def before_footers(lines: Sequence[str], end: int) -> int:
    """Where the footers at the end begin, the blank lines above them included."""
    while True:
        at = _above_blank(lines, end)
        below = _before_list_footer(lines, at)
        if below == at and at and is_footer(lines[at - 1]):
            below = at - 1
        if below == at:
            below = _before_notice(lines, at)
        if below == at:
            return at
        end = below


def footer_above_text(lines: Sequence[str]) -> tuple[int, int]:
    """From where to where a phone's own footer stands, alone between blank lines and the only one, although text follows.

    Nowhere if the lines around it may speak of it: “every mail ends in:”, “is what it says below”.
    """
    found = [n for n, line in enumerate(lines) if len(line) < LINE + 600 and _is_default(line)]
    if len(found) != 1:
        return 0, 0
    at = found[0]
    above = next((lines[n] for n in range(at - 1, -1, -1) if lines[n].strip()), "").rstrip()
    below = next((lines[n] for n in range(at + 1, len(lines)) if lines[n].strip()), "").lstrip()
    alone = above and below and not lines[at - 1].strip() and not lines[at + 1].strip()
    added = alone and not above.endswith((":", ",", "…")) and not below[0].islower()
    return (at, at + 2) if added else (0, 0)


def before_signature(lines: Sequence[str], end: int) -> int:
    """The last line of two hyphens (RFC 3676, section 4.3), if no more follows than a signature has."""
    said = 0
    for at in range(end - 1, -1, -1):
        line = lines[at]
        if line in ("-- ", "--\xa0") or (line == "--" and at >= end - 6):
            return at
        said += bool(line.strip())
        if said > SIGNATURE_LINES or at < end - NOTICE_LINES or line.startswith(">"):
            break
    return end


def _is_default(line: str) -> bool:
    return " ".join(TARGET.sub("", line).split()).casefold().rstrip(".") in DEFAULTS


def _is_short(opening: str, rest: str) -> bool:
    """“Get Outlook for iOS” is one; “Get your phone and look up” is advice."""
    advertises = not opening.startswith(
        ("get", "download", "obt", "scarica", "hämta", "hent", "få", "hanki", "pobierz", "téléch")
    )
    return advertises or any(
        word in rest for word in (" for ", " für ", " pour ", " para ", " per ", " voor ", " för ", " til ")
    )


def _names_device(text: str) -> bool:
    name = re.split(r"[,.;!]\s", text)[0]
    words = [word.strip("\"'“”«»(") for word in re.split(r"[\s-]|[dl]['’]", name)]
    return any(word.startswith(DEVICES) or word.strip(".,!") in DEVICE_WORDS for word in words)


def _above_blank(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _before_list_footer(lines: Sequence[str], end: int) -> int:
    """A rule, then lines that say what list this was and how to leave it, then nothing."""
    for at in range(end - 2, max(-1, end - LIST_LINES), -1):
        if lines[at].startswith(">"):
            break
        if RULE.fullmatch(lines[at]):
            tail = [line for line in lines[at + 1 : end] if line.strip() and not RULE.fullmatch(line)]
            first = LIST_ADDRESS.sub("", tail[0][:200]).strip().casefold() if tail else ""
            linked = any(URL.search(line[:500]) or ADDRESS.search(line[:500]) for line in tail)
            if linked and (first.endswith(LIST_NAMES) or any(sign in first for sign in LIST_SIGNS)):
                return at
    return end


def _before_notice(lines: Sequence[str], end: int) -> int:
    """The last paragraph, if it is a notice, with the rule or the heading above it."""
    at = end
    while at and lines[at - 1].strip() and end - at <= NOTICE_LINES:
        at -= 1
    paragraph = [line for line in lines[at:end] if not RULE.fullmatch(line)]
    if not is_notice("\n".join(paragraph)):
        return end
    above = _above_blank(lines, at)
    heading = lines[above - 1].casefold().strip("*#_: ") if above else ""
    if above and (RULE.fullmatch(lines[above - 1]) or (len(heading) < 40 and heading.startswith(NOTICE_OPENINGS))):
        return above - 1
    return at

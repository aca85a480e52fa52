"""What programs write above the mail that is answered: “On …, Ann wrote:”, `From:` and `Sent:`, “Original Message”."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailpost.convert.trim.phrases import LABELS, ORIGINAL, PEOPLE, WROTE, WROTE_UNSPACED

KINDS = {word: kind for kind, words in LABELS.items() for word in words}
LONGEST = 300
HIGHEST = 4  # lines over which a program wraps an introduction
ADDRESS = re.compile(r"\b[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
YEAR = r"(?:19[89]|20\d)\d"  # mail is younger than most history
DATE = re.compile(
    rf"\b\d{{1,2}}[./-]\s?\d{{1,2}}[./-]\s?(?:{YEAR}|\d\d)\b|\b{YEAR}\D{{1,15}}\d{{1,2}}(?!\d)|\b\d{{1,2}}\D{{1,20}}\b{YEAR}\b"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satu?r?|sun)(?:day)?, [a-z]{3,9} \d{1,2}\b",
    re.IGNORECASE,
)
TIME = re.compile(
    r"\b\d{1,2}:\d{2}\b|\b(?:kl|klo|um|at|om|ore|às|à|o)\.?\s\d{1,2}[.h]\d{2}\b|, \d{1,2}\.\d{2},|\d\s?[时時시点點]"
)
SENTENCE = (".", "!", "?", ":", "…")
# "On Mon, 2 …", "ср, 30 …", "2012年…": at most four words before the first number.
DATED = re.compile(r"\W{0,6}(?:[^\W\d]{1,20}\W{1,4}){0,4}\d")
SAID = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, WROTE))})(?!\w)|{'|'.join(map(re.escape, WROTE_UNSPACED))}", re.IGNORECASE
)
SAID_BY_PEOPLE = re.compile(
    rf"(?<!\w)(?:{'|'.join(PEOPLE)})\s(?:{SAID.pattern})|(?:{SAID.pattern})\s(?:{'|'.join(PEOPLE)})(?!\w)",
    re.IGNORECASE,
)
TECHNICAL = re.compile(
    r"\s{0,8}(?:message-id|received|mime-version|content-[a-z-]{2,30}|x-[\w-]{1,60}|return-path|delivered-to|dkim-signature):",
    re.IGNORECASE,
)
ENDING = re.compile(rf"[:：]\W{{0,8}}$|(?:{SAID.pattern})\W{{0,8}}$", re.IGNORECASE)
RULE = re.compile(r"[ \t>*]{0,8}[-_=]{4,200}[ \t*]{0,8}")
DASHED = re.compile(r"[ \t*]{0,8}-{2,40}(.{3,60}?)-{2,40}[ \t*]{0,8}")
WRAPPED = re.compile(r">\s?\w{0,12}:\s{0,4}")
FENCE = re.compile(r" {0,3}(?:```|~~~)")
INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"))


@dataclass(frozen=True, slots=True)
class Introduction:
    """Lines `at` … `after - 1`. Only a `certain` one ends the author's words where the quote has no marks."""

    at: int
    after: int
    certain: bool


def introductions(lines: Sequence[str]) -> Iterator[Introduction]:
    """Every introduction outside of quotes and fenced code, from the top."""
    fenced, after = False, 0
    for n, line in enumerate(lines):
        if FENCE.match(line):
            fenced = not fenced
        if fenced or n < after or is_quoted(line) or not line.strip():
            continue
        found = _block(lines, n) or _attribution(lines, n, after)
        if found is not None:
            after = found.after
            yield found


def is_quoted(line: str) -> bool:
    """Does a line begin with `>`, which is not the end of an address that was wrapped?"""
    return line.startswith(">") and not WRAPPED.fullmatch(line)


def is_attribution(line: str) -> bool:
    """Is this “On …, Ann wrote:”, with a date or an address in it?"""
    text = _plain(line)
    return is_certain(line) or (text.endswith(":") and _is_dated(text) and _says(text))


def is_certain(line: str) -> bool:
    """Does this hold so much (who, an address, day and time) that only a program can have written it?"""
    text = _plain(line)
    if not 8 <= len(text) <= LONGEST:
        return False
    address = ADDRESS.search(text) is not None
    day = DATE.search(text) is not None and TIME.search(text) is not None
    if not text.endswith(":"):
        return address and day and _says(text[-20:])
    return (_says(text) and (address or day)) or (
        day and ADDRESS.search(text[-80:-1] + " ") is not None and text[-2] in ">)"
    )


def is_original(line: str) -> bool:
    """`-----Original Message-----`"""
    match = DASHED.fullmatch(line)
    return match is not None and match[1].strip().casefold() in ORIGINAL


def is_header_block(lines: Sequence[str]) -> bool:
    """Do these lines begin with `From:`, `Sent:`, `To:`, `Subject:`, as programs write them above another mail?"""
    found = _fields(lines)
    said = " ".join(value for _, value in found)
    kinds = dict(reversed(found))
    sure = ADDRESS.search(said) is not None or ("subject" in kinds and DATE.search(kinds.get("date", "")) is not None)
    return "from" in kinds and len(kinds) >= 3 and sure


def label(line: str) -> tuple[str, str]:
    """The kind of a line like `*From:* Ann`, and what it says; "" where it is none."""
    name, colon, value = line[:500].replace("*", "").replace("：", ":").partition(":")
    name = " ".join(name.split()).casefold()
    return KINDS.get(name, "") if colon else "", value.strip()


def _plain(line: str) -> str:
    """One line without the marks of direction, stars and dashes that programs put around it."""
    if len(line) > 2 * LONGEST:
        return ""
    joined = " ".join(line.translate(INVISIBLE).replace("：", ":").split())
    return joined.replace("< ", "<").replace(" >", ">").strip("-* ")


def _says(text: str) -> bool:
    ends = [said.end() for said in SAID.finditer(text)]
    return bool(ends) and len(text) - ends[-1] <= 90 and SAID_BY_PEOPLE.search(text) is None


def _block(lines: Sequence[str], n: int) -> Introduction | None:
    """“Original Message” or a header block, with the rule above it."""
    original = is_original(lines[n])
    if not original and not (label(lines[n])[0] and is_header_block(lines[n : n + 12])):
        return None
    if not original and any(TECHNICAL.match(line) for line in _around(lines, n)):
        return None  # a header as it was sent, shown by somebody who means it
    first = next((m for m in range(n + original, min(n + 4, len(lines))) if lines[m].strip()), len(lines))
    fields = _fields(lines[first : first + 12]) if not original or is_header_block(lines[first : first + 12]) else []
    after = first
    while fields and after < min(first + 12, len(lines)) and lines[after].strip():
        after += 1
    at = n
    while at and n - at < 3 and not lines[at - 1].strip():
        at -= 1
    ruled = at > 0 and RULE.fullmatch(lines[at - 1]) is not None
    return Introduction(at - 1 if ruled else n, max(after, n + 1), certain=True)


def _around(lines: Sequence[str], n: int) -> Iterator[str]:
    """The lines right above and below, up to the first blank one."""
    for way in (range(n - 1, max(-1, n - 4), -1), range(n, min(n + 12, len(lines)))):
        for m in way:
            if not lines[m].strip():
                break
            yield lines[m]


def _attribution(lines: Sequence[str], last: int, first: int) -> Introduction | None:
    """An introduction that ends here; it goes up to the line with the date, or is this line alone."""
    if not ENDING.search(lines[last][-40:]):
        return None
    certain = None
    for at in range(last, max(first, last - HIGHEST + 1) - 1, -1):
        if not lines[at].strip() or is_quoted(lines[at]) or (at < last and lines[at].rstrip().endswith(SENTENCE)):
            break
        whole = " ".join(lines[at : last + 1])
        if len(whole) > LONGEST:
            break
        if is_attribution(whole) and _is_dated(_plain(whole)):
            return Introduction(at, last + 1, is_certain(whole))
        if certain is None and is_certain(whole):
            certain = Introduction(at, last + 1, certain=True)
    return certain


def _is_dated(text: str) -> bool:
    return DATED.match(text) is not None and DATE.search(text) is not None


def _fields(lines: Sequence[str]) -> list[tuple[str, str]]:
    """The kinds and values of the labelled lines at the top; a long list of recipients may be wrapped."""
    found: list[tuple[str, str]] = []
    for line in [line for line in lines[:12] if line.strip()][:9]:
        kind, value = label(line)
        if kind:
            found.append((kind, value))
        elif not found or ADDRESS.search(line[:500]) is None:
            break
        else:
            found.append((found[-1][0], line))
    return found

"""Other people's addresses are theirs, not ours to publish: what of a line goes with them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from mailpost.convert.trim.introductions import ADDRESS, label
from mailpost.convert.trim.phrases import ADDRESS_LABELS

PLACE = re.compile(rf"(?:mailto:)?{ADDRESS.pattern}(?:<(?:mailto:)?{ADDRESS.pattern}>)?", re.IGNORECASE)
PAIRS = frozenset(("<>", "()", "[]", '""', "''", "“”", "‘’", "„“", "«»"))
ITEM = re.compile(r"[^,;，；、]+")
MARKS = re.compile(r"[>\s]*")
COLON = re.compile(r"[:：]")
WORD = re.compile(r"\w")

Part = tuple[int, int]


def places(line: str) -> list[Part]:
    """Which parts of a line to leave out, in order: addresses with their brackets, commas and spaces.

    All of the line goes where nothing else is left than a label like `To:` and marks of a quote.
    """
    begin = _after_label(line)
    gone: list[Part] = []
    said = False
    for match in ITEM.finditer(line):
        start, end = match.span()
        inside = list(_addresses(line, start, end))
        empty = not WORD.search(without(line, inside, max(start, begin), end))
        if not (inside and empty):
            gone += inside
        elif said:
            gone.append((start - 1, end))
        else:
            begin = max(start, begin)
            spaced = line[max(begin - 1, 0) : begin].strip() == "" and line[end + 1 : end + 2].isspace()
            gone.append((begin, end + 1 + spaced))
        said = said or not empty
    return gone if said or not gone else [(0, len(line))]


def without(line: str, parts: Iterable[Part], start: int = 0, end: int | None = None) -> str:
    """What stands from `start` to `end` without some parts, which follow one another."""
    kept = []
    for first, last in parts:
        kept.append(line[start:first])
        start = max(start, last)
    return "".join([*kept, line[start:end]])


def masked(lines: Sequence[str]) -> list[str]:
    """Lines without other people's addresses, and without what stood there only for them."""
    found = ((line, places(line)) for line in _unwrapped(lines))
    return [without(line, gone) for line, gone in found if gone != [(0, len(line))]]


def _unwrapped(lines: Sequence[str]) -> Iterator[str]:
    """Lines with each list of recipients on one."""
    parts: list[str] = []
    wrapped = False
    for line in lines:
        if parts and not wrapped:
            yield " ".join(parts)
            parts = []
        addressed = wrapped or label(line.lstrip("> "))[0] in ("to", "copy")
        parts.append(line.lstrip("> \t") if wrapped else line)
        wrapped = addressed and line.rstrip().endswith((",", ";"))
    yield " ".join(parts)


def _addresses(line: str, start: int, end: int) -> Iterator[Part]:
    """The addresses in one item of a list, with what encloses each and the space before it."""
    free = start
    for match in PLACE.finditer(line, start, end):
        first, last = match.span()
        while first > free and line[first - 1] + line[last : last + 1] in PAIRS:
            first, last = first - 1, last + 1
        if first > free and line[first - 1].isspace():
            first -= 1
        elif first == 0 and line[last : last + 1].isspace():
            last += 1
        yield first, last
        free = last


def _after_label(line: str) -> int:
    """Where `To:` and the like end."""
    marks = MARKS.match(line)
    begin = marks.end() if marks is not None else 0
    colon = COLON.search(line, begin, begin + 60)
    if colon is None:
        return begin
    name = line[begin : colon.start()].strip("* ").casefold()
    return colon.end() if label(line[begin : colon.end()])[0] or name in ADDRESS_LABELS else begin

"""Other people's addresses are theirs, not ours to publish: what of a line goes with them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from mailpost.convert.trim.introductions import ADDRESS, label
from mailpost.convert.trim.phrases import ADDRESS_LABELS

PLACE = re.compile(rf"(?:mailto:)?{ADDRESS.pattern}(?:<(?:mailto:)?{ADDRESS.pattern}>)?", re.IGNORECASE)
BRACKETS = frozenset(("<>", "()", "[]"))
PAIRS = BRACKETS | {'""', "''", "“”", "‘’", "„“", "«»"}
ITEM = re.compile(r"[^,;，；、]+")
MARKS = re.compile(r"[>\s]*")
COLON = re.compile(r"[:：]")
WORD = re.compile(r"\w")
LEFT_OUT = "[…]"  # as editors write it

Part = tuple[int, int]
Gap = tuple[int, int, str]


def places(line: str) -> list[Gap]:
    """Which parts of a line to leave out, in order, and what stands there instead.

    In a sentence that is `[…]` for an address without brackets. Elsewhere nothing is: addresses go with their brackets,
    commas and spaces, and all of the line where nothing else is left than a label like `To:` and marks of a quote.
    """
    begin, labelled = _after_label(line)
    if not labelled and _is_sentence(line):
        return [_gap(line, *found) for found in _addresses(line, 0, len(line))]
    return [(start, end, "") for start, end in _places_in_list(line, begin)]


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
    return [_with_gaps(line, gaps) for line, gaps in found if not is_all(line, gaps)]


def is_all(line: str, gaps: Sequence[Gap]) -> bool:
    """Does nothing of a line stay?"""
    return list(gaps) == [(0, len(line), "")]


def _with_gaps(line: str, gaps: Sequence[Gap]) -> str:
    kept, after = [], 0
    for start, end, instead in gaps:
        kept += [line[after:start], instead]
        after = end
    return "".join([*kept, line[after:]])


def _is_sentence(line: str) -> bool:
    """Do words stand beside an address that has no brackets, and not only beside its comma?"""
    for item in ITEM.finditer(line):
        inside = list(_addresses(line, *item.span()))
        bare = any(line[at - 1 : at] + line[to : to + 1] not in BRACKETS for _, (at, to) in inside)
        if bare and WORD.search(without(line, [whole for whole, _ in inside], *item.span())):
            return True
    return False


def _gap(line: str, whole: Part, address: Part) -> Gap:
    start, end = address
    bracketed = line[start - 1 : start] + line[end : end + 1] in BRACKETS
    return (*whole, "") if bracketed else (start, end, LEFT_OUT)


def _places_in_list(line: str, begin: int) -> list[Part]:
    gone: list[Part] = []
    said = False
    for match in ITEM.finditer(line):
        start, end = match.span()
        inside = [whole for whole, _ in _addresses(line, start, end)]
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


def _addresses(line: str, start: int, end: int) -> Iterator[tuple[Part, Part]]:
    """The addresses in one item of a list: with what encloses each and the space before it, and without."""
    free = start
    for match in PLACE.finditer(line, start, end):
        first, last = match.span()
        while first > free and line[first - 1] + line[last : last + 1] in PAIRS:
            first, last = first - 1, last + 1
        if first > free and line[first - 1].isspace():
            first -= 1
        elif first == 0 and line[last : last + 1].isspace():
            last += 1
        yield (first, last), match.span()
        free = last


def _after_label(line: str) -> tuple[int, bool]:
    """Where `To:` and the like end, or the marks of a quote; is there such a label?"""
    marks = MARKS.match(line)
    begin = marks.end() if marks is not None else 0
    colon = COLON.search(line, begin, begin + 60)
    if colon is None:
        return begin, False
    name = line[begin : colon.start()].strip("* ").casefold()
    labelled = bool(label(line[begin : colon.end()])[0]) or name in ADDRESS_LABELS
    return (colon.end() if labelled else begin), labelled

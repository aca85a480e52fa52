"""The elements of WebM and Matroska files (RFC 8794, RFC 9559): what tells becomes void where it stands.

Void and not cut, because the index counts bytes from the beginning of the segment.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SEGMENT, INFO, TRACKS, TRACK, VIDEO, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x1F43B675
TAGS, ATTACHMENTS, CHAPTERS = 0x1254C367, 0x1941A469, 0x1043A770
TITLE, DATE, FILE, BEFORE, AFTER, NAME = 0x7BA9, 0x4461, 0x7384, 0x3C83AB, 0x3E83BB, 0x536E
VOID, CRC = 0xEC, 0xBF
CODEC, WIDTH, HEIGHT, LENGTH, SCALE = 0x86, 0xB0, 0xBA, 0x4489, 0x2AD7B1

INSIDE = frozenset({SEGMENT, INFO, TRACKS, TRACK, VIDEO})
# A checksum would be that of what stood there before.
TELLING = frozenset({TAGS, ATTACHMENTS, CHAPTERS, TITLE, DATE, FILE, BEFORE, AFTER, NAME, VOID, CRC})


ELEMENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Element:
    """`inside` is where its content begins; `end` is None where the writer did not know it yet."""

    id: int
    start: int
    inside: int
    end: int | None


def scrub(content: bytes) -> bytes:
    """The same film without tags, title, date, chapters and attached files."""
    out = bytearray(content)
    known = 0
    for element in _elements(content):
        known = element.inside if element.id in INSIDE or element.end is None else element.end
        if element.id in TELLING and element.end is not None:
            out[element.start : element.end] = _void(element.end - element.start)
    return bytes(out[:known])


def codecs(content: bytes) -> list[str]:
    """The codecs of its tracks by their Matroska names: `V_VP9`, `A_OPUS`."""
    return [
        content[e.inside : e.end].decode("ascii", errors="replace")
        for e in _elements(content)
        if e.id == CODEC and e.end is not None and e.end - e.inside < 40
    ]


def sides(content: bytes) -> tuple[int, int]:
    """Width and height in pixels, 0 where they are not said."""
    found = {e.id: content[e.inside : e.end] for e in _elements(content) if e.id in (WIDTH, HEIGHT)}
    width, height = (int.from_bytes(found.get(id_, b"")[:4], "big") for id_ in (WIDTH, HEIGHT))
    return width, height


def _elements(content: bytes) -> Iterator[Element]:
    """Every element as it comes; those that hold the ones we look for are entered, all others passed over.

    Raises `ValueError` where there are more than any film has.
    """
    at = 0
    for _ in range(ELEMENTS):
        if at >= len(content):
            return
        id_, inside = _number(content, at, keep_marker=True)
        size, inside = _number(content, inside)
        if not id_ or size is None:
            return
        unknown = size == _largest(content[at + _length(content[at])])
        if unknown and id_ not in (SEGMENT, CLUSTER):
            return
        end = None if unknown else min(inside + size, len(content))
        yield Element(id_, at, inside, end)
        at = inside if end is None or id_ in INSIDE else end
    raise ValueError("too many elements")


def _number(content: bytes, at: int, *, keep_marker: bool = False) -> tuple[int | None, int]:
    """A number whose first set bit says how many bytes it has, and where the next thing begins."""
    length = _length(content[at]) if at < len(content) else 0
    if not length or at + length > len(content):
        return None, at
    value = int.from_bytes(content[at : at + length], "big")
    return (value if keep_marker else value & ((1 << 7 * length) - 1)), at + length


def _length(first: int) -> int:
    return 9 - first.bit_length() if first else 0


def _largest(first: int) -> int:
    """The size that says that the size is unknown, written in as many bytes as `first` announces."""
    return (1 << 7 * _length(first)) - 1


def _void(length: int) -> bytes:
    """An element of this many bytes that says nothing."""
    if length - 2 < 127:
        return bytes([VOID, 0x80 | length - 2]) + bytes(length - 2)
    return bytes([VOID, 0x01]) + (length - 9).to_bytes(7, "big") + bytes(length - 9)

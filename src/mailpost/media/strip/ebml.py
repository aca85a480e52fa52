"""The elements of WebM and Matroska files (RFC 8794, RFC 9559): what tells becomes void where it stands.

Void and not cut, because the index counts bytes from the beginning of the segment.
"""

from collections.abc import Iterator
from dataclasses import dataclass

HEAD, SEGMENT, INFO, TRACKS = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B
TRACK, VIDEO, CLUSTER = 0xAE, 0xE0, 0x1F43B675
SEEK, CUES, VOID = 0x114D9B74, 0x1C53BB6B, 0xEC
CODEC, WIDTH, HEIGHT, LENGTH, SCALE = 0x86, 0xB0, 0xBA, 0x4489, 0x2AD7B1
MUXER, WRITER = 0x4D80, 0x5741

INSIDE = frozenset({SEGMENT, INFO, TRACKS, TRACK, VIDEO})
PROGRAMS = frozenset({MUXER, WRITER})  # have to be there, and may be empty
# What is played. Any other element may tell: tags, titles, dates, chapters, files, and checksums of what stood there.
KEPT = frozenset([HEAD, SEGMENT, INFO, TRACKS, TRACK, VIDEO, CLUSTER, SEEK, CUES, LENGTH, SCALE, MUXER, WRITER]) | {
    # of a cluster: time, blocks, sizes
    *(0xE7, 0xA3, 0xA0, 0xA7, 0xAB),
    # of a track: number, identity, kind, flags, timing, language, codec, sound, compression
    *(0xD7, 0x73C5, 0x83, 0xB9, 0x88, 0x55AA, 0x9C, 0x6DE7, 0x6DF8, 0x55EE, 0x23E383, 0x23314F, 0x22B59C, 0x22B59D),
    *(CODEC, 0x63A2, 0xAA, 0x56AA, 0x56BB, 0xE1, 0x6D80),
    # of the picture: sides, how it is cropped, shown, interlaced, coloured, projected
    *(WIDTH, HEIGHT, 0x54AA, 0x54BB, 0x54CC, 0x54DD, 0x54B0, 0x54BA, 0x54B2, 0x54B3),
    *(0x9A, 0x9D, 0x53B8, 0x53C0, 0x55B0, 0x7670, 0x2EB524),
}
ELEMENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Element:
    """`inside` is where its content begins; `end` is None where the writer did not know it yet."""

    id: int
    start: int
    inside: int
    end: int | None


def scrub(content: bytes) -> bytes:
    """The same film, with nothing in it but what is played."""
    out = bytearray(content)
    known = 0
    for element in _elements(content):
        known = element.inside if element.id in INSIDE or element.end is None else element.end
        if element.id not in KEPT and element.end is not None:
            out[element.start : element.end] = _void(element.end - element.start)
        elif element.id in PROGRAMS and element.end is not None:
            out[element.inside : element.end] = bytes(element.end - element.inside)
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

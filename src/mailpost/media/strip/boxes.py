"""The boxes of MP4 and QuickTime files (ISO/IEC 14496-12): what tells is blanked where it stands.

Blanked and not cut, because the sound and picture tables count bytes from the beginning of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass

INSIDE = frozenset({b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"})
# Free space may hold what an editor meant to delete; references may lead to tracks that are gone.
TELLING = frozenset({b"udta", b"meta", b"uuid", b"XMP_", b"free", b"skip", b"tref"})
DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
SHOWN = frozenset({b"vide", b"soun"})  # other tracks are places, telemetry, chapters
DEPTH = 8
LONGEST = 360_000  # seconds


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box begins, where its content begins and where it ends."""

    name: bytes
    start: int
    inside: int
    end: int


@dataclass(frozen=True, slots=True)
class Track:
    """`handler` is `vide` or `soun`, `codec` the name of its first sample description; sides are in pixels."""

    handler: bytes
    codec: bytes
    width: int
    height: int


def scrub(content: bytes) -> bytes:
    """The same film or sound: no user data, metadata or vendor boxes, no times, no tracks but picture and sound."""
    out = bytearray(content)
    _scrub(out, 0, len(out), 0)
    return bytes(out)


def tracks(content: bytes) -> list[Track]:
    """What the film consists of; empty where nothing can be found out."""
    moov = next((box for box in _boxes(content, 0, len(content)) if box.name == b"moov"), None)
    return [_track(content, box) for box in _inside(content, moov, b"trak")]


def seconds(content: bytes) -> int:
    """How long it plays, 0 where it does not say."""
    moov = next((box for box in _boxes(content, 0, len(content)) if box.name == b"moov"), None)
    head = _field(content, moov, b"mvhd") if moov else b""
    at, width = (20, 8) if head[:1] == b"\1" else (12, 4)  # version 1 counts in 64 bits
    scale = int.from_bytes(head[at : at + 4], "big")
    units = int.from_bytes(head[at + 4 : at + 4 + width], "big")
    return -(-units // scale) if scale and units < scale * LONGEST else 0


def _scrub(out: bytearray, start: int, end: int, depth: int) -> None:
    at = start
    for box in _boxes(out, start, end):
        at = box.end
        gone = box.name == b"trak" and _track(out, box).handler not in SHOWN
        if gone:
            _blank_samples(out, box)
        if gone or box.name in TELLING:
            out[box.start + 4 : box.start + 8] = b"free"
            out[box.inside : box.end] = bytes(box.end - box.inside)
        elif box.name in DATED:
            times = 16 if out[box.inside] else 8  # version 1 counts seconds in 64 bits
            out[box.inside + 4 : min(box.inside + 4 + times, box.end)] = bytes(min(times, box.end - box.inside - 4))
        elif box.name in INSIDE and depth < DEPTH:
            _scrub(out, box.inside, box.end, depth + 1)
    # A mail cut short ends within the pictures; any other rest is no box, and no player would look at it.
    if out[at + 4 : at + 8] != b"mdat":
        out[at:end] = bytes(end - at)


def _boxes(content: bytes | bytearray, start: int, end: int) -> Iterator[Box]:
    at = start
    while at + 8 <= end:
        size, name, head = int.from_bytes(content[at : at + 4], "big"), bytes(content[at + 4 : at + 8]), 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield Box(name, at, at + head, at + size)
        at += size


def _inside(content: bytes | bytearray, box: Box | None, *path: bytes) -> list[Box]:
    """The boxes at the end of a path of names."""
    found = [box] if box is not None else []
    for name in path:
        found = [inner for outer in found for inner in _boxes(content, outer.inside, outer.end) if inner.name == name]
    return found


def _track(content: bytes | bytearray, trak: Box) -> Track:
    handler = _field(content, trak, b"mdia", b"hdlr")[8:12]
    codec = _field(content, trak, b"mdia", b"minf", b"stbl", b"stsd")[12:16]
    head = _field(content, trak, b"tkhd")
    width, height = (int.from_bytes(head[at : at + 2], "big") for at in (-8, -4)) if len(head) >= 84 else (0, 0)
    # The matrix turns by a quarter where its first number is nothing.
    across = head[-44:-40] if len(head) >= 84 else b""
    return Track(handler, codec, *((height, width) if across == bytes(4) else (width, height)))


def _field(content: bytes | bytearray, box: Box, *path: bytes) -> bytes:
    """The beginning of the first box at the end of a path."""
    found = next(iter(_inside(content, box, *path)), None)
    return bytes(content[found.inside : min(found.end, found.inside + 200)]) if found else b""


def _blank_samples(out: bytearray, trak: Box) -> None:
    """Blank what a track that goes has in the media data; its tables are those of 14496-12, section 8.7."""
    chunks = _numbers(out, trak, b"stco", 4) or _numbers(out, trak, b"co64", 8)
    runs = _numbers(out, trak, b"stsc", 4)
    each, sizes = 0, []
    for table in _inside(out, trak, b"mdia", b"minf", b"stbl", b"stsz"):
        each = int.from_bytes(out[table.inside + 4 : table.inside + 8], "big")
        sizes = _table(out, table, 8, 4)
    sample, run, left = 0, 0, len(out)  # lying tables shall not make us blank the file again and again
    for number, offset in enumerate(chunks, start=1):
        if run + 3 < len(runs) and runs[run + 3] <= number:
            run += 3
        count = runs[run + 1] if run + 1 < len(runs) else 1
        length = min(each * count or sum(sizes[sample : sample + count]), len(out) - offset, left)
        sample += count
        if length > 0:
            out[offset : offset + length] = bytes(length)
            left -= length


def _numbers(content: bytearray, trak: Box, name: bytes, width: int) -> list[int]:
    found = next(iter(_inside(content, trak, b"mdia", b"minf", b"stbl", name)), None)
    return _table(content, found, 4, width) if found else []


def _table(content: bytearray, box: Box, before: int, width: int) -> list[int]:
    """All numbers of a table after its flags, `before` bytes and its count; the bytes there are count, not the number said."""
    start = box.inside + before + 4
    return [int.from_bytes(content[at : at + width], "big") for at in range(start, box.end - width + 1, width)]

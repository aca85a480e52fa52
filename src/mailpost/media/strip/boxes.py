"""The boxes of MP4 and QuickTime files (ISO/IEC 14496-12): what tells is blanked where it stands.

Blanked and not cut, because the sound and picture tables count bytes from the beginning of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# What is played, by the box it stands in. Any other may tell: user data, metadata, previews, times of day, what an
# editor meant to delete, references to tracks that are gone.
KEPT = {
    b"": frozenset({b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix"}),
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"trak": frozenset({b"tkhd", b"tapt", b"edts", b"mdia"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"hdlr", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(
        [b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stps", b"stsc", b"stsz", b"stz2", b"stco", b"co64"]
    )
    | {b"sdtp", b"sbgp", b"sgpd"},
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset({b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd"}),
}
DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
SHOWN = frozenset({b"vide", b"soun"})  # other tracks are places, telemetry, chapters
ENTRIES = 8  # bytes before the entries of a sample description or of data references
HANDLER = 12  # bytes before the maker and the name of a handler
CODER = 50, 82  # the program that coded the pictures, in their sample description
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
    """The same film or sound: nothing but what is played, no times, no tracks but picture and sound."""
    out = bytearray(content)
    _scrub(out, 0, len(out), b"")
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


def _scrub(out: bytearray, start: int, end: int, inside: bytes) -> None:
    at = start
    for box in _boxes(out, start, end):
        at = box.end
        shown = box.name != b"trak" or _keep_track(out, box)
        if not shown or box.name not in KEPT[inside]:
            out[box.start + 4 : box.start + 8] = b"free"
            _blank(out, box.inside, box.end)
        elif box.name in DATED:
            times = 16 if out[box.inside : box.inside + 1] == b"\1" else 8  # version 1 counts seconds in 64 bits
            _blank(out, box.inside + 4, min(box.inside + 4 + times, box.end))
        elif box.name == b"hdlr":
            _blank(out, box.inside + HANDLER, box.end)
        elif box.name == b"dref":  # where the file lay
            for entry in _boxes(out, box.inside + ENTRIES, box.end):
                _blank(out, entry.inside + 4, entry.end)
        elif box.name in KEPT:
            _scrub(out, box.inside, box.end, box.name)
    # A mail cut short ends within the pictures; any other rest is no box, and no player would look at it.
    if out[at + 4 : at + 8] != b"mdat":
        _blank(out, at, end)


def _keep_track(out: bytearray, trak: Box) -> bool:
    """Whether it is seen or heard; if not, what it has among the pictures is blanked."""
    handler = _track(out, trak).handler
    if handler not in SHOWN:
        _blank_samples(out, trak)
    if handler == b"vide":
        for description in _inside(out, trak, b"mdia", b"minf", b"stbl", b"stsd"):
            for entry in _boxes(out, description.inside + ENTRIES, description.end):
                start, stop = (entry.start + at for at in CODER)
                _blank(out, start, min(stop, entry.end))
    return handler in SHOWN


def _blank(out: bytearray, start: int, end: int) -> None:
    out[start:end] = bytes(max(0, end - start))


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

"""The pages of Ogg files (RFC 3533): comments and pictures are emptied where they stand, and pages sealed anew.

A page has a head of 27 bytes, a table of segment lengths and the segments; a packet is a run of segments up to one
that is shorter than 255, and may go on in the next page of its stream.
"""

import zlib
from dataclasses import dataclass

HEAD = 27
CRC = slice(22, 26)
BEGINS = 2  # a flag: one file may be the end of another, with streams of the same numbers
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

# The first packet of a stream says what it is; the comments are its second, and begin like this when they are empty:
# the name of the packet, a vendor of no letters, no comments.
EMPTY = {
    b"\x01vorbis": b"\x03vorbis" + bytes(8) + b"\x01",
    b"OpusHead": b"OpusTags" + bytes(8),
    b"\x80theora": b"\x81theora" + bytes(8),
    b"Speex   ": bytes(8),
}
FLAC = b"\x7fFLAC"
KEPT_BLOCKS = (0, 3)  # of FLAC: stream info, seek table
COMMENT_BLOCK, PADDING_BLOCK = 4, 1


@dataclass(slots=True)
class _Stream:
    """How far one stream of the file has been read: packets that are complete, and bytes of the one that is not."""

    kind: bytes = b""
    packet: int = 0
    offset: int = 0
    blank: bytes | None = None
    done: bool = False


def scrub(content: bytes) -> bytes:
    """The same sound; what stood between the pages, where nothing may stand, is gone."""
    out: list[bytes] = []
    streams: dict[bytes, _Stream] = {}
    at = content.find(b"OggS")
    while 0 <= at <= len(content) - HEAD:
        body = at + HEAD + content[at + HEAD - 1]
        lengths = content[at + HEAD : body]
        page = bytearray(content[at : body + sum(lengths)])
        if len(page) < body - at + sum(lengths):
            break
        serial = bytes(page[14:18])
        if page[5] & BEGINS or serial not in streams:
            streams[serial] = _Stream()
        stream = streams[serial]
        if not stream.done and _empty(page, body - at, lengths, stream):
            page[CRC] = bytes(4)
            page[CRC] = _crc(page).to_bytes(4, "little")
        if stream.kind:  # others are indexes, subtitles, dates
            out.append(bytes(page))
        at = content.find(b"OggS", at + len(page))
    return b"".join(out)


def _empty(page: bytearray, at: int, lengths: bytes, stream: _Stream) -> bool:
    """Empty the comments on this page; whether there were any."""
    changed = False
    for length in lengths:
        if stream.offset == 0:
            _begin(page[at : at + length], stream)
        if stream.blank is not None:
            left = stream.blank[stream.offset : stream.offset + length]
            page[at : at + length] = left + bytes(length - len(left))
            changed = True
        stream.offset += length
        if length < 255:
            stream.packet, stream.offset = stream.packet + 1, 0
        at += length
    return changed


def _begin(packet: bytes | bytearray, stream: _Stream) -> None:
    """Decide what becomes of a packet by its first segment."""
    stream.blank = None
    if stream.packet == 0:
        stream.kind = next((kind for kind in (*EMPTY, FLAC) if packet.startswith(kind)), b"")
    elif stream.kind == FLAC:
        _flac_block(packet, stream)
    elif stream.packet == 1:
        stream.blank = EMPTY.get(stream.kind)
    else:
        stream.done = True


def _flac_block(packet: bytes | bytearray, stream: _Stream) -> None:
    """In Ogg each metadata block of FLAC is a packet; sound begins with 0xFF, which no block does."""
    if len(packet) < 4 or packet[0] == 0xFF:
        stream.done = True
        return
    last, kind = packet[0] & 0x80, packet[0] & 0x7F
    length = int.from_bytes(packet[1:4], "big")
    if kind == COMMENT_BLOCK:  # a vendor that fills it, and no comments
        stream.blank = bytes(packet[:4]) + max(0, length - 8).to_bytes(4, "little")
    elif kind not in KEPT_BLOCKS:
        stream.blank = bytes([last | PADDING_BLOCK]) + bytes(packet[1:4])


def _crc(page: bytes | bytearray) -> int:
    """The sum of RFC 3533: that of zlib with every bit the other way round, beginning and ending with nothing."""
    mirrored = zlib.crc32(page.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)

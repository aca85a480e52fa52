"""The boxes of MP4 and QuickTime files (ISO/IEC 14496-12): metadata is blanked where it stands.

Blanked and not cut, because the sound and picture tables count bytes from the beginning of the file.
"""

INSIDE = frozenset({b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"})
TELLING = frozenset({b"udta", b"meta", b"uuid", b"XMP_"})
DEPTH = 8


def scrub(content: bytes) -> bytes:
    """The same film or sound with every user data, metadata and vendor box turned into free space."""
    out = bytearray(content)
    _walk(out, 0, len(out), 0)
    return bytes(out)


def _walk(out: bytearray, start: int, end: int, depth: int) -> None:
    at = start
    while at + 8 <= end and depth < DEPTH:
        size, name, head = int.from_bytes(out[at : at + 4], "big"), bytes(out[at + 4 : at + 8]), 8
        if size == 1:
            size, head = int.from_bytes(out[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        if name in TELLING:
            out[at + 4 : at + 8] = b"free"
            out[at + head : at + size] = bytes(size - head)
        elif name in INSIDE:
            _walk(out, at + head, at + size, depth + 1)
        at += size

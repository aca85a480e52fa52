"""The winmail.dat of Outlook, written for tests (MS-OXTNEF)."""

import struct
import zlib
from collections.abc import Sequence

BODY, RICH, HTML, CODE_PAGE, CONTENT_ID, LONG_NAME = 0x1000, 0x1009, 0x1013, 0x3FDE, 0x3712, 0x3707
LONG, TEXT, UNICODE, BINARY = 0x0003, 0x001E, 0x001F, 0x0102


def winmail(*attributes: bytes) -> bytes:
    begin = struct.pack("<IH", 0x223E9F78, 1)
    return begin + attribute(1, 0x9006, 8, struct.pack("<I", 0x10000)) + CODE_PAGE_1252 + b"".join(attributes)


def attribute(level: int, name: int, type_: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, type_, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


CODE_PAGE_1252 = attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0))


def properties(*each: bytes, count: int | None = None) -> bytes:
    return struct.pack("<I", len(each) if count is None else count) + b"".join(each)


def text(name: int, words: str) -> bytes:
    return _varied(UNICODE, name, (words + "\0").encode("utf-16-le"))


def binary(name: int, content: bytes) -> bytes:
    return _varied(BINARY, name, content)


def number(name: int, value: int) -> bytes:
    return struct.pack("<HHI", LONG, name, value)


def _varied(type_: int, name: int, content: bytes) -> bytes:
    return struct.pack("<HHII", type_, name, 1, len(content)) + content + bytes(-len(content) % 4)


def compressed(rtf: bytes) -> bytes:
    """RTF as Outlook packs it, but every byte stands for itself (MS-OXRTFCP)."""
    runs = [rtf[at : at + 8] for at in range(0, len(rtf), 8)]
    end = (207 + len(rtf)) % 4096  # of the dictionary, which begins with 207 bytes known to all
    packed = b"".join(bytes(1) + run for run in runs[:-1])
    packed += bytes([1 << len(runs[-1]) & 0xFF]) + runs[-1]
    packed += (b"\1" if len(runs[-1]) == 8 else b"") + (end << 4).to_bytes(2, "big")
    checksum = ~zlib.crc32(packed, 0xFFFFFFFF) & 0xFFFFFFFF
    return struct.pack("<II4sI", len(packed) + 12, len(rtf), b"LZFu", checksum) + packed


def message(*each: bytes) -> bytes:
    return attribute(1, 0x9003, 6, properties(*each))


def attached(content: bytes, name: str, each: Sequence[bytes] = ()) -> bytes:
    """A file under a short name in the old way and a long one in the new."""
    short = name.encode("cp1252", errors="replace")[:8] + b"~1\0"
    return (
        attribute(2, 0x9002, 6, struct.pack("<HIIIH", 1, 0xFFFFFFFF, 0, 0, 0))
        + attribute(2, 0x8010, 1, short)
        + attribute(2, 0x800F, 6, content)
        + attribute(2, 0x9005, 6, properties(text(LONG_NAME, name), *each))
    )


def recipients() -> bytes:
    """A row of people that says it is much longer than it is."""
    return attribute(1, 0x9004, 6, struct.pack("<I", 0xFFFFFFFF) + b"nonsense")

"""Small pictures for tests, made here; and the parts of a mail that carry them."""

import base64
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

from tests.boxed import box

# A picture of 64 × 48 pixels, red at the upper left and blue at the lower right, as one frame of HEVC: drawn and encoded
# for these tests by `ffmpeg -f lavfi -i gradients=… -c:v libx265`, which nothing here can do without that program.
HEVC_HEAD = base64.b64decode(
    "AQFgAAAAkAAAAAAAHvAA/P34+AAADwOgAAEAGEABDAH//wFgAAADAJAAAAMAAAMAHpWYCaEAAQApQgEBAWAAAAMAkAAAAwAAAwAe"
    "oCCDFllZrkyvAWgIAAADAAgAAAMAyECiAAEABkQBwXPQiQ=="
)
HEVC_FRAME = base64.b64decode("AAAANSgBrx2A8BiYT2xZz5lhD3NGBGKnFgM1Hdvv2vuQMzQ+32/NuQymrjy4ujLDKrVaupR/idhw")


def jpeg(size: tuple[int, int] = (40, 30), colour: str = "red", **options: Any) -> bytes:
    return encoded(Image.new("RGB", size, colour), "JPEG", **options)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def part(content: bytes, kind: str, more: str = "") -> bytes:
    """A part of a multipart in base64."""
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n" + (more + "\n" if more else "")
    return head.encode() + b"\n" + base64.encodebytes(content)


def heic(exif: bytes = b"", *, quarter_turns: int = 0, sides: tuple[int, int] = (64, 48)) -> bytes:
    """A photo as telephones write it (ISO/IEC 23008-12): its frame, how it is turned, its EXIF."""
    items = [(1, b"hvc1", HEVC_FRAME)]
    if exif:
        items.append((2, b"Exif", bytes(4) + exif))
    properties = [
        box(b"hvcC", HEVC_HEAD),
        box(b"ispe", bytes(4), struct.pack(">II", *sides)),
        *([box(b"irot", bytes([quarter_turns]))] if quarter_turns else []),
    ]
    shown = bytes([len(properties)]) + bytes(0x80 * (n == 1) | n for n in range(1, len(properties) + 1))
    entries = [box(b"infe", b"\2\0\0\0", struct.pack(">HH", id_, 0), kind, b"\0") for id_, kind, _ in items]
    begin = box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(at: int) -> bytes:
        places = b""
        for id_, _, content in items:
            places += struct.pack(">HHHII", id_, 0, 1, at, len(content))
            at += len(content)
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", bytes(4), struct.pack(">H", 1)),
            box(b"iloc", bytes(4), b"\x44\x00", struct.pack(">H", len(items)), places),
            box(b"iinf", bytes(4), struct.pack(">H", len(items)), *entries),
            *([box(b"iref", bytes(4), box(b"cdsc", struct.pack(">HHH", 2, 1, 1)))] if exif else []),
            box(
                b"iprp",
                box(b"ipco", *properties),
                box(b"ipma", bytes(4), struct.pack(">IH", 1, 1), shown),
            ),
        )

    data = len(begin) + len(meta(0)) + 8
    return begin + meta(data) + box(b"mdat", *(content for _, _, content in items))


def wide_profile() -> bytes:
    """A colour profile with the primaries of a telephone's screen (Display P3) and a gamma of 2.2."""

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def place(*values: float) -> bytes:
        return b"XYZ " + bytes(4) + b"".join(map(number, values))

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Wide\0" + bytes(78)
    tags = {
        b"desc": text + bytes(-len(text) % 4),
        b"wtpt": place(0.9642, 1.0, 0.8249),
        b"rXYZ": place(0.51512, 0.24120, -0.00105),
        b"gXYZ": place(0.29198, 0.69225, 0.04189),
        b"bXYZ": place(0.15710, 0.06657, 0.78407),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"cprt": b"text" + bytes(4) + b"none",
    }
    at = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content
    head = (
        struct.pack(">I4sI", at + len(body), b"none", 0x02400000)
        + b"mntrRGB XYZ "
        + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
        + b"acsp"
        + bytes(28)
        + number(0.9642)
        + number(1.0)
        + number(0.8249)
    )
    return head.ljust(128, b"\0") + table + body


def bomb(width: int, height: int, rows: int = 0) -> bytes:
    """A PNG of a few bytes that asks for this many pixels, black and white; `rows` of them are there, and white."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\0" + b"\xff" * ((width + 7) // 8)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(row * rows or bytes(1000)))
        + chunk(b"IEND", b"")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

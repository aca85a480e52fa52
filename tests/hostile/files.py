"""Hostile attachments: bombs, things that are two things, and things that are not what they are called."""

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image

from tests import pages, winmail
from tests.hostile.shapes import MEGA, PLAIN, Maker, body, related
from tests.pictures import bomb, chunk, encoded, jpeg, part

SCRIPT = b"<script>alert(1)</script>"


def attached(content: bytes, kind: str) -> bytes:
    return related(PLAIN, part(content, kind))


def frames(number: int, size: tuple[int, int] = (1000, 1000)) -> bytes:
    """A GIF of one picture, again and again."""
    first = encoded(Image.new("P", size), "GIF")
    at = 13 + 3 * 2 ** ((first[10] & 7) + 1)
    return first[:at] + first[at:-1] * number + b";"


def moving_png(number: int) -> bytes:
    row = zlib.compress(b"\0" + bytes(125) * 1000)
    control = [struct.pack(">IIIIIHHBB", 2 * n, 1000, 1000, 0, 0, 1, 10, 0, 0) for n in range(number)]
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1000, 1000, 1, 0, 0, 0, 0)) + chunk(b"acTL", struct.pack(">II", number, 0))
        + b"".join(chunk(b"fcTL", each) + chunk(b"fdAT", struct.pack(">I", 2 * n + 1) + row) for n, each in enumerate(control)) + chunk(b"IEND", b"")
    )  # fmt: skip


def zeros(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MEGA)) for _ in range(size // MEGA)) + packer.flush()


def with_chunk(name: bytes, head: bytes, size: int) -> bytes:
    """A small PNG that carries this much, packed."""
    whole = encoded(Image.new("RGB", (40, 30)), "PNG")
    return whole[:33] + chunk(name, head + zeros(size)) + whole[33:]


@cache
def archive(levels: int) -> bytes:
    """An archive of archives of nothing: two kilobytes, 10 MB to the power of levels."""
    content = bytes(10 * MEGA)
    for _ in range(levels):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for n in range(8):
                packed.writestr(f"{n}.zip", content)
        content = out.getvalue()
    return content


def stack(opening: bytes, closing: bytes, levels: int) -> bytes:
    return opening * levels + closing * levels


def rtf(text: bytes) -> bytes:
    return winmail.winmail(winmail.message(winmail.binary(winmail.RICH, winmail.compressed(b"{\\rtf1 " + text + b"}"))))


def stored_rtf(declared: int) -> bytes:
    return winmail.winmail(
        winmail.message(winmail.binary(winmail.RICH, struct.pack("<II4sI", 90, declared, b"LZFu", 0) + bytes(90)))
    )


@cache
def files() -> dict[str, tuple[bytes, str]]:
    gif = encoded(Image.new("P", (30, 30)), "GIF")
    photo = jpeg((64, 48), comment=SCRIPT)
    return {
        "T43-GIF-that-is-an-archive": (gif + archive(1), "image/gif; name=a.gif"),
        "T43-GIF-that-is-a-script": (b"GIF89a/*" + gif[8:] + b"*/=1;alert(1)", "image/gif; name=a.gif"),
        "T43-JPEG-with-a-page-in-its-comment": (photo, "image/jpeg; name=a.jpg"),
        "T43-JPEG-that-is-SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", "image/jpeg; name=a.jpg"),
        "T43-JPEG-that-is-a-page": (b"<!doctype html>" + SCRIPT, "image/jpeg; name=a.jpg"),
        "T43-PNG-with-a-page-in-its-text": (with_chunk(b"zTXt", b"a\0\0", MEGA) + SCRIPT, "image/png; name=a.png.html"),
        "T43-PDF-that-is-a-page": (pages.pdf().replace(b"%PDF-1.4", b"%PDF-1.4\n" + SCRIPT), "text/html; name=a.html"),
        "T44-PNG-of-20000-squared": (bomb(20_000, 20_000), "image/png; name=a.png"),
        "T44-PNG-of-12000-by-4000": (bomb(12_000, 4_000, 4_000), "image/png; name=a.png"),
        "T44-PNG-with-a-bomb-beside-it": (with_chunk(b"zTXt", b"a\0\0", 200 * MEGA), "image/png; name=a.png"),
        "T44-PNG-with-a-profile-of-megabytes": (with_chunk(b"iCCP", b"a\0\0", 200 * MEGA), "image/png; name=a.png"),
        "T44-PNG-with-a-million-texts": (encoded(Image.new("RGB", (9, 9)), "PNG")[:33] + chunk(b"tEXt", b"a\0b") * 200_000, "image/png; name=a.png"),
        "T44-JPEG-of-65500-squared": (jpeg().replace(b"\0\x1e\0\x28", b"\xff\xdc\xff\xdc", 1), "image/jpeg; name=a.jpg"),
        "T44-JPEG-of-60-scans-too-many": (jpeg((40, 30), progressive=True) * 60, "image/jpeg; name=a.jpg"),
        "T44-GIF-of-20-megapixels": (frames(20), "image/gif; name=a.gif"),
        "T44-GIF-of-100000-frames": (frames(100_000, (4, 4)), "image/gif; name=a.gif"),
        "T44-PNG-of-200-frames": (moving_png(200), "image/png; name=a.png"),
        "T44-WEBP-of-300-frames": (encoded(Image.new("L", (500, 500)), "WEBP", save_all=True, append_images=[Image.new("L", (500, 500), n % 256) for n in range(300)], method=0), "image/webp"),
        **{
            f"T44-{kind}": (encoded(Image.new("RGB", (60, 40)), kind), f"image/{kind.lower()}; name=a.jpg")
            for kind in ("TIFF", "BMP", "ICO", "PPM", "TGA", "PCX", "DDS", "SGI", "EPS")
        },
        "T44-JPEG-2000": (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 " + bytes(200), "image/jp2; name=a.jp2"),
        "T44-EPS-that-runs": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9999 9999\n(/etc/passwd) (r) file\n", "application/postscript; name=a.eps"),
        "T44-SVG": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", "image/svg+xml; name=a.svg"),
        "T45-archive-of-archives": (archive(3), "application/zip; name=42.zip"),
        "T45-document-of-archives": (archive(2).replace(b"0.zip", b"[Cont", 1), "application/zip; name=a.docx"),
        "T46-playlist-as-film": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXTINF:1,\nhttp://127.0.0.1/\n", "video/mp4; name=a.mp4"),
        "T46-playlist-in-a-film": (b"\0\0\0\x18ftypisom\0\0\0\0isommp42#EXTM3U\nfile:///etc/passwd\n", "video/mp4; name=a.mp4"),
        "T46-list-of-films": (b"ffconcat version 1.0\nfile /etc/passwd\n", "video/mp4; name=a.mp4"),
        "T46-film-of-boxes": (b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" * 100_000, "video/mp4; name=a.mp4"),
        "T46-film-of-boxes-in-boxes": (b"\0\0\0\x10ftypisom\0\0\0\0" + b"".join(struct.pack(">I4s", 8 * n, b"moov") for n in range(20_000, 0, -1)), "video/mp4"),
        "T46-matroska-of-levels": (b"\x1a\x45\xdf\xa3\x84webm" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 50_000, "video/webm"),
        "T46-song-of-tags": (b"ID3\4\0\0\0\0\0\0" * 100_000 + b"\xff\xfb\x90\x64" + bytes(413), "audio/mpeg; name=a.mp3"),
        "T46-ogg-of-pages": ((b"OggS" + bytes(22) + b"\xff" + b"\xff" * 255) * 30_000, "audio/ogg"),
        "T46-wave-of-chunks": (b"RIFF\xff\xff\xff\xffWAVE" + b"LIST\0\0\0\0" * 200_000, "audio/wav"),
        "T47-PDF-that-opens-something": (pages.pdf().replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "application/pdf; name=a.pdf"),
        "T47-PDF-of-arrays": (pages.written(b"<< /Type /Catalog /Pages " + stack(b"[", b"]", 100_000) + b" >>"), "application/pdf; name=a.pdf"),
        "T47-PDF-of-a-great-page": (pages.pdf(sides=(1e9, 1e9)), "application/pdf; name=a.pdf"),
        "T47-PDF-whose-pages-are-its-pages": (pages.written(b"<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] /Count 99999999 >>"), "application/pdf; name=a.pdf"),
        "T48-TNEF-without-end": (winmail.winmail() + b"\1\x0f\x80\6\0\0\0\0\0\0\0" * 100_000, "application/ms-tnef; name=winmail.dat"),
        "T48-TNEF-that-lies": (winmail.winmail(winmail.attribute(1, 0x9003, 6, winmail.properties(winmail.number(0x3712, 1), count=0xFFFFFFFF))), "application/ms-tnef"),
        "T48-TNEF-in-TNEF": (winmail.winmail(winmail.attached(winmail.winmail(winmail.attached(b"x", "a.txt")), "winmail.dat")), "application/ms-tnef"),
        "T48-TNEF-of-10000-files": (winmail.winmail(*[winmail.attached(b"x" * 9, f"{n}.exe") for n in range(10_000)]), "application/ms-tnef"),
        "T48-RTF-that-lies": (stored_rtf(0xFFFFFFFF), "application/ms-tnef"),
        "T48-RTF-of-fonts": (rtf(b"{\\fonttbl" + b"\\f1" * 30_000 + b"}x"), "application/ms-tnef"),
        "T48-RTF-of-charsets": (rtf(b"{\\fonttbl" + b"\\f1\\fcharset2 " * 10_000 + b"}x"), "application/ms-tnef"),
        "T48-RTF-of-links": (rtf(b'{\\field{\\*\\fldinst{HYPERLINK "a' * 4_000), "application/ms-tnef"),
        "T48-RTF-of-groups": (rtf(stack(b"{", b"}", 100_000)), "application/ms-tnef"),
        "T48-RTF-of-pictures": (rtf(b"\\pict\\bin" + b"9" * 5000 + b"{\\pict" * 30_000), "application/ms-tnef"),
        "T72-GPX-that-laughs": (
            b"<?xml version='1.0'?><!DOCTYPE gpx [<!ENTITY a 'ha'>" + b"".join(b"<!ENTITY %c '%b'>" % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(15))
            + b"]><gpx xmlns='http://www.topografix.com/GPX/1/1'><trk><name>&p;</name></trk></gpx>", "application/gpx+xml; name=a.gpx",
        ),
        "T72-GPX-that-reads-files": (
            b"<?xml version='1.0'?><!DOCTYPE gpx [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><gpx xmlns='http://www.topografix.com/GPX/1/1'><trk><name>&a;</name></trk></gpx>",
            "application/gpx+xml; name=a.gpx",
        ),
        "T72-GPX-of-levels": (b"<gpx>" + b"<trk>" * 100_000, "application/gpx+xml; name=a.gpx"),
    }  # fmt: skip


FILES: dict[str, Maker] = {
    "T44-GIF-of-300-megapixels": lambda: attached(frames(300), "image/gif; name=a.gif"),
    **{name: (lambda content=content, kind=kind: attached(content, kind)) for name, (content, kind) in files().items()},  # type: ignore[misc]
    "T44-50-PNGs-of-megapixels": lambda: related(
        PLAIN, *[part(bomb(7000, 6000 + n, 10), f"image/png; name={n}.png") for n in range(50)]
    ),
    "T44-199-damaged-photos": lambda: related(
        PLAIN, *[part(jpeg()[: 300 + n], f"image/jpeg; name={n}.jpg") for n in range(190)]
    ),
    "T48-100-TNEFs-of-100-files": lambda: related(
        PLAIN,
        *[
            part(
                winmail.winmail(*[winmail.attached(b"x%d" % n, f"{m}-{n}.exe") for n in range(100)]),
                "application/ms-tnef",
            )
            for m in range(100)
        ],
    ),
    "T66-a-thousand-marks": body("title: a\n" + "tags: " + "a, " * 300_000 + "\n\nThe first crocus.\n"),
}

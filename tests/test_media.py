"""Bytes of a mail → bytes readers may have."""

import hashlib
import struct
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageChops, ImageCms, PngImagePlugin

from mailpost.attachment import Kind
from mailpost.media import Prepared, clean_name, prepare
from mailpost.media.boxes import scrub
from mailpost.media.made import LeftOut
from mailpost.media.sound import without_id3
from mailpost.message import File
from tests.pictures import encoded, jpeg

CANARY = b"CANARY-52.5163N-13.3777E"


def given_file(content: bytes, name: str = "x.jpg", kind: str = "application/octet-stream") -> Prepared:
    return prepare(File(content, name, kind, "", inline=False))


def left_out(content: bytes, name: str = "x.jpg") -> str:
    with pytest.raises(LeftOut) as problem:
        given_file(content, name)
    return str(problem.value)


def main(prepared: Prepared) -> Image.Image:
    image = Image.open(BytesIO(prepared.files[prepared.attachment.main.path]))
    image.load()
    return image


# ---- photos


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_whichever_way_the_camera_was_held(corpus: Path, orientation: int) -> None:
    folder = corpus / "exif-orientation"
    upright = Image.open(folder / "Landscape_1.jpg").convert("RGB")
    found = main(given_file((folder / f"Landscape_{orientation}.jpg").read_bytes())).convert("RGB")
    assert found.width > found.height
    small = [image.resize((60, 45), Image.Resampling.BOX) for image in (upright, found)]
    difference = ImageChops.difference(*small).convert("L")
    mean = sum(level * count for level, count in enumerate(difference.histogram())) / (60 * 45)
    assert mean < 4, "turned the wrong way, or mirrored"


def exif() -> Image.Exif:
    data = Image.Exif()
    data[ExifTags.Base.Artist] = CANARY.decode()
    data[ExifTags.Base.ImageDescription] = CANARY.decode()
    data[ExifTags.Base.Orientation] = 6
    gps = data.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSAreaInformation] = CANARY
    return data


def telling() -> dict[str, bytes]:
    """Pictures that say where they were taken in every place their format has."""
    picture = Image.effect_noise((64, 48), 90).convert("RGB")
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + CANARY + b"</x:xmpmeta>"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", CANARY.decode())
    text.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photoshop = b"\xff\xed" + struct.pack(">H", len(CANARY) + 16) + b"Photoshop 3.0\0" + CANARY
    plain = encoded(picture, "JPEG", exif=exif(), comment=CANARY, xmp=xmp, icc_profile=profile + CANARY)
    frames = [picture.convert("P"), Image.new("P", picture.size, 3)]
    return {
        "jpeg": plain[:2] + photoshop + plain[2:] + CANARY,
        "jpeg with no more than a comment": encoded(picture, "JPEG", comment=CANARY),
        "png": encoded(picture, "PNG", exif=exif(), pnginfo=text) + CANARY,
        "webp": encoded(picture, "WEBP", exif=exif(), xmp=xmp),
        "gif": encoded(picture.convert("P"), "GIF", comment=CANARY),
        "animated gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=CANARY, duration=90),
        "animated webp": encoded(picture, "WEBP", save_all=True, append_images=[Image.new("RGB", picture.size)], exif=exif()),
        "avif": encoded(picture, "AVIF", exif=exif(), xmp=xmp),
    }  # fmt: skip


@pytest.mark.parametrize("kind", telling())
def test_nothing_that_stood_around_the_pixels_survives(kind: str) -> None:
    content = telling()[kind]
    assert CANARY in content, "the test would prove nothing"
    prepared = given_file(content)
    assert prepared.attachment.kind is Kind.PHOTO
    for made in prepared.files.values():
        image = Image.open(BytesIO(made))
        assert CANARY not in made
        assert not image.getexif()
        assert {"exif", "xmp", "comment", "icc_profile", "photoshop"} & set(image.info) == set()


def test_a_photo_is_offered_in_several_widths() -> None:
    prepared = given_file(encoded(Image.effect_noise((3000, 2000), 50).convert("RGB"), "JPEG"))
    shape = [(r.type, r.width, r.height, r.path.rpartition(".")[2]) for r in prepared.attachment.renditions]
    assert shape == [
        ("image/jpeg", 1600, 1067, "jpg"),
        ("image/webp", 480, 320, "webp"),
        ("image/webp", 960, 640, "webp"),
        ("image/webp", 1600, 1067, "webp"),
    ]
    for rendition in prepared.attachment.renditions:
        image = Image.open(BytesIO(prepared.files[rendition.path]))
        assert (image.size, rendition.size) == (
            (rendition.width, rendition.height),
            len(prepared.files[rendition.path]),
        )


@pytest.mark.parametrize(
    ("size", "expected"), [((2000, 3000), (1067, 1600)), ((300, 200), (300, 200)), ((9000, 20), (1600, 4))]
)
def test_no_side_is_larger_than_the_largest_and_nothing_is_enlarged(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert main(given_file(encoded(Image.effect_noise(size, 50).convert("RGB"), "JPEG"))).size == expected


def test_the_path_contains_the_digest_of_the_bytes() -> None:
    prepared = given_file(jpeg())
    for path, content in prepared.files.items():
        digest = hashlib.sha256(content).hexdigest()
        assert path.rpartition(".")[0] == f"media/{digest[:2]}/{digest[2:32]}"
    assert set(prepared.files) == {r.path for r in prepared.attachment.renditions}


def test_the_same_photo_gives_the_same_bytes() -> None:
    content = telling()["jpeg"]
    assert given_file(content) == given_file(content)


def test_an_attachment_describes_what_was_sent() -> None:
    content = jpeg()
    found = prepare(File(content, "a/b/Red.jpg", "text/html", "id@x", inline=True)).attachment
    assert (found.name, found.type, found.size, found.sha256, found.content_id) == (
        "Red.jpg",
        "image/jpeg",
        len(content),
        hashlib.sha256(content).hexdigest(),
        "id@x",
    )


MODES = {
    "palette": Image.new("P", (40, 30), 3),
    "1 bit": Image.new("1", (40, 30), 1),
    "grey": Image.effect_noise((40, 30), 90),
    "grey and clear": Image.merge("LA", [Image.effect_noise((40, 30), 90), Image.new("L", (40, 30), 120)]),
    "clear": Image.new("RGBA", (40, 30), (255, 0, 0, 120)),
    "16 bit": Image.new("I;16", (40, 30), 30000),
}


@pytest.mark.parametrize("name", MODES)
def test_every_kind_of_pixel_is_shown(name: str) -> None:
    prepared = given_file(encoded(MODES[name], "PNG"), "x.png")
    assert main(prepared).mode == ("RGBA" if "clear" in name else "RGB")
    assert [r.type for r in prepared.attachment.renditions[1:]] == ["image/webp"]


def test_a_transparent_palette_stays_transparent() -> None:
    image = Image.new("P", (40, 30), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(1, (0, 0, 20, 30))
    found = main(given_file(encoded(image, "PNG", transparency=0), "x.png"))
    assert (found.mode, found.getpixel((30, 10))[3], found.getpixel((5, 10))) == ("RGBA", 0, (255, 0, 0, 255))  # type: ignore[index]


def test_a_printers_photo_has_the_colours_of_a_screen() -> None:
    image = Image.new("CMYK", (40, 30), (0, 255, 255, 0))
    red, green, blue = main(given_file(encoded(image, "JPEG"))).convert("RGB").getpixel((20, 15))  # type: ignore[misc]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_a_wide_gamut_is_converted_and_a_broken_profile_ignored() -> None:
    wide = ImageCms.createProfile("LAB")
    assert main(given_file(jpeg(icc_profile=ImageCms.ImageCmsProfile(wide).tobytes()))).size == (40, 30)
    assert main(given_file(jpeg(icc_profile=b"nonsense" * 50))).size == (40, 30)


def test_an_animation_keeps_moving() -> None:
    frames = [Image.new("RGB", (40, 30), (50 * n, 0, 0)) for n in range(5)]
    prepared = given_file(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=70), "x.gif")
    found = main(prepared)
    assert (found.format, getattr(found, "n_frames", 1), found.info["duration"]) == ("GIF", 5, 70)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that asks for this many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(20_000, 20_000), (8000, 8000), (12_001, 10), (1_000_000, 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert "pixels are too many" in left_out(bomb(*size))


def test_an_animation_without_end_is_refused() -> None:
    frames = [Image.new("1", (8, 8), n % 2) for n in range(201)]
    assert "too long" in left_out(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))


def test_a_damaged_picture_is_left_out_and_the_mail_goes_on() -> None:
    content = jpeg((400, 300))
    assert left_out(content[:300]) == "x.jpg was left out: the picture is damaged"
    assert left_out(bomb(4000, 3000)) == "x.jpg was left out: the picture is damaged"


@pytest.mark.parametrize("size", [(1, 1), (3, 3)])
def test_a_tracking_pixel_is_left_out(size: tuple[int, int]) -> None:
    assert "shows nothing" in left_out(jpeg(size))


@given(st.binary(max_size=60), st.integers(0, 600))
def test_a_picture_with_any_bytes_in_it_is_prepared_or_left_out(noise: bytes, at: int) -> None:
    content = jpeg()
    try:
        prepared = given_file(content[:at] + noise + content[at + len(noise) :])
    except LeftOut:
        return
    assert prepared.attachment.renditions


# ---- sound and film


FRAME = b"\xff\xfb\x90\x64" + bytes(413)


def id3(body: bytes) -> bytes:
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + size + body


def test_a_song_keeps_its_sound_and_loses_its_tags() -> None:
    sound = FRAME * 4
    tagged = id3(CANARY + bytes(200)) + id3(CANARY) + sound + b"TAG" + CANARY.ljust(125, b"\0")
    prepared = given_file(tagged, "Kettle tune.mp3")
    assert list(prepared.files.values()) == [sound]
    assert (prepared.attachment.kind, prepared.attachment.main.type) == (Kind.SOUND, "audio/mpeg")


@given(st.binary(max_size=300))
def test_cutting_tags_never_fails(noise: bytes) -> None:
    assert len(without_id3(b"ID3" + noise)) <= len(noise) + 3


def box(name: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + name + body


def film(brand: bytes = b"isom") -> bytes:
    place = box(b"udta", box(b"\xa9xyz", CANARY), box(b"meta", CANARY))
    track = box(
        b"trak", box(b"tkhd", bytes(84)), box(b"udta", CANARY), box(b"mdia", box(b"minf", box(b"stbl", bytes(20))))
    )
    return (
        box(b"ftyp", brand, bytes(4), brand)
        + box(b"moov", box(b"mvhd", bytes(100)), track, place)
        + box(b"uuid", CANARY)
        + box(b"mdat", b"pictures" * 20)
    )


@pytest.mark.parametrize(
    ("brand", "kind", "type_"),
    [(b"isom", Kind.FILM, "video/mp4"), (b"qt  ", Kind.FILM, "video/quicktime"), (b"M4A ", Kind.SOUND, "audio/mp4")],
)
def test_a_film_is_blanked_where_it_tells_and_nothing_moves(brand: bytes, kind: str, type_: str) -> None:
    content = film(brand)
    prepared = given_file(content, "x")
    (made,) = prepared.files.values()
    assert (prepared.attachment.kind, prepared.attachment.main.type) == (kind, type_)
    assert CANARY not in made
    assert (len(made), made.find(b"mdat"), made.count(b"pictures")) == (len(content), content.find(b"mdat"), 20)
    assert scrub(made) == made


def test_a_box_that_lies_about_its_size_ends_the_search() -> None:
    content = box(b"ftyp", b"isom") + struct.pack(">I", 2**31) + b"moov" + bytes(40)
    assert scrub(content) == content


@given(st.binary(max_size=200))
def test_scrubbing_any_bytes_keeps_their_length(noise: bytes) -> None:
    assert len(scrub(noise)) == len(noise)


# ---- documents


ACTIVE = {
    "page.html": b"<!DOCTYPE html><html><script>x()</script></html>",
    "page.txt": b" \n<script>x()</script>",
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
    "picture.jpg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
    "script.js": b"alert(1)",
    "program.exe": b"MZ" + bytes(200),
    "program": b"\x7fELF" + bytes(200),
    "program.wasm": b"\0asm" + bytes(100),
    "film.swf": b"CWS" + bytes(100),
    "run.sh": b"#!/bin/sh\nrm -rf /\n",
    "x.php": b"<?php phpinfo();",
    ".htaccess": b"AddType text/html .jpg",
    "old.tiff": b"II*\0" + bytes(100),
    "x.bmp": b"BM" + bytes(100),
    "x.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "x.jp2": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(100),
    "nothing": b"what is this",
    "binary.txt": b"a\0b",
    "x.rar": b"Rar!\x1a\x07\x00" + bytes(50),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_a_browser_might_run_is_left_out(name: str) -> None:
    assert left_out(ACTIVE[name], name) == f"{name} was left out: files of this type are not published"


def office(first: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(["[Content_Types].xml", "word/document.xml", "docProps/app.xml"], key=lambda n: n != first):
            archive.writestr(name, "<x/>" * 200)
    return out.getvalue()


DOCUMENTS = [
    ("Loaf.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf", "pdf"),
    ("notes.txt", b"some notes", "text/plain", "txt"),
    ("table.csv", b"a,b\n1,2", "text/csv", "csv"),
    ("party.ics", b"BEGIN:VCALENDAR", "text/calendar", "ics"),
    ("read.md", b"# Read", "text/markdown", "md"),
    ("x.zip", b"PK\x03\x04" + bytes(60), "application/zip", "zip"),
    ("lie.docx", b"PK\x03\x04" + bytes(60), "application/zip", "zip"),
    ("lie.jpg", b"%PDF-1.4\n%%EOF\n", "application/pdf", "pdf"),
    ("a.docx", office("[Content_Types].xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("b.docx", office("docProps/app.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "type_", "ending"), DOCUMENTS, ids=[d[0] for d in DOCUMENTS])
def test_a_document_is_offered_as_what_it_is(name: str, content: bytes, type_: str, ending: str) -> None:
    prepared = given_file(content, name, "text/html")
    assert (prepared.attachment.kind, prepared.attachment.type) == (Kind.DOCUMENT, type_)
    assert [(path.rpartition(".")[2], made) for path, made in prepared.files.items()] == [(ending, content)]


NAMES = {
    "photo.jpg": "photo.jpg",
    "../../etc/passwd": "passwd",
    "C:\\Windows\\x.jpg": "x.jpg",
    "a\x00b.jpg": "ab.jpg",
    "a\r\nb.jpg": "ab.jpg",
    "a\u202egpj.exe": "agpj.exe",
    "  two   spaces .jpg ": "two spaces .jpg",
    "é\ufeff.jpg": "é.jpg",
    "\ud800.jpg": ".jpg",
    "写真.jpg": "写真.jpg",
    "x" * 500: "x" * 120,
    "": "",
    "/": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_caption_and_nothing_else(name: str) -> None:
    assert clean_name(name) == NAMES[name]


@given(st.text(max_size=200))
def test_no_name_has_folders_controls_or_turns(name: str) -> None:
    found = clean_name(name)
    assert len(found) <= 120
    assert not set(found) & set("/\\\0\r\n\t\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    assert clean_name(found).strip() == found.strip()


def test_the_type_that_was_declared_decides_nothing() -> None:
    file = File(jpeg(), "x.pdf", "application/pdf", "", inline=False)
    assert prepare(file).files == prepare(replace(file, name="y.exe", type="text/html")).files

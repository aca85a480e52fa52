"""Photos: upright, in the colours of a screen, without anything that stood around their pixels, and never lost."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageChops, ImageCms, PngImagePlugin

from mailpost.attachment import Kind
from mailpost.media.made import LeftOut
from tests.boxed import box
from tests.given import CANARY, given_file, left_out, picture
from tests.pictures import bomb, chunk, encoded, heic, jpeg, wide_profile


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_whichever_way_the_camera_was_held(corpus: Path, orientation: int) -> None:
    folder = corpus / "exif-orientation"
    upright = Image.open(folder / "Landscape_1.jpg").convert("RGB")
    found = picture(given_file((folder / f"Landscape_{orientation}.jpg").read_bytes())).convert("RGB")
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
        "jpeg with everything else": plain[:2] + segments() + plain[2:] + film(),
        "jpeg with no more than a comment": encoded(picture, "JPEG", comment=CANARY),
        "png": encoded(picture, "PNG", exif=exif(), pnginfo=text) + CANARY,
        "png with everything else": chunks_of_png(encoded(picture, "PNG")),
        "webp": encoded(picture, "WEBP", exif=exif(), xmp=xmp),
        "webp with something behind it": encoded(picture, "WEBP", exif=exif()) + CANARY,
        "gif": encoded(picture.convert("P"), "GIF", comment=CANARY),
        "gif with everything else": extensions_of_gif(encoded(picture.convert("P"), "GIF")) + CANARY,
        "animated gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=CANARY, duration=90),
        "animated webp": encoded(picture, "WEBP", save_all=True, append_images=[Image.new("RGB", picture.size)], exif=exif()),
        "avif": encoded(picture, "AVIF", exif=exif(), xmp=xmp),
        "heic": heic(exif().tobytes()),
    }  # fmt: skip


def segments() -> bytes:
    """Extended XMP, a second Exif, a place for every other application, a thumbnail, a remark."""
    extended = b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + CANARY
    thumbnail = b"Exif\0\0" + jpeg((16, 12), comment=CANARY)
    every = [
        (0xE1, extended),
        (0xE1, thumbnail),
        (0xFE, CANARY),
        *((n, CANARY) for n in range(0xE2, 0xF0) if n != 0xEE),
    ]
    return b"".join(bytes([0xFF, name]) + struct.pack(">H", len(body) + 2) + body for name, body in every)


def film() -> bytes:
    """What a telephone puts behind a photo that moves."""
    return box(b"ftyp", b"mp42") + box(b"moov", box(b"udta", CANARY)) + box(b"mdat", CANARY)


def chunks_of_png(content: bytes) -> bytes:
    packed = zlib.compress(CANARY)
    before = [(b"tEXt", b"Author\0" + CANARY), (b"zTXt", b"Raw profile type exif\0\0" + packed), (b"vpAg", CANARY)]
    behind = [(b"eXIf", exif().tobytes()[6:]), (b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + CANARY), (b"caNv", CANARY)]
    head, end = content[:33], content[-12:]
    return head + b"".join(chunk(*c) for c in before) + content[33:-12] + b"".join(chunk(*c) for c in behind) + end


def extensions_of_gif(content: bytes) -> bytes:
    block = bytes([len(CANARY)]) + CANARY + b"\0"
    told = b"\x21\xfe" + block + b"\x21\xff\x0bXMP DataXMP" + block + b"\x21\x01\x0c" + bytes(12) + block
    at = 13 + 3 * 2 ** ((content[10] & 7) + 1)
    return content[:at] + told + content[at:]


def parts(content: bytes) -> set[str]:
    """The names of everything a picture that we made consists of."""
    if content.startswith(b"GIF"):
        return parts_of_gif(content)
    names: set[str] = set()
    at = {b"\xff\xd8": 2, b"\x89P": 8, b"RI": 12}[content[:2]]
    while at < len(content):
        if content[:2] == b"\xff\xd8":
            name, size, head = content[at : at + 2].hex(), int.from_bytes(content[at + 2 : at + 4], "big"), 2
            if name == "ffda":
                assert content.index(b"\xff\xd9", at) == len(content) - 2
                return names
        elif content[:4] == b"RIFF":
            size = int.from_bytes(content[at + 4 : at + 8], "little")
            name, size, head = content[at : at + 4].decode(), size + size % 2, 8
        else:
            name, size, head = content[at + 4 : at + 8].decode(), int.from_bytes(content[at : at + 4], "big"), 12
        names.add(name)
        at += size + head
    return names


def parts_of_gif(content: bytes) -> set[str]:
    names: set[str] = set()
    at = 13 + colours(content[10])
    while content[at] != 0x3B:
        if content[at] == 0x2C:
            at += 10 + colours(content[at + 9]) + 1
        else:
            names.add(content[at + 1 : at + 14].hex() if content[at + 1] == 0xFF else content[at + 1 : at + 2].hex())
            at += 2
        while content[at]:
            at += content[at] + 1
        at += 1
    assert at == len(content) - 1
    return names


def colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


DRAWN = {
    *("ffe0", "ffdb", "ffc0", "ffc4"),  # JPEG: its kind, tables, frame, codes
    *("IHDR", "PLTE", "tRNS", "IDAT", "IEND"),
    *("VP8 ", "VP8L", "VP8X", "ALPH"),
    *("f9", "ff0b" + b"NETSCAPE2.0".hex()),  # GIF: how long a frame is shown, and that it goes on
}


@pytest.mark.parametrize("kind", telling())
def test_what_is_made_is_nothing_but_the_picture(kind: str) -> None:
    for made in given_file(telling()[kind]).files.values():
        assert parts(made) <= DRAWN


@pytest.mark.parametrize("kind", telling())
def test_nothing_that_stood_around_the_pixels_survives(kind: str) -> None:
    content = telling()[kind]
    assert CANARY in content or exif().tobytes()[6:] in content, "the test would prove nothing"
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
    assert picture(given_file(encoded(Image.effect_noise(size, 50).convert("RGB"), "JPEG"))).size == expected


def test_the_same_photo_gives_the_same_bytes() -> None:
    content = telling()["jpeg"]
    assert given_file(content) == given_file(content)


MODES = {
    "palette": Image.new("P", (40, 30), 3),
    "1 bit": Image.new("1", (40, 30), 1),
    "grey": Image.effect_noise((40, 30), 90),
    "grey and clear": Image.merge("LA", [Image.effect_noise((40, 30), 90), Image.new("L", (40, 30), 120)]),
    "clear": Image.new("RGBA", (40, 30), (255, 0, 0, 120)),
    "grey of 16 bits": Image.new("I;16", (40, 30), 30000),
}


@pytest.mark.parametrize("name", MODES)
def test_every_kind_of_pixel_is_shown(name: str) -> None:
    prepared = given_file(encoded(MODES[name], "PNG"), "x.png")
    assert picture(prepared).mode == ("RGBA" if "clear" in name else "RGB")
    assert [r.type for r in prepared.attachment.renditions[1:]] == ["image/webp"]


def test_a_transparent_palette_stays_transparent() -> None:
    image = Image.new("P", (40, 30), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(1, (0, 0, 20, 30))
    found = picture(given_file(encoded(image, "PNG", transparency=0), "x.png"))
    assert (found.mode, found.getpixel((30, 10))[3], found.getpixel((5, 10))) == ("RGBA", 0, (255, 0, 0, 255))  # type: ignore[index]


def test_a_printers_photo_has_the_colours_of_a_screen() -> None:
    image = Image.new("CMYK", (40, 30), (0, 255, 255, 0))
    red, green, blue = picture(given_file(encoded(image, "JPEG"))).convert("RGB").getpixel((20, 15))  # type: ignore[misc]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize("size", [(20_000, 20_000), (8000, 8000), (12_001, 10), (1_000_000, 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert "pixels are too many" in left_out(bomb(*size))


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


def test_a_photo_of_a_telephone_is_upright_however_that_is_said() -> None:
    """HEIC turns by a property of its own; a lying EXIF beside it counts for nothing."""
    lying = Image.Exif()
    lying[ExifTags.Base.Orientation] = 8
    upright = picture(given_file(heic())).convert("RGB")
    turned = picture(given_file(heic(quarter_turns=1))).convert("RGB")  # a quarter against the clock
    both = picture(given_file(heic(lying.tobytes(), quarter_turns=1))).convert("RGB")
    assert (upright.size, turned.size) == ((64, 48), (48, 64))
    assert [upright.getpixel(corner)[0] > 150 for corner in ((2, 2), (61, 45))] == [True, False]  # type: ignore[index]
    assert [turned.getpixel(corner)[0] > 150 for corner in ((2, 61), (45, 2))] == [True, False]  # type: ignore[index]
    assert both.tobytes() == turned.tobytes()


def test_a_wide_gamut_is_converted() -> None:
    """The same numbers mean stronger colours on a telephone's screen: they are written as those numbers of sRGB."""
    wide = Image.new("RGB", (40, 30), (200, 100, 100))
    found = picture(given_file(encoded(wide, "PNG", icc_profile=wide_profile()))).convert("RGB").getpixel((20, 15))
    assert found == pytest.approx((217, 93, 97), abs=4)


@pytest.mark.parametrize(
    "told",
    [
        (b"zTXt", b"prompt\0\0" + zlib.compress(bytes(3_000_000))),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(3_000_000))),
        (b"iCCP", b"wide\0\0" + zlib.compress(bytes(3_000_000))),
    ],
)
def test_what_a_program_wrote_beside_a_drawing_is_no_reason_to_lose_it(told: tuple[bytes, bytes]) -> None:
    """Editors keep their history in it, unpacked larger than the decoder takes; and it may be a bomb."""
    content = encoded(Image.new("RGB", (40, 30), "red"), "PNG")
    found = picture(given_file(content[:33] + chunk(*told) + content[33:], "x.png"))
    assert (found.size, found.convert("RGB").getpixel((20, 15))) == ((40, 30), (255, 0, 0))


def test_a_broken_profile_says_nothing_about_colours() -> None:
    photo = jpeg(icc_profile=b"nonsense" * 50)
    assert picture(given_file(photo)).tobytes() == picture(given_file(jpeg())).tobytes()


def test_a_second_picture_in_a_photo_is_not_a_film() -> None:
    """Telephones hide a depth map or the other eye behind the photo (MPO)."""
    content = encoded(
        Image.new("RGB", (40, 30), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))]
    )
    assert picture(given_file(content)).format == "JPEG"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_keeps_moving(kind: str) -> None:
    frames = [Image.new("RGB", (40, 30), (50 * n, 0, 0)) for n in range(5)]
    times = [70, 140, 210, 280, 350]
    prepared = given_file(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=times), "x.gif")
    found = Image.open(BytesIO(prepared.files[prepared.attachment.main.path]))
    durations = []
    for number in range(getattr(found, "n_frames", 1)):
        found.seek(number)
        durations.append(round(found.info["duration"]))
    assert (found.format, durations, prepared.notes) == ("GIF", times, ())


def test_a_long_animation_is_shortened_and_its_author_told() -> None:
    frames = [Image.new("1", (8, 8), n % 2) for n in range(202)]
    prepared = given_file(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "x.gif")
    assert getattr(picture(prepared), "n_frames", 1) == 200
    assert prepared.notes == ("x.gif was shortened to its first 200 frames",)


def test_frames_without_number_cost_no_more_than_those_that_are_shown() -> None:
    head = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = b"," + struct.pack("<4HB", 0, 0, 8, 8, 0) + b"\x02\x07\x84\x8f\xa9\xcb\xed\x0f\x05\0"
    prepared = given_file(head + frame * 100_000 + b";", "x.gif")
    assert prepared.notes == ("x.gif was shortened to its first 200 frames",)


def test_an_animation_that_breaks_off_moves_until_there() -> None:
    frames = [Image.effect_noise((64, 48), 90 - n).convert("P") for n in range(6)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=70)
    found = picture(given_file(content[: len(content) // 2], "x.gif"))
    assert 1 < getattr(found, "n_frames", 1) < 6


def noise(size: tuple[int, int] = (400, 300)) -> Image.Image:
    return Image.effect_noise(size, 90).convert("RGB")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_of_a_photo_that_was_cut_short_what_arrived_is_shown(kind: str) -> None:
    content = encoded(noise(), kind)
    prepared = given_file(content[: len(content) // 2])
    found = picture(prepared)
    assert found.width == 400
    assert 100 < found.height < 200
    assert prepared.notes == ("x.jpg arrived incomplete: what is missing cannot be shown",)


def test_of_a_photo_that_comes_in_passes_all_rows_are_shown() -> None:
    content = encoded(noise(), "JPEG", progressive=True)
    assert picture(given_file(content[: len(content) // 2])).size == (400, 300)


def test_after_a_photo_that_was_cut_short_the_next_one_is_judged_as_ever() -> None:
    content = encoded(noise(), "WEBP")
    given_file(encoded(noise(), "PNG")[:100_000])
    assert left_out(content[: len(content) // 2]) == "x.jpg was left out: the picture is damaged"


@pytest.mark.parametrize("content", [jpeg((400, 300))[:300], encoded(noise(), "PNG")[:500], bomb(4000, 3000)])
def test_a_picture_of_which_nothing_is_left_is_left_out(content: bytes) -> None:
    assert left_out(content) == "x.jpg was left out: the picture is damaged"


def test_a_panorama_is_made_smaller_and_not_refused() -> None:
    """A JPEG can be decoded small; its full size is never in memory."""
    panorama = encoded(Image.new("L", (16_000, 3900), 90), "JPEG")
    assert picture(given_file(panorama)).size == (1600, 390)


def described(text: str | bytes, iptc: bytes = b"") -> str:
    data = Image.Exif()
    data[ExifTags.Base.ImageDescription] = text
    content = jpeg(exif=data.tobytes())
    if iptc:
        field = b"\x1c\x02\x78" + struct.pack(">H", len(iptc)) + iptc
        block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(field)) + field + bytes(len(field) % 2)
        content = content[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + content[2:]
    return given_file(content).attachment.caption


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("First frost on the roses", "First frost on the roses"),
        ("  Ann and\n Ben \0", "Ann and Ben"),
        ("Gr\u00fc\u00dfe aus K\u00f6ln".encode(), "Gr\u00fc\u00dfe aus K\u00f6ln"),
        ("Gr\u00fc\u00dfe aus K\u00f6ln".encode("cp1252"), "Gr\u00fc\u00dfe aus K\u00f6ln"),
        ("\u521d\u96ea\u306e\u671d".encode(), "\u521d\u96ea\u306e\u671d"),
        ("OLYMPUS DIGITAL CAMERA", ""),
        ("SONY DSC", ""),
        ("DCIM", ""),
        ("oznor", ""),
        ("My beautiful picture", ""),
        ("Processed with VSCO with a6 preset", ""),
        ("Digital Camera of Ann", ""),
        ("file name of it.jpg", ""),
        ("Created with GIMP", ""),
        ("", ""),
        ("some words " * 90, ("some words " * 28)[:300].strip()),
        ("Turned \u202eround by Ann".encode(), "Turned round by Ann"),
    ],
)
def test_what_a_person_wrote_about_a_photo_is_its_caption(text: str | bytes, caption: str) -> None:
    assert described(text) == caption


def test_the_caption_for_editors_counts_first() -> None:
    assert (
        described("The camera says this", iptc="Frost on the mill \u2013 early".encode())
        == "Frost on the mill \u2013 early"
    )
    assert described("Said in another way", iptc=b"DCIM") == "Said in another way"

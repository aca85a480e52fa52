"""Film: playable wherever it can be, without places and devices, and never lost."""

import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mailpost.attachment import Kind
from mailpost.media.film import MP4
from mailpost.media.strip import boxes, ebml
from mailpost.media.studio import Filmed, NotFilmed, Studio
from tests.boxed import box
from tests.given import CANARY, given_file, left_out, main
from tests.pictures import jpeg
from tests.reels import H264, SCENE, TAGS, TONE, decoded, made

DATES = struct.pack(">II", 0xD0D0D0D0, 0xD1D1D1D1)
TURNED = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
STRAIGHT = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)


def track(handler: bytes, codec: bytes, *tables: bytes, matrix: bytes = STRAIGHT) -> bytes:
    head = box(b"tkhd", bytes(4), DATES, bytes(28), matrix, struct.pack(">HHHH", 64, 0, 48, 0))
    described = (
        [bytes(42), CANARY.ljust(32), b"\0\x18\xff\xff"]
        if handler == b"vide"
        else [b"how to hear it, in fifty or so bytes " * 2]
    )
    return box(
        b"trak",
        head,
        box(b"udta", CANARY),
        box(b"tref", CANARY),
        box(
            b"mdia",
            box(b"mdhd", bytes(4), DATES, struct.pack(">II", 1000, 3000), bytes(4)),
            box(b"hdlr", bytes(8), handler, b"Maker and its name: ", CANARY),
            box(
                b"minf",
                box(b"dinf", box(b"dref", bytes(4), struct.pack(">I", 1), box(b"alis", b"\0\0\0\1", CANARY))),
                box(b"stbl", box(b"stsd", bytes(4), struct.pack(">I", 1), box(codec, *described)), *tables),
            ),
        ),
    )


def film(brand: bytes = b"isom", picture: bytes = b"avc1", sound: bytes = b"mp4a", matrix: bytes = STRAIGHT) -> bytes:
    """A film with a place in every place it has, and a third track that counts places as it goes."""
    begin = box(b"ftyp", brand, bytes(4), brand)
    told = [box(b"udta", box(b"\xa9xyz", CANARY), box(b"meta", CANARY)), box(b"meta", CANARY), box(b"free", CANARY)]
    told += [box(name, CANARY) for name in (b"uuid", b"XMP_", b"skip", b"wide", b"iods", b"what")]

    def moov(first: int) -> bytes:
        steps = [
            box(b"stsz", bytes(4), struct.pack(">II", 0, 2), struct.pack(">II", len(CANARY), len(CANARY))),
            box(b"stsc", bytes(4), struct.pack(">I", 1), struct.pack(">III", 1, 1, 1)),
            box(b"stco", bytes(4), struct.pack(">I", 2), struct.pack(">II", first, first + len(CANARY) + 8)),
        ]
        return box(
            b"moov",
            box(b"mvhd", bytes(4), DATES, struct.pack(">II", 1000, 3000), bytes(80)),
            track(b"vide", picture, matrix=matrix),
            track(b"soun", sound),
            track(b"meta", b"gpmd", *steps),
            *told,
        )

    first = len(begin + moov(0)) + 8 + 8
    return (
        begin
        + moov(first)
        + box(b"mdat", b"pictures", CANARY, b"pictures", CANARY, b"pictures")
        + b"".join(
            box(name, CANARY) for name in (b"uuid", b"free", b"meta", b"pnot", b"PICT", b"emsg", b"prft", b"skcr")
        )
        + CANARY[:7]
    )


@pytest.mark.parametrize(
    ("brand", "type_", "ending"),
    [(b"isom", MP4, "mp4"), (b"M4V ", MP4, "mp4"), (b"qt  ", "video/quicktime", "mov"), (b"3gp5", MP4, "mp4")],
)
def test_a_film_is_blanked_where_it_tells_and_nothing_moves(brand: bytes, type_: str, ending: str) -> None:
    content = film(brand)
    prepared = given_file(content, "x")
    made = main(prepared)
    found = prepared.attachment
    assert (found.kind, found.main.type, found.main.path.rpartition(".")[2]) == (Kind.FILM, type_, ending)
    assert (found.main.width, found.main.height, found.seconds) == (64, 48, 3)
    assert not [told for told in (CANARY, CANARY[:7], DATES[:4], DATES[4:]) if told in made]
    assert (len(made), made.find(b"mdat"), made.count(b"pictures")) == (len(content), content.find(b"mdat"), 3)
    assert made.count(b"how to hear it") == 2
    assert boxes.scrub(made) == made


def test_a_film_that_lies_on_its_side_is_as_high_as_it_is_seen() -> None:
    best = given_file(film(matrix=TURNED)).attachment.main
    assert (best.width, best.height) == (48, 64)


@pytest.mark.parametrize(("picture", "sound"), [(b"hvc1", b"mp4a"), (b"ap4h", b"mp4a"), (b"avc1", b"samr")])
def test_what_browsers_cannot_play_is_a_download_and_its_author_told(picture: bytes, sound: bytes) -> None:
    prepared = given_file(film(b"qt  ", picture, sound), "Sea.mov")
    assert (prepared.attachment.kind, CANARY in main(prepared)) == (Kind.DOCUMENT, False)
    assert prepared.notes == (
        "Sea.mov is offered as a download, since not every browser can play it: this needs the program ffmpeg",
    )


def test_a_film_whose_end_is_missing_keeps_what_arrived() -> None:
    content = film()
    cut = content[: content.index(b"mdat") + 12]
    assert main(given_file(cut)) == boxes.scrub(content)[: len(cut)]


def test_a_box_that_lies_about_its_size_tells_nothing() -> None:
    content = box(b"ftyp", b"isom") + struct.pack(">I", 2**31) + b"moov" + CANARY
    assert boxes.scrub(content) == box(b"ftyp", b"isom").ljust(len(content), b"\0")


def element(id_: str, *inside: bytes, size: bytes | None = None) -> bytes:
    body = b"".join(inside)
    return bytes.fromhex(id_) + (size or (1 << 56 | len(body)).to_bytes(8, "big")) + body


def webm(**sizes: bytes) -> bytes:
    about = ("7ba9", "4461", "73a4", "7384", "3cb923", "3c83ab", "3eb923", "3e83bb", "4444", "4d80", "5741", "ec", "bf")
    info = element("1549a966", element("2ad7b1", b"\x0f\x42\x40"), *(element(id_, CANARY) for id_ in about))
    named = [element(id_, CANARY) for id_ in ("536e", "258688", "7446", "3a9697", "3b4040", "26b240")]
    pixels = element("e0", element("b0", b"\x40"), element("ba", b"\x30"))
    tracks = element("1654ae6b", element("ae", *named, element("86", b"V_VP9"), pixels))
    told = element("1254c367", CANARY * 20) + element("1941a469", CANARY) + element("1043a770", CANARY)
    cluster = element("1f43b675", element("a3", b"pictures"), size=sizes.get("cluster"))
    doctype = element("1a45dfa3", element("4282", b"webm"))
    return doctype + element("18538067", info, tracks, cluster, told, cluster, size=sizes.get("segment")) + CANARY


def test_a_webm_is_blanked_where_it_tells_and_nothing_moves() -> None:
    content = webm()
    prepared = given_file(content, "x.webm")
    made = main(prepared)
    found = prepared.attachment
    assert (found.kind, found.main.type, found.main.width, found.main.height) == (Kind.FILM, "video/webm", 64, 48)
    assert (CANARY in content, CANARY in made) == (True, False)
    assert (len(made), made.count(b"pictures"), made.rfind(b"pictures")) == (
        len(content),
        2,
        content.rfind(b"pictures"),
    )


def test_a_webm_that_was_written_while_it_was_filmed_is_read_too() -> None:
    """A browser's recorder does not know how long its parts will be."""
    unknown = b"\x01" + b"\xff" * 7
    made = main(given_file(webm(segment=unknown, cluster=unknown), "x.webm"))
    assert (CANARY in made, made.count(b"pictures")) == (False, 2)


def test_a_number_of_parts_that_no_film_has_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ebml, "ELEMENTS", 100)
    content = element("1a45dfa3", element("4282", b"webm")) + element("18538067", b"\xec\x80" * 101)
    assert left_out(content, "x.webm") == "x.webm was left out: the film is damaged"


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("ending", "codecs"),
    [
        ("mp4", H264),
        ("mp4", (*H264, "-movflags", "frag_keyframe+empty_moov+default_base_moof")),
        ("mov", H264),
        ("mov", ("-c:v", "prores_ks", "-c:a", "pcm_s16le")),
        ("3gp", (*H264, "-c:a", "aac")),
        ("webm", ("-c:v", "libvpx", "-c:a", "libvorbis")),
        ("mkv", (*H264, "-c:a", "aac")),
        ("avi", ()),
        ("ogv", ("-c:v", "libtheora", "-c:a", "libvorbis")),
    ],
)
def test_every_frame_stays_and_every_place_goes(tmp_path: Path, ending: str, codecs: tuple[str, ...]) -> None:
    content = made(tmp_path / f"given.{ending}", *SCENE, *TONE, "-shortest", *TAGS, *codecs)
    prepared = given_file(content, f"given.{ending}")
    clean = main(prepared)
    assert not [told for told in (b"CANARY", b"52.51", b"kettle") if told in clean]
    assert decoded(tmp_path / f"clean.{ending}", clean) == decoded(tmp_path / f"again.{ending}", content)


class Painted:
    """A program that says what it is asked and answers what it is told."""

    def __init__(self, answer: Filmed | NotFilmed) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def film(self, content: bytes, kind: str) -> Filmed:  # noqa: ARG002 - it has seen it before
        self.asked.append(kind)
        if isinstance(self.answer, NotFilmed):
            raise self.answer
        return self.answer


FILMED = Filmed(b"a film", MP4, jpeg((64, 48), comment=CANARY), 64, 48, 3)


def test_what_the_studio_makes_comes_first_and_then_a_picture_of_it() -> None:
    painted = Painted(FILMED)
    prepared = given_file(film(b"qt  ", b"hvc1"), "Sea.mov", Studio(painted.film))
    found = prepared.attachment
    best, poster = found.renditions
    assert (painted.asked, prepared.notes, found.kind, found.seconds) == (["video/quicktime"], (), Kind.FILM, 3)
    assert (best.type, best.width, best.height, main(prepared)) == (MP4, 64, 48, b"a film")
    assert (poster.type, poster.width, poster.height) == ("image/jpeg", 64, 48)
    assert found.pictures == (poster,)
    assert CANARY not in prepared.files[poster.path]
    assert Image.open(BytesIO(prepared.files[poster.path])).size == (64, 48)


def test_a_film_without_a_picture_of_it_is_still_a_film() -> None:
    for poster in (b"", b"no picture"):
        found = given_file(film(), "Sea.mp4", Studio(Painted(replace(FILMED, poster=poster)).film)).attachment
        assert (found.kind, len(found.renditions), found.pictures) == (Kind.FILM, 1, ())


def test_what_the_studio_cannot_do_is_said_and_the_film_stays_as_it_was_sent() -> None:
    slow = Studio(Painted(NotFilmed("making it playable took too long")).film)
    prepared = given_file(film(b"qt  ", b"hvc1"), "Sea.mov", slow)
    assert (prepared.attachment.kind, CANARY in main(prepared)) == (Kind.DOCUMENT, False)
    assert prepared.notes == (
        "Sea.mov is offered as a download, since not every browser can play it: making it playable took too long",
    )

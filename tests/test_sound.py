"""Sound: every sample stays, every tag goes, and the title becomes the caption."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mailpost.attachment import Kind
from mailpost.media.strip import boxes, chunks, ebml, mp3, ogg
from tests.boxed import box
from tests.given import CANARY, given_file, left_out, main
from tests.pictures import encoded
from tests.reels import TAGS, TONE, decoded, made

FRAME = b"\xff\xfb\x90\x64" + bytes(413)
ENCODED: dict[str, tuple[str, ...]] = {
    "mp3": ("-id3v2_version", "4", "-write_id3v1", "1", "-write_apetag", "1"),
    "m4a": (),
    "ogg": ("-c:a", "libvorbis"),
    "opus": ("-c:a", "libopus"),
    "flac": (),
    "wav": (),
    "aac": ("-write_id3v2", "1"),
    "aiff": ("-write_id3v2", "1"),
    "weba": ("-c:a", "libopus", "-f", "webm"),
}
SERVED = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "weba": "audio/webm",
}


@pytest.mark.ffmpeg
@pytest.mark.parametrize("ending", ENCODED)
def test_every_sample_stays_and_every_tag_goes(tmp_path: Path, ending: str) -> None:
    content = made(tmp_path / f"given.{ending}", *TONE, *TAGS, *ENCODED[ending])
    assert b"CANARY" in content, "the test would prove nothing"
    prepared = given_file(content, f"given.{ending}")
    clean = main(prepared)
    assert not [told for told in (b"CANARY", b"52.51", b"kettle") if told in clean]
    assert decoded(tmp_path / f"clean.{ending}", clean) == decoded(tmp_path / f"again.{ending}", content)
    found = prepared.attachment
    assert found.main.type == SERVED[ending]
    assert found.kind is (Kind.DOCUMENT if ending == "aiff" else Kind.SOUND)
    if ending not in ("aac", "weba"):  # which say neither
        assert (found.caption, found.seconds) == ("The kettle sings", 2)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("ending", ["mp3", "m4a", "flac", "ogg", "opus"])
def test_the_picture_on_the_sleeve_goes_too(tmp_path: Path, ending: str) -> None:
    """It is the size of a photo, and was perhaps taken with a telephone."""
    sleeve = tmp_path / "sleeve.jpg"
    sleeve.write_bytes(encoded(Image.effect_noise((300, 300), 90), "JPEG", comment=CANARY))
    if ending in ("ogg", "opus"):
        content = commented(made(tmp_path / f"plain.{ending}", *TONE, *ENCODED[ending]), sleeve.read_bytes())
    else:
        picture = ("-i", str(sleeve), "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
        content = made(tmp_path / f"given.{ending}", *TONE, *picture, *ENCODED[ending])
    assert CANARY in content, "the test would prove nothing"
    clean = main(given_file(content))
    assert CANARY not in clean
    assert sounds(tmp_path / f"clean.{ending}", clean) == sounds(tmp_path / f"given2.{ending}", content)


def sounds(path: Path, content: bytes) -> list[bytes]:
    """The frames of the sound alone, without the number of their stream."""
    return [line for line in decoded(path, content).splitlines() if line.startswith(b"0,")]


def commented(content: bytes, told: bytes) -> bytes:
    """An Ogg file with a comment as long as `told`, over as many pages as that takes."""
    pages = content.split(b"OggS")[1:]
    first, second, rest = pages[0], pages[1], pages[2:]
    table = second[23 : 23 + second[22]]
    lengths = [0]
    for length in table:
        lengths[-1] += length
        if length < 255:
            lengths.append(0)
    body = second[23 + len(table) :]
    packets = [body[sum(lengths[:n]) : sum(lengths[: n + 1])] for n in range(len(lengths) - 1)]
    magic = 7 if packets[0].startswith(b"\x03vorbis") else 8
    entry = b"METADATA_BLOCK_PICTURE=" + told.replace(b"\0", b"\1")
    packets[0] = packets[0][:magic] + bytes(4) + struct.pack("<II", 1, len(entry)) + entry + b"\x01"
    serial = first[10:14]
    segments: list[bytes] = []
    for packet in packets:
        cut = [packet[at : at + 255] for at in range(0, len(packet) + 1, 255)]
        segments += cut
    out = b"OggS" + first
    number = 1
    for at in range(0, len(segments), 255):
        part = segments[at : at + 255]
        follows = at > 0 and len(segments[at - 1]) == 255
        out += page(b"".join(part), bytes(map(len, part)), serial, number, int(follows))
        number += 1
    for old in rest:
        lacing, head = old[23 : 23 + old[22]], old
        out += page(old[23 + len(lacing) :], lacing, serial, number, head[1], head[2:10])
        number += 1
    return out


def page(body: bytes, lacing: bytes, serial: bytes, number: int, flags: int, granule: bytes = bytes(8)) -> bytes:
    head = b"OggS\0" + bytes([flags]) + granule + serial + struct.pack("<I", number)
    whole = bytearray(head + bytes(4) + bytes([len(lacing)]) + lacing + body)
    whole[22:26] = slow_sum(whole).to_bytes(4, "little")
    return bytes(whole)


def slow_sum(content: bytes | bytearray) -> int:
    """The sum of RFC 3533, bit by bit as it is written there."""
    total = 0
    for byte in content:
        total ^= byte << 24
        for _ in range(8):
            total = (total << 1) ^ (0x04C11DB7 if total & 0x80000000 else 0)
            total &= 0xFFFFFFFF
    return total


@given(st.binary(min_size=1, max_size=60), st.binary(max_size=300))
def test_pages_are_sealed_as_the_standard_says(vendor: bytes, comment: bytes) -> None:
    """Players throw away a page whose sum is wrong, and the sound after it with it."""
    head = b"OpusHead" + bytes(11)
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + bytes(4) + comment + b"CANARY"
    cut = [tags[at : at + 255] for at in range(0, len(tags) + 1, 255)]
    content = page(head, bytes([len(head)]), b"abcd", 0, 2) + page(tags, bytes(map(len, cut)), b"abcd", 1, 0)
    empty = b"OpusTags" + bytes(len(tags) - 8)
    expected = page(head, bytes([len(head)]), b"abcd", 0, 2) + page(empty, bytes(map(len, cut)), b"abcd", 1, 0)
    assert ogg.scrub(content) == expected


def ogg_file(magic: bytes, tags: bytes, serial: bytes = b"abcd") -> bytes:
    return b"".join(
        page(body, bytes([len(body)]), serial, number, 2 if number == 0 else 0)
        for number, body in enumerate((magic.ljust(19, b"\0"), tags, b"sound"))
    )


def test_one_file_behind_another_loses_its_comments_too() -> None:
    """A programme put together with `cat` has the numbers of its streams twice."""
    told, silent = (ogg_file(b"OpusHead", b"OpusTags" + tags) for tags in (CANARY, bytes(len(CANARY))))
    assert ogg.scrub(told + told) == silent + silent


def test_streams_that_are_neither_sound_nor_picture_go() -> None:
    """The skeleton of a file has its date; subtitles may be places."""
    silent = ogg_file(b"OpusHead", b"OpusTags" + bytes(8))
    assert ogg.scrub(ogg_file(b"fishead", CANARY, b"efgh") + silent + ogg_file(b"\x80kate", CANARY, b"ijkl")) == silent


@pytest.mark.ffmpeg
def test_flac_in_ogg_loses_its_comments(tmp_path: Path) -> None:
    content = made(tmp_path / "given.oga", *TONE, *TAGS, "-c:a", "flac")
    clean = main(given_file(content))
    assert (b"CANARY" in content, b"CANARY" in clean) == (True, False)
    assert decoded(tmp_path / "clean.oga", clean) == decoded(tmp_path / "again.oga", content)


@pytest.mark.ffmpeg
def test_a_voice_recorder_that_writes_films_has_recorded_sound(tmp_path: Path) -> None:
    """Telephones put a voice memo into the boxes of a film, and call it so."""
    content = made(tmp_path / "Recording.mp4", *TONE)
    found = given_file(content, "Recording.mp4").attachment
    assert (found.kind, found.main.type, found.main.path.rpartition(".")[2]) == (Kind.SOUND, "audio/mp4", "m4a")


def id3(body: bytes) -> bytes:
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + size + body


def ape(body: bytes) -> bytes:
    def end(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2000, len(body) + 32, 1, flags) + bytes(8)

    return end(0xA0000000) + body + end(0x80000000)


ID3V1 = b"TAG" + CANARY.ljust(125, b"\0")
LYRICS = b"LYRICSBEGIN" + CANARY + str(11 + len(CANARY)).zfill(6).encode() + b"LYRICS200"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (id3(CANARY + bytes(200)) + id3(CANARY), ID3V1),
        (b"", b"TAG+" + CANARY.ljust(223, b"\0") + ID3V1),
        (b"", ape(CANARY)),
        (id3(CANARY) + ape(CANARY), ape(CANARY) + LYRICS + ID3V1),
    ],
    ids=["ID3", "longer ID3v1", "APE", "all of them"],
)
def test_a_song_keeps_its_sound_and_loses_its_tags(before: bytes, after: bytes) -> None:
    prepared = given_file(before + FRAME * 4 + after, "Kettle tune.mp3")
    assert main(prepared) == FRAME * 4
    assert (prepared.attachment.kind, prepared.attachment.main.type) == (Kind.SOUND, "audio/mpeg")


@pytest.mark.parametrize("content", [b"ID3", b"ID3\x04\0\0\0\0\0\x7fID3", id3(b"") + b"ID3"])
def test_a_tag_that_breaks_off_is_no_sound_and_no_trouble(content: bytes) -> None:
    given_file(content, "x.mp3") if mp3.scrub(content) else left_out(content, "x.mp3")


def test_songs_put_one_behind_the_other_lose_the_tags_between_them() -> None:
    one = id3(CANARY) + FRAME * 2 + ape(CANARY) + LYRICS + ID3V1
    assert mp3.scrub(one * 3) == FRAME * 6


def test_sound_that_reads_like_a_tag_stays_sound() -> None:
    for looks in (b"ID3 is what it says", b"ID3\x04\0\0\0\0\0\5", b"TAG" + bytes(125)):
        sound = FRAME + looks + FRAME
        assert mp3.scrub(sound) == sound


def test_tags_without_sound_are_left_out() -> None:
    assert left_out(id3(CANARY), "Song.mp3") == "Song.mp3 was left out: there is no sound in it"


@pytest.mark.parametrize(
    ("title", "caption"),
    [
        ("The kettle sings", "The kettle sings"),
        ("Voice of the sea", "Voice of the sea"),
        ("New Recording 12", ""),
        ("Voice 001", ""),
        ("2026-03-01 12.30", ""),
        ("rec.m4a", ""),
        (f"long {'word ' * 100}", f"long {'word ' * 100}"[:300].strip()),
    ],
)
def test_the_title_is_the_caption_unless_the_recorder_gave_it(title: str, caption: str) -> None:
    frame = b"TIT2" + struct.pack(">IH", len(title) + 1, 0) + b"\3" + title.encode()
    tag = b"ID3\x03\0\0" + bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0)) + frame
    assert given_file(tag + FRAME * 40, "x.mp3").attachment.caption == caption


def test_a_recording_that_was_cut_off_is_whole_again() -> None:
    """The recorder writes the length at the end, if it gets so far."""
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    told = b"LIST" + struct.pack("<I", 4 + len(CANARY)) + b"INFO" + CANARY
    for length in (0, 0xFFFFFFFF, 4000):
        content = b"RIFF\0\0\0\0WAVE" + form + told + b"data" + struct.pack("<I", length) + bytes(1000)
        clean = main(given_file(content, "x.wav"))
        assert clean == b"RIFF" + struct.pack("<I", 1036) + b"WAVE" + form + b"data" + struct.pack("<I", 1000) + bytes(
            1000
        )


SCRUBS: list[tuple[Callable[[bytes], bytes], bytes]] = [
    (boxes.scrub, box(b"ftyp", b"isom") + b"\0\0\0"),
    (ebml.scrub, b"\x1a\x45\xdf\xa3\x84webm\x18\x53\x80\x67"),
    (ogg.scrub, b"OggS"),
    (mp3.scrub, b"ID3"),
    (chunks.wav, b"RIFF0000WAVE"),
    (chunks.aiff, b"FORM0000AIFF"),
    (chunks.avi, b"RIFF0000AVI LIST"),
    (chunks.flac, b"fLaC"),
]


@pytest.mark.parametrize("scrub", SCRUBS, ids=lambda s: f"{s[0].__module__.rpartition('.')[2]}.{s[0].__name__}")
@given(noise=st.binary(max_size=300))
def test_taking_tags_out_of_anything_never_fails(scrub: tuple[Callable[[bytes], bytes], bytes], noise: bytes) -> None:
    clean, begin = scrub
    assert len(clean(begin + noise)) <= len(begin) + len(noise) + 16


STORMS = {
    "boxes": (boxes.scrub, box(b"ftyp", b"isom") + box(b"moov", *[box(b"trak")] * 30_000)),
    "boxes in boxes": (boxes.scrub, b"\0\0\0\0moov" * 100_000),
    "tracks without end": (
        boxes.scrub,
        box(
            b"moov",
            box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stco", bytes(8), bytes(400_000)), box(b"stsz", b"\0" * 4 + b"\x7f" * 8)))))
        ),
    ),
    "elements": (ebml.scrub, b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + b"\xec\x80" * 200_000),
    "pages": (ogg.scrub, (b"OggS" + bytes(23)) * 20_000),
    "OggS": (ogg.scrub, b"OggS" * 100_000),
    "tags": (mp3.scrub, b"ID3\x04\0\0\0\0\0\0" * 50_000),
    "tags behind": (mp3.scrub, FRAME + (b"000000LYRICS200" * 30_000)),
    "tags between": (mp3.scrub, FRAME + b"ID3\x04\0\0\0\0\0\0" * 50_000 + FRAME),
    "tags that are none": (mp3.scrub, FRAME + b"ID3\x04\0\0\0\0\0\x7f" * 50_000),
    "tags behind between": (mp3.scrub, (FRAME + b"000000LYRICS200" * 20 + id3(b"")) * 1000),
    "chunks": (chunks.wav, b"RIFF0000WAVE" + b"LIST\0\0\0\0" * 50_000),
    "lists": (chunks.avi, b"RIFF0000AVI " + b"LIST\xff\xff\xff\xffhdrl" * 300),
    "blocks": (chunks.flac, b"fLaC" + b"\x03\0\0\0" * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("name", STORMS)
def test_a_storm_of_parts_is_over_soon(name: str) -> None:
    """The suite would hang; nobody needs to look at a clock."""
    scrub, content = STORMS[name]
    assert len(scrub(content)) <= len(content) + 16

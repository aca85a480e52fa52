"""The studio that is a program: what it makes of films of every kind, and what cannot be done with it."""

import os
import resource
import signal
import struct
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from mailpost import ffmpeg
from mailpost.child import Children, result
from mailpost.media.film import MP4, WEBM
from mailpost.media.studio import Filmed, NotFilmed, Studio
from mailpost.read import Reading, Rules
from tests.given import given_file
from tests.letters import BLOG, RECEIVED, mixed
from tests.pictures import part
from tests.reels import H264, SCENE, TAGS, TONE, looked_at, made, studio

pytestmark = pytest.mark.ffmpeg

HEVC = ("-c:v", "libx265", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le")
FILMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "an iPhone's": ("video/quicktime", (*HEVC, "-tag:v", "hvc1", "-f", "mov")),
    "a camera's": ("video/quicktime", ("-c:v", "prores_ks", "-c:a", "pcm_s16le", "-f", "mov")),
    "an old camera's": ("video/x-msvideo", ("-f", "avi")),
    "a telephone's": ("video/3gpp", (*H264, "-c:a", "aac", "-f", "3gp")),
    "of a recorder": ("video/x-matroska", (*H264, "-c:a", "libopus", "-f", "matroska")),
    "of Windows": ("video/x-ms-asf", ("-f", "asf")),
    "of a disc": ("video/mpeg", ("-r", "25", "-f", "vob")),
    "of a camcorder": ("video/mp2t", ("-r", "25", "-f", "mpegts")),
    "of the free": ("video/ogg", ("-c:v", "libtheora", "-c:a", "libvorbis", "-f", "ogg")),
    "of the web": ("video/x-flv", ("-ar", "44100", "-f", "flv")),
    "with odd sides": ("video/mp4", ("-c:v", "libx264", "-vf", "scale=63:47", "-pix_fmt", "yuv444p", "-f", "mp4")),
}  # fmt: skip


@pytest.mark.parametrize("name", FILMS)
def test_every_film_becomes_one_that_browsers_play(tmp_path: Path, name: str) -> None:
    kind, options = FILMS[name]
    content = made(tmp_path / "given", *SCENE, *TONE, "-shortest", *TAGS, *options)
    prepared = given_file(content, "x", Studio(studio().film))
    assert prepared.attachment.type == kind
    film, poster = prepared.attachment.renditions
    found = looked_at(tmp_path / "made.mp4", prepared.files[film.path])
    picture, sound = found["streams"]
    assert (picture["codec_name"], picture["pix_fmt"]) == ("h264", "yuv420p")
    assert sound["codec_name"] in ("aac", "mp3")
    assert (film.type, film.width, film.height) == (MP4, *((62, 46) if "odd" in name else (64, 48)))
    assert (poster.type, poster.width, poster.height) == ("image/jpeg", film.width, film.height)
    assert (prepared.attachment.seconds, prepared.notes) == (1, ())
    assert set(found["format"]["tags"]) <= {"major_brand", "minor_version", "compatible_brands"}
    assert b"CANARY" not in prepared.files[film.path]


def pictures(path: Path, content: bytes) -> list[str]:
    """The coded frames of the first stream, by their sums."""
    path.write_bytes(content)
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:v:0",
        "-c",
        "copy",
        "-f",
        "hash",
        "-hash",
        "md5",
        "-",
    ]
    return [subprocess.run(command, check=True, capture_output=True, text=True).stdout]


@pytest.mark.parametrize(
    ("kind", "codecs"), [("mp4", H264), ("mov", H264), ("webm", ("-c:v", "libvpx-vp9")), ("webm", ("-c:v", "libvpx"))]
)
def test_what_browsers_play_is_not_coded_again(tmp_path: Path, kind: str, codecs: tuple[str, ...]) -> None:
    """Only its box is changed: coding costs quality, and a minute where this costs a moment."""
    content = made(tmp_path / f"given.{kind}", *SCENE, *TONE, *codecs)
    found = studio().film(content, {"mov": "video/quicktime", "webm": WEBM}.get(kind, MP4))
    assert found.type == (WEBM if kind == "webm" else MP4)
    ending = found.type.partition("/")[2]
    assert pictures(tmp_path / f"made.{ending}", found.content) == pictures(tmp_path / f"again.{kind}", content)


def test_the_same_film_gives_the_same_bytes(tmp_path: Path) -> None:
    content = made(tmp_path / "given.mov", *SCENE, *TONE, *HEVC)
    assert studio().film(content, "video/quicktime") == studio().film(content, "video/quicktime")


@pytest.mark.parametrize(("sides", "expected"), [("3000x1000", (1920, 640)), ("1000x2200", (872, 1918))])
def test_no_film_is_larger_than_a_screen(tmp_path: Path, sides: str, expected: tuple[int, int]) -> None:
    content = made(tmp_path / "given.mp4", "-f", "lavfi", "-i", f"testsrc=size={sides}:duration=0.2:rate=10", *H264)
    found = studio().film(content, MP4)
    assert (found.width, found.height) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("codecs", [H264, ("-c:v", "mpeg4")], ids=["as it is", "coded again"])
def test_a_film_that_lies_on_its_side_is_shown_upright(tmp_path: Path, codecs: tuple[str, ...]) -> None:
    made(tmp_path / "flat.mp4", *SCENE, *codecs)
    # The way to say it has changed between versions of the program, so it is said in the film itself.
    content = bytearray((tmp_path / "flat.mp4").read_bytes())
    at = content.index(struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30), content.index(b"tkhd"))
    content[at : at + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 48 << 16, 0, 1 << 30)
    found = studio().film(bytes(content), MP4)
    assert (found.width, found.height) == (48, 64)
    assert Image.open(BytesIO(found.poster)).size == (48, 64)


BRIGHT = (
    "zscale=pin=709:tin=709:min=709:rin=tv:p=2020:t=linear:m=gbr:npl=100,format=gbrpf32le,"
    "zscale=t={transfer}:m=2020_ncl:npl=100,format=yuv420p10le"
)


def bright(path: Path, transfer: str, sides: str = "64x48") -> bytes:
    """A film as telephones take it, of colours and brightness that most screens do not have."""
    said = f"log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    scene = ("-f", "lavfi", "-i", f"smptehdbars=size={sides}:duration=0.3:rate=10")
    codec = ("-c:v", "libx265", "-x265-params", said, "-tag:v", "hvc1")
    return made(path, *scene, "-vf", BRIGHT.format(transfer=transfer), *codec)


def strength(poster: bytes) -> float:
    """How strong the colours are, of 255."""
    return ImageStat.Stat(Image.open(BytesIO(poster)).convert("HSV")).mean[1]


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_a_film_for_brighter_screens_keeps_its_colours_on_others(tmp_path: Path, transfer: str) -> None:
    plain = studio().film(
        made(tmp_path / "plain.mp4", "-f", "lavfi", "-i", "smptehdbars=size=64x48:duration=0.3", *H264), MP4
    )
    found = studio().film(bright(tmp_path / "bright.mov", transfer), "video/quicktime")
    (picture,) = looked_at(tmp_path / "made.mp4", found.content)["streams"]
    assert (picture["color_transfer"], picture["color_space"], picture["pix_fmt"]) == ("bt709", "bt709", "yuv420p")
    assert strength(found.poster) > 0.9 * strength(plain.poster)


def test_a_film_whose_tones_cannot_be_mapped_is_a_film_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "TONES", "nofilter")
    found = studio().film(bright(tmp_path / "bright.mov", "arib-std-b67"), "video/quicktime")
    assert (found.type, found.width, found.height) == (MP4, 64, 48)


def test_mapping_tones_takes_no_longer_than_any_film(tmp_path: Path) -> None:
    found = studio().film(bright(tmp_path / "bright.mov", "arib-std-b67", "1920x1080"), "video/quicktime")
    assert (found.width, found.height) == (1280, 720)


def test_silent_films_stay_silent(tmp_path: Path) -> None:
    found = studio().film(made(tmp_path / "given.mov", *SCENE, *HEVC), "video/quicktime")
    assert len(looked_at(tmp_path / "made.mp4", found.content)["streams"]) == 1


@pytest.mark.parametrize("kind", [MP4, "video/mp2t", WEBM])
def test_a_list_of_addresses_that_calls_itself_a_film_is_none(tmp_path: Path, kind: str) -> None:
    """A playlist would make the program fetch what it names, and show us our own files."""
    secret = tmp_path / "secret.ts"
    made(secret, *SCENE, "-f", "mpegts")
    content = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode()
    with pytest.raises(NotFilmed, match="ffmpeg cannot read it"):
        studio().film(content, kind)
    listing = f"ffconcat version 1.0\nfile '{secret}'\n".encode()
    with pytest.raises(NotFilmed, match="ffmpeg cannot read it"):
        studio().film(listing, kind)


@pytest.mark.parametrize("kind", sorted(ffmpeg.READERS))
def test_nonsense_is_no_film(kind: str) -> None:
    with pytest.raises(NotFilmed):
        studio().film(b"nonsense" * 100, kind)


def test_a_film_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    content = made(
        tmp_path / "given.mov", "-f", "lavfi", "-i", "testsrc2=size=1280x720:duration=20:rate=30", "-c:v", "mpeg4"
    )
    with pytest.raises(NotFilmed, match="took too long"):
        studio(0.5).film(content, "video/quicktime")


def test_several_films_of_a_mail_share_its_time(tmp_path: Path) -> None:
    content = made(tmp_path / "given.mp4", *SCENE, *H264)
    one = studio(60)
    assert isinstance(one.film(content, MP4), Filmed)
    one.until = one.clock()
    with pytest.raises(NotFilmed, match="took too long"):
        one.film(content, MP4)


def test_the_limits_of_a_reader_are_enough(tmp_path: Path) -> None:
    """The program lives within the address space of the child that started it."""
    content = made(tmp_path / "given.mov", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:duration=0.5:rate=30", *HEVC)
    (tmp_path / "film").write_bytes(content)
    script = f"""
import resource
from pathlib import Path
from mailpost import ffmpeg
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
print(ffmpeg.studio(60)().film(Path({str(tmp_path / "film")!r}).read_bytes(), "video/quicktime").type)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "video/mp4\n", done.stderr


def test_a_reader_in_its_child_finds_the_program_by_itself(tmp_path: Path) -> None:
    """The whole way: a mail with an iPhone's film, read within the limits of a child, is a post with a player."""
    content = made(tmp_path / "given.mov", *SCENE, *HEVC)
    raw = mixed("mixed", "Content-Type: text/plain\n\nWaves\n", part(content, "video/quicktime; name=IMG_1.MOV"))
    with Children(workers=1, seconds=60, memory=1 << 30, nameservers=["127.0.0.1"]) as readers:
        reading = result(readers.read(raw, "digest", RECEIVED, Rules((BLOG,), trust=True)))
    assert isinstance(reading, Reading)
    assert reading.post is not None
    (film,) = reading.post.attachments
    assert [r.type for r in film.renditions] == [MP4, "image/jpeg"]
    assert ("<video" in reading.post.body, "poster=" in reading.post.body, reading.warnings) == (True, True, ())


def test_a_machine_without_room_keeps_the_film_as_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ffmpeg, "TemporaryFile", full)
    with pytest.raises(NotFilmed, match="no room for it: No space left"):
        studio().film(b"x", MP4)


def test_the_program_dies_with_the_reader_that_started_it() -> None:
    script = """
from mailpost.ffmpeg import _limit
import subprocess
child = subprocess.Popen(["sleep", "60"], preexec_fn=_limit)
print(child.pid, flush=True)
child.wait()
"""
    reader = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    program = int(reader.stdout.readline())
    reader.send_signal(signal.SIGKILL)
    reader.communicate()
    until = time.monotonic() + 10
    while alive(program) and time.monotonic() < until:
        time.sleep(0.02)
    assert not alive(program)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_the_program_there_is_no_studio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert ffmpeg.studio(10) is None
    with pytest.raises(NotFilmed, match="cannot be started"):
        ffmpeg.Ffmpeg("/nowhere/ffmpeg", "/nowhere/ffprobe", 10).film(b"x", MP4)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != ffmpeg.LARGEST

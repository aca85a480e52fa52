"""Films by the program ffmpeg, where it is installed: what browsers play, without metadata, with a picture.

The program is given files without a name and told what is in them, so that it opens nothing else: a list of other
people's addresses that calls itself a film stays a film that cannot be read.
"""

import ctypes
import json
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from mailpost.media.film import MP4, WEBM
from mailpost.media.studio import Filmed, NotFilmed

# What ffmpeg calls the formats, by the media type found in the bytes.
READERS = {
    MP4: "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    WEBM: "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/ogg": "ogg",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/x-ms-asf": "asf",
    "video/x-flv": "flv",
}
# What browsers play: codecs of the picture and of the sound, by the format that holds them.
PLAYED = {
    MP4: ({"h264"}, {"aac", "mp3"}),
    WEBM: ({"vp8", "vp9", "av1"}, {"opus", "vorbis"}),
}
WRITERS = {MP4: ("-f", "mp4", "-movflags", "+faststart"), WEBM: ("-f", "webm")}
PIXELS = {"yuv420p", "yuvj420p"}
LONG, SHORT = 1920, 1080
# Films of a wider range of brightness, as telephones take them, look grey on a screen that knows nothing of it.
BRIGHT = {"arib-std-b67", "smpte2084"}  # HLG, PQ
BRIGHT_LONG, BRIGHT_SHORT = 1280, 720  # in the time that others take at full size
TONES = (
    "zscale=t=linear:npl=100:p=bt709,format=gbrpf32le,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)
LONGEST = 3600.0  # seconds a film may last
LARGEST = 250_000_000  # bytes of a film written
# A thread each for reading and writing, so that the same film gives the same bytes on every machine.
EXACT = ("-threads", "2", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
PICTURE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", "8M", "-bufsize", "16M")
SOUND = ("-c:a", "aac", "-b:a", "128k", "-ac", "2")
# Each thread would set aside 64 MB of addresses for itself, and the reader's limit is shared by all of them.
ALONE = {"MALLOC_ARENA_MAX": "1"}
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True, slots=True)
class Seen:
    """What is in a film: the numbers of its first picture and sound streams, and what they are."""

    picture: int
    codec: str
    pixels: str
    width: int
    height: int
    seconds: float
    sound: int | None
    sound_codec: str
    transfer: str

    @property
    def fits(self) -> bool:
        return max(self.width, self.height) <= LONG and min(self.width, self.height) <= SHORT


class Ffmpeg:
    """The program and how long it may still work on this mail; `clock` counts seconds."""

    def __init__(self, program: str, probe: str, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.program = program
        self.probe = probe
        self.clock = clock
        self.until = clock() + seconds

    def film(self, content: bytes, kind: str) -> Filmed:
        try:
            return self._film(content, READERS[kind])
        except OSError as problem:  # the disk is full, or there is no place for files without a name
            raise NotFilmed(f"this machine has no room for it: {problem.strerror}") from problem

    def _film(self, content: bytes, reader: str) -> Filmed:
        with TemporaryFile() as given, TemporaryFile() as made, TemporaryFile() as poster:
            given.write(content)
            given.flush()
            seen = self._look(given, reader)
            type_ = self._make(given, reader, seen, made)
            # The film that was made says how wide it is, now that it has been turned and reduced.
            now = self._look(made, READERS[type_])
            self._poster(made, READERS[type_], now, poster)
            return Filmed(_all(made), type_, _all(poster), now.width, now.height, max(1, round(now.seconds)))

    def _look(self, given: IO[bytes], reader: str) -> Seen:
        wanted = (
            "stream=index,codec_type,codec_name,pix_fmt,width,height,duration,color_transfer:format=duration"
            ":stream_disposition=attached_pic:stream_side_data=rotation"
        )
        said = self._run(
            [self.probe, "-v", "error", "-of", "json", "-show_entries", wanted, *_from(given, reader)], given
        )
        try:
            return _seen(json.loads(said))
        except (ValueError, KeyError, TypeError, StopIteration) as problem:
            raise NotFilmed("it cannot be read") from problem

    def _make(self, given: IO[bytes], reader: str, seen: Seen, made: IO[bytes]) -> str:
        type_ = next((t for t, (pictures, _) in PLAYED.items() if seen.codec in pictures), MP4)
        pictures, sounds = PLAYED[type_]
        if type_ == WEBM and seen.sound_codec not in ("", *sounds):
            type_, (pictures, sounds) = MP4, PLAYED[MP4]
        as_it_is = seen.codec in pictures and seen.fits and (type_ == WEBM or seen.pixels in PIXELS)
        ways = [("-c:v", "copy")] if as_it_is else [(*PICTURE, "-vf", filter_) for filter_ in _filters(seen)]
        sound = ("-c:a", "copy") if seen.sound_codec in sounds else SOUND
        if not as_it_is and type_ == WEBM:
            type_, sound = MP4, SOUND
        streams = ["-map", f"0:{seen.picture}", *(["-map", f"0:{seen.sound}"] if seen.sound is not None else [])]
        clean = ("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1")
        begin, end = [*self._start(), *_from(given, reader), *streams, *clean], [*sound, *EXACT, *_to(type_, made)]
        for picture in ways[:-1]:
            with suppress(NotFilmed):
                self._run([*begin, *picture, *end], given, made)
                return type_
        self._run([*begin, *ways[-1], *end], given, made)
        return type_

    def _poster(self, made: IO[bytes], reader: str, seen: Seen, poster: IO[bytes]) -> None:
        at = min(1.0, seen.seconds / 3)
        one = ("-frames:v", "1", "-an", "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "mjpeg")
        self._run(
            [*self._start(), "-ss", f"{at:.3f}", *_from(made, reader), *one, *EXACT, "-y", _path(poster)], made, poster
        )

    def _start(self) -> list[str]:
        return [self.program, "-nostdin", "-hide_banner", "-v", "error", "-threads", "2"]

    def _run(self, command: Sequence[str], *files: IO[bytes]) -> bytes:
        left = self.until - self.clock()
        if left <= 0:
            raise NotFilmed("making it playable took too long")
        try:
            done = subprocess.run(  # noqa: S603 - no shell; every word is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[file.fileno() for file in files],
                timeout=left,
                check=False,
                env=ALONE,
                preexec_fn=_limit,  # safe: a reader has one thread
            )
        except subprocess.TimeoutExpired:
            raise NotFilmed("making it playable took too long") from None
        except OSError as problem:
            raise NotFilmed(f"ffmpeg cannot be started: {problem.strerror}") from problem
        if done.returncode:
            raise NotFilmed("ffmpeg cannot read it")
        return done.stdout


def studio(seconds: float) -> Callable[[], Ffmpeg] | None:
    """What makes a studio that may work for this many seconds; None where the program is not installed."""
    program, probe = shutil.which("ffmpeg"), shutil.which("ffprobe")
    if program is None or probe is None:
        return None
    return lambda: Ffmpeg(program, probe, seconds)


def _from(given: IO[bytes], reader: str) -> list[str]:
    return ["-protocol_whitelist", "file", "-f", reader, "-i", _path(given)]


def _to(type_: str, made: IO[bytes]) -> list[str]:
    return [*WRITERS[type_], "-y", _path(made)]


def _path(file: IO[bytes]) -> str:
    return f"/dev/fd/{file.fileno()}"


def _all(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


def _limit() -> None:
    """Between fork and exec: die with the reader that asked, and fill no disk."""
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))


def _filters(seen: Seen) -> list[str]:
    """The best way first: not every ffmpeg can map tones, nor every film be mapped."""
    usual = f"{_scaled(seen, LONG, SHORT)},format=yuv420p"
    return [f"{_scaled(seen, BRIGHT_LONG, BRIGHT_SHORT)},{TONES}", usual] if seen.transfer in BRIGHT else [usual]


def _scaled(seen: Seen, long: int, short: int) -> str:
    """As large as it is, but not larger than a screen; with even sides and square pixels, as players expect them."""
    width, height = (long, short) if seen.width >= seen.height else (short, long)
    return (
        f"scale=w='min({width},iw)':h='min({height},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
        ",setsar=1"
    )


def _seen(said: Mapping[str, Any]) -> Seen:
    streams = said["streams"]
    picture = next(
        s for s in streams if s["codec_type"] == "video" and not s.get("disposition", {}).get("attached_pic", 0)
    )
    sound: Mapping[str, Any] = next((s for s in streams if s["codec_type"] == "audio"), {})
    seconds = float(said.get("format", {}).get("duration") or picture.get("duration") or 0)
    if not 0 <= seconds <= LONGEST:
        raise NotFilmed("it is longer than an hour")
    width, height = int(picture["width"]), int(picture["height"])
    if any(abs(int(side.get("rotation", 0))) % 180 == 90 for side in picture.get("side_data_list", ())):
        width, height = height, width
    return Seen(
        picture=int(picture["index"]),
        codec=str(picture.get("codec_name", "")),
        pixels=str(picture.get("pix_fmt", "")),
        width=width,
        height=height,
        seconds=seconds,
        sound=int(sound["index"]) if sound else None,
        sound_codec=str(sound.get("codec_name", "")),
        transfer=str(picture.get("color_transfer", "")),
    )

"""Sound and film for tests, made and looked at with ffmpeg."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mailpost import ffmpeg
from mailpost.ffmpeg import Ffmpeg

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2")
SCENE = ("-f", "lavfi", "-i", "testsrc=size=64x48:duration=1:rate=10")
TAGS = (
    *("-metadata", "title=The kettle sings", "-metadata", "artist=CANARY", "-metadata", "comment=CANARY"),
    *("-metadata", "location=+52.5163+13.3777/", "-metadata", "com.apple.quicktime.make=CANARY"),
)
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")


def studio(seconds: float = 60) -> Ffmpeg:
    make = ffmpeg.studio(seconds)
    if make is None:
        pytest.skip("ffmpeg is not installed (sh tools/servers.sh, as root)")
    return make()


def made(path: Path, *options: str) -> bytes:
    """A file that ffmpeg writes by these options; its ending says what kind of file."""
    _run("ffmpeg", "-v", "error", "-y", *options, str(path))
    return path.read_bytes()


def decoded(path: Path, content: bytes) -> bytes:
    """What is heard and seen, sample by sample and pixel by pixel."""
    path.write_bytes(content)
    return _run("ffmpeg", "-v", "error", "-i", str(path), "-map", "0", "-f", "framemd5", "-")


def looked_at(path: Path, content: bytes) -> dict[str, Any]:
    """All that a player would find out about a file."""
    path.write_bytes(content)
    said = _run("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path))
    found: dict[str, Any] = json.loads(said)
    return found


def _run(program: str, *options: str) -> bytes:
    if shutil.which(program) is None:
        pytest.skip("ffmpeg is not installed (sh tools/servers.sh, as root)")
    return subprocess.run([program, *options], check=True, capture_output=True, timeout=60).stdout

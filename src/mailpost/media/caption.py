"""What people wrote about a photo or a sound into the file itself, told apart from what their devices write there."""

import re
from contextlib import suppress

from PIL import Image, ImageFile, IptcImagePlugin

from mailpost.sanitise import one_line

LONGEST = 300
DESCRIPTION = 0x010E  # EXIF
IPTC = (2, 120)  # IIM: caption or abstract
FILE_NAME = re.compile(r"\.\w{2,4}$")
UNCASED = re.compile(r"[\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

# How descriptions begin that cameras, programs and editors write by themselves, in lower case.
MACHINES = (
    "camera phone",
    "camera pictures",
    "created by",
    "created with",
    "digital camera",
    "digital still camera",
    "edited with",
    "exif_jpeg",
    "file written by",
    "made with",
    "my beautiful picture",
    "processed with",
    "samsung camera pictures",
    "scanned by",
    "scanned with",
    "shot on",
    "shot with",
    "taken with",
)
# Titles that recorders give by themselves, without their numbers, dates and spaces.
RECORDERS = frozenset(
    ["", "audio", "audiotrack", "memo", "newrecording", "recording", "sound", "track", "untitled", "voice", "voicememo"]
)


def of_photo(image: Image.Image) -> str:
    """The description in EXIF or IPTC, if it reads like one: two words with small letters, or a script without them."""
    written = [_iptc(image), image.getexif().get(DESCRIPTION)]
    return next((line for line in map(_line, written) if _is_description(line)), "")


def of_sound(title: object) -> str:
    """The title in the tags, unless the recorder gave it."""
    line = _line(title)
    letters = "".join(c for c in line.lower() if c.isalpha())
    return "" if letters in RECORDERS or FILE_NAME.search(line) else line


def _iptc(image: Image.Image) -> object:
    if not image.info.get("photoshop") or not isinstance(image, ImageFile.ImageFile):
        return None
    try:
        return (IptcImagePlugin.getiptcinfo(image) or {}).get(IPTC)
    except Exception:  # noqa: BLE001 - damaged blocks raise whatever they like; the picture has its own troubles
        return None


def _line(written: object) -> str:
    """Bytes or text as one clean line. Pillow reads EXIF as Latin-1, where most programs write UTF-8."""
    if isinstance(written, list):
        written = next(iter(written), "")
    if isinstance(written, str):
        with suppress(UnicodeEncodeError):
            written = written.encode("latin-1")
    if isinstance(written, bytes):
        written = _decoded(written)
    if not isinstance(written, str):
        return ""
    return one_line(written.replace("\0", " "))[:LONGEST].strip()


def _decoded(written: bytes) -> str:
    try:
        return written.decode()
    except UnicodeDecodeError:
        return written.decode("cp1252", errors="replace")


def _is_description(line: str) -> bool:
    if line.lower().startswith(MACHINES) or FILE_NAME.search(line):
        return False
    words = sum(any(c.islower() for c in word) for word in line.split())
    return words >= 2 or len(UNCASED.findall(line)) >= 2

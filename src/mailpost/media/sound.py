"""Sound: offered as it is, without the tags that say who made it where."""

from collections.abc import Callable
from io import BytesIO

from tinytag import TinyTag

from mailpost.attachment import Kind
from mailpost.media import caption
from mailpost.media.made import LeftOut, Made, Version
from mailpost.media.strip import boxes, chunks, ebml, mp3, ogg

# By what it is: as what it is served, the ending of its name, what takes the tags out.
FORMATS: dict[str, tuple[str, str, Callable[[bytes], bytes]]] = {
    "audio/mpeg": ("audio/mpeg", "mp3", mp3.scrub),
    "audio/mp4": ("audio/mp4", "m4a", boxes.scrub),
    "audio/ogg": ("audio/ogg", "ogg", ogg.scrub),
    "audio/flac": ("audio/flac", "flac", lambda content: chunks.flac(mp3.scrub(content))),
    "audio/wav": ("audio/wav", "wav", chunks.wav),
    "audio/aac": ("audio/aac", "aac", mp3.scrub),
    "audio/webm": ("audio/webm", "weba", ebml.scrub),
    "audio/aiff": ("audio/aiff", "aiff", chunks.aiff),
    "audio/amr": ("audio/amr", "amr", lambda content: content),  # has no place for tags
}
TYPES = frozenset(FORMATS)
SILENT = frozenset({"audio/aiff", "audio/amr"})  # most browsers cannot play them
LONGEST = 359_999  # seconds


def make(content: bytes, type_: str, name: str) -> Made:
    label = name or "a sound"
    served, ending, scrub = FORMATS[type_]
    try:
        clean = scrub(content)
    except (ValueError, IndexError) as problem:
        raise LeftOut(f"{label} was left out: the sound is damaged") from problem
    if not clean:
        raise LeftOut(f"{label} was left out: there is no sound in it")
    title, seconds = facts(content)
    version = Version(clean, served, ending)
    if type_ in SILENT:
        note = f"{label} is offered as a download: most browsers cannot play it"
        return Made(Kind.DOCUMENT, (version,), title, seconds, (note,))
    return Made(Kind.SOUND, (version,), title, seconds)


def facts(content: bytes) -> tuple[str, int]:
    """The title its author gave it, and how many seconds it lasts; nothing where the tags are not to be read."""
    try:
        tag = TinyTag.get(file_obj=BytesIO(content))
        seconds = float(tag.duration or 0)
    except Exception:  # noqa: BLE001 - of damaged files it raises whatever its parsers felt like
        return "", 0
    return caption.of_sound(tag.title), max(1, round(seconds)) if 0 < seconds < LONGEST else 0

"""Sound: offered as it is, without the tags that say who made it where."""

from mailpost.attachment import Kind
from mailpost.media.boxes import scrub
from mailpost.media.made import Made, Version

ENDINGS = {
    "audio/mpeg": ("audio/mpeg", "mp3"),
    "audio/mp4": ("audio/mp4", "m4a"),
    "audio/x-m4a": ("audio/mp4", "m4a"),
    "audio/m4a": ("audio/mp4", "m4a"),
    "audio/ogg": ("audio/ogg", "ogg"),
    "audio/x-flac": ("audio/flac", "flac"),
    "audio/x-wav": ("audio/wav", "wav"),
    "audio/aac": ("audio/aac", "aac"),
}
TYPES = frozenset(ENDINGS)


def make(content: bytes, type_: str, _name: str) -> Made:
    served, ending = ENDINGS[type_]
    if ending == "mp3":
        content = without_id3(content)
    elif ending == "m4a":
        content = scrub(content)
    return Made(Kind.SOUND, (Version(content, served, ending),))


def without_id3(content: bytes) -> bytes:
    """Cut ID3v2 tags at the beginning and an ID3v1 tag at the end (id3.org); the sound frames stay as they are."""
    while content[:3] == b"ID3" and len(content) > 10:
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte & 0x7F
        footer = 10 if content[5] & 0x10 else 0
        content = content[10 + size + footer :]
    return content[:-128] if content[-128:-125] == b"TAG" else content

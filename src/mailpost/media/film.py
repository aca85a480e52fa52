"""Film: offered as it is, without the boxes that say where and with which device it was taken."""

from mailpost.attachment import Kind
from mailpost.media.boxes import scrub
from mailpost.media.made import Made, Version

ENDINGS = {
    "video/mp4": ("video/mp4", "mp4"),
    "video/x-m4v": ("video/mp4", "mp4"),
    "video/quicktime": ("video/quicktime", "mov"),
    "video/webm": ("video/webm", "webm"),
}
TYPES = frozenset(ENDINGS)


def make(content: bytes, type_: str, _name: str) -> Made:
    served, ending = ENDINGS[type_]
    return Made(Kind.FILM, (Version(content if ending == "webm" else scrub(content), served, ending),))

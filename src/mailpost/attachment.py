"""A file that came with a mail, in the form readers may have it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a reader meets it."""

    PHOTO = "photo"
    SOUND = "sound"
    FILM = "film"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file readers may fetch: `path` contains the digest of its bytes, `size` is in bytes, sides are in pixels."""

    path: str
    type: str
    size: int
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """`name`, `type`, `size` and `sha256` describe what was sent; `renditions` what is offered, the best first.

    `content_id` is the name by which the HTML of the mail refers to it, without angle brackets.
    """

    kind: Kind
    name: str
    type: str
    size: int
    sha256: str
    renditions: tuple[Rendition, ...] = ()
    content_id: str = ""
    caption: str = ""
    seconds: int = field(default=0)

    @property
    def main(self) -> Rendition:
        return self.renditions[0]

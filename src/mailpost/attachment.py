"""A file that came with a mail, in the form readers may have it."""

from dataclasses import dataclass
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

    A film or a document comes first, then the pictures that stand for it: a frame, its first page.
    `content_id` is the name by which the HTML of the mail refers to it, without angle brackets.
    `caption` is what its author wrote into the file itself; `seconds` is how long it plays, 0 where nobody knows.
    """

    kind: Kind
    name: str
    type: str
    size: int
    sha256: str
    renditions: tuple[Rendition, ...] = ()
    content_id: str = ""
    caption: str = ""
    seconds: int = 0

    @property
    def main(self) -> Rendition:
        return self.renditions[0]

    @property
    def pictures(self) -> tuple[Rendition, ...]:
        """What can be shown as a picture, the best first: of a film a frame, of a PDF the first page."""
        return tuple(r for r in self.renditions if r.type.startswith("image/"))

"""What every maker of media gives back."""

from dataclasses import dataclass

from mailpost.attachment import Kind


class LeftOut(Exception):
    """This file is not published; the text says why, for the author."""


@dataclass(frozen=True, slots=True)
class Version:
    """One file of several that show the same thing; `ending` is that of its name."""

    content: bytes
    type: str
    ending: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """The best version first. `notes` are sentences for the author, about what is not as it was sent."""

    kind: Kind
    renditions: tuple[Version, ...]
    caption: str = ""
    seconds: int = 0
    notes: tuple[str, ...] = ()

"""What the shell lends to those who make media: a program for films, and a place where work may break.

Without a shell there is no program, and what breaks, breaks us: the limits of the reader hold in any case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


class NotFilmed(Exception):
    """The program could not do it; the text says why."""


class Broke(Exception):
    """The work broke off or did not end in its time; the text says which."""


@dataclass(frozen=True, slots=True)
class Filmed:
    """A film that browsers play, as `video/mp4` or `video/webm`; `poster` is a JPEG, or empty."""

    content: bytes
    type: str
    poster: bytes
    width: int
    height: int
    seconds: int


class Apart(Protocol):
    def __call__(self, work: Callable[..., T], /, *args: object) -> T:
        """What `work` returns or raises. Raises `Broke` where it does neither."""


def no_program(content: bytes, kind: str) -> Filmed:  # noqa: ARG001 - what the program would be given
    raise NotFilmed("this needs the program ffmpeg")


def at_once(work: Callable[..., T], /, *args: object) -> T:
    return work(*args)


@dataclass(frozen=True, slots=True)
class Studio:
    """`film` makes of a film of this media type one without metadata that browsers play, or raises `NotFilmed`."""

    film: Callable[[bytes, str], Filmed] = no_program
    apart: Apart = at_once

"""What the shell lends to those who make media: a program for films, a way to the web, and a place where work may break.

Without a shell there is no program and no web, and what breaks, breaks us: the limits of the reader hold in any case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from mailpost.attachment import Attachment

T = TypeVar("T")


class Remote(StrEnum):
    """What becomes of pictures that did not come with the mail but stand on the web."""

    DROP = "drop"
    LINK = "link"
    FETCH = "fetch"


class NotFilmed(Exception):
    """The program could not do it; the text says why."""


class NotFetched(Exception):
    """It could not be had from the web; the text says why."""


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


def no_web(url: str) -> bytes:  # noqa: ARG001 - what would be asked for
    raise NotFetched("nothing is fetched for a mail that nobody has vouched for")


def at_once(work: Callable[..., T], /, *args: object) -> T:
    return work(*args)


@dataclass(frozen=True, slots=True)
class Studio:
    """`film` makes of a film of this media type one without metadata that browsers play, or raises `NotFilmed`.

    `fetch` gives what stands at an address on the web, or raises `NotFetched`. `shown` is what the post shows already,
    where its mail is read again: what was fetched then is not asked for again, since it may have gone.
    """

    film: Callable[[bytes, str], Filmed] = no_program
    apart: Apart = at_once
    remote: Remote = Remote.DROP
    fetch: Callable[[str], bytes] = no_web
    shown: tuple[Attachment, ...] = ()

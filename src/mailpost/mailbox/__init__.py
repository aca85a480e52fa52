"""Where mail waits.

The port: what every source of mail promises. A source is one module here with `Settings` and `open`; the `kind` of a
mailbox in the configuration is the module's name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of a mail; it is filed under this name."""

    PUBLISHED = "published"
    DRAFT = "draft"
    HELD = "held"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail as the mailbox has it.

    `key` names it in its mailbox for as long as the mailbox keeps its promises (IMAP: UIDVALIDITY and UID).
    `size` is in bytes; where it is more than is allowed, `raw` is the header block alone.
    """

    key: str
    raw: bytes
    size: int
    received: datetime | None
    whole: bool = True


class Mailbox(Protocol):
    """All methods raise `Temporary` where waiting may help. One mailbox is used by one thread, `wait` by another."""

    @property
    def stays(self) -> bool:
        """Whether mails that were settled go on waiting, so that only their keys tell them from new ones."""

    def waiting(self) -> list[str]:
        """The keys of all mails that lie there, the oldest first; looking changes nothing."""

    def fetch(self, keys: Sequence[str]) -> Iterator[Incoming]:
        """These mails as far as they still exist; fetching changes nothing."""

    def settle(self, done: Sequence[tuple[str, Outcome]]) -> None:
        """File mails by what became of them. Never deletes; settling twice is the same as once."""

    def wait(self, seconds: float) -> bool:
        """Return True as soon as there may be something new, False after some time of quiet."""

    def close(self) -> None:
        """Let go of everything, from whichever thread; a waiting thread returns."""

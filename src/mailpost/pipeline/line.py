"""What the line works with, and where it keeps things."""

import secrets
from base64 import b32encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailpost.child import Children
from mailpost.files import Files
from mailpost.post import Post
from mailpost.read import Rules
from mailpost.store import Question, Store

ASKED = timedelta(hours=48)  # for how long an answer counts


@dataclass(frozen=True, slots=True)
class Line:
    """What the line works with.

    `kept` holds the raw mails and `media` what is shown of them; readers see neither. `children` are started when the
    first mail is to be read. `targets` says to whom a post is copied, and after how many seconds.
    """

    store: Store
    kept: Files
    media: Files
    children: Callable[[], Children]
    rules: Rules
    targets: Callable[[Post], Mapping[str, float]]
    clock: Callable[[], datetime]

    def question(self) -> Question:
        """A new one: whoever can answer it reads the mail of the author it is put to."""
        token = b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
        return Question(token, self.clock() + ASKED)


def raw_path(digest: str) -> str:
    return f"raw/{digest[:2]}/{digest[2:]}.eml"


def now() -> datetime:
    """The clock of the shell; everything below is told the time."""
    return datetime.now(UTC)

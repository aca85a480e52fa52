"""What is known.

The port: what every store promises. Each method is one transaction, and a method that returns has been kept. An
engine is one module here with `Settings` and `open`; the statements are the same for all (`statements.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from mailpost.errors import Reason
from mailpost.post import Post, Status


class State(StrEnum):
    """Where a mail stands.

    `RECEIVED` is on its way, `HELD` waits for a decision, `ANSWER` is one, `IGNORED` is not for us and stays put.
    """

    RECEIVED = "received"
    PUBLISHED = "published"
    DRAFT = "draft"
    DUPLICATE = "duplicate"
    HELD = "held"
    REFUSED = "refused"
    ANSWER = "answer"
    IGNORED = "ignored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail whose bytes are kept: `key` names it in its mailbox, `digest` is that of its bytes, `size` in bytes."""

    mailbox: str
    key: str
    digest: str
    size: int
    received: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is put to an author about a mail that is held: whoever knows `token` may answer, before `until`."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A post and the mail it was: `targets` are those a copy is owed to, with the seconds to wait before.

    Each of `fingerprints` may make one post; `per_day` is how many of the author's mails that arrive within a day may,
    0 for all. Where it must be held, `question` is put. `was` is the state that was decided about: a mail that somebody
    else has decided about since stays as it is.
    """

    mail: int
    post: Post
    targets: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    per_day: int = 0
    question: Question | None = None
    was: State | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and what became of it, for people to look at."""

    id: int
    mailbox: str
    key: str
    digest: str
    size: int
    received: datetime | None
    seen: datetime
    state: State
    reason: str
    detail: str
    attempts: int
    blog: str
    author: str
    post: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What has come since the site was drawn: posts, the names of their tags, their months and the earliest moment.

    `sound` says that one of them has sound, or had.
    """

    revision: int
    posts: frozenset[str]
    tags: frozenset[str]
    months: frozenset[str]
    earliest: datetime | None
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A post as lists need it."""

    id: str
    path: str
    title: str
    published: datetime
    status: Status


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something owed to a target because of a post; `again` says that an earlier attempt may have got through."""

    id: int
    post: str
    blog: str
    target: str
    attempts: int
    again: bool


class Store(Protocol):
    """Raises `Temporary` where waiting may help."""

    # --- mails ---
    def known(self, mailbox: str, keys: Sequence[str]) -> dict[str, State]:
        """The state of those keys that are known."""

    def arrive(self, arrivals: Sequence[Arrival], now: datetime) -> list[tuple[int, int, State]]:
        """Record mails and one more attempt at each; return id, attempts and state.

        A mail whose bytes became a post by another key is a duplicate at once.
        """

    def accept(self, accepted: Sequence[Accepted], now: datetime) -> list[State]:
        """Keep posts, what they set in motion and the states of their mails, all together; return these states.

        A post that is there already is left as it is, and its mail is a duplicate; so is one whose signature has made
        a post of the same blog.
        """

    def close_mail(
        self,
        mail: int,
        state: State,
        reason: Reason,
        detail: str,
        blog: str = "",
        author: str = "",
        question: Question | None = None,
    ) -> None:
        """Say what became of a mail that is no post, and what its author is asked about it."""

    def drop(self, mail: int, detail: str) -> bool:
        """Decide that a mail which is held will be no post. False where it is not held any more."""

    def mail(self, id_: int) -> Mail | None: ...

    def question(self, mail: int) -> Question | None:
        """What was asked about a mail, while it is held."""

    def asked(self, token: str, now: datetime) -> Mail | None:
        """The mail about which this is asked and not decided."""

    def put_back(self, mail: int) -> None:
        """Forget one attempt: it was not the mail's fault."""

    def mails(self, *, state: State | None, limit: int) -> list[Mail]:
        """The newest first."""

    def tally(self) -> dict[State, int]:
        """How many mails are in each state."""

    # --- posts ---
    def post(self, id_: str) -> Post | None: ...

    def named(self, name: str, *, limit: int) -> list[Post]:
        """Posts that a person calls so: by the beginning of their id, or by their path."""

    def mail_of(self, post: str) -> Mail | None:
        """The mail that a post was made of."""

    def rewrite(self, post: Post, warnings: Sequence[str]) -> bool:
        """Keep another reading of its mail: body, text, summary, files, what was trimmed, when that was, the warnings.

        Everything else stays as it is kept. False where there is no such post.
        """

    def some(self, ids: Sequence[str]) -> list[Post]:
        """These posts as far as they exist, the oldest first."""

    def posts(self, blog: str, *, limit: int) -> list[Post]:
        """Of any status, the newest first."""

    def ids(self, blog: str, statuses: Sequence[Status], *, first: int, limit: int) -> list[str]:
        """The ids of posts of some statuses, counted from the oldest."""

    def newest(self, blog: str, *, limit: int, sound: bool = False) -> list[Post]:
        """Published posts, the newest first; with `sound` those that have some."""

    def page(self, blog: str, *, first: int, limit: int, tag: str = "", month: str = "") -> list[Post]:
        """Published posts counted from the oldest, which is 0; of one tag, or of one month like 2026-11."""

    def count(self, blog: str, *, tag: str = "", month: str = "", before: datetime | None = None) -> int:
        """How many posts are published: of one tag, or of one month; before a moment."""

    def beside(self, post: Post) -> tuple[Listed | None, Listed | None]:
        """The published posts just before and just after this one."""

    def months(self, blog: str) -> list[tuple[str, int]]:
        """Months with published posts and how many, the newest first."""

    def tags(self, blog: str) -> list[tuple[str, str, int]]:
        """Names, labels and numbers of the tags of published posts, by name."""

    # --- drawing ---
    def changes(self, blog: str) -> Change | None:
        """What has not been drawn yet, or None."""

    def revision(self, blog: str) -> int:
        """The number of the last change, drawn or not."""

    def drawn(self, blog: str, revision: int, look: str) -> None:
        """Remember up to where, and in which look, the site has been drawn."""

    def look(self, blog: str) -> str:
        """The look in which the site was drawn last, or nothing."""

    def alone(self, name: str, seconds: float) -> AbstractContextManager[bool]:
        """Hold a name against all other processes, waiting for it so long; gives whether that worked."""

    # --- what is owed ---
    def claim(self, now: datetime, lease: float, resting: Collection[str] = ()) -> Delivery | None:
        """Take one due delivery for `lease` seconds; what is not ended by then comes back with `again`.

        None for targets that are `resting`.
        """

    def sent(self, delivery: int, remote: str) -> None: ...

    def try_later(self, delivery: int, due: datetime, error: str, *, maybe_done: bool) -> None: ...

    def give_up(self, delivery: int, error: str) -> None: ...

    def deliveries(self) -> dict[str, int]:
        """How many deliveries are in each state."""

    def close(self) -> None: ...

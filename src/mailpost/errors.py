"""The kinds of trouble, named by who has to act."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a mail did not simply become a post: the sentence that people read."""

    # the header gate
    CONTROLS = "the header contains control characters, which honest mail programs do not send"
    HEADER_NAME = "a header field has a malformed name"
    HEADER_SIZE = "the header is too large or has too many fields"
    DOUBLED = "a header field that may occur once occurs twice"
    SENDER_FORM = "the sender is not one plain address"
    # who may post
    STRANGER = "the sender is not an author of this blog"
    ELSEWHERE = "not addressed to any blog of this configuration; left where it was"
    AUTOMATIC = "sent by a program (bounce, vacation notice, mailing list or receipt), not by a person"
    UNPROVEN = "nothing proves that the author really sent this"
    FORGED = "the receiving mail server says that this does not come from the author"
    SECRET_MISSING = "the secret address of this author was not used"  # noqa: S105 - a sentence
    SECRET_EXPIRED = "the secret address that was used is not valid any more"  # noqa: S105 - a sentence
    ASK = "this author wants to be asked about every mail"
    STALE = "its date is too far from the time it arrived, so it may be a replay"
    MANY = "this author has sent more posts within a day than `posts_per_day` allows"
    # what somebody decided about it
    ANSWERED = "an answer to a question of mailpost's"
    DECIDED = "the question it answers is not known, was decided before, or is more than two days old"
    WORD = "an answer begins with one of the words publish, draft and discard"
    DROPPED = "it was decided not to publish it"
    # what may be in it
    TOO_BIG = "larger than this mailbox allows; it was not downloaded"
    STRUCTURE = "its parts are too many or too deeply nested"
    PIECES = "it is a fragment or a pointer to content elsewhere"
    EMPTY = "there is nothing in it to publish"
    HELP = "it asked for help, which mailpost cannot send yet; docs/writing.md says what a mail can do"
    # what happened to it
    DUPLICATE = "the same mail was already received"
    REPLAYED = "a mail with the same signature is a post already"
    LOOKALIKE = "another mail with the same Message-ID and other content was already received"
    WAITED = "for a day, it could not be judged"
    TIMEOUT = "reading it took too long"
    CRASH = "reading it needed more memory than allowed or broke the reader"
    GAVE_UP = "reading it failed three times"
    LOST = "the mail is not kept any more, or not as it came"
    BUG = "mailpost made a mistake while reading it; the log has the details"


class Refused(Exception):
    """This mail will not become a post. `blog` and `author` are the names of whose it claims to be, where that is known."""

    held = False

    def __init__(self, reason: Reason, detail: str = "", *, blog: str = "", author: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.blog = blog
        self.author = author

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else str(self.reason)


class Held(Refused):
    """This mail waits until the real author, or the operator, has decided."""

    held = True


class Temporary(Exception):
    """Waiting helps: this stage ends and the next round tries again.

    `retry_after` is in seconds; `maybe_done` says that the effect may have taken place.
    """

    def __init__(self, what: str, *, retry_after: float | None = None, maybe_done: bool = False) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class Rejected(Exception):
    """The other side said no for good; the operator may look."""


class ConfigError(Exception):
    """The configuration is wrong; nothing was touched. Holds every problem at once."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

"""A kept mail read again: that of a post, whole or trimmed, and one that was held, once somebody has decided."""

import hashlib
import traceback
from dataclasses import replace

from mailpost import child
from mailpost.attachment import Attachment
from mailpost.errors import Reason, Refused, Temporary
from mailpost.log import logger
from mailpost.pipeline.line import Line, raw_path
from mailpost.post import Post, Status
from mailpost.read import Reading, Word
from mailpost.store import Accepted, Mail, State


def read_again(post: Post, line: Line, *, whole: bool) -> Post:
    """Read the mail of a post again, whole or trimmed, and keep what it says and shows now. Twice is the same as once.

    Title, address, tags, date and status stay. Raises `Refused` where the mail cannot be had or read.
    """
    mail = line.store.mail_of(post.id)
    if mail is None:
        raise Refused(Reason.LOST)
    made, reading = _post(mail, line, blog=post.blog, author=post.author, whole=whole, shown=post.attachments)
    says = {name: getattr(made, name) for name in ("body", "text", "summary", "attachments", "trimmed")}
    made = replace(post, **says)
    if made != post:
        made = replace(made, updated=line.clock().replace(microsecond=0))
        line.media.put_all(reading.files.items())
        line.store.rewrite(made, reading.warnings)
        logger().info("mail read again", mail=mail.id, post=post.id, whole=whole)
    return made


def release(mail: Mail, line: Line, *, blog: str, author: str, draft: bool = False) -> State:
    """Make a post of a mail that was not let through by itself; return what it is now. Twice is the same as once.

    Where somebody else has decided meanwhile, that stands. Raises `Refused` where the mail cannot be had or read; it stays
    as it is then.
    """
    if mail.reason == Reason.TOO_BIG:
        raise Refused(Reason.TOO_BIG, mail.detail)
    # A second mail with the Message-ID of a post can only be a post under another name.
    anew = mail.reason == Reason.LOOKALIKE
    made, reading = _post(mail, line, blog=blog, author=author, anew=anew)
    if draft:
        made = replace(made, status=Status.DRAFT)
    line.media.put_all(reading.files.items())
    question = line.store.question(mail.id)
    accepted = Accepted(mail.id, made, line.targets(made), reading.warnings, question=question, was=mail.state)
    [state] = line.store.accept([accepted], line.clock())
    if state is State.HELD and not anew:
        again = replace(mail, state=state, reason=Reason.LOOKALIKE)
        return release(again, line, blog=blog, author=author, draft=draft)
    logger().info("mail released", mail=mail.id, state=str(state), post=made.id)
    return state


def answered(reading: Reading, line: Line) -> tuple[State, Reason, str]:
    """Do what an author's answer says; return what becomes of the answer itself."""
    answer = reading.answer
    assert answer is not None
    mail = line.store.asked(answer.token, line.clock())
    if mail is None or (mail.blog, mail.author) != (reading.blog, reading.author):
        return State.REFUSED, Reason.DECIDED, ""
    try:
        if answer.word is Word.DISCARD:
            done, detail = line.store.drop(mail.id, "by answer"), "was dropped"
        else:
            state = release(mail, line, blog=mail.blog, author=mail.author, draft=answer.word is Word.DRAFT)
            done, detail = state is not State.REFUSED, f"is {state}"
    except Refused as refusal:
        return State.REFUSED, refusal.reason, f"mail {mail.id}; {refusal.detail}".rstrip("; ")
    # Another answer, or the operator, may have been faster.
    return (State.ANSWER, Reason.ANSWERED, f"mail {mail.id} {detail}") if done else (State.REFUSED, Reason.DECIDED, "")


def _post(
    mail: Mail,
    line: Line,
    *,
    blog: str,
    author: str,
    whole: bool = False,
    anew: bool = False,
    shown: tuple[Attachment, ...] = (),
) -> tuple[Post, Reading]:
    """Read the kept bytes of a mail as this author's. Raises `Refused`."""
    raw = line.kept.get(raw_path(mail.digest))
    if raw is None or hashlib.sha256(raw).hexdigest() != mail.digest:
        raise Refused(Reason.LOST, raw_path(mail.digest))
    future = line.children().read_again(
        raw, mail.digest, mail.received, line.rules, blog=blog, author=author, whole=whole, anew=anew, shown=shown
    )
    try:
        reading = child.result(future)
    except Temporary:
        raise
    except Exception as bug:
        raise Refused(report(bug, mail.mailbox, mail.id), type(bug).__name__) from bug
    if isinstance(reading, Reason):
        raise Refused(reading)
    if reading.post is None:
        raise Refused(reading.reason or Reason.BUG, reading.detail)
    return reading.post, reading


def report(bug: Exception, box: str, mail: int) -> Reason:
    """Log a mistake of ours; return the reason its mail gets."""
    trace = "".join(traceback.format_exception(bug)[-3:])
    logger().error("mail failed", mailbox=box, mail=mail, error=type(bug).__name__, trace=trace)
    return Reason.BUG

"""May this mail become a post, and whose?

Decided on the envelope and what vouches for it, before anything in the body is opened.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailpost.author import Author, Require
from mailpost.blog import Blog
from mailpost.envelope import Envelope
from mailpost.errors import Held, Reason, Refused, Temporary
from mailpost.proof import Verdict, names_blog

EARLY = timedelta(hours=1)
LATE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Permit:
    """Who may post what: the blog and author, the flags of the address, and what vouched for it."""

    blog: Blog
    author: Author
    flags: frozenset[str]
    by: str


def address_of(envelope: Envelope, blogs: Iterable[Blog], own: str) -> tuple[Blog, tuple[str, ...]]:
    """Return the blog a mail was sent to and the tags after the plus sign of its address.

    The servers' own words come first, then To and Cc; `own` names the blog of the mailbox itself, or is empty.
    """
    blogs = list(blogs)
    found: Blog | None = None
    tags: list[str] = []
    for address in (*envelope.delivered_to, *envelope.recipients):
        local, _, domain = address.partition("@")
        name, *rest = local.split("+")
        blog = next((b for b in blogs if f"{name}@{domain}" in b.addresses), None)
        if blog is None or (found is not None and blog is not found):
            continue
        found = blog
        tags += [tag for tag in rest if tag not in tags]
    found = found or next((b for b in blogs if b.name == own), None)
    if found is None:
        raise Refused(Reason.ELSEWHERE)
    return found, tuple(tags)


def authorise(envelope: Envelope, blogs: Iterable[Blog], own: str, prove: Callable[[], Verdict]) -> Permit:
    """Return who may post this. `prove` is asked only where its answer matters: it may cost DNS look-ups."""
    blog, tags = address_of(envelope, blogs, own)
    if envelope.automatic:
        raise Refused(Reason.AUTOMATIC, envelope.automatic)
    if envelope.sender in blog.addresses:
        raise Refused(Reason.AUTOMATIC, "from the blog's own address")
    if not envelope.sender:
        raise Held(Reason.SENDER_FORM)
    author = next((a for a in blog.authors if envelope.sender in a.addresses), None)
    if author is None:
        raise Refused(Reason.STRANGER)

    secret = any(hmac.compare_digest(tag.encode(), known.encode()) for tag in tags for known in author.secrets)
    flags = frozenset(tag for tag in tags if tag not in author.secrets)
    if author.require is Require.ASK:
        raise Held(Reason.ASK)
    if author.require in (Require.SECRET, Require.BOTH) and not secret:
        raise Held(Reason.SECRET_MISSING)
    if secret and author.require in (Require.SECRET, Require.EITHER):
        return Permit(blog, author, flags, "secret address")
    return Permit(blog, author, flags, _proven(envelope, blog, prove()) + (" and secret address" if secret else ""))


def trusted(envelope: Envelope, blogs: Iterable[Blog], own: str) -> Permit:
    """The same without asking who sent it: for trying mails out."""
    blogs = list(blogs)
    try:
        blog, tags = address_of(envelope, blogs, own)
    except Refused:
        blog, tags = blogs[0], ()
    author = next((a for a in blog.authors if envelope.sender in a.addresses), None) or blog.authors[0]
    return Permit(
        blog, author, frozenset(tag for tag in tags if tag not in author.secrets), "trusted on the command line"
    )


def _fresh(sent: datetime | None, received: datetime) -> bool:
    """An old mail that comes again may have been caught and sent on by somebody else."""
    return sent is not None and -LATE <= sent - received <= EARLY


def _proven(envelope: Envelope, blog: Blog, verdict: Verdict) -> str:
    if verdict.temporary:
        raise Temporary("the sender's keys could not be looked up")
    if verdict.failed or verdict.contradiction:
        # Even beside a sound signature: somebody who writes verdicts in a server's name is up to something.
        raise Held(Reason.FORGED, verdict.weak)
    if not verdict.passed:
        raise Held(Reason.UNPROVEN, verdict.weak)
    if not names_blog(verdict, envelope, blog.addresses):
        raise Held(Reason.UNPROVEN, "the blog is not among the signed recipients")
    if envelope.received is not None and not _fresh(envelope.sent, envelope.received):
        raise Held(Reason.STALE)
    return verdict.by

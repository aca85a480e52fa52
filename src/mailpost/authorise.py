"""May this mail become a post, and whose?

Decided on the envelope and what vouches for it, before anything in the body is opened.
"""

import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailpost.author import Author, Require
from mailpost.blog import Blog
from mailpost.envelope import Envelope
from mailpost.errors import Held, Reason, Refused, Temporary
from mailpost.proof import Verdict, names_blog, untagged

EARLY = timedelta(hours=1)
LATE = timedelta(days=7)
# The tag of the address to which an author answers a question; 128 bits in base 32.
ANSWER = re.compile(r"answer-([a-z2-7]{26})")


@dataclass(frozen=True, slots=True)
class Permit:
    """Who may post what: the blog and author, the flags of the address, and what vouched for it.

    `token` makes it an answer to the question of that name, and no post. `fingerprints` are those of its signatures.
    """

    blog: Blog
    author: Author
    flags: frozenset[str]
    by: str
    token: str = ""
    fingerprints: tuple[str, ...] = ()


def address_of(envelope: Envelope, blogs: Iterable[Blog], own: str) -> tuple[Blog, tuple[str, ...]]:
    """Return the blog a mail was sent to and the tags after the plus sign of its address.

    The servers' own words come first, then To and Cc; `own` names the blog of the mailbox itself, or is empty.
    """
    blogs = list(blogs)
    found: Blog | None = None
    tags: list[str] = []
    for address in (*envelope.delivered_to, *envelope.recipients):
        blog = next((b for b in blogs if untagged(address) in b.addresses), None)
        if blog is None or (found is not None and blog is not found):
            continue
        found = blog
        tags += [tag for tag in _tags(address) if tag not in tags]
    found = found or next((b for b in blogs if b.name == own), None)
    if found is None:
        raise Refused(Reason.ELSEWHERE)
    return found, tuple(tags)


def concerns(header: bytes, blogs: Iterable[Blog], own: str) -> bool:
    """Whether a mail may be for one of these blogs, by a glance: its header block is not to be read."""
    header = header.lower()
    named = (address.encode().split(b"@") for blog in blogs for address in blog.addresses)
    return bool(own) or any(local in header and b"@" + domain in header for local, domain in named)


def authorise(envelope: Envelope, blogs: Iterable[Blog], own: str, prove: Callable[[], Verdict]) -> Permit:
    """Return who may post this. `prove` is asked only where its answer matters: it may cost DNS look-ups."""
    blogs = list(blogs)
    blog, tags = address_of(envelope, blogs, own)
    if envelope.automatic:
        raise Refused(Reason.AUTOMATIC, envelope.automatic)
    if not envelope.sender:
        raise Held(Reason.SENDER_FORM)
    author = next((a for a in blog.authors if envelope.sender in a.addresses), None)
    # Whoever has one mailbox only writes from it to itself, and is an author of that address. What we send says so itself.
    if author is None and any(envelope.sender in each.addresses for each in blogs):
        raise Refused(Reason.AUTOMATIC, "from a blog's own address")
    if author is None:
        leaked = [a.name for a in blog.authors if _secrets(tags, a)]
        raise Refused(Reason.STRANGER, f"who knows a secret address of {leaked[0]}" if leaked else "")
    token = next((match[1] for tag in tags if (match := ANSWER.fullmatch(tag))), "")
    if token:
        # Whoever has it reads the mail of the author it was sent to.
        return Permit(blog, author, frozenset(), "the address it answers to", token)
    try:
        by, verdict = _vouched(envelope, blog, author, tags, prove)
    except Held as held:
        raise Held(held.reason, held.detail, blog=blog.name, author=author.name) from None
    if verdict.covered:
        # Whoever catches a signed mail can put another address before it.
        signed = [address for address in verdict.covered if untagged(address) in blog.addresses]
        tags = tuple(tag for tag in tags if any(tag in _tags(address) for address in signed))
    flags = frozenset(tag for tag in tags if tag not in author.secrets)
    return Permit(blog, author, flags, by, fingerprints=verdict.fingerprints)


def _vouched(
    envelope: Envelope, blog: Blog, author: Author, tags: Iterable[str], prove: Callable[[], Verdict]
) -> tuple[str, Verdict]:
    """What vouches for the author, as the author's word asks for it, and the proof where one was asked for."""
    if author.require is Require.ASK:
        raise Held(Reason.ASK)
    used = _secrets(tags, author)
    valid = [secret for secret in used if not _ended(author, secret, envelope.received)]
    if author.require in (Require.SECRET, Require.BOTH) and not valid:
        raise Held(Reason.SECRET_EXPIRED if used else Reason.SECRET_MISSING)
    if valid and author.require in (Require.SECRET, Require.EITHER):
        return "secret address", Verdict()
    verdict = prove()
    return _proven(envelope, blog, verdict) + (" and secret address" if valid else ""), verdict


def _tags(address: str) -> list[str]:
    return address.partition("@")[0].split("+")[1:]


def _secrets(tags: Iterable[str], author: Author) -> list[str]:
    """The author's secrets among the tags; how long that takes does not tell how much of a tag was right."""
    return [s for s in author.secrets for tag in tags if hmac.compare_digest(tag.encode(), s.encode())]


def _ended(author: Author, secret: str, received: datetime | None) -> bool:
    end = author.until.get(secret)
    return end is not None and (received is None or received >= end)


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

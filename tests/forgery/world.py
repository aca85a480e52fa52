"""The world of the campaign: a blog, its authors, their keys in a zone of our own, and what becomes of a mail there."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailpost.author import Author, Require
from mailpost.blog import Blog
from mailpost.errors import Reason, Temporary
from mailpost.read import Reading, Rules, read_mail
from tests.nameserver import Fault, Zone
from tests.signer import ELLIPTIC_KEY, RECEIVED, key, signed

Expected = Reason | type[Temporary] | None

SERVER = "mx.posts.example"
"""The server that takes mail in for the blog, and whose word the operator trusts where a mail of the campaign says so."""

BLOG = Blog(
    name="garden",
    title="The garden",
    url="https://garden.example/",
    addresses=frozenset({"blog@posts.example"}),
    authors=(
        Author("Ann", frozenset({"ann@legit.example"}), secrets=("k7k7k7k7k7k7k7k7",)),
        Author("Sam", frozenset({"sam@strict.example", "sam@mail.strict.example"})),
        Author("Bea", frozenset({"bea@bea.co.uk"})),
        Author("Uma", frozenset({"uma@campus.example"}), Require.BOTH, secrets=("u3u3u3u3u3u3u3u3",)),
    ),
)
FIELDS = {
    "From": "Ann <ann@legit.example>",
    "To": "The blog <blog@posts.example>",
    "Subject": "Spring",
    "Date": "Sun, 1 Mar 2026 12:00:00 +0000",
    "Message-ID": "<1@legit.example>",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
}
BODY = "The  first crocus. \r\n\r\nIt is early this year.\r\n\r\n\r\n"


@dataclass(frozen=True)
class Attempt:
    """A mail and what must become of it: a post where `expected` is None. The operator trusts the servers in `trusted`."""

    name: str
    raw: bytes
    expected: Expected = None
    trusted: tuple[str, ...] = ()


def head(changes: Mapping[str, str | None] | None = None) -> str:
    """The header of an honest mail of Ann's with these fields instead; None leaves one out."""
    merged = {**FIELDS, **(changes or {})}
    return "".join(f"{name}: {value}\r\n" for name, value in merged.items() if value is not None)


def mail(changes: Mapping[str, str | None] | None = None, body: str = BODY) -> bytes:
    """An honest mail that nobody has signed."""
    return f"{head(changes)}\r\n{body}".encode()


def sign(
    changes: Mapping[str, str | None] | None = None,
    *,
    body: str = BODY,
    names: str = "from:to:subject:date",
    by: Callable[[bytes], bytes] | None = None,
    **tags: str | None,
) -> bytes:
    """The same with a signature of the domain legit.example, or as the tags say."""
    return signed(head(changes), body, sign=by, names=names, **{"d": "legit.example", **tags})


def above(fields: str | bytes, raw: bytes) -> bytes:
    """Fields that somebody put on top of a mail, each with its line end."""
    return (fields if isinstance(fields, bytes) else fields.encode()) + raw


def zone() -> Zone:
    """The keys of the campaign, good and bad, and the policies of its domains."""
    good = key().record
    half = base64.b64encode(b"no key at all").decode()
    records = {
        "sel._domainkey.legit.example": good,
        "sel._domainkey.attack.example": good,
        "sel._domainkey.example": good,
        "sel._domainkey.legit.example.attack.example": good,
        "sel._domainkey.notlegit.example": good,
        "sel._domainkey.co.uk": good,
        "sel._domainkey.bea.co.uk": good,
        "sel._domainkey.campus.example": good,
        "sel._domainkey.mail.legit.example": good,
        "sel._domainkey.strict.example": good,
        "sel._domainkey.mail.strict.example": good,
        "_dmarc.strict.example": "v=DMARC1; p=reject; adkim=s",
        "_dmarc.legit.example": "v=DMARC1; p=none",
        "ed._domainkey.legit.example": f"v=DKIM1; k=ed25519; p={ELLIPTIC_KEY}",
        "long._domainkey.legit.example": key(3072).record,
        "least._domainkey.legit.example": key(1024).record,
        "weak._domainkey.legit.example": key(768).record,
        "other._domainkey.legit.example": key(1024).record,
        "testing._domainkey.legit.example": f"{good}; t=y",
        "narrow._domainkey.legit.example": f"{good}; t=s",
        "revoked._domainkey.legit.example": "v=DKIM1; p=",
        "reports._domainkey.legit.example": f"{good}; s=tlsrpt",
        "sha1._domainkey.legit.example": f"{good}; h=sha1",
        "twice._domainkey.legit.example": f"{good}; p={half}",
        "half._domainkey.legit.example": f"v=DKIM1; p={half}",
        "noted._domainkey.legit.example": f"{good}; n=a note; s=email; h=sha256:sha1",
        "spf._domainkey.legit.example": "v=spf1 +all",
        "down._domainkey.legit.example": good,
        "silent._domainkey.legit.example": good,
        "slow._domainkey.legit.example": good,
        "key.provider.example": good,
    }
    found = Zone({name: [record] for name, record in records.items()})
    found.aliases["alias._domainkey.legit.example"] = "key.provider.example"
    found.faults |= {
        "down._domainkey.legit.example": Fault.SERVFAIL,
        "silent._domainkey.legit.example": Fault.SILENCE,
        "slow._domainkey.legit.example": Fault.SLOW,
    }
    return found


def reading(
    attempt: Attempt,
    lookup: Callable[[str], bytes | None],
    *,
    blog: Blog = BLOG,
    received: datetime = RECEIVED,
) -> Reading:
    """The whole line, as a reader goes along it. Raises `Temporary`."""
    rules = Rules((blog,), trusted_servers=attempt.trusted)
    return read_mail(attempt.raw, hashlib.sha256(attempt.raw).hexdigest(), received, rules, lookup)


def outcome(
    attempt: Attempt,
    lookup: Callable[[str], bytes | None],
    *,
    blog: Blog = BLOG,
    received: datetime = RECEIVED,
) -> Expected:
    """None where the mail became a post."""
    try:
        found = reading(attempt, lookup, blog=blog, received=received)
    except Temporary:
        return Temporary
    return None if found.post is not None else found.reason

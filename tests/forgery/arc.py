"""The ARC test suite: a chain of seals says what somebody else once thought of a mail, which is nothing we believe."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mailpost.author import Author
from mailpost.blog import Blog
from mailpost.envelope import read_envelope
from mailpost.errors import Held
from tests.forgery.world import BLOG

SUITE = Path("arc-test-suite") / "arc-draft-validation-tests.yml"
LISTS = "lists.example.org"
"""The server whose Authentication-Results the suite's mails carry, sealed and open."""

READERS = Blog(
    "garden",
    "The garden",
    BLOG.url,
    frozenset({"arc@dmarc.org", "morty@dmarc.org", "evil_morty@dmarc.org", "somebody@example.com"}),
    (Author("Q", frozenset({"jqd@d1.example.org", "gqd@d1.example.org", "test@example.com"})),),
)


@dataclass(frozen=True)
class Sealed:
    """One mail of the suite, the chain's verdict that it should have, and when it came."""

    name: str
    raw: bytes
    verdict: str
    received: datetime
    records: dict[str, list[str]]


def sealed(corpus: Path) -> Iterator[Sealed]:
    """The mails as they are and, because a seal is made like a signature, with each seal called one.

    The latter without the second MIME-Version that many have, at which the gate would stop them.
    """
    for document in re.split(r"(?m)^---\s*$", (corpus / SUITE).read_text(encoding="utf-8")):
        cases, _, keys = document.partition("\ntxt-records:")
        records = {
            name: ["".join(text.split())] for name, text in re.findall(r"(?m)^  (\S+): >-\n((?:    .*\n?)+)", keys)
        }
        for name, case in re.findall(r"(?m)^  (\w+):\n((?:    .*\n|\s*\n)+)", cases.partition("tests:")[2]):
            body = re.search(r"(?m)^    message: +\|\n((?:      .*\n|\s*\n)*)", case)
            if body is None:
                continue
            raw = re.sub(r"(?m)^      ", "", body[1]).replace("\n", "\r\n").encode()
            verdict = re.search(r"(?m)^    cv: +(\w+)", case)
            called = raw.replace(b"ARC-Message-Signature:", b"DKIM-Signature:")
            for suffix, content in (
                (", as it is", raw),
                (", renamed", called.replace(b"MIME-Version: 1.0\r\n", b"", 1)),
            ):
                yield Sealed(f"{name}{suffix}", content, verdict[1] if verdict else "", _received(raw), records)


def _received(raw: bytes) -> datetime:
    fallback = datetime(2015, 1, 14, 23, 0, 1, tzinfo=UTC)
    try:
        return read_envelope(raw, None).sent or fallback
    except Held:
        return fallback

"""Mails for tests: one plain letter and its variations."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from mailpost.author import Author
from mailpost.blog import Blog
from mailpost.read import Reading, Rules, read_mail

RECEIVED = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
SERVER = "mx.demo.example"
ANN = Author("Ann", frozenset({"ann@demo.example"}), secrets=("s3cret-tag",))
BLOG = Blog(
    name="garden",
    title="The garden",
    url="https://garden.example/",
    addresses=frozenset({"blog@demo.example"}),
    authors=(ANN,),
)
FIELDS = {
    "Authentication-Results": f"{SERVER}; dmarc=pass header.from=demo.example",
    "Received": f"from mail.demo.example by {SERVER}; Sun, 1 Mar 2026 12:00:05 +0000",
    "From": "Ann <ann@demo.example>",
    "To": "The blog <blog@demo.example>",
    "Subject": "Spring",
    "Date": "Sun, 1 Mar 2026 12:00:00 +0000",
    "Message-ID": "<1@demo.example>",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
}


def letter(body: str | bytes = "The first crocus.\n", fields: Mapping[str, str | bytes | None] | None = None) -> bytes:
    """A mail with these fields in place of the usual ones; None leaves one out."""
    merged: dict[str, str | bytes | None] = {**FIELDS, **(fields or {})}
    head = b"".join(
        name.encode() + b": " + (value.encode() if isinstance(value, str) else value) + b"\r\n"
        for name, value in merged.items()
        if value is not None
    )
    content = body.encode() if isinstance(body, str) else body
    return head + b"\r\n" + content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def html(body: str) -> bytes:
    return letter(body, {"Content-Type": "text/html; charset=utf-8"})


def multipart(kind: str, *parts: str | bytes, boundary: str = "=_b") -> bytes:
    """The Content-Type of a multipart, an empty line and the parts, each of which begins with its own header."""
    inside = b"".join(
        b"--" + boundary.encode() + b"\n" + (part.encode() if isinstance(part, str) else part) + b"\n" for part in parts
    )
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + inside + f"--{boundary}--\n".encode()


def mixed(kind: str, *parts: str | bytes) -> bytes:
    """A whole mail that is a multipart."""
    raw = letter(b"", {"Content-Type": None})
    return raw.removesuffix(b"\r\n") + multipart(kind, *parts).replace(b"\n", b"\r\n")


def read(raw: bytes, *, trust: bool = True, blog: Blog = BLOG, received: datetime | None = RECEIVED) -> Reading:
    def nothing(_name: str) -> bytes | None:
        return None

    rules = Rules((blog,), trusted_servers=(f"{SERVER} spf",), trust=trust)
    return read_mail(raw, hashlib.sha256(raw).hexdigest(), received, rules, nothing)


def body_of(raw: bytes) -> str:
    """The html that a mail becomes."""
    post = read(raw).post
    assert post is not None
    return post.body

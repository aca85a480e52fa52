"""Mails for tests of the shell: who may post is settled by a secret address, so that they need no signatures."""

from base64 import encodebytes
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO

from PIL import Image

from mailpost.author import Author, Require
from mailpost.read import Rules
from tests import blogs

SECRET = "k7q2x9w4m8e5r3t6"
ADDRESS = f"blog+{SECRET}@demo.example"
ANN = Author("Ann", frozenset({"ann@demo.example"}), Require.SECRET, (SECRET,))
BLOG = replace(blogs.BLOG, authors=(ANN,))
RULES = Rules((BLOG,))
BEGIN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def mail(
    number: int,
    text: str = "A line.",
    *,
    sender: str = "ann@demo.example",
    to: str = ADDRESS,
    subject: str = "",
    route: str = "",
    photo: bytes = b"",
) -> bytes:
    """The mail of a number; `route` is a Received line, the part that differs when a mail comes by two ways."""
    head = (
        f"Received: from a by b; {route}\r\n" * bool(route) + f"From: Ann <{sender}>\r\nTo: {to}\r\n"
        f"Subject: {subject or f'Mail {number}'}\r\nMessage-ID: <{number}@demo.example>\r\n"
        f"Date: {format_datetime(BEGIN + timedelta(minutes=number))}\r\nMIME-Version: 1.0\r\n"
    )
    plain = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    if not photo:
        return (head + plain).encode()
    attached = (
        "Content-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    parts = [plain.encode(), attached.encode() + encodebytes(photo).replace(b"\n", b"\r\n")]
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts) + b"--=_b--\r\n"
    return head.encode() + b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n' + body


def picture(colour: str = "red", size: tuple[int, int] = (60, 40)) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", size, colour).save(drawn, "PNG")
    return drawn.getvalue()

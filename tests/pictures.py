"""Small pictures for tests, made here; and the parts of a mail that carry them."""

import base64
from io import BytesIO
from typing import Any

from PIL import Image


def jpeg(size: tuple[int, int] = (40, 30), colour: str = "red", **options: Any) -> bytes:
    return encoded(Image.new("RGB", size, colour), "JPEG", **options)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def part(content: bytes, kind: str, more: str = "") -> bytes:
    """A part of a multipart in base64."""
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n" + (more + "\n" if more else "")
    return head.encode() + b"\n" + base64.encodebytes(content)

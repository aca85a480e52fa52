"""A file as it comes with a mail, and what readers get instead."""

from io import BytesIO

import pytest
from PIL import Image

from mailpost.media import Prepared, Studio, prepare
from mailpost.media.made import LeftOut
from mailpost.message import File

CANARY = b"CANARY-52.5163N-13.3777E"


def given_file(content: bytes, name: str = "x.jpg", studio: Studio | None = None) -> Prepared:
    return prepare(File(content, name, "application/octet-stream", "", inline=False), studio)


def left_out(content: bytes, name: str = "x.jpg") -> str:
    with pytest.raises(LeftOut) as problem:
        given_file(content, name)
    return str(problem.value)


def main(prepared: Prepared) -> bytes:
    return prepared.files[prepared.attachment.main.path]


def picture(prepared: Prepared) -> Image.Image:
    image = Image.open(BytesIO(main(prepared)))
    image.load()
    return image

"""Pictures that are written into html itself (RFC 2397) → files that the html asks for, like any other picture."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from mailpost.message import File, Text

PICTURE = re.compile(
    r"(?<=[\s\"'=])data:(image/(?:png|jpe?g|gif|webp|bmp|heic|avif|tiff))(?:;[\w-]{1,40}=[\w.-]{1,80}){0,3};base64,"
    r"([A-Za-z0-9+/=%\s]+)",
    re.IGNORECASE,
)
NAME = "{}@embedded.mailpost.invalid"


def lifted_out(pieces: Iterable[Text | File]) -> tuple[Text | File, ...]:
    """The pieces of a mail, where each picture inside of html has become a file behind it."""
    found: list[Text | File] = []
    number = 0
    for piece in pieces:
        if not (isinstance(piece, Text) and piece.html and "data:image/" in piece.content.lower()):
            found.append(piece)
            continue
        files: list[File] = []
        content = "".join(_parts(piece.content, files, number))
        number += len(files)
        found += [replace(piece, content=content), *files]
    return tuple(found)


def _parts(content: str, files: list[File], number: int) -> Iterator[str]:
    """The html with a `cid:` in the place of each picture; the pictures are added to `files`."""
    after = 0
    for match in PICTURE.finditer(content):
        try:
            picture = b64decode("".join(unquote(match[2]).split()), validate=True)
        except (Error, ValueError):
            continue
        name = NAME.format(number + len(files) + 1)
        files.append(File(picture, "", match[1].lower(), name, inline=True))
        yield content[after : match.start()] + f"cid:{name}"
        after = match.end()
    yield content[after:]

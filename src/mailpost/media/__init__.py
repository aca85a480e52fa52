"""Bytes of a mail → bytes readers may have, by what they are and never by what they are called.

Adding a kind of file is one line in `MAKERS`; adding a way to treat them is one module beside the others.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import filetype

from mailpost.attachment import Attachment, Rendition
from mailpost.media import document, film, photo, sound
from mailpost.media.made import LeftOut, Made
from mailpost.message import File
from mailpost.sanitise import xml_text

MAKERS = {
    **dict.fromkeys(photo.TYPES, photo.make),
    **dict.fromkeys(sound.TYPES, sound.make),
    **dict.fromkeys(film.TYPES, film.make),
    **dict.fromkeys(document.TYPES, document.make),
}
NAME = 120


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attachment and the files it needs, by the path that contains the digest of their bytes."""

    attachment: Attachment
    files: Mapping[str, bytes]


def prepare(file: File) -> Prepared:
    """Turn a file of a mail into what readers may have; raise `LeftOut` with the reason where that is nothing."""
    name = clean_name(file.name)
    type_ = detect(file.content, name)
    maker = MAKERS.get(type_)
    if maker is None:
        raise LeftOut(f"{name or 'a file'} was left out: files of this type are not published")
    made: Made = maker(file.content, type_, name)
    files = {path_of(content, ending): content for content, ending in ((r.content, r.ending) for r in made.renditions)}
    attachment = Attachment(
        kind=made.kind,
        name=name,
        type=type_,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        renditions=tuple(
            Rendition(path_of(r.content, r.ending), r.type, len(r.content), r.width, r.height) for r in made.renditions
        ),
        content_id=file.content_id,
    )
    return Prepared(attachment, files)


def detect(content: bytes, name: str) -> str:
    """The media type by the first bytes; for plain text, which has none, by content and then by name."""
    known = filetype.guess_mime(content)
    if known == "application/zip":
        return document.zip_type(content, name)
    return str(known) if known else document.text_type(content, name)


def path_of(content: bytes, ending: str) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"media/{digest[:2]}/{digest[2:32]}.{ending}"


def clean_name(name: str) -> str:
    """A file name as a caption: no folders, no controls, nothing that turns the reading direction."""
    last = xml_text(name.replace("\\", "/").rpartition("/")[2])
    shown = "".join(
        c for c in last if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    return " ".join(shown.split())[:NAME]

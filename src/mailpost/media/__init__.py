"""Bytes of a mail → bytes readers may have, by what they are and never by what they are called.

Adding a kind of file is one line in the table of its maker; adding a way to treat them is one module beside the others.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from mailpost.attachment import Attachment, Rendition
from mailpost.media import document, film, photo, sound
from mailpost.media.detect import detect
from mailpost.media.made import LeftOut, Made
from mailpost.media.studio import Broke, Studio
from mailpost.message import File
from mailpost.sanitise import one_line

MAKERS = {
    **dict.fromkeys(photo.TYPES, photo.make),
    **dict.fromkeys(sound.TYPES, sound.make),
    **dict.fromkeys(document.TYPES, document.make),
}
# Why some types are never published; all others simply are not.
REASONS = {
    "application/xml": "files a browser might run are not published",
    "application/ms-tnef": "reading it needs the extra 'tnef', or it is damaged",
    "text/vcard": "a visiting card holds addresses",
}
NAME, ENDING = 120, 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attachment and the files it needs, by the path that contains the digest of their bytes.

    `notes` are sentences for the author, about what is not as it was sent.
    """

    attachment: Attachment
    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


def prepare(file: File, studio: Studio | None = None) -> Prepared:
    """Turn a file of a mail into what readers may have; raise `LeftOut` with the reason where that is nothing."""
    name = clean_name(file.name)
    if not file.content:
        raise LeftOut(f"{name or 'a file'} was left out: it is empty, or cannot be read")
    type_ = detect(file.content, name)
    made = _make(file.content, type_, name, studio or Studio())
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
        caption=made.caption,
        seconds=made.seconds,
    )
    return Prepared(attachment, files, made.notes)


def _make(content: bytes, type_: str, name: str, studio: Studio) -> Made:
    if type_ in film.TYPES:
        return film.make(content, type_, name, studio.film)
    maker = MAKERS.get(type_)
    if maker is None:
        reason = REASONS.get(type_, "files of this type are not published")
        raise LeftOut(f"{name or 'a file'} was left out: {reason}")
    try:
        return studio.apart(maker, content, type_, name)
    except Broke as problem:
        if type_ == document.PDF:
            return document.undrawn(content, name, str(problem))
        raise LeftOut(f"{name or 'a file'} was left out: {problem}") from problem


def path_of(content: bytes, ending: str) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"media/{digest[:2]}/{digest[2:32]}.{ending}"


def clean_name(name: str) -> str:
    """A file name as a caption: no folders, no controls, nothing that turns the reading direction."""
    last = name.replace("\\", "/").rpartition("/")[2]
    line = one_line("".join(c for c in last if c.isprintable()))
    ending = "".join(line.rpartition(".")[1:]) if "." in line[-ENDING:] else ""
    return line.removesuffix(ending)[: NAME - len(ending)] + ending


__all__ = ["Prepared", "Studio", "clean_name", "detect", "path_of", "prepare"]

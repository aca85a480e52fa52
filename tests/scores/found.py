"""What mailpost finds in a mail, in the words in which the oracles of the collections ask for it."""

from functools import cache

from mailpost import mime
from mailpost.errors import Refused
from mailpost.message import File, Message, Text, read_message


@cache
def opened(raw: bytes) -> Message:
    """The message; of one that is held or refused, what was found, which is nothing."""
    try:
        return read_message(raw)
    except Refused:
        return Message(())


def facts(raw: bytes) -> mime.Facts:
    return mime.facts(mime.split(raw)[0])


def texts(message: Message, *, html: bool | None = None) -> list[str]:
    return [p.content for p in message.pieces if isinstance(p, Text) and html in (None, p.html)]


def files(message: Message) -> list[File]:
    return [p for p in message.pieces if isinstance(p, File)]


def plain(text: str) -> str:
    """Line ends as we write them; what stands around a text says nothing."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()

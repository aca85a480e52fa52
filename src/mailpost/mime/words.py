"""Encoded words in header fields (RFC 2047), as they are written and not only as they should be."""

import binascii
import re

from mailpost.mime.characters import decode
from mailpost.mime.transfer import base64

# Spaces and question marks inside a word are forbidden and not rare.
WORD = r"=\?([^?\s=]{1,60})\?([BbQq])\?([^?]*(?:\?(?!=)[^?]*){0,3})\?="
RUN = re.compile(rf"{WORD}(?:\s*{WORD})*")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
ONE = re.compile(WORD)


def decode_words(text: str) -> str:
    """Encoded words as text; a broken one stays what it is."""
    return RUN.sub(_run, text)


def _run(words: re.Match[str]) -> str:
    """Words in a row, without the space between them. Neighbours may share a character, so bytes are joined first."""
    joined: list[tuple[str, bytearray]] = []
    for label, kind, encoded in ONE.findall(words.group()):
        charset = label.partition("*")[0].lower()  # RFC 2231, section 5: a language may follow
        content = _bytes(kind, encoded)
        if encoded.strip() and not content:
            return words.group()
        if not joined or joined[-1][0] != charset:
            joined.append((charset, bytearray()))
        joined[-1][1].extend(content)
    text = "".join(decode(bytes(content), charset) for charset, content in joined)
    return words.group() if "\ufffd" in text and CONTROL.search(text) else text


def _bytes(kind: str, encoded: str) -> bytes:
    raw = encoded.encode("utf-8", "surrogateescape")
    return base64(raw) if kind in "Bb" else binascii.a2b_qp(raw, header=True)

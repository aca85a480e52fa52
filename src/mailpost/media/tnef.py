"""The winmail.dat of Outlook and Exchange (MS-OXTNEF): the files in it and the text, where it has one.

Only the attributes we want are shown to the parser: an unreadable date or a row of recipients would make it give up
the photos as well.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from mailpost.media.studio import Broke, Studio
from mailpost.message import File, Text

try:
    import tnefparse
    from striprtf.striprtf import rtf_to_text
except ImportError:  # the extra `tnef`
    tnefparse = None
else:  # it reports every oddity of a hostile file
    logging.getLogger("tnefparse").disabled = True

SIGNATURE = b"\x78\x9f\x3e\x22"
HEAD = 6  # bytes: signature and key
CODE_PAGE, BODY, PROPERTIES = 0x9007, 0x800C, 0x9003
BEGIN, DATA, TITLE, ATTACHMENT = 0x9002, 0x800F, 0x8010, 0x9005
MESSAGE = frozenset({CODE_PAGE, BODY, PROPERTIES})
ATTACHED = frozenset({BEGIN, DATA, TITLE, ATTACHMENT})
LISTS = frozenset({PROPERTIES, ATTACHMENT})
ATTRIBUTES = 1000
FILES = 100
RTF = 1_000_000  # characters of text with its fonts and colours
# What is left of RTF for the parser, whose own patterns for these need days for a hostile text.
FONT = re.compile(r"\\f(\d{1,5})(?!\d)[^;{}]{0,200}?\\fcharset(\d{1,3})(?!\d)")
FONTS = 1000
LINK = re.compile(r"\{\\\*\\fldinst\s{0,9}\{?[^{}\"]{0,200}HYPERLINK\s{0,9}\"([^{}\"\\]{1,2000})\"[^{}]{0,200}\}\}?")
CONTENT_ID, DECLARED = 0x3712, 0x370E  # MAPI


def is_tnef(content: bytes) -> bool:
    return content.startswith(SIGNATURE)


def unpack(content: bytes) -> tuple[Text | File, ...]:
    """The text of a winmail.dat and its files; nothing of what cannot be read."""
    if tnefparse is None:
        return ()
    try:
        opened = tnefparse.TNEF(_wanted(content), do_checksum=False)
    except Exception:  # noqa: BLE001 - of damaged files it raises whatever its decoders felt like
        return ()
    text = _text(opened)
    return (*((text,) if text else ()), *map(_file, opened.attachments[:FILES]))


def opened(pieces: Sequence[Text | File], studio: Studio | None = None) -> tuple[Text | File, ...]:
    """The pieces of a mail with what is in a winmail.dat in its place; its text only where the mail has none itself."""
    apart = (studio or Studio()).apart
    alone = not any(isinstance(piece, Text) for piece in pieces)
    out: list[Text | File] = []
    for piece in pieces:
        inside: tuple[Text | File, ...] = ()
        if isinstance(piece, File) and is_tnef(piece.content):
            with suppress(Broke):
                inside = apart(unpack, piece.content)
        out += [each for each in inside if alone or isinstance(each, File)] if inside else [piece]
    return tuple(out)


def _wanted(content: bytes) -> bytes:
    """The same file with nothing but the attributes we want, and the twelve bytes more that the parser wants to see."""
    kept, begun = [], False
    for name, data in _attributes(content):
        begun = begun or name == BEGIN
        if name in MESSAGE or (begun and name in ATTACHED):
            kept.append(_bounded(data) if name in LISTS else bytes(data))
    return content[:HEAD] + b"".join(kept) + bytes(12)


def _bounded(attribute: memoryview) -> bytes:
    """A list of properties that says it has more of them than there is room for would be counted to its end."""
    count = min(int.from_bytes(attribute[9:13], "little"), len(attribute) // 8)
    return bytes(attribute[:9]) + count.to_bytes(4, "little") + bytes(attribute[13:])


def _attributes(content: bytes) -> Iterator[tuple[int, memoryview]]:
    """Each attribute whole, with its name: level (1 byte), name (2), type (2), length (4), data, checksum (2)."""
    view, at = memoryview(content), HEAD
    for _ in range(ATTRIBUTES):
        end = at + 11 + int.from_bytes(view[at + 5 : at + 9], "little")
        if at + 11 > len(view) or end > len(view):
            return
        yield int.from_bytes(view[at + 1 : at + 3], "little"), view[at:end]
        at = end


def _file(attachment: Any) -> File:
    """One of them; of a mail, which carries other people's addresses, and of what cannot be read, nothing but a name."""
    data, name, declared, content_id = b"", "", "", ""
    with suppress(Exception):  # see above; the other files may be readable
        name = _string(attachment.long_filename(), attachment.codepage)
        properties = {p.name: p.data for p in attachment.mapi_attrs if p.name in (CONTENT_ID, DECLARED)}
        declared = _string(properties.get(DECLARED)).lower()
        content_id = _string(properties.get(CONTENT_ID)).strip("<> ")
        found = None if hasattr(attachment, "embed") else _first(attachment.data)
        data = found if isinstance(found, bytes) else b""
    return File(data, name, declared or "application/octet-stream", content_id, inline=bool(content_id))


def _text(opened: Any) -> Text | None:
    html, plain = (_string(body, opened.codepage) for body in (opened.htmlbody, opened.body))
    words = next((each for each in (html, plain) if each.strip()), "") or _rich(opened)
    return Text(words.replace("\r\n", "\n").replace("\r", "\n"), html=words is html) if words.strip() else None


def _rich(opened: Any) -> str:
    """The words of a text that is there as compressed RTF alone (MS-OXRTFCP)."""
    try:
        if len(_first(opened._rtfbody) or b"") > 2 * RTF:  # noqa: SLF001 - before it is unpacked
            return ""
        rtf = (opened.rtfbody or b"").decode("latin-1")
        if not rtf.startswith("{\\rtf") or len(rtf) > RTF:
            return ""
        return str(rtf_to_text(_tamed(rtf), errors="replace"))  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - see above
        return ""


def _tamed(rtf: str) -> str:
    """The same text with the plainest table of fonts, by which it is decoded, and the address of each link before its words."""
    fonts = "".join(rf"{{\f{number}\fcharset{charset} x;}}" for number, charset in FONT.findall(rtf)[:FONTS])
    words = LINK.sub(r"{<\1> }", rtf).replace("\\fonttbl", "\\fontemb").replace("\\fldinst", "\\datafield")
    return rf"{{{{\fonttbl{fonts}}}{words[1:]}"


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _string(value: Any, codepage: str | None = None) -> str:
    """Text, which the parser leaves as bytes where it does not know better."""
    found = _first(value)
    if isinstance(found, bytes):
        found = _decoded(found, codepage)
    return found.replace("\0", "") if isinstance(found, str) else ""


def _decoded(found: bytes, codepage: str | None) -> str:
    for encoding in ("utf-8", codepage):
        try:
            return found.decode(encoding or "cp1252")
        except (UnicodeDecodeError, LookupError):
            continue
    return found.decode("cp1252", errors="replace")

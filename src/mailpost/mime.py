"""Mail as bytes and as a tree: the parsers live here and nowhere else.

One parser reads each fact once, so no two parsers can disagree about it: the standard library's with its
`compat32` policy (the modern one can be stopped by a hundred kilobytes of hostile header), and mail-parser over
that same message for what it reads best: addresses, dates and file names.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Tree
from email.utils import getaddresses

import webencodings
from mailparser import MailParser
from mailparser.utils import mime_header_view

# It logs the headers it stumbles over; what a mail says stays out of our logs.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

# What mail-parser is asked about; it would take as long again to understand every Received.
READ = frozenset({b"from", b"to", b"cc", b"subject", b"date"})
# Editors put it before a mail that was saved as a file.
BOM = b"\xef\xbb\xbf"
SURROGATE = re.compile("[\udc80-\udcff]")
WORD = r"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?="
WORDS = re.compile(rf"{WORD}(?:\s+{WORD})*")
TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
FIELD = re.compile(rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n?")


@dataclass(frozen=True, slots=True)
class Facts:
    """What mail-parser reads in a header block. `senders` is empty where From has a defect."""

    senders: tuple[str, ...]
    recipients: tuple[str, ...]
    subject: str
    sent: datetime | None


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Return the header block, its last line end included, and the body (RFC 5322, section 2.1)."""
    raw = raw.removeprefix(BOM)
    end = re.search(rb"(?:\A|\n)\r?\n", raw)
    return (raw, b"") if end is None else (raw[: end.start() + 1], raw[end.end() :])


def fields(header: bytes) -> Iterator[bytes]:
    """Each field of a header block with its folded lines, from the top."""
    for match in FIELD.finditer(header):
        if match.group():
            yield match.group()


def parse(raw: bytes) -> Tree:
    """The tree of parts. Raises `RecursionError` where they are nested beyond the parser's means."""
    return message_from_bytes(raw.removeprefix(BOM))


def facts(header: bytes) -> Facts:
    """Read a header block alone. The gate has made sure that it is small and well formed."""
    tree = message_from_bytes(b"".join(field for field in fields(header) if field.split(b":", 1)[0].lower() in READ))
    reader = MailParser(tree)
    senders = [address for _, address in reader.from_]
    try:
        plain = [address for _, address in getaddresses(tree.get_all("from", []))]
    except RecursionError:  # comments in comments in comments
        plain = []
    sound = senders == plain and not any(defect["header"] == "from" for defect in reader.address_header_defects)
    sent = reader.date
    return Facts(
        senders=tuple(senders) if sound else (),
        recipients=tuple(address for _, address in [*reader.to, *reader.cc] if address),
        subject=" ".join(_plain(_words(_raw(tree, "subject"))).split()),
        sent=sent.astimezone(UTC) if isinstance(sent, datetime) and sent.tzinfo else None,
    )


def content_type(part: Tree) -> str:
    """The declared media type, lower-case, without what does not belong to it ("text/plain>")."""
    kind = TYPE.match(part.get_content_type())
    return kind.group() if kind else "text/plain"


def file_name(part: Tree) -> str:
    """The name the sender gave a part (RFC 2183, 2231 and, as many programs write it, 2047)."""
    view, _ = mime_header_view(part)
    if any(SURROGATE.search(str(value)) for _, value in part.raw_items()):
        view = Tree()
        for field in ("content-disposition", "content-type"):
            view[field] = _raw(part, field)
    name = view.get_filename()
    return _plain(_words(name)) if name else ""


def charset(part: Tree) -> str:
    label = part.get_param("charset")
    return label if isinstance(label, str) else ""


def decode(content: bytes, label: str) -> str:
    """Bytes as text, by the labels of the WHATWG Encoding Standard; never a codec that can smuggle markup.

    Undeclared UTF-8 is recognised, and text is read as what it is rather than turned into replacement characters.
    """
    encoding = webencodings.lookup(label.strip().strip("\"'"))
    name = encoding.name if encoding else ""
    if name in ("", "windows-1252", "utf-8", "replacement", "x-user-defined"):
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            encoding = webencodings.lookup("utf-8" if name == "utf-8" else "windows-1252")
    text = webencodings.decode(content, encoding, errors="replace")[0]
    return str(text)


def _raw(part: Tree, name: str) -> str:
    """The topmost field of this name as it stands; bytes beyond ASCII as the text they are.

    The standard library and mail-parser replace or drop bytes that no encoded word declares.
    """
    value = next((str(value) for key, value in part.raw_items() if key.lower() == name), "")
    return decode(value.encode("ascii", "surrogateescape"), charset(part)) if SURROGATE.search(value) else value


def _words(text: str) -> str:
    """Encoded words (RFC 2047) as text, by the same labels as everything else; a broken one stays what it is."""
    return WORDS.sub(_run, text)


def _run(words: re.Match[str]) -> str:
    try:
        pieces = decode_header(words.group())
    except (HeaderParseError, ValueError):
        return words.group()
    return "".join(
        piece if isinstance(piece, str) else decode(piece, (label or "").partition("*")[0]) for piece, label in pieces
    )


def _plain(value: object) -> str:
    """mail-parser gives a list where a field occurs twice; a lone surrogate is not text."""
    text = value[0] if isinstance(value, list) and value else value
    return str(text or "").encode("utf-8", "replace").decode("utf-8")

"""Mail as bytes and as a tree: the parsers live here and nowhere else.

One parser reads each fact once, so no two parsers can disagree about it: the standard library's with its
`compat32` policy (the modern one can be stopped by a hundred kilobytes of hostile header), and mail-parser over
that same message for what it reads best: addresses and dates. How text and bytes are encoded is read by the
modules beside this one, since what honest programs write is more than either library reads.
"""

import logging
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message as Tree
from email.utils import getaddresses
from typing import Any
from urllib.parse import unquote

from mailparser import MailParser

from mailpost.errors import Held, Reason
from mailpost.mime.characters import decode, meta_charset
from mailpost.mime.transfer import decoded
from mailpost.mime.words import decode_words

# It logs the headers it stumbles over; what a mail says stays out of our logs.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

# What mail-parser is asked about; it would take as long again to understand every Received.
READ = frozenset({b"from", b"to", b"cc", b"subject", b"date"})
# Editors put it before a mail that was saved as a file.
BOM = b"\xef\xbb\xbf"
SURROGATE = re.compile("[\udc80-\udcff]")
TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
# An escape that was cut in two between the pieces of a long value.
CUT = re.compile(r"(%[0-9A-F]?)(\"?\s{0,9};\s{0,9}[\w-]{1,40}\*\d{1,3}\*=\"?)(?=[0-9A-F])", re.IGNORECASE)
# What belongs to an encoded value, written into a plain one.
LABELLED = re.compile(
    r"(utf-?8|us-ascii|iso-[\w-]{4,20}|windows-\d{3,4}|koi8-[ru]|gb[\w-]{1,10}|big5|shift_jis|euc-\w\w)'[\w-]{0,10}'(.+)",
    re.IGNORECASE,
)
FOLD = re.compile(r"\r?\n[ \t]{0,99}")
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
    try:
        return message_from_bytes(raw.removeprefix(BOM))
    except (TypeError, ValueError) as problem:  # of a boundary in pieces that have no order
        raise Held(Reason.STRUCTURE, "a Content field cannot be read") from problem


def facts(header: bytes) -> Facts:
    """Read a header block alone. The gate has made sure that it is small and well formed."""
    tree = _only(header, READ)
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
        subject=" ".join(_plain(decode_words(_subject(header))).split()),
        sent=sent.astimezone(UTC) if isinstance(sent, datetime) and sent.tzinfo else None,
    )


def content_type(part: Tree) -> str:
    """The declared media type, lower-case, without what does not belong to it ("text/plain>")."""
    kind = TYPE.match(part.get_content_type())
    return kind.group() if kind else "text/plain"


def content(part: Tree) -> bytes:
    """The bytes of a part without its transfer encoding; for a multipart in which no parts were found, its body."""
    encoding = field(part, "content-transfer-encoding")
    # The library knows five exact names; without the field it gives the bytes as they came.
    del part["Content-Transfer-Encoding"]
    payload = part.get_payload(decode=True)
    return decoded(payload, encoding) if isinstance(payload, bytes) else b""


def field(part: Tree, name: str) -> str:
    """The topmost field of this name as it stands; bytes beyond ASCII as the text they are.

    The standard library and mail-parser replace or drop bytes that no encoded word declares.
    """
    value = next((str(value) for key, value in part.raw_items() if key.lower() == name), "")
    return decode(value.encode("ascii", "surrogateescape"), charset(part)) if SURROGATE.search(value) else value


def parameter(part: Tree, name: str, of: str = "content-type") -> str:
    """A parameter of a field, whichever way it was encoded (RFC 2231 and, as many programs write it, RFC 2047)."""
    view = Tree()
    view[of] = CUT.sub(r"\2\1", FOLD.sub(" ", _plain(field(part, of))))
    values = [value for key, value in _parameters(view, of) if key.lower() == name]
    # Beside an encoded name there may be one for old programs, in ASCII.
    value: str | tuple[str, str, str] = next((v for v in values if isinstance(v, tuple)), values[0] if values else "")
    if not isinstance(value, tuple) and "%" in value and (found := LABELLED.fullmatch(value)) is not None:
        value = (found[1], "", unquote(found[2], "latin-1"))
    if isinstance(value, tuple):
        label, _, octets = value
        escaped = max(octets, default="") <= "\xff"
        value = decode(octets.encode("latin-1"), label or "") if escaped else octets
    return _plain(decode_words(value))


def file_name(part: Tree) -> str:
    """The name the sender gave a part (RFC 2183), or what the Content-Type calls it."""
    return parameter(part, "filename", "content-disposition") or parameter(part, "name")


def charset(part: Tree) -> str:
    label = next((value for key, value in _parameters(part, "content-type") if key.lower() == "charset"), "")
    return str(label[2] if isinstance(label, tuple) else label or "")


def _parameters(part: Tree, of: str) -> list[tuple[str, Any]]:
    """All of a field; none where they come in pieces that have no order."""
    try:
        return part.get_params([], header=of)
    except (TypeError, ValueError):
        return []


def _only(header: bytes, names: Container[bytes]) -> Tree:
    return parse(b"".join(each for each in fields(header) if each.split(b":", 1)[0].lower() in names))


def _subject(header: bytes) -> str:
    """Where it is in raw bytes, they are in the charset of the text, if the mail names one."""
    return field(_only(header, (b"subject", b"content-type")), "subject")


def _plain(value: str) -> str:
    """A lone surrogate is not text."""
    return value.encode("utf-8", "replace").decode("utf-8")


__all__ = [
    "Facts", "Tree", "charset", "content", "content_type", "decode", "facts", "field", "fields", "file_name",
    "meta_charset", "parameter", "parse", "split",
]  # fmt: skip

"""The readable content of a mail: its text and its files, in the order in which they were put there.

The MIME tree is walked by us (RFC 2045 to 2049, 2387, 1847): a flat list of parts, which is what most libraries
give, has forgotten which picture stood between which paragraphs and which text belongs to a forwarded mail.
"""

from dataclasses import dataclass
from email.message import Message as Tree

from mailpost import mime
from mailpost.errors import Held, Reason

DEPTH = 20
PARTS = 200
TEXT = 1024 * 1024
LINES = 500_000
CONTENT_FIELD = 8 * 1024


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the body. `flowed` and `delsp` are the parameters of RFC 3676."""

    content: str
    html: bool = False
    flowed: bool = False
    delsp: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A part that is not text of the body; `type` is what the sender declared, which proves nothing."""

    content: bytes
    name: str
    type: str
    content_id: str
    inline: bool


@dataclass(frozen=True, slots=True)
class Message:
    """`pieces` are texts and the files that stood between them; `plain` is the plain twin of an HTML body, or empty."""

    pieces: tuple[Text | File, ...]
    plain: str = ""
    warnings: tuple[str, ...] = ()


def read_message(raw: bytes) -> Message:
    """Open the parts of a mail that may become a post; raise `Held` where their number or nesting is out of reason."""
    gate(raw)
    walk = _Walk()
    try:
        pieces = walk.part(mime.parse(raw), 0)
    except RecursionError:
        raise Held(Reason.STRUCTURE) from None
    return Message(tuple(pieces), "\n".join(walk.plain), tuple(walk.warnings))


def gate(raw: bytes) -> None:
    """Refuse what would keep the parser busy, by counting bytes before it sees them."""
    # The parser takes a lone carriage return for a line end too.
    low = b"\n" + raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lower()
    if low.count(b"\n--") > 5000 or low.count(b"boundary") > 500 or low.count(b"message/rfc822") > 100:
        raise Held(Reason.STRUCTURE)
    if low.count(b"\n") > LINES:
        raise Held(Reason.STRUCTURE, "too many lines")
    at = low.find(b"\ncontent-")
    while at >= 0:
        # Parameters are parsed in quadratic time, wherever in the mail the field stands.
        if len(next(mime.fields(low[at + 1 : at + 2 + 2 * CONTENT_FIELD]))) > CONTENT_FIELD:
            raise Held(Reason.HEADER_SIZE, "a Content field")
        at = low.find(b"\ncontent-", at + 1)


class _Walk:
    """Counts parts on the way and notes what was left out."""

    def __init__(self) -> None:
        self.parts = 0
        self.plain: list[str] = []
        self.warnings: list[str] = []

    def part(self, part: Tree, depth: int) -> list[Text | File]:
        self.parts += 1
        if self.parts > PARTS or depth > DEPTH:
            raise Held(Reason.STRUCTURE)
        kind = mime.content_type(part)
        if kind in ("message/partial", "message/external-body"):
            raise Held(Reason.PIECES)
        if kind in ("message/rfc822", "message/global"):
            self.warnings.append("an attached mail was left out: it carries other people's addresses")
            return []
        if part.is_multipart():
            return self.multipart(kind, [p for p in part.get_payload() if isinstance(p, Tree)], depth + 1)
        return self.leaf(part, kind)

    def multipart(self, kind: str, children: list[Tree], depth: int) -> list[Text | File]:
        if kind == "multipart/encrypted":
            raise Held(Reason.EMPTY, "it is encrypted")
        if kind == "multipart/signed":  # RFC 1847: the second part is the signature
            children = children[:1]
        found = [self.part(child, depth) for child in children]
        if kind == "multipart/alternative":
            return self.choose(found)
        return [piece for pieces in found for piece in pieces]

    def choose(self, versions: list[list[Text | File]]) -> list[Text | File]:
        """The richest version, with files of the others that it lacks (RFC 2046, section 5.1.4)."""
        best = next((v for v in reversed(versions) if _has_html(v)), None)
        if best is None:
            best = next((v for v in versions if any(isinstance(p, Text) for p in v)), [])
        have = {piece.content for piece in best}
        for version in versions:
            if version is best:
                continue
            self.plain += [p.content for p in version if isinstance(p, Text) and not p.html and _has_html(best)]
            # A text that is no file is one more version of the same: a calendar entry, AMP, enriched text.
            best = best + [
                p
                for p in version
                if isinstance(p, File) and p.content not in have and not (p.type.startswith("text/") and not p.name)
            ]
        return best

    def leaf(self, part: Tree, kind: str) -> list[Text | File]:
        content = _bytes(part)
        name = mime.file_name(part)
        disposition = part.get_content_disposition() or ""
        if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
            if len(content) > TEXT:
                self.warnings.append("a text of more than 1 MiB was cut")
                content = content[:TEXT]
            text = mime.decode(content, mime.charset(part)).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
            flowed = str(part.get_param("format", "")).lower() == "flowed"
            delsp = str(part.get_param("delsp", "")).lower() == "yes"
            return [Text(text, html=kind == "text/html", flowed=flowed, delsp=delsp)] if text.strip() else []
        if (
            kind in ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
            or not content
        ):
            return []
        content_id = str(part.get("Content-ID", "")).strip().strip("<>")
        return [File(content, name, kind, content_id, inline=disposition == "inline" or bool(content_id))]


def _has_html(pieces: list[Text | File]) -> bool:
    return any(isinstance(piece, Text) and piece.html for piece in pieces)


def _bytes(part: Tree) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) and payload.strip() else b""

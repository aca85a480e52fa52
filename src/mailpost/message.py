"""The readable content of a mail: its text and its files, in the order in which they were put there.

The MIME tree is walked by us (RFC 2045 to 2049, 2387, 1847): a flat list of parts, which is what most libraries
give, has forgotten which picture stood between which paragraphs and which text belongs to a forwarded mail.
"""

import re
from dataclasses import dataclass, replace
from email.message import Message as Tree
from urllib.parse import unquote

from mailpost import mime
from mailpost.errors import Held, Reason
from mailpost.mime.text import enriched, letters, says_something, sealed, shown, unsigned

DEPTH = 20
PARTS = 200
TEXT = 1024 * 1024
LINES = 500_000
CONTENT_FIELD = 8 * 1024
# The parser holds every line against each boundary that is open.
COMPARISONS = 20_000_000

HTML = "text/html"
MARKED = frozenset(["text/markdown", "text/x-markdown", "text/x-web-markdown"])
ENRICHED = frozenset(["text/enriched", "text/richtext"])
BODIES = frozenset(["text/plain", HTML]) | MARKED | ENRICHED
SIGNATURES = frozenset(
    [
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    ]
)
SEALED = frozenset(["application/pkcs7-mime", "application/x-pkcs7-mime"])
MAILS = frozenset(["message/rfc822", "message/global", "message/news"])
# What programs call a text that is no file. Exchange names every text behind a picture ATT00001.
BODY_NAME = re.compile(
    r"(?:body|e?mail|message|text|textpart|html|part|noname|unnamed|untitled)[ _.-]?\d{0,5}(?:\.(?:txt|text|html?))?",
    re.IGNORECASE,
)
EXCHANGE = re.compile(r"ATT\d{5,6}\.(?:txt|html?)", re.IGNORECASE)
TEXT_NAME = re.compile(r"[^.]*|.*\.(?:txt|text|html?)", re.IGNORECASE | re.DOTALL)
DELIMITER = re.compile(rb"^--([^\r\n]{1,200})\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)
FOUND = b"=_found"  # stands in for a boundary that was damaged
# What stands before the first delimiter, for programs of the last century.
PREAMBLES = (b"this is a multi-part message", b"this is a multipart message", b"this is a mime")
BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the body. `flowed` and `delsp` are the parameters of RFC 3676."""

    content: str
    html: bool = False
    flowed: bool = False
    delsp: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A part that is not text of the body; `type` is what the sender declared, which proves nothing.

    Html may ask for it as `cid:` with its `content_id`, or by its `location`, the Content-Location of RFC 2557.
    """

    content: bytes
    name: str
    type: str
    content_id: str
    inline: bool
    location: str = ""


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
    if not any(isinstance(piece, Text) for piece in pieces):
        pieces = [walk.spare.get(id(piece), piece) for piece in pieces]
    if pieces and all(isinstance(piece, File) and piece.type in SEALED for piece in pieces):
        raise Held(Reason.EMPTY, "it is encrypted, or signed in a way that hides its text")
    return Message(tuple(pieces), "\n".join(walk.plain), tuple(walk.warnings))


def gate(raw: bytes) -> None:
    """Refuse what would keep the parser busy, by counting bytes before it sees them."""
    # The parser takes a lone carriage return for a line end too.
    low = b"\n" + raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lower()
    boundaries, lines = low.count(b"boundary"), low.count(b"\n")
    if low.count(b"\n--") > 5000 or boundaries > 500 or low.count(b"message/rfc822") > 100:
        raise Held(Reason.STRUCTURE)
    if lines > LINES:
        raise Held(Reason.STRUCTURE, "too many lines")
    if boundaries * lines > COMPARISONS:
        raise Held(Reason.STRUCTURE, "too many lines in too many parts")
    at = low.find(b"\ncontent-")
    while at >= 0:
        # Parameters are parsed in quadratic time, wherever in the mail the field stands.
        if len(next(mime.fields(low[at + 1 : at + 2 + 2 * CONTENT_FIELD]))) > CONTENT_FIELD:
            raise Held(Reason.HEADER_SIZE, "a Content field")
        at = low.find(b"\ncontent-", at + 1)


class _Walk:
    """Counts parts on the way and notes what was left out.

    `spare` has, by the identity of a file, the text it would be if the mail has no other.
    """

    def __init__(self) -> None:
        self.parts = 0
        self.plain: list[str] = []
        self.warnings: list[str] = []
        self.spare: dict[int, Text] = {}

    def part(self, part: Tree, depth: int, *, version: bool = False) -> list[Text | File]:
        """The pieces of a part; `version` says that it is one of several ways to say the same."""
        self.parts += 1
        if self.parts > PARTS or depth > DEPTH:
            raise Held(Reason.STRUCTURE)
        kind = mime.content_type(part)
        if kind in ("message/partial", "message/external-body"):
            raise Held(Reason.PIECES)
        if kind.startswith("message/"):
            self.warnings.append(
                "an attached mail was left out: it carries other people's addresses"
                if kind in MAILS
                else "a report that mail servers write for one another was left out"
            )
            return []
        if part.is_multipart():
            return self.multipart(part, kind, depth + 1)
        if kind.startswith("multipart/"):
            return self.lost(part, kind, depth + 1)
        return self.leaf(part, kind, version=version)

    def multipart(self, part: Tree, kind: str, depth: int) -> list[Text | File]:
        if kind == "multipart/encrypted":
            raise Held(Reason.EMPTY, "it is encrypted")
        children = [child for child in part.get_payload() if isinstance(child, Tree)]
        if kind == "multipart/signed":  # RFC 1847: the second part is the signature
            children = children[:1]
        elif kind == "multipart/appledouble" and len(children) > 1:  # RFC 1740: the first part is for a Macintosh
            children = children[1:]
        elif kind == "multipart/related" and (start := mime.parameter(part, "start").strip(" <>")):
            children.sort(key=lambda child: _content_id(child) != start)
        found = [self.part(child, depth, version=kind == "multipart/alternative") for child in children]
        if len(boundary := mime.parameter(part, "boundary")) >= 8:
            found = [_without(f"--{boundary}", pieces) for pieces in found]
        if kind == "multipart/alternative" and {mime.content_type(child) for child in children} != {"text/plain"}:
            return self.choose(found)
        return self.undoubled([piece for pieces in found for piece in pieces], kind)

    def lost(self, part: Tree, kind: str, depth: int) -> list[Text | File]:
        """A multipart in which the parser found no parts: by another boundary they are there, or it is a text."""
        content = mime.content(part)
        declared = mime.parameter(part, "boundary").encode("utf-8", "replace")
        found = DELIMITER.search(content)
        if declared and b"\n--" + declared in b"\n" + content:
            boundary = declared
        elif found is not None:
            boundary = found[1].rstrip()
        else:
            preamble = content.lstrip()[:40].lower().startswith(PREAMBLES)
            kind = HTML if content.lstrip()[:1] == b"<" else "text/plain"
            return [] if preamble else self.leaf(part, kind, content=content)
        lines = rb"^--%b(--)?[^\r\n]*" % re.escape(boundary)
        body = re.sub(lines, rb"--%b\1" % FOUND, content, flags=re.MULTILINE)
        again = mime.parse(b'Content-Type: %b; boundary="%b"\n\n' % (kind.encode(), FOUND) + body)
        return self.multipart(again, kind, depth) if again.is_multipart() else []

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
            # A text that is no file is one more version of the same: a calendar entry, AMP.
            best = best + [
                p
                for p in version
                if isinstance(p, File) and p.content not in have and not (p.type.startswith("text/") and not p.name)
            ]
        return best

    def undoubled(self, pieces: list[Text | File], kind: str) -> list[Text | File]:
        """Without the plain twin that some programs put before an html text and not beside it.

        Versions that are all plain are several texts, whatever is written above them, unless they are the same one.
        """
        kept: list[Text | File] = []
        for piece in pieces:
            before = kept[-1] if kept else None
            if isinstance(before, Text) and isinstance(piece, Text) and not before.html:
                if piece.html and letters(before.content) == (letters(shown(piece.content)) or None):
                    self.plain.append(before.content)
                    kept.pop()
                elif kind == "multipart/alternative" and before.content.strip() == piece.content.strip():
                    kept.pop()
            kept.append(piece)
        return kept

    def leaf(self, part: Tree, kind: str, *, version: bool = False, content: bytes | None = None) -> list[Text | File]:
        content = mime.content(part) if content is None else content
        if kind in SIGNATURES or not content.strip():
            return []
        name = mime.file_name(part)
        attached = part.get_content_disposition() == "attachment"
        if kind in BODIES and (EXCHANGE.fullmatch(name) or (not attached and (version or not name))):
            return [*self.text(part, kind, content)]
        content_id = _content_id(part)
        file = File(
            content,
            name,
            kind,
            content_id,
            inline=part.get_content_disposition() == "inline" or bool(content_id),
            location=mime.field(part, "content-location").strip(),
        )
        if kind in BODIES and not self.spare and _may_be_text(name, attached=attached):
            texts = [text for text in self.text(part, kind, content) if not BINARY.search(text.content)]
            self.spare.update((id(file), text) for text in texts)
        return [file]

    def text(self, part: Tree, kind: str, content: bytes) -> list[Text]:
        if len(content) > TEXT:
            self.warnings.append("a text of more than 1 MiB was cut")
            content = content[:TEXT]
        html = kind == HTML
        said = mime.decode(content, mime.charset(part), mime.meta_charset(content) if html else "")
        said = said.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        if kind in ENRICHED:
            said = enriched(said)
        if not html:
            said = unsigned(said)
            if sealed(said):
                raise Held(Reason.EMPTY, "it is encrypted")
        if not (says_something(said) if html else said.strip()):
            return []
        flowed = mime.parameter(part, "format").lower() == "flowed"
        delsp = mime.parameter(part, "delsp").lower() == "yes"
        return [Text(said, html=html, flowed=flowed, delsp=delsp)]


def _may_be_text(name: str, *, attached: bool) -> bool:
    """May a text that looks like a file be the body of a mail without any other?"""
    return not name or BODY_NAME.fullmatch(name) is not None or (not attached and bool(TEXT_NAME.fullmatch(name)))


def _content_id(part: Tree) -> str:
    return unquote(mime.field(part, "content-id").strip().strip("<>"))


def _without(delimiter: str, pieces: list[Text | File]) -> list[Text | File]:
    """A delimiter that was damaged is no text either."""
    damaged = re.compile(rf"^{re.escape(delimiter)}[^\n]*\n?", re.MULTILINE)
    kept = [
        replace(piece, content=damaged.sub("", piece.content))
        if isinstance(piece, Text) and delimiter in piece.content
        else piece
        for piece in pieces
    ]
    return [piece for piece in kept if piece.content.strip()]


def _has_html(pieces: list[Text | File]) -> bool:
    return any(isinstance(piece, Text) and piece.html for piece in pieces)

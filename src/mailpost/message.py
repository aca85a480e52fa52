"""The readable content of a mail: its text and its files, in the order in which they were put there.

The MIME tree is walked by us (RFC 2045 to 2049, 2387, 1847): a flat list of parts, which is what most libraries
give, has forgotten which picture stood between which paragraphs and which text belongs to a forwarded mail.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from email.message import Message as Tree
from urllib.parse import unquote, urljoin

from mailpost import mime
from mailpost.errors import Held, Reason
from mailpost.mime.gate import gate
from mailpost.mime.opaque import opened
from mailpost.mime.text import enriched, is_file, letters, says_something, sealed, shown, unsigned
from mailpost.mime.transfer import enclosed

DEPTH = 20
PARTS = 200
TEXT = 1024 * 1024

HTML = "text/html"
MARKED = frozenset(["text/markdown", "text/x-markdown", "text/x-web-markdown"])
ENRICHED = frozenset(["text/enriched", "text/richtext"])
BODIES = frozenset(["text/plain", HTML]) | MARKED | ENRICHED
SIGNATURES = frozenset(f"application/{kind}-signature" for kind in ("pgp", "pkcs7", "x-pkcs7"))
SLIDES = "application/smil"  # how a telephone would show the parts of an MMS
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
PREAMBLE = re.compile(
    rb"\s{0,100}this is a (?:multi-?part|mime)\b[^.\r\n]{0,80}\.?"
    rb"(?:\s{1,20}(?:since|if) your (?:e-?)?mail (?:reader|client|program)\b[^.]{0,200}\.)?",
    re.IGNORECASE,
)
WORD = re.compile(r"[a-z0-9]+|[^\W_]")  # each ideograph is one
# What stands for a quote, a link or a picture.
UNSAID = re.compile(r"^>.*|https?://\S+|\[[^\[\]\n]{0,300}\]", re.MULTILINE)
STUB = 20  # words
OTHER_VERSION = "the mail has another version of its text, which says something else: it was left out"
BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the body. `flowed` and `delsp` are the parameters of RFC 3676, `location` is the base of its addresses."""

    content: str
    html: bool = False
    flowed: bool = False
    delsp: bool = False
    location: str = ""


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
        raise Held(Reason.EMPTY, "it is encrypted")
    pieces, left = _within(pieces, TEXT)
    if left:
        walk.warnings.append("the text is longer than 1 MiB: its end was left out")
    return Message(tuple(pieces), "\n".join(walk.plain)[:TEXT], tuple(_told(walk.warnings)))


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
        if kind in SEALED:
            content = mime.content(part)
            if inside := opened(content):
                gate(inside)
                return self.part(mime.parse(inside), depth + 1)
            return self.leaf(part, kind, content=content)
        return self.leaf(part, kind, version=version)

    def multipart(self, part: Tree, kind: str, depth: int) -> list[Text | File]:
        if kind == "multipart/encrypted":
            raise Held(Reason.EMPTY, "it is encrypted")
        children = [child for child in part.get_payload() if isinstance(child, Tree)]
        if kind == "multipart/signed":  # RFC 1847: the second part is the signature
            signatures = SIGNATURES | {mime.parameter(part, "protocol").lower()}
            if not {mime.content_type(child) for child in children[1:]} <= signatures:
                self.warnings.append("what stands behind the signed part was left out: the signature is not for it")
            children = children[:1]
        elif kind == "multipart/appledouble":  # RFC 1740: one part is for a Macintosh
            children = [child for child in children if mime.content_type(child) != "application/applefile"]
        elif kind == "multipart/related" and (start := mime.parameter(part, "start").strip(" <>")):
            children.sort(key=lambda child: _content_id(child) != start)
        found = [self.part(child, depth, version=kind == "multipart/alternative") for child in children]
        if len(boundary := mime.parameter(part, "boundary")) >= 8:
            found = [_without(f"--{boundary}", pieces) for pieces in found]
        several = any(
            _has_html(version) or mime.content_type(child) in MARKED | ENRICHED
            for child, version in zip(children, found, strict=True)
        )
        if kind == "multipart/alternative" and several:
            pieces = self.choose(found)
        else:
            pieces = self.undoubled([piece for pieces in found for piece in pieces], kind)
        return [_located(piece, _location(part)) for piece in pieces]

    def lost(self, part: Tree, kind: str, depth: int) -> list[Text | File]:
        """A multipart in which the parser found no parts: by another boundary they are there, or it is a text."""
        content = mime.content(part)
        boundary = mime.parameter(part, "boundary").encode("utf-8", "replace")
        if not boundary or b"\n--" + boundary not in b"\n" + content:
            found = DELIMITER.search(content)
            boundary = found[1].rstrip() if found is not None else b""
        if boundary:
            lines = re.compile(rb"^--%b(--)?[^\r\n]*" % re.escape(boundary), re.MULTILINE)
            body = lines.sub(rb"--%b\1" % FOUND, content)
            again = mime.parse(b'Content-Type: %b; boundary="%b"\n\n' % (kind.encode(), FOUND) + body)
            if again.is_multipart():
                return self.multipart(again, kind, depth)
            content = lines.sub(b"", content)
        preamble = PREAMBLE.match(content)
        content = content[preamble.end() :] if preamble else content
        return self.leaf(part, HTML if content.lstrip()[:1] == b"<" else "text/plain", content=content)

    def choose(self, versions: list[list[Text | File]]) -> list[Text | File]:
        """The richest version, with files of the others that it lacks (RFC 2046, section 5.1.4).

        That is the html, unless it is a stub beside a text that says much more.
        """
        said = [(version, _words(version)) for version in versions]
        rich = [one for one in said if _has_html(one[0])][-1:]
        best, heard = (*rich, *(one for one in said if any(isinstance(p, Text) for p in one[0])), ([], set()))[0]
        if rich:
            best, heard = next((one for one in said if len(one[1]) > max(4 * len(heard), STUB)), (best, heard))
        have = {piece.content for piece in best}
        files: list[Text | File] = []
        for version, words in said:
            if version is best:
                continue
            if 2 * len(words & heard) < len(words):
                self.warnings.append(OTHER_VERSION)
            self.plain += [p.content for p in version if isinstance(p, Text) and not p.html and _has_html(best)]
            # A text that is no file is one more version of the same: a calendar entry, AMP.
            files += [
                p
                for p in version
                if isinstance(p, File) and p.content not in have and not (p.type.startswith("text/") and not p.name)
            ]
        return best + files

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
        kind = "application/octet-stream" if kind in BODIES and is_file(content) else kind
        if kind in SIGNATURES or kind == SLIDES or not content.strip():
            return []
        name = mime.file_name(part)
        attached = part.get_content_disposition() == "attachment"
        if kind in BODIES and (EXCHANGE.fullmatch(name) or (not attached and (version or not name))):
            return self.texts(part, kind, content)
        content_id = _content_id(part)
        file = File(
            content,
            name,
            kind,
            content_id,
            inline=part.get_content_disposition() == "inline" or bool(content_id),
            location=_location(part),
        )
        if kind in BODIES and not self.spare and _may_be_text(name, attached=attached):
            texts = [text for text in self.text(part, kind, content) if not BINARY.search(text.content)]
            self.spare.update((id(file), text) for text in texts)
        return [file]

    def texts(self, part: Tree, kind: str, content: bytes) -> list[Text | File]:
        """A text, and the files that programs without MIME put into it."""
        pieces: list[Text | File] = []
        for name, found in [(b"", content)] if kind == HTML else enclosed(content):
            file = File(found, mime.decode(name, mime.charset(part)), "application/octet-stream", "", inline=False)
            pieces += [file] if name else self.text(part, kind, found)
        return pieces

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
        return [Text(said, html=html, flowed=flowed, delsp=delsp, location=_location(part) if html else "")]


def _may_be_text(name: str, *, attached: bool) -> bool:
    """May a text that looks like a file be the body of a mail without any other?"""
    return not name or BODY_NAME.fullmatch(name) is not None or (not attached and bool(TEXT_NAME.fullmatch(name)))


def _content_id(part: Tree) -> str:
    return unquote(mime.field(part, "content-id").strip().strip("<>"))


def _location(part: Tree) -> str:
    """Where the part would be on the web; a long one is folded anywhere (RFC 2557, section 4.4)."""
    return "".join(line.strip() for line in mime.field(part, "content-location").splitlines())


def _located(piece: Text | File, base: str) -> Text | File:
    """With the address that a relative one means in a multipart at `base`."""
    asked = piece.html if isinstance(piece, Text) else piece.location and piece.type not in BODIES
    if not base or not asked:
        return piece
    try:
        return replace(piece, location=urljoin(base, piece.location))
    except ValueError:  # an address like "http://["
        return piece


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


def _within(pieces: list[Text | File], most: int) -> tuple[list[Text | File], bool]:
    """The pieces with `most` characters of text in all; was there more?"""
    kept: list[Text | File] = []
    more = False
    for piece in pieces:
        if isinstance(piece, Text):
            more = more or len(piece.content) > most
            kept += [replace(piece, content=piece.content[:most])] if most else []
            most -= min(most, len(piece.content))
        else:
            kept.append(piece)
    return kept, more


def _told(warnings: list[str]) -> list[str]:
    return [f"{warning} ({times} times)" if times > 1 else warning for warning, times in Counter(warnings).items()]


def _words(pieces: list[Text | File]) -> set[str]:
    """What the texts of a version say."""
    texts = [shown(p.content) if p.html else UNSAID.sub(" ", p.content) for p in pieces if isinstance(p, Text)]
    return {word for text in texts for word in WORD.findall(text.casefold())}


def _has_html(pieces: list[Text | File]) -> bool:
    return any(isinstance(piece, Text) and piece.html for piece in pieces)

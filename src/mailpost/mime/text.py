"""The words of a text part: without the armour of PGP, the commands of text/enriched, the markup of html."""

import re
from html import unescape

SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n"
SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"
END = "\n-----END PGP SIGNATURE-----"
SEALED = "-----BEGIN PGP MESSAGE-----"
HIDDEN = re.compile(r"<(/?)(?:style|script|title)\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
SHOWN = re.compile(r"<img\b", re.IGNORECASE)
# With what pictures, documents, archives and sounds begin, and no text.
FILES = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WAVE|RIFF.{4}WEBP|%PDF-\d|PK\x03\x04|\x1f\x8b|OggS\0|ID3[\x02-\x04]|\0.{3}ftyp"
    rb"|\xd0\xcf\x11\xe0",
    re.DOTALL,
)
BLANK = " \t\r\n\xa0\u200b\u200c\u200d\u2060\ufeff"
COMMAND = re.compile(r"</?[a-z][a-z-]{0,40}>", re.IGNORECASE)
PARAM = re.compile(r"<(param)>[^<]*</param>", re.IGNORECASE)


def is_file(content: bytes) -> bool:
    """Is this no text at all? A part that does not say what it is, or says it wrongly, counts as text (RFC 2045)."""
    return FILES.match(content) is not None


def unsigned(text: str) -> str:
    """A text without the armour of a clear signature (RFC 9580, section 7), where there is one."""
    begin = text.find(SIGNED)
    head = text.find("\n\n", begin)
    signature = text.find(SIGNATURE, head)
    end = text.find(END, signature)
    if begin < 0 or min(head, signature, end) < begin or text[begin - 1 : begin] not in ("", "\n"):
        return text
    inside = re.sub(r"^- ", "", text[head + 2 : signature], flags=re.MULTILINE)
    return text[:begin] + inside + text[end + len(END) :]


def sealed(text: str) -> bool:
    return text.lstrip().startswith(SEALED)


def enriched(text: str) -> str:
    """The text of text/enriched (RFC 1896): a line end is a space, n of them are n - 1; commands are dropped."""
    lines = re.sub(r"\n+", lambda ends: "\n" * (len(ends.group()) - 1) or " ", text)
    pieces = PARAM.split(lines.replace("<<", "\0"))[::2]
    return COMMAND.sub("", "".join(pieces)).replace("\0", "<")


def shown(html: str) -> str:
    """What a reader of html sees, as one text; not for showing."""
    first, *others = html.split("<!--")
    pieces = HIDDEN.split(first + "".join(comment.partition("-->")[2] for comment in others))
    after = ["/", *pieces[1::2]]
    return unescape(TAG.sub(" ", "".join(p for p, closing in zip(pieces[::2], after, strict=True) if closing)))


def letters(text: str) -> str:
    """Letters and digits in one row, to compare one text with another."""
    return "".join(c for c in text.casefold() if c.isalnum())


def says_something(html: str) -> bool:
    return bool(shown(html).strip(BLANK) or SHOWN.search(html))

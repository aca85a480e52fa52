"""Transfer encodings (RFC 2045, section 6), by what their names mean to say and what the bytes allow."""

import binascii
import re
from collections.abc import Iterator

PADDING = re.compile(rb"=+[ \t]*")
MORE = re.compile(rb"\s*\n[A-Za-z0-9+/\s]+")
NOISE = re.compile(rb"[^A-Za-z0-9+/=]+")
ENCLOSED = re.compile(
    rb"^begin [0-7]{3,4} (\S[^\r\n]{0,200}?)\s{0,9}\n((?:[!-`][ -`]{0,90}\r?\n)+)(?:[` ]{0,9}\r?\n)?end\s{0,9}$",
    re.MULTILINE,
)


def decoded(raw: bytes, encoding: str) -> bytes:
    """`encoding` is the field as it was written: "Base64;", "quoted printable", "8-bit" and "x-uue" all occur."""
    name = encoding.lower()
    if "base64" in name or "base-64" in name:
        return base64(raw)
    if "quoted" in name:
        return quoted_printable(raw)
    return uuencoded(raw) if "uu" in name else raw


def base64(raw: bytes) -> bytes:
    """Tolerates noise, missing padding and letters too many, pieces that were encoded one by one, a footer below.

    What never was base64, which its spaces betray, is left as it is.
    """
    try:
        return binascii.a2b_base64(raw.translate(None, b" \t\r\n"), strict_mode=True)
    except binascii.Error:
        pass
    first, *others = PADDING.split(raw)
    line = first.strip().partition(b"\n")[0].strip()
    head = first.translate(None, b"\r\n")
    if b" " in line or 8 * len(NOISE.sub(b"", head)) <= 7 * len(head):
        return raw
    out = [_letters(first)]
    for piece in others:
        if piece.strip() and not MORE.fullmatch(piece):
            break
        out.append(_letters(piece))
    return b"".join(out)


def _letters(piece: bytes) -> bytes:
    """A single letter at the end holds six bits of a byte that never came."""
    letters = NOISE.sub(b"", piece)
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"==")


def quoted_printable(raw: bytes) -> bytes:
    """Bad escapes stay text. Spaces behind a soft line break are the transport's (RFC 2045, section 6.7, rule 3)."""
    lines = re.sub(rb"\r(?!\n)", b"\n", raw)
    return binascii.a2b_qp(re.sub(rb"=[ \t]{1,100}(?=\r?\n)", b"=", lines))


def uuencoded(raw: bytes) -> bytes:
    lines = iter(raw.splitlines())
    for line in lines:
        if line.startswith(b"begin "):
            break
    out = bytearray()
    for line in lines:
        if line.strip() == b"end":
            break
        out += _uu_line(line)
    return bytes(out)


def enclosed(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The pieces of a text, without a name, and the files that programs without MIME put between them, with theirs."""
    at = 0
    for found in ENCLOSED.finditer(text):
        lines = found[2].splitlines()
        # Words in capitals between the two are no file: their lines are too short for what they would mean.
        if 2 * sum(map(len, lines)) < sum(map(_uu_length, lines)):
            continue
        yield b"", text[at : found.start()]
        yield found[1], b"".join(map(_uu_line, lines))
        at = found.end()
    yield b"", text[at:]


def _uu_length(line: bytes) -> int:
    return ((line[0] - 32 & 63) * 4 + 5) // 3 if line else 0


def _uu_line(line: bytes) -> bytes:
    """The bytes of a line: as many as its first letter says, whatever became of the spaces at its end."""
    try:
        return binascii.a2b_uu(line[: _uu_length(line)]) if line else b""
    except binascii.Error:
        return b""

"""Text in seven bits that shifts between sets of characters (RFC 1468, 1554, 1557, 1843 and 1922)."""

import re

from mailpost.mime.attempts import first_of

ASIAN = re.compile(rb"\x1b\$(?:[@AB]|\([ACDOPQ]|\)[ACG])")
TOKEN = re.compile(rb"\x1b(\$[@AB]|\$\([ACDOPQ]|\$\)[ACG]|\([BJIH])|([\x0e\x0f\n])")
LATIN = frozenset([b"(B", b"(J", b"(H"])
KATAKANA = b"(I"
SUPPLEMENT = b"$(D"  # JIS X 0212, which EUC-JP writes with three bytes
JAPANESE = ("euc_jp", "euc_jis_2004")
CHINESE = ("gb18030",)
KOREAN = ("cp949",)
CODECS = {
    b"$A": CHINESE,
    b"$(A": CHINESE,
    b"$)A": CHINESE,
    b"$(C": KOREAN,
    b"$)C": KOREAN,
    KATAKANA: ("cp932",),
    b"$)G": ("ascii",),
}
HIGH = bytes(byte | 0x80 if 0x20 < byte < 0x7F else byte for byte in range(256))
# What SO shifts to where the text does not say it, and how bytes are read that should not be there.
DEFAULTS = {"iso2022_jp": (KATAKANA, "cp932"), "iso2022_kr": (b"$)C", "cp949"), "iso2022_cn": (b"$)A", "gb18030")}
HZ = re.compile(rb"~(?:\{((?:[!-}][!-~])*)(?:~\})?|~|\r?\n)")


def has_shifts(content: bytes) -> bool:
    """Terminals write escape codes, too, but none of these."""
    return ASIAN.search(content) is not None


def iso_2022(content: bytes, name: str) -> str:
    """With the half-width and the vendors' characters that real mail has and the library's codecs refuse."""
    second, plain = DEFAULTS.get(name, DEFAULTS["iso2022_jp"])
    first, shifted, at = b"(B", False, 0
    out = []
    for token in TOKEN.finditer(content):
        out.append(_read(content[at : token.start()], second if shifted else first, plain))
        at = token.end()
        escape, control = token.groups()
        if control == b"\n":
            out.append("\n")
        if control is not None:
            shifted = control == b"\x0e"  # the end of a line ends the shift
        elif escape.startswith(b"$)"):
            second = escape
        else:
            first = escape
    out.append(_read(content[at:], second if shifted else first, plain))
    return "".join(out)


def hz(content: bytes) -> str:
    """Chinese between ~{ and ~}, where pairs end with the line; a tilde before anything else is a tilde."""
    out, at = [], 0
    for token in HZ.finditer(content):
        out.append(content[at : token.start()].decode("gb18030", "replace"))
        at = token.end()
        if token[1] is not None:
            out.append(first_of(CHINESE, token[1].translate(HIGH)))
        elif token.group() == b"~~":
            out.append("~")
    out.append(content[at:].decode("gb18030", "replace"))
    return "".join(out)


def _read(piece: bytes, charset: bytes, plain: str) -> str:
    if charset in LATIN:
        return piece.decode(plain, "replace")
    high = piece.translate(HIGH)
    if charset == SUPPLEMENT:
        high = b"".join(b"\x8f" + high[at : at + 2] for at in range(0, len(high), 2))
    return first_of(CODECS.get(charset, JAPANESE), high)

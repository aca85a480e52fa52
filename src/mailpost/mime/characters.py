"""Bytes of a mail as text, by the labels of the WHATWG Encoding Standard and by what mail programs write beside them.

No codec that can smuggle markup is ever used: utf-7, unicode_escape, punycode and the like stay the ASCII they are.
"""

import codecs
import re

import webencodings

# Labels that are in use and not in the standard, and stricter names for what these say.
LABELS = {
    "cp932": "shift_jis", "ms932": "shift_jis", "cp936": "gb18030", "gb2312": "gb18030", "gbk": "gb18030",
    "cp949": "cp949", "cp950": "big5", "big5-eten": "big5", "latin9": "iso-8859-15", "latin-9": "iso-8859-15",
    "cp437": "cp437", "ibm437": "cp437", "cp850": "cp850", "ibm850": "cp850", "cp852": "cp852", "ibm852": "cp852",
    "cp858": "cp858", "ibm858": "cp858",
    "x-mac-ce": "mac_latin2", "x-mac-centraleurroman": "mac_latin2", "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish", "x-mac-icelandic": "mac_iceland", "x-mac-japanese": "shift_jis",
    "x-mac-korean": "cp949", "x-mac-chinesesimp": "gb18030", "x-mac-chinesetrad": "big5",
    "iso-2022-kr": "iso2022_kr", "hz-gb-2312": "hz",
}  # fmt: skip
JAPANESE = re.compile(r"iso-2022-jp\b|csiso2022jp|cp5022[012]")
# To be tried in turn until one leaves no byte unread and makes no control character of any.
CHAINS = {
    "cp932": ("cp932", "shift_jis_2004"), "euc_jp": ("euc_jp", "euc_jis_2004"), "big5hkscs": ("cp950", "big5hkscs"),
    "iso8859-2": ("iso8859-2", "cp1250"), "iso8859-4": ("iso8859-4", "cp1257"), "iso8859-5": ("iso8859-5", "cp1251"),
    "iso8859-6": ("iso8859-6", "cp1256"), "iso8859-7": ("iso8859-7", "cp1253"), "iso8859-8": ("iso8859-8", "cp1255"),
    "iso8859-13": ("iso8859-13", "cp1257"), "iso8859-15": ("iso8859-15", "cp1252"),
}  # fmt: skip
DOUBLE = frozenset(["gbk", "gb18030", "cp932", "euc_jp", "big5hkscs", "cp949"])
LATIN = frozenset(
    ["cp1250", "cp1254", "cp1257", "cp1258", "mac-roman", "mac_latin2"]
    + [f"iso8859-{part}" for part in (2, 3, 4, 9, 10, 13, 14, 15, 16)]
)
STATEFUL = frozenset(["iso2022_jp", "iso2022_kr", "hz"])
WIDE = frozenset(["utf-16-le", "utf-16-be"])
# What is declared without a look at the text, or cannot be true of bytes beyond ASCII.
UNRELIABLE = STATEFUL | {"", "ascii", "cp1252", "utf-8"}
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
C1 = re.compile("[\x80-\x84\x86-\x9f]")
SHIFT = re.compile(rb"\x1b(\$[@B]|\$\([DOPQ]|\([BJIH])")
META = re.compile(rb"<meta[^<>]{0,300}charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def decode(content: bytes, *labels: str) -> str:
    """Bytes as text. The first label that is known counts; text is read as what it is wherever that can be told."""
    for mark, unicode in MARKS:
        if content.startswith(mark):
            return _first_of((unicode,), content.removeprefix(mark))
    name = next(filter(None, map(_codec, labels)), "")
    if name in WIDE:
        return _wide(content, name, labels)
    if content.isascii():
        return _seven_bits(content, name)
    text = _utf8(content)
    if text is not None and (name in UNRELIABLE or _in_disguise(text, name)):
        return text
    names: tuple[str, ...] = CHAINS.get(name, (name,))
    if name in UNRELIABLE and _mostly_utf8(content):
        names = ("utf-8",)
    elif name in STATEFUL or name in ("", "ascii"):
        names = _guess(content)
    return _first_of(names, content)


def meta_charset(content: bytes) -> str:
    """The charset that an html text declares itself, or nothing."""
    found = META.search(content[:4096])
    return found[1].decode() if found else ""


def _codec(label: str) -> str:
    """The name of a Python codec, or nothing where the label says nothing: `unknown-8bit`, `default`, `x-user-defined`."""
    found = re.search(r"[\w.:+-]{2,40}", label.lower().rpartition("=")[2])
    plain = found.group() if found else ""
    if JAPANESE.match(plain):
        return "iso2022_jp"
    if plain in ("us-ascii", "ascii", "ansi_x3.4-1968"):
        return "ascii"
    known = webencodings.lookup(LABELS.get(plain, plain))
    if known is None:
        return LABELS.get(plain, "")
    return "" if known.name in ("replacement", "x-user-defined") else str(known.codec_info.name)


def _utf8(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _in_disguise(text: str, name: str) -> bool:
    """Is this UTF-8 under the label of something else? By chance other text can be valid UTF-8, but not for long."""
    beyond = [c for c in text if c >= "\x80"]
    if name in DOUBLE:
        return sum(c >= "\u0800" for c in beyond) >= 2
    return len(beyond) >= (1 if name in LATIN else 3)


def _mostly_utf8(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return sum(c >= "\x80" for c in text) > 4 * broken


def _first_of(names: tuple[str, ...], content: bytes) -> str:
    for name in names:
        try:
            text = content.decode(name)
        except UnicodeError:
            continue
        if name == names[-1] or not C1.search(text):
            return text
    # A single byte that fits nowhere was most likely put there by a program that thinks in Windows-1252.
    return content.decode(names[0], "mailpost.stray")


def _stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    at, single = error.start, error.end - error.start == 1
    western = error.encoding in ("utf-8", "utf8") or error.object[at] == 0x80  # the euro sign of Windows, everywhere
    return error.object[at : error.end].decode("cp1252", "replace") if single and western else "\ufffd", error.end


codecs.register_error("mailpost.stray", _stray)


def _seven_bits(content: bytes, name: str) -> str:
    if name == "iso2022_jp" or (b"\x1b$" in content and name in UNRELIABLE - STATEFUL):
        return _iso_2022_jp(content)
    return content.decode(name if name in STATEFUL else "ascii", "replace")


def _wide(content: bytes, name: str, labels: tuple[str, ...]) -> str:
    """UTF-16. Which half of a character comes first is said by the label, or by where the zeroes are."""
    if b"\0" not in content and re.search(rb"[ \n]", content) and (text := _utf8(content)) is not None:
        return text
    if not any(label.lower().rstrip("\"' ").endswith(("le", "be")) for label in labels):
        name = "utf-16-be" if content[::2].count(0) > content[1::2].count(0) else "utf-16-le"
    return content.decode(name, "replace")


def _iso_2022_jp(content: bytes) -> str:
    """RFC 1468, with the half-width and the vendors' characters that real mail has and the codec refuses."""
    mode, out = b"(B", ""
    for index, piece in enumerate(SHIFT.split(content)):
        if index % 2:
            mode = piece
        elif mode in (b"(B", b"(J", b"(H"):
            out += piece.decode("ascii", "replace")
        else:
            out += "\n".join(_shifted(line, mode) for line in piece.split(b"\n"))
    return out


def _shifted(line: bytes, mode: bytes) -> str:
    high = bytes(byte | 0x80 if byte > 0x20 else byte for byte in line)
    if mode == b"(I":
        return high.decode("cp932", "replace")
    if mode == b"$(D":
        high = b"".join(b"\x8f" + high[at : at + 2] for at in range(0, len(high), 2))
    return _first_of(("euc_jp", "euc_jis_2004"), high)


def _guess(content: bytes) -> tuple[str, ...]:
    """The codecs of a text that does not say what it is in: Japanese, Korean, Chinese, Russian, else Windows-1252.

    In a text of Latin letters few bytes are beyond ASCII; in the others most are, and a certain share of their
    characters is of the kind that every sentence has.
    """
    sample = content[:8000]
    if sum(byte >= 0x80 for byte in sample) * 10 > 3 * len(sample.translate(None, b" \t\r\n")):
        for names, share, usual in GUESSES:
            beyond = [c for c in sample.decode(names[0], "replace") if c >= "\x80"]
            if sum(map(usual, beyond)) > share * len(beyond):
                return names
    return ("cp1252",)


def _hiragana(c: str) -> bool:
    return "\u3041" <= c <= "\u309f"


def _hangul(c: str) -> bool:
    return "\uac00" <= c <= "\ud7a3"


def _simplified(c: str) -> bool:
    """On the first level of GB 2312, or punctuation."""
    return b"\xa1" <= c.encode("gb2312", "ignore")[:1] <= b"\xd7"


def _traditional(c: str) -> bool:
    return b"\xa1" <= c.encode("big5", "ignore")[:1] <= b"\xc6"


def _small_cyrillic(c: str) -> bool:
    return "\u0430" <= c <= "\u045f"


GUESSES = (
    (("euc_jp", "euc_jis_2004"), 0.2, _hiragana),
    (("cp932", "shift_jis_2004"), 0.2, _hiragana),
    (("cp949",), 0.85, _hangul),
    (("gb18030",), 0.8, _simplified),
    (("cp950", "big5hkscs"), 0.85, _traditional),
    (("cp1251",), 0.7, _small_cyrillic),
    (("koi8-r",), 0.7, _small_cyrillic),
)

"""Bytes of a mail as text, by the labels of the WHATWG Encoding Standard and by what mail programs write beside them.

No codec that can smuggle markup is ever used: utf-7, unicode_escape, punycode and the like stay the ASCII they are.
"""

import codecs
import re

import webencodings

from mailpost.mime.attempts import first_of
from mailpost.mime.guess import guess
from mailpost.mime.shifts import has_shifts, hz, iso_2022

# Labels that are in use and not in the standard, and stricter names for what these say.
LABELS = {
    "cp932": "shift_jis", "ms932": "shift_jis", "cp943": "shift_jis", "cp874": "windows-874", "ujis": "euc-jp", "cp936": "gb18030",
    "gb2312": "gb18030", "gb-2312": "gb18030", "euc-cn": "gb18030", "euccn": "gb18030", "gbk": "gb18030", "cp949": "cp949", "johab": "johab",
    "cp950": "big5", "big5-eten": "big5", "chinesebig5": "big5", "latin9": "iso-8859-15", "latin-9": "iso-8859-15",
    "x-mac-ce": "mac_latin2", "x-mac-centraleurroman": "mac_latin2", "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish", "x-mac-icelandic": "mac_iceland", "x-mac-croatian": "mac_croatian",
    "x-mac-romanian": "mac_romanian", "x-mac-arabic": "mac_arabic", "x-mac-farsi": "mac_farsi",
    "x-mac-japanese": "shift_jis", "x-mac-korean": "cp949", "x-mac-chinesesimp": "gb18030", "x-mac-chinesetrad": "big5",
    "iso-2022-kr": "iso2022_kr", "csiso2022kr": "iso2022_kr", "iso-2022-cn": "iso2022_cn", "iso-2022-cn-ext": "iso2022_cn",
    "hz-gb-2312": "hz", "hz": "hz", "cp65001": "utf-8", "hp-roman8": "hp_roman8",
    "utf-32": "utf-32", "utf-32le": "utf-32-le", "utf-32be": "utf-32-be",
}  # fmt: skip
NUMBERED = re.compile(r"(?:x-)?(?:cp|ibm|dos|win|windows|ms)-?(\d{3,5})")
DOS = frozenset(f"cp{n}" for n in (437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 869))
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
SHIFTING = frozenset(["iso2022_jp", "iso2022_kr", "iso2022_cn", "hz"])
WIDE = frozenset(["utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
# What is declared without a look at the text, or cannot be true of bytes beyond ASCII.
UNRELIABLE = SHIFTING | {"", "ascii", "cp1252", "utf-8"}
MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
META = re.compile(rb"<meta[^<>]{0,300}charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def decode(content: bytes, *labels: str) -> str:
    """Bytes as text. The first label that is known counts; text is read as what it is wherever that can be told."""
    for mark, unicode in MARKS:
        if content.startswith(mark):
            return first_of((unicode,), content.removeprefix(mark))
    name = next(filter(None, map(_codec, labels)), "")
    if name in WIDE:
        return _wide(content, name, labels)
    if _shifts(content, name):
        return hz(content) if name == "hz" else iso_2022(content, name)
    if content.isascii():
        return content.decode("ascii")
    text = _utf8(content)
    if text is not None and (name in UNRELIABLE or _in_disguise(text, name)):
        return text
    return first_of(_names(content, name), content)


def _names(content: bytes, name: str) -> tuple[str, ...]:
    """The codecs to try for bytes beyond ASCII that are no UTF-8, or not all of them."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(c >= "\x80" for c in text) - broken
    if name in UNRELIABLE and whole > 3 * broken:
        return ("utf-8",)
    if name == "utf-8":
        return ("utf-8",) if whole > broken else guess(content, name)
    return guess(content, "cp1252") if name in SHIFTING or name in ("", "ascii") else CHAINS.get(name, (name,))


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
    if (number := NUMBERED.fullmatch(plain)) is not None:
        plain = f"cp{number[1]}"
    known = webencodings.lookup(LABELS.get(plain, plain))
    if known is None:
        return plain if plain in DOS else LABELS.get(plain, "")
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


def _shifts(content: bytes, name: str) -> bool:
    """Is this text that shifts in seven bits? Where nobody says so, only an escape code is proof."""
    if name not in SHIFTING:
        return name in UNRELIABLE and content.isascii() and has_shifts(content)
    return content.isascii() or has_shifts(content) or b"\x0e" in content or b"~{" in content


def _wide(content: bytes, name: str, labels: tuple[str, ...]) -> str:
    """UTF-16 and -32. Which half of a character comes first is said by the label, or by where the zeroes are."""
    if b"\0" not in content and re.search(rb"[ \n]", content) and (text := _utf8(content)) is not None:
        return text
    if name.startswith("utf-16") and not any(label.lower().rstrip("\"' ").endswith(("le", "be")) for label in labels):
        name = "utf-16-be" if content[::2].count(0) > content[1::2].count(0) else "utf-16-le"
    return content.decode(name, "replace")

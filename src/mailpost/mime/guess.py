"""In what a text is written that does not say so.

In every language a dozen letters make most of a text. Read in the wrong way it has others; Japanese, Korean and Chinese,
of two bytes each, have characters of the kind that every sentence has.
"""

import re
from collections.abc import Callable

# In a text of Latin letters bytes beyond ASCII stand alone, or two together; words of others are made of them.
RUN = re.compile(rb"[\x80-\xff]{3,}")
BEYOND = re.compile(rb"[\x80-\xff]")
ORNAMENT = re.compile(rb"([\x80-\xff])\1{5,}")
SAMPLE = 8000
FEW = 4
ENOUGH = 16
MOST = 0.55
CYRILLIC, GREEK, HEBREW, ARABIC = "оеаинтсрвлкдія", "αοιετσνηυρκπλόάέήίς", "יוהלאמרתבשנםפ", "ايلمنتورهبةد"
ALPHABETS = {
    "cp1251": CYRILLIC, "koi8-u": CYRILLIC, "iso8859-5": CYRILLIC, "cp866": CYRILLIC,
    "cp1253": GREEK, "cp1255": HEBREW, "cp1256": ARABIC, "iso8859-6": ARABIC,
}  # fmt: skip

Kind = tuple[tuple[str, ...], float, Callable[[str], bool]]
"""Codecs, the share of a text that is of a kind if it is written in the first of them, and that kind."""


def guess(content: bytes, otherwise: str) -> tuple[str, ...]:
    """The codecs to try, which are `otherwise` for Latin letters."""
    sample = ORNAMENT.sub(b"", content[:SAMPLE])
    beyond, in_words = len(BEYOND.findall(sample)), sum(map(len, RUN.findall(sample)))
    if beyond < FEW or 2 * in_words <= beyond:
        return (otherwise,)
    return _by_kind(sample, KANA_AND_HANGUL) or _by_alphabet(sample, beyond) or _by_kind(sample, OTHERS) or (otherwise,)


def _by_alphabet(sample: bytes, beyond: int) -> tuple[str, ...]:
    shares = {name: _share(sample, name, letters.__contains__) for name, letters in ALPHABETS.items()}
    best = max(shares, key=lambda name: shares[name])
    return (best,) if beyond >= ENOUGH and shares[best] >= MOST else ()


def _by_kind(sample: bytes, kinds: tuple[Kind, ...]) -> tuple[str, ...]:
    return next((names for names, share, usual in kinds if _share(sample, names[0], usual) > share), ())


def _share(sample: bytes, name: str, usual: Callable[[str], bool]) -> float:
    found = [c for c in sample.decode(name, "replace") if c >= "\x80"]
    return sum(map(usual, found)) / max(1, len(found))


def _hiragana(c: str) -> bool:
    return "\u3041" <= c <= "\u309f"


def _hangul(c: str) -> bool:
    """Of the 2350 syllables that Korean needs, not of the 8822 that Windows has besides."""
    return b"\xb0" <= c.encode("euc_kr", "ignore")[:1] <= b"\xc8"


def _simplified(c: str) -> bool:
    """On the first level of GB 2312, or punctuation."""
    return b"\xa1" <= c.encode("gb2312", "ignore")[:1] <= b"\xd7"


def _traditional(c: str) -> bool:
    return b"\xa1" <= c.encode("big5", "ignore")[:1] <= b"\xc6"


def _small_cyrillic(c: str) -> bool:
    return "\u0430" <= c <= "\u045f"


KANA_AND_HANGUL: tuple[Kind, ...] = (
    (("euc_jp", "euc_jis_2004"), 0.2, _hiragana),
    (("cp932", "shift_jis_2004"), 0.2, _hiragana),
    (("cp949",), 0.85, _hangul),
)
OTHERS: tuple[Kind, ...] = (
    (("gb18030",), 0.8, _simplified),
    (("cp950", "big5hkscs"), 0.85, _traditional),
    (("cp1251",), 0.7, _small_cyrillic),
    (("koi8-r",), 0.7, _small_cyrillic),
)

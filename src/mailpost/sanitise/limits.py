"""What costs a sanitiser more than a moment: found in linear time, before one sees it."""

import re
from collections import Counter

SIZE = 512 * 1024
TAGS = 40_000  # beginnings and ends
BLEACHED = 20_000  # bleach is thirty times slower than nh3
AMPERSANDS = 20_000  # that begin nothing: nh3 takes quadratic time for them
DEPTH = 1024  # mail leaves paragraphs and list items open, which counts as depth here and is none
NESTED = 150  # libxml2 drops what is deeper than 256, and our own walk needs a few frames for each level
TAG_BYTES = 16 * 1024
GROWTH = 6
SMALL = 1024  # bytes that a few links may grow by

# A tag as the tokenizer of a browser reads it, looked for at every “<” before a letter: whether one of them stands in a
# comment, a script or a value, only a browser knows. None has more than 256 attributes.
_NAME = r"[^\t\n\f\r />][^\t\n\f\r />=]*+"
_VALUE = r"[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >]*+)"
TAG = re.compile(
    rf"<(?=/?[a-zA-Z])(?=((/?)([a-zA-Z][^\t\n\f\r />]*+)(?:[\t\n\f\r /]*+{_NAME}(?:{_VALUE})?+){{0,256}}+[\t\n\f\r /]*+(?:>|\Z)))?"
)
BARE = re.compile(r"&(?![a-zA-Z#])")
VOID = frozenset({"br", "hr", "img", "wbr", "source"})


class Unsafe(Exception):
    """This html is not for readers; the message says why."""


class TooMuch(Unsafe):
    """This html is larger or deeper than the sanitisers can be trusted with in bounded time."""


def limit(content: str, *, depth: int = DEPTH, tags: int = TAGS) -> None:
    """Raise `TooMuch` for what costs either sanitiser quadratic time; itself linear."""
    if len(content) > SIZE:
        raise TooMuch("it is too long")
    if content.count("<") > tags:
        raise TooMuch("it has too many tags")
    if len(BARE.findall(content)) > AMPERSANDS:
        raise TooMuch("it has too many ampersands")
    open_: Counter[str] = Counter()
    now = read = 0
    for found in TAG.finditer(content):
        whole, ending, name = found.groups()
        if whole is None or len(whole) > TAG_BYTES:
            raise TooMuch("a tag is too long")
        read += len(whole)
        name = name.lower()
        if ending:
            closes = min(1, open_[name])  # an end that closes nothing makes nothing less deep
            open_[name] -= closes
            now -= closes
        elif name not in VOID and not whole.endswith("/>"):
            open_[name] += 1
            now += 1
        if now > depth or read > 8 * SIZE:
            raise TooMuch("it is nested too deeply")

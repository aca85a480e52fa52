"""A second opinion: may a stranger's browser be given this html?

Shares nothing with the sanitisers: no code, no tables, no parser. It knows only the narrow way in which the last of them
writes, mends nothing, and accepts only what a browser reads as the tree that stands there: every element closed in its
turn, nothing where a browser would move or close it. Linear.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from html import unescape
from typing import NamedTuple

DEEPEST = 200  # browsers flatten what is deeper than 512

_SIGN = r"[^<>&\"]++|&(?:amp|lt|gt|quot|nbsp);"
TOKEN = re.compile(
    r"((?:[^<>&]++|&(?:amp|lt|gt|nbsp);)*+)"
    rf'(?:<([a-z][a-z0-9]*+)((?: [a-z]++="(?:{_SIGN})*+")*+)>|</([a-z][a-z0-9]*+)>|\Z)'
)
ATTRIBUTE = re.compile(r' ([a-z]++)="([^"]*+)"')
# Controls other than tab and line feed, halves of characters, and two that are none.
FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
UNSEEN = r"\x00-\x20\x7f-\xa0\\\xad\u061c\u115f\u1160\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff"
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\n]")

_HOST = r"(?:[a-z0-9_-]{1,63}\.){0,126}[a-z0-9_-]{1,63}\.?"
WEB = re.compile(rf"https?://(?:{_HOST}|\[[0-9a-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?(?:[/?#][^{UNSEEN}]*)?")
MAIL = re.compile(rf"mailto:[A-Za-z0-9.!#$'*+/=^_`{{|}}~-]{{1,64}}@{_HOST}")
FILE = re.compile(r"mailpost-media:([A-Za-z0-9/._-]+)")
FILES = re.compile(r"(mailpost-media:[A-Za-z0-9/._-]+)(?: [0-9]{1,5}w)?")

Check = Callable[[str, Collection[str]], bool]


class Frame(NamedTuple):
    """An open element, and what a start tag inside it would close again."""

    name: str
    closes: frozenset[str]


def _whole(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value, _media: compiled.fullmatch(value) is not None


def _words(value: str, _media: Collection[str]) -> bool:
    return TURNING.search(value) is None


def _own(value: str, media: Collection[str]) -> bool:
    found = FILE.fullmatch(value)
    return found is not None and found[1] in media


def _all_own(value: str, media: Collection[str]) -> bool:
    found = [FILES.fullmatch(one.strip(" ")) for one in value.split(",")]
    return all(one is not None and _own(one[1], media) for one in found)


def _target(value: str, media: Collection[str]) -> bool:
    if len(value) > 2048:
        return False
    return bool(WEB.fullmatch(value) or MAIL.fullmatch(value)) or _own(value, media)


_class = _whole("photo|gallery|sound|film|file|forward-head|card|number")
_side = _whole("[1-9][0-9]{0,3}|10000")
_span = _whole("[1-9][0-9]?|100")
_once = _whole("")
_anywhere: Mapping[str, Check] = {"dir": _whole("ltr|rtl|auto"), "lang": _whole("[A-Za-z0-9-]{1,35}")}
_classed: Mapping[str, Check] = {**_anywhere, "class": _class}
_cell: Mapping[str, Check] = {**_classed, "colspan": _span, "rowspan": _span}
_played: Mapping[str, Check] = {**_anywhere, "src": _own, "controls": _once, "preload": _whole("none|metadata")}
_plain = (
    "b bdi bdo blockquote br caption cite code dd del dl dt em figcaption h2 h3 h4 h5 h6 hr i ins kbd li mark picture pre q"
    " rp rt ruby s samp small span strong sub sup table tbody tfoot thead tr u ul var wbr"
)
ELEMENTS: Mapping[str, Mapping[str, Check]] = {
    **dict.fromkeys(_plain.split(), _anywhere),
    **dict.fromkeys(("div", "figure", "p"), _classed),
    "a": {**_anywhere, "href": _target, "title": _words, "rel": _whole("nofollow noopener noreferrer")},
    "abbr": {**_anywhere, "title": _words},
    "audio": _played,
    "img": {
        **_anywhere,
        "src": _own,
        "alt": _words,
        "title": _words,
        "width": _side,
        "height": _side,
        "loading": _whole("lazy"),
    },
    "ol": {**_anywhere, "start": _whole("-?[0-9]{1,6}"), "reversed": _once, "type": _whole("[1aAiI]")},
    "source": {
        **_anywhere,
        "srcset": _all_own,
        "type": _whole("image/(?:webp|jpeg|png)"),
        "sizes": _whole(r"(?:\((?:min|max)-width: [0-9.]+rem\) [0-9.]+(?:vw|rem), )*[0-9.]+(?:vw|rem)"),
    },
    "td": _cell,
    "th": {**_cell, "scope": _whole("(?:row|col)(?:group)?")},
    "video": {**_played, "poster": _own, "width": _side, "height": _side},
}
VOID = frozenset({"br", "hr", "img", "source", "wbr"})

# What a browser moves out of a table, or makes up for it, may not be there; other places have no parts of tables.
_rows = frozenset({"tr"})
INSIDE: Mapping[str, frozenset[str]] = {
    "table": frozenset({"caption", "thead", "tbody", "tfoot"}),
    **dict.fromkeys(("thead", "tbody", "tfoot"), _rows),
    "tr": frozenset({"td", "th"}),
}
PARTS = frozenset().union(*INSIDE.values())
# What a start tag closes that is still open around it.
_headings = frozenset({"h2", "h3", "h4", "h5", "h6"})
_blocks = _headings | {"blockquote", "div", "dl", "figcaption", "figure", "hr", "ol", "p", "pre", "table", "ul"}
CLOSES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_blocks, frozenset({"p"})),
    "a": frozenset({"a"}),
    "dd": frozenset({"dd", "dt", "p"}),
    "dt": frozenset({"dd", "dt", "p"}),
    "li": frozenset({"li", "p"}),
}
CLOSED = frozenset().union(*CLOSES.values())
# Behind these, what is open outside is safe from start tags: for all of it, or for parts of lists.
WALLS = frozenset({"caption", "td", "th"})
FENCES = (_blocks | {"dd", "dt", "li"}) - {"div", "p"}
LIST_PARTS = frozenset({"dd", "dt", "li"})


def refusal(markup: str, media: Collection[str]) -> str:
    """Why this must not be published; empty if it may. `media` are the paths of the post's own files."""
    if FORBIDDEN.search(markup):
        return "it has a character that no page may have"
    frames = [Frame("", frozenset())]
    at = 0
    while token := TOKEN.match(markup, at):
        text, start, attributes, end = token.groups()
        parent = frames[-1]
        if parent.name in INSIDE and text.strip("\n\t "):
            return f"there is text in <{parent.name}>"
        if end:
            frames.pop()
            doubt = "" if end == parent.name else f"</{end}> closes something else"
        elif start:
            doubt = _place(start, parent, len(frames)) or _attributes(start, attributes, media)
            if start not in VOID:
                frames.append(_inside(start, parent.closes))
        else:
            return f"<{parent.name}> stays open" if parent.name else ""
        if doubt:
            return doubt
        at = token.end()
    return "it is not written plainly"


def _place(name: str, parent: Frame, depth: int) -> str:
    """Why this element cannot stand there."""
    if name not in ELEMENTS:
        return f"<{name}> is unknown"
    if name not in INSIDE.get(parent.name, (name,)) or (name in PARTS and parent.name not in INSIDE):
        return f"<{name}> cannot be in <{parent.name}>"
    if not parent.closes.isdisjoint(CLOSES.get(name, ())) or (name in _headings and parent.name in _headings):
        return f"<{name}> would close what it is in"
    return "it is nested too deeply" if depth > DEEPEST else ""


@cache
def _inside(name: str, around: frozenset[str]) -> Frame:
    if name in WALLS:
        around = frozenset()
    elif name in FENCES:
        around -= LIST_PARTS
    return Frame(name, around | {name} if name in CLOSED else around)


def _attributes(name: str, written: str, media: Collection[str]) -> str:
    known, pairs = ELEMENTS[name], ATTRIBUTE.findall(written)
    found = {attribute: unescape(value) for attribute, value in pairs}
    if len(found) != len(pairs):
        return f"<{name}> has an attribute twice"
    for attribute, value in found.items():
        if attribute not in known or not known[attribute](value, media):
            return f"<{name}> has a wrong {attribute}"
    return f"<{name}> has no rel" if name == "a" and "rel" not in found else ""

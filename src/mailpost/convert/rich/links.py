"""Bare addresses in the text of html → links, as every mail program shows them."""

import re
from collections.abc import Iterator
from typing import Literal

from lxml import html
from lxml.html import HtmlElement

from mailpost.sanitise import link

ADDRESS = re.compile(
    r"(?<![\w/=.@&-])(?:https?://|www\.)[^\s<>\"“”«»、。，！？；：「」『』【】《》]{4,2000}", re.IGNORECASE
)
LITERAL = frozenset({"a", "pre", "code", "kbd", "samp"})
ENDING, ENDINGS = ".,;:!?…'’*_", 4  # signs, and how many brackets may stand among them


def link_addresses(tree: HtmlElement) -> None:
    for element, at in list(_texts(tree)):
        value = getattr(element, at) or ""
        after, anchors = 0, []
        for match in ADDRESS.finditer(value):
            address = _without_ending(match.group())
            target = address if "://" in address else f"http://{address}"
            if link(target) is None or target.count(".") < 1:
                continue
            anchors.append((value[after : match.start()], address, target))
            after = match.start() + len(address)
        if anchors:
            _put(element, at, anchors, value[after:])


def _texts(element: HtmlElement) -> Iterator[tuple[HtmlElement, Literal["text", "tail"]]]:
    """Where text stands that may hold an address."""
    if element.tag in LITERAL:
        return
    yield element, "text"
    for child in element:
        yield from _texts(child)
        yield child, "tail"


def _without_ending(address: str) -> str:
    """Without what belongs to the sentence: its end, and a bracket that was opened before the address."""
    for _ in range(ENDINGS):
        address = address.rstrip(ENDING)
        for opening, closing in ("()", "[]"):
            if address.endswith(closing) and address.count(opening) < address.count(closing):
                address = address[:-1]
    return address


def _put(element: HtmlElement, at: Literal["text", "tail"], anchors: list[tuple[str, str, str]], rest: str) -> None:
    """Put links in the place of a text: each with the words before it, its own words and its target."""
    parent = element if at == "text" else element.getparent()
    place = 0 if at == "text" else parent.index(element) + 1
    setattr(element, at, anchors[0][0])
    tails = [*(before for before, _, _ in anchors[1:]), rest]
    for n, ((_, words, target), tail) in enumerate(zip(anchors, tails, strict=True)):
        anchor = html.Element("a", {"href": target})
        anchor.text, anchor.tail = words, tail
        parent.insert(place + n, anchor)

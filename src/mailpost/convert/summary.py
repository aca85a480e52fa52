"""What a finished body says in plain words: for titles, excerpts and search."""

import re
from dataclasses import dataclass

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert import rich

PROSE = frozenset({"p", "ul", "ol", "dl", "blockquote", "h2", "h3", "h4", "h5", "h6", "pre"})


@dataclass(frozen=True, slots=True)
class Words:
    """`all` is everything a reader sees; `prose` the paragraphs alone, `first` the first line of any text.

    `label` is what stands in for a text where there is none: the name of a link, a recording or a document.
    """

    all: str = ""
    prose: str = ""
    first: str = ""
    label: str = ""


def words_of(safe: str) -> Words:
    """Read a sanitised body."""
    if not safe:
        return Words()
    tree = html.fragment_fromstring(safe, create_parent="div")
    for note in list(tree.iter("small")):  # sizes, durations and hosts are for the eye
        if any(outer.get("class") in ("file", "card", "sound") for outer in note.iterancestors("p", "figure")):
            note.drop_tree()
    texts = [block for block in tree if block.tag in PROSE and not block.get("class")]
    paragraphs = [rich.text_of(block) for block in texts if block.tag == "p"]
    first = next((text for text in map(rich.text_of, texts) if text), "")
    return Words(rich.text_of(tree), " ".join(paragraphs), first, _label(tree))


def title_from(text: str) -> str:
    """The first line of a post that has no title, cut at the end of a sentence or a word."""
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    # Chinese and Japanese put no space after a sentence, and say as much in half the letters.
    sentence = re.match(r"(.{8,60}?[.!?…])(?:\s|$)|(.{4,60}?[。！？])", first)
    if sentence:
        return sentence.group().rstrip(".。 ")
    short = first if len(first) <= 60 else first[:60].rsplit(" ", 1)[0]
    return short.rstrip(" ,;:–-") + (" …" if short != first else "")


def _label(tree: HtmlElement) -> str:
    for block in tree:
        if block.get("class") in ("card", "sound", "file"):
            words = " ".join(rich.text_of(block).split())
            return re.sub(r"\.\w{2,4}$", "", words).replace("_", " ") if block.get("class") == "file" else words
    return ""

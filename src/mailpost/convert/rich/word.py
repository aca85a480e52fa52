"""What Word writes into mails: it is the editor inside Outlook, and thinks in pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html
from lxml.html import HtmlElement

LIST = re.compile(r"mso-list\s*:\s*(l\d{1,6}) level(\d{1,2})", re.IGNORECASE)
IGNORED = re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE)
# A bullet or a number, and the spaces that stand for a tab: what is left where a server has thrown the styles away.
PAINTED = re.compile(
    r"\s*((?:[·•§oØüv\uf0a7\uf0b7\uf0d8\uf0fc–-])|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)])[ \n]?\xa0[\s\xa0]+"
)
NUMBER = re.compile(r"\(?(?:(\d{1,3})|([a-z])|([A-Z])|[ivxlcIVXLC]{2,6}|\d{1,3}(?:\.\d{1,3})+)[.)]?")
BEGINNINGS = frozenset({"1", "a", "A"})  # how a list is counted anew; "i" may come after "h"
SYMBOLS = re.compile(r"font-family\s*:[^;]{0,80}wingdings", re.IGNORECASE)
# Wingdings has no letters: these are the ones that Word's autocorrection writes.
WINGDINGS = str.maketrans({"J": "🙂", "L": "🙁", "K": "😐", "à": "→", "ß": "←", "ó": "↔", "è": "➔", "ü": "✓", "û": "✗"})
PRIVATE = str.maketrans({
    "\uf04a": "🙂", "\uf04b": "😐", "\uf04c": "🙁", "\uf0e0": "→", "\uf0df": "←", "\uf0e8": "➔", "\uf0fc": "✓",
    "\uf0fb": "✗", "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph that is an item of a list, or goes on with one (`level` 0). `bullet` is what was painted before it."""

    paragraph: HtmlElement
    level: int
    name: str
    bullet: str

    @property
    def numbered(self) -> re.Match[str] | None:
        painted = self.bullet if self.bullet[-1:] in (".", ")") or self.bullet.isdecimal() else ""
        return NUMBER.fullmatch(painted)


def word_lists(tree: HtmlElement) -> None:
    """Word writes a list as paragraphs that begin with a painted bullet or number."""
    run: list[Item] = []
    for paragraph in [*tree.iter("p"), None]:
        item = None if paragraph is None else _item(paragraph, after=run[-1] if run else None)
        if run and (item is None or _next(run[-1].paragraph) is not paragraph):
            _make_list(run)
            run = []
            item = None if paragraph is None else _item(paragraph, after=None)
        run += [] if item is None else [item]


def word_comments(tree: HtmlElement) -> None:
    """Conditional comments of Outlook that lost their brackets on the way."""
    for element in tree.iter():
        for at in ("text", "tail"):
            value = getattr(element, at)
            if value and ("[if " in value or "[endif]" in value):
                setattr(element, at, re.sub(r"<?!?-{0,2}\[(?:if [^\]]{0,80}|endif)\]-{0,2}>?", "", value))


def word_paragraphs(tree: HtmlElement) -> None:
    """Outlook's line of a non-breaking space is an empty line; its paragraphs have no space between them."""
    paragraphs = [p for p in tree.iter("p") if "msonormal" in (p.get("class") or "").lower()]
    blank = [
        p for p in paragraphs if not "".join(p.itertext()).replace("\xa0", " ").strip() and p.find(".//img") is None
    ]
    if not blank:
        return
    for paragraph in paragraphs:
        paragraph.tag = "div"
    for paragraph in blank:
        paragraph.clear(keep_tail=True)
        paragraph.append(html.Element("br"))


def word_styles(tree: HtmlElement) -> None:
    """Titles and quotations that an author has chosen from Word's styles."""
    for paragraph in list(tree.iter("p")):
        style = (paragraph.get("class") or "").lower()
        if style == "msotitle":
            paragraph.tag = "h2"
        elif style in ("msoquote", "msointensequote"):
            quote = html.Element("blockquote")
            paragraph.addprevious(quote)
            quote.tail, paragraph.tail = paragraph.tail, None
            quote.append(paragraph)


def word_symbols(tree: HtmlElement) -> None:
    """A smile is the letter J in a font that nobody else has."""
    for element in tree.iter("span", "font"):
        said = "".join(element.itertext())
        if len(said.strip()) == 1 and SYMBOLS.search(element.get("style") or ""):
            for inner in element.iter():
                inner.text = (inner.text or "").translate(WINGDINGS)
    for element in tree.iter():
        for at in ("text", "tail"):
            value = getattr(element, at)
            if value and not value.isascii():
                setattr(element, at, value.translate(PRIVATE))


def _item(paragraph: HtmlElement, after: Item | None) -> Item | None:
    said = LIST.search(paragraph.get("style") or "")
    if said is not None:
        bullet = "".join("".join(span.itertext()) for span in paragraph.iter("span") if _is_ignored(span))
        return Item(paragraph, int(said[2]), said[1], bullet.replace("\xa0", " ").strip())
    if not (paragraph.get("class") or "").lower().startswith("msolistparagraph"):
        return None
    painted = PAINTED.match("".join(paragraph.itertext()))
    if painted is not None:
        return Item(paragraph, 1, "", painted[1])
    return None if after is None else Item(paragraph, 0, "", "")


def _is_ignored(span: HtmlElement) -> bool:
    return IGNORED.search(span.get("style") or "") is not None


def _next(element: HtmlElement) -> HtmlElement | None:
    return element.getnext() if not (element.tail or "").strip() else None


def _make_list(run: list[Item]) -> None:
    """Nest the items by their levels; a new list begins where bullets become numbers or Word says so."""
    place = html.Element("div")
    run[0].paragraph.addprevious(place)
    place.tail, run[-1].paragraph.tail = run[-1].paragraph.tail, None
    lists: list[tuple[HtmlElement, Item]] = []
    for item in run:
        paragraph = item.paragraph
        _unpaint(item)
        paragraph.tail = None  # white space between paragraphs
        paragraph.attrib.clear()
        if not item.level:
            lists[-1][0][-1].append(paragraph)
            continue
        while lists and (lists[-1][1].level > item.level or _differs(lists[-1][1], item)):
            lists.pop()
        if not lists or lists[-1][1].level < item.level:
            outer = lists[-1][0][-1] if lists else place
            lists.append((_new_list(item), item))
            outer.append(lists[-1][0])
        paragraph.tag = "li"
        lists[-1][0].append(paragraph)
    place.drop_tag()


def _differs(first: Item, item: Item) -> bool:
    """Does an item begin a new list at the level of the one that stands first there?"""
    other_kind = (first.numbered is None) != (item.numbered is None)
    again = item.bullet.strip("().") in BEGINNINGS
    return first.level == item.level and (other_kind or again or first.name != item.name)


def _new_list(item: Item) -> HtmlElement:
    number = item.numbered
    if number is None:
        return html.Element("ul")
    result = html.Element("ol")
    start = int(number[1]) if number[1] else 1
    if number[2] or number[3]:
        letter = number[2] or number[3]
        result.set("type", letter if letter in "iI" else "aA"[letter.isupper()])
        start = 1 if letter in "iI" else ord(letter.lower()) - ord("a") + 1
    if start != 1:
        result.set("start", str(start))
    return result


def _unpaint(item: Item) -> None:
    """Take the painted bullet away, by its mark or else by its letters."""
    spans = [span for span in item.paragraph.iter("span") if _is_ignored(span)]
    for span in spans:
        span.drop_tree()
    painted = None if spans or item.name else PAINTED.match("".join(item.paragraph.itertext()))
    left = painted.end() if painted is not None else 0
    for element, at in _texts(item.paragraph) if left else ():
        value = getattr(element, at) or ""
        setattr(element, at, value[left:])
        left -= min(left, len(value))


def _texts(element: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Where the text inside an element stands, in the order of reading."""
    yield element, "text"
    for child in element:
        yield from _texts(child)
        yield child, "tail"

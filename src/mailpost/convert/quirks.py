"""What single mail programs do that no reader should see: one small function each, applied in this order."""

import re
from collections.abc import Callable

from lxml import html
from lxml.html import HtmlElement

from mailpost.sanitise import link

Quirk = Callable[[HtmlElement], None]
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?:px)?\s*(?:;|$)", re.IGNORECASE
)
MSO_LIST = re.compile(r"mso-list\s*:\s*l\d+ level(\d+)", re.IGNORECASE)
IGNORED = re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE)


def hidden(tree: HtmlElement) -> None:
    """Preview lines of newsletters, which are there for the list of mails and not for the page."""
    for element in list(tree.iter()):
        if element is not tree and HIDDEN.search(element.get("style") or ""):
            element.drop_tree()


def word_lists(tree: HtmlElement) -> None:
    """Word writes a list as paragraphs that begin with a painted bullet."""
    run: list[HtmlElement] = []
    for paragraph in [*tree.iter("p"), None]:
        level = MSO_LIST.search(paragraph.get("style") or "") if paragraph is not None else None
        if level is not None and (not run or _next(run[-1]) is paragraph):
            run.append(paragraph)
            continue
        if run:
            _make_list(run)
        run = [paragraph] if level is not None and paragraph is not None else []


def word_comments(tree: HtmlElement) -> None:
    """Conditional comments of Outlook that lost their brackets on the way."""
    for element in tree.iter():
        for at in ("text", "tail"):
            value = getattr(element, at)
            if value and ("[if " in value or "[endif]" in value):
                setattr(element, at, re.sub(r"<?!?-{0,2}\[(?:if [^\]]{0,80}|endif)\]-{0,2}>?", "", value))


def apple_objects(tree: HtmlElement) -> None:
    """Apple Mail leaves empty anchors where attachments were."""
    for element in list(tree.iter("a", "span")):
        if "Apple-converted-space" in (element.get("class") or ""):
            element.drop_tag()


def dead_links(tree: HtmlElement) -> None:
    """What leads nowhere a reader could follow is only text."""
    for element in list(tree.iter("a")):
        if link(element.get("href") or "") is None:
            element.drop_tag()


def bold_weights(tree: HtmlElement) -> None:
    """Programs that write bold and italic as styles mean bold and italic."""
    for element in tree.iter("span", "font"):
        style = (element.get("style") or "").lower().replace(" ", "")
        if not "".join(element.itertext()).strip():
            continue
        bold = re.search(r"font-weight:(bold|[6-9]00)", style)
        if bold or "font-style:italic" in style:
            element.tag = "b" if bold else "i"
            element.attrib.clear()


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


QUIRKS: tuple[Quirk, ...] = (
    hidden,
    word_comments,
    word_lists,
    word_paragraphs,
    apple_objects,
    dead_links,
    bold_weights,
)


def _next(element: HtmlElement) -> HtmlElement | None:
    return element.getnext() if not (element.tail or "").strip() else None


def _make_list(run: list[HtmlElement]) -> None:
    ordered = False
    items = []
    for paragraph in run:
        for bullet in [s for s in paragraph.iter("span") if IGNORED.search(s.get("style") or "")]:
            ordered |= bool(re.match(r"\s*\w{1,3}[.)]", "".join(bullet.itertext())))
            bullet.drop_tree()
        items.append(paragraph)
    outer = html.Element("ol" if ordered else "ul")
    run[0].addprevious(outer)
    for paragraph in items:
        paragraph.tail = None
        paragraph.tag = "li"
        paragraph.attrib.clear()
        outer.append(paragraph)

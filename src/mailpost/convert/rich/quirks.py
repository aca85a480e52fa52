"""What single mail programs do that no reader should see: one small function each, applied in this order."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlsplit

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert.rich.lines import is_blank
from mailpost.convert.rich.paragraphs import UNDER
from mailpost.convert.rich.word import word_comments, word_lists, word_paragraphs, word_styles, word_symbols
from mailpost.sanitise import link

Quirk = Callable[[HtmlElement], None]
HIDDEN = re.compile(
    r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)|opacity\s*:\s*0(?![.\d]))",
    re.IGNORECASE,
)
FONT_SIZE = re.compile(r"(?<![\w-])font(?:-size)?\s*:\s*(?:(0)(?![.\d])|([01])px|[^;]{0,40}\d)", re.IGNORECASE)
CODE_LAID_OUT = re.compile(r"white-space\s*:\s*pre\s*(?:;|!|$)", re.IGNORECASE)
TYPEWRITER = re.compile(r"font(?:-family)?\s*:[^;]{0,80}(?:monospace|consolas|courier|menlo|monaco)", re.IGNORECASE)
LAID_OUT = re.compile(r"white-space\s*:\s*(?:-moz-)?pre", re.IGNORECASE)
INDENTED = re.compile(r"(?<=\n) {1,200}")
GAP = re.compile(r" {2,200}")
EMOJI = re.compile(
    "[\u00a9\u00ae\u200d\u203c\u2049\u20e3\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]{1,12}"
)
# Where a click goes first, and the parameter that says where it leads.
DETOURS = {
    "safelinks.protection.outlook.com": "url",
    "www.google.com/url": "q",
    "l.facebook.com/l.php": "u",
    "deref-mail.com/mail/client": "redirectUrl",
    "deref-gmx.net/mail/client": "redirectUrl",
    "deref-web.de/mail/client": "redirectUrl",
}


def hidden(tree: HtmlElement) -> None:
    """Preview lines of newsletters, which are there for the list of mails and not for the page."""
    for element in list(tree.iter()):
        if element is not tree and HIDDEN.search(element.get("style") or ""):
            element.drop_tree()


def directions(tree: HtmlElement) -> None:
    """Outlook shouts: `dir=RTL`."""
    for element in tree.xpath(".//*[@dir]"):
        element.set("dir", element.get("dir").lower())


def tiny(tree: HtmlElement, *, shrunk: bool = False) -> None:
    """Text without size. Newsletters shrink a whole table and give only what is inside it a size again."""
    size = FONT_SIZE.search(tree.get("style") or "")
    shrunk = bool(size[1] or size[2]) if size is not None else shrunk
    if shrunk:
        tree.text = None
    for child in tree:
        tiny(child, shrunk=shrunk)
        if shrunk:
            child.tail = None


def emoji_pictures(tree: HtmlElement) -> None:
    """Some programs send an emoji as a picture; the letter is in its description."""
    for image in list(tree.iter("img")):
        said = (image.get("alt") or "").strip()
        if EMOJI.fullmatch(said) and not said.isascii():
            image.tail = said + (image.tail or "")
            image.drop_tree()


def foreign_figures(tree: HtmlElement) -> None:
    """A picture in a frame is a picture like any other; its caption, if the author wrote one, is a line under it."""
    for caption in list(tree.iter("figcaption")):
        named = "attachment__caption" in (caption.get("class") or "")
        if named and "attachment__caption--edited" not in (caption.get("class") or ""):
            caption.drop_tree()  # file name and size, in HEY and Basecamp
        else:
            caption.tag = "p"
            caption.set("class", UNDER)
            figure = next(caption.iterancestors("figure"), None)
            if figure is not None and next(figure.iter("img"), None) is not None:
                _append(figure, caption)  # some stand above their picture
    for figure in list(tree.iter("figure")):
        figure.tag = "p"


def apple_spaces(tree: HtmlElement) -> None:
    """Apple Mail wraps each second space of two in an element of its own."""
    for element in list(tree.iter("a", "span")):
        if "Apple-converted-space" in (element.get("class") or ""):
            element.drop_tag()


def detours(tree: HtmlElement) -> None:
    """Links that a provider leads over its own server, where it counts the readers."""
    for element in tree.iter("a"):
        target = _behind(element.get("href") or "")
        if target:
            element.set("href", target)


def dead_links(tree: HtmlElement) -> None:
    """What leads nowhere a reader could follow is only text."""
    for element in list(tree.iter("a")):
        target = link(element.get("href") or "")
        if target is None:
            element.drop_tag()
        else:
            element.set("href", target)  # without the spaces around it


def unstyled(tree: HtmlElement) -> None:
    """Google Docs puts everything into a `b` that says it is not bold."""
    for element in list(tree.iter("b", "strong", "i", "em")):
        style = (element.get("style") or "").lower().replace(" ", "")
        if "font-weight:normal" in style or "font-weight:400" in style or "font-style:normal" in style:
            element.drop_tag()


def styled(tree: HtmlElement) -> None:
    """Programs that write bold, italic and struck as styles mean bold, italic and struck."""
    for element in list(tree.iter("span", "font")):
        style = (element.get("style") or "").lower().replace(" ", "")
        if is_blank("".join(element.itertext())):
            continue
        tags = ["b"] if re.search(r"font-weight:(bold|[6-9]00)", style) else []
        tags += ["i"] if "font-style:italic" in style else []
        tags += ["s"] if re.search(r"text-decoration(-line)?:[^;]{0,40}line-through", style) else []
        if tags:
            element.attrib.clear()
            element.tag = tags[0]
        for tag in tags[1:]:
            inner = html.Element(tag)
            inner.text, element.text = element.text, None
            inner.extend(list(element))
            element.append(inner)


def pasted_code(tree: HtmlElement) -> None:
    """Editors put code on the clipboard as lines of coloured text in a font of typewriters."""
    for element in list(tree.iter("div", "p")):
        style = element.get("style") or ""
        if (
            CODE_LAID_OUT.search(style)
            and TYPEWRITER.search(style)
            and next(element.iterancestors("pre"), None) is None
        ):
            element.tag = "pre"
            element.attrib.clear()
            for inner in element.iter():
                inner.text = (inner.text or "").replace("\xa0", " ")
                inner.tail = (inner.tail or "").replace("\xa0", " ") if inner is not element else inner.tail
            for mark in list(element.iter("br")):
                mark.tail = "\n" + (mark.tail or "")
                mark.drop_tag()


def wrapped_text(tree: HtmlElement) -> None:
    """Plain text that a program has put into html as it was: its lines are lines, and it is no code."""
    for element in list(tree.iter("pre", "div", "p")):
        said = (element.get("class") or "").lower()
        kept = LAID_OUT.search(element.get("style") or "") is not None
        if (element.tag == "pre" and (kept or "k9mail" in said or "moz-quote-pre" in said)) or (
            kept and "\n" in "".join(element.itertext()).strip()
        ):
            element.tag = "div"
            _break_lines(element)


QUIRKS: tuple[Quirk, ...] = (
    hidden,
    directions,
    tiny,
    emoji_pictures,
    foreign_figures,
    word_comments,
    word_lists,
    word_symbols,
    word_styles,
    word_paragraphs,
    apple_spaces,
    detours,
    dead_links,
    unstyled,
    styled,
    pasted_code,
    wrapped_text,
)


def _behind(address: str) -> str:
    """Where a link over a counter leads; empty for all others."""
    try:
        parts = urlsplit(address)
        host = f".{parts.hostname or ''}"
        known = (f".{name}" for name in DETOURS if host.endswith(f".{name}") or f"{host}{parts.path}" == f".{name}")
        targets = parse_qs(parts.query, max_num_fields=50).get(DETOURS.get(next(known, "")[1:], ""), [""])
    except ValueError:
        return ""
    return targets[0] if link(targets[0]) is not None else ""


def _append(parent: HtmlElement, element: HtmlElement) -> None:
    """Move an element to the end of another; the text behind it stays."""
    tail, element.tail = element.tail, None
    before = element.getprevious()
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        element.getparent().text = (element.getparent().text or "") + tail
    parent.append(element)


def _break_lines(element: HtmlElement) -> None:
    for inner in list(element.iter()):
        if inner is not element:
            inner.tail, *more = _lines(inner.tail)
            _breaks(inner.getparent(), inner.getparent().index(inner) + 1, more)
        inner.text, *more = _lines(inner.text)
        _breaks(inner, 0, more)


def _lines(text: str | None) -> list[str]:
    """Lines with their spaces; between words the last one may end the line."""
    indented = INDENTED.sub(lambda spaces: "\xa0" * len(spaces.group()), text or "")
    return GAP.sub(lambda spaces: "\xa0" * (len(spaces.group()) - 1) + " ", indented).split("\n")


def _breaks(parent: HtmlElement, at: int, lines: Sequence[str]) -> None:
    for line in reversed(lines):
        mark = html.Element("br")
        mark.tail = line
        parent.insert(at, mark)

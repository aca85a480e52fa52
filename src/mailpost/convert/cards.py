"""Links that stand alone on a line → cards. No request is made, and nothing of the other site is loaded."""

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit

from lxml import html
from lxml.html import HtmlElement

from mailpost.sanitise import link

VIDEO = frozenset({"youtube.com", "youtu.be", "vimeo.com", "dailymotion.com", "dai.ly", "twitch.tv", "tiktok.com"})
LONG, HOST = 70, 253  # characters of a title, and of the longest host (RFC 1035)
APART = re.compile(r"[-_+ ]+")
ENDING = re.compile(r"\.(?:html?|php|aspx?)$", re.IGNORECASE)


def place(tree: HtmlElement) -> None:
    """Turn each line of a top-level paragraph that is nothing but a link into a card of its own."""
    for paragraph in [p for p in tree if p.tag == "p" and not p.get("class")]:
        lines = _lines(paragraph)
        if any(_is_card(line) for line in lines):
            _split(paragraph, lines)


def title_of(address: str) -> str:
    """What an address says about its page: the words at its end, or else the address without its beginning."""
    parts = urlsplit(address)
    path = _readable(parts.path)
    last = ENDING.sub("", path.rstrip("/").rpartition("/")[2].replace("%20", " "))
    words = APART.sub(" ", last).strip()
    if sum(len(word) > 1 and word.isalpha() for word in words.split()) > 1:
        return words[:1].upper() + words[1:]
    rest = f"{_readable_host(address)}{path}".rstrip("/") + (f"?{_readable(parts.query)}" if parts.query else "")
    return rest if len(rest) <= LONG else rest[:LONG] + "…"


def _readable(part: str) -> str:
    """Part of an address with letters for their escapes; what cannot be seen or turns a line around stays escaped."""
    words = unquote(part)
    if "\ufffd" in words:
        return part  # in no Unicode
    return "".join(sign if unicodedata.category(sign)[0] in "LMNPS" and sign != "%" else quote(sign) for sign in words)


def _readable_host(address: str) -> str:
    """A name in letters if all are of one script, so that none of them passes for one of another."""
    host = _host(address)
    if "xn--" not in host or len(host) > HOST:
        return host
    try:
        words = host.encode("ascii").decode("idna")
    except UnicodeError:
        return host
    scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in words if sign.isalpha()}
    return words if len(scripts) == 1 else host


Line = list[str | HtmlElement]


def _lines(paragraph: HtmlElement) -> list[Line]:
    """The content of a paragraph between its line breaks, without white space around it."""
    lines: list[Line] = [[paragraph.text or ""]]
    for child in paragraph:
        if child.tag == "br":
            lines.append([child.tail or ""])
        else:
            lines[-1] += [child, child.tail or ""]
    return [[piece for piece in line if not isinstance(piece, str) or piece.strip()] for line in lines]


def _is_card(line: Line) -> bool:
    if len(line) != 1 or isinstance(line[0], str) or line[0].tag != "a":
        return False
    anchor = line[0]
    address = anchor.get("href") or ""
    if link(address) is None or not address.lower().startswith("http"):
        return False
    words = _words(anchor)
    return bool(words) and (_is_address(words, address) or _host(address) in VIDEO or len(words.split()) >= 3)


def _split(paragraph: HtmlElement, lines: list[Line]) -> None:
    """Cards where there are links, and a paragraph for the lines between them."""
    open_: HtmlElement | None = None
    for line in lines:
        if _is_card(line):
            paragraph.addprevious(_card(line[0]))
            open_ = None
        elif line:
            if open_ is None:
                open_ = html.Element("p")
                paragraph.addprevious(open_)
            else:
                open_.append(html.Element("br"))
            for piece in line:
                _append(open_, piece)
    paragraph.drop_tree()


def _append(paragraph: HtmlElement, piece: str | HtmlElement) -> None:
    if not isinstance(piece, str):
        piece.tail = None
        paragraph.append(piece)
    elif len(paragraph):
        paragraph[-1].tail = (paragraph[-1].tail or "") + piece
    else:
        paragraph.text = (paragraph.text or "") + piece


def _card(anchor: HtmlElement) -> HtmlElement:
    address = anchor.get("href") or ""
    words = _words(anchor)
    host = _host(address)
    card = html.Element("p", {"class": "card"})
    inner = html.Element("a", {"href": address})
    inner.text = title_of(address) if _is_address(words, address) else words
    inner.tail = " "
    note = html.Element("small")
    note.text = f"Video · {host}" if host in VIDEO else _readable_host(address)
    card.extend([inner, note])
    return card


def _words(anchor: HtmlElement) -> str:
    return " ".join("".join(anchor.itertext()).split())


def _is_address(words: str, address: str) -> bool:
    """Programs show an address without its beginning, or cut short."""
    bare = _bare(address)
    shown = _bare(words).rstrip("…").removesuffix("...")
    return " " not in shown and bool(shown) and (bare == shown or (len(shown) > 12 and bare.startswith(shown)))


def _bare(address: str) -> str:
    return unquote(re.sub(r"^(?:https?://)?(?:www\.|m\.)?", "", address.strip(), flags=re.IGNORECASE)).rstrip("/")


def _host(address: str) -> str:
    return re.sub(r"^(?:www|m)\.", "", (urlsplit(address).hostname or "").lower())

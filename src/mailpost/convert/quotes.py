"""Quotes and signatures in html, by the marks that mail programs put on them."""

import re

from lxml import etree
from lxml.html import HtmlElement

from mailpost.convert import trim

SIGNATURES = (
    ".//*[contains(concat(' ', @class, ' '), ' gmail_signature_prefix ')]",
    ".//*[contains(concat(' ', @class, ' '), ' gmail_signature ')]",
    ".//*[contains(@class, 'moz-signature')]",
    ".//*[contains(@class, 'protonmail_signature_block')]",
    ".//*[@id='Signature' or @id='signature' or @id='ms-outlook-mobile-signature' or @id='ymail_android_signature']",
    ".//*[contains(@class, 'ydp') and contains(@class, 'signature')]",
    ".//*[@id='AppleMailSignature' or @id='lineBreakAtBeginningOfSignature']",
)
QUOTES = (
    ".//*[contains(concat(' ', @class, ' '), ' gmail_quote ') or contains(@class, 'gmail_quote_container')]",
    ".//*[contains(@class, 'yahoo_quoted')]",
    ".//*[contains(@class, 'protonmail_quote')]",
    ".//blockquote[@type='cite']",
)
# Outlook marks only where the quote begins; all that follows belongs to it.
FROM_HERE = (".//*[@id='divRplyFwdMsg' or @id='appendonsend' or @id='mail-editor-reference-message-container']",)
LINES = frozenset({"br", "div", "p", "tr", "li", "blockquote", "pre", "h1", "h2", "h3"})


def cut(tree: HtmlElement, *, forward: bool) -> str:
    """Remove signatures, and quotes that nothing of the author follows; return the text of what was cut."""
    cut_: list[str] = []
    if not forward:
        for path in QUOTES:
            for quote in tree.xpath(path):
                if _is_last(tree, quote):
                    _introduction(quote, cut_)
                    _drop(quote, cut_)
        for path in FROM_HERE:
            for mark in tree.xpath(path)[:1]:
                _drop_after(tree, mark, cut_)
    for path in SIGNATURES:
        for signature in tree.xpath(path):
            if _is_last(tree, signature):
                _drop(signature, cut_)
    return "\n".join(part for part in cut_ if part)


def cut_last_blocks(blocks: HtmlElement) -> str:
    """Cut footers and an old-fashioned signature from clean blocks, from the end backwards."""
    cut_: list[str] = []
    while len(blocks) and blocks[-1].tag == "p":
        lines = _lines(blocks[-1])
        if not lines or not trim.is_footer(lines[-1]):
            break
        if len(lines) == 1:
            cut_.insert(0, lines[0])
            blocks[-1].drop_tree()
        else:
            cut_.insert(0, _drop_last_line(blocks[-1]))
    for at in range(len(blocks) - 1, max(-1, len(blocks) - 6), -1):
        lines = _lines(blocks[at])
        if lines and lines[0] == "--" and all(block.tag == "p" for block in blocks[at:]):
            tail = [" ".join(_lines(block)) for block in blocks[at:]]
            for block in list(blocks[at:]):
                block.drop_tree()
            return "\n".join([*tail, *cut_])
    return "\n".join(cut_)


def mask_forward(tree: HtmlElement) -> None:
    """Take other people's addresses out of a forwarded mail."""
    for link in list(tree.iter("a")):
        if (link.get("href") or "").lower().startswith("mailto:"):
            link.drop_tag()
    for element in tree.iter():
        if element.text:
            element.text = trim.mask(element.text)
        if element.tail:
            element.tail = trim.mask(element.tail)


def _is_last(tree: HtmlElement, element: HtmlElement) -> bool:
    """Does nothing but white space, quotes and signatures follow? Not so for what was cut already."""
    current = element
    while current is not tree:
        if current is None:
            return False
        if (current.tail or "").strip():
            return False
        for sibling in current.itersiblings():
            known = sibling.get("class") or sibling.get("id") or ""
            if re.search("quote|signature", known, re.IGNORECASE) or sibling.get("type") == "cite":
                continue
            if (
                "".join(sibling.itertext()).replace("\xa0", " ").strip()
                or sibling.find(".//img") is not None
                or sibling.tag == "img"
            ):
                return False
        current = current.getparent()
    return True


def _introduction(quote: HtmlElement, cut_: list[str]) -> None:
    """The line “On … wrote:” before a quote, whether it is an element or loose text."""
    before = quote.getprevious()
    if before is None:
        parent = quote.getparent()
        if parent is not None and trim.is_attribution(parent.text or ""):
            cut_.append((parent.text or "").strip())
            parent.text = None
        return
    text = "".join(before.itertext())
    if trim.is_attribution(before.tail or ""):
        cut_.append((before.tail or "").strip())
        before.tail = None
    elif not (before.tail or "").strip() and (
        before.xpath("self::*[contains(@class, 'moz-cite-prefix')]") or trim.is_attribution(text)
    ):
        _drop(before, cut_)


def _drop(element: HtmlElement, cut_: list[str]) -> None:
    said: list[str] = []
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if event == "end":
            said.append((inner.tail or "") if inner is not element else "")
            continue
        said.append("\n" if inner.tag in LINES else "")
        said.append(" ".join((inner.text or "").split("\n")))
    lines = [" ".join(line.split()) for line in "".join(said).split("\n")]
    cut_.append("\n".join(line for line in lines if line))
    element.drop_tree()


def _drop_after(tree: HtmlElement, mark: HtmlElement, cut_: list[str]) -> None:
    current = mark
    while current is not None and current is not tree:
        parent = current.getparent()
        for sibling in list(current.itersiblings()):
            _drop(sibling, cut_)
        current.tail = None
        current = parent
    _drop(mark, cut_)


def _lines(block: HtmlElement) -> list[str]:
    text = (block.text or "") + "".join(
        ("\n" if child.tag == "br" else "".join(child.itertext())) + (child.tail or "") for child in block
    )
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _drop_last_line(block: HtmlElement) -> str:
    """Take the last line of a paragraph, the break before it included."""
    last = [child for child in block if child.tag == "br"][-1]
    gone = []
    for sibling in list(last.itersiblings()):
        gone.append("".join(sibling.itertext()) + (sibling.tail or ""))
        block.remove(sibling)
    text = (last.tail or "") + "".join(gone)
    block.remove(last)
    return " ".join(text.split())

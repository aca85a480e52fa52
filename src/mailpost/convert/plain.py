"""Plain text → html: flowed and wrapped lines joined again, Markdown understood, addresses made links."""

import re
from functools import cache

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from mailpost.message import Text

NARROW, WIDE = 50, 80
# Lines that mean something to Markdown by how they begin: lists, quotes, headings, tables, code, rules.
MARKDOWN = re.compile(r"\s*(?:[-*+]\s|\d{1,3}[.)]\s|>|#{1,6}\s|\||```|~~~|[-=_*]{3,}\s*$)|\s{4,}|\t")
BULLET = re.compile(r"^(\s*)[•‣◦]\s+", re.MULTILINE)
COLUMNS = re.compile(r".*\S\s{3,}\S")
FENCE = re.compile(r"\s{0,3}(```|~~~)")


def unflow(text: Text) -> str:
    """Join the lines of format=flowed (RFC 3676), quoted ones by depth."""
    if not text.flowed:
        return text.content
    out: list[str] = []
    open_depth = -1
    for line in text.content.split("\n"):
        stripped = line.lstrip(">")
        depth = len(line) - len(stripped)
        stripped = stripped.removeprefix(" ")
        soft = stripped.endswith(" ") and stripped != "-- "
        body = stripped[:-1] if soft and text.delsp else stripped
        if open_depth == depth and stripped != "-- ":
            out[-1] += body
        else:
            out.append(">" * depth + (" " if depth else "") + body)
        open_depth = depth if soft else -1
    return "\n".join(line if line == "-- " else line.rstrip() for line in out)


def rejoin(text: str) -> str:
    """Mark the line breaks the author meant, so that the others may become spaces.

    A break is wrapping where the next word would not have fitted into the line any more; otherwise it was meant.
    """
    lines = text.split("\n")
    width = _wrap_width(lines)
    fenced = False
    out = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if FENCE.match(line):
            fenced = not fenced
        if fenced or not line.strip() or not following.strip() or MARKDOWN.match(line) or MARKDOWN.match(following):
            out.append(line)
            continue
        word = following.split(maxsplit=1)[0]
        wrapped = width and len(line) + 1 + len(word) > width and not COLUMNS.match(line)
        out.append(line.rstrip() if wrapped else line.rstrip() + "  ")
    return "\n".join(out)


def to_html(text: str) -> str:
    """Markdown without html of its own (CommonMark, tables, strike-through), bare addresses linked."""
    return str(_markdown().render(rejoin(BULLET.sub(r"\1- ", text))))


def _wrap_width(lines: list[str]) -> int:
    """The width at which the program wrapped, in characters; 0 where it did not."""
    prose = [
        len(line.rstrip()) for line in lines if line.strip() and not MARKDOWN.match(line) and not COLUMNS.match(line)
    ]
    longest = max(prose, default=0)
    full = sum(length > longest - 15 for length in prose)
    return longest if NARROW <= longest <= WIDE and full >= 2 else 0


@cache
def _markdown() -> MarkdownIt:
    options = {"html": False, "linkify": True, "typographer": False, "highlight": _highlight}
    reader = MarkdownIt("commonmark", options).enable(["linkify", "table", "strikethrough"]).disable("image")
    if reader.linkify is not None:
        reader.linkify.set({"fuzzy_email": False})
    return reader


def _highlight(code: str, language: str, _: str) -> str:
    """Colour by element, not by class: what readers' programs strip still shows as code."""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    spans = highlight(code, lexer, HtmlFormatter(nowrap=True))
    for classes, tag in _TAGS.items():
        spans = re.sub(rf'<span class="{classes}">(.*?)</span>', rf"<{tag}>\1</{tag}>", spans, flags=re.DOTALL)
    return re.sub(r"</?span[^>]*>", "", spans)


_TAGS = {r"k\w?": "b", r"c\w{0,2}": "i"}

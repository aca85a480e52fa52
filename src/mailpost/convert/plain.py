"""Plain text → html: flowed and wrapped lines joined again, Markdown understood, addresses made links."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from mailpost.message import Text

NARROW, WIDE = 50, 80
ALONE = 64  # one line of this length is enough to know that lines were wrapped
# Lines that mean something to Markdown by how they begin: lists, quotes, headings, tables, code, rules.
MARKDOWN = re.compile(r"\s*(?:[-*+]\s|\d{1,3}[.)]\s|>|#{1,6}\s|\||```|~~~|[-=_*]{3,}\s*$)|\s{4,}|\t")
DEEP = re.compile(r"^(?:>[ ]?){15}[> ]+", re.MULTILINE)  # the Markdown reader drops what is nested twenty times
BULLET = re.compile(r"^(\s*)[•‣◦]\s+", re.MULTILINE)
COLUMNS = re.compile(r".*\S\s{3,}\S")
UNDERLINE = re.compile(r"\s{0,3}(?:-{2,}|={2,})\s*")
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

    A break is wrapping where the next word would not have fitted into the line any more, or where a sentence goes on
    after a line that is nearly full; otherwise it was meant.
    """
    lines = text.split("\n")
    width, sure = _wrap_width(lines)
    fenced = False
    out: list[str] = []
    for previous, line, following in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if FENCE.match(line):
            fenced = not fenced
        if fenced or not line.strip() or not following.strip():
            out.append(line)
        elif _stands_alone(previous, line, following):
            out += [line, ""]
        elif MARKDOWN.match(line) or MARKDOWN.match(following):
            out.append(line)
        else:
            word, *more = following.split(maxsplit=1)
            overfull = sure and len(line) + 1 + len(word) > width and (more or "://" not in word)
            goes_on = width and len(line) >= width * 3 / 4 and word[0].islower() and "://" not in word
            wrapped = (overfull or goes_on) and not COLUMNS.match(line)
            out.append(line.rstrip() if wrapped else line.rstrip() + "  ")
    return "\n".join(out)


def _stands_alone(previous: str, line: str, following: str) -> bool:
    """Must an empty line follow, because Markdown would read what a mail does not mean?

    An answer below a quoted line is not part of the quote, and a row of hyphens below a paragraph, or the two of a
    signature, make no heading.
    """
    if line.startswith(">"):
        return not following.startswith(">")
    heading = not previous.strip() and len(following.strip()) > len("--")
    return UNDERLINE.fullmatch(following) is not None and not heading and not MARKDOWN.match(line)


def to_html(text: str) -> str:
    """Markdown without html of its own (CommonMark, tables, strike-through), bare addresses linked."""
    rendered = str(_markdown().render(rejoin(DEEP.sub("> " * 15, BULLET.sub(r"\1- ", text)))))
    return rendered.replace("<h1>", "<h2>").replace("</h1>", "</h2>")  # the title of the post is the only h1


def _wrap_width(lines: list[str]) -> tuple[int, bool]:
    """The width at which the program wrapped, in characters, 0 where it did not; and whether several lines say so."""
    prose = [
        len(line.rstrip())
        for line in lines
        if " " in line.strip() and not MARKDOWN.match(line) and not COLUMNS.match(line)
    ]
    longest = max(prose, default=0)
    full = sum(length > longest - 15 for length in prose)
    width = longest if NARROW <= longest <= WIDE and (full >= 2 or longest > ALONE) else 0
    return width, width > 0 and full >= 2


@cache
def _markdown() -> MarkdownIt:
    options = {"html": False, "linkify": True, "typographer": False, "highlight": _highlight}
    reader = MarkdownIt("commonmark", options).enable(["linkify", "table", "strikethrough"]).disable("image")
    if reader.linkify is not None:
        reader.linkify.set({"fuzzy_email": False})
    reader.inline.ruler.before("emphasis", "star_inside_word", _star_inside_word)
    return reader


def _star_inside_word(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - how markdown-it calls its rules
    """2*3*4 is a product, not an emphasis; Markdown would lose its stars."""
    at = state.pos
    around = state.src[at - 1 : at] + state.src[at + 1 : at + 2]
    if state.src[at] != "*" or len(around) != 2 or not around.isalnum():
        return False
    if not silent:
        state.pending += "*"
    state.pos += 1
    return True


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

"""Plain text → html: flowed and wrapped lines joined again, Markdown understood, addresses made links."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from mailpost.convert.layout import to_markdown
from mailpost.message import Text
from mailpost.sanitise import escaped

LARGEST = 200_000  # characters that are read as Markdown
# What may be an address without a scheme. The more of them, the longer it takes to link each.
DOTTED = re.compile(r"\w\.\w|://")
LINKS = 5000
COLOURED = 5000  # characters of a piece of code, four times as many in all: several lexers need quadratic time
FACES = frozenset("^<>=-;.~")
ESCAPABLE = frozenset("*_`#[]~>|+-.!)(")
DRAWING = frozenset("/\\|¯")


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
        body = f"\\{body}" if not depth and body.startswith(">") else body  # one that is no quote was moved by a space
        if open_depth == depth and stripped != "-- ":
            out[-1] += body
        else:
            out.append(">" * depth + (" " if depth else "") + body)
        open_depth = depth if soft else -1
    return "\n".join(line if line == "-- " else line.rstrip() for line in out)


def to_html(text: str) -> str:
    r"""Markdown without html of its own (CommonMark, tables, strike-through), bare addresses linked.

    What Markdown would take away from ordinary writing stays: `\\server\share`, `&nbsp;`, `^_^`, `2*3*4`. A text
    as long as a novel is only paragraphs.
    """
    if len(text) > LARGEST:
        return escaped(text)
    reader = _markdown(linked=len(DOTTED.findall(text)) <= LINKS)
    said: dict[str, object] = {}
    tokens = reader.parse(to_markdown(text), said)
    code = [token for token in tokens if token.type == "fence"]
    if sum(len(token.content) for token in code) > 4 * COLOURED:
        for token in code:
            token.info = ""
    rendered = str(reader.renderer.render(tokens, reader.options, said))
    return rendered.replace("<h1>", "<h2>").replace("</h1>", "</h2>")  # the title of the post is the only h1


@cache
def _markdown(*, linked: bool) -> MarkdownIt:
    options = {"html": False, "linkify": linked, "typographer": False, "highlight": _highlight}
    reader = (
        MarkdownIt("commonmark", options)
        .enable(["linkify", "table", "strikethrough"])
        .disable(["image", "code", "entity"])
    )
    if reader.linkify is not None:
        reader.linkify.set({"fuzzy_email": False})
    reader.inline.ruler.at("escape", _escape)
    reader.inline.ruler.before("emphasis", "star_inside_word", _star_inside_word)
    reader.inline.ruler.before("emphasis", "face", _face)
    return reader


def _star_inside_word(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - how markdown-it calls its rules
    """2*3*4 is a product, not an emphasis; Markdown would lose its stars."""
    before, sign, after = _around(state)
    return sign == "*" and before.isalnum() and after.isalnum() and _literally(state, sign, silent=silent)


def _face(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - how markdown-it calls its rules
    """The mouth of ^_^, -_- and >_< is no emphasis."""
    before, sign, after = _around(state)
    return sign in ("_", "*") and before in FACES and after in FACES and _literally(state, sign, silent=silent)


def _escape(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - how markdown-it calls its rules
    r"""A backslash is one, unless it stands before a sign of Markdown and in no drawing: /\_/\ and ¯\_(ツ)_/¯ stay."""
    before, sign, after = _around(state)
    if sign != "\\":
        return False
    if after in ESCAPABLE:
        state.pos += 1
        sign = sign + after if before in DRAWING else after
    return _literally(state, sign, silent=silent)


def _around(state: StateInline) -> tuple[str, str, str]:
    """The characters before, at and after the place that is read; a line end where there is none."""
    at = state.pos
    return state.src[at - 1 : at] or "\n", state.src[at], state.src[at + 1 : at + 2] or "\n"


def _literally(state: StateInline, sign: str, *, silent: bool) -> bool:
    state.pending += "" if silent else sign
    state.pos += 1
    return True


def _highlight(code: str, language: str, _: str) -> str:
    """Colour by element, not by class: what readers' programs strip still shows as code."""
    if len(code) > COLOURED:
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    spans = highlight(code, lexer, HtmlFormatter(nowrap=True))
    for classes, tag in _TAGS.items():
        spans = re.sub(rf'<span class="{classes}">(.*?)</span>', rf"<{tag}>\1</{tag}>", spans, flags=re.DOTALL)
    return re.sub(r"</?span[^>]*>", "", spans)


_TAGS = {r"k\w?": "b", r"c\w{0,2}": "i"}

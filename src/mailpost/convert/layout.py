"""Plain text as people lay it out → Markdown that means what they see.

Markdown gives a meaning to how a line begins, and none to where it ends. A mail is the other way round: lines end where
the author or the program wanted it, and a line that begins with `12. April` is no list.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from textwrap import dedent

NARROW, WIDE = 50, 80
ALONE = 64  # one line of this length is enough to know that lines were wrapped
FENCE = re.compile(r" {0,3}(`{3,}|~{3,4}(?!~))[^`\n]*")
RULE = re.compile(r"\s{0,3}([-*_=~])(?:\s?\1){2,}\s*")
UNDERLINE = re.compile(r"\s{0,3}(?:-{2,}|={2,})\s*")
# Lines that mean something to Markdown by how they begin, besides lists.
SPECIAL = re.compile(r"\s{0,3}(?:#{1,6}\s|\|)")
ITEM = re.compile(r"(\s{0,40})([-*+]|(\d{1,9})([.)]))(\s+)(?=\S)")
BULLET = re.compile(r"^([ \t]{0,40})[•‣◦·▪●][ \t]+(?=\S)")
DEFINITION = re.compile(r"^( {0,3})\[([^\[\]]{1,80})\]:")
COLUMNS = re.compile(r"[^\n]*\S\s{3,}\S")
GAP = re.compile(r"(?<=\S)\s{3,}(?=\S)")
SIGNS = frozenset("/\\|_()<>^-+=:.'")
DRAWN = re.compile(r"\s*\+[-=][-=+]{2,}\+\s*")
DEEP = re.compile(r"^(?:>[ ]?){15}[> ]+")  # the Markdown reader drops what is nested twenty times
OLD_HANDS = re.compile(r"\s*</?markdown>\s*", re.IGNORECASE)
# What is code if it is indented …
CODE = re.compile(
    r"[;{}]\s*$|^\s*(?:[$%]\s|>>>|#!|//|<[/?!\w]|sudo\s|#include\b|@\w+$)|\w\([^()]{0,80}\)|[=!<>+*-]=|[-=]>|\w\s?=\s?\S|::\w|\s--?\w"
)
# … and what is code even if it is not.
SURELY_CODE = re.compile(
    r"[)\]\w\"']\s?\{\s*$|^\s*[})\]]+[;,)]*\s*$|[)\]]\s?[;:]\s*$|\w\s?[-+*/|&]?=\s?\S[^\n]{0,200};\s*$"
    r"|^\s*(?:def|class|import|from|return|function|const|let|var|elif|fn)\s[^\n]{1,200}[(:;]"
)


def to_markdown(text: str) -> str:
    return "\n".join(_layout([line for line in text.split("\n") if not OLD_HANDS.fullmatch(line)]))


def without_tabs(text: str) -> str:
    """The rows of a spreadsheet with their columns one below the other; all other tabs are four spaces or less."""
    out: list[str] = []
    for cells, run in groupby(text.split("\n"), lambda line: line.count("\t")):
        rows = [line.split("\t") for line in run]
        if cells and len(rows) > 1 and any(row[0] for row in rows) and all(row[-1] for row in rows):
            widths = [max(map(len, column)) + 3 for column in zip(*rows, strict=True)]
            rows = [["".join(map(str.ljust, row, widths)).rstrip()] for row in rows]
        out += ["\t".join(row).expandtabs(4) for row in rows]
    return "\n".join(out)


def _layout(lines: Sequence[str]) -> list[str]:
    runs = list(_runs(lines))
    texts = [run for kind, run in runs if kind == "text"]
    width, sure = _wrap_width([line for run in texts for line in run])
    wanted = _labels([line for run in texts for line in run])
    out: list[str] = []
    for kind, run in runs:
        if kind == "fence":
            out += run
        elif kind == "quote":
            inner = _layout([line[1:].removeprefix(" ") for line in run])
            out += [*(f"> {line}".rstrip(" ") if not line.endswith("  ") else f"> {line}" for line in inner), ""]
        else:
            literal = _literal(run, wanted)
            written = dict(zip(literal, run, strict=True))
            for code, block in _blocks(literal):
                out += (
                    _fenced([written.get(line, line) for line in block]) if code else _breaks(block, width, sure=sure)
                )
    return out


def _runs(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Fenced code, quotes and text, in order. A fence that is never closed is only a line."""
    run: list[str] = []
    n = 0
    while n < len(lines):
        end = _fence_end(lines, n)
        quoted = n
        while quoted < len(lines) and lines[quoted].startswith(">"):
            quoted += 1
        if end is None and quoted == n:
            run.append(lines[n])
            n += 1
            continue
        if run:
            yield "text", run
            run = []
        if end is not None:
            yield "fence", list(lines[n:end])
            n = end
        else:
            yield "quote", [DEEP.sub("> " * 15, line) for line in lines[n:quoted]]
            n = quoted
    if run:
        yield "text", run


def _fence_end(lines: Sequence[str], n: int) -> int | None:
    opening = FENCE.fullmatch(lines[n])
    if opening is None:
        return None
    for end in range(n + 1, len(lines)):
        line = lines[end].strip()
        if line.startswith(opening[1]) and not line.strip(opening[1][0]):
            return end + 1
    return None


def _labels(lines: Sequence[str]) -> set[str]:
    """The labels that a text refers to: Markdown would drop the definition of any other."""
    bare = (DEFINITION.sub("", line) for line in lines)
    return {label.casefold() for line in bare for label in re.findall(r"\[([^\[\]]{1,80})\]", line)}


def _literal(lines: Sequence[str], wanted: set[str]) -> list[str]:
    """Lines that only look like Markdown, escaped."""
    painted = [BULLET.sub(r"\1- ", line) for line in lines]
    real = _items(painted)
    out = []
    for n, line in enumerate(lines):
        text = (painted[n] if n in real else line).rstrip()
        item = ITEM.match(text)
        definition = DEFINITION.match(text)
        if text.startswith(("~~~", "```")) or text.strip().startswith("~~~"):
            text = text.replace("~", "\\~").replace("`", "\\`")
        elif item and n not in real and not RULE.fullmatch(text):
            mark = item.end(2) - 1
            text = f"{text[:mark]}\\{text[mark:]}"
        elif definition and definition[2].casefold() in wanted:
            wanted.discard(definition[2].casefold())  # a second definition counts for nothing
        elif definition:
            text = f"{definition[1]}\\{text[definition.end(1) :]}"
        out.append(text)
    return out


def _items(lines: Sequence[str]) -> set[int]:
    """The lines that are items of lists: each has a neighbour, since nobody counts to one."""
    bullets: dict[str, list[int]] = {}
    numbers: list[tuple[int, int]] = []
    real: set[int] = set()
    for n, line in enumerate(lines):
        item = ITEM.match(line)
        if item is None:
            continue
        if item[3] is None:
            bullets.setdefault(item[2], []).append(n)
            if n and lines[n - 1].rstrip().endswith(":"):
                real.add(n)
        else:
            numbers.append((n, int(item[3])))
    for several in bullets.values():
        real.update(several if len(several) > 1 else [])
    for (n, one), (m, other) in pairwise(numbers):
        if other - one in (0, 1):
            real |= {n, m}
    return real


def _blocks(lines: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Runs of lines, and whether they are code or a drawn table; text loses the indentation that Markdown would take for code."""
    paragraphs = list(_paragraphs(lines))
    text: list[str] = []
    listed = False
    n = 0
    while n < len(paragraphs):
        last = n
        if not listed and _is_indented(paragraphs[n]):
            while last + 2 < len(paragraphs) and _is_indented(paragraphs[last + 2]):
                last += 2
        block = [line for one in paragraphs[n : last + 1] for line in one]
        n = last + 1
        if not any(block):
            text += block
            continue
        listed = ITEM.match(block[0]) is not None or (listed and block[0].startswith("  "))
        above = next((line for line in reversed(text) if line), "")
        if not listed and (_is_code(block, above) or _is_drawn(block)):
            yield False, text
            yield True, block
            text = []
        elif listed or any(ITEM.match(line) for line in block):
            text += block
        else:
            text += _outdented(block)
    yield False, text


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    """Runs of lines with words and runs of lines without, in turn."""
    run: list[str] = []
    for line in lines:
        if run and bool(run[-1].strip()) != bool(line.strip()):
            yield run
            run = []
        run.append(line if line.strip() else "")
    if run:
        yield run


def _indent(line: str) -> int:
    whole = line.expandtabs(4)
    return len(whole) - len(whole.lstrip(" "))


def _outdented(block: Sequence[str]) -> list[str]:
    """Lines without indentation, unless they are verse, which keeps its own in spaces that Markdown leaves alone."""
    indents = [_indent(line) for line in block]
    least = min(indents)
    verse = max(map(len, block)) <= NARROW and max(indents[1:], default=0) > least
    if not verse or any(RULE.fullmatch(line) for line in block):
        return [line.lstrip() if indent >= 4 else line for line, indent in zip(block, indents, strict=True)]
    return ["\u00a0" * (indent - least) + line.lstrip() for line, indent in zip(block, indents, strict=True)]


def _is_indented(block: Sequence[str]) -> bool:
    return all(line and _indent(line) >= 4 for line in block)


def _is_code(block: Sequence[str], above: str) -> bool:
    said = [line for line in block if line.strip()]
    if all(_indent(line) >= 4 for line in said):
        signs = sum(CODE.search(line[:400]) is not None for line in said)
        commanded = above.rstrip().endswith(":") and not any(
            line.rstrip().endswith((".", "!", "?", ",")) for line in said
        )
        return signs * 2 >= len(said) or (commanded and len(said) <= 3)
    sure = sum(SURELY_CODE.search(line[:400]) is not None for line in said)
    return len(said) >= 3 and sure * 3 >= len(said) * 2


def _is_drawn(block: Sequence[str]) -> bool:
    """A table whose columns are made of spaces, or of lines and corners; or a picture made of signs."""
    lines = [line.rstrip()[:400] for line in block]
    if sum(DRAWN.fullmatch(line) is not None for line in lines) >= 2:
        return True
    if any("-" in line and "|" in line and not line.strip("|-: ") for line in lines):
        return False  # Markdown has tables of its own
    drawing = [line for line in lines if not RULE.fullmatch(line)]
    signs = sum(char in SIGNS for line in drawing for char in line)
    said = sum(not char.isspace() for line in drawing for char in line)
    if len(lines) >= 3 and len(drawing) >= 2 and signs * 2 > said:
        return True
    most = max(2, len(lines) - 1)
    begins = Counter(gap.end() for line in lines for gap in GAP.finditer(line))
    numbers = sum(line[-1:].isdigit() and GAP.search(line) is not None for line in lines)
    return max(begins.values(), default=0) >= most or numbers >= most


def _fenced(block: Sequence[str]) -> list[str]:
    """Code between fences longer than any inside it."""
    longest = max((len(run) for line in block for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", fence, *dedent("\n".join(line.expandtabs(4) for line in block)).split("\n"), fence, ""]


def _breaks(lines: Sequence[str], width: int, *, sure: bool) -> list[str]:
    """Mark the line breaks the author meant, so that the others may become spaces.

    A break is wrapping where the next word would not have fitted into the line any more, or where a sentence goes on
    after a line that is nearly full; otherwise it was meant.
    """
    out: list[str] = []
    item = False
    for previous, line, following in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        item = ITEM.match(line) is not None or (item and bool(line))
        if not line or not following:
            out.append(line)
        elif ITEM.match(following):
            out += [line] if item else [line, ""]
        elif SPECIAL.match(line) or SPECIAL.match(following):
            out.append(line)
        elif _underlined(previous, line, following):
            out += [line, ""]
        elif _is_wrapped(line, following, width, sure=sure):
            out.append(line.rstrip())
        elif item and not following.startswith(" "):
            out += [line, ""]
            item = False
        else:
            drawn = RULE.fullmatch(line) is not None and line.strip()[0] not in "=~"  # a rule in Markdown too
            out.append(line.rstrip() + ("" if UNDERLINE.fullmatch(following) or drawn else "  "))
    return out


def _underlined(previous: str, line: str, following: str) -> bool:
    """A row of hyphens below a paragraph, or the two of a signature, make no heading."""
    heading = not previous.strip() and len(following.strip()) > len("--")
    return UNDERLINE.fullmatch(following) is not None and not heading and not ITEM.match(line)


def _is_wrapped(line: str, following: str, width: int, *, sure: bool) -> bool:
    if not width or COLUMNS.match(line):
        return False
    word, *more = following.split(maxsplit=1)
    overfull = sure and len(line.rstrip()) + 1 + len(word) > width and (bool(more) or "://" not in word)
    goes_on = len(line) >= width * 3 / 4 and word[0].islower() and "://" not in word
    return overfull or goes_on


def _wrap_width(lines: Sequence[str]) -> tuple[int, bool]:
    """The width at which the program wrapped, in characters, 0 where it did not; and whether several lines say so."""
    prose = [
        len(line.rstrip())
        for line in lines
        if " " in line.strip()
        and not SPECIAL.match(line)
        and not COLUMNS.match(line)
        and max(map(len, line.split())) <= NARROW
    ]
    wide = [length for length in prose if length <= WIDE]
    longest = max(wide, default=0)
    if longest < NARROW or (len(prose) - len(wide)) * 10 > len(prose):
        return 0, False
    full = sum(length > longest - 15 for length in wide)
    return (longest, full >= 2) if full >= 2 or longest > ALONE else (0, False)

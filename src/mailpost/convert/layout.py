"""Plain text as people lay it out → Markdown that means what they see.

Markdown gives a meaning to how a line begins, and none to where it ends. A mail is the other way round: lines end where
the author or the program wanted it, and a line that begins with `12. April` is no list.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from textwrap import dedent

from mailpost.convert.code import RULE, indent, is_code, is_drawn
from mailpost.convert.rich.tables import is_numbers

NARROW, WIDE = 50, 80
CELL = 80  # more is no column, and would be filled up with spaces in each row
ALONE = 64  # one line of this length is enough to know that lines were wrapped
FENCE = re.compile(r" {0,12}(`{3,}|~{3,4}(?!~))[^`\n]*")
HELD = re.compile(r"( *)\0(\d+)")  # stands for fenced code while the lines around it are laid out
UNDERLINE = re.compile(r"\s{0,3}(?:-{2,}|={2,})\s*")
# Lines that mean something to Markdown by how they begin, besides lists.
SPECIAL = re.compile(r"\s{0,3}(?:#{1,6}\s|\|)|\s{0,12}\0")
ITEM = re.compile(r"(\s{0,40})([-*+]|(\d{1,9})([.)]))(\s+)(?=\S)")
BULLET = re.compile(r"^([ \t]{0,40})[•‣◦·▪●][ \t]+(?=\S)")
DEFINITION = re.compile(r"^( {0,3})\[([^\[\]]{1,80})\]:")
COLUMNS = re.compile(r"[^\n]*\S\s{3,}\S")
DEEP = re.compile(r"^(?:>[ ]?){15}[> ]+")  # the Markdown reader drops what is nested twenty times
OLD_HANDS = re.compile(r"\s*</?markdown>\s*", re.IGNORECASE)


def to_markdown(text: str) -> str:
    return "\n".join(_layout([line for line in text.replace("\0", "").split("\n") if not OLD_HANDS.fullmatch(line)]))


def without_tabs(text: str) -> str:
    """The rows of a spreadsheet with their columns one below the other; all other tabs are four spaces or less."""
    out: list[str] = []
    for cells, run in groupby(text.split("\n"), lambda line: line.count("\t")):
        rows = [line.split("\t") for line in run]
        narrow = max(len(cell) for row in rows for cell in row) <= CELL
        if cells and narrow and len(rows) > 1 and any(row[0] for row in rows) and all(row[-1] for row in rows):
            columns = [_below_each_other(column) for column in zip(*rows, strict=True)]
            rows = [["   ".join(row).rstrip()] for row in zip(*columns, strict=True)]
        out += ["\t".join(row).expandtabs(4) for row in rows]
    return "\n".join(out)


def _below_each_other(cells: Sequence[str]) -> list[str]:
    width, numbers = max(map(len, cells)), is_numbers(cells[1:])
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in cells]


def _layout(lines: Sequence[str]) -> list[str]:
    lines, fences = _without_fences(lines)
    runs = list(_runs(lines))
    texts = [run for quoted, run in runs if not quoted]
    width, sure = _wrap_width([line for run in texts for line in run])
    wanted = _labels([line for run in texts for line in run])
    out: list[str] = []
    for quoted, run in runs:
        if quoted:
            inner = _layout([line[1:].removeprefix(" ") for line in run])
            out += [*(f"> {line}".rstrip(" ") if not line.endswith("  ") else f"> {line}" for line in inner), ""]
            continue
        literal = _literal(run, wanted)
        written = dict(zip(literal, run, strict=True))
        for inside, block in _blocks(literal):
            if inside is None:
                out += _breaks(block, width, sure=sure)
            else:
                out += _fenced([written.get(line, line) for line in block], inside)
    return [line for one in out for line in _with_fence(one, fences)]


def _without_fences(lines: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Lines with one in the place of each fenced code, which may stand in a list; and the codes, without indentation.

    A fence that is never closed is only a line.
    """
    out: list[str] = []
    fences: list[list[str]] = []
    hopeless: set[str] = set()
    n = 0
    while n < len(lines):
        opening = FENCE.fullmatch(lines[n])
        end = None if opening is None or opening[1] in hopeless else _fence_end(lines, n + 1, opening[1])
        if opening is None or end is None:
            hopeless |= {opening[1]} if opening else set()
            out.append(lines[n])
            n += 1
            continue
        left = indent(lines[n])
        out.append(f"{' ' * left}\0{len(fences)}")
        fences.append([line[min(left, indent(line)) :] for line in lines[n:end]])
        n = end
    return out, fences


def _fence_end(lines: Sequence[str], n: int, fence: str) -> int | None:
    for end in range(n, len(lines)):
        line = lines[end].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            return end + 1
    return None


def _with_fence(line: str, fences: Sequence[Sequence[str]]) -> list[str]:
    held = HELD.fullmatch(line)
    return [held[1] + code for code in fences[int(held[2])]] if held else [line]


def _runs(lines: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Runs of lines, and whether they are a quote."""
    for quoted, run in groupby(lines, lambda line: line.startswith(">")):
        yield quoted, [DEEP.sub("> " * 15, line) for line in run]


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


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int | None, list[str]]]:
    """Runs of lines. Code and drawn tables come with the width of the item they are in; text with None.

    Text loses the indentation that Markdown would take for code.
    """
    paragraphs = list(_paragraphs(lines))
    text: list[str] = []
    inside = 0  # the width of the item that is open
    n = 0
    while n < len(paragraphs):
        last = n
        if not inside and _is_indented(paragraphs[n]):
            while last + 2 < len(paragraphs) and not any(paragraphs[last + 1]) and _is_indented(paragraphs[last + 2]):
                last += 2
        block = [line for one in paragraphs[n : last + 1] for line in one]
        n = last + 1
        if not any(block):
            text += block
            continue
        items = [item for line in block if (item := ITEM.match(line))]
        if ITEM.match(block[0]):
            inside = items[-1].end()
        elif not block[0].startswith("  "):
            inside = 0
        above = next((line for line in reversed(text) if line), "")
        deep = _is_indented([line for line in block if line], inside + 4)
        if (deep or not inside) and (is_code(block, above, indented=deep) or (not inside and is_drawn(block))):
            yield None, text
            yield inside, block
            text = []
        elif inside:
            text += block
        else:
            text += dedent("\n".join(block)).split("\n") if items else _outdented(block)
    yield None, text


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    """Runs of lines with words and runs of lines without, in turn; what stands for code is apart from both."""
    for (said, _), run in groupby(lines, lambda line: (bool(line.strip()), HELD.fullmatch(line) is not None)):
        yield [line if said else "" for line in run]


def _outdented(block: Sequence[str]) -> list[str]:
    """Lines without indentation, unless they are verse, which keeps its own in spaces that Markdown leaves alone."""
    indents = [indent(line) for line in block]
    least = min(indents)
    verse = max(map(len, block)) <= NARROW and max(indents[1:], default=0) > least
    if not verse or any(RULE.fullmatch(line) for line in block):
        return [line.lstrip() if by >= 4 else line for line, by in zip(block, indents, strict=True)]
    return ["\u00a0" * (by - least) + line.lstrip() for line, by in zip(block, indents, strict=True)]


def _is_indented(block: Sequence[str], by: int = 4) -> bool:
    return all(line and indent(line) >= by and not HELD.fullmatch(line) for line in block)


def _fenced(block: Sequence[str], inside: int) -> list[str]:
    """Code between fences longer than any inside it, `inside` an item of this width."""
    longest = max((len(run) for line in block for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    code = dedent("\n".join(line.expandtabs(4) for line in block)).split("\n")
    return ["", *(" " * inside + line for line in (fence, *code, fence)), ""]


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

"""What looks like code, like a table or like a drawing, though nobody has said that it is."""

import re
from collections import Counter
from collections.abc import Sequence

GAP = re.compile(r"(?<=\S)\s{3,}(?=\S)")
SIGNS = frozenset("/\\|_()<>^-+=:.'")
DRAWN = re.compile(r"\s*\+[-=][-=+]{2,}\+\s*")
RULE = re.compile(r"\s{0,3}([-*_=~])(?:\s?\1){2,}\s*")
# What is code if it is indented …
CODE = re.compile(
    r"[;{}]\s*$|^\s*(?:[$%]\s|>>>|#!|//|<[/?!\w]|sudo\s|#include\b|@\w+$)|\w\([^()]{0,80}\)|[=!<>+*-]=|[-=]>|\w\s?=\s?\S|::\w|\s--?\w"
)
LINES_OF_PROGRAMS = re.compile(
    r"^\s*(?:import\s[\w.]+(?:\sas\s\w+)?$|from\s[\w.]+\simport\s"
    r"|(?:SELECT|FROM|WHERE|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|JOIN|ORDER BY|GROUP BY)\s"
    r"|(?:apt|brew|cd|chmod|chown|cp|curl|docker|git|grep|ls|mkdir|mv|npm|pip3?|rm|scp|sed|ssh|systemctl|wget)(?:\s|$)"
    r"|[a-z][\w.-]{0,40}:(?:\s|$)|\[[\w. -]{1,40}\]$"  # settings
    r"|(?:~|\.{1,2})?/[\w.-]+/\S*$|[A-Z]:\\"  # the path of a file
    r"|(?:[A-Z][a-z]{2}\s{1,2}\d{1,2}\s|\d{4}-\d\d-\d\d[T\s])\d\d:\d\d:\d\d|Traceback\s|File\s\"|\w{1,60}(?:Error|Exception):)"
)
# … and what is code even if it is not.
SURELY_CODE = re.compile(
    r"[)\]\w\"']\s?\{\s*$|^\s*[})\]]+[;,)]*\s*$|[)\]]\s?[;:]\s*$|\w\s?[-+*/|&]?=\s?\S[^\n]{0,200};\s*$"
    r"|^\s*(?:def|class|import|from|return|function|const|let|var|elif|fn)\s[^\n]{1,200}[(:;]"
)


def indent(line: str) -> int:
    whole = line.expandtabs(4)
    return len(whole) - len(whole.lstrip(" "))


def is_code(block: Sequence[str], above: str, *, indented: bool) -> bool:
    """Half of it must look like code where it is `indented`; so may a few words below a colon, if they are no address."""
    said = [line[:400] for line in block if line.strip()]
    if not indented:
        return len(said) >= 3 and _count(said, SURELY_CODE) * 3 >= len(said) * 2
    commanded = (
        len(said) <= 3
        and above.rstrip().endswith(":")
        and not any(line.rstrip().endswith((".", "!", "?", ",")) for line in said)
        and said[0].lstrip()[0].islower()
    )
    return commanded or _count(said, CODE, LINES_OF_PROGRAMS) * 2 >= len(said)


def _count(lines: Sequence[str], *patterns: re.Pattern[str]) -> int:
    return sum(any(pattern.search(line) for pattern in patterns) for line in lines)


def is_drawn(block: Sequence[str]) -> bool:
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
    apart = [line for line in lines if GAP.search(line)]
    numbers = sum(line[-1].isdigit() for line in apart)
    ends = Counter(map(len, apart))
    return max(numbers, *begins.values(), *ends.values(), 0) >= most

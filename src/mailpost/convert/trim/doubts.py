"""What trimming cannot know, and the author should: words among a quote, a card that everybody can read."""

import re
from collections.abc import Sequence

from mailpost.convert.trim.introductions import ADDRESS, is_quoted

CARD_LINES, CARD_WIDTH = 8, 80
PHONE = re.compile(
    r"(?<![\w./:-])(?:(?!\d\d?[./-]\d\d?[./-])(?:\+\d|\(\+?\d{1,5}\)|0\d)[\d ()./-]{5,22}\d|\d{3}[-. ]\d{3}[-. ]\d{4})(?!\w)"
)
SITE = re.compile(r"https?://|www\.")
WITHIN = re.compile(
    r"\b(?:see|my|comments?|answers?|repl(?:y|ies)|responses?|antworten?|kommentare?|réponses?|commentaires?|respuestas?"
    r"|risposte|svar|antwoorden)\b.{0,40}\b(?:below|inline|in-line|in (?:red|blue|green)|unten|in (?:rot|blau|grün)"
    r"|ci-dessous|en (?:rouge|bleu)|abajo|en rojo|(?:qui )?sotto|in rosso|nedan|hieronder)\b",
    re.IGNORECASE,
)


def doubts(kept: Sequence[str], unmarked: int) -> tuple[str, ...]:
    """Sentences for the author: of the lines that stay, and of so many that were cut as a quote without a mark on each."""
    said = []
    if unmarked:
        said.append(f"{unmarked} lines of a quoted mail were cut; if you wrote between them, restore the post")
    if ends_in_card(kept):
        said.append("the last lines show a telephone number and an address to everybody; below “-- ” they would be cut")
    return tuple(said)


def ends_in_card(lines: Sequence[str]) -> bool:
    """Do the last lines say how to reach somebody, as a signature does that nothing marks as one, or an invitation?"""
    tail: list[str] = []
    for line in reversed(lines):
        if len(line) > CARD_WIDTH or is_quoted(line) or len(tail) == CARD_LINES:
            break
        tail += [line] if line.strip() else []
    return any(map(PHONE.search, tail)) and any(ADDRESS.search(line) or SITE.search(line) for line in tail)


def answers_inside(line: str) -> bool:
    """“See my answers below in red”: its author has written into the quoted mail."""
    return WITHIN.search(line) is not None


def is_greeting(line: str) -> bool:
    """“Hi Ben,”: where it stands alone above a mail, the rest of the answer is inside that mail."""
    return line.rstrip().endswith((",", "，")) and len(line.split()) <= 4

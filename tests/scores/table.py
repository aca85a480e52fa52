"""The table of scores: computed, written and compared."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.scores import Score, enmime, mikel, mime4j, pictures, quotes, replies, stalwart, webklex

TABLE = Path(__file__).parents[1] / "SCORES.md"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
MODULES = (replies, quotes, stalwart, webklex, mime4j, enmime, mikel, pictures)
ROW = re.compile(r"\| ([^|]+) \| ([^|]+) \| (\d+) \| (\d+) \|")

HEAD = """# Scores

How many cases of other people's collections agree with the oracle that came with them. Written by
`python -m tests.scores`; a test fails where this page is not what the program does today, and the command refuses to
write a lower score.

| collection | what is counted | right | of |
|---|---|--:|--:|
"""


def compute(corpus: Path) -> list[Score]:
    return [score for module in MODULES for score in module.scores(corpus)]


def written(scores: Sequence[Score]) -> str:
    rows = "".join(f"| {s.collection} | {s.counted} | {s.passed} | {s.of} |\n" for s in scores)
    misses = "".join(
        f"\n**{s.collection}, {s.counted}**\n\n" + "".join(f"* `{case}`: {why}\n" for case, why in s.misses.items())
        for s in scores
        if s.misses
    )
    return HEAD + rows + ("\n## What is missed, and why\n" + misses if misses else "")


def lower(table: str, scores: Sequence[Score]) -> list[str]:
    """The scores that have fallen below those of a written table, or are gone from it."""
    now = {(s.collection, s.counted): s for s in scores}
    before = {(c, what): (int(passed), int(of)) for c, what, passed, of in ROW.findall(table)}
    return [
        f"{collection}, {what}: {passed} of {of} before"
        for (collection, what), (passed, of) in before.items()
        if (score := now.get((collection, what))) is None or score.passed < passed or score.of < of
    ]

"""How well mails of other people's collections are read, as counts: `python -m tests.scores` writes `tests/SCORES.md`.

Each module here has `scores(corpus)`, which counts what agrees with the oracle that came with a collection. A miss is
named, with the reason why it is one, so that a lower score can never look like a change of taste.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Score:
    """`passed` of `of` cases agree with the oracle; `misses` says of each other one why it does not."""

    collection: str
    counted: str
    passed: int
    of: int
    misses: Mapping[str, str] = field(default_factory=dict)


def count(collection: str, counted: str, results: Mapping[str, bool], why: Mapping[str, str]) -> Score:
    """Count results by case; a miss for which `why` knows no reason says so."""
    misses = {case: why.get(case, "not understood yet") for case, passed in results.items() if not passed}
    return Score(collection, counted, len(results) - len(misses), len(results), misses)

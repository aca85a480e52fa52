"""No score falls: what other people's collections say of us today is what the table says."""

from pathlib import Path

import pytest

from tests.scores import Score, count, webklex
from tests.scores.table import TABLE, compute, lower, written


@pytest.fixture(scope="module")
def today(corpus: Path) -> list[Score]:
    return compute(corpus)


def test_no_score_has_fallen(today: list[Score]) -> None:
    assert lower(TABLE.read_text(encoding="utf-8"), today) == []


def test_the_table_says_what_is_true_today(today: list[Score]) -> None:
    assert TABLE.read_text(encoding="utf-8") == written(today), "python -m tests.scores writes it anew"


def test_every_miss_has_its_reason(today: list[Score]) -> None:
    unexplained = [(s.collection, case) for s in today for case, why in s.misses.items() if why == "not understood yet"]
    assert unexplained == []


def test_a_score_that_falls_is_seen() -> None:
    before = written([Score("a", "b", 2, 3, {"x": "because"}), Score("c", "d", 1, 1)])
    assert lower(before, [Score("a", "b", 2, 3, {}), Score("c", "d", 2, 2)]) == []
    assert lower(before, [Score("a", "b", 1, 3, {})]) == ["a, b: 2 of 3 before", "c, d: 1 of 1 before"]
    assert count("a", "b", {"x": True, "y": False}, {}).misses == {"y": "not understood yet"}


def test_each_value_that_is_not_compared_has_its_reason(corpus: Path) -> None:
    """The table says how many of each kind there are."""
    checks = [check for checks in webklex.expected(corpus).values() for check in checks]
    absent = sum(int(said.partition(":")[0]) for said in webklex.ABSENT.values())
    assert (len(checks), sum(map(webklex.absent, checks))) == (636, absent)

"""Whoever sends it, and before anything is known of him: no header and no signature costs more than it may."""

import os
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from mailpost import resolver
from mailpost.read import Lookup
from tests.forgery.campaign import lookups
from tests.forgery.storms import beyond, bodies, signatures, storms
from tests.forgery.world import Attempt, outcome, zone

EACH = 1 if os.environ.get("MAILPOST_FUZZ") == "1" else 11


@pytest.fixture(scope="module")
def ours() -> Iterator[Callable[[], Lookup]]:
    with lookups() as made:
        yield made


@pytest.mark.timeout(3600 if EACH == 1 else 240)
def test_t52_a_header_full_of_one_thing_is_soon_read_and_no_post(ours: Callable[[], Lookup]) -> None:
    """pytest-timeout stops what is not linear. Each eleventh here, all with MAILPOST_FUZZ=1."""
    attempts = list(storms())
    assert len(attempts) > 600
    assert [each.name for each in attempts[::EACH] if outcome(each, ours()) is None] == []


@pytest.mark.parametrize("make", [beyond, signatures, bodies])
def test_t52_t54_what_goes_beyond_is_held_or_costs_little(
    make: Callable[[], Iterator[Attempt]], ours: Callable[[], Lookup]
) -> None:
    assert {each.name: each.expected for each in make()} == {each.name: outcome(each, ours()) for each in make()}


@pytest.mark.timeout(3600 if EACH == 1 else 240)
def test_t52_no_header_takes_much_memory(ours: Callable[[], Lookup]) -> None:
    """140 kB of encoded words took 1.4 GB where nothing was limited."""
    worst = [each for each in storms() if "utf-8" in each.name or "(" in each.name][::EACH]
    tracemalloc.start()
    try:
        for each in worst:
            tracemalloc.reset_peak()
            outcome(each, ours())
            assert tracemalloc.get_traced_memory()[1] < 50_000_000, each.name
    finally:
        tracemalloc.stop()


def test_t54_nobody_makes_us_ask_more_than_a_few_questions() -> None:
    for each in signatures():
        with zone() as server:
            outcome(each, resolver.lookups([server.address])())
            asked = server.asked
        assert len(asked) <= resolver.QUESTIONS, each.name
        assert all(name.endswith("legit.example") for name in asked), each.name
        assert asked or "strangers" in each.name or "nobody" in each.name

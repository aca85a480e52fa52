"""Hostile mail in a real browser: nothing runs, nothing is asked of anybody else, and no tree is another than ours.

Once without the pages' own policy, so that what it would hinder is seen, and once with it. `MAILPOST_FUZZ=1` shows every
vector in every place, each on a page of its own as well.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import vectors
from tests.browser.campaign import RAW, Result, campaign, control
from tests.browser.chromium import Browser, browser, executable
from tests.browser.vectors import Vector

pytestmark = pytest.mark.browser
FUZZ = os.environ.get("MAILPOST_FUZZ") == "1"
ALONE = 1 if FUZZ else 10


def some(found: list[Vector], every: int) -> list[Vector]:
    """Odd steps meet every payload in turn."""
    return found if FUZZ else found[::every]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if executable() is None:
        pytest.skip("Chromium is not installed (sh tools/servers.sh, as root)")
    with browser() as opened:
        yield opened


def shown(chromium: Browser, kind: str, found: list[Vector], *, policy: bool = False) -> Result:
    result = campaign(chromium, kind, found, policy=policy, alone=ALONE)
    assert result.vectors == len(found)
    return result


def harmless(result: Result) -> bool:
    return (result.wrong, result.ran, result.requests, result.unread) == ([], 0, 0, 0)


def test_the_harness_sees_what_runs_and_what_is_fetched(chromium: Browser) -> None:
    """The control: the same markup as it is."""
    found = some(vectors.own(), 5)
    result = control(chromium, found)
    assert result.ran >= 0.8 * len(found) >= 100
    assert result.requests > 5


def test_the_pages_and_feeds_show_what_would_run_in_them(chromium: Browser) -> None:
    """The other control: without the sanitiser it runs in our pages and in readers of our feeds."""
    found = some(vectors.own(), 21)
    result = campaign(chromium, RAW, found)
    assert result.ran >= len(found)
    assert {wrong.partition(":")[0] for wrong in result.wrong} >= {
        "ran",
        "policy",
        "requests",
        "changed by the browser",
    }
    assert any("/harness" in wrong for wrong in result.wrong)


def test_even_what_is_not_sanitised_does_not_run_under_our_policy(chromium: Browser) -> None:
    """The pages' own Content-Security-Policy is a second line."""
    result = campaign(chromium, RAW, some(vectors.own(), 21), policy=True)
    assert (result.ran, result.requests) == (0, 0)
    assert any(wrong.startswith("policy: ") for wrong in result.wrong)


def test_t28_nothing_in_the_html_of_a_mail_runs(chromium: Browser, corpus: Path) -> None:
    assert harmless(shown(chromium, "body", [*vectors.collected(corpus), *some(vectors.own(), 7)]))


def test_t29_no_tree_becomes_another_in_a_browser(chromium: Browser, corpus: Path) -> None:
    assert harmless(shown(chromium, "body", some(vectors.trees(corpus), 21)))


def test_t33_nothing_in_the_text_of_a_mail_runs(chromium: Browser, corpus: Path) -> None:
    """Nor in its subject or tags."""
    found = [*some(vectors.naughty(corpus), 3), *some(vectors.collected(corpus), 5), *some(vectors.own(), 17)]
    assert harmless(shown(chromium, "text", found))


def test_t34_nothing_runs_in_a_caption_or_in_the_name_of_a_file(chromium: Browser, corpus: Path) -> None:
    found = [*vectors.naughty(corpus), *vectors.collected(corpus), *vectors.own()]
    assert harmless(shown(chromium, "names", some(found, 13)))


def test_t75_our_own_pages_keep_our_policy(chromium: Browser, corpus: Path) -> None:
    found = [*vectors.collected(corpus), *vectors.naughty(corpus)]
    assert harmless(shown(chromium, "body", some(found, 7), policy=True))
    assert harmless(shown(chromium, "names", some(found, 21), policy=True))

"""Nobody posts who may not, and whoever may is not kept out: the campaign of `tests/forgery`, group by group."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from mailpost import resolver
from mailpost.author import Require
from mailpost.errors import Reason, Temporary
from mailpost.read import Lookup
from tests.forgery import signatures
from tests.forgery.arc import LISTS, READERS, sealed
from tests.forgery.campaign import FORGED, GENUINE, lookups, run, surprises
from tests.forgery.mutations import mutated, original
from tests.forgery.world import BLOG, SERVER, Attempt, above, outcome, reading, sign
from tests.nameserver import Zone

LONG = os.environ.get("MAILPOST_FUZZ") == "1"
TIMES = 20_000 if LONG else 250


@pytest.fixture(scope="module")
def ours() -> Iterator[Callable[[], Lookup]]:
    with lookups() as made:
        yield made


# How many mails each group has at least, so that none is lost unnoticed.
LEAST = [150, 140, 55, 35, 4, 120, 90, 5]


@pytest.mark.parametrize(("group", "least"), list(zip(FORGED, LEAST, strict=True)), ids=list(FORGED))
def test_of_what_is_forged_nothing_is_published_and_the_reason_is_right(
    group: str, least: int, ours: Callable[[], Lookup]
) -> None:
    count = run(group, FORGED[group], ours)
    assert surprises([count]) == []
    assert count.published == 0
    assert count.mails >= least


@pytest.mark.parametrize("group", GENUINE)
def test_of_what_is_genuine_everything_is_published(group: str, ours: Callable[[], Lookup]) -> None:
    count = run(group, GENUINE[group], ours)
    assert surprises([count]) == []
    assert count.published == count.mails > 8


def test_t16_whoever_knows_the_secret_address_as_well_gets_no_further(ours: Callable[[], Lookup]) -> None:
    """It is no proof where one is asked for. Each third of the forgeries here, all with MAILPOST_FUZZ=1."""
    known = "Delivered-To: blog+k7k7k7k7k7k7k7k7@posts.example\r\n"
    forged = [attempt for makers in FORGED.values() for make in makers for attempt in make()]
    tried = [replace(each, raw=above(known, each.raw)) for each in forged[:: 1 if LONG else 3]]
    assert [each.name for each in tried if outcome(each, ours()) is None] == []
    ann, *others = BLOG.authors
    careless = replace(BLOG, authors=(replace(ann, require=Require.EITHER), *others))
    assert [each.name for each in tried if outcome(each, ours(), blog=careless) is None], "there it would do"


def test_t09_a_replay_has_the_fingerprint_of_the_mail_it_repeats(ours: Callable[[], Lookup]) -> None:
    """The store makes one post for each; without it these would be published."""
    first = set(reading(Attempt("the first", sign()), ours()).fingerprints)
    assert len(first) == 1
    again = {name: reading(Attempt(name, raw), ours()) for name, raw in signatures.replays()}
    assert {name for name, found in again.items() if found.post is None or not first & set(found.fingerprints)} == set()


def test_the_harness_would_show_a_forgery_that_gets_through(ours: Callable[[], Lookup]) -> None:
    count = run("control", [lambda: [Attempt("signed", sign(), Reason.UNPROVEN)]], ours)
    assert (count.published, surprises([count])) == (1, ["control: signed: published"])


def test_t14_no_verdict_rests_on_arc(corpus: Path) -> None:
    """Neither a chain that holds, nor one whose first server is trusted, nor a seal that is called a signature.

    A chain is as good as all who sealed it, and anybody can seal; so it proves nothing about who wrote the mail.
    """
    mails = list(sealed(corpus))
    assert len(mails) >= 2 * 171
    assert sum(mail.verdict == "Pass" for mail in mails) >= 2 * 50
    became: Counter[object] = Counter()
    with Zone() as server:
        for mail in mails:
            server.records = mail.records
            lookup = resolver.lookups([server.address])
            for trusted in ((), (LISTS,), (f"{LISTS} spf",)):
                attempt = Attempt(mail.name, mail.raw, trusted=trusted)
                became[outcome(attempt, lookup(), blog=READERS, received=mail.received)] += 1
    assert became.keys() == {Reason.UNPROVEN, Reason.DOUBLED, Reason.ELSEWHERE}  # one has no header at all
    assert became[Reason.UNPROVEN] > 800, "most get as far as the proof"


@pytest.mark.timeout(3600 if LONG else 240)
@pytest.mark.parametrize("trusted", [(), (SERVER,)], ids=["nobody trusted", "a server trusted"])
def test_whatever_is_published_says_what_was_signed(trusted: tuple[str, ...], ours: Callable[[], Lookup]) -> None:
    """Random changes: hundreds here, tens of thousands with MAILPOST_FUZZ=1."""
    true = reading(Attempt("as it was sent", original()), ours()).post
    assert true is not None
    published = 0
    for seed in range(TIMES):
        raw = mutated(Random(seed))
        try:
            post = reading(Attempt(f"seed {seed}", raw, trusted=trusted), ours()).post
        except Temporary:
            continue
        published += post is not None
        assert post is None or post == true, seed
    assert published > TIMES / 20, "some changes are harmless, or nothing was tried"

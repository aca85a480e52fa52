"""The campaign, group by group, and what came of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from mailpost import resolver
from mailpost.errors import Temporary
from mailpost.read import Lookup
from tests.forgery import genuine, robots, senders, servers, signatures
from tests.forgery.world import BLOG, Attempt, Expected, outcome, zone

SECONDS = 2.5  # for a name server that is silent on purpose

FORGED: dict[str, tuple[Callable[[], Iterable[Attempt]], ...]] = {
    "attacks of the espoofer study (T02, T03, T07, T11)": (senders.espoofer, senders.accounts),
    "what From can look like (T03, T04, T13, T15)": (senders.forms, senders.elsewhere),
    "signatures that prove too little (T08)": (signatures.broken,),
    "signed mail changed or sent elsewhere (T09, T10)": (signatures.changed,),
    "keys that cannot be looked up (F41)": (signatures.outages,),
    "results of servers, forged or misread (T05–T07, T12, T14)": (servers.forged, servers.dumb),
    "robots: bounces, lists, receipts, loops (T14, T64)": (robots.robots,),
    "fragments and pointers (T50)": (robots.fragments,),
}
GENUINE: dict[str, tuple[Callable[[], Iterable[Attempt]], ...]] = {
    "odd and sound signatures": (signatures.genuine,),
    "each provider's results": (servers.genuine,),
    "people who look a little like robots": (robots.people,),
    f"mail in the shape of {len(genuine.SENDERS)} senders": (genuine.genuine,),
}


@dataclass(frozen=True)
class Count:
    """`wrong` are the mails of which something else became than was expected, and what."""

    group: str
    mails: int
    published: int
    wrong: dict[str, Expected]


@contextmanager
def lookups() -> Iterator[Callable[[], Lookup]]:
    """The real resolver before a name server of our own, which has the keys of the campaign."""
    with zone() as server, pytest.MonkeyPatch.context() as patch:
        genuine.publish(server)
        patch.setattr(resolver, "SECONDS", SECONDS)
        yield resolver.lookups([server.address])


def run(group: str, makers: Iterable[Callable[[], Iterable[Attempt]]], lookups: Callable[[], Lookup]) -> Count:
    found: dict[str, tuple[Expected, Expected]] = {}
    for maker in makers:
        blog = genuine.garden() if maker is genuine.genuine else BLOG
        for attempt in maker():
            assert attempt.name not in found, attempt.name
            found[attempt.name] = (attempt.expected, outcome(attempt, lookups(), blog=blog))
    return Count(
        group,
        mails=len(found),
        published=sum(came is None for _, came in found.values()),
        wrong={name: came for name, (expected, came) in found.items() if came is not expected},
    )


def shown(counts: Iterable[Count]) -> str:
    rows = list(counts)
    lines = [
        f"{row.mails:5} mails, {row.published:4} published, {len(row.wrong):2} surprises  {row.group}" for row in rows
    ]
    mails, published = sum(row.mails for row in rows), sum(row.published for row in rows)
    return "\n".join([*lines, f"{mails:5} mails, {published:4} published"])


def surprises(counts: Iterable[Count]) -> list[str]:
    def said(came: Expected) -> str:
        return "published" if came is None else "put off" if came is Temporary else str(came)

    return [f"{row.group}: {name}: {said(came)}" for row in counts for name, came in row.wrong.items()]

"""What is owed is sent once, whatever comes between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailpost import outbox
from mailpost.autopost import Copy
from mailpost.errors import Rejected, Temporary
from mailpost.store import Accepted, Arrival
from mailpost.store.sqlite import Sqlite
from tests import blogs

NOW = datetime(2026, 11, 2, tzinfo=UTC)


class Hook:
    """A target that does what it is told and remembers what it saw."""

    def __init__(self, *outcomes: BaseException | str) -> None:
        self.outcomes = list(outcomes)
        self.seen: list[tuple[str, bool]] = []

    def send(self, copy: Copy, *, again: bool) -> str:
        self.seen.append((copy.key, again))
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, str):
            return outcome
        raise outcome


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Sqlite]:
    made = Sqlite(tmp_path / "mailpost.db")
    owe(made, 1)
    yield made
    made.close()


def owe(store: Sqlite, number: int, target: str = "hook") -> None:
    [(id_, _, _)] = store.arrive([Arrival("box", f"1:{number}", f"{number:064}", 1, NOW)], NOW)
    store.accept([Accepted(id_, blogs.post(number), {target: 60.0})], NOW)


def send(store: Sqlite, hook: Hook, clock: Clock, **more: Hook) -> int:
    return outbox.send_due(store, {"hook": hook, **more}, {"demo": blogs.BLOG}, clock)


def test_nothing_is_sent_before_its_time_and_once_afterwards(store: Sqlite) -> None:
    hook, clock = Hook("https://other.example/1"), Clock()
    assert send(store, hook, clock) == 0
    clock.on(61)
    assert (send(store, hook, clock), send(store, hook, clock)) == (1, 0)
    assert hook.seen == [(f"mailpost-{blogs.post(1).id}-hook", False)]
    assert store.deliveries() == {"sent": 1}


def test_trouble_is_tried_again_later_and_later(store: Sqlite) -> None:
    hook, clock = Hook(*[Temporary("down")] * 3, "there"), Clock()
    clock.on(61)
    for pause in (60, 120, 240):
        send(store, hook, clock)
        clock.on(pause * 0.75)
        assert send(store, hook, clock) == 0, "too early"
        clock.on(pause)
    assert (send(store, hook, clock), [again for _, again in hook.seen]) == (1, [False] * 4)


@pytest.mark.parametrize("unknown", [Temporary("cut off", maybe_done=True), KeyError("a bug in the target")])
def test_what_may_have_arrived_is_looked_for_ever_after(store: Sqlite, unknown: Exception) -> None:
    hook, clock = Hook(unknown, Temporary("down"), "there"), Clock()
    for _ in range(3):
        clock.on(1000)
        send(store, hook, clock)
    assert [again for _, again in hook.seen] == [False, True, True]


def test_a_target_that_says_when_is_believed(store: Sqlite) -> None:
    hook, clock = Hook(Temporary("busy", retry_after=5000), "there"), Clock()
    clock.on(61)
    send(store, hook, clock)
    clock.on(3900)
    assert send(store, hook, clock) == 0
    clock.on(3000)
    assert send(store, hook, clock) == 1


def test_no_is_no(store: Sqlite) -> None:
    hook, clock = Hook(Rejected("not wanted")), Clock()
    clock.on(61)
    send(store, hook, clock)
    clock.on(10**6)
    assert (send(store, hook, clock), store.deliveries()) == (0, {"failed": 1})


def test_trouble_without_end_is_given_up(store: Sqlite) -> None:
    hook, clock = Hook(*[Temporary("down")] * outbox.TRIES), Clock()
    for _ in range(outbox.TRIES):
        clock.on(2 * outbox.LONGEST)
        send(store, hook, clock)
    assert store.deliveries() == {"failed": 1}


class Killed(BaseException):
    """The process is gone."""


def test_a_crash_after_sending_comes_back_and_looks_first(store: Sqlite) -> None:
    hook, clock = Hook(Killed(), "found it"), Clock()
    clock.on(61)
    with pytest.raises(Killed):
        send(store, hook, clock)
    assert send(store, hook, clock) == 0, "the lease holds"
    clock.on(outbox.LEASE + 1)
    assert (send(store, hook, clock), hook.seen[1][1]) == (1, True)


def test_two_workers_send_each_copy_once(store: Sqlite, tmp_path: Path) -> None:
    other, clock = Sqlite(tmp_path / "mailpost.db"), Clock()
    clock.on(61)
    claims = [each.claim(clock(), outbox.LEASE) for each in (store, other, store)]
    other.close()
    assert [claim is not None for claim in claims] == [True, False, False]


def test_a_dead_target_does_not_hold_up_another(store: Sqlite) -> None:
    """After one failure in a round, the rest for this target waits for the next."""
    for number in range(2, 6):
        owe(store, number)
    owe(store, 6, "other")
    hook, other, clock = Hook(*[Temporary("down")] * 9), Hook("there"), Clock()
    clock.on(61)
    assert send(store, hook, clock, other=other) == 1
    assert len(hook.seen) == 1


def test_a_copy_for_a_target_that_is_gone_is_closed(store: Sqlite) -> None:
    clock = Clock()
    clock.on(61)
    assert outbox.send_due(store, {}, {"demo": blogs.BLOG}, clock) == 0
    assert store.deliveries() == {"failed": 1}

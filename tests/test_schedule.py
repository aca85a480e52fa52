"""The clock, the queue and the workers, without any mail."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailpost import schedule
from mailpost.config import load
from mailpost.errors import Temporary
from mailpost.schedule import PUBLISH, SEND, Daemon, Patience, Wakeups
from mailpost.store import State
from tests.boxes import Box
from tests.private import private

SOON = 10.0  # seconds; what is waited for here takes a hundredth of one


def until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SOON
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def _nothing(_name: str) -> None:
    """What a stage does where the test does not care."""


class Fake:
    """An app whose stages are functions of the test."""

    def __init__(self, *names: str, **stages: Callable[..., Any]) -> None:
        self.sources = [SimpleNamespace(name=name, mailbox=Box()) for name in names]
        self.stages = stages
        self.done: Counter[str] = Counter()
        self.config = SimpleNamespace(schedule=SimpleNamespace(poll_seconds=3600, idle=False))

    def poll(self, source: Any, _stopping: Callable[[], bool]) -> dict[State, int]:
        found: dict[State, int] = self.stages.get("poll", _nothing)(source.name) or {}
        self.done[source.name] += 1
        return found

    def publish(self) -> None:
        self.done[PUBLISH] += 1

    def send(self) -> None:
        self.done[SEND] += 1


class Running:
    def __init__(self, app: Fake) -> None:
        self.daemon = Daemon(app)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.daemon.run, daemon=True)

    def __enter__(self) -> Daemon:
        self.thread.start()
        return self.daemon

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()
        self.thread.join(SOON)
        assert not self.thread.is_alive()


# --- the queue ---


def test_many_pokes_before_a_run_are_one_run() -> None:
    wakeups = Wakeups()
    for key in ("a", "b", "a", "a"):
        wakeups.poke(key)
    taken = [wakeups.take(), wakeups.take()]
    wakeups.close()
    assert (taken, wakeups.take()) == (["a", "b"], None)


def test_pokes_during_a_run_are_one_more_run_and_never_two_at_once() -> None:
    wakeups = Wakeups()
    wakeups.poke("a")
    key = wakeups.take()
    wakeups.poke("a")
    wakeups.poke("a")
    wakeups.poke("b")
    assert wakeups.take() == "b", "what runs is not given to a second worker"
    wakeups.done(str(key))
    threading.Timer(1, wakeups.close).start()
    assert wakeups.take() == "a"
    wakeups.done("a")
    wakeups.close()
    assert wakeups.take() is None


def test_closing_ends_those_who_wait() -> None:
    wakeups = Wakeups()
    taken: list[str | None] = []
    waiting = [threading.Thread(target=lambda: taken.append(wakeups.take())) for _ in range(3)]
    for thread in waiting:
        thread.start()
    wakeups.close()
    for thread in waiting:
        thread.join(SOON)
    assert taken == [None] * 3


def test_fifty_pokes_on_few_workers_are_fifty_runs() -> None:
    names = [f"box {n}" for n in range(50)]
    app = Fake(*names, poll=lambda _: time.sleep(0.01))
    with Running(app):
        assert until(lambda: all(app.done[name] for name in names))


# --- patience ---


def test_patience_doubles_up_to_a_limit_and_forgets_when_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)
    patience = Patience()
    pauses = [patience.trouble("a") for _ in range(9)]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert (patience.ready("a"), patience.ready("b")) == (False, True)
    patience.works("a")
    assert (patience.ready("a"), patience.trouble("a")) == (True, 5)


def test_patience_waits_at_least_as_long_as_the_other_side_asks() -> None:
    assert Patience().trouble("a", at_least=1000) >= 1000


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    patience = Patience()
    now[0] += patience.trouble("a") - 0.1
    assert not patience.ready("a")
    now[0] += 0.2
    assert patience.ready("a")


# --- the daemon ---


def test_the_first_round_comes_at_once_and_what_it_publishes_is_drawn_and_sent() -> None:
    app = Fake("ann", poll=lambda _: {State.PUBLISHED: 1})
    with Running(app):
        assert until(lambda: app.done["ann"] == 1 and app.done[PUBLISH] >= 1 and app.done[SEND] >= 1)


def test_a_poke_during_a_run_runs_once_more() -> None:
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def poll(_name: str) -> None:
        begun.release()
        go_on.acquire(timeout=SOON)

    app = Fake("ann", poll=poll)
    with Running(app) as daemon:
        assert begun.acquire(timeout=SOON)
        for _ in range(3):
            daemon.wakeups.poke("poll ann")
        go_on.release()
        assert begun.acquire(timeout=SOON)
        go_on.release()
        assert until(lambda: app.done["ann"] == 2)
        assert not begun.acquire(timeout=0.2), "three pokes were one more run"


def test_a_worker_that_hangs_holds_up_nobody_else() -> None:
    never = threading.Event()
    app = Fake("hung", "ann", "bob", poll=lambda name: never.wait(60) if name == "hung" else None)
    with Running(app) as daemon:
        assert until(lambda: bool(app.done["ann"] and app.done["bob"] and app.done[PUBLISH] and app.done[SEND]))
        daemon.wakeups.poke("poll ann")
        assert until(lambda: app.done["ann"] == 2)
        never.set()


def test_stopping_with_a_worker_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "DRAIN", 0.5)
    begun, never = threading.Event(), threading.Event()

    def poll(_name: str) -> None:
        begun.set()
        never.wait(60)

    with Running(Fake("hung", poll=poll)):
        assert begun.wait(SOON)
    never.set()


def test_stopping_waits_for_what_is_being_done() -> None:
    begun, ended = threading.Event(), threading.Event()

    def poll(_name: str) -> None:
        begun.set()
        time.sleep(0.5)
        ended.set()

    with Running(Fake("ann", poll=poll)):
        assert begun.wait(SOON)
    assert ended.is_set()


@pytest.mark.parametrize("trouble", [Temporary("down"), ZeroDivisionError("a bug")])
def test_trouble_with_one_thing_leaves_it_alone_for_a_while_and_the_others_go_on(trouble: Exception) -> None:
    calls: Counter[str] = Counter()

    def poll(name: str) -> None:
        calls[name] += 1
        if name == "bad":
            raise trouble

    app = Fake("bad", "good", poll=poll)
    with Running(app) as daemon:
        assert until(lambda: calls["bad"] == 1 and calls["good"] == 1)
        for _ in range(2):
            daemon.wakeups.poke("poll bad")
            daemon.wakeups.poke("poll good")
            time.sleep(0.1)
    assert (calls["bad"], calls["good"] >= 2) == (1, True)


def test_what_came_before_the_trouble_is_published_all_the_same() -> None:
    drawn: list[int] = []

    def poll(_name: str) -> None:
        assert until(lambda: app.done[PUBLISH] > 0)
        drawn.append(app.done[PUBLISH])
        raise Temporary("the line went dead in the middle")

    app = Fake("ann", poll=poll)
    with Running(app):
        assert until(lambda: bool(drawn) and app.done[PUBLISH] > drawn[0])


def test_after_trouble_it_is_tried_again_when_the_pause_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not only when the clock of the configuration comes round."""
    monkeypatch.setattr(schedule, "PAUSE", 0.2)
    calls: Counter[str] = Counter()

    def poll(name: str) -> None:
        calls[name] += 1
        if calls[name] < 3:
            raise Temporary("down")

    app = Fake("ann", poll=poll)
    with Running(app):
        assert until(lambda: app.done["ann"] == 1)
    assert calls["ann"] == 3


def test_the_clock_pokes_again_and_again() -> None:
    app = Fake("ann")
    app.config.schedule.poll_seconds = 0.1
    with Running(app):
        assert until(lambda: app.done["ann"] >= 3)


def test_what_a_mailbox_hears_wakes_its_poll_and_trouble_with_hearing_does_too() -> None:
    class Ear(Box):
        def __init__(self, *told: object) -> None:
            super().__init__()
            self.told = list(told)

        def wait(self, seconds: float) -> bool:
            if self.told:
                heard = self.told.pop(0)
                if isinstance(heard, Exception):
                    raise heard
                return bool(heard)
            time.sleep(min(seconds, 0.05))
            return False

    app = Fake("ann", "bob")
    app.config.schedule.idle = True
    app.sources[0].mailbox = Ear(False, True)
    app.sources[1].mailbox = Ear(Temporary("ended"))
    with Running(app):
        assert until(lambda: app.done["ann"] >= 1 and app.done["bob"] >= 1)


def test_what_comes_before_the_server_listens_is_found_soon_after(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf(Box):
        def wait(self, seconds: float) -> bool:
            ended.wait(seconds)
            return False

    monkeypatch.setattr("mailpost.schedule.SETTLED", 0.3)
    ended = threading.Event()
    app = Fake("ann")
    app.config.schedule.idle = True
    app.sources[0].mailbox = Deaf()
    with Running(app):
        assert until(lambda: app.done["ann"] == 1)
        assert until(lambda: app.done["ann"] == 2)
        ended.set()


def test_the_defaults_of_the_configuration_are_those_of_the_clock(tmp_path: Path) -> None:
    example = Path(__file__).parents[1] / "config.example.toml"
    private(tmp_path / "password", "x")
    (tmp_path / "config.toml").write_text(example.read_text())
    assert load(tmp_path / "config.toml").schedule.poll_seconds == 60

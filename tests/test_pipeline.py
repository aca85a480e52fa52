"""The whole line in this process: real store, files and children; only the mailbox is in memory."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mailpost import child, pipeline
from mailpost.child import Children
from mailpost.errors import Reason, Temporary
from mailpost.files.local import LocalFiles
from mailpost.mailbox import Outcome
from mailpost.pipeline import ATTEMPTS, Line
from mailpost.post import Post, Status
from mailpost.publish import Press, publish
from mailpost.read import Reading, Rules
from mailpost.site import Site
from mailpost.store import State
from mailpost.store.sqlite import Sqlite
from tests.boxes import Box
from tests.mails import ADDRESS, BLOG, RULES, mail, picture
from tests.pages import endless

MEMORY = 1024**3
POISON = {b"KILL": "kill", b"HANG": "hang", b"HOARD": "hoard", b"BUG": "bug", b"DNS": "dns", b"SURROGATE": "surrogate"}


def poisoned_read(raw: bytes, digest: str, received: datetime | None, rules: Rules, *, careful: bool) -> Reading:
    """In the child: what a hostile mail makes of its reader, on demand."""
    what = next((name for word, name in POISON.items() if word in raw), "")
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "hang":
        time.sleep(60)
    elif what == "hoard":
        bytearray(2 * MEMORY)
    elif what == "bug":
        raise ZeroDivisionError
    elif what == "dns":
        raise Temporary("no name server answered")
    reading = child._read(raw, digest, received, rules, careful=careful)
    if what == "surrogate" and reading.post:
        return replace(reading, post=replace(reading.post, text="\ud800"))
    return reading


class Poisoned(Children):
    reader = staticmethod(poisoned_read)


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    """One reader, so that mails are judged in the order they lie in."""
    with Children(workers=1, seconds=30, memory=MEMORY, nameservers=["127.0.0.1"]) as readers:
        yield readers


@pytest.fixture(scope="module")
def poisoned() -> Iterator[Children]:
    with Poisoned(workers=2, seconds=1.5, memory=MEMORY, nameservers=["127.0.0.1"]) as readers:
        yield readers


class Crash(BaseException):
    """The process is gone: nothing of ours catches this."""


class Faults:
    """Counts effects and crashes at one of them: before it, after it, or with half of its files put."""

    def __init__(self, at: int = 0, when: str = "") -> None:
        self.at = at
        self.when = when
        self.seen = 0

    def around(self, inner: Any, *names: str) -> Any:
        return Faulty(inner, self, names)

    def run(self, do: Callable[..., Any], *args: Any) -> Any:
        self.seen += 1
        if self.seen != self.at:
            return do(*args)
        if self.when == "before":
            raise Crash
        if self.when == "half" and do.__name__ == "put_all":
            files = list(args[0])
            args = (files[: len(files) // 2],)
        do(*args)
        raise Crash


class Faulty:
    def __init__(self, inner: Any, faults: Faults, names: tuple[str, ...]) -> None:
        self._inner, self._faults, self._names = inner, faults, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return (lambda *args: self._faults.run(found, *args)) if name in self._names else found


class Place:
    """A folder with everything in it, and what the shell does there."""

    def __init__(self, root: Path, children: Children, rules: Rules = RULES) -> None:
        self.root = root
        self.children = children
        self.rules = rules

    def line(self, faults: Faults, store: Any) -> Line:
        return Line(
            store=faults.around(store, "arrive", "accept", "close_mail", "put_back"),
            kept=faults.around(LocalFiles(self.root, 0o600), "put_all"),
            media=faults.around(LocalFiles(self.root), "put_all"),
            children=lambda: self.children,
            rules=self.rules,
            targets=_owed,
            clock=pipeline.now,
        )

    def round(self, box: Any, faults: Faults | None = None, *, name: str = "box") -> Mapping[State, int]:
        """Poll and publish, as one process does."""
        faults = faults or Faults()
        store = Sqlite(self.root / "mailpost.db")
        try:
            states = pipeline.poll(name, faults.around(box, "settle"), self.line(faults, store))
            site = faults.around(LocalFiles(self.root / "site"), "put_all")
            publish(Press(BLOG, Site(BLOG), faults.around(store, "drawn"), LocalFiles(self.root), site, "", 10, 30))
            return states
        finally:
            store.close()

    def world(self, box: Box) -> dict[str, Any]:
        """Everything that has to be the same whatever happened on the way."""
        store = Sqlite(self.root / "mailpost.db")
        try:
            site = self.root / "site"
            return {
                "posts": store.posts("demo", limit=100),
                "mails": sorted(
                    (m.mailbox, m.key, m.state, m.reason, m.post) for m in store.mails(state=None, limit=100)
                ),
                "owed": store.deliveries(),
                "drawn": store.changes("demo") is None,
                "filed": sorted(box.filed),
                "waiting": box.inbox,
                "site": {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()},
            }
        finally:
            store.close()

    def mails(self) -> dict[str, tuple[State, str, int]]:
        store = Sqlite(self.root / "mailpost.db")
        try:
            return {m.key: (m.state, m.reason, m.attempts) for m in store.mails(state=None, limit=100)}
        finally:
            store.close()

    def posts(self) -> list[str]:
        store = Sqlite(self.root / "mailpost.db")
        try:
            return [post.title for post in store.posts("demo", limit=100)][::-1]
        finally:
            store.close()


def _owed(post: Post) -> Mapping[str, float]:
    return {"hook": 60.0} if post.status is Status.PUBLISHED else {}


@pytest.fixture
def place(tmp_path: Path, children: Children) -> Place:
    return Place(tmp_path, children)


def one_of_each() -> Box:
    """A post, one with a photo, the same mail again, a lookalike, a draft, a stranger's, one for others, a large one."""
    return Box(
        mail(1),
        mail(2, photo=picture()),
        mail(1),
        mail(2, "Something else.", photo=picture("blue")),
        mail(3, to=ADDRESS.replace("@", "+draft@")),
        mail(4, sender="eve@demo.example"),
        mail(5, to="somebody@else.example"),
        mail(6, "long " * 4000),
        largest=15_000,
    )


def test_every_kind_of_mail_ends_where_it_belongs(place: Place) -> None:
    box = one_of_each()
    place.round(box)
    assert place.posts() == ["Mail 1", "Mail 2", "Mail 3"]
    assert {key: state[:2] for key, state in place.mails().items()} == {
        "1:1": (State.PUBLISHED, ""),
        "1:2": (State.PUBLISHED, ""),
        "1:3": (State.DUPLICATE, Reason.DUPLICATE),
        "1:4": (State.HELD, Reason.LOOKALIKE),
        "1:5": (State.DRAFT, ""),
        "1:6": (State.REFUSED, Reason.STRANGER),
        "1:7": (State.IGNORED, Reason.ELSEWHERE),
        "1:8": (State.REFUSED, Reason.TOO_BIG),
    }
    assert Counter(outcome for outcome, _ in box.filed) == {
        Outcome.PUBLISHED: 3,
        Outcome.HELD: 1,
        Outcome.DRAFT: 1,
        Outcome.REFUSED: 2,
    }
    assert list(box.inbox) == ["1:7"], "what is for others stays where it is"


def test_every_crash_is_repaired(tmp_path: Path, children: Children) -> None:
    """Whichever effect fails, before it, halfway or after it took place, the next round repairs it."""
    calm = Place(tmp_path / "calm", children)
    box = one_of_each()
    calm.round(box)
    world = calm.world(box)
    crashes = 0
    for when in ("before", "half", "after"):
        for at in count(1):
            place, box = Place(tmp_path / f"{when}{at}", children), one_of_each()
            try:
                place.round(box, Faults(at, when))
            except Crash:
                crashes += 1
                place.round(box)
                assert place.world(box) == world, f"{when} effect {at}"
            else:
                break  # there was no such effect any more
    assert crashes > 20


def test_a_second_round_changes_nothing(place: Place) -> None:
    box = one_of_each()
    place.round(box)
    before = place.world(box)
    place.round(box)
    assert place.world(box) == before


def test_one_mail_by_two_ways_is_one_post(place: Place) -> None:
    """Different bytes, same Message-ID and content: a copy through another server."""
    place.round(Box(mail(1, route="one"), mail(1, route="two")))
    assert place.posts() == ["Mail 1"]
    assert sorted(state for state, _, _ in place.mails().values()) == [State.DUPLICATE, State.PUBLISHED]


def test_one_mail_in_two_mailboxes_is_one_post(place: Place) -> None:
    for name in ("one", "two"):
        place.round(Box(mail(1)), name=name)
    assert place.posts() == ["Mail 1"]


def test_a_mail_ignored_in_one_mailbox_is_read_in_the_next(tmp_path: Path, children: Children) -> None:
    """What one mailbox is not meant for, another may be."""
    stray = mail(1, to="somebody@else.example")
    assert Place(tmp_path, children).round(Box(stray), name="one") == {State.IGNORED: 1}
    assert Place(tmp_path, children, Rules((BLOG,), own="demo")).round(Box(stray), name="two") == {State.HELD: 1}


def test_a_mail_moved_back_into_the_inbox_is_filed_again_and_makes_no_second_post(place: Place) -> None:
    box = Box(mail(1))
    place.round(box)
    box.deliver(box.filed.pop()[1])
    place.round(box)
    assert (place.posts(), box.filed, box.inbox) == (["Mail 1"], [(Outcome.PUBLISHED, mail(1))], {})


def test_a_refused_mail_moved_back_is_judged_again(tmp_path: Path, children: Children) -> None:
    """That is how an operator says: look once more, I have changed the configuration."""
    nobody = replace(BLOG, authors=())
    box = Box(mail(1))
    Place(tmp_path, children, Rules((nobody,))).round(box)
    box.deliver(box.filed.pop()[1])
    place = Place(tmp_path, children)
    place.round(box)
    assert (place.posts(), box.filed) == (["Mail 1"], [(Outcome.PUBLISHED, mail(1))])


def test_a_folder_made_anew_doubles_nothing(place: Place) -> None:
    box = Box(mail(1), mail(2))
    place.round(box)
    for _, raw in box.filed:
        box.deliver(raw)
    box.filed.clear()
    box.anew(validity=2)
    place.round(box)
    assert (place.posts(), box.inbox) == (["Mail 1", "Mail 2"], {})


def test_a_name_given_to_another_mail_hides_neither(place: Place) -> None:
    """A server restored from a backup gives out the same UIDs again."""
    place.round(Box(mail(1)))
    box = Box(mail(2))
    place.round(box)
    place.round(box)
    assert place.posts() == ["Mail 1", "Mail 2"]


@pytest.mark.parametrize(
    ("word", "reason"), [("KILL", Reason.CRASH), ("HANG", Reason.TIMEOUT), ("HOARD", Reason.CRASH)]
)
def test_a_mail_that_breaks_its_child_fails_alone_after_three_attempts(
    tmp_path: Path, poisoned: Children, word: str, reason: Reason
) -> None:
    place, box = Place(tmp_path, poisoned), Box(mail(1), mail(2, word), mail(3))
    for attempt in range(1, ATTEMPTS + 1):
        place.round(box)
        assert place.posts() == ["Mail 1", "Mail 3"]
        assert place.mails()["1:2"][2] == attempt
    assert place.mails()["1:2"] == (State.FAILED, reason, ATTEMPTS)
    assert box.filed[-1] == (Outcome.FAILED, mail(2, word))


def test_the_second_attempt_leaves_out_what_broke_the_first(tmp_path: Path) -> None:
    with Children(workers=1, seconds=2, memory=MEMORY, nameservers=["127.0.0.1"]) as readers:
        place, box = Place(tmp_path, readers), Box(mail(1, photo=endless()))
        place.round(box)
        assert (place.posts(), place.mails()["1:1"][0]) == ([], State.RECEIVED)
        place.round(box)
    assert place.posts() == ["Mail 1"]
    assert place.mails()["1:1"] == (State.PUBLISHED, "", 2)


def test_a_mail_that_killed_the_whole_program_three_times_is_not_tried_again(place: Place) -> None:
    box = Box(mail(1))
    for _ in range(ATTEMPTS):
        with pytest.raises(Crash):
            place.round(box, Faults(3, "before"))
    place.round(box)
    assert place.mails()["1:1"][:2] == (State.FAILED, Reason.GAVE_UP)


def test_a_mistake_of_ours_fails_its_mail_at_once_and_no_other(tmp_path: Path, poisoned: Children) -> None:
    place, box = Place(tmp_path, poisoned), Box(mail(1), mail(2, "BUG"), mail(3))
    place.round(box)
    assert place.posts() == ["Mail 1", "Mail 3"]
    assert place.mails()["1:2"] == (State.FAILED, Reason.BUG, 1)


def test_a_post_the_store_cannot_keep_fails_alone(tmp_path: Path, poisoned: Children) -> None:
    place, box = Place(tmp_path, poisoned), Box(mail(1), mail(2, "SURROGATE"), mail(3))
    for _ in range(ATTEMPTS + 1):
        place.round(box)
    assert place.posts() == ["Mail 1", "Mail 3"]
    assert place.mails()["1:2"][:2] == (State.FAILED, Reason.BUG)


def test_what_is_temporary_counts_as_no_attempt(tmp_path: Path, poisoned: Children) -> None:
    place, box = Place(tmp_path, poisoned), Box(mail(1, "DNS"))
    for _ in range(ATTEMPTS + 2):
        assert place.round(box) == {State.RECEIVED: 1}
    assert place.mails()["1:1"] == (State.RECEIVED, "", 0)


def test_a_connection_that_breaks_again_and_again_costs_no_mail_its_attempts(place: Place) -> None:
    box = Box(*(mail(n) for n in range(1, 21)))
    box.breaks_after = 2
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(Temporary, match="went dead"):
            place.round(box)
    box.breaks_after = None
    place.round(box)
    assert sorted(place.posts()) == sorted(f"Mail {n}" for n in range(1, 21))


class Full(LocalFiles):
    """A disk without room."""

    def put_all(self, files: Any) -> int:  # noqa: ARG002 - the port's signature
        raise Temporary("no space left on device")


def test_a_full_disk_costs_no_mail_its_attempts(place: Place) -> None:
    box = Box(mail(1), mail(2))
    store = Sqlite(place.root / "mailpost.db")
    for _ in range(ATTEMPTS + 1):
        line = replace(place.line(Faults(), store), media=Full(place.root))
        with pytest.raises(Temporary, match="no space"):
            pipeline.poll("box", box, line)
    store.close()
    assert {attempts for _, _, attempts in place.mails().values()} == {0}
    place.round(box)
    assert place.posts() == ["Mail 1", "Mail 2"]


def test_stopping_leaves_the_rest_for_the_next_round(place: Place) -> None:
    box = Box(*(mail(n) for n in range(1, 41)))
    store = Sqlite(place.root / "mailpost.db")
    pipeline.poll("box", box, place.line(Faults(), store), lambda: True)
    store.close()
    assert (len(place.posts()), len(box.inbox)) == (16, 24)
    place.round(box)
    assert (len(place.posts()), len(box.inbox)) == (40, 0)


def test_children_that_are_stopped_give_their_mail_back() -> None:
    with Poisoned(workers=1, seconds=60, memory=MEMORY) as readers:
        future = readers.read(mail(1, "HANG"), "0" * 64, None, RULES)
        time.sleep(0.5)
    with pytest.raises(Temporary, match="stopped"):
        child.result(future)


def test_a_reader_ended_from_outside_is_not_the_fault_of_the_mail() -> None:
    """systemd sends its SIGTERM to the children too."""
    with Poisoned(workers=1, seconds=60, memory=MEMORY) as readers:
        future = readers.read(mail(1, "HANG"), "0" * 64, None, RULES)
        deadline = time.monotonic() + 20
        while not future.running() and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in readers._pool._pool_manager.worker_manager.workers:
            os.kill(pid, signal.SIGTERM)
        with pytest.raises(Temporary, match="ended"):
            child.result(future)


def test_a_machine_that_starts_no_processes_is_trouble_and_no_mistake_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen where /dev/shm may not be written: the locks of the children could not be made."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with Children(workers=1, seconds=5, memory=1 << 30) as children:
        monkeypatch.setattr(children._pool, "schedule", refuse)
        with pytest.raises(Temporary, match="the readers cannot be started"):
            children.read(b"", "", None, Rules(()))


class Unready(Children):
    """Readers that cannot be started; but for the first mail of each round, which makes it harder."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self, *_: Any, **__: Any) -> Any:
        self.asked += 1
        if self.asked % 2:
            ended: Future[Reading] = Future()
            ended.cancel()
            ended.set_running_or_notify_cancel()
            return ended
        raise Temporary("the readers cannot be started")


def test_readers_that_cannot_be_started_cost_no_mail_its_attempts(place: Place) -> None:
    box = Box(*(mail(n) for n in range(1, 5)))
    store = Sqlite(place.root / "mailpost.db")
    unready = Unready()
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(Temporary, match="cannot be started"):
            pipeline.poll("box", box, replace(place.line(Faults(), store), children=lambda: unready))
    store.close()
    assert {attempts for _, _, attempts in place.mails().values()} == {0}
    place.round(box)
    assert sorted(place.posts()) == [f"Mail {n}" for n in range(1, 5)]

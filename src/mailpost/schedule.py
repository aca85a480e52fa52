"""Rounds, again and again: a clock and the mailboxes themselves wake workers.

The clock only pokes. A poke during a run means one more run afterwards, any number of pokes before a run mean one; so
nothing is lost and nothing piles up. The workers are ours, so that a hung one holds up nobody else.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from mailpost.app import App, Source
from mailpost.errors import Temporary
from mailpost.log import logger
from mailpost.store import State

WORKERS = 8
DRAIN = 10.0  # seconds for what is being done when the end comes
PAUSE, LONGEST = 5.0, 300.0  # seconds before trying again after trouble, doubling
OUTBOX = 30  # seconds between looks at what is owed
LISTEN = 540.0
SETTLED = 2.0  # after so many seconds a server surely watches a folder for which it was asked to
PUBLISH, SEND = "publish", "send"


class Wakeups:
    """What wants to be done, each thing once. `take` gives a key to one worker, `done` gives it back."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._change = threading.Condition()
        self._closed = False

    def poke(self, key: str) -> None:
        with self._change:
            if key in self._running:
                self._again.add(key)
            else:
                self._waiting[key] = None
                self._change.notify()

    def take(self) -> str | None:
        """Wait for something to do; None when there will be nothing any more."""
        with self._change:
            while not self._waiting and not self._closed:
                self._change.wait()
            if self._closed:
                return None
            key = next(iter(self._waiting))
            del self._waiting[key]
            self._running.add(key)
            return key

    def done(self, key: str) -> None:
        with self._change:
            self._running.discard(key)
            if key in self._again:
                self._again.discard(key)
                self._waiting[key] = None
                self._change.notify()

    def close(self) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()


class Patience:
    """How long to leave something alone after trouble with it: longer each time, with jitter, until it works again."""

    def __init__(self) -> None:
        self._pauses: dict[str, float] = {}
        self._until: dict[str, float] = {}

    def ready(self, key: str) -> bool:
        return time.monotonic() >= self._until.get(key, 0.0)

    def trouble(self, key: str, at_least: float | None = None) -> float:
        pause = min(LONGEST, 2 * self._pauses.get(key, PAUSE / 2))
        self._pauses[key] = pause
        pause = max(pause, at_least or 0.0) * random.uniform(1.0, 1.3)  # noqa: S311 - jitter
        self._until[key] = time.monotonic() + pause
        return pause

    def works(self, key: str) -> None:
        self._pauses.pop(key, None)
        self._until.pop(key, None)


class Daemon:
    """Polls, publishes and sends until `stop` is called."""

    def __init__(self, app: App, ready: Callable[[], None] = lambda: None) -> None:
        self.app = app
        self.ready = ready
        self.wakeups = Wakeups()
        self.patience = Patience()
        self.stopping = threading.Event()
        self.clock = BackgroundScheduler(job_defaults={"misfire_grace_time": None, "coalesce": True}, timezone=UTC)
        self.sources = {f"poll {source.name}": source for source in app.sources}

    def run(self) -> None:
        """Work until stopped; returns when everything begun is finished or has had its time."""
        config = self.app.config.schedule
        clock = self.clock
        for key in self.sources:
            clock.add_job(self.wakeups.poke, "interval", [key], seconds=config.poll_seconds)
        clock.add_job(self.wakeups.poke, "interval", [SEND], seconds=OUTBOX)
        clock.add_job(self.wakeups.poke, "interval", [PUBLISH], seconds=config.poll_seconds)
        workers = [
            threading.Thread(target=self._work, name=f"worker-{n}", daemon=True)
            for n in range(min(WORKERS, len(self.sources) + 2))
        ]
        ears = [
            threading.Thread(target=self._listen, args=item, daemon=True)
            for item in self.sources.items()
            if config.idle
        ]
        clock.start()
        for thread in (*workers, *ears):
            thread.start()
        for key in (*self.sources, PUBLISH, SEND):
            self.wakeups.poke(key)
        self.ready()
        self.stopping.wait()
        clock.shutdown(wait=False)
        self.wakeups.close()
        deadline = time.monotonic() + DRAIN
        for worker in workers:
            worker.join(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        self.stopping.set()

    def _work(self) -> None:
        while (key := self.wakeups.take()) is not None:
            try:
                if self.patience.ready(key):
                    self._do(key)
                    self.patience.works(key)
            except Temporary as trouble:
                pause = self._later(key, trouble.retry_after)
                logger().warning("will try again", what=key, why=str(trouble), seconds=round(pause))
            except Exception:  # noqa: BLE001 - a mistake in one thing does not end the others
                self._later(key)
                logger().exception("a bug in mailpost", what=key)
            finally:
                self.wakeups.done(key)

    def _later(self, key: str, at_least: float | None = None) -> float:
        """Poke again when the pause is over; what pokes meanwhile is not heard."""
        pause = self.patience.trouble(key, at_least)
        self._poke_in(pause + 0.1, key, f"again {key}")
        return pause

    def _poke_in(self, seconds: float, key: str, name: str) -> None:
        """Once, however often it is asked for under this name."""
        when = datetime.now(UTC) + timedelta(seconds=seconds)
        self.clock.add_job(self.wakeups.poke, "date", [key], run_date=when, id=name, replace_existing=True)

    def _do(self, key: str) -> None:
        source = self.sources.get(key)
        if source is not None:
            try:
                states = self.app.poll(source, self.stopping.is_set)
            except Temporary:
                self.wakeups.poke(PUBLISH)  # what came before the trouble
                raise
            if states.get(State.PUBLISHED):
                self.wakeups.poke(PUBLISH)
        elif key == PUBLISH:
            self.app.publish()
            self.wakeups.poke(SEND)
        else:
            self.app.send()

    def _listen(self, key: str, source: Source) -> None:
        """IDLE is a hint: the clock polls anyway.

        What comes between the server's last look and the moment from which it watches the folder, it tells nobody
        (seen with Dovecot); so the folder is polled once more soon after each time that listening begins.
        """
        hearing = f"listen {source.name}"
        while not self.stopping.is_set():
            if not self.patience.ready(hearing):
                self.stopping.wait(1.0)
                continue
            self._poke_in(SETTLED, key, f"settled {key}")
            try:
                if source.mailbox.wait(LISTEN):
                    self.wakeups.poke(key)
                self.patience.works(hearing)
            except Temporary as trouble:
                self.patience.trouble(hearing, trouble.retry_after)
                logger().debug("listening ended", mailbox=source.name, why=str(trouble))
                # What came while nobody listened is found by looking.
                self.wakeups.poke(key)
            except Exception:  # noqa: BLE001 - the clock polls anyway
                self.patience.trouble(hearing)
                logger().exception("a bug in mailpost", what=hearing)

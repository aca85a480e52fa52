"""The pure middle of the line in child processes with limits: what breaks there, breaks alone.

The children are forked from a clean server process that has loaded the reader once, so each costs little and none
inherits a thread or a connection.
"""

import multiprocessing
import os
import resource
import signal
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from datetime import datetime
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from mailpost import resolver
from mailpost.errors import Reason, Temporary
from mailpost.read import Lookup, Reading, Rules, read_mail

TASKS = 500  # mails before a child is replaced: what a decoder leaks goes with it

_lookup: Lookup | None = None


class Children:
    """A pool of readers. `seconds` of wall time and `memory` bytes of address space are each reader's limits for a mail."""

    def __init__(self, *, workers: int, seconds: float, memory: int, nameservers: Sequence[str] = ()) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.seconds = seconds
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["mailpost.child"])
        self._pool = ProcessPool(
            max_workers=self.workers,
            max_tasks=TASKS,
            initializer=_begin,
            initargs=(memory, tuple(nameservers)),
            context=context,
        )

    def read(self, raw: bytes, digest: str, received: datetime | None, rules: Rules) -> "Future[Reading]":
        future: Future[Reading] = self._pool.schedule(_read, args=(raw, digest, received, rules), timeout=self.seconds)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._pool.stop()
        self._pool.join()


def result(future: "Future[Reading]") -> Reading | Reason:
    """What a child found out, or the limit on which it broke. Raises `Temporary` and, for a bug of ours, what it raised."""
    try:
        return future.result()
    except OutOfTime:
        return Reason.TIMEOUT
    except (ProcessExpired, MemoryError, RecursionError):
        return Reason.CRASH


def _begin(memory: int, nameservers: tuple[str, ...]) -> None:
    global _lookup  # noqa: PLW0603 - a child has one, made once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then stops us
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lookup = resolver.lookup(nameservers)


def _read(raw: bytes, digest: str, received: datetime | None, rules: Rules) -> Reading:
    if _lookup is None:
        raise Temporary("the child was not made ready")
    return read_mail(raw, digest, received, rules, _lookup)

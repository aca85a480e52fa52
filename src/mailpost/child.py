"""The pure middle of the line in child processes with limits: what breaks there, breaks alone.

The children are forked from a clean server process that has loaded the reader once, so each costs little and none
inherits a thread or a connection.
"""

import ctypes
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as OutOfTime
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from mailpost import ffmpeg, log, resolver
from mailpost.advice import Evidence, examine
from mailpost.attachment import Attachment
from mailpost.envelope import read_envelope, sound
from mailpost.errors import Reason, Temporary
from mailpost.fetch import Fetcher, Pictures
from mailpost.media.studio import Broke, Remote, Studio, at_once, no_program, no_web
from mailpost.read import Lookup, Reading, Rules, read_again, read_mail

TASKS = 500  # mails before a child is replaced: what a decoder leaks goes with it

PICTURES = 0.25  # of a mail's time, for those that are fetched from the web
FILMS = 0.5  # of a mail's time: what is left is for everything else in it
FILES = 0.8  # and for all its files, where each is read apart

OPEN = 128  # files and connections of a reader
NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS

FORK = multiprocessing.get_context("fork")  # of a reader, which has one thread

T = TypeVar("T")

_lookup: Callable[[], Lookup] | None = None  # a new one for each mail, with questions and time of its own
_films: Callable[[], ffmpeg.Ffmpeg] | None = None  # a new one for each mail, whose time begins then
_fetcher: Fetcher | None = None
_remote = Remote.DROP
_seconds = 0.0


def _begin(memory: int, seconds: float, nameservers: tuple[str, ...], remote: Remote) -> None:
    global _lookup, _films, _fetcher, _remote, _seconds  # noqa: PLW0603 - a child has one of each, made once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then stops us
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN, OPEN))
    ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    log.set_up(warnings_only=True)
    _lookup = resolver.lookups(nameservers)
    _films = ffmpeg.studio(seconds * FILMS)
    _fetcher, _remote = Fetcher(resolver.addresses(nameservers)), remote
    _seconds = seconds


def _studio(*, careful: bool, vouched: bool = True, shown: tuple[Attachment, ...] = ()) -> Studio:
    film = _films().film if _films else no_program
    apart = Apart(_seconds * FILES) if careful else at_once
    fetch = Pictures(_fetcher, _seconds * PICTURES) if _fetcher and vouched else no_web
    return Studio(film, apart, _remote, fetch, shown)


def _read(raw: bytes, digest: str, received: datetime | None, rules: Rules, *, careful: bool = True) -> Reading:
    if _lookup is None:
        raise Temporary("the child was not made ready")
    return read_mail(raw, digest, received, rules, _lookup(), _studio(careful=careful, vouched=not rules.trust))


def _read_again(
    raw: bytes,
    digest: str,
    received: datetime | None,
    rules: Rules,
    *,
    blog: str,
    author: str,
    whole: bool,
    anew: bool,
    shown: tuple[Attachment, ...],
) -> Reading:
    studio = _studio(careful=True, shown=shown)
    return read_again(raw, digest, received, rules, studio, blog=blog, author=author, whole=whole, anew=anew)


def _headline(raw: bytes, received: datetime | None) -> tuple[str, str]:
    envelope = read_envelope(sound(raw), received)
    return envelope.sender, envelope.subject


def _look(raw: bytes, received: datetime | None, rules: Rules) -> Evidence:
    if _lookup is None:
        raise Temporary("the child was not made ready")
    return examine(raw, received, rules, _lookup())


class Apart:
    """Each piece of work in a process of its own, so that what breaks on a file breaks nothing else of its mail.

    One piece may take half of what is left of `seconds`: one that never ends leaves time for those behind it.
    """

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def __call__(self, work: Callable[..., T], /, *args: object) -> T:
        ours, theirs = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_work, args=(theirs, work, args), daemon=True)
        with ours, theirs:
            try:
                process.start()
            except OSError as full:
                raise Temporary(f"no process could be started: {full}") from full
            theirs.close()
            try:
                if not ours.poll(max(0, self.until - time.monotonic()) / 2):
                    raise Broke("reading it took too long")
                done, problem = ours.recv()
            except EOFError:
                process.join()
                if process.exitcode == -signal.SIGTERM:
                    raise Temporary("the reader was ended from outside") from None
                raise Broke("reading it needed too much memory or broke the reader") from None
            finally:
                process.kill()
                process.join()
        if problem is not None:
            raise problem
        found: T = done
        return found


def _work(results: "Connection[Any, Any]", work: Callable[..., object], args: Sequence[object]) -> None:
    ffmpeg.die_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    found: tuple[object, Exception | None]
    try:
        found = work(*args), None
    except (MemoryError, RecursionError):
        return  # nothing to say is word enough
    except Exception as problem:  # noqa: BLE001 - raised where it was asked for
        found = None, problem
    results.send(found)


class Children:
    """A pool of readers. `seconds` of wall time and `memory` bytes of address space are each reader's limits for a mail.

    `remote` says what becomes of pictures that stand on the web.
    """

    reader: Callable[..., Reading] = staticmethod(_read)

    def __init__(
        self,
        *,
        workers: int,
        seconds: float,
        memory: int,
        nameservers: Sequence[str] = (),
        remote: Remote = Remote.DROP,
    ) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.seconds = seconds
        self._reading: set[Future[Any]] = set()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["mailpost.child"])
        self._pool = ProcessPool(
            max_workers=self.workers,
            max_tasks=TASKS,
            initializer=_begin,
            initargs=(memory, seconds, tuple(nameservers), remote),
            context=context,
        )

    def read(
        self, raw: bytes, digest: str, received: datetime | None, rules: Rules, *, careful: bool = True
    ) -> "Future[Reading]":
        """Carefully, a file that breaks its reader is left out and the rest is read; without care, it goes faster."""
        return self._schedule(self.reader, (raw, digest, received, rules), {"careful": careful})

    def read_again(
        self,
        raw: bytes,
        digest: str,
        received: datetime | None,
        rules: Rules,
        *,
        blog: str,
        author: str,
        whole: bool = False,
        anew: bool = False,
        shown: tuple[Attachment, ...] = (),
    ) -> "Future[Reading]":
        """A mail somebody has decided about: nobody is asked for the sender's keys, which may have gone since.

        `shown` is what its post shows already: of these files, those that came from the web are not asked for again.
        """
        which = {"blog": blog, "author": author, "whole": whole, "anew": anew, "shown": shown}
        return self._schedule(_read_again, (raw, digest, received, rules), which)

    def look(self, raw: bytes, received: datetime | None, rules: Rules) -> "Future[Evidence]":
        """What a mail shows about its sender; nothing becomes of it."""
        return self._schedule(_look, (raw, received, rules), {})

    def headline(self, raw: bytes, received: datetime | None) -> "Future[tuple[str, str]]":
        """The sender and the subject of a mail, whatever is wrong with it; no sender where that is not one plain address."""
        return self._schedule(_headline, (raw, received), {})

    def _schedule(self, reader: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> "Future[T]":
        try:
            future: Future[T] = self._pool.schedule(reader, args=args, kwargs=kwargs, timeout=self.seconds)
        except (OSError, RuntimeError) as problem:
            # No more processes, or no shared memory for their locks (/dev/shm): this machine's trouble, not the mail's.
            raise Temporary(f"the readers cannot be started: {problem}") from problem
        self._reading.add(future)
        future.add_done_callback(self._reading.discard)
        return future

    @property
    def usable(self) -> bool:
        """False once the pool has broken, for instance because this machine would start no more processes."""
        with suppress(OSError):
            return bool(self._pool.active)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        # The pool would leave those who wait for a mail waiting for ever.
        for future in list(self._reading):
            future.cancel()
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def result(future: "Future[T]") -> T | Reason:
    """What a child found out, or the limit on which it broke. Raises `Temporary` and, for a bug of ours, what it raised."""
    try:
        return future.result()
    except (CancelledError, BrokenProcessPool) as stop:
        raise Temporary("the readers were stopped") from stop
    except OutOfTime:
        return Reason.TIMEOUT
    except ProcessExpired as end:
        # Nothing in a mail does this: systemd ends a service by a signal to all its processes. (pebble exits with its number.)
        if abs(end.exitcode) == signal.SIGTERM:
            raise Temporary("the reader was ended from outside") from end
        return Reason.CRASH
    except (MemoryError, RecursionError):
        return Reason.CRASH

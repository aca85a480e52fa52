"""What one more post costs when there are many already."""

import random
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bench import mailbox, photos
from bench.blog import Blog
from bench.measure import Memory, cpu, snapshot, watched, written

TIMES = 10  # deliveries of each sort; the figures are their medians
REST = 1.5  # seconds after which a round surely has ended and the daemon idles again
AROUND = 1 + 2 * TIMES  # mails sent to the daemon at each size
IDLE = 20.0  # seconds of having nothing to do


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds; `heard` counts from the word IDLE gave this benchmark on a connection of its own."""

    delivered: float
    heard: float
    cpu: float
    files: float


@dataclass(frozen=True, slots=True)
class Size:
    posts: int
    text: Step
    photos: Step
    idle: float
    memory: Memory


def grow(blog: Blog, sizes: Sequence[int]) -> Iterator[Size]:
    """Fill the blog to each size by mailpost itself, then send single mails to the daemon."""
    rng = random.Random(7)
    album = [photos.photo(rng) for _ in range(3)]

    # Every mail is later than all before it, as in life: an older one would move the pages of the archive.
    dates = mailbox.calendar(max(sizes) + len(sizes) * AROUND, datetime.now(UTC))

    def text(name: str) -> bytes:
        return mailbox.note(rng, name, next(dates))

    def shots(name: str) -> bytes:
        return mailbox.with_photos(rng, name, next(dates), album)

    there = 0
    for size in sorted(sizes):
        missing = [text(f"fill-{number:06}") for number in range(there, size)]
        fill(blog, missing, size)
        with blog.running() as process, watched(process.pid) as memory, listening(blog) as heard:
            send(blog, text(f"first-{size}"))
            blog.wait_for(f"first-{size}", process)
            time.sleep(REST)
            of_text = deliver(blog, process, heard, [text(f"text-{size}-{number:02}") for number in range(TIMES)])
            of_photos = deliver(blog, process, heard, [shots(f"photos-{size}-{number:02}") for number in range(TIMES)])
            before = cpu(process.pid)
            time.sleep(IDLE)
            idle = (cpu(process.pid) - before) / IDLE
        there += len(missing) + AROUND
        yield Size(size, of_text, of_photos, idle, memory)


def fill(blog: Blog, mails: Sequence[bytes], size: int) -> None:
    """Publish these in one round, so that the blog has `size` posts."""
    if not mails:
        return
    for raw in mails:
        blog.server.deliver(raw, blog.user)
    blog.once(len(mails))
    blog.check(size, mailbox.title(mails[-1]))


def deliver(blog: Blog, process: subprocess.Popen[bytes], heard: list[float], mails: Sequence[bytes]) -> Step:
    """One mail after the other, each when the one before it is wholly done."""
    delivered, after_idle, files = [], [], []
    spent = cpu(process.pid)
    for raw in mails:
        before = snapshot(blog.site)
        start = send(blog, raw)
        ready = blog.wait_for(mailbox.title(raw), process)
        time.sleep(REST)
        delivered.append(ready - start)
        after_idle += [ready - word for word in heard if start < word < ready][:1]
        files.append(written(before, snapshot(blog.site)))
    return Step(
        delivered=statistics.median(delivered),
        heard=statistics.median(after_idle) if after_idle else float("nan"),
        cpu=(cpu(process.pid) - spent) / len(mails),
        files=statistics.median(files),
    )


def send(blog: Blog, raw: bytes) -> float:
    blog.server.deliver(raw, blog.user)
    return time.perf_counter()


@contextmanager
def listening(blog: Blog) -> Iterator[list[float]]:
    """The moments at which IDLE tells another client of new mail: mailpost hears of it then, not before."""
    moments: list[float] = []
    done = threading.Event()
    with blog.server.client(blog.user) as client:
        client.select_folder("INBOX", readonly=True)
        client.idle()

        def listen() -> None:
            while not done.is_set():
                if any(b"EXISTS" in line for line in client.idle_check(timeout=0.5)):
                    moments.append(time.perf_counter())

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield moments
        finally:
            done.set()
            listener.join()
            client.idle_done()

"""Stopwatches and scales: this process, one that is started, and everything that one starts."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

T = TypeVar("T")

TICK = os.sysconf("SC_CLK_TCK")
SAMPLE = 0.1  # seconds between two looks at the memory


class Failure(Exception):
    """Something measured did not do what it was measured for."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds for `items` things: on the wall, and of one core."""

    wall: float
    cpu: float
    items: int

    @property
    def cpu_ms(self) -> float:
        return self.cpu / self.items * 1000

    @property
    def rate(self) -> float:
        return self.items / self.wall


@dataclass(slots=True)
class Memory:
    """The largest ever seen, in MB; `all` is the proportional size of the whole tree at one moment."""

    parent_rss: float = 0
    parent_pss: float = 0
    child_rss: float = 0
    child_pss: float = 0
    all: float = 0
    processes: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    status: int
    cost: Cost
    memory: Memory
    said: str


@dataclass(slots=True)
class Meter:
    """Adds up what this process spends inside `with meter:`, leaving out what happens between."""

    wall: float = 0
    cpu: float = 0
    items: int = 0
    _start: tuple[float, float] = field(default=(0, 0))

    def __enter__(self) -> Self:
        self._start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._start[0]
        self.cpu += time.process_time() - self._start[1]

    def cost(self, items: int) -> Cost:
        return Cost(self.wall, self.cpu, items)


def each(meter: Meter, work: Callable[[T], object], things: Iterable[T]) -> None:
    """Do the work for every thing, counting only the work."""
    for thing in things:
        with meter:
            work(thing)
        meter.items += 1


def run(command: list[str], *, cwd: Path, items: int, patience: int) -> Run:
    """Run a program to its end and weigh it with all it started."""
    log, result = cwd / "said.log", cwd / "used.json"
    reaper = [sys.executable, str(Path(__file__).with_name("reaper.py")), str(patience), str(result)]
    with log.open("wb") as output:
        process = subprocess.Popen([*reaper, *command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        with watched(process.pid, skip=1) as memory:
            process.wait()
    used = json.loads(result.read_text())
    return Run(used["status"], Cost(used["wall"], used["cpu"], items), memory, log.read_text(errors="replace"))


@contextmanager
def watched(pid: int, *, skip: int = 0) -> Iterator[Memory]:
    """Look at the memory of a process and its descendants ten times a second; `skip` leaves out the eldest."""
    memory, done = Memory(), threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE):
            _look(tree(pid)[skip:], memory)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()


def _look(pids: Sequence[int], memory: Memory) -> None:
    sizes = [_size(pid) for pid in pids]
    for rss, pss in sizes[:1]:
        memory.parent_rss, memory.parent_pss = max(memory.parent_rss, rss), max(memory.parent_pss, pss)
    for rss, pss in sizes[1:]:
        memory.child_rss, memory.child_pss = max(memory.child_rss, rss), max(memory.child_pss, pss)
    memory.all = max(memory.all, sum(pss for _, pss in sizes))
    memory.processes = max(memory.processes, len(sizes))


def _size(pid: int) -> tuple[float, float]:
    """Resident and proportional size in MB; nothing for a process that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return 0, 0
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines if line.split()[1:]}
    return sizes.get("Rss", 0), sizes.get("Pss", 0)


def tree(pid: int) -> list[int]:
    """A process and everything it started that still lives."""
    found = [pid]
    for known in found:
        try:
            threads = list(Path(f"/proc/{known}/task").iterdir())
            children = " ".join((thread / "children").read_text() for thread in threads)
        except OSError:
            continue
        found.extend(int(child) for child in children.split())
    return found


def cpu(pid: int) -> float:
    """Seconds a living process, its living descendants and its finished ones have used so far."""
    total = 0
    for each_pid in tree(pid):
        try:
            fields = Path(f"/proc/{each_pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(number) for number in fields[11:15])
    return total / TICK


def snapshot(folder: Path) -> dict[Path, tuple[int, int]]:
    """Every file below, with what changes when it is written or replaced."""
    return {
        Path(root, name): (status.st_mtime_ns, status.st_ino)
        for root, _, names in os.walk(folder)
        for name in names
        if (status := Path(root, name).stat())
    }


def written(before: dict[Path, tuple[int, int]], after: dict[Path, tuple[int, int]]) -> int:
    return sum(1 for path, state in after.items() if before.get(path) != state)

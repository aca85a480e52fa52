"""Measure mailpost and the floors in one run: `python -m bench`, or `--quick` to try."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import floors, mailbox
from bench.blog import Blog
from bench.growth import Size, grow
from bench.measure import Cost, Failure, Run
from bench.report import GROWTH_HEAD, RUN_HEAD, Report, floor_row, growth_rows, number, run_row
from tests.dovecot import Dovecot, executable

RESULTS = Path(__file__).with_name("RESULTS.md")
MIXED_RATE = 33  # mails/s: the fastest IMAP rival
LIGHT_RATE = 205
FLOOR_RATIO = 1.25
TEXT_MS, PHOTO_MS = 300, 1000
PROCESS_MB = 150
IDLE_SHARE = 0.01  # of a core


@dataclass(frozen=True, slots=True)
class Options:
    mails: int
    posts: tuple[int, ...]
    only: frozenset[str]
    output: Path | None


def options(words: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--mails", type=int, metavar="N", help="size of each mailbox (2000)")
    parser.add_argument("--posts", metavar="N,N", help="sizes of the blog that gets one more post (100,1000,10000)")
    parser.add_argument("--only", default="", metavar="PART,PART", help="floors, mixed, light, growth")
    parser.add_argument("--quick", action="store_true", help="200 mails, 50 posts; writes no results")
    parser.add_argument("--output", type=Path, help="where the results go (bench/RESULTS.md)")
    told = parser.parse_args(words)
    posts = told.posts or ("50" if told.quick else "100,1000,10000")
    only = frozenset(filter(None, told.only.split(",")))
    return Options(
        mails=told.mails or (200 if told.quick else 2000),
        posts=tuple(int(size) for size in posts.split(",")),
        only=only or frozenset({"floors", "mixed", "light", "growth"}),
        output=told.output or (None if told.quick or only else RESULTS),
    )


def main(words: list[str]) -> int:
    wish = options(words)
    program = executable()
    if program is None:
        print("bench: dovecot is not installed (as root: sh tools/servers.sh); nothing was measured", file=sys.stderr)
        return 1
    dovecot = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    report = Report(" ".join(["python -m bench", *words]), dovecot)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        server = stack.enter_context(Dovecot())
        bench = Bench(folder, server, wish, report)
        for name, part in bench.parts().items():
            if name in wish.only:
                say(name)
                part()
        print(report)
        if wish.output:
            wish.output.write_text(str(report))
            print(f"written to {wish.output.name}")
    for failure in report.failures:
        print(f"bench: {failure} failed, see above", file=sys.stderr)
    return 1 if report.failures else 0


class Bench:
    def __init__(self, folder: Path, server: Dovecot, wish: Options, report: Report) -> None:
        self.folder = folder
        self.server = server
        self.wish = wish
        self.report = report
        self.floor: Cost | None = None
        self._mails: list[Path] = []

    def parts(self) -> dict[str, Callable[[], None]]:
        return {"floors": self.floors, "mixed": self.mixed, "light": self.light, "growth": self.growth}

    def floors(self) -> None:
        mails = self.mails()
        user = self.user(mails)
        download = floors.download(self.server, user)
        if download.items != len(mails):
            raise Failure(f"the server offers {download.items} of {len(mails)} mails")
        parse = floors.parse(mails)
        write = floors.write(mails, self.folder)
        pages, cleaned = floors.sanitise(mails)
        pictures, shots = floors.photos(mails)
        parts = [download, write, parse, cleaned["nh3, then bleach"], shots["every width"]]
        self.floor = Cost(sum(part.wall for part in parts), sum(part.cpu for part in parts), len(mails))
        size = sum(path.stat().st_size for path in mails) / 1e6
        self.report.text(f"## Floors\n\nThe mixed mailbox: {len(mails):,} mails, {size:,.0f} MB, one core.")
        self.report.table(
            ("step", "CPU ms a mail", "wall s", ""),
            [
                floor_row("download with imapclient, thrown away", download, "debug formatting off; batches of 50"),
                floor_row("write with fsync", write),
                floor_row("parse and decode every part", parse, "compat32"),
                *(floor_row(f"sanitise with {name}", cost, f"{pages:,} bodies") for name, cost in cleaned.items()),
                *(floor_row(f"photos, {name}", cost, f"{pictures:,} photos") for name, cost in shots.items()),
                floor_row("**sum**", self.floor, "with nh3, then bleach, and every width of the photos"),
            ],
        )

    def mixed(self) -> None:
        mails = self.mails()
        largest = max(path.stat().st_size for path in mails) / 1e6
        run = self.end_to_end("mixed mailbox", mails)
        if run is None:
            return
        goal = self.report.goal
        goal(f"mixed mailbox > {MIXED_RATE} mails/s", number(run.cost.rate), met=run.cost.rate > MIXED_RATE)
        if self.floor:
            ratio = run.cost.cpu / self.floor.cpu
            goal(f"CPU ≤ {FLOOR_RATIO} × the floors", f"{number(ratio)} ×", met=ratio <= FLOOR_RATIO)
        parent, child, limit = run.memory.parent_pss, run.memory.child_pss, PROCESS_MB + 10 * largest
        goal(f"worker ≤ {PROCESS_MB} MB", f"{number(parent)} MB", met=parent <= PROCESS_MB)
        goal(
            f"each child ≤ {PROCESS_MB} MB + 10 × the mail ({number(limit)})", f"{number(child)} MB", met=child <= limit
        )

    def light(self) -> None:
        paths = self.kept("light", mailbox.light(self.wish.mails, datetime.now(UTC)))
        run = self.end_to_end("light mailbox", paths)
        if run:
            rate = run.cost.rate
            self.report.goal(f"light mailbox > {LIGHT_RATE} mails/s", number(rate), met=rate > LIGHT_RATE)

    def growth(self) -> None:
        sizes: list[Size] = []
        try:
            for size in grow(Blog(self.folder / "growing", self.server, self.server.fresh_user()), self.wish.posts):
                say(f"growth: {size.posts} posts done")
                sizes.append(size)
        except Failure as failure:
            self.report.failed("one more post", failure)
        if not sizes:
            return
        self.report.text("## One more post\n\nMedians of ten, through the daemon and IDLE.")
        self.report.table(GROWTH_HEAD, [row for size in sizes for row in growth_rows(size)])
        goal, last = self.report.goal, sizes[-1]
        for name, limit, steps in (
            ("a text mail", TEXT_MS, [size.text for size in sizes]),
            ("three photos", PHOTO_MS, [size.photos for size in sizes]),
        ):
            worst = max(step.heard for step in steps) * 1000
            goal(f"{name} in all feeds ≤ {limit} ms after IDLE's word", f"{number(worst)} ms", met=worst <= limit)
        if len(sizes) > 1:
            first = sizes[0]
            grown = last.text.cpu / first.text.cpu
            between = f"{first.posts:,} and {last.posts:,} posts"
            goal(f"the same CPU (± 20 %) at {between}", f"{number(grown)} ×", met=0.8 <= grown <= 1.2)
            files = f"{number(first.text.files)} and {number(last.text.files)}"
            goal(f"the same number of files at {between}", files, met=first.text.files == last.text.files)
        goal("idle CPU near zero", f"{last.idle:.2%} of a core", met=last.idle <= IDLE_SHARE)
        goal(
            f"daemon ≤ {PROCESS_MB} MB",
            f"{number(last.memory.parent_pss)} MB",
            met=last.memory.parent_pss <= PROCESS_MB,
        )

    def end_to_end(self, name: str, mails: list[Path]) -> Run | None:
        """Let mailpost publish the mails; what went wrong is told in the report."""
        blog = Blog(self.folder / name.replace(" ", "-"), self.server, self.user(mails))
        try:
            run = blog.once(len(mails))
            blog.check(len(mails), mailbox.title(mails[-1].read_bytes()))
        except Failure as failure:
            self.report.failed(name, failure)
            return None
        self.report.text(f"## {name.capitalize()}, `mailpost once`")
        self.report.table(RUN_HEAD, [run_row(f"{len(mails):,} mails", run)])
        return run

    def mails(self) -> list[Path]:
        """The mixed mailbox, made once."""
        self._mails = self._mails or self.kept("mixed", mailbox.mixed(self.wish.mails, datetime.now(UTC)))
        return self._mails

    def kept(self, name: str, mails: Iterator[bytes]) -> list[Path]:
        folder = self.folder / f"{name}-mails"
        folder.mkdir()
        paths = []
        for number_, raw in enumerate(mails):
            paths.append(folder / f"{number_:06}.eml")
            paths[-1].write_bytes(raw)
        return paths

    def user(self, mails: list[Path]) -> str:
        """Somebody whose INBOX holds these mails."""
        user = self.server.fresh_user()
        for path in mails:
            self.server.deliver(path.read_bytes(), user)
        return user


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

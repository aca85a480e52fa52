"""Mails of chance through the reader, in real children with limits, and through the drawing of pages and feeds."""

import hashlib
import json
import re
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

from mailpost import child, feed
from mailpost.child import Children
from mailpost.errors import Reason, Temporary
from mailpost.read import Reading, Rules
from mailpost.sanitise.verify import refusal
from mailpost.site import Site
from tests.fuzz.grammar import generated
from tests.fuzz.mutations import mutated
from tests.letters import BLOG, RECEIVED, SERVER
from tests.test_museum import MAILS

KEY = b"v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL7"  # some key, for whoever asks
TRUSTING = Rules((BLOG,), trusted_servers=(SERVER,), trust=True)
STRICT = Rules((BLOG,), trusted_servers=(SERVER,))
OPEN = Path("/proc/self")
AHEAD = 4  # mails for each reader
ENDINGS = frozenset(
    "jpg png gif webp mp3 m4a ogg flac wav aac weba aiff amr mp4 webm mov 3gp mkv avi ogv mpg ts wmv flv pdf zip epub rtf doc xls ppt docx xlsx"  # noqa: SIM905 - words
    " pptx odt ods odp pages numbers key mid txt csv ics md gpx".split()
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of a mail: the seconds of CPU and bytes of memory it took its reader, and the bytes that came back."""

    ending: str
    seconds: float
    peak: int
    answer: int


@dataclass(slots=True)
class Report:
    """`broken` has, by the name of the file that keeps the mail, what went wrong."""

    endings: Counter[str] = field(default_factory=Counter)
    broken: dict[str, str] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, 0)
    largest: tuple[int, int] = (0, 0)
    longest: tuple[int, int] = (0, 0)
    mails: int = 0
    seconds: float = 0.0


class Wrong(AssertionError):
    """Something came out of a mail that must not."""


def measured_read(raw: bytes, digest: str, received: datetime | None, rules: Rules, *, careful: bool = True) -> Any:
    """In the child: read, draw, look at what was drawn, and measure."""
    (OPEN / "clear_refs").write_text("5")  # forget the peak of the mails before
    began = time.process_time()
    child._lookup = lambda: lambda _name: KEY
    try:
        reading = child._read(raw, digest, received, rules, careful=careful)
        seen = _looked_at(reading)
    except Temporary as trouble:
        return Measured(f"later: {trouble}", time.process_time() - began, _peak(), 0)
    except (MemoryError, RecursionError):
        raise
    except Exception as bug:  # noqa: BLE001 - its trace would otherwise stay in the child
        raise Wrong("".join(traceback.format_exception(bug)[-6:])) from None
    return Measured(seen, time.process_time() - began, _peak(), _size(reading))


def _peak() -> int:
    status = (OPEN / "status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


def _size(reading: Reading) -> int:
    post = reading.post
    said = [post.body, post.text, post.summary, post.title, post.trimmed, *post.tags] if post else [reading.detail]
    return sum(map(len, [*said, *reading.warnings])) + sum(map(len, reading.files.values()))


@cache
def _site() -> Site:
    return Site(BLOG)


def _looked_at(reading: Reading) -> str:
    post = reading.post
    if post is None:
        if reading.reason is None or len(reading.detail) > 1000:
            raise Wrong(f"no post, reason {reading.reason}, detail {reading.detail[:100]!r}")
        return f"{'held' if reading.held else 'refused'}: {reading.reason.name}"
    paths = frozenset(r.path for a in post.attachments for r in a.renditions)
    if doubt := refusal(post.body, paths):
        raise Wrong(f"unsafe: {doubt}")
    if not paths <= reading.files.keys() or {path.rpartition(".")[2] for path in reading.files} - ENDINGS:
        raise Wrong(f"files: {sorted(reading.files)}")
    if len(post.title) > 202 or len(post.summary) > 282 or len(post.tags) > 200 or "\n" in post.title:
        raise Wrong(f"words: {len(post.title)} {len(post.summary)} {len(post.tags)}")
    if len(reading.warnings) > 300 or any(len(warning) > 1000 for warning in reading.warnings):
        raise Wrong(f"warnings: {len(reading.warnings)} {max(map(len, reading.warnings))}")
    drawn = {**_site().post(post, None, None), **_site().front([post], None)}
    feeds = feed.draw(feed.About(BLOG, BLOG.title), [post])
    if any(b"<script" in page for page in drawn.values()):
        raise Wrong("a script in a page")
    for name, content in feeds.items():
        json.loads(content) if name.endswith("json") else ET.fromstring(content.decode())
    return f"post: {post.status}"


class Readers(Children):
    reader = staticmethod(measured_read)


def seeds(corpus: Path | None) -> list[bytes]:
    """Mails to begin with: the museum's, and other people's where they are to be had."""
    paths = [*MAILS]
    if corpus is not None:
        paths += sorted(p for p in corpus.rglob("*") if p.suffix in (".eml", ".msg", ".txt") and p.is_file())
    return [path.read_bytes() for path in paths if path.stat().st_size < 1_500_000]


def mails(seeds_: list[bytes], number: int, seed: int) -> Iterator[tuple[int, bytes, Rules]]:
    """Each mail depends on the seed and its number alone, so that one can be made again."""
    for n in range(number):
        chance = Random(f"{seed}/{n}")
        if chance.random() < 0.35:
            raw = generated(chance)
            raw = mutated(raw, chance.choice(seeds_), chance) if chance.random() < 0.4 else raw
        else:
            raw = mutated(chance.choice(seeds_), chance.choice(seeds_), chance)
        if chance.random() < 0.2:
            raw = re.sub(rb"(?im)^(from|to):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", _ours, raw, count=2)
            yield n, raw, STRICT
        else:
            yield n, raw, TRUSTING


def _ours(field_: re.Match[bytes]) -> bytes:
    return b"From: Ann <ann@demo.example>" if field_[1].lower() == b"from" else b"To: blog@demo.example"


def campaign(
    seeds_: list[bytes], number: int, seed: int, *, workers: int, keep: Path, until: float = 0, limit: float = 30
) -> Report:
    """`limit` is each mail's in seconds of CPU; the wall's clock has five times as much, for a busy machine. Ends before `number` where the clock is at `until`."""
    report, began = Report(), time.monotonic()
    flying: dict[Future[Any], tuple[int, bytes]] = {}
    with Readers(workers=workers, seconds=5 * limit, memory=1 << 30, nameservers=["127.0.0.1"]) as readers:
        for n, raw, rules in mails(seeds_, number, seed):
            if until and time.monotonic() > until:
                break
            flying[readers.read(raw, hashlib.sha256(raw).hexdigest(), RECEIVED, rules, careful=bool(n % 2))] = n, raw
            while len(flying) >= workers * AHEAD:
                _land(flying, report, keep, limit)
        while flying:
            _land(flying, report, keep, limit)
    report.seconds = time.monotonic() - began
    return report


def _land(flying: dict[Future[Any], tuple[int, bytes]], report: Report, keep: Path, limit: float) -> None:
    for future in wait(flying, return_when=FIRST_COMPLETED).done:
        number, raw = flying.pop(future)
        report.mails += 1
        try:
            measured: Any = child.result(future)
        except Exception as bug:  # noqa: BLE001 - what we are looking for
            measured, why = None, f"{type(bug).__name__}: {bug}"
        if isinstance(measured, Measured):
            report.endings[measured.ending] += 1
            report.slowest = max(report.slowest, (measured.seconds, number))
            report.largest = max(report.largest, (measured.peak, number))
            report.longest = max(report.longest, (measured.answer, number))
            if measured.seconds <= limit:
                continue
            why = f"{measured.seconds} seconds"
        elif isinstance(measured, Reason):
            why = f"its reader: {measured}"
        report.endings["BROKEN"] += 1
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{number}.eml").write_bytes(raw)
        (keep / f"{number}.txt").write_text(why)
        report.broken[f"{number}.eml"] = why

"""Work that may break is done apart: what breaks on one file breaks nothing else of its mail."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest

from mailpost.child import FORK, Apart, Children, result
from mailpost.errors import Reason, Temporary
from mailpost.media.made import LeftOut
from mailpost.media.studio import Broke, Studio
from mailpost.read import Reading, Rules
from tests.given import given_file
from tests.letters import BLOG, RECEIVED, mixed
from tests.pages import endless, pdf
from tests.pictures import jpeg, part


def own_process() -> int:
    return os.getpid()


def mistake() -> None:
    raise ZeroDivisionError


def refuse(why: str) -> None:
    raise LeftOut(why)


def die(by: int) -> None:
    os.kill(os.getpid(), by)


def hoard() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    return len(bytes(2 << 30))


def test_work_apart_returns_and_raises_as_it_would_at_once() -> None:
    apart = Apart(20)
    assert apart(own_process) != os.getpid()
    assert apart(bytes, 3_000_000) == bytes(3_000_000)  # more than a pipe holds
    with pytest.raises(ZeroDivisionError):
        apart(mistake)
    with pytest.raises(LeftOut, match="no good"):
        apart(refuse, "no good")


def test_what_breaks_is_said() -> None:
    apart = Apart(20)
    for work, args in ((hoard, ()), (die, (signal.SIGKILL,))):
        with pytest.raises(Broke, match="needed too much memory or broke the reader"):
            apart(work, *args)
    assert apart(own_process) != os.getpid()


def test_what_does_not_end_leaves_time_for_what_comes_after_it() -> None:
    apart = Apart(2)
    for _ in range(3):
        with pytest.raises(Broke, match="took too long"):
            apart(time.sleep, 60)
    assert apart(own_process) != os.getpid()
    with pytest.raises(Broke, match="took too long"):
        Apart(0)(time.sleep, 60)


def test_a_reader_ended_from_outside_is_not_the_fault_of_the_file() -> None:
    with pytest.raises(Temporary, match="ended from outside"):
        Apart(20)(die, signal.SIGTERM)


def test_a_machine_that_starts_no_processes_is_trouble_and_no_fault_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: object) -> NoReturn:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(FORK.Process, "start", full)
    with pytest.raises(Temporary, match="no process could be started"):
        Apart(20)(own_process)


def test_no_work_outlives_the_reader_that_asked_for_it(tmp_path: Path) -> None:
    script = f"""
import os, time
from pathlib import Path
from mailpost.child import Apart
def work():
    Path({str(tmp_path / "one")!r}).write_text(str(os.getpid()))
    time.sleep(60)
Apart(60)(work)
"""
    reader = subprocess.Popen([sys.executable, "-c", script])
    until = time.monotonic() + 20
    while not (one := tmp_path / "one").exists() or not one.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)
    work = int(one.read_text())
    reader.send_signal(signal.SIGKILL)
    reader.wait()
    while alive(work):
        assert time.monotonic() < until
        time.sleep(0.02)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def broken(*_: object) -> NoReturn:
    raise Broke("reading it took too long")


def test_a_file_that_breaks_its_reader_is_left_out_and_its_author_told() -> None:
    with pytest.raises(LeftOut, match=r"^Sea\.jpg was left out: reading it took too long$"):
        given_file(jpeg(), "Sea.jpg", Studio(apart=broken))


def test_a_pdf_that_cannot_be_drawn_in_time_is_a_download() -> None:
    prepared = given_file(pdf(), "Loaf.pdf", Studio(apart=broken))
    assert list(prepared.files.values()) == [pdf()]
    assert prepared.notes == ("Loaf.pdf is shown without a picture of its first page: reading it took too long",)


def test_a_mail_with_a_pdf_that_never_ends_is_a_post_when_read_carefully() -> None:
    """The whole way. Quickly, the reader is ended; carefully, only its drawing of the page."""
    raw = mixed(
        "mixed",
        "Content-Type: text/plain\n\nThe plan\n",
        part(endless(), "application/pdf; name=plan.pdf"),
        part(jpeg((64, 48)), "image/jpeg; name=Sea.jpg"),
    )
    rules = Rules((BLOG,), trust=True)
    with Children(workers=1, seconds=2, memory=1 << 30, nameservers=["127.0.0.1"]) as readers:
        quick = result(readers.read(raw, "digest", RECEIVED, rules, careful=False))
        reading = result(readers.read(raw, "digest", RECEIVED, rules, careful=True))
    assert quick in (Reason.TIMEOUT, Reason.CRASH)  # it needs ever more memory as well
    assert isinstance(reading, Reading)
    assert reading.post is not None
    assert [(a.name, len(a.pictures)) for a in reading.post.attachments] == [("plan.pdf", 0), ("Sea.jpg", 2)]
    assert len(reading.warnings) == 1
    assert reading.warnings[0].startswith("plan.pdf is shown without a picture of its first page: reading it ")

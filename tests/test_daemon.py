"""The command as an operator runs it: real processes against a real mail server."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailpost.demo.inbox import start_inbox
from mailpost.store import State
from mailpost.store.sqlite import Sqlite
from tests.dovecot import Dovecot, free_ports
from tests.mails import SECRET, mail
from tests.private import private

COMMAND = [str(Path(sys.executable).with_name("mailpost"))]
SOON = 60.0  # seconds for what takes one or two, or 30 where Dovecot's watch of its folder missed the mail

CONFIG = """\
[[blog]]
name = "demo"
title = "Demo"
url = "https://blog.example/"
addresses = ["blog@demo.example"]

[[author]]
name = "Ann"
addresses = ["ann@demo.example"]
require = "secret"
secrets = ["{secret}"]

[[mailbox]]
name = "box"
host = "127.0.0.1"
port = {port}
user = "{user}"
password = "secret"
{more}

[child]
workers = 2

[schedule]
poll_seconds = {poll}
"""


class House:
    """A folder with a configuration in it, and the commands run there."""

    def __init__(self, folder: Path, port: int, user: str, more: str, *, poll: int = 3600) -> None:
        self.folder = folder
        private(folder / "config.toml", CONFIG.format(secret=SECRET, port=port, user=user, more=more, poll=poll))

    def start(self, *words: str) -> "subprocess.Popen[str]":
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [*COMMAND, "-c", str(self.folder / "config.toml"), *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | {"NO_COLOR": "1"},
            )

    def do(self, *words: str) -> tuple[int, str]:
        with self.start(*words) as process:
            said, _ = process.communicate(timeout=60)
        return process.returncode, said

    @contextlib.contextmanager
    def running(self) -> Iterator["subprocess.Popen[str]"]:
        """`mailpost run`, ready; ended by SIGTERM, as systemd does it."""
        before = self.log().count('"ready"')
        process = self.start("run")
        try:
            assert until(lambda: self.log().count('"ready"') > before), self.log()
            yield process
        finally:
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(20)
            finally:
                process.kill()
                if process.stdout:
                    process.stdout.close()
            assert (code, time.monotonic() - began < 15) == (0, True), self.log()

    def log(self) -> str:
        return (self.folder / "log").read_text() if (self.folder / "log").exists() else ""

    def shown(self, title: str) -> dict[str, bool]:
        """Where a title is to be read."""
        names = ("index.html", "feed.xml", "atom.xml", "rss.xml", "feed.json", "feed.atom", "feed.rss")
        pages = [self.folder / "site" / name for name in names]
        return {page.name: re.search(rf"\b{title}\b", page.read_text()) is not None for page in pages if page.exists()}

    def everywhere(self, title: str) -> bool:
        found = self.shown(title)
        return len(found) == 4 and all(found.values())

    def posts(self) -> list[str]:
        store = Sqlite(self.folder / "data" / "mailpost.db")
        try:
            return sorted(post.title for post in store.posts("demo", limit=100))
        finally:
            store.close()

    def tally(self) -> dict[State, int]:
        store = Sqlite(self.folder / "data" / "mailpost.db")
        try:
            return store.tally()
        finally:
            store.close()


def until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SOON
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


def titles(*numbers: int) -> list[str]:
    return sorted(f"Mail {n}" for n in numbers)


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot) -> House:
    """The clock is slow, so that what comes quickly came by IDLE."""
    return House(tmp_path, dovecot.imaps_port, dovecot.user, f'tls_ca_file = "{dovecot.ca_file}"')


@pytest.mark.server
class TestRun:
    def test_a_mail_is_on_the_front_page_and_in_all_feeds_as_soon_as_it_comes(
        self, house: House, dovecot: Dovecot
    ) -> None:
        dovecot.deliver(mail(1))
        with house.running():
            assert until(lambda: house.everywhere("Mail 1")), house.shown("Mail 1")
            dovecot.deliver(mail(2))
            assert until(lambda: house.everywhere("Mail 2")), house.log()
        assert dovecot.messages("Mailpost.Posted") == [mail(1), mail(2)]
        dovecot.deliver(mail(3))
        with house.running():
            assert until(lambda: house.everywhere("Mail 3")), house.log()
        assert house.posts() == titles(1, 2, 3)

    def test_a_mail_server_that_restarts_is_found_again(self, house: House, dovecot: Dovecot) -> None:
        with house.running():
            dovecot.deliver(mail(1))
            assert until(lambda: house.everywhere("Mail 1")), house.log()
            dovecot.restart()
            dovecot.deliver(mail(2))
            assert until(lambda: house.everywhere("Mail 2")), house.log()
        assert "Traceback" not in house.log()

    def test_sigterm_in_the_middle_of_much_work_loses_and_doubles_nothing(self, house: House, dovecot: Dovecot) -> None:
        for n in range(1, 41):
            dovecot.deliver(mail(n))
        with house.running():
            assert until(lambda: len(house.posts()) > 0)
        assert house.do("once")[0] == 0
        assert house.posts() == titles(*range(1, 41))
        assert house.tally() == {State.PUBLISHED: 40}


@pytest.mark.server
class TestOnce:
    def test_cron_reads_draws_and_ends_with_zero(self, house: House, dovecot: Dovecot) -> None:
        dovecot.deliver(mail(1))
        assert house.do("once") == (0, "1 published\n")
        assert house.everywhere("Mail 1")
        assert house.do("once") == (0, "no new mail\n")

    def test_two_at_a_time_make_each_mail_one_post(self, house: House, dovecot: Dovecot) -> None:
        for n in range(1, 31):
            dovecot.deliver(mail(n))
        both = [house.start("once") for _ in range(2)]
        for process in both:
            process.communicate(timeout=60)
        assert [process.returncode for process in both] == [0, 0], house.log()
        assert (house.posts(), house.tally()) == (titles(*range(1, 31)), {State.PUBLISHED: 30})
        assert len(dovecot.messages("Mailpost.Posted")) == 30

    def test_beside_the_daemon_it_does_no_harm(self, house: House, dovecot: Dovecot) -> None:
        with house.running():
            for n in range(1, 31):
                dovecot.deliver(mail(n))
                if n % 10 == 0:
                    assert house.do("once")[0] == 0
            assert until(lambda: len(house.posts()) == 30)
        assert (house.posts(), house.tally()) == (titles(*range(1, 31)), {State.PUBLISHED: 30})

    def test_kill_at_any_moment_is_repaired_by_the_next(self, house: House, dovecot: Dovecot) -> None:
        for n in range(1, 21):
            dovecot.deliver(mail(n))
        for pause in (0.8, 1.2, 1.6):
            process = house.start("once")
            time.sleep(pause)
            process.kill()
            process.communicate()
        assert house.do("once")[0] == 0
        assert house.posts() == titles(*range(1, 21))
        assert house.everywhere("Mail 20")
        assert dovecot.messages() == []

    def test_a_server_that_is_down_is_one_clear_line_and_75(self, house: House, dovecot: Dovecot) -> None:
        dovecot.stop()
        try:
            code, said = house.do("once")
        finally:
            dovecot.start()
        lines = [line for line in house.log().splitlines() if "try again later" in line]
        assert (code, said) == (75, "")
        assert lines == ["try again later: 127.0.0.1: Connection refused"]
        assert "Traceback" not in house.log()


def test_a_broken_configuration_is_78_and_touches_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, free_ports(1)[0], "ann", 'tsl = "none"')
    assert house.do("once") == (78, "")
    assert "mailbox.tsl: unknown key; did you mean 'tls'?" in house.log()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "log"]


def test_the_server_of_the_demo_serves_as_well(tmp_path: Path) -> None:
    with start_inbox(tmp_path / "inbox", 0, "ann", "secret") as inbox:
        house = House(tmp_path, inbox.port, "ann", 'tls = "none"')
        with house.running():
            for n in (1, 2):
                inbox.deliver(mail(n))
                assert until(lambda n=n: house.everywhere(f"Mail {n}")), house.log()  # type: ignore[misc]
        assert (house.posts(), house.do("once")) == (titles(1, 2), (0, "no new mail\n"))

"""Mails that break their readers, between others, through a real server and the running daemon: every other one is online."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mailpost.errors import Reason
from mailpost.store import State
from mailpost.store.sqlite import Sqlite
from tests.conftest import ROOT
from tests.dovecot import Dovecot
from tests.mails import mail
from tests.poisoned import POISONS
from tests.test_daemon import House, titles, until

MANY = 30 if os.environ.get("MAILPOST_FUZZ") else len(POISONS)
SECONDS = 2  # for a mail
PATIENCE = 5  # minutes


class Poisoned(House):
    """The same commands, in which a word in a mail breaks its reader."""

    def __init__(self, folder: Path, server: Dovecot) -> None:
        super().__init__(folder, server.imaps_port, server.user, f'tls_ca_file = "{server.ca_file}"', poll=1)
        self.config = folder / "config.toml"
        self.config.write_text(self.config.read_text().replace("[child]\n", f"[child]\nseconds = {SECONDS}\n"))

    def start(self, *words: str) -> "subprocess.Popen[str]":
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.poisoned", "-c", str(self.config), *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=os.environ | {"NO_COLOR": "1"},
            )

    def failed(self) -> Counter[str]:
        """How many mails failed, by the reason."""
        store = Sqlite(self.folder / "data" / "mailpost.db")
        try:
            return Counter(failed.reason for failed in store.mails(state=State.FAILED, limit=100))
        finally:
            store.close()


def at_last(true: Callable[[], bool]) -> bool:
    return any(until(true) for _ in range(PATIENCE))


@pytest.mark.server
def test_t67_between_poisoned_mails_every_other_one_is_online(tmp_path: Path, dovecot: Dovecot) -> None:
    house = Poisoned(tmp_path, dovecot)
    kinds = [list(POISONS)[n % len(POISONS)] for n in range(MANY)]
    for n, kind in enumerate(kinds):
        dovecot.deliver(mail(2 * n, f"poison: {kind}"))
        dovecot.deliver(mail(2 * n + 1))
    with house.running():
        assert at_last(lambda: len(house.posts()) == MANY), house.log()
        # While some are tried a second and a third time, new mail goes on.
        dovecot.deliver(mail(1000))
        assert at_last(lambda: house.everywhere("Mail 1000")), house.log()
        assert at_last(lambda: house.tally().get(State.FAILED) == MANY), house.log()
    assert house.posts() == titles(*range(1, 2 * MANY, 2), 1000)
    assert house.tally() == {State.PUBLISHED: MANY + 1, State.FAILED: MANY}
    failed = house.failed()
    assert failed.keys() <= {Reason.CRASH, Reason.TIMEOUT, Reason.BUG}
    assert failed[Reason.BUG] == kinds.count("failing")
    assert failed[Reason.TIMEOUT] >= kinds.count("spinning")  # on a busy machine others may not get so far
    assert len(dovecot.messages("Mailpost.Failed")) == MANY
    assert len(dovecot.messages("Mailpost.Posted")) == MANY + 1

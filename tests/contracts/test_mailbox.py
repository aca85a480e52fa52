"""IMAP keeps the contract of the mailbox, on the server most people have and on the one of the demo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailpost.demo.inbox import Inbox, start_inbox
from mailpost.mailbox import Mailbox, imap
from tests.contracts.mailbox import Deliver, MailboxContract, closing
from tests.dovecot import Dovecot


@pytest.mark.server
class TestDovecot(MailboxContract):
    @pytest.fixture
    def box(self, dovecot: Dovecot) -> Iterator[Mailbox]:
        settings = imap.Settings(
            dovecot.host, dovecot.user, dovecot.password, port=dovecot.imaps_port, tls_ca_file=dovecot.ca_file
        )
        yield from closing(imap.open(settings))

    @pytest.fixture
    def deliver(self, dovecot: Dovecot) -> Deliver:
        return dovecot.deliver


class TestPymap(MailboxContract):
    @pytest.fixture
    def inbox(self, tmp_path: Path) -> Iterator[Inbox]:
        with start_inbox(tmp_path / "mail", 0, "ann", "secret") as server:
            yield server

    @pytest.fixture
    def box(self, inbox: Inbox) -> Iterator[Mailbox]:
        yield from closing(imap.open(imap.Settings("127.0.0.1", "ann", "secret", port=inbox.port, tls="none")))

    @pytest.fixture
    def deliver(self, inbox: Inbox) -> Deliver:
        return inbox.deliver

"""What every mailbox promises: subclass `MailboxContract`, say how to open one and how to deliver into it."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mailpost.mailbox import Mailbox, Outcome
from tests.mails import mail

Deliver = Callable[[bytes], None]


class MailboxContract:
    """Needs two fixtures: `box`, open and empty, and `deliver`, which puts a mail into it."""

    def test_an_empty_mailbox_has_nothing_waiting(self, box: Mailbox) -> None:
        assert (box.waiting(), list(box.fetch([]))) == ([], [])

    def test_mails_come_out_as_they_went_in_the_oldest_first(self, box: Mailbox, deliver: Deliver) -> None:
        mails = [mail(n, "\xe4 line\r\n.\r\nFrom here" * n) for n in range(1, 8)]
        for raw in mails:
            deliver(raw)
        found = list(box.fetch(box.waiting()))
        assert [(m.raw, m.size, m.whole) for m in found] == [(raw, len(raw), True) for raw in mails]
        assert [m.key for m in found] == box.waiting()
        assert all(abs(m.received.timestamp() - time.time()) < 60 for m in found if m.received)

    def test_looking_changes_nothing(self, box: Mailbox, deliver: Deliver) -> None:
        deliver(mail(1))
        first = list(box.fetch(box.waiting()))
        assert list(box.fetch(box.waiting())) == first

    def test_a_mail_that_is_gone_is_left_out(self, box: Mailbox, deliver: Deliver) -> None:
        deliver(mail(1))
        [key] = box.waiting()
        assert [m.raw for m in box.fetch([f"{key}99", key])] == [mail(1)]

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_a_settled_mail_waits_no_more(self, box: Mailbox, deliver: Deliver, outcome: Outcome) -> None:
        deliver(mail(1))
        deliver(mail(2))
        first, second = box.waiting()
        box.settle([(first, outcome)])
        assert box.waiting() == [second]

    def test_settling_twice_is_the_same_as_once(self, box: Mailbox, deliver: Deliver) -> None:
        deliver(mail(1))
        deliver(mail(2))
        first, second = box.waiting()
        for _ in range(2):
            box.settle([(first, Outcome.PUBLISHED)])
        assert box.waiting() == [second]

    def test_settling_what_is_gone_does_nothing(self, box: Mailbox, deliver: Deliver) -> None:
        deliver(mail(1))
        [key] = box.waiting()
        box.settle([(f"{key}99", Outcome.REFUSED)])
        assert box.waiting() == [key]

    def test_waiting_hears_of_a_delivery(self, box: Mailbox, deliver: Deliver) -> None:
        box.wait(0.5)
        heard = []
        ear = threading.Thread(target=lambda: heard.append(box.wait(20)))
        ear.start()
        time.sleep(0.3)
        deliver(mail(1))
        ear.join(15)
        assert heard == [True]

    def test_waiting_in_quiet_ends(self, box: Mailbox) -> None:
        box.wait(0.3)
        assert box.wait(0.5) is False

    def test_closing_ends_waiting_at_once(self, box: Mailbox) -> None:
        box.wait(0.3)
        heard = []
        ear = threading.Thread(target=lambda: heard.append(box.wait(60)))
        ear.start()
        time.sleep(0.5)
        box.close()
        ear.join(5)
        assert heard == [False]

    def test_closing_twice_is_the_same_as_once(self, box: Mailbox) -> None:
        box.waiting()
        box.close()
        box.close()


def closing(box: Mailbox) -> Iterator[Mailbox]:
    yield box
    box.close()

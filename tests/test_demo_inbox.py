"""The demo's IMAP server, met as mailpost meets it: with imapclient."""

import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from mailpost.demo.inbox import Inbox, start_inbox

RAW = (
    b"From: ann@demo.example\r\nSubject: " + b"a long subject " * 12 + b"\r\n \t  oddly folded\r\nX-Raw: \xff\r\n"
    b"\r\nFrom the first line\r\n\r\n.dot\r\n\x00\xfe the last line has no end"
)


@contextmanager
def connect(inbox: Inbox, password: str = "open sesame") -> Iterator[Any]:
    client = IMAPClient("127.0.0.1", inbox.port, ssl=False, timeout=10)
    client._imap.debug = 0
    try:
        client.login("ann", password)
        client.select_folder("INBOX")
        yield client
    finally:
        client.shutdown()


def open_inbox(folder: Path, port: int = 0) -> Inbox:
    return start_inbox(folder, port, "ann", "open sesame")


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with open_inbox(tmp_path / "mail") as inbox:
        yield inbox
    gc.collect()  # a socket or task left behind speaks up here, where warnings are errors


def test_a_delivered_mail_comes_out_byte_for_byte(inbox: Inbox) -> None:
    inbox.deliver(RAW)
    with connect(inbox) as client:
        assert client.search(["UID", "1:*"]) == [1]
        answer = client.fetch([1], ["BODY.PEEK[]", "RFC822.SIZE", "BODY.PEEK[HEADER]", "FLAGS"])[1]
        assert answer[b"BODY[]"] == RAW
        assert answer[b"RFC822.SIZE"] == len(RAW)
        assert answer[b"BODY[HEADER]"] == RAW[: RAW.index(b"\r\n\r\n") + 4]
        assert b"\\Seen" not in answer[b"FLAGS"]


def test_a_mail_can_be_fetched_in_pieces(inbox: Inbox) -> None:
    inbox.deliver(RAW)
    with connect(inbox) as client:
        pieces = [
            client.fetch([1], [f"BODY.PEEK[]<{start}.100>"])[1][b"BODY[]<%d>" % start] for start in range(0, 500, 100)
        ]
    assert b"".join(pieces) == RAW


def test_the_date_of_arrival_is_now(inbox: Inbox) -> None:
    inbox.deliver(RAW)
    with connect(inbox) as client:
        client.normalise_times = False
        arrived = client.fetch([1], ["INTERNALDATE"])[1][b"INTERNALDATE"]
    assert abs(arrived - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_wrong_password_is_refused_and_a_right_one_is_quick(inbox: Inbox) -> None:
    with pytest.raises(LoginError), connect(inbox, "open barley"):
        pass
    begin = monotonic()
    with connect(inbox):
        assert monotonic() - begin < 0.5


def test_idle_is_told_at_once(inbox: Inbox) -> None:
    """pymap alone takes up to a second; half of it is far more than this server needs and still proves the bell."""
    with connect(inbox) as client:
        client.idle()
        sleep(0.2)
        for number in range(1, 21):
            begin = monotonic()
            inbox.deliver(RAW)
            told: list[Any] = []
            while (number, b"EXISTS") not in told and monotonic() - begin < 2:
                told += client.idle_check(timeout=2)
            assert monotonic() - begin < 0.5
        client.idle_done()
        assert client.search("ALL") == list(range(1, 21))


def test_idle_tells_what_arrived_just_before_it(inbox: Inbox) -> None:
    with connect(inbox) as client:
        inbox.deliver(RAW)
        begin = monotonic()
        client.idle()
        assert (1, b"EXISTS") in client.idle_check(timeout=2)
        assert monotonic() - begin < 0.5
        client.idle_done()


def test_mails_can_be_delivered_from_many_threads(inbox: Inbox) -> None:
    threads = [threading.Thread(target=inbox.deliver, args=(RAW + b"%d" % number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connect(inbox) as client:
        bodies = {answer[b"BODY[]"] for answer in client.fetch(client.search("ALL"), ["BODY.PEEK[]"]).values()}
    assert bodies == {RAW + b"%d" % number for number in range(20)}


def test_a_mail_moves_to_a_folder_made_for_it(inbox: Inbox) -> None:
    inbox.deliver(RAW)
    inbox.deliver(b"Subject: stays\r\n\r\n")
    with connect(inbox) as client:
        client.create_folder("Mailpost/Posted")
        assert {(delimiter, name) for _, delimiter, name in client.list_folders()} == {
            (b"/", "INBOX"),
            (b"/", "Mailpost"),
            (b"/", "Mailpost/Posted"),
        }
        client.move([1], "Mailpost/Posted")
        assert client.search("ALL") == [2]
        client.select_folder("Mailpost/Posted")
        assert client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"] == RAW


def test_making_a_folder_twice_is_refused_and_nothing_worse(inbox: Inbox) -> None:
    with connect(inbox) as client:
        client.create_folder("Mailpost/Held/Deep")
        for name in ("Mailpost/Held/Deep", "Mailpost"):
            with pytest.raises(IMAPClientError, match="ALREADYEXISTS"):
                client.create_folder(name)
        client.noop()


def test_a_restart_keeps_mails_uids_and_uidvalidity(tmp_path: Path) -> None:
    with open_inbox(tmp_path / "mail") as first:
        for _ in range(3):
            first.deliver(RAW)
        with connect(first) as client:
            client.create_folder("Mailpost/Posted")
            client.move([2], "Mailpost/Posted")
            before = world(client)
    with open_inbox(tmp_path / "mail") as second, connect(second) as client:
        assert world(client) == before
        second.deliver(RAW)
        client.select_folder("INBOX")
        assert client.search("ALL") == [1, 3, 4]


def world(client: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    for folder in ("INBOX", "Mailpost/Posted"):
        validity = client.select_folder(folder)[b"UIDVALIDITY"]
        found[folder] = (
            validity,
            {uid: answer[b"BODY[]"] for uid, answer in client.fetch(client.search("ALL"), ["BODY.PEEK[]"]).items()},
        )
    return found


def test_the_lock_of_a_killed_server_does_not_stop_the_next(tmp_path: Path) -> None:
    with open_inbox(tmp_path) as inbox:
        inbox.deliver(RAW)
    (tmp_path / "dovecot-uidlist.lock").touch()
    begin = monotonic()
    with open_inbox(tmp_path) as inbox, connect(inbox) as client:
        assert client.search("ALL") == [1]
    assert monotonic() - begin < 2


def test_closing_says_goodbye_to_an_idle_client_and_frees_the_port(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_inbox(tmp_path) as inbox, connect(inbox) as client:
        client.idle()
        inbox.close()
        inbox.close()
        assert client.idle_check(timeout=2)[0][0] == b"BYE"
        with open_inbox(tmp_path, inbox.port) as again, connect(again) as other:
            other.noop()
    gc.collect()
    assert caplog.records == []
    assert "demo inbox" not in {thread.name for thread in threading.enumerate()}


def test_a_closed_inbox_takes_no_mail(tmp_path: Path) -> None:
    inbox = open_inbox(tmp_path)
    inbox.close()
    with pytest.raises(RuntimeError, match="closed"):
        inbox.deliver(RAW)


def test_a_taken_port_is_reported_and_leaves_nothing_behind(inbox: Inbox, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        open_inbox(tmp_path / "other", inbox.port)
    assert [thread.name for thread in threading.enumerate()].count("demo inbox") == 1


def test_only_this_machine_can_connect(inbox: Inbox) -> None:
    """127.0.0.2 is this machine too: a server that listens on all addresses would answer there."""
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", inbox.port)) != 0

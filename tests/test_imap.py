"""The IMAP mailbox on a real server, and on scripted ones for what no real one does."""

import contextlib
import gc
import random
import re
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import trustme
from imapclient.imap_utf7 import decode

from mailpost.app import App
from mailpost.config import load
from mailpost.demo.inbox import start_inbox
from mailpost.errors import Temporary
from mailpost.mailbox import Outcome, imap
from mailpost.mailbox.imap import Imap, Settings
from mailpost.store import State
from tests.dovecot import Dovecot
from tests.mails import mail
from tests.private import private
from tests.script import Script

PUBLISHED = Outcome.PUBLISHED


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    """A socket left open speaks up here, where warnings are errors."""
    yield
    gc.collect()


def opened(server: Dovecot, **changes: Any) -> Imap:
    values = {"port": server.imaps_port, "tls_ca_file": server.ca_file, "password": server.password, **changes}
    return imap.open(Settings(server.host, server.user, **values))


@pytest.fixture
def box(dovecot: Dovecot) -> Iterator[Imap]:
    made = opened(dovecot)
    yield made
    made.close()


def scripted(server: Script, **changes: Any) -> Imap:
    return imap.open(
        Settings(
            **{"host": "127.0.0.1", "user": "ann", "password": "secret", "port": server.port, "tls": "none", **changes}
        )
    )


# --- on a real server ---


@pytest.mark.server
class TestReading:
    def test_looking_does_not_mark_as_read(self, dovecot: Dovecot, box: Imap) -> None:
        dovecot.deliver(mail(1))
        assert len(list(box.fetch(box.waiting()))) == 1
        with dovecot.client() as client:
            client.select_folder("INBOX", readonly=True)
            assert b"\\Seen" not in client.get_flags([1])[1]

    def test_a_large_mail_comes_in_pieces_byte_for_byte(self, dovecot: Dovecot, box: Imap) -> None:
        raw = mail(1) + random.Random(1).randbytes(6 * 1024 * 1024).hex().encode()[: 6 * 1024 * 1024]
        raw = raw.replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n")
        dovecot.deliver(raw)
        dovecot.deliver(mail(2))
        assert [m.raw for m in box.fetch(box.waiting())] == [raw, mail(2)]

    def test_what_is_too_large_is_not_downloaded(self, dovecot: Dovecot) -> None:
        raw = mail(1) + b"x" * 5_000_000 + b"\r\n"
        dovecot.deliver(raw)
        with Relay(dovecot.imap_port) as relay:
            box = opened(dovecot, port=relay.port, tls="none", largest=1_000_000)
            [found] = box.fetch(box.waiting())
            box.close()
        assert (found.whole, found.size, found.raw) == (False, len(raw), raw[: raw.index(b"\r\n\r\n") + 4])
        assert relay.bytes < 20_000

    def test_what_is_a_little_too_large_is_not_downloaded_either(self, dovecot: Dovecot) -> None:
        """Below the size from which mails are fetched in pieces."""
        dovecot.deliver(mail(1, "x" * 50_000))
        with Relay(dovecot.imap_port) as relay:
            box = opened(dovecot, port=relay.port, tls="none", largest=10_000)
            [found] = box.fetch(box.waiting())
            box.close()
        assert (found.whole, found.raw.endswith(b"\r\n\r\n"), relay.bytes < 10_000) == (False, True, True)

    def test_the_debug_log_of_the_library_is_off(self, dovecot: Dovecot, box: Imap) -> None:
        assert (dovecot.user, box.waiting()) == (dovecot.user, [])
        assert box._client is not None
        assert box._client._imap.debug == 0

    def test_a_server_that_restarts_between_two_rounds_is_found_again(self, dovecot: Dovecot, box: Imap) -> None:
        dovecot.deliver(mail(1))
        assert len(box.waiting()) == 1
        dovecot.restart()
        assert len(box.waiting()) == 1

    def test_a_server_that_is_away_is_temporary_and_found_when_it_is_back(self, dovecot: Dovecot, box: Imap) -> None:
        assert box.waiting() == []
        dovecot.stop()
        try:
            with pytest.raises(Temporary, match=r"127\.0\.0\.1: Connection refused"):
                box.waiting()
        finally:
            dovecot.start()
        assert box.waiting() == []

    def test_a_folder_made_anew_makes_all_old_keys_void(self, dovecot: Dovecot) -> None:
        """And nothing is settled by them: the same uid is another mail now."""
        with dovecot.client() as client:
            client.create_folder("Blog")
            client.append("Blog", mail(1))
            box = opened(dovecot, folder="Blog")
            old = box.waiting()
            client.delete_folder("Blog")
            time.sleep(1.1)  # Dovecot numbers folders by the second
            client.create_folder("Blog")
            client.append("Blog", mail(2))
            with contextlib.suppress(Temporary):  # Dovecot gives the connection up that had the old folder
                box.waiting()
            new = box.waiting()
            box.settle([(key, PUBLISHED) for key in old])
            assert list(box.fetch(old)) == []
            assert [m.raw for m in box.fetch(new)] == [mail(2)]
            assert box.waiting() == new
            box.close()


@pytest.mark.server
class TestSettling:
    def test_mails_are_filed_by_outcome_below_the_folder_of_the_configuration(
        self, dovecot: Dovecot, box: Imap
    ) -> None:
        """Dovecot separates by a full stop here."""
        for n in range(1, 6):
            dovecot.deliver(mail(n))
        box.settle(list(zip(box.waiting(), Outcome, strict=True)))
        names = ["Posted", "Drafts", "Held", "Refused", "Failed"]
        assert dovecot.folders() == sorted(["INBOX", "Mailpost", *(f"Mailpost.{name}" for name in names)])
        assert [dovecot.messages(f"Mailpost.{name}") for name in names] == [[mail(n)] for n in range(1, 6)]
        assert dovecot.messages() == []

    def test_settling_twice_is_once(self, dovecot: Dovecot, box: Imap) -> None:
        dovecot.deliver(mail(1))
        done = [(key, PUBLISHED) for key in box.waiting()]
        box.settle(done)
        box.settle(done)
        assert (dovecot.messages(), dovecot.messages("Mailpost.Posted")) == ([], [mail(1)])

    @pytest.mark.parametrize("without", [["MOVE"], ["MOVE", "UIDPLUS"], ["UIDPLUS"]], ids="+".join)
    def test_a_poorer_server_files_each_mail_once_and_expunges_nothing_of_others(self, without: list[str]) -> None:
        """A message that another program has marked as deleted survives: plain EXPUNGE is never sent."""
        with Dovecot(without=without) as poor:
            poor.deliver(mail(1))
            poor.deliver(mail(2))
            with poor.client() as other:
                other.select_folder("INBOX")
                other.add_flags([2], [b"\\Deleted"])
            box = opened(poor)
            first = box.waiting()[0]
            for _ in range(3):
                box.settle([(first, PUBLISHED)])
            waiting = box.waiting()
            box.close()
            assert first not in waiting
            assert mail(2) in poor.messages()
            assert poor.messages("Mailpost.Posted") == [mail(1)]
            assert (mail(1) in poor.messages()) == (without == ["MOVE", "UIDPLUS"])

    def test_flagging_marks_as_read_and_moves_nothing(self, dovecot: Dovecot) -> None:
        dovecot.deliver(mail(1))
        box = opened(dovecot, on_done="flag")
        box.settle([(box.waiting()[0], PUBLISHED)])
        box.close()
        with dovecot.client() as client:
            client.select_folder("INBOX", readonly=True)
            assert b"\\Seen" in client.get_flags([1])[1]
        assert dovecot.folders() == ["INBOX"]

    def test_keeping_touches_nothing(self, dovecot: Dovecot) -> None:
        dovecot.deliver(mail(1))
        box = opened(dovecot, on_done="keep")
        box.settle([(box.waiting()[0], PUBLISHED)])
        box.close()
        assert (dovecot.folders(), dovecot.messages()) == (["INBOX"], [mail(1)])


def test_the_demo_server_files_with_a_slash(tmp_path: Path) -> None:
    with start_inbox(tmp_path, 0, "ann", "secret") as inbox:
        inbox.deliver(mail(1))
        box = imap.open(Settings("127.0.0.1", "ann", "secret", port=inbox.port, tls="none"))
        box.settle([(box.waiting()[0], PUBLISHED)])
        box.close()
        filed = imap.open(Settings("127.0.0.1", "ann", "secret", port=inbox.port, tls="none", folder="Mailpost/Posted"))
        assert [m.raw for m in filed.fetch(filed.waiting())] == [mail(1)]
        filed.close()


# --- TLS and logging in ---


def certificate(*names: str) -> tuple[trustme.CA, ssl.SSLContext]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return authority, context


@pytest.mark.server
def test_starttls_is_encrypted_before_the_login(dovecot: Dovecot) -> None:
    dovecot.deliver(mail(1))
    with Relay(dovecot.imap_port) as relay:
        box = opened(dovecot, port=relay.port, tls="starttls")
        assert len(box.waiting()) == 1
        box.close()
    assert b"STARTTLS" in relay.sent
    assert b"LOGIN" not in relay.sent
    assert dovecot.password.encode() not in relay.sent


@pytest.mark.server
def test_a_private_authority_that_is_not_named_is_refused(dovecot: Dovecot) -> None:
    box = opened(dovecot, tls_ca_file=None)
    with pytest.raises(Temporary, match="certificate"):
        box.waiting()
    box.close()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_for_another_name_gets_no_password(tmp_path: Path, tls: str) -> None:
    authority, context = certificate("mail.else.example")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    answers = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n", b"STARTTLS": b""}
    implicit = tls == "implicit"
    with Script(answers, context=context if implicit else None, upgrade=None if implicit else context) as server:
        box = scripted(server, tls=tls, tls_ca_file=tmp_path / "ca.pem")
        with pytest.raises(Temporary):
            box.waiting()
        box.close()
    assert b"secret" not in server.heard
    assert b"LOGIN" not in server.heard


def test_starttls_taken_away_by_somebody_in_between_gets_no_password() -> None:
    with Script() as server:
        box = scripted(server, tls="starttls")
        with pytest.raises(Temporary, match=r"(?i)starttls"):
            box.waiting()
        box.close()
    assert b"secret" not in server.heard


def test_a_server_that_skips_the_login_is_refused() -> None:
    with Script(greeting=b"* PREAUTH welcome\r\n") as server:
        box = scripted(server)
        with pytest.raises(Temporary, match="PREAUTH"):
            box.waiting()
        box.close()
    assert b"SELECT" not in server.heard


def test_without_tls_only_this_machine_is_spoken_to() -> None:
    with pytest.raises(ValueError, match="only to this machine"):
        Settings("imap.example.org", "ann", "secret", tls="none")


@pytest.mark.server
def test_a_wrong_password_is_said_in_words(dovecot: Dovecot) -> None:
    box = opened(dovecot, password="not the one")
    with pytest.raises(Temporary) as caught:
        box.waiting()
    box.close()
    assert str(caught.value) == "127.0.0.1: user name or password refused"
    assert caught.value.retry_after == 300
    assert "not the one" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.server
def test_a_password_of_other_letters_works_too(dovecot: Dovecot) -> None:
    box = opened(dovecot, password="Schlüssel")
    with pytest.raises(Temporary, match="refused"):
        box.waiting()
    box.close()


def test_a_lost_connection_at_login_is_not_called_a_wrong_password() -> None:
    with Script({b"LOGIN": b"!"}) as server:
        box = scripted(server)
        with pytest.raises(Temporary) as caught:
            box.waiting()
        box.close()
    assert "password" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_goodbye_instead_of_a_greeting_is_temporary() -> None:
    with Script(greeting=b"* BYE too busy\r\n") as server:
        box = scripted(server)
        with pytest.raises(Temporary, match="too busy"):
            box.waiting()
        box.close()


def test_nobody_there_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    box = imap.open(Settings("127.0.0.1", "ann", "secret", port=port, tls="none"))
    with pytest.raises(Temporary, match="refused"):
        box.waiting()
    box.close()


def test_settings_do_not_show_the_password() -> None:
    assert "hunter2" not in repr(Settings("127.0.0.1", "ann", "hunter2"))


# --- listening ---


@pytest.mark.server
class TestListening:
    def test_a_server_that_goes_away_is_trouble_and_not_a_busy_loop(self, dovecot: Dovecot, box: Imap) -> None:
        box.wait(0.2)
        caught: list[Temporary] = []

        def listen() -> None:
            try:
                box.wait(60)
            except Temporary as trouble:
                caught.append(trouble)

        ear = threading.Thread(target=listen)
        ear.start()
        time.sleep(0.5)
        began = time.process_time()
        dovecot.stop()
        ear.join(10)
        dovecot.start()
        assert len(caught) == 1
        assert time.process_time() - began < 5

    def test_what_came_while_nobody_listened_is_told(self, dovecot: Dovecot, box: Imap) -> None:
        box.wait(0.2)
        dovecot.deliver(mail(1))
        assert box.wait(15) is True

    def test_after_closing_nothing_is_opened_again(self, dovecot: Dovecot, box: Imap) -> None:
        dovecot.deliver(mail(1))
        [key] = box.waiting()
        box.close()
        with pytest.raises(Temporary, match="closed"):
            box.settle([(key, PUBLISHED)])
        assert box.wait(1) is False


def test_a_dead_connection_during_idle_is_temporary() -> None:
    with Script({b"IDLE": b"+ idling\r\n", b"DONE": b"!"}) as server:
        box = scripted(server)
        with pytest.raises(Temporary, match=r"listening to 127\.0\.0\.1 ended"):
            box.wait(0.3)
        box.close()


def test_news_in_one_packet_with_the_word_idling_is_heard() -> None:
    with Script({b"IDLE": b"+ idling\r\n* 1 EXISTS\r\n"}) as server:
        box = scripted(server)
        assert box.wait(1) is True
        box.close()


def test_news_told_between_two_waits_is_heard() -> None:
    with Script({b"NOOP": b"* 1 EXISTS\r\n", b"IDLE": b"+ idling\r\n"}) as server:
        box = scripted(server)
        assert box.wait(1) is True
        box.close()


def test_without_idle_waiting_lasts_its_time() -> None:
    with Script({b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n"}) as server:
        box = scripted(server)
        assert box.wait(0.2) is False
        assert b"IDLE" not in server.heard
        box.close()


# --- scripted conversations ---

BLOG = """
[blog]
name = "demo"
title = "Demo"
url = "https://blog.example/"
addresses = ["blog@demo.example"]
[author]
name = "Ann"
addresses = ["ann@demo.example"]
[child]
workers = 1
"""
ONE = {
    b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\n",
    b"UID SEARCH": b"* SEARCH 1\r\n",
}


def test_a_mail_that_vanishes_between_two_pieces_is_left_out_and_not_cut_off() -> None:
    size = 5 * 1024 * 1024
    piece = b"x" * 1024 * 1024
    answers = ONE | {
        b"UID FETCH 1 (RFC822.SIZE": b'* 1 FETCH (UID 1 RFC822.SIZE %d INTERNALDATE " 1-Nov-2026 08:00:00 +0000")\r\n'
        % size,
        b"UID FETCH 1 (BODY.PEEK[]<0.": b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n" % (len(piece), piece),
        b"UID FETCH 1 (BODY.PEEK[]<1": b"",
        b"UID FETCH 1 (BODY.PEEK[]<2": b"",
        b"UID FETCH 1 (BODY.PEEK[]<3": b"",
        b"UID FETCH 1 (BODY.PEEK[]<4": b"",
    }
    with Script(answers) as server:
        box = scripted(server)
        assert list(box.fetch(box.waiting())) == []
        box.close()


def test_only_numbers_are_asked_for() -> None:
    with Script(ONE | {b"UID FETCH": b""}) as server:
        box = scripted(server)
        assert (box.waiting(), list(box.fetch(["7:1", "6:2", "7:4"]))) == (["7:1"], [])
        box.close()
    assert next(line for line in server.heard.split(b"\r\n") if b"FETCH" in line).split()[3] == b"1,4"


HOSTILE = (
    b"From: someone@elsewhere.example\r\nTo: blog@demo.example\r\nDate: Sun, 01 Nov 2026 08:00:00 +0000\r\n"
    b'Message-ID: <x"\r\n A1 DELETE INBOX\r\n {7}\r\n x@elsewhere.example>\r\n'
    b"Subject: =?utf-8?q?=22=0D=0AA2_UID_STORE_1:*_+FLAGS_(=5CDeleted)=0D=0A?=\r\n"
    b'In-Reply-To: <") DELETE "INBOX>\r\n\r\nA3 EXPUNGE\r\n'
)
EXPECTED = re.compile(
    rb"[A-Z]+[0-9]+ (CAPABILITY|NOOP|LOGIN ann \"secret\"|SELECT \"?INBOX\"?|UID SEARCH UNDELETED|LIST \"\" \"[A-Za-z/]*\""
    rb"|UID FETCH 1 \((RFC822.SIZE INTERNALDATE|BODY.PEEK\[\])\)|UID MOVE 1 \"Mailpost/Refused\""
    rb"|(CREATE|SUBSCRIBE) \"?Mailpost(/Refused)?\"?)\r\n"
)


def test_t22_nothing_in_a_mail_gets_into_a_command(tmp_path: Path) -> None:
    """A whole round, with a mail whose Message-ID and subject are commands: only our own ever come, and our own words."""
    answers = ONE | {
        b"UID FETCH 1 (RFC822.SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE %d)\r\n" % len(HOSTILE),
        b"UID FETCH 1 (BODY": b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\n" % (len(HOSTILE), HOSTILE),
        **dict.fromkeys((b"LIST", b"CREATE", b"SUBSCRIBE", b"UID MOVE"), b""),
    }
    with Script(answers) as server:
        box = f'[mailbox]\nhost = "127.0.0.1"\nport = {server.port}\nuser = "ann"\npassword = "secret"\ntls = "none"\n'
        with App(load(private(tmp_path / "config.toml", BLOG + box))) as app:
            assert dict(app.poll(app.sources[0])) == {State.REFUSED: 1}
    lines = server.heard.splitlines(keepends=True)
    assert [line for line in lines if not EXPECTED.fullmatch(line)] == []
    assert b"MOVE" in lines[-1]


@pytest.mark.parametrize("folder", ["a b", 'a"b', "a\\", "Entwürfe", "a*b%", "{5}", "日本 &-"])
def test_t22_a_folder_is_one_word_whatever_its_name(folder: str) -> None:
    with Script(ONE) as server:
        box = scripted(server, folder=folder)
        box.waiting()
        box.close()
    [line] = [line for line in server.heard.splitlines() if b" SELECT " in line]
    quoted = line.partition(b" SELECT ")[2]
    assert re.fullmatch(rb'"([^"\\]|\\["\\])*"|[!#$&+-\[\]-z|}~]+', quoted)
    assert decode(quoted.strip(b'"').replace(b"\\\\", b"\\").replace(b'\\"', b'"')) == folder


def test_answers_without_sense_are_temporary() -> None:
    with Script({b"UID SEARCH": b"* SEARCH one two\r\n"}) as server:
        box = scripted(server)
        with pytest.raises(Temporary):
            box.waiting()
        box.close()


def test_the_listening_connection_does_not_rename_what_the_other_one_sees() -> None:
    """The folder was made anew between the two connections: keys belong to the one that gave the uids."""
    with Script(ONE | {b"IDLE": b"+ idling\r\n* 2 EXISTS\r\n", b"DONE": b""}) as server:
        box = scripted(server)
        assert box.waiting() == ["7:1"]
        server.answers[b"SELECT"] = ONE[b"SELECT"].replace(b"UIDVALIDITY 7", b"UIDVALIDITY 8")
        box.wait(0.2)
        assert box.waiting() == ["7:1"]
        box.close()


class Relay:
    """Passes everything on, counts what the server says and keeps what the client says."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.bytes = 0
        self.sent = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._pass, args=[near, far], kwargs={"up": True}, daemon=True).start()
            threading.Thread(target=self._pass, args=[far, near], kwargs={"up": False}, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, *, up: bool) -> None:
        with source, target:
            try:
                while data := source.recv(65536):
                    if up:
                        self.sent += data
                    else:
                        self.bytes += len(data)
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                return

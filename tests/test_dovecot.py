"""What the tests take for granted about their mail server."""

import pytest
from imapclient.exceptions import LoginError

from tests.dovecot import Dovecot

pytestmark = pytest.mark.server

MAIL = b"From: ann@demo.example\r\nSubject: hello\r\n\r\nA line.\r\n"


def test_a_client_that_knows_the_private_authority_logs_in_over_tls(dovecot: Dovecot) -> None:
    dovecot.deliver(MAIL)
    with dovecot.client(tls=True) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 1


def test_a_delivered_mail_comes_back_as_it_was_and_in_order(dovecot: Dovecot) -> None:
    mails = [MAIL.replace(b"hello", b"%d" % number) for number in range(20)]
    for mail in mails:
        dovecot.deliver(mail)
    assert dovecot.messages() == mails


def test_every_test_has_an_empty_mailbox(dovecot: Dovecot) -> None:
    assert (dovecot.folders(), dovecot.messages()) == (["INBOX"], [])


def test_idle_tells_of_a_delivery(dovecot: Dovecot) -> None:
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.idle()
        dovecot.deliver(MAIL)
        heard = client.idle_check(timeout=10)
        client.idle_done()
    assert (1, b"EXISTS") in heard


def test_a_wrong_password_is_refused_at_once(dovecot: Dovecot) -> None:
    with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"):
        dovecot.client(password="wrong")


def test_mail_and_ports_outlive_a_restart(dovecot: Dovecot) -> None:
    dovecot.deliver(MAIL)
    ports = dovecot.imap_port, dovecot.imaps_port
    dovecot.restart()
    assert (dovecot.messages(), (dovecot.imap_port, dovecot.imaps_port)) == ([MAIL], ports)


@pytest.mark.parametrize("word", ["MOVE", "UIDPLUS", "IDLE"])
@pytest.mark.usefixtures("dovecot_server")
def test_a_poorer_server_hides_a_capability(word: str) -> None:
    with Dovecot(without=[word]) as poor, poor.client() as client:
        shown = {name for name in ("MOVE", "UIDPLUS", "IDLE") if client.has_capability(name)}
    assert shown == {"MOVE", "UIDPLUS", "IDLE"} - {word}


def test_nothing_is_left_behind(dovecot: Dovecot) -> None:
    with Dovecot() as brief:
        base = brief.base
    assert (base.exists(), dovecot.base.exists()) == (False, True)

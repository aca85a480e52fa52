"""Bad TLS servers: none of them hears a letter of the password (T69, G21)."""

import ast
import base64
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from mailpost import tls
from mailpost.autopost import webhook
from mailpost.errors import Temporary
from mailpost.mailbox import _login, imap
from mailpost.mailbox.imap import Settings
from tests.contracts.target import copy
from tests.traps import (
    CAPABILITY,
    NOW,
    Behaviour,
    Identity,
    Trap,
    closes,
    implicit,
    says,
    starttls,
    written,
)

USER, PASSWORD = "canary-user", "canary-password-7f3a"
CREDENTIALS = [
    USER.encode(),
    PASSWORD.encode(),
    *(base64.b64encode(f"{pad}{PASSWORD}".encode())[4:16] for pad in ("", "x", "xx")),
    b"LOGIN",
    b"AUTHENTICATE",
]
DAY = timedelta(days=1)

ROOT = Identity("Root", authority=True)
GOOD = Identity(issuer=ROOT)
ALONE = Identity("somewhere.else.example", ends=NOW - DAY)  # wrong in every way; only a pin can mean it
LEAF = Identity("leaf.example", issuer=ROOT)
SMALL = Identity(issuer=ROOT, key=rsa.generate_private_key(65537, 1024))
HELLO_DONE = bytes.fromhex("160303000401020304")  # a record that begins like a server's answer


def fingerprint(identity_context: ssl.SSLContext) -> str:
    """What a server with this context would show, asked by somebody who does not check."""
    near, far = socket.socketpair()
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    server = threading.Thread(target=lambda: identity_context.wrap_socket(far, server_side=True).close())
    server.start()
    with asking.wrap_socket(near) as seen:
        certificate = seen.getpeercert(binary_form=True)
    server.join()
    assert certificate is not None
    return f"sha256:{hashlib.sha256(certificate).hexdigest()}"


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return written(tmp_path, ROOT)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_login, "CONNECT", 2)
    monkeypatch.setattr(_login, "READ", 2)


def ask(trap: Trap, **changes: Any) -> str:
    """What a mailbox says of this server; nothing where all is well."""
    values: dict[str, Any] = {"host": "127.0.0.1", "user": USER, "password": PASSWORD, "port": trap.port, **changes}
    box = imap.open(Settings(**values))
    try:
        assert box.waiting() == []
    except Temporary as trouble:
        return str(trouble)
    finally:
        box.close()
    return ""


def heard(trap: Trap) -> list[bytes]:
    return [word for word in CREDENTIALS if word in trap.heard]


# Behaviour, and what the operator is told.
IMPLICIT: dict[str, tuple[Callable[[], Behaviour], str]] = {
    "expired": (lambda: implicit(Identity(issuer=ROOT, ends=NOW - DAY).context()), "expired"),
    "not yet valid": (lambda: implicit(Identity(issuer=ROOT, begins=NOW + DAY).context()), "not yet valid"),
    "wrong name": (lambda: implicit(Identity("mail.else.example", issuer=ROOT).context()), "IP address mismatch"),
    "name in the subject only": (lambda: implicit(Identity(issuer=ROOT, named=False).context()), "mismatch"),
    "self-signed": (lambda: implicit(Identity().context()), "self-signed certificate"),
    "unknown authority": (
        lambda: implicit(Identity(issuer=Identity("Other", authority=True)).context()),
        "unable to get local issuer",
    ),
    "an authority's name with another key": (
        lambda: implicit(Identity(issuer=Identity("Root", authority=True)).context()),
        "not to be trusted",
    ),
    "vouched for by a server": (lambda: implicit(Identity(issuer=LEAF).context()), "not to be trusted: invalid CA"),
    "for clients only": (
        lambda: implicit(Identity(issuer=ROOT, usage=ExtendedKeyUsageOID.CLIENT_AUTH).context()),
        "purpose",
    ),
    "weak key": (lambda: implicit(SMALL.context()), "key too weak"),
    "TLS 1.1 at most": (
        lambda: implicit(GOOD.context(newest=ssl.TLSVersion.TLSv1_1)),
        "no encrypted connection",
    ),
    "no certificate at all": (
        lambda: implicit(GOOD.context(ciphers="aNULL:@SECLEVEL=0", newest=ssl.TLSVersion.TLSv1_2)),
        "no encrypted connection",
    ),
    "plain text": (lambda: says(b"* OK hello\r\n"), "wrong version number"),
    "plain text that skips the login": (lambda: says(b"* PREAUTH hello\r\n"), "wrong version number"),
    "garbage": (lambda: says(b"\x00\xff" * 500), "no encrypted connection"),
    "hangs up at once": (lambda: closes(after=0), ""),
    "hangs up in the handshake": (lambda: closes(after=5, saying=HELLO_DONE), ""),
    "hangs in the handshake": (lambda: says(b""), "no answer in time"),
    "encrypted, but skips the login": (lambda: implicit(GOOD.context(), b"* PREAUTH hello\r\n"), "PREAUTH"),
    "encrypted, but says goodbye": (lambda: implicit(GOOD.context(), b"* BYE not now\r\n"), "not now"),
}
STARTTLS: dict[str, tuple[Callable[[], Behaviour], str]] = {
    "not offered": (lambda: starttls(GOOD.context(), capability=b"* CAPABILITY IMAP4rev1\r\n"), "STARTTLS"),
    "refused": (lambda: starttls(GOOD.context(), answer=b" NO not today\r\n"), "TLS"),
    "unknown": (lambda: starttls(GOOD.context(), answer=b" BAD what\r\n"), "BAD"),
    "goes on in plain text": (lambda: starttls(None), ""),
    "plain text behind the OK": (
        lambda: starttls(GOOD.context(), answer=b" OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"),
        "behind the server's STARTTLS",
    ),
    "plain text a moment later": (lambda: starttls(GOOD.context(), later=b"* OK hello\r\n"), ""),
    "hangs up after the OK": (lambda: starttls(GOOD.context(), answer=b" OK begin\r\n", later=b"!"), ""),
    "skips the login": (lambda: starttls(GOOD.context(), greeting=b"* PREAUTH hello\r\n"), "PREAUTH"),
    "wrong name": (lambda: starttls(Identity("mail.else.example", issuer=ROOT).context()), "IP address mismatch"),
    "expired": (lambda: starttls(Identity(issuer=ROOT, ends=NOW - DAY).context()), "expired"),
    "TLS 1.1 at most": (lambda: starttls(GOOD.context(newest=ssl.TLSVersion.TLSv1_1)), "no encrypted connection"),
}
CASES = [
    *(pytest.param("implicit", *case, id=f"T69-implicit: {name}") for name, case in IMPLICIT.items()),
    *(pytest.param("starttls", *case, id=f"T69-starttls: {name}") for name, case in STARTTLS.items()),
]


@pytest.mark.parametrize(("kind", "behaviour", "said"), CASES)
def test_t69_a_bad_server_hears_no_letter_of_the_password(
    ca: Path, kind: str, behaviour: Callable[[], Behaviour], said: str
) -> None:
    with Trap(behaviour()) as trap:
        told = ask(trap, tls=kind, tls_ca_file=ca)
    assert heard(trap) == []
    assert told.startswith("127.0.0.1: ")
    assert said in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("kind", ["implicit", "starttls"])
def test_t69_the_listening_connection_is_as_careful(kind: str) -> None:
    context = GOOD.context()
    with Trap(implicit(context) if kind == "implicit" else starttls(context)) as trap:
        box = imap.open(Settings("127.0.0.1", USER, PASSWORD, port=trap.port, tls=kind))  # type: ignore[arg-type]
        with pytest.raises(Temporary, match="not to be trusted"):
            box.wait(1)
        box.close()
    assert heard(trap) == []


# --- the harness would notice: good servers do hear it ---


@pytest.mark.parametrize("kind", ["implicit", "starttls"])
def test_a_good_server_hears_the_password(ca: Path, kind: str) -> None:
    context = GOOD.context()
    with Trap(implicit(context) if kind == "implicit" else starttls(context)) as trap:
        assert ask(trap, tls=kind, tls_ca_file=ca) == ""
    assert [USER.encode(), PASSWORD.encode()] == heard(trap)[:2]


def test_without_tls_this_machine_hears_the_password() -> None:
    with Trap(starttls(None)) as trap:
        box = imap.open(Settings("127.0.0.1", USER, PASSWORD, port=trap.port, tls="none"))
        box.close()
        ask(trap, tls="none")
    assert PASSWORD.encode() in heard(trap)


# --- a pinned certificate ---


@pytest.mark.parametrize("kind", ["implicit", "starttls"])
@pytest.mark.parametrize("written_as", [str, str.upper, lambda pin: pin[:7] + ":".join(_pairs(pin[7:]))])
def test_the_pinned_certificate_is_enough_whatever_it_says(kind: str, written_as: Callable[[str], str]) -> None:
    """Its name is another, its time is over and nobody vouches for it; but it is the one that the operator named."""
    context = ALONE.context()
    pin = written_as(fingerprint(context))
    with Trap(implicit(context) if kind == "implicit" else starttls(context)) as trap:
        assert ask(trap, tls=kind, tls_fingerprint="sha256" + pin[6:]) == ""
    assert PASSWORD.encode() in heard(trap)


@pytest.mark.parametrize("kind", ["implicit", "starttls"])
def test_t69_another_certificate_than_the_pinned_one_is_told_with_its_fingerprint(kind: str) -> None:
    """Even one that names the host and that an authority vouches for."""
    context, pin = GOOD.context(), fingerprint(ALONE.context())
    with Trap(implicit(context) if kind == "implicit" else starttls(context)) as trap:
        told = ask(trap, tls=kind, tls_fingerprint=pin)
    assert told == f"127.0.0.1: its certificate is not the pinned one, but has the fingerprint {fingerprint(context)}"
    assert heard(trap) == []


@pytest.mark.parametrize("kind", ["implicit", "starttls"])
def test_an_untrusted_certificate_is_told_with_its_fingerprint(kind: str) -> None:
    context = ALONE.context()
    with Trap(implicit(context) if kind == "implicit" else starttls(context)) as trap:
        told = ask(trap, tls=kind)
        assert ask(trap, tls=kind, tls_fingerprint=fingerprint(context)) == ""
    assert f"(its fingerprint is {fingerprint(context)};" in told


def test_a_pin_does_not_allow_old_tls() -> None:
    context = ALONE.context(newest=ssl.TLSVersion.TLSv1_1)
    with Trap(implicit(context)) as trap:
        assert "no encrypted connection" in ask(trap, tls_fingerprint=fingerprint(ALONE.context()))
    assert heard(trap) == []


@pytest.mark.parametrize(
    "pin", ["sha256:", "sha256:" + "0" * 63, "sha1:" + "0" * 40, "0" * 64, "sha256:" + "g" * 64, "sha256:" + ":" * 80]
)
def test_what_is_no_fingerprint_is_refused_at_the_start(pin: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        Settings("imap.example.org", USER, PASSWORD, tls_fingerprint=pin)


@pytest.mark.parametrize("other", [{"tls_ca_file": Path("ca.pem")}, {"tls": "none", "host": "127.0.0.1"}])
def test_a_pin_beside_something_that_it_replaces_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="neither with"):
        Settings(**{"host": "imap.example.org", "user": USER, "password": PASSWORD, **other, "tls_fingerprint": PIN})


PIN = "sha256:" + "0" * 64


class TestThePinCannotBeForgotten:
    """However the context is used: not by asking for no handshake, nor by another way than sockets."""

    def test_without_a_handshake_asked_for(self) -> None:
        with (
            Trap(implicit(ALONE.context())) as trap,
            socket.create_connection(("127.0.0.1", trap.port), timeout=5) as plain,
            pytest.raises(tls.WrongPin),
        ):
            tls.context(pin=PIN).wrap_socket(plain, do_handshake_on_connect=False).sendall(PASSWORD.encode())
        assert heard(trap) == []

    def test_on_a_socket_that_connects_later(self) -> None:
        with (
            Trap(implicit(ALONE.context())) as trap,
            tls.context(pin=PIN).wrap_socket(socket.socket(), server_hostname="x") as later,
            pytest.raises(tls.WrongPin),
        ):
            later.connect(("127.0.0.1", trap.port))
        assert heard(trap) == []

    def test_in_memory(self) -> None:
        with pytest.raises(NotImplementedError):
            tls.context(pin=PIN).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())

    def test_a_context_for_looking_trusts_nothing(self) -> None:
        with (
            Trap(implicit(GOOD.context())) as trap,
            socket.create_connection(("127.0.0.1", trap.port), timeout=5) as plain,
            pytest.raises(tls.WrongPin),
        ):
            tls.looking().wrap_socket(plain, server_hostname="127.0.0.1")
        assert heard(trap) == []


def test_the_usual_context_verifies_and_is_not_old() -> None:
    made = tls.context()
    assert (made.verify_mode, made.check_hostname, made.minimum_version) == (
        ssl.CERT_REQUIRED,
        True,
        ssl.TLSVersion.TLSv1_2,
    )


@pytest.mark.parametrize(("content", "said"), [(None, "No such file or directory"), (b"x", "holds no certificates")])
def test_authorities_that_cannot_be_read_are_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(Temporary, match=f"ca.pem: {said}"):
        tls.context(tmp_path / "ca.pem")


# --- without TLS, only this machine ---


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_this_machine_may_be_spoken_to_in_plain_text(host: str) -> None:
    assert Settings(host, USER, PASSWORD, tls="none").host == host


@pytest.mark.parametrize(
    "host", ["imap.example.org", "127.0.0.1.example.org", "10.0.0.1", "0.0.0.0", "localhost.", "2130706433", ""]
)
def test_another_machine_may_not(host: str) -> None:
    with pytest.raises(ValueError, match="only to this machine"):
        Settings(host, USER, PASSWORD, tls="none")


def test_a_localhost_that_is_another_machine_gets_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine's own table of names is wrong."""
    monkeypatch.setattr(_login, "_is_loopback", lambda _host: False)
    with Trap(starttls(None, capability=CAPABILITY)) as trap:
        told = ask(trap, tls="none", host="localhost")
    assert "another machine" in told
    assert heard(trap) == []


# --- copies to other places ---


def send_a_copy(trap: Trap) -> str:
    target = webhook.open(webhook.Settings(f"https://127.0.0.1:{trap.port}/in", PASSWORD))
    try:
        target.send(copy(), again=False)
    except Temporary as trouble:
        return str(trouble)
    return ""


def test_a_copy_goes_to_nobody_who_does_not_prove_to_be_the_receiver() -> None:
    with Trap(implicit(GOOD.context(), b"HTTP/1.1 204 Done\r\n\r\n")) as trap:
        told = send_a_copy(trap)
    assert "certificate" in told
    assert trap.heard == b""


def test_a_copy_goes_to_one_whom_the_system_trusts(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control; and no secret goes with it, only what was signed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    with Trap(implicit(GOOD.context(), b"HTTP/1.1 204 Done\r\n\r\n")) as trap:
        assert send_a_copy(trap) == ""
    assert trap.heard.startswith(b"POST /in ")
    assert PASSWORD.encode() not in trap.heard


def test_an_address_with_a_password_is_refused() -> None:
    with pytest.raises(ValueError, match="would show its password"):
        webhook.Settings(f"https://ann:{PASSWORD}@other.example/", "s3cret")


# --- nobody makes a context of their own ---


def test_every_encrypted_connection_is_made_by_one_module() -> None:
    source = Path(tls.__file__).parent
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if {*_called(ast.parse(path.read_text()))}
        & {"ssl.create_default_context", "ssl.SSLContext", "ssl._create_unverified_context", "ssl.CERT_NONE"}
    }
    assert found - {"demo/inbox.py"} == {"tls.py"}, "the demo's inbox is a server; all others ask mailpost.tls"


def _called(tree: ast.Module) -> Iterator[str]:
    """What is called, and every constant of a module."""
    for node in ast.walk(tree):
        name = node.func if isinstance(node, ast.Call) else node
        if isinstance(name, ast.Attribute) and (isinstance(node, ast.Call) or name.attr.isupper()):
            yield ast.unparse(name)


def _pairs(digits: str) -> Iterator[str]:
    return (digits[at : at + 2] for at in range(0, len(digits), 2))

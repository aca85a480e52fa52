"""Mail servers that nobody should log in to, and some that are fine; each keeps every byte it could read."""

import contextlib
import functools
import socket
import ssl
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, signed by `issuer` or by itself."""

    name: str = "127.0.0.1"
    issuer: "Identity | None" = None
    authority: bool = False
    begins: datetime = NOW - 30 * DAY
    ends: datetime = NOW + 30 * DAY
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH
    named: bool = True  # in the field that counts (SAN), not only in the subject
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def subject(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])

    @functools.cached_property
    def certificate(self) -> x509.Certificate:
        issuer = self.issuer or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(issuer.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.begins)
            .not_valid_after(self.ends)
            .add_extension(x509.BasicConstraints(ca=self.authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        if self.authority:
            builder = builder.add_extension(SIGNS, critical=True)
        else:
            builder = builder.add_extension(x509.ExtendedKeyUsage([self.usage]), critical=False)
        if self.named and not self.authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([_general(self.name)]), critical=False)
        return builder.sign(issuer.key, hashes.SHA256())

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def context(self, *, ciphers: str = "", newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """A server's context with this certificate, its issuer's behind it."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
        if newest is not None:
            with warnings.catch_warnings(action="ignore"):  # of what is old
                made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
                made.maximum_version = newest
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain = self.pem() + (self.issuer.pem() if self.issuer and self.issuer.issuer else b"")
        with tempfile.NamedTemporaryFile() as file:
            file.write(key + chain)
            file.flush()
            made.load_cert_chain(file.name)
        return made


SIGNS = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Trap:
    """A server on loopback. `behave` is what it does with a connection; `heard` all that it could read, TLS or not."""

    def __init__(self, behave: "Behaviour") -> None:
        self.behave = behave
        self.heard = b""
        self.handshakes = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._serve)
        return self

    def __exit__(self, *_: object) -> None:
        """What the last connection still had to say is read first, so that nothing heard is missed."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(3)
        for connection in self._open:
            connection.close()

    def encrypt(self, connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        encrypted = context.wrap_socket(connection, server_side=True)
        self._open.append(encrypted)
        self.handshakes += 1
        return encrypted

    def lines(self, connection: socket.socket) -> Iterable[bytes]:
        """What is said, line by line; the rest of what comes is heard, too."""
        rest = b""
        with contextlib.suppress(OSError):
            while data := connection.recv(65536):
                self.heard += data
                *whole, rest = (rest + data).split(b"\n")
                yield from (line.strip() for line in whole)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.settimeout(5)
            self._open.append(connection)
            self._start(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.behave(self, connection)
        for each in self._open:
            if each.fileno() == connection.fileno():
                each.close()
        connection.close()


Behaviour = Callable[[Trap, socket.socket], None]

CAPABILITY = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n"
ANSWERS = {
    b"CAPABILITY": CAPABILITY,
    b"SELECT": b"* FLAGS ()\r\n* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n",
    b"UID": b"* SEARCH\r\n",
}


def speak(trap: Trap, connection: socket.socket, greeting: bytes = b"* OK hello\r\n") -> None:
    """A mail server that lets everybody in."""
    if greeting:
        connection.sendall(greeting)
    for line in trap.lines(connection):
        tag, command, *_ = [*line.split(b" "), b"", b""]
        connection.sendall(ANSWERS.get(command.upper(), b"") + tag + b" OK done\r\n")


def refuses(answer: bytes) -> Behaviour:
    """Lets nobody in, and says after `answer` what it heard."""

    def behave(trap: Trap, connection: socket.socket) -> None:
        connection.sendall(b"* OK hello\r\n")
        for line in trap.lines(connection):
            tag, command, *_ = [*line.split(b" "), b"", b""]
            refusal = command.upper() in (b"LOGIN", b"AUTHENTICATE")
            said = answer + b" to " + line if refusal else b"OK done"
            connection.sendall((CAPABILITY if command.upper() == b"CAPABILITY" else b"") + tag + b" " + said + b"\r\n")

    return behave


def implicit(context: ssl.SSLContext, greeting: bytes = b"* OK hello\r\n") -> Behaviour:
    return lambda trap, connection: speak(trap, trap.encrypt(connection, context), greeting)


def starttls(
    context: ssl.SSLContext | None,
    *,
    greeting: bytes = b"* OK hello\r\n",
    capability: bytes = CAPABILITY,
    answer: bytes = b" OK begin\r\n",
    later: bytes = b"",
) -> Behaviour:
    """`answer` comes behind the tag of STARTTLS, `later` a moment after it; without a context it goes on in plain text."""

    def behave(trap: Trap, connection: socket.socket) -> None:
        connection.sendall(greeting)
        for line in trap.lines(connection):
            tag, command, *_ = [*line.split(b" "), b"", b""]
            if command.upper() == b"CAPABILITY":
                connection.sendall(capability + tag + b" OK done\r\n")
            elif command.upper() == b"STARTTLS":
                connection.sendall(tag + answer)
                if later:
                    time.sleep(0.1)
                    connection.sendall(later)
                if context is not None and b" OK" in answer:
                    speak(trap, trap.encrypt(connection, context), b"")
                    return
            else:
                connection.sendall(tag + b" OK done\r\n")

    return behave


def says(what: bytes) -> Behaviour:
    """These bytes, whatever it hears; then it listens until the other side goes."""

    def behave(trap: Trap, connection: socket.socket) -> None:
        connection.sendall(what)
        for _ in trap.lines(connection):
            pass

    return behave


def closes(*, after: int, saying: bytes = b"") -> Behaviour:
    """Hangs up when it has read so many bytes."""

    def behave(trap: Trap, connection: socket.socket) -> None:
        if after:
            trap.heard += connection.recv(after)
        connection.sendall(saying)

    return behave


def written(folder: Path, identity: Identity) -> Path:
    path = folder / "ca.pem"
    path.write_bytes(identity.pem())
    return path

"""Into an IMAP server: an encrypted connection, checked before it hears a word of ours, and the login."""

import ipaddress
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from mailpost import tls
from mailpost.errors import Temporary

CONNECT, READ = 15, 60  # seconds
CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # imaplib would send it as it is, and a line end begins another command

# What imapclient and the socket raise; which of it waiting cannot help, nobody can tell.
TROUBLE = (IMAPClientError, OSError, MemoryError, ValueError)


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    tls_ca_file: Path | None = None
    tls_fingerprint: str = ""

    def __post_init__(self) -> None:
        for key in ("host", "user", "password"):
            if CONTROL.search(getattr(self, key)):
                raise ValueError(f"`{key}` holds a control character")
        if self.tls == "none" and not (self.host == "localhost" or _is_loopback(self.host)):
            raise ValueError('with tls = "none" a password is sent only to this machine itself')
        if self.tls_fingerprint:
            tls.digest(self.tls_fingerprint)
            if self.tls == "none" or self.tls_ca_file:
                raise ValueError('`tls_fingerprint` goes neither with `tls_ca_file` nor with tls = "none"')


def connect(server: Server) -> IMAPClient:
    """A new connection, logged in. Raises `Temporary` and what is in `TROUBLE`."""
    try:
        return _connect(server, tls.context(server.tls_ca_file, server.tls_fingerprint))
    except ssl.SSLCertVerificationError as problem:
        raise Temporary(f"{server.host}: {words(problem)}{_seen(server)}") from problem


def words(problem: BaseException) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {problem.verify_message}"
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    if reason := isinstance(problem, ssl.SSLError) and getattr(problem, "reason", None):
        return f"no encrypted connection: {reason.lower().replace('_', ' ')}"
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__


def _seen(server: Server) -> str:
    """A second look at a certificate that is not trusted, for an operator who knows that it is the right one."""
    try:
        _connect(server, tls.looking())
    except tls.WrongPin as look:
        return f" (its fingerprint is {look.seen}; if that is your server's own, name it in tls_fingerprint)"
    except (*TROUBLE, Temporary):
        return ""
    raise AssertionError("a context that trusts nothing was content")


def _connect(server: Server, context: ssl.SSLContext) -> IMAPClient:
    client = IMAPClient(
        server.host,
        port=server.port,
        ssl=server.tls == "implicit",
        ssl_context=context if server.tls == "implicit" else None,
        timeout=SocketTimeout(connect=CONNECT, read=READ),
    )
    try:
        # imapclient makes imaplib format every byte for a debug log: ten times the time and four times the memory.
        client._imap.debug = 0  # noqa: SLF001
        client.normalise_times = False
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _encrypt(client, server, context)
        _log_in(client, server)
    except BaseException:
        with suppress(Exception):
            client.shutdown()
        raise
    return client


def _encrypt(client: IMAPClient, server: Server, context: ssl.SSLContext) -> None:
    if client._imap.state == "AUTH":  # noqa: SLF001
        raise Temporary(f"{server.host}: the server skips the login (PREAUTH), which a stranger could fake")
    if server.tls == "starttls":
        client.starttls(ssl_context=_Gate(client, server, context))
    elif server.tls == "none" and not _is_loopback(client.socket().getpeername()[0]):
        raise Temporary(f"{server.host} is another machine, and nothing goes there without TLS")


class _Gate:
    """Takes the context's place at STARTTLS: no handshake while something of the plain conversation is left.

    What was sent behind the server's OK would be read as said under TLS, and a stranger may have sent it.
    """

    def __init__(self, client: IMAPClient, server: Server, context: ssl.SSLContext) -> None:
        self.client, self.server, self.context = client, server, context

    def wrap_socket(self, sock: socket.socket, server_hostname: str) -> ssl.SSLSocket:
        if _left_over(self.client._imap, sock):  # noqa: SLF001
            raise Temporary(f"{self.server.host}: somebody put words behind the server's STARTTLS")
        return self.context.wrap_socket(sock, server_hostname=server_hostname)


def _left_over(imap: Any, sock: socket.socket) -> bool:
    patience = sock.gettimeout()
    sock.setblocking(False)
    try:
        # imaplib has its own buffer since Python 3.14.
        read = imap._readbuf if hasattr(imap, "_readbuf") else imap.file.peek(1)  # noqa: SLF001
        return bool(read) or bool(sock.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        sock.settimeout(patience)


def _log_in(client: IMAPClient, server: Server) -> None:
    try:
        if f"{server.user}{server.password}".isascii():
            client.login(server.user, server.password)
        else:
            client.plain_login(server.user, server.password)
    except LoginError as problem:
        # The same class for a wrong password and a lost connection; only the code tells them apart.
        refused = "AUTHENTICATIONFAILED" in str(problem).upper()
        said = words(problem).replace(server.password, "***")
        what = "user name or password refused" if refused else f"logging in failed: {said}"
        # Not "from": what the server said may repeat the password.
        raise Temporary(f"{server.host}: {what}", retry_after=300 if refused else 30) from None
    client._cached_capabilities = None  # noqa: SLF001 - what it said before the login may be less than it can do


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False

"""The one way to an encrypted connection. The context itself checks, so that nobody who uses it can forget to."""

import hashlib
import hmac
import re
import socket
import ssl
from pathlib import Path
from typing import Any, Self

from mailpost.errors import Temporary

PIN = re.compile(r"sha256:((?:[0-9a-f]{2}:?){31}[0-9a-f]{2})", re.IGNORECASE)
OLDEST = ssl.TLSVersion.TLSv1_2


class WrongPin(ssl.SSLError):
    """Another certificate than the pinned one; `seen` is its fingerprint."""

    def __init__(self, seen: str) -> None:
        super().__init__(ssl.SSL_ERROR_SSL, f"its certificate is not the pinned one, but has the fingerprint {seen}")
        self.seen = seen


def context(ca_file: Path | None = None, pin: str = "") -> ssl.SSLContext:
    """For clients. Raises `Temporary` where the authorities cannot be read, `ValueError` for what is no pin.

    The certificate must be for the host's name, for servers, valid today, and vouched for by an authority of `ca_file`, or
    of the system. With a pin it must be exactly that certificate, whatever it says about itself and whoever vouches for it.
    """
    if pin:
        return _Pinning(digest(pin))
    try:
        made = ssl.create_default_context(cafile=ca_file)
    except OSError as problem:
        raise Temporary(f"{ca_file}: {_why(problem)}") from problem
    made.minimum_version = OLDEST
    return made


def looking() -> ssl.SSLContext:
    """A context with which no handshake ever ends well: `WrongPin` says what was seen, and nothing was sent."""
    return _Pinning(b"")


def digest(pin: str) -> bytes:
    """What a pin pins. Written as openssl prints it: `sha256:` and 32 bytes in hexadecimal, colons or none."""
    found = PIN.fullmatch(pin.strip())
    if found is None:
        raise ValueError('a fingerprint is "sha256:" and 64 hexadecimal digits')
    return bytes.fromhex(found[1].replace(":", ""))


class _Checked(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        super().do_handshake(block)
        seen = hashlib.sha256(self.getpeercert(binary_form=True) or b"").digest()
        pinning = self.context
        if not isinstance(pinning, _Pinning) or not hmac.compare_digest(seen, pinning.expected):
            raise WrongPin(f"sha256:{seen.hex()}")


class _Pinning(ssl.SSLContext):
    """Instead of names and authorities, one certificate. A handshake is always made, and always ends in the check."""

    sslsocket_class = _Checked
    expected: bytes

    def __new__(cls, _expected: bytes) -> Self:
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, expected: bytes) -> None:
        self.expected = expected
        self.minimum_version = OLDEST
        self.check_hostname = False
        self.verify_mode = ssl.CERT_NONE

    def wrap_socket(self, sock: socket.socket, *_: Any, **options: Any) -> ssl.SSLSocket:
        # Without the handshake now, the first byte sent would bring about one that nobody looks at.
        return super().wrap_socket(sock, server_hostname=options.get("server_hostname"))

    def wrap_bio(self, *_: Any, **__: Any) -> ssl.SSLObject:
        raise NotImplementedError("a pin is looked at on sockets only")


def _why(problem: OSError) -> str:
    return "holds no certificates" if isinstance(problem, ssl.SSLError) else problem.strerror or str(problem)

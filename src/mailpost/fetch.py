"""The one way to what stands on the web at an address that somebody else has written.

Whoever writes an address must not be able to make this machine knock at doors that only it can reach. So: https alone,
names alone, each resolved once; all its addresses must be public, and one of these very addresses is connected to,
whatever the name server would say a moment later. A redirect is looked at as if it were the first address. No
cookies, passwords, referrers or proxies. All of it together ends in time, however slowly it drips.
"""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import quote, urljoin

from mailpost import __version__, tls
from mailpost.errors import Temporary
from mailpost.media.studio import NotFetched

HTTPS = 443
SECONDS = 10.0
LARGEST = 10 * 1024 * 1024
TOGETHER = 25 * 1024 * 1024  # bytes of all pictures of a mail: as much as it may bring itself
REDIRECTS = 3
TRIES = 4  # addresses of a name
PIECE = 64 * 1024
MOVED = frozenset({301, 302, 303, 307, 308})
URL = re.compile(r"https://([^/?#:@\[\]]{1,253})(?::443)?((?:[/?][^#]{0,2048})?)(?:#.{0,2048})?", re.IGNORECASE)
# Its last label has no digits: what looks like a number in any spelling is none.
NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])")
KEPT = "/?%:=&~+!$,;'@()*"  # in a path and a query; everything else is escaped

UNICAST = IPv6Network("2000::/3")
TRANSLATED = IPv6Network("64:ff9b::/96")  # an IPv4 address on a network that has none (RFC 6052)
# Global in the eyes of some version of Python, but nobody's server.
SPECIAL = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocols; the inside of one cloud
            "192.88.99.0/24",  # relays of 6to4
            "168.63.129.16/32",  # the inside of another cloud
            "2001::/23",  # Teredo and other protocols
            "2002::/16",  # 6to4, with an IPv4 address inside
            "3fff::/20",  # documentation
        ),
    )
)

Address = IPv4Address | IPv6Address


def is_public(address: Address) -> bool:
    """Can this be somebody's server on the internet?"""
    if address in TRANSLATED:
        address = IPv4Address(int(address) & 0xFFFF_FFFF)
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    special = address.is_multicast or any(address in network for network in SPECIAL)
    return address.is_global and not special


def dial(address: Address, seconds: float) -> socket.socket:
    return socket.create_connection((str(address), HTTPS), seconds)


trust = cache(tls.context)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`url` is where it was in the end, `type` what its server calls it, which proves nothing."""

    url: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Fetcher:
    """`resolve` gives all addresses of a name in so many seconds, or raises `Temporary`. The rest is for tests to replace."""

    resolve: Callable[[str, float], Sequence[str]]
    public: Callable[[Address], bool] = is_public
    dial: Callable[[Address, float], socket.socket] = dial
    trust: Callable[[], ssl.SSLContext] = trust

    def get(self, url: str, *, accept: str = "*/*", largest: int = LARGEST, seconds: float = SECONDS) -> Fetched:
        """What stands at an address, of at most `largest` bytes, in `seconds` altogether; raises `NotFetched`."""
        until = time.monotonic() + seconds
        try:
            for _ in range(1 + REDIRECTS):
                found = self._ask(url, accept, largest, until)
                if isinstance(found, Fetched):
                    return found
                url = urljoin(url, found)
        except TimeoutError as problem:
            raise NotFetched("its server did not answer in time") from problem
        except ssl.SSLCertVerificationError as problem:
            raise NotFetched("its server does not prove that it is the one that was asked for") from problem
        except OSError as problem:
            raise NotFetched("its server broke off, or does not speak https") from problem
        except (http.client.HTTPException, ValueError) as problem:
            raise NotFetched("its server does not speak http as it should") from problem
        raise NotFetched(f"it has moved more than {REDIRECTS} times")

    def _ask(self, url: str, accept: str, largest: int, until: float) -> Fetched | str:
        """What stands at this address, or where else to look."""
        host, target = split(url)
        with self._connected(host, until) as door:
            wire = _Wire(door, until)
            wire.send(
                f"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mailpost/{__version__}\r\nAccept: {accept}\r\n"
                "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
            )
            with http.client.HTTPResponse(wire, method="GET") as answer:  # type: ignore[arg-type]  # all it wants of a socket
                answer.begin()
                if answer.status in MOVED:
                    return answer.headers.get("Location") or url
                if answer.status != http.client.OK:
                    raise NotFetched(f"its server answered with {answer.status}")
                if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise NotFetched("its server sent it compressed, which was not asked for")
                return Fetched(url, answer.headers.get_content_type(), _read(answer, largest))

    def _connected(self, host: str, until: float) -> ssl.SSLSocket:
        """A connection to one of the addresses of a name, whose certificate has been seen."""
        for address in self._addresses(host, until):
            share = _left(until) / 2
            try:
                door = self.dial(address, share)
            except OSError:
                continue
            with door:  # which TLS takes over
                door.settimeout(_left(until))
                return self.trust().wrap_socket(door, server_hostname=host)
        raise NotFetched("its server cannot be reached")

    def _addresses(self, host: str, until: float) -> Sequence[Address]:
        """All that the name has, if all are public: one that is not says that somebody is playing."""
        try:
            found = [ip_address(each) for each in self.resolve(host, _left(until))]
        except Temporary as problem:
            raise NotFetched("no name server told where its server is") from problem
        if not found:
            raise NotFetched("there is no server of this name")
        if not all(self.public(address) for address in found):
            raise NotFetched("its server is not on the public internet")
        return sorted(found, key=lambda address: address.version)[:TRIES]


@dataclass(slots=True)
class Pictures:
    """Fetches the pictures of one mail, which have so many `seconds` and bytes of `room` for all of them."""

    fetcher: Fetcher
    seconds: float
    room: int = TOGETHER

    def __call__(self, url: str) -> bytes:
        if self.seconds <= 0 or self.room <= 0:
            raise NotFetched("the pictures before it took all the time or room that a mail has")
        began = time.monotonic()
        largest, seconds = min(LARGEST, self.room), min(SECONDS, self.seconds)
        try:
            content = self.fetcher.get(url, accept="image/*", largest=largest, seconds=seconds).content
        finally:
            self.seconds -= time.monotonic() - began
        self.room -= len(content)
        return content


def split(url: str) -> tuple[str, str]:
    """The name of the server and what to ask it for, both in ASCII; raises `NotFetched` for all but plain https."""
    found = URL.fullmatch(url) if url.isprintable() and not {" ", "\\"} & set(url) else None
    if found is None:
        raise NotFetched("its address is not a plain one that begins with https://")
    try:
        host = found[1].encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = ""
    if not NAME.fullmatch(host):
        raise NotFetched("its address does not begin with the name of a server")
    target = quote(found[2], safe=KEPT)
    return host, target if target.startswith("/") else f"/{target}"


class _Wire(io.RawIOBase):
    """A connection on which every byte must have come before `until`, however slowly they follow one another."""

    def __init__(self, door: ssl.SSLSocket, until: float) -> None:
        self._door, self._until = door, until

    def send(self, request: str) -> None:
        self._door.settimeout(_left(self._until))
        self._door.sendall(request.encode("ascii"))

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._door.settimeout(_left(self._until))
        return self._door.recv_into(buffer)


def _read(answer: http.client.HTTPResponse, largest: int) -> bytes:
    """The body, if it is no longer than allowed and as long as its server said."""
    pieces, size = [], 0
    while piece := answer.read(PIECE) if size <= largest else b"":
        pieces.append(piece)
        size += len(piece)
    if size > largest or (answer.length or 0) > largest:
        raise NotFetched(f"it is larger than {largest:,} bytes")
    if answer.length:
        raise NotFetched("its server broke off")
    return b"".join(pieces)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left

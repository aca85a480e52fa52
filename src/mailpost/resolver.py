"""Questions to the domain name system: the public keys of those who sign mail, and where a server is."""

import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from mailpost.errors import Temporary

SECONDS = 5.0  # for one question
PATIENCE = 15.0  # seconds for all questions about one mail
QUESTIONS = 10  # about one mail
LONGEST = 600.0  # seconds for which an answer is kept
PORT = 53

Lookup = Callable[[str], bytes | None]


class Cache(dns.resolver.LRUCache):
    """Keeps answers for as long as they may be kept, but not for ever: a key that was missing may be there tomorrow."""

    def put(self, key: dns.resolver.CacheKey, value: dns.resolver.Answer) -> None:
        value.expiration = min(value.expiration, time.time() + LONGEST)
        super().put(key, value)


def lookups(nameservers: Sequence[str]) -> Callable[[], Lookup]:
    """Return what makes a new lookup for each mail, which has its own number of questions and time for them.

    A lookup returns the TXT record of a name, None where there is none; it raises `Temporary` where nobody answers.
    Without `nameservers`, addresses as `place` reads them, those of this machine are asked.
    """
    resolver: dns.resolver.Resolver | None = None

    def ask(name: dns.name.Name, seconds: float) -> dns.resolver.Answer:
        nonlocal resolver
        resolver = resolver or _resolver(nameservers)
        return resolver.resolve(name, "TXT", raise_on_no_answer=False, lifetime=seconds)

    def lookup() -> Lookup:
        asked, until = 0, 0.0

        def txt(name: str) -> bytes | None:
            nonlocal asked, until
            until = until or time.monotonic() + PATIENCE
            left = until - time.monotonic()
            asked += 1
            if asked > QUESTIONS or left <= 0:
                raise Temporary(f"no question is left for {name}, or no time")
            try:
                answer = ask(dns.name.from_text(name), min(SECONDS, left))
            except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
                return None
            except (dns.exception.DNSException, OSError, ValueError) as problem:
                raise Temporary(f"no name server answered for {name}") from problem
            texts = (b"".join(record.strings) for record in answer.rrset or ())
            return min(texts, key=lambda text: (not text.startswith(b"v=D"), text), default=None)

        return txt

    return lookup


def addresses(nameservers: Sequence[str]) -> Callable[[str, float], Sequence[str]]:
    """Return a function from a name to all its addresses, in so many seconds; `Temporary` where nobody answers."""
    resolver: dns.resolver.Resolver | None = None

    def find(name: str, seconds: float) -> Sequence[str]:
        nonlocal resolver
        try:
            resolver = resolver or _resolver(nameservers)
            found = resolver.resolve_name(dns.name.from_text(name), lifetime=min(SECONDS, seconds))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong, dns.name.NameTooLong):
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as problem:
            raise Temporary(f"no name server answered for {name}") from problem
        return tuple(found.addresses())

    return find


def place(nameserver: str) -> tuple[str, int]:
    """Address and port of a name server written as 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353."""
    host, colon, port = nameserver.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif not colon or ":" in host:
        host, port = nameserver, str(PORT)
    try:
        address, number = str(ip_address(host)), int(port)
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise ValueError(f"“{nameserver}” is not the address of a name server")
    return address, number


def _resolver(nameservers: Sequence[str]) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not nameservers)
    resolver.cache = Cache(1000)
    if nameservers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*place(each)) for each in nameservers]
    return resolver

"""Questions to the domain name system: the public keys of those who sign mail."""

import time
from collections.abc import Callable, Sequence

import dns.exception
import dns.resolver

from mailpost.errors import Temporary

SECONDS = 5.0
LONGEST = 600.0  # seconds


class Cache(dns.resolver.LRUCache):
    """Keeps answers for as long as they may be kept, but not for ever: a key that was missing may be there tomorrow."""

    def put(self, key: dns.resolver.CacheKey, value: dns.resolver.Answer) -> None:
        value.expiration = min(value.expiration, time.time() + LONGEST)
        super().put(key, value)


def lookup(nameservers: Sequence[str]) -> Callable[[str], bytes | None]:
    """Return a function from a name to its TXT record, None where there is none; `Temporary` where nobody answers.

    Without `nameservers` those of this machine are asked.
    """
    resolver: dns.resolver.Resolver | None = None

    def txt(name: str) -> bytes | None:
        nonlocal resolver
        try:
            if resolver is None:
                resolver = dns.resolver.Resolver(configure=not nameservers)
                resolver.lifetime = SECONDS
                resolver.cache = Cache(1000)
                if nameservers:
                    resolver.nameservers = list(nameservers)
            answer = resolver.resolve(name, "TXT", raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return None
        except (dns.exception.DNSException, OSError) as problem:
            raise Temporary(f"no name server answered for {name}") from problem
        for record in answer.rrset or ():
            return b"".join(record.strings)
        return None

    return txt

"""Questions to the domain name system: the public keys of those who sign mail."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import dns.exception
import dns.resolver

from mailpost.errors import Temporary

SECONDS = 5.0


def lookup(nameservers: Sequence[str]) -> Callable[[str], bytes | None]:
    """Return a function from a name to its TXT record, None where there is none; `Temporary` where nobody answers.

    Without `nameservers` those of this machine are asked.
    """
    resolver: dns.resolver.Resolver | None = None

    @lru_cache(maxsize=1000)
    def txt(name: str) -> bytes | None:
        nonlocal resolver
        try:
            if resolver is None:
                resolver = dns.resolver.Resolver(configure=not nameservers)
                resolver.lifetime = SECONDS
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

"""What vouches for the sender of a mail: signatures verified here, and the word of servers the operator trusts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailpost.envelope import Envelope
from mailpost.proof.alignment import aligned
from mailpost.proof.results import Results, Statement, Trusted, parse_results, trusted_results
from mailpost.proof.verify import Finding, Lookup, State, verify

__all__ = [
    "Lookup",
    "Results",
    "Statement",
    "Trusted",
    "Verdict",
    "names_blog",
    "parse_results",
    "prove",
    "trusted_results",
    "untagged",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody vouches that this mail comes from the domain it says.

    `by` is what `passed` rests on: "dkim:example.org", or "results:mx.example.net dkim", "… spf" or "… dmarc", the
    last where its verdict rests on nothing that we let count. `failed` is a trusted server's dmarc=fail, and
    `contradiction` that trusted servers, or fields in their name, and what was verified here disagree.
    `signed` are the lower-case names of the fields covered by what `by` names, none for SPF; `covered` the addresses
    in To and Cc among them. `temporary` means that DNS is in trouble and waiting helps. `weak` says why a signature
    in the sender's name does not count, where nothing passed. `fingerprints` are for telling a replay: one SHA-256
    for each signature that was looked at, whether it passed or could not be verified this time.
    """

    passed: bool = False
    by: str = ""
    failed: bool = False
    contradiction: bool = False
    signed: frozenset[str] = frozenset()
    covered: frozenset[str] = frozenset()
    temporary: bool = False
    weak: str = ""
    fingerprints: tuple[str, ...] = ()


def prove(raw: bytes, envelope: Envelope, trusted: Sequence[str], lookup: Lookup, received: datetime | None) -> Verdict:
    """Return what vouches for the sender.

    `trusted` are names or patterns of the servers whose Authentication-Results count, as `trusted_results` reads them. `lookup` returns the TXT record
    of a name, its strings joined, None where there is none, and raises Temporary where it cannot tell; it is asked
    about the sender's domain and its relatives only, about a dozen times at most. `received` is when the mail arrived, with
    its time zone; without it a signature that says when it expires does not count.
    """
    sender = envelope.sender.rpartition("@")[2]
    findings = verify(raw, sender, lookup, received) if envelope.signatures else ()
    servers = trusted_results(envelope.results, envelope.trace, trusted)
    verdict = _by_signature(findings) or _by_results(servers, findings, sender)

    # A server that applied the policy of the sender's domain at the door knows more than we do.
    failed = any(said.method == "dmarc" and said.result == "fail" for _, said in _statements(servers))
    contradiction = verdict.contradiction or servers.contradiction
    if failed or (contradiction and not verdict.by.startswith("dkim:")):
        verdict = Verdict()
    if not verdict.passed:
        later = any(finding.state is State.LATER for finding in findings)
        why = next((finding.why for finding in findings if finding.why), "")
        verdict = Verdict(temporary=later and not failed and not contradiction, weak=why)
    covered = verdict.covered & frozenset(envelope.recipients)
    return replace(verdict, failed=failed, contradiction=contradiction, covered=covered)


def names_blog(verdict: Verdict, envelope: Envelope, addresses: Collection[str]) -> bool:
    """Whether the sender meant this mail for one of `addresses`, tags after a plus sign aside.

    A genuine mail to somebody else can be sent on to the blog by anyone, and its signature stays good: the blog has to
    be in a To or Cc that is signed. SPF passes from the sender's own servers only, so there the recipients are good.
    """
    if verdict.by.endswith(" spf"):
        found: Collection[str] = (*envelope.recipients, *envelope.delivered_to)
    else:
        found = verdict.covered
    return any(untagged(address) in addresses for address in found)


def _by_signature(findings: Sequence[Finding]) -> Verdict | None:
    passed = [finding for finding in findings if finding.state is State.PASSED]
    if not passed:
        return None
    best = max(passed, key=lambda finding: len(finding.recipients))
    return Verdict(
        passed=True,
        by=f"dkim:{best.domain}",
        signed=best.names,
        covered=best.recipients,
        fingerprints=tuple(finding.fingerprint for finding in findings if finding.fingerprint),
    )


def _by_results(servers: Trusted, findings: Sequence[Finding], sender: str) -> Verdict:
    """Believe a trusted server, as far as the signatures it speaks of can be looked at here."""
    passes = [(server, said) for server, said in _statements(servers) if said.result == "pass"]
    keys = [(server, said) for server, said in passes if said.method == "dkim" and aligned(said.domain, sender)]
    for server, said in keys:
        # Which signature it means can be forged (header.b= is only its beginning), so all of that domain must do.
        meant = [finding for finding in findings if finding.domain in ("", said.domain)]
        if any(finding.state is State.FAILED for finding in meant):
            return Verdict(contradiction=True)
        if not any(finding.state is State.WEAK for finding in meant):
            return Verdict(
                passed=True,
                by=f"results:{server} dkim",
                signed=_common([finding.names for finding in meant]),
                covered=_common([finding.recipients for finding in meant]),
                fingerprints=tuple(finding.fingerprint for finding in meant if finding.fingerprint),
            )
    by_mailfrom = any(said.method == "spf" and aligned(said.domain, sender) for _, said in passes)
    for server, said in passes:
        if said.method == "dmarc" and said.domain == sender and (by_mailfrom or not keys):
            return Verdict(
                passed=True, by=f"results:{server} {'spf' if by_mailfrom and server in servers.spf else 'dmarc'}"
            )
    return Verdict()


def _statements(servers: Trusted) -> Iterator[tuple[str, Statement]]:
    for field in servers.block:
        for statement in field.statements:
            yield field.authserv_id, statement


def _common(sets: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*sets) if sets else frozenset()


def untagged(address: str) -> str:
    """An address without what stands behind a plus sign."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"

"""What one mail shows about its sender. Nothing is decided here, and nothing becomes of the mail."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache

from mailpost import mime
from mailpost.advice.providers import names_to_trust
from mailpost.author import Author, Require
from mailpost.authorise import ANSWER, address_of, authorise
from mailpost.blog import Blog
from mailpost.envelope import Envelope, read_envelope
from mailpost.errors import Refused, Temporary
from mailpost.proof import Results, Verdict, parse_results, prove, trusted_results
from mailpost.proof.alignment import aligned
from mailpost.proof.signature import Signature, read_signature
from mailpost.proof.verify import State, verify
from mailpost.read import Lookup, Rules

WORDS = tuple(word for word in Require if word is not Require.ASK)
METHODS = ("dkim", "spf", "dmarc")
# A name that may be shown, and pasted into a configuration.
SERVER = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,250}[a-z0-9])?")
DATE = 100  # characters

PROBE = "probe.invalid"
"""The domain that a probe says it proved, and the server in whose name it says so as well, which is never removed."""
PROBE_FIELD = "X-Mailpost-Probe"


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature in the sender's name and what came of it here; `bits` is 0 where the key is not RSA."""

    domain: str
    state: State
    why: str
    bits: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One mail, looked at: `name` and `mailbox` say where it lies, `posted` that it is a post already.

    Where it could not be read, `trouble` says why; `sender` is empty where it is no author, or a program wrote it.
    `blog` is where it was sent. `outcomes` says for each word of an author why the mail would not be posted, nothing
    where it would; there are none where it was sent elsewhere. `later` says that DNS is in trouble, and they are void.

    `servers` are the names in the topmost block of Authentication-Results from the top, "" for one that has no name,
    `said` their verdicts such as dkim=pass, and `trusted` those that the configuration trusts; `below` are the names
    further down. `believed` is the outcome under the author's own word if the topmost server were trusted; `spf` says
    that SPF alone is what would let the mail through then, or does now. `failed` is a trusted dmarc=fail. `altered`
    says that a server has seen a signature pass that does not any more. `forged` are the servers in whose name a
    probe speaks, and `probe` are the words of its own field.
    """

    name: str = ""
    mailbox: str = ""
    posted: bool = False
    trouble: str = ""
    sender: str = ""
    blog: str = ""
    signatures: tuple[Signed, ...] = ()
    strangers: frozenset[str] = frozenset()
    servers: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    trusted: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()
    outcomes: Mapping[Require, str] = field(default_factory=dict)
    believed: str = ""
    spf: bool = False
    failed: bool = False
    altered: bool = False
    later: bool = False
    forged: frozenset[str] = frozenset()
    probe: tuple[str, ...] = ()


def examine(raw: bytes, received: datetime | None, rules: Rules, lookup: Lookup) -> Evidence:
    """Look at one mail as if it had just come. Signatures are looked at in authors' own mail only."""
    header, _ = mime.split(raw)
    try:
        envelope = read_envelope(raw, received or _arrived(header))
    except Refused as refusal:
        return Evidence(trouble=str(refusal))
    if envelope.received is None:
        envelope = replace(envelope, received=envelope.sent)
    seen = Evidence(
        forged=frozenset(_name(parse_results(value)) for _, value in envelope.results if PROBE in value.lower()),
        probe=tuple(next(_values(header, PROBE_FIELD), "").split()),
    )
    authors = {address for blog in rules.blogs for author in blog.authors for address in author.addresses}
    if envelope.automatic or envelope.sender not in authors:
        return seen
    lookup = cache(lookup)  # three ask for the same keys
    seen = _signatures(raw, envelope, lookup, replace(seen, sender=envelope.sender))
    return _outcomes(raw, envelope, rules, lookup, _servers(envelope, rules.trusted_servers, seen))


def _signatures(raw: bytes, envelope: Envelope, lookup: Lookup, seen: Evidence) -> Evidence:
    """Add the signatures that could speak for the sender, and the domains of those that could not."""
    domain = envelope.sender.rpartition("@")[2]
    values = _values(mime.split(raw)[0], "DKIM-Signature")
    read = [found for value in values if (found := read_signature(value.encode())) is not None]
    bits = {each.domain: _bits(each) for each in read}
    findings = verify(raw, domain, lookup, envelope.received) if envelope.signatures else ()
    return replace(
        seen,
        signatures=tuple(Signed(each.domain, each.state, each.why, bits.get(each.domain, 0)) for each in findings),
        strangers=frozenset(each.domain for each in read if not aligned(each.domain, domain)),
    )


def _servers(envelope: Envelope, trusted: Sequence[str], seen: Evidence) -> Evidence:
    """Add what receiving servers wrote; the topmost block is what trust would be given to."""
    first = envelope.results[0][0] if envelope.results else 0
    hops = [hop for hop in envelope.trace if hop > first]
    read = [(number, found) for number, value in envelope.results if (found := parse_results(value)) is not None]
    block = [found for number, found in read if not hops or number < hops[0]]
    said = [each for found in block for each in found.statements if each.method in METHODS]
    broken = {signed.domain for signed in seen.signatures if signed.state is State.FAILED}
    servers = tuple(dict.fromkeys(map(_name, block)))
    return replace(
        seen,
        servers=servers,
        said=tuple(dict.fromkeys(f"{each.method}={each.result}" for each in said)),
        trusted=frozenset(map(_name, trusted_results(envelope.results, envelope.trace, trusted).block)),
        below=frozenset(_name(found) for _, found in read) - {*servers},
        altered=any(each.method == "dkim" and each.result == "pass" and each.domain in broken for each in said),
    )


def _outcomes(raw: bytes, envelope: Envelope, rules: Rules, lookup: Lookup, seen: Evidence) -> Evidence:
    """Add what would become of the mail under each word, and under the author's own if its server were trusted."""

    def proven(servers: Sequence[str]) -> Verdict:
        return prove(raw, envelope, servers, lookup, envelope.received)

    verdict = proven(rules.trusted_servers)
    names = names_to_trust(next(iter(seen.servers), ""))
    believed = proven([*rules.trusted_servers, *names]) if names else verdict
    by_spf = proven([*rules.trusted_servers, *(f"{name} spf" for name in names)]) if names else verdict
    seen = replace(seen, failed=verdict.failed, later=verdict.temporary)
    blog = _home(envelope, rules)
    if blog is None:
        return seen
    own = next(author for author in blog.authors if envelope.sender in author.addresses)
    return replace(
        seen,
        blog=blog.name,
        outcomes={word: _outcome(envelope, blog, replace(own, require=word), verdict) for word in WORDS},
        believed=_outcome(envelope, blog, own, believed),
        spf=by_spf.by.endswith(" spf") and not _outcome(envelope, blog, own, by_spf),
    )


def _home(envelope: Envelope, rules: Rules) -> Blog | None:
    """The blog a mail was sent to, if its sender may write there; an answer to a question is no post."""
    try:
        blog, tags = address_of(envelope, rules.blogs, rules.own)
    except Refused:
        return None
    written = any(envelope.sender in author.addresses for author in blog.authors)
    return blog if written and not any(ANSWER.fullmatch(tag) for tag in tags) else None


def _outcome(envelope: Envelope, blog: Blog, author: Author, verdict: Verdict) -> str:
    try:
        authorise(envelope, [replace(blog, authors=(author,))], blog.name, lambda: verdict)
    except (Refused, Temporary) as why:
        return str(why)
    return ""


def _bits(signature: Signature) -> int:
    """An RSA signature is as long as its key."""
    return len(signature.value.rstrip("=")) * 6 // 8 * 8 if signature.algorithm.startswith("rsa") else 0


def _name(found: Results | None) -> str:
    return found.authserv_id if found is not None and SERVER.fullmatch(found.authserv_id) else ""


def _values(header: bytes, name: str) -> Iterator[str]:
    for each in mime.fields(header):
        key, _, value = each.decode("utf-8", "replace").partition(":")
        if key.lower() == name.lower():
            yield value


def _arrived(header: bytes) -> datetime | None:
    """When the topmost server says that it received the mail: a file does not tell otherwise."""
    said = next(_values(header, "Received"), "").rpartition(";")[2].strip()
    try:
        moment = parsedate_to_datetime(said[:DATE])
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None

"""The signatures of a mail, verified here by rules narrower than the standard's (RFC 6376 and RFC 8463)."""

import hashlib
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from functools import cache, partial
from typing import Any

import dkim

from mailpost import mime
from mailpost.errors import Temporary
from mailpost.proof.alignment import aligned
from mailpost.proof.scan import addresses
from mailpost.proof.signature import Key, Signature, read_key, read_signature, read_tags

Lookup = Callable[[str], bytes | None]
Digest = Callable[[str], bytes]  # from a way of reading the body to the digest of what is read
Field = Sequence[bytes]  # name and value as they stand in the mail, folded

MOST_SIGNATURES = 5
SHORTEST_RSA = 1024
AHEAD = 3600  # seconds by which a sender's clock may be fast
ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}


class State(Enum):
    """What became of a signature."""

    PASSED = auto()
    FAILED = auto()
    """It is not what the domain signed."""
    WEAK = auto()
    """It may be genuine, but proves too little."""
    UNKNOWN = auto()
    """It cannot be verified here and now."""
    LATER = auto()
    """It cannot be verified before DNS answers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One signature in the sender's name, or one that cannot be read: then `domain` is empty.

    `names` are the fields it covers, `recipients` the addresses in those of To and Cc that it covers. `fingerprint`
    is the SHA-256 of the header it signs: unlike b= it cannot be spelled in two ways.
    """

    state: State
    domain: str = ""
    why: str = ""
    names: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    fingerprint: str = ""


def verify(raw: bytes, sender: str, lookup: Lookup, received: datetime | None) -> tuple[Finding, ...]:
    """Judge each signature that could speak for the domain `sender`, from the top of the mail.

    Strangers' domains are passed over before anything is looked up, so nobody can make us ask his DNS server.
    """
    header, body = mime.split(raw)
    try:
        mail = dkim.DKIM(header + b"\r\n", minkey=SHORTEST_RSA)
    except Exception:  # noqa: BLE001  # dkimpy's own errors and accidents alike mean that it cannot read the mail
        return (Finding(State.UNKNOWN, why="the header cannot be read"),)
    return tuple(_findings(mail, cache(partial(_digest, body)), sender, cache(lookup), received))


def _findings(mail: Any, digest: Digest, sender: str, lookup: Lookup, received: datetime | None) -> Iterator[Finding]:
    tried = 0
    present = {name.decode("ascii", "replace").lower() for name, _ in mail.headers}
    to = {name: frozenset().union(*(addresses(value) for value in _values(mail, name))) for name in ("to", "cc")}
    for field in mail.headers:
        if field[0].lower() != b"dkim-signature":
            continue
        signature = read_signature(field[1])
        if signature is None:
            yield Finding(State.UNKNOWN, why="a signature is malformed")
            continue
        if not aligned(signature.domain, sender):
            continue
        names = frozenset(signature.names)
        finding = Finding(
            State.WEAK,
            domain=signature.domain,
            why=_weakness(signature, present, received),
            names=names,
            recipients=frozenset().union(*(to[name] for name in names & to.keys())),
        )
        if not finding.why and tried == MOST_SIGNATURES:
            finding = replace(finding, state=State.UNKNOWN, why=f"more than {MOST_SIGNATURES} signatures")
        elif not finding.why:
            tried += 1
            state, why = _judge(mail, digest, signature, field, sender, lookup)
            finding = replace(finding, state=state, why=why, fingerprint=_fingerprint(mail, signature, field))
        yield finding


def _values(mail: Any, name: str) -> list[str]:
    return [value.decode("utf-8", "replace") for other, value in mail.headers if other.lower() == name.encode()]


def _weakness(signature: Signature, present: Collection[str], received: datetime | None) -> str:
    """Why a signature would prove too little even if it verified, empty where it would do."""
    if signature.algorithm not in ALGORITHMS:
        return f"the signature uses {signature.algorithm[:20]}"
    if signature.partial:
        return "the signature covers only the beginning of the body"
    # Whoever sends a mail on can add what is missing and not covered: then it is there. From and Date always are.
    needed = {"from", "date", *({"to", "cc", "subject"} & set(present))}
    missing = [name for name in ("from", "to", "cc", "subject", "date") if name in needed - set(signature.names)]
    if missing:
        return f"the signature does not cover {', '.join(missing)}"
    if signature.expires is not None and (received is None or received.timestamp() > signature.expires):
        return "the signature has expired"
    if signature.signed is not None and received is not None and signature.signed > received.timestamp() + AHEAD:
        return "the signature is dated after the mail arrived"
    return ""


def _judge(
    mail: Any, digest: Digest, signature: Signature, field: Field, sender: str, lookup: Lookup
) -> tuple[State, str]:
    """Look up the key, verify, and ask the sender's domain whether a relative may sign for it."""
    try:
        record = lookup(f"{signature.selector}._domainkey.{signature.domain}")
        key = read_key(record) if record else None
        if key is None or not key.key:
            # Keys are withdrawn after a while, so this does not say that the signature was never good.
            return State.UNKNOWN, "the key of the signature is not published"
        why = _key_weakness(key, signature)
        if why:
            return State.WEAK, why
        state, why = _run(mail, digest, signature, key, field)
        if state is State.PASSED and signature.domain != sender and _strict(sender, signature.domain, lookup):
            return State.WEAK, f"{sender} does not let {signature.domain} sign for it"
    except Temporary:
        return State.LATER, "the key of the signature could not be looked up"
    return state, why


def _key_weakness(key: Key, signature: Signature) -> str:
    if "y" in key.flags:
        return "the key is published for testing"
    if "s" in key.flags and signature.identity != signature.domain:
        return "the key does not speak for subdomains"
    if not {"*", "email"} & key.services:
        return "the key is not for email"
    if ALGORITHMS[signature.algorithm] != key.algorithm or "sha256" not in key.hashes:
        return "the key is for another algorithm"
    return ""


def _run(mail: Any, digest: Digest, signature: Signature, key: Key, field: Field) -> tuple[State, str]:
    """Compare the body's digest, and let dkimpy verify the header.

    Not by its `verify`: that judges t= and x= by the clock of this machine, and cannot tell a key it could not read
    from a signature that is wrong. It sees a key record and tags that we have read, in the one way they can be read.
    """
    record = f"v=DKIM1; k={key.algorithm}; p={key.key}".encode()
    tags = {
        b"a": signature.algorithm.encode(),
        b"c": signature.canonical.encode(),
        b"d": signature.domain.encode(),
        b"s": signature.selector.encode(),
        b"b": signature.value.encode(),
    }
    try:
        _, bits, _, _ = dkim.evaluate_pk(b"key", record)
        if key.algorithm == "rsa" and bits < SHORTEST_RSA:
            return State.WEAK, f"the key has only {bits} bits"
        if digest(signature.canonical.partition("/")[2]) != b64decode(signature.digest):
            return State.FAILED, "the body is not the one that was signed"
        names = [name.encode() for name in signature.names]
        genuine = mail.verify_sig(tags, names, field, lambda *_, **__: record)
    except Exception:  # noqa: BLE001  # it raises KeyError, AssertionError and others on odd keys
        return State.UNKNOWN, f"the {signature.algorithm} signature could not be verified"
    return (State.PASSED, "") if genuine else (State.FAILED, "the header is not the one that was signed")


def _digest(body: bytes, how: str) -> bytes:
    """SHA-256 of a body in the simple or the relaxed way (RFC 6376, sections 3.4.3 and 3.4.4).

    Both take a few times its size. dkimpy's own take the square of a run of spaces, and fifty times the size of many
    line ends.
    """
    body = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if how == "relaxed":
        body = body.replace(b"\t", b" ")
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = body.replace(b" \r\n", b"\r\n")
    kept = body.rstrip(b"\r\n")
    ends = body[len(kept) :]
    if ends.endswith(b"\r"):
        kept = body
    else:
        kept += ends[: ends.rfind(b"\r\r") + 1]  # a bare CR is text
    return hashlib.sha256(b"" if how == "relaxed" and not kept else kept + b"\r\n").digest()


def _fingerprint(mail: Any, signature: Signature, field: Field) -> str:
    digest = hashlib.sha256()
    canonical = dkim.CanonicalizationPolicy.from_c_value(signature.canonical.encode())
    names = [name.encode() for name in signature.names]
    headers = canonical.canonicalize_headers(mail.headers)
    dkim.hash_headers(digest, canonical, headers, names, field, {})
    return digest.hexdigest()


def _strict(sender: str, domain: str, lookup: Lookup) -> bool:
    """Whether the DMARC record asks that only the sender's own domain signs (RFC 7489, sections 6.3 and 6.6.3)."""
    for name in sorted({sender, min(sender, domain, key=len)}, key=len, reverse=True):
        tags = read_tags(lookup(f"_dmarc.{name}") or b"")
        if tags and tags.get("v") == "DMARC1":
            return tags.get("adkim", "r").lower() == "s"
    return False

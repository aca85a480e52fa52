"""What a DKIM-Signature field and a key record say (RFC 6376, sections 3.2, 3.5 and 3.6.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# dkimpy looks for b= with a pattern whose time grows with the square of a run of white space.
LONGEST_GAP = re.compile(rb"\s{100}")
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
FIELD_NAME = re.compile(r"[!-9;-~]+")
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
CANONICAL = frozenset({"simple", "relaxed", "simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"})
MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature field.

    `domain`, `selector` and `names`, the fields it covers in its own order, are lower-case; `identity` is the domain
    of i=. `signed` and `expires` are seconds since 1970. `partial` says that it covers only the beginning of the body.
    """

    domain: str
    selector: str
    algorithm: str
    names: tuple[str, ...]
    canonical: str
    digest: str
    value: str
    identity: str
    signed: int | None
    expires: int | None
    partial: bool


@dataclass(frozen=True, slots=True)
class Key:
    """A key record. `key` is base64, empty where it was revoked; `flags` and `services` are as published."""

    algorithm: str
    key: str
    flags: frozenset[str]
    services: frozenset[str]
    hashes: frozenset[str]


def read_signature(value: bytes) -> Signature | None:
    """Read the value of a field, folded or not; None where it is not sound in every tag we rely on."""
    if LONGEST_GAP.search(value):
        return None
    tags = read_tags(value)
    if tags is None or tags.get("v") != "1" or not {"a", "b", "bh", "d", "h", "s"} <= tags.keys():
        return None
    domain, selector = tags["d"].lower(), tags["s"].lower()
    identity = tags.get("i", f"@{domain}").rpartition("@")[2].lower()
    names = tuple(name.strip().lower() for name in tags["h"].split(":"))
    digest, signature = ("".join(tags[name].split()) for name in ("bh", "b"))
    times = [tags[name] for name in ("t", "x") if name in tags]
    if (
        not (DOMAIN.fullmatch(domain) and DOMAIN.fullmatch(selector))
        or (identity != domain and not identity.endswith(f".{domain}"))
        or len(names) > MOST_NAMES
        or not all(FIELD_NAME.fullmatch(name) for name in names)
        or not (BASE64.fullmatch(digest) and BASE64.fullmatch(signature))
        or tags.get("c", "simple") not in CANONICAL
        or "dns/txt" not in tags.get("q", "dns/txt").split(":")
        or not all(time.isascii() and time.isdigit() and len(time) <= 12 for time in times)
    ):
        return None
    signed, expires = (int(tags[name]) if name in tags else None for name in ("t", "x"))
    if expires is not None and signed is not None and expires <= signed:
        return None
    return Signature(
        domain=domain,
        selector=selector,
        algorithm=tags["a"].lower(),
        names=names,
        canonical=tags.get("c", "simple"),
        digest=digest,
        value=signature,
        identity=identity,
        signed=signed,
        expires=expires,
        partial="l" in tags,
    )


def read_key(record: bytes) -> Key | None:
    """Read a TXT record, None where it is no key record or has lost its key."""
    tags = read_tags(record)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return None
    return Key(
        algorithm=tags.get("k", "rsa").lower(),
        key="".join(tags["p"].split()),
        flags=_words(tags.get("t", "")),
        services=_words(tags.get("s", "*")),
        hashes=_words(tags.get("h", "sha256")),
    )


def read_tags(value: bytes) -> Mapping[str, str] | None:
    """Read a list such as v=1; a=rsa-sha256 as a mapping; None where it is not one, or says one thing twice."""
    try:
        specs = value.decode("ascii").split(";")
    except UnicodeDecodeError:
        return None
    if not specs[-1].strip():
        specs.pop()
    tags: dict[str, str] = {}
    for spec in specs:
        name, equals, said = (piece.strip() for piece in spec.partition("="))
        if not equals or not TAG.fullmatch(name) or name in tags:
            return None
        tags[name] = said
    return tags


def _words(value: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in value.split(":"))

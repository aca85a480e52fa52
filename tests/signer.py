"""Signatures for tests, made by the letter of RFC 6376 and RFC 8463 and apart from the library that verifies them."""

import base64
import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECEIVED = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
SIGNED = int(RECEIVED.timestamp()) - 5
HEAD = (
    "From: Ann <ann@example.org>\r\n"
    "To: The blog <blog+k7@posts.example>\r\n"
    "Subject: Spring\r\n"
    "Date: Sun, 1 Mar 2026 12:00:00 +0000\r\n"
    "Message-ID: <1@example.org>\r\n"
)
BODY = "The  first crocus. \r\n\r\nAnn\r\n\r\n\r\n"
PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True)
class Key:
    """RSA as in RFC 8017, so that short keys, which libraries refuse to make, can be made. `whole` is a longer one."""

    modulus: int
    private: int
    whole: rsa.RSAPrivateKey | None = None

    @property
    def record(self) -> str:
        if self.whole is None:
            integers = b"".join(_der(2, b"\0" + n.to_bytes((n.bit_length() + 7) // 8)) for n in (self.modulus, 65537))
            return "v=DKIM1; p=" + base64.b64encode(_der(0x30, integers)).decode()
        der = self.whole.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()

    @property
    def bits(self) -> int:
        return self.modulus.bit_length()

    def sign(self, digest: bytes) -> bytes:
        if self.whole is not None:
            return self.whole.sign(digest, padding.PKCS1v15(), Prehashed(SHA256()))
        size = (self.bits + 7) // 8
        filling = b"\xff" * (size - len(PREFIX) - len(digest) - 3)
        number = int.from_bytes(b"\0\x01" + filling + b"\0" + PREFIX + digest)
        return pow(number, self.private, self.modulus).to_bytes(size)


def _der(tag: int, content: bytes) -> bytes:
    size = bytes([len(content)]) if len(content) < 128 else b"\x81" + bytes([len(content)])
    return bytes([tag]) + size + content


@cache
def key(bits: int = 2048) -> Key:
    if bits >= 1024:
        whole = rsa.generate_private_key(65537, bits)
        numbers = whole.private_numbers()
        return Key(numbers.public_numbers.n, numbers.d, whole)
    chance = random.Random(bits)
    primes: list[int] = []
    while len(primes) < 2:
        odd = chance.getrandbits(bits // 2) | (3 << (bits // 2 - 2)) | 1
        if pow(2, odd - 1, odd) == 1 and odd % 65537 != 1:
            primes.append(odd)
    p, q = primes
    return Key(p * q, pow(65537, -1, (p - 1) * (q - 1)))


def signed(  # the whole of RFC 6376, section 3.7, apart from dkimpy
    head: str = HEAD,
    body: str = BODY,
    *,
    sign: Callable[[bytes], bytes] | None = None,
    names: str = "from:to:subject:date",
    **changes: str | None,
) -> bytes:
    """Return the mail with one signature on top; `changes` replace tags, None leaves a tag out."""
    tags: dict[str, str | None] = {
        "v": "1", "a": "rsa-sha256", "c": "relaxed/relaxed", "d": "example.org", "s": "sel",
        "t": str(SIGNED), "h": names,
    }  # fmt: skip
    tags |= changes
    how_head, _, how_body = (tags["c"] or "simple/simple").partition("/")
    content = body.encode()
    if how_body == "relaxed":
        content = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", content))
    content = re.sub(rb"(\r\n)*\Z", b"\r\n", content, count=1)
    if how_body == "relaxed" and content == b"\r\n":
        content = b""
    tags.setdefault(
        "bh", base64.b64encode(hashlib.sha256(content[: int(tags.get("l") or len(content))]).digest()).decode()
    )
    field = (
        "DKIM-Signature: " + "; ".join(f"{name}={value}" for name, value in tags.items() if value is not None) + "; b="
    )

    fields = re.findall(r"(?m)^[!-9;-~]+:.*\r\n(?:[ \t].*\r\n)*", head)
    wanted = names.lower().split(":")
    digest = hashlib.sha256()
    for name in wanted:
        same = [line for line in fields if line.lower().startswith(f"{name.strip()}:")]
        if same:
            fields.remove(same[-1])
            digest.update(_canonical(same[-1], how_head))
    digest.update(_canonical(field, how_head).removesuffix(b"\r\n"))
    value = base64.b64encode((sign or key().sign)(digest.digest())).decode()
    return f"{field}{value}\r\n{head}\r\n{body}".encode()


def _canonical(field: str, how: str) -> bytes:
    name, _, value = field.partition(":")
    if how != "relaxed":
        return field.encode()
    return f"{name.lower()}:{' '.join(value.split())}\r\n".encode()


ELLIPTIC = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ELLIPTIC_KEY = base64.b64encode(ELLIPTIC.public_key().public_bytes_raw()).decode()

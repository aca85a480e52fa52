"""What transport, bad programs and bad people do to a mail. Each takes its bytes, those of another, and chance."""

import base64
import binascii
import re
from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, bytes, Random], bytes]

TOKENS = [
    b"\0", b"\r", b"\n", b"\r\n\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b$B", b"\x1b(B", b"\x0e", b"~{", b"--", b"--=_b\r\n", b"--=_b--\r\n",
    b"=?utf-8?q?", b"=?utf-8?b?", b"?=", b"=?unicode_escape?q?=5cx3c?=", b"begin 644 a\n", b"\nend\n", b"=ybegin line=128 size=9 name=a\r\n",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<style>", b"</style>", b"<table><tr><td>", b"<blockquote>", b"<svg><script>", b"<p", b"&#x0;",
    b"&#55296;", b"<img src=cid:", b'<a href="javascript:alert(1)">', b"data:image/png;base64,", b"#end\n", b"title: ", b"> ", b"-- \n",
    b"On Monday Ben wrote:\n", b"-----Original Message-----\n", b"From: ", b"```", b"[](", b"**", b"| a | b |\n|---|---|\n", b"\\", b"((", b"#",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae", b"\xf0\x9f\x8c\xbb", b"Content-Type: message/rfc822\r\n\r\n", b"\xc2\x9b",
    b'Content-Type: multipart/mixed; boundary=""\r\n\r\n', b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"\x78\x9f\x3e\x22", b"{\\rtf1{\\fonttbl",
]  # fmt: skip
CHARSETS = [
    b"utf-8", b"us-ascii", b"iso-8859-1", b"windows-1252", b"iso-2022-jp", b"iso-2022-kr", b"iso-2022-cn", b"hz-gb-2312", b"gb18030", b"big5",
    b"shift_jis", b"euc-jp", b"euc-kr", b"johab", b"utf-16", b"utf-16be", b"utf-32", b"utf-7", b"unicode_escape", b"raw_unicode_escape", b"punycode",
    b"idna", b"base64", b"hex", b"zlib", b"rot13", b"undefined", b"mbcs", b"", b'"', b"x" * 300, b"cp437", b"mac-roman", b"ibm850", b"unknown-8bit",
]  # fmt: skip
ENCODINGS = [
    b"7bit",
    b"8bit",
    b"binary",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"yenc",
    b"",
    b"base64, base64",
    b"\0",
]
KINDS = [
    b"text/plain", b"text/html", b"text/enriched", b"text/markdown", b"text/plain; format=flowed; delsp=yes", b"text/calendar", b"image/jpeg",
    b"application/octet-stream", b"application/ms-tnef", b"application/pkcs7-mime", b"application/pdf", b"message/rfc822", b"message/partial",
    b"message/external-body", b"message/delivery-status", b'multipart/mixed; boundary="=_b"', b"multipart/alternative; boundary=x",
    b'multipart/related; boundary="=_b"; start="<a>"', b'multipart/signed; boundary="=_b"', b'multipart/encrypted; boundary="=_b"',
    b"multipart/digest; boundary=x", b"multipart/appledouble; boundary=x", b"multipart", b"/", b"",
]  # fmt: skip
BOUNDARY = re.compile(rb"(?i)boundary=\"?([^\"\r\n;]{1,100})\"?")
ENCODED = re.compile(rb"(?:[A-Za-z0-9+/]{60,76}={0,2}\r?\n){3,}")


def _place(raw: bytes, chance: Random) -> int:
    """Anywhere, but more often behind the header, where a mail is not held at the gate."""
    body = max(0, raw.find(b"\n\r\n"), raw.find(b"\n\n"))
    return chance.randrange(body, len(raw) + 1) if chance.random() < 0.85 else chance.randrange(len(raw) + 1)


def _span(raw: bytes, chance: Random) -> tuple[int, int]:
    at = _place(raw, chance)
    return at, min(len(raw), at + chance.choice([1, 4, 30, 200, 3000]))


def flip(raw: bytes, _: bytes, chance: Random) -> bytes:
    broken = bytearray(raw)
    for _n in range(chance.choice([1, 3, 20, 200])):
        at = _place(raw, chance)
        if at < len(broken):
            broken[at] ^= 1 << chance.randrange(8)
    return bytes(broken)


def truncate(raw: bytes, _: bytes, chance: Random) -> bytes:
    return raw[: _place(raw, chance)]


def drop(raw: bytes, _: bytes, chance: Random) -> bytes:
    at, stop = _span(raw, chance)
    return raw[:at] + raw[stop:]


def repeat(raw: bytes, _: bytes, chance: Random) -> bytes:
    at, stop = _span(raw, chance)
    times = min(chance.choice([2, 10, 300, 20_000]), 400_000 // max(1, stop - at))
    return raw[:at] + raw[at:stop] * times + raw[stop:]


def splice(raw: bytes, other: bytes, chance: Random) -> bytes:
    return raw[: _place(raw, chance)] + other[_place(other, chance) :]


def insert(raw: bytes, _: bytes, chance: Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + chance.choice(TOKENS) + raw[at:]


def storm(raw: bytes, _: bytes, chance: Random) -> bytes:
    at, token = _place(raw, chance), chance.choice(TOKENS)
    return raw[:at] + token * (chance.choice([300, 20_000, 300_000]) // len(token)) + raw[at:]


def noise(raw: bytes, _: bytes, chance: Random) -> bytes:
    at, stop = _span(raw, chance)
    return raw[:at] + chance.randbytes(stop - at) + raw[stop:]


def swap_headers(raw: bytes, other: bytes, _: Random) -> bytes:
    return _head(other) + raw[len(_head(raw)) :]


def swap_types(raw: bytes, other: bytes, _: Random) -> bytes:
    """The Content-Type of another mail over this body."""
    found = re.search(rb"(?im)^content-type:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", _head(other))
    return re.sub(
        rb"(?im)^content-type:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", lambda _: found[0] if found else b"X: y", raw, count=1
    )


def line_ends(raw: bytes, _: bytes, chance: Random) -> bytes:
    head = _head(raw)
    ends = chance.choice([b"\n", b"\r\n", b"\r", b"\n\r", b"", b"\r\n\r\n", b"\x0b", b"\x85"])
    return head + raw[len(head) :].replace(b"\r\n", b"\n").replace(b"\n", ends)


def boundaries(raw: bytes, _: bytes, chance: Random) -> bytes:
    """Boundaries that are each other's beginning, empty, endless, the same on several levels, or in the wrong places."""
    known = [found[1] for found in BOUNDARY.finditer(raw)]
    if not known:
        return insert(raw, b"", chance)
    one, other = chance.choice(known), chance.choice(known)
    game = chance.randrange(7)
    if game == 0:
        return raw.replace(one, other)
    if game == 1:
        return raw.replace(one, one[: chance.randrange(len(one))])
    if game == 2:
        return raw.replace(b"--" + one, b"--" + one + chance.choice([b"--", b" ", b"x", b"\0"]))
    if game == 3:
        return raw.replace(one, one * chance.choice([3, 40]))
    at = _place(raw, chance)
    line = (
        b"\r\n--" + one + chance.choice([b"", b"--", b"\r\nContent-Type: " + chance.choice(KINDS) + b"\r\n"]) + b"\r\n"
    )
    return raw[:at] + line * chance.choice([1, 1, 1, 30, 300, 3000]) + raw[at:]


def _set(field: bytes, values: list[bytes]) -> Mutation:
    pattern = re.compile(rb"(?im)^(" + field + rb"\s{0,3}:\s{0,3})[^\r\n]{0,200}")

    def mutation(raw: bytes, _: bytes, chance: Random) -> bytes:
        return pattern.sub(
            lambda found: found[1] + (chance.choice(values) if chance.random() < 0.5 else found[0][len(found[1]) :]),
            raw,
        )

    return mutation


def charsets(raw: bytes, _: bytes, chance: Random) -> bytes:
    return re.sub(rb"(?i)(charset=\"?)[\w-]{1,40}", lambda found: found[1] + chance.choice(CHARSETS), raw)


def attachment(raw: bytes, _: bytes, chance: Random) -> bytes:
    """Break the bytes inside an attachment, whose base64 stays sound."""
    found = list(ENCODED.finditer(raw))
    if not found:
        return noise(raw, b"", chance)
    one = chance.choice(found)
    try:
        content = base64.b64decode(one[0])
    except binascii.Error:
        return raw
    for _n in range(chance.choice([1, 1, 3])):
        content = chance.choice([flip, truncate, drop, repeat, noise, insert])(content, b"", chance)
    return raw[: one.start()] + base64.encodebytes(content) + raw[one.end() :]


def _head(raw: bytes) -> bytes:
    end = re.search(rb"\r?\n\r?\n", raw)
    return raw[: end.end()] if end else raw


MUTATIONS: list[Mutation] = [
    flip, truncate, drop, repeat, splice, insert, insert, storm, noise, swap_headers, swap_types, line_ends, boundaries, boundaries,
    charsets, attachment, attachment, attachment, _set(rb"content-type", KINDS), _set(rb"content-transfer-encoding", ENCODINGS),
    _set(rb"(?:subject|content-disposition|content-id|content-location|date|message-id)", [*TOKENS, b"x" * 3000]),
]  # fmt: skip


def mutated(raw: bytes, other: bytes, chance: Random) -> bytes:
    for _n in range(chance.choice([1, 1, 2, 3, 5])):
        raw = chance.choice(MUTATIONS)(raw, other, chance)
    return raw[: 3 << 20]

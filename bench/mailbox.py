"""A mailbox like a busy author's, the same for the same seed: what mailpost is measured with."""

import base64
import quopri
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto

from bench import bodies, photos

AUTHOR = "ann@demo.example"
ADDRESS = "blog+k7q2x9w4m8e5r3t6@demo.example"
SPREAD = timedelta(days=5)
PHOTOS = 40  # different ones; the others are these in other bytes


class Kind(Enum):
    PLAIN = auto()
    HTML = auto()
    PHOTOS = auto()
    FILE = auto()
    LARGE = auto()


SHARES = {Kind.PHOTOS: 0.15, Kind.FILE: 0.04, Kind.LARGE: 0.01, Kind.HTML: 0.40}  # the rest is plain


def mixed(count: int, now: datetime, *, seed: int = 1) -> Iterator[bytes]:
    """`count` mails of every kind, the oldest first, the newest sent just before `now`."""
    rng = random.Random(seed)
    kinds = [kind for kind, share in SHARES.items() for _ in range(round(count * share))]
    kinds += [Kind.PLAIN] * (count - len(kinds))
    rng.shuffle(kinds)
    album = [photos.photo(rng) for _ in range(PHOTOS)]
    for number, (kind, sent) in enumerate(zip(kinds, calendar(count, now), strict=True)):
        yield _mail(rng, kind, f"mixed-{seed}-{number:06}", sent, album)


def light(count: int, now: datetime, *, seed: int = 1) -> Iterator[bytes]:
    """`count` short plain mails, the oldest first."""
    rng = random.Random(seed)
    for number, sent in enumerate(calendar(count, now)):
        yield note(rng, f"light-{seed}-{number:06}", sent)


def calendar(count: int, now: datetime) -> Iterator[datetime]:
    """Moments of the last days before `now`, later and later."""
    return (now - SPREAD * (count - number) / (count + 1) for number in range(count))


def note(rng: random.Random, name: str, sent: datetime) -> bytes:
    text = bodies.plain(rng, rng.randint(200, 800))
    return _headers(name, sent) + _text("plain", text)


def with_photos(rng: random.Random, name: str, sent: datetime, album: list[bytes]) -> bytes:
    """A few words and three photos nobody has seen before."""
    parts = [_text("plain", bodies.plain(rng, 300))]
    parts += [_photo(album[index % len(album)], rng.randrange(10**12), index) for index in range(3)]
    return _headers(name, sent) + _multipart("mixed", name, parts)


def title(raw: bytes) -> str:
    """The subject of one of these mails."""
    return raw.split(b"Subject: ", 1)[1].split(b"\r\n", 1)[0].decode()


def _mail(rng: random.Random, kind: Kind, name: str, sent: datetime, album: list[bytes]) -> bytes:
    headers = _headers(name, sent)
    if kind is Kind.PLAIN:
        return headers + _text("plain", bodies.plain(rng, rng.randint(1_000, 4_000)))
    if kind is Kind.HTML:
        return headers + _alternative(rng, name, rng.randint(10_000, 60_000))
    first = (
        _alternative(rng, name, rng.randint(2_000, 8_000))
        if rng.random() < 0.6
        else _text("plain", bodies.plain(rng, rng.randint(100, 2_000)))
    )
    parts = [first]
    if kind is Kind.PHOTOS:
        chosen = rng.sample(album, rng.randint(1, 3))
        parts += [_photo(data, rng.randrange(10**12), index) for index, data in enumerate(chosen)]
    else:
        size = rng.randint(5 << 20, 10 << 20) * 3 // 4 if kind is Kind.LARGE else rng.randint(100_000, 800_000)
        parts.append(_pdf(rng, size) if rng.random() < 0.5 else _sound(rng, size))
    return headers + _multipart("mixed", name, parts)


def _headers(name: str, sent: datetime) -> bytes:
    date = format_datetime(sent)
    return (
        f"Return-Path: <{AUTHOR}>\r\n"
        f"Delivered-To: {ADDRESS}\r\n"
        f"Received: from mx.demo.example (mx.demo.example [192.0.2.1])\r\n\tby mail.demo.example (Postfix) with ESMTPS "
        f"id {name}\r\n\tfor <{ADDRESS}>; {date}\r\n"
        f"Received: from [192.0.2.7] (client.demo.example [192.0.2.7])\r\n\tby mx.demo.example (Postfix) with ESMTPSA "
        f"id {name}\r\n\tfor <{ADDRESS}>; {date}\r\n"
        f"Message-ID: <{name}@demo.example>\r\nDate: {date}\r\nFrom: Ann <{AUTHOR}>\r\nTo: {ADDRESS}\r\n"
        f"Subject: A walk in the morning {name}\r\nMIME-Version: 1.0\r\nUser-Agent: Bench/1.0\r\n"
    ).encode()


def _text(subtype: str, text: str) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
        + quopri.encodestring(text.encode()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        + b"\r\n"
    )


def _alternative(rng: random.Random, name: str, size: int) -> bytes:
    html = rng.choice(bodies.WRITERS)(rng, size)
    return _multipart("alternative", f"{name}-a", [_text("plain", bodies.plain(rng, size // 8)), _text("html", html)])


def _multipart(subtype: str, name: str, parts: list[bytes]) -> bytes:
    boundary = f"=_{name}".encode()
    lines = [b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype.encode(), boundary)]
    lines += [b"--%s\r\n%s\r\n" % (boundary, part) for part in parts]
    return b"".join([*lines, b"--%s--\r\n" % boundary])


def _attached(type_: str, filename: str, data: bytes) -> bytes:
    head = (
        f'Content-Type: {type_}; name="{filename}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{filename}"\r\n\r\n'
    )
    return head.encode() + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _photo(data: bytes, number: int, index: int) -> bytes:
    return _attached("image/jpeg", f"IMG_{index:04}.jpg", photos.varied(data, number))


def _pdf(rng: random.Random, size: int) -> bytes:
    """One empty page and a stream as long as a scan."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (size, rng.randbytes(size)),
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + table
    out += b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return _attached("application/pdf", "scan.pdf", bytes(out))


def _sound(rng: random.Random, size: int) -> bytes:
    """MPEG layer 3 frames of 128 kbit/s; what they say is noise."""
    frame = 417
    data = b"".join(b"\xff\xfb\x90\x64" + rng.randbytes(frame - 4) for _ in range(size // frame))
    return _attached("audio/mpeg", "memo.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00" + data)

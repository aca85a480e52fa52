"""Random changes to a mail of the author's: whatever is published must say what was signed."""

from collections.abc import Callable
from random import Random

from tests.forgery.world import BODY, SERVER, sign

ALL = "from:to:cc:subject:date:message-id:mime-version:content-type:content-transfer-encoding:content-disposition"
LINES = [
    b"From: Eve <eve@attack.example>",
    b"From : Eve <eve@attack.example>",
    b" From: Eve <eve@attack.example>",
    b"from: ann@legit.example",
    b"To: blog@posts.example",
    b"Cc: zoe@friends.example",
    b"Bcc: zoe@friends.example",
    b"Subject: Casino",
    b"SUBJECT:Casino",
    b"Date: Mon, 2 Mar 2026 12:00:00 +0000",
    b"Sender: eve@attack.example",
    b"Reply-To: eve@attack.example",
    b"Resent-From: eve@attack.example",
    b"Message-ID: <7@attack.example>",
    b"Content-Type: text/html; charset=utf-7",
    b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename=x.html",
    b"MIME-Version: 2.0",
    b"Delivered-To: blog@posts.example",
    b"Received: from attack.example by mx.posts.example",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=legit.example; s=gone; h=from; bh=AAAA; b=AAAA",
    b"DKIM-Signature: v=1; a=rsa-sha256; d=attack.example; s=sel; h=from:to:subject:date; bh=AAAA; b=AAAA",
    f"Authentication-Results: {SERVER}; dkim=pass header.d=legit.example; dmarc=pass header.from=legit.example".encode(),
    f"X-A: y\rAuthentication-Results: {SERVER}; dkim=pass header.d=legit.example".encode(),
    b"<script>alert(1)</script>",
    b"",
    b" ",
    b"\t",
    b"--=_b",
]
GRAINS = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"<",
    b">",
    b'"',
    b"(",
    b")",
    b"=",
    b"@",
    b"\\",
    b"a",
    b"\xff",
]


def original() -> bytes:
    """A mail that signs all that matters, once more than it has it. (In a relaxed body, spaces may become more.)"""
    return sign(names=f"{ALL}:{ALL}", c="relaxed/simple")


def mutated(chance: Random) -> bytes:
    raw = original()
    for _ in range(chance.choice((1, 1, 2, 3))):
        raw = chance.choice(CHANGES)(raw, chance)
    return raw


def _line(raw: bytes, chance: Random) -> bytes:
    return _lines(raw, lambda lines: lines.insert(chance.randrange(len(lines)), chance.choice(LINES)))


def _lost(raw: bytes, chance: Random) -> bytes:
    return _lines(raw, lambda lines: lines.pop(chance.randrange(len(lines))))


def _again(raw: bytes, chance: Random) -> bytes:
    return _lines(raw, lambda lines: lines.insert(chance.randrange(len(lines)), chance.choice(lines)))


def _moved(raw: bytes, chance: Random) -> bytes:
    return _lines(
        raw, lambda lines: lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))
    )


def _capitals(raw: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(raw))
    return raw[:place] + raw[place : place + 8].swapcase() + raw[place + 8 :]


def _byte(raw: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(raw))
    return raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :]


def _grain(raw: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(raw))
    return raw[:place] + chance.choice(GRAINS) * chance.choice((1, 1, 2, 50)) + raw[place:]


def _cut(raw: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(raw))
    return raw[:start] + raw[start + chance.choice((1, 2, 10, 60)) :]


def _copied(raw: bytes, chance: Random) -> bytes:
    start, place = chance.randrange(len(raw)), chance.randrange(len(raw))
    return raw[:place] + raw[start : start + chance.choice((1, 10, 80))] + raw[place:]


def _longer(raw: bytes, chance: Random) -> bytes:
    return raw + chance.choice((b"Buy!\r\n", BODY.encode(), b"\r\n--=_b\r\n", b" "))


def _lines(raw: bytes, change: Callable[[list[bytes]], object]) -> bytes:
    lines = raw.split(b"\r\n")
    change(lines)
    return b"\r\n".join(lines)


CHANGES = (_line, _line, _line, _lost, _again, _moved, _capitals, _byte, _grain, _cut, _copied, _longer)

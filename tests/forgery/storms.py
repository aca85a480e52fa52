"""Headers that make parsers run wild: one thing over and over, up to the limit of the field and beyond all limits."""

from collections.abc import Iterator

from mailpost.envelope import LONG, LONGEST
from mailpost.errors import Reason
from tests.forgery.signatures import field, many
from tests.forgery.world import FIELDS, SERVER, Attempt, above, head, mail, sign

GRAINS = [
    "=?utf-8?q?a?= ", "=?utf-8?b?YQ==?= ", "=?", "?=", "=", ".", "(", "()", "(a)", '"', '""', "<", "<>", ",", ";", "a;", ":;",
    "g:a@b;", "a", "a.", "a@", "a-", "a@a.", "@", "a@b.example, ", " ", "\t", "\r\n ", "\\", "[", "]", "é",
]  # fmt: skip
ONCE = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "References",
    "MIME-Version",
    "Content-Type",
]
OFTEN = [
    "Delivered-To", "Return-Path", "Authentication-Results", "DKIM-Signature", "Received", "Precedence", "Auto-Submitted",
    "Content-Class", "X-Anything",
]  # fmt: skip
FULL = 120_000  # bytes of one kind of field: nearly as many as a header may have


def filled(name: str, grain: str, size: int) -> str:
    return f"{name}: {grain * ((size - len(name) - 4) // len(grain.encode()))}\r\n"


def storms() -> Iterator[Attempt]:
    """T52: at the limits. What becomes of them does not matter, as long as it is soon and not a post."""
    for name in (*ONCE, *OFTEN):
        size = LONG.get(name.lower().encode(), LONGEST)
        for grain in GRAINS:
            times = 1 if name in ONCE else FULL // size
            raw = above(filled(name, grain, size) * times, mail({name: None} if name in FIELDS else {}))
            yield Attempt(f"T52-{name} full of {grain!r}", raw, trusted=(f"{SERVER} spf",))


def beyond() -> Iterator[Attempt]:
    """T52, T54: beyond the limits."""
    for grain in GRAINS:
        for name in ("From", "X-Anything"):
            raw = above(filled(name, grain, 100_000), mail({name: None} if name in FIELDS else {}))
            yield Attempt(f"T52-100 kB of {grain!r} in {name}", raw, Reason.HEADER_SIZE)
    yield Attempt("T52-100,000 fields", above("A:\r\n" * 100_000, mail()), Reason.HEADER_SIZE)
    yield Attempt("T52-20,000 fields", above("A:\r\n" * 20_000, mail()), Reason.HEADER_SIZE)
    yield Attempt("T52-a header without an end", (b"A: b\r\n" * 1_000_000), Reason.ELSEWHERE)
    yield Attempt("T52-one line of 5 MB", b"A" * 5_000_000, Reason.ELSEWHERE)
    yield Attempt("T54-1,000 signatures", many(1000) + mail(), Reason.HEADER_SIZE)


def signatures() -> Iterator[Attempt]:
    """T54: as many signatures as a header holds, each with a domain, a key or nothing of its own."""
    short = b"DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=s%d; h=from:to:subject:date; bh=AAAA; b=AAAA\r\n"
    kinds = {
        "of strangers": b"".join(short % (b"d%d.attack.example" % n, n) for n in range(480)),
        "of the domain": b"".join(short % (b"legit.example", n) for n in range(480)),
        "of its subdomains": b"".join(short % (b"d%d.legit.example" % n, n) for n in range(480)),
        "of nobody": b"DKIM-Signature: v=1; a=b\r\n" * 480,
        "with good keys": field(sign()) * 480,
    }
    for name, fields in kinds.items():
        limit = fields[: fields.rfind(b"DKIM", 0, FULL)] if len(fields) > FULL else fields
        yield Attempt(f"T54-signatures {name}", limit + mail({"Subject": "Forged"}), Reason.UNPROVEN)
    names = "from:to:subject:date:" + ":".join(f"x{n}" for n in range(190))
    yield Attempt(
        "T54-a signature over 194 names", field(sign(names=names)) + mail({"Subject": "Forged"}), Reason.UNPROVEN
    )


def bodies() -> Iterator[Attempt]:
    """T54: bodies that cost the standard's own way of reading them the square of their size, or fifty times it."""
    for name, unit in {
        "spaces": " ",
        "tabs": "\t",
        "line ends": "\r\n",
        "lines of a space": " \r\n",
        "bare CR": "\r",
    }.items():
        body = unit * (3_000_000 // len(unit)) + "x\r\n"
        for way in ("relaxed/relaxed", "simple/simple"):
            raw = field(sign(c=way)) * 5 + f"{head()}\r\n{body}".encode()
            yield Attempt(f"T54-3 MB of {name}, {way}", raw, Reason.UNPROVEN)

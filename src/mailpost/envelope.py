"""What the headers say, read once and before anything else is opened."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from mailpost import mime
from mailpost.errors import Held, Reason

HEADER_BYTES = 128 * 1024
HEADER_FIELDS = 500
LONG = {b"from": 1024, b"sender": 1024, b"reply-to": 1024, b"to": 8192, b"cc": 8192, b"content-type": 4096}
LONGEST = 16 * 1024
HOPS = 25
ADDRESSES = 50

# RFC 5322, section 3.6, and RFC 2045: what may be there once. Twice means that two readers may see two mails.
SINGLE = frozenset(
    b"from sender to cc subject date message-id reply-to in-reply-to references mime-version content-type"
    b" content-transfer-encoding content-disposition".split()
)
NAME = re.compile(rb"([!-9;-~]+):")
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = rf"{ATOM}(?:\.{ATOM})*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z0-9]"
# One mailbox as honest programs write it: no groups, routes, comments or second addresses hidden in a name.
SENDER = re.compile(rf"(?:(?:\"(?:[^\"\\]|\\[\"\\])*\"|[^\"<>@,:;()\[\]\\]*)\s*<({ADDRESS})>|({ADDRESS}))\s*")
FOUND = re.compile(ADDRESS)
MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Facts about a mail that its header block alone decides.

    Addresses are lower-case with ASCII domains; `sender` is empty where From is not one plain address. `sent` is the Date field in UTC, None where it cannot be read;
    `received` is when the mailbox got the mail. `delivered_to` are the addresses the receiving servers wrote
    (Delivered-To, X-Original-To, …), `recipients` those of To and Cc. `results` are the values of all
    Authentication-Results fields, each with its number counted from the top, and `trace` the numbers of the
    Received fields. `automatic` names the field that shows that a program sent it.
    """

    sender: str
    message_id: str
    subject: str
    sent: datetime | None
    received: datetime | None
    recipients: tuple[str, ...]
    delivered_to: tuple[str, ...]
    results: tuple[tuple[int, str], ...] = ()
    trace: tuple[int, ...] = ()
    signatures: int = 0
    automatic: str = ""


def read_envelope(raw: bytes, received: datetime | None) -> Envelope:
    """Read the header block, or hold the mail where two readers might not read it alike."""
    header, _ = mime.split(raw)
    named = _gate(header)
    facts = mime.facts(header)
    values = {name: value for name, value in reversed(named)}  # noqa: C416 - the topmost of each name
    return Envelope(
        sender=_sender(values.get("from", ""), facts.senders),
        message_id=_first(MESSAGE_ID, values.get("message-id", "")),
        subject=facts.subject,
        sent=facts.sent,
        received=received,
        recipients=tuple(dict.fromkeys(a.lower() for a in facts.recipients[:ADDRESSES] if FOUND.fullmatch(a))),
        delivered_to=_delivered_to(named),
        results=tuple((n, value) for n, (name, value) in enumerate(named) if name == "authentication-results"),
        trace=tuple(n for n, (name, _) in enumerate(named) if name == "received"),
        signatures=sum(name == "dkim-signature" for name, _ in named),
        automatic=_automatic(named),
    )


def _gate(header: bytes) -> list[tuple[str, str]]:
    """Return name and unfolded value of each field; anything a second reader could read otherwise is held."""
    if len(header) > HEADER_BYTES:
        raise Held(Reason.HEADER_SIZE, f"{len(header)} bytes")
    if CONTROL.search(header) or (b"\r\n" in header and re.search(rb"(?<!\r)\n", header)):
        raise Held(Reason.CONTROLS)
    named = []
    for count, field in enumerate(mime.fields(re.sub(rb"\AFrom [^\n]*\n", b"", header))):
        name = NAME.match(field)
        if name is None:
            raise Held(Reason.HEADER_NAME, repr(field[:40]))
        key = name[1].lower()
        if count >= HEADER_FIELDS or len(field) > LONG.get(key, LONGEST):
            raise Held(Reason.HEADER_SIZE, key.decode()[:40])
        value = re.sub(rb"\r?\n", b"", field[name.end() :]).strip().decode("utf-8", "replace")
        named.append((key.decode(), value))
    doubled = [
        name for name, times in Counter(name for name, _ in named).items() if times > 1 and name.encode() in SINGLE
    ]
    if doubled:
        raise Held(Reason.DOUBLED, ", ".join(doubled))
    return named


def _sender(value: str, parsed: tuple[str, ...]) -> str:
    """The one address on which the strict grammar and both parsers agree, or nothing."""
    match = SENDER.fullmatch(value)
    address = str(match[1] or match[2]) if match else ""
    plain = "=?" not in address and len(address.partition("@")[0]) <= 64  # an encoded word is no address (RFC 2047, 5)
    return address.lower() if plain and parsed == (address,) else ""


def _delivered_to(named: list[tuple[str, str]]) -> tuple[str, ...]:
    written = ("delivered-to", "x-original-to", "x-delivered-to", "envelope-to")
    found = [match for name, value in named if name in written for match in FOUND.findall(value)]
    return tuple(dict.fromkeys(address.lower() for address in found[:ADDRESSES]))


def _automatic(named: list[tuple[str, str]]) -> str:
    """RFC 3834 and what mail programs wrote before it."""
    for name, value in named:
        low = value.lower()
        if (
            (name == "auto-submitted" and not low.startswith("no"))
            or name in ("x-autoreply", "x-autorespond", "x-mailpost-loop", "list-id", "list-post")
            or (name == "precedence" and low in ("bulk", "junk", "list", "auto_reply"))
            or (name == "return-path" and low.replace(" ", "") == "<>")
            or (name == "content-type" and low.startswith("multipart/report"))
        ):
            return name
    return "received" if sum(name == "received" for name, _ in named) > HOPS else ""


def _first(pattern: re.Pattern[str], value: str) -> str:
    match = pattern.search(value)
    return match.group() if match else ""

"""The way into the demo's mailbox: an SMTP server that stamps mails as a provider would.

It believes this machine: whoever uses an address of demo.example as the envelope sender is taken for
its owner, everybody else comes from elsewhere. Nothing but the loopback interface can reach it.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, getaddresses
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from mailpost.demo.background import Background

HOST = "127.0.0.1"
DOMAIN = "demo.example"
SERVER = f"mx.{DOMAIN}"
LARGEST_MAIL = 25 * 1024 * 1024

# Addresses with a quoted local part are turned away: inside one, a semicolon could pass for a verdict.
ADDRESS = re.compile(r'[^\x00-\x20\x7f-\xa0\ud800-\udfff"(),:;<>@\[\\\]]+@[\w-]+(\.[\w-]+)*')
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LINE_END = re.compile(rb"\r\n|\r|\n")

log = logging.getLogger(__name__)


def stamp(raw: bytes, mail_from: str, recipient: str, now: datetime) -> bytes:
    """Put on top of a mail what the server says that takes it in; the mail's own bytes stay as they are.

    Line ends become CRLF, and what only the receiving server may say is taken out: an earlier Return-Path
    or Delivered-To, and every Authentication-Results that names our server (RFC 8601, section 5).
    """
    head, gap, body = _crlf(raw).partition(b"\r\n\r\n")
    if raw[:1] in (b"\r", b"\n"):
        head, gap, body = b"", b"\r\n", _crlf(raw).removeprefix(b"\r\n")
    fields = list(_fields(head))
    mail_from, recipient = CONTROLS.sub("", mail_from), CONTROLS.sub("", recipient)
    top = (
        f"Return-Path: <{mail_from}>",
        f"Delivered-To: {recipient}",
        f"Authentication-Results: {SERVER}; {_spf(mail_from)};\r\n\t{_dmarc(mail_from, fields)}",
        f"Received: from [{HOST}] by {SERVER} with ESMTP\r\n\tfor <{recipient}>; {format_datetime(now)}",
    )
    kept = [field for name, field in fields if not _is_ours(name, field)]
    added = _missing(raw, {name for name, _ in fields}, now)
    return b"\r\n".join([*(line.encode() for line in (*top, *added)), *kept]) + gap + body


def _missing(raw: bytes, names: set[bytes], now: datetime) -> Iterator[str]:
    """What a server adds that takes mail from its own users (RFC 6409, sections 8.2 and 8.3)."""
    if b"date" not in names:
        yield f"Date: {format_datetime(now)}"
    if b"message-id" not in names:
        seen = hashlib.sha256(now.isoformat().encode() + raw).hexdigest()[:32]
        yield f"Message-ID: <{seen}@{SERVER}>"


def _crlf(raw: bytes) -> bytes:
    return LINE_END.sub(b"\r\n", raw)


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The lower-case name and the unchanged lines of every field; lines that continue nothing are left out."""
    for field in re.split(rb"\r\n(?![ \t])", head):
        name, _, _ = field.partition(b":")
        if field[:1] not in (b" ", b"\t", b""):
            yield name.rstrip().lower(), field


def _is_ours(name: bytes, field: bytes) -> bool:
    if name == b"authentication-results":
        # Anywhere in the field and without its backslashes: nobody else has a reason to name our server,
        # and no way of quoting or commenting it gets past.
        return SERVER.encode() in field.replace(b"\\", b"").lower()
    return name in (b"return-path", b"delivered-to")


def _spf(mail_from: str) -> str:
    if not ADDRESS.fullmatch(mail_from):
        return "spf=none"
    return f"spf={'pass' if _domain(mail_from) == DOMAIN else 'none'} smtp.mailfrom={mail_from}"


def _dmarc(mail_from: str, fields: list[tuple[bytes, bytes]]) -> str:
    authors = [address for name, field in fields if name == b"from" for address in _addresses(field)]
    one = authors[0] if len(authors) == 1 else ""
    if one and one == mail_from.lower() and _domain(one) == DOMAIN:
        verdict = "pass"
    elif _domain(mail_from) != DOMAIN and any(_domain(author) == DOMAIN for author in authors):
        verdict = "fail"
    else:
        verdict = "none"
    return f"dmarc={verdict} header.from={_domain(one)}" if ADDRESS.fullmatch(one) else f"dmarc={verdict}"


def _addresses(field: bytes) -> list[str]:
    """Whom a From names; nobody if it is longer or deeper than any honest one, which Python's parser cannot bear."""
    if len(field) > 1000 or field.count(b"(") > 20:
        return []
    _, _, value = field.partition(b":")
    return [address.lower() for _, address in getaddresses([value.decode(errors="replace")])]


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


class Door:
    """A running server; `port` is the one it really listens on."""

    def __init__(self, background: Background, port: int) -> None:
        self._background = background
        self.port = port

    def close(self) -> None:
        """Hang up and free the port; a mail being delivered is delivered first. Twice is the same as once."""
        self._background.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_door(port: int, deliver: Callable[[bytes], None]) -> Door:
    """Take in mails for demo.example and hand each, stamped, to `deliver`, which is called on another thread.

    The client is told 250 only after `deliver` has returned, and 451 if it raised. Port 0 means any free one.
    """
    background = Background("demo door")
    port = background.serve(_listen(port, Porter(deliver)))
    return Door(background, port)


async def _listen(port: int, porter: "Porter") -> asyncio.Server:
    loop = asyncio.get_running_loop()

    def meet() -> Visitor:
        return Visitor(
            porter,
            hostname=SERVER,
            ident="mailpost demo",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    return await loop.create_server(meet, HOST, port)


class Visitor(SMTP):
    line_length_limit = 1024 * 1024  # like real servers, more patient with long lines than RFC 5321


class Porter:
    """What happens at each step of the conversation; aiosmtpd finds the methods by their names."""

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        self._deliver = deliver

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address != "<>" and not ADDRESS.fullmatch(address):
            return "553 5.1.7 this sender's address is not a plain one"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 welcome"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not ADDRESS.fullmatch(address):
            return "553 5.1.3 this address is not a plain one"
        if _domain(address) != DOMAIN:
            return f"550 5.7.1 relaying denied: only {DOMAIN} lives here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 known"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        now = datetime.now(UTC)
        try:
            for recipient in dict.fromkeys(envelope.rcpt_tos):
                await asyncio.to_thread(self._deliver, stamp(raw, sender, recipient, now))
        except Exception:
            log.exception("the demo could not keep a mail and asked for it again")
            return "451 4.3.0 not kept, please try again later"
        return "250 2.0.0 kept"

"""The demo's SMTP door: what it stamps on a mail, whom it believes, and what it lets in."""

import re
import smtplib
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

import mailpost.demo
from mailpost.demo.door import LARGEST_MAIL, Door, stamp, start_door

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SAMPLES = Path(mailpost.demo.__file__).parent / "samples"
DATED = b"Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <tea@demo.example>\r\n"
ANN = DATED + b"From: Ann <ann@demo.example>\r\nSubject: Tea\r\n\r\nHello\r\n"


class Letterbox(list[bytes]):
    """Stands behind the door; `full` makes it refuse."""

    full = False

    def put(self, raw: bytes) -> None:
        if self.full:
            raise OSError("no space left")
        self.append(raw)


@pytest.fixture
def letterbox() -> Letterbox:
    return Letterbox()


@pytest.fixture
def door(letterbox: Letterbox) -> Iterator[Door]:
    with start_door(0, letterbox.put) as door:
        yield door


@pytest.fixture
def visitor(door: Door) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", door.port, timeout=10) as visitor:
        yield visitor


def stamped(raw: bytes, mail_from: str = "ann@demo.example", recipient: str = "blog@demo.example") -> bytes:
    return stamp(raw, mail_from, recipient, NOW)


def verdict(raw: bytes, mail_from: str) -> str:
    """Our server's Authentication-Results, unfolded; there is exactly one."""
    (found,) = message_from_bytes(stamped(raw, mail_from)).get_all("authentication-results", [])
    return " ".join(found.split())


def test_the_stamp_lies_on_top_in_the_order_of_a_provider() -> None:
    assert stamped(ANN) == (
        b"Return-Path: <ann@demo.example>\r\n"
        b"Delivered-To: blog@demo.example\r\n"
        b"Authentication-Results: mx.demo.example; spf=pass smtp.mailfrom=ann@demo.example;\r\n"
        b"\tdmarc=pass header.from=demo.example\r\n"
        b"Received: from [127.0.0.1] by mx.demo.example with ESMTP\r\n"
        b"\tfor <blog@demo.example>; Mon, 23 Nov 2026 08:30:00 +0000\r\n" + ANN
    )


def test_a_mail_without_date_and_id_gets_them_as_from_any_provider() -> None:
    """RFC 6409, sections 8.2 and 8.3: programs like curl send neither."""
    mail = message_from_bytes(stamped(ANN.removeprefix(DATED)))
    assert mail["date"] == "Mon, 23 Nov 2026 08:30:00 +0000"
    assert re.fullmatch(r"<[0-9a-f]{32}@mx\.demo\.example>", str(mail["message-id"]))


def test_the_mail_itself_is_not_written_anew() -> None:
    """Long lines, odd folds, raw 8-bit and a missing last line end are the sender's business."""
    raw = (
        DATED
        + b"X-Long: "
        + b"word " * 300
        + b"\r\nfrom:\tann@demo.example\r\nX-Raw: \xff\r\n \t fold\r\n\r\n\x00\xfe\r\n\r\n.\r\nFrom end"
    )
    assert stamped(raw).endswith(b"+0000\r\n" + raw)


def test_every_line_end_becomes_crlf() -> None:
    assert stamped(b"From: ann@demo.example\nSubject: a\r\n b\rX: y\n\none\ntwo\r").endswith(
        b"From: ann@demo.example\r\nSubject: a\r\n b\r\nX: y\r\n\r\none\r\ntwo\r\n"
    )


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\nbody", b"Subject: only a header", b" continues nothing\r\n\r\nbody"])
def test_a_mail_without_a_proper_header_is_stamped_too(raw: bytes) -> None:
    message = message_from_bytes(stamped(raw))
    assert message.keys()[:4] == ["Return-Path", "Delivered-To", "Authentication-Results", "Received"]
    assert message["received"].endswith("23 Nov 2026 08:30:00 +0000")


@pytest.mark.parametrize(
    ("mail_from", "author", "expected"),
    [
        (
            "ann@demo.example",
            "Ann <ann@demo.example>",
            "spf=pass smtp.mailfrom=ann@demo.example; dmarc=pass header.from=demo.example",
        ),
        (
            "Ann@Demo.Example",
            "ANN@DEMO.example",
            "spf=pass smtp.mailfrom=Ann@Demo.Example; dmarc=pass header.from=demo.example",
        ),
        (
            "mallory@elsewhere.example",
            "Ann <ann@demo.example>",
            "spf=none smtp.mailfrom=mallory@elsewhere.example; dmarc=fail header.from=demo.example",
        ),
        ("", "ann@demo.example", "spf=none; dmarc=fail header.from=demo.example"),
        (
            "bob@demo.example",
            "ann@demo.example",
            "spf=pass smtp.mailfrom=bob@demo.example; dmarc=none header.from=demo.example",
        ),
        (
            "x@elsewhere.example",
            "X <x@elsewhere.example>",
            "spf=none smtp.mailfrom=x@elsewhere.example; dmarc=none header.from=elsewhere.example",
        ),
        (
            "x@elsewhere.example",
            '"ann@demo.example" <x@elsewhere.example>',
            "spf=none smtp.mailfrom=x@elsewhere.example; dmarc=none header.from=elsewhere.example",
        ),
        (
            "x@notdemo.example",
            "x@notdemo.example",
            "spf=none smtp.mailfrom=x@notdemo.example; dmarc=none header.from=notdemo.example",
        ),
    ],
)
def test_only_the_owner_of_an_address_passes(mail_from: str, author: str, expected: str) -> None:
    assert verdict(f"From: {author}\r\n\r\n".encode(), mail_from) == f"mx.demo.example; {expected}"


@pytest.mark.parametrize(
    "head",
    [
        b"From: ann@demo.example\r\nFrom: mallory@elsewhere.example\r\n",
        b"From: ann@demo.example, mallory@elsewhere.example\r\n",
        b"From: <ann@demo.example> <mallory@elsewhere.example>\r\n",
        b"From: " + b"(" * 900 + b"ann@demo.example\r\n",
        b"From: ann@demo.example" + b" " * 2000 + b"\r\n",
        b"Subject: no author at all\r\n",
    ],
)
def test_two_authors_or_none_never_pass(head: bytes) -> None:
    for mail_from in ("ann@demo.example", "mallory@elsewhere.example", ""):
        assert "dmarc=pass" not in verdict(head + b"\r\n", mail_from)


@pytest.mark.parametrize(
    "forged",
    [
        b"Authentication-Results: mx.demo.example; dmarc=pass header.from=demo.example",
        b"authentication-results : MX.Demo.Example 1;\r\n\tdmarc=pass header.from=demo.example",
        b'Authentication-Results:\r\n (;) "mx.demo\\.example"; dmarc=pass header.from=demo.example',
        b"Subject: x\rAuthentication-Results: mx.demo.example; dmarc=pass header.from=demo.example",
        b"no field\r\nAuthentication-Results: mx.demo.example; dmarc=pass header.from=demo.example",
    ],
)
def test_a_verdict_forged_in_our_name_is_taken_out(forged: bytes) -> None:
    result = stamped(forged + b"\r\nFrom: ann@demo.example\r\n\r\nbody", "mallory@elsewhere.example")
    assert b"dmarc=pass" not in result
    assert b"dmarc=fail header.from=demo.example" in result


def test_the_verdicts_of_others_stay() -> None:
    other = b"Authentication-Results: mx.elsewhere.example; dmarc=pass header.from=demo.example\r\n"
    assert stamped(other + ANN).endswith(other + ANN)


def test_an_earlier_delivery_leaves_no_trace() -> None:
    result = message_from_bytes(
        stamped(b"Return-Path: <x@y.example>\r\nDELIVERED-TO: x@y.example\r\n folded\r\n" + ANN)
    )
    assert (result.get_all("return-path"), result.get_all("delivered-to")) == (
        ["<ann@demo.example>"],
        ["blog@demo.example"],
    )


def test_an_address_cannot_smuggle_in_a_field_or_a_verdict() -> None:
    result = message_from_bytes(
        stamped(
            ANN,
            'x"; dmarc=pass header.from=demo.example\r\nX-Evil: 1\x85@elsewhere.example',
            "blog@demo.example\nX-Evil: 2",
        )
    )
    assert result["x-evil"] is None
    assert (
        " ".join(result["authentication-results"].split())
        == "mx.demo.example; spf=none; dmarc=fail header.from=demo.example"
    )


def test_a_mail_sent_by_smtp_arrives_stamped(visitor: smtplib.SMTP, letterbox: Letterbox) -> None:
    visitor.sendmail("ann@demo.example", ["blog@demo.example"], ANN.replace(b"Hello", b".Hello"))
    (raw,) = letterbox
    assert raw.startswith(b"Return-Path: <ann@demo.example>\r\nDelivered-To: blog@demo.example\r\n")
    assert raw.endswith(ANN.replace(b"Hello", b".Hello"))


def test_every_recipient_here_gets_a_copy_of_his_own(visitor: smtplib.SMTP, letterbox: Letterbox) -> None:
    refused = visitor.sendmail(
        "ann@demo.example", ["blog@demo.example", "blog+draft@DEMO.example", "you@elsewhere.example"], ANN
    )
    assert [message_from_bytes(raw)["delivered-to"] for raw in letterbox] == [
        "blog@demo.example",
        "blog+draft@DEMO.example",
    ]
    assert {address: code for address, (code, _) in refused.items()} == {"you@elsewhere.example": 550}


def test_a_bounce_comes_in_with_an_empty_sender(visitor: smtplib.SMTP, letterbox: Letterbox) -> None:
    visitor.sendmail("", ["blog@demo.example"], b"From: MAILER-DAEMON@elsewhere.example\r\n\r\nsorry\r\n")
    assert message_from_bytes(letterbox[0])["return-path"] == "<>"


def test_an_address_with_a_quoted_local_part_is_turned_away(visitor: smtplib.SMTP, letterbox: Letterbox) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused, match="553"):
        visitor.sendmail('"a; dmarc=pass"@elsewhere.example', ["blog@demo.example"], ANN)
    assert letterbox == []


def test_international_addresses_and_headers_come_through(visitor: smtplib.SMTP, letterbox: Letterbox) -> None:
    raw = "From: jürgen@demo.example\r\nSubject: Grüße\r\n\r\n☕\r\n".encode()
    visitor.sendmail("jürgen@demo.example", ["blog@demo.example"], raw, mail_options=["SMTPUTF8"])
    assert letterbox[0].endswith(raw)
    assert "smtp.mailfrom=jürgen@demo.example;\r\n\tdmarc=pass header.from=demo.example".encode() in letterbox[0]


def test_a_mail_that_could_not_be_kept_is_asked_for_again(
    visitor: smtplib.SMTP, letterbox: Letterbox, caplog: pytest.LogCaptureFixture
) -> None:
    letterbox.full = True
    with pytest.raises(smtplib.SMTPDataError) as error:
        visitor.sendmail("ann@demo.example", ["blog@demo.example"], ANN)
    assert error.value.smtp_code == 451
    assert "no space left" in caplog.text
    letterbox.full = False
    visitor.sendmail("ann@demo.example", ["blog@demo.example"], ANN)
    assert len(letterbox) == 1


def test_a_mail_over_the_limit_is_refused_for_good(visitor: smtplib.SMTP, letterbox: Letterbox) -> None:
    visitor.ehlo()
    assert visitor.esmtp_features["size"] == str(LARGEST_MAIL)
    with pytest.raises(smtplib.SMTPSenderRefused, match="552"):
        visitor.sendmail(
            "ann@demo.example", ["blog@demo.example"], ANN + (b"x" * 70 + b"\r\n") * (LARGEST_MAIL // 72 + 1)
        )
    assert letterbox == []


def test_closing_frees_the_port_even_with_a_visitor_inside(letterbox: Letterbox) -> None:
    with start_door(0, letterbox.put) as door, smtplib.SMTP("127.0.0.1", door.port, timeout=10) as visitor:
        visitor.ehlo()
        door.close()
        with start_door(door.port, letterbox.put) as again, smtplib.SMTP("127.0.0.1", again.port, timeout=10) as other:
            other.sendmail("ann@demo.example", ["blog@demo.example"], ANN)
    assert len(letterbox) == 1


def test_a_taken_port_is_reported_and_leaves_nothing_behind(door: Door, letterbox: Letterbox) -> None:
    with pytest.raises(OSError, match="in use"):
        start_door(door.port, letterbox.put)


def index() -> list[dict[str, str]]:
    mails: list[dict[str, str]] = tomllib.loads((SAMPLES / "index.toml").read_text())["mail"]
    return mails


def test_the_index_knows_every_sample_once() -> None:
    assert sorted(entry["file"] for entry in index()) == sorted(path.name for path in SAMPLES.glob("*.eml"))
    assert all(entry.keys() == {"file", "mail_from", "recipient", "expect", "about"} for entry in index())
    assert {entry["expect"] for entry in index()} == {"published", "refused", "held", "draft"}


def test_the_samples_are_small_enough_for_a_package() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 2_500_000


@pytest.mark.parametrize("entry", index(), ids=lambda entry: entry["file"])
def test_a_sample_is_a_sound_mail_to_the_blog(entry: dict[str, str]) -> None:
    raw = (SAMPLES / entry["file"]).read_bytes()
    message = message_from_bytes(raw)
    assert raw == raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert entry["recipient"] in message["to"]
    assert [part.defects for part in message.walk() if part.defects] == []
    assert (
        timedelta(0) < datetime(2026, 11, 23, tzinfo=UTC) - parsedate_to_datetime(message["date"]) < timedelta(days=11)
    )
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            content.decode(part.get_content_charset("ascii"))


def test_no_two_samples_share_a_message_id() -> None:
    ids = [message_from_bytes((SAMPLES / entry["file"]).read_bytes())["message-id"] for entry in index()]
    assert len(set(ids)) == len(ids)
    assert all(name.endswith("@demo.example>") for name in ids)


def test_every_sample_goes_through_the_door_with_the_verdict_its_fate_needs(
    visitor: smtplib.SMTP, letterbox: Letterbox
) -> None:
    for entry in index():
        visitor.sendmail(entry["mail_from"], [entry["recipient"]], (SAMPLES / entry["file"]).read_bytes())
    verdicts = {
        entry["file"]: "dmarc=pass" in message_from_bytes(raw)["authentication-results"]
        for entry, raw in zip(index(), letterbox, strict=True)
    }
    assert verdicts == {entry["file"]: entry["expect"] in ("published", "draft") for entry in index()}

"""What the headers say: limits to the letter, and what is kept of a mail that is held."""

import pytest

from mailpost.envelope import Envelope, read_envelope, sound
from mailpost.errors import Held, Reason
from tests.letters import RECEIVED, letter


def refusal(raw: bytes) -> tuple[Reason, str] | None:
    try:
        read_envelope(raw, RECEIVED)
    except Held as held:
        return held.reason, held.detail
    return None


def read(**fields: str | None) -> Envelope:
    return read_envelope(letter(fields={name.replace("_", "-"): value for name, value in fields.items()}), RECEIVED)


WHY = {
    "a control": (b"X-A: \x01\r\n", (Reason.CONTROLS, "")),
    "a malformed name": (b"Hello there, this is a line that is not a field at all\r\n", (Reason.HEADER_NAME, "b'Hello there, this is a line that is not '")),
    "a name with a space": (b"X-A : y\r\n", (Reason.HEADER_NAME, "b'X-A : y\\r\\n'")),
    "too long a field": (b"Sender: " + b"a" * 2000 + b"\r\n", (Reason.HEADER_SIZE, "sender")),
    "a long name": (b"X" * 17_000 + b": y\r\n", (Reason.HEADER_SIZE, "x" * 40)),
    "twice": (b"SUBJECT: a\r\nDate: b\r\nX-A: c\r\nX-A: d\r\n", (Reason.DOUBLED, "subject, date")),
    "Latin-1": (b"Sender: \xe9\r\n", (Reason.CONTROLS, "bytes in sender that are not UTF-8")),
}  # fmt: skip


@pytest.mark.parametrize("name", WHY)
def test_what_is_held_at_the_gate_says_why(name: str) -> None:
    above, expected = WHY[name]
    assert refusal(above + letter()) == expected


CAPS = {
    **dict.fromkeys(("From", "Sender", "Reply-To"), 1024),
    **dict.fromkeys(("To", "Cc", "Authentication-Results"), 8192),
    **dict.fromkeys(
        (
            *("Date", "Message-ID", "In-Reply-To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
            *("Content-Disposition", "Return-Path", "Delivered-To", "X-Original-To", "X-Delivered-To", "Envelope-To"),
            "DKIM-Signature",
        ),
        4096,
    ),
    **dict.fromkeys(("Subject", "References", "Received", "X-Anything"), 16 * 1024),
}


@pytest.mark.parametrize("name", CAPS)
def test_t52_a_field_may_be_as_long_as_its_grammar_needs(name: str) -> None:
    """With its name and its line end."""
    room = CAPS[name] - len(f"{name}: \r\n")
    assert refusal(letter(fields={name: "x" * room})) is None
    assert refusal(letter(fields={name: "x" * (room + 1)})) == (Reason.HEADER_SIZE, name.lower())


def test_t52_a_header_may_have_128_kilobytes_and_500_fields() -> None:
    rest = letter()
    head = rest.partition(b"\r\n\r\n")[0] + b"\r\n"
    pieces = b"X: " + b"y" * 995 + b"\r\n"
    lines = pieces * ((128 * 1024 - len(head)) // 1000)
    line = b"Y: " + b"y" * (128 * 1024 - len(head) - len(lines) - 5) + b"\r\n"
    assert refusal(lines + line + rest) is None
    size = 128 * 1024 + 1
    assert refusal(lines + line.replace(b": ", b":  ") + rest) == (Reason.HEADER_SIZE, f"{size} bytes")
    many = b"X: y\r\n" * (500 - head.count(b"\r\n"))
    assert refusal(many + rest) is None
    assert refusal(b"X: y\r\n" + many + rest) == (Reason.HEADER_SIZE, "content-type")


@pytest.mark.parametrize("code", [*range(9), 11, 12, *range(14, 32), 127])
def test_t52_no_control_is_in_a_header(code: int) -> None:
    assert refusal(b"X-A: a%cb\r\n" % code + letter()) == (Reason.CONTROLS, "")


@pytest.mark.parametrize("code", [9, 32, 33, 57, 59, 126, 128, 255])
def test_other_signs_are(code: int) -> None:
    assert refusal(b"X-A: a%cb\r\n" % code + letter()) is None


@pytest.mark.parametrize("code", [33, 57, 59, 126])
def test_a_name_may_have_every_sign_of_a_name(code: int) -> None:
    assert refusal(b"X%c: b\r\n" % code + letter()) is None


def test_a_mail_as_it_lies_in_a_file_is_read_alike() -> None:
    """With bare line feeds throughout, and below the line that an mbox has."""
    raw = letter(fields={"X-A": "a\r\n b"})
    one = read_envelope(raw, RECEIVED)
    assert read_envelope(raw.replace(b"\r\n", b"\n"), RECEIVED) == one
    assert read_envelope(b"From ann Sun Mar  1 12:00:00 2026\r\n" + raw, RECEIVED) == one
    assert refusal(raw.replace(b"\r\n", b"\n", 1)) == (Reason.CONTROLS, "")


def test_what_the_servers_wrote_is_numbered_from_the_top() -> None:
    raw = (
        b"X-First: a\r\nReceived: from a\r\nAuthentication-Results: mx.demo.example;\r\n\tnone\r\nX-Next: b\r\n"
        b"DKIM-Signature: v=1\r\nRECEIVED: from b\r\nauthentication-results: other.example; none\r\ndkim-signature: v=1\r\n"
        + letter(fields={"Authentication-Results": None, "Received": None})
    )
    envelope = read_envelope(raw, None)
    assert envelope.results == ((2, "mx.demo.example;\tnone"), (6, "other.example; none"))
    assert (envelope.trace, envelope.signatures, envelope.received) == ((1, 5), 2, None)


def test_where_it_was_delivered_is_what_servers_wrote() -> None:
    envelope = read_envelope(
        b"Delivered-To: Blog+A@Demo.Example\r\nX-Original-To: <b@demo.example>\r\nX-Delivered-To: c@demo.example, d@demo.example\r\n"
        b"Envelope-To: e@demo.example\r\nDelivered-To: b@demo.example\r\nX-Forwarded-To: f@demo.example\r\nBcc: g@demo.example\r\n"
        + letter(),
        RECEIVED,
    )
    assert envelope.delivered_to == (
        "blog+a@demo.example", "b@demo.example", "c@demo.example", "d@demo.example", "e@demo.example",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["Delivered-To", "To"])
def test_t52_fifty_addresses_are_read(name: str) -> None:
    listed = [f"{n}@demo.example" for n in range(60)]
    envelope = read_envelope(letter(fields={name: ", ".join(listed)}), RECEIVED)
    found = envelope.delivered_to if name == "Delivered-To" else envelope.recipients
    assert found == tuple(listed[:50])


def test_t64_a_mail_that_went_through_more_than_25_servers_goes_in_circles() -> None:
    for hops, automatic in ((24, ""), (25, "received")):
        assert read_envelope(b"Received: from x\r\n" * hops + letter(), RECEIVED).automatic == automatic


@pytest.mark.parametrize("length", [1, 250])
def test_a_message_id_is_what_stands_in_its_brackets(length: int) -> None:
    name = "<" + "a" * length + ">"
    assert read(Message_ID=f"x {name} <b@c>").message_id == name
    assert read(Message_ID="<" + "a" * 251 + ">").message_id == ""
    assert read(Message_ID="<a b> <<c> <>").message_id == "<c>"
    assert read(Message_ID="a@b").message_id == read(Message_ID=None).message_id == ""


ATOMS = "AZaz09!#$%&'*+/=?^_`{|}~-"


@pytest.mark.parametrize("sign", ATOMS)
def test_an_address_may_have_every_sign_of_an_address(sign: str) -> None:
    for local in (f"x{sign}x", f"{sign}x", f"x{sign}", f"x.{sign}.x"):
        address = f"{local}@demo.example".lower()
        assert read(From=f"{local}@demo.example").sender == address
        assert read(Delivered_To=f"for {local}@demo.example;").delivered_to == (address,)


@pytest.mark.parametrize("domain", ["a.b", "0.9", "a-b.c--d.e", "Z.AZ", "1a.a1", "xn--a.example", "a.b.c.d.e"])
def test_a_domain_is_of_labels(domain: str) -> None:
    assert read(From=f"ann@{domain}").sender == f"ann@{domain}".lower()


@pytest.mark.parametrize(
    "domain", ["a", "a.", ".a", "a..b", "-a.b", "a-.b", "a.b-", "a_b.c", "[127.0.0.1]", "é.example"]
)
def test_what_is_no_domain_is_nobodys(domain: str) -> None:
    assert read(From=f"ann@{domain}").sender == ""


@pytest.mark.parametrize("sign", '"<>@,:;()[]\\')
def test_a_name_that_is_not_quoted_has_no_sign_that_means_something(sign: str) -> None:
    assert read(From=f"A {sign} B <ann@demo.example>").sender == ""


def test_a_local_part_has_at_most_64_signs() -> None:
    assert read(From=f"{'a' * 64}@demo.example").sender == f"{'a' * 64}@demo.example"
    assert read(From=f"{'a' * 65}@demo.example").sender == ""
    assert read(From="=?utf-8?q?ann?=@demo.example").sender == ""


# ---- what somebody has decided about is made readable


def fields(raw: bytes) -> list[bytes]:
    head, _, _ = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    return head.split(b"\n")


def test_a_mail_that_passes_the_gate_is_left_as_it_is() -> None:
    for raw in (letter(), letter(fields={"X-A": "a\r\n b"}), b"Subject: x\n\nbody\r\n"):
        assert sound(raw) is raw


@pytest.mark.parametrize("name", WHY)
def test_what_was_held_at_the_gate_passes_it_without_what_was_wrong(name: str) -> None:
    raw = letter()
    mended = sound(WHY[name][0] + raw)
    assert refusal(mended) is None
    assert mended.endswith(b"\n\nThe first crocus.\r\n")
    rest = [line for line in fields(raw) if name != "twice" or not line.startswith((b"Subject", b"Date"))]
    assert fields(mended)[-len(rest) :] == rest


def test_of_a_field_that_may_be_there_once_the_topmost_stays() -> None:
    mended = sound(b"SUBJECT: a\r\nX-A: b\r\nX-A: c\r\nsubject: d\r\n" + letter(fields={"Subject": "e"}))
    assert fields(mended)[:3] == [b"SUBJECT: a", b"X-A: b", b"X-A: c"]
    assert mended.lower().count(b"subject:") == 1
    assert read_envelope(mended, RECEIVED).subject == "a"


def test_controls_become_spaces_and_lines_that_are_no_fields_go() -> None:
    mended = sound(
        b"From x y\r\nX-A: a\x00b\x1bc\rd\x7f\r\n e\r\nno field\r\nX-B : f\r\nSender: \xe9\r\nX-C: \xe9\r\n" + letter()
    )
    assert fields(mended)[:4] == [b"X-A: a b c d ", b" e", b"X-C: \xe9", fields(letter())[0]]


@pytest.mark.parametrize(("name", "cap"), [("Sender", 1024), ("Cc", 8192), ("In-Reply-To", 4096), ("X-Any", 16 * 1024)])
def test_what_is_too_long_goes(name: str, cap: int) -> None:
    """Counted with one sign for the line end: that is how it is kept."""
    room = cap - len(f"{name}: \n")
    for length, kept in ((room, True), (room + 1, False)):
        mended = sound(b"bad\r\n" + f"{name}: {'x' * length}\r\n".encode() + letter())
        assert (f"{name}: x".encode() in mended) is kept


def test_what_is_too_much_goes_from_below() -> None:
    mended = sound(b"bad\r\n" + b"X: y\r\n" * 600 + letter())
    assert fields(mended) == [b"X: y"] * 500
    line = b"X: " + b"y" * 996 + b"\n"
    assert len(line) == 1000
    full = sound(b"bad\r\n" + line * 131 + b"Y: " + b"y" * 64 + b"\n" + line)
    assert fields(full)[-1] == b"Y: " + b"y" * 64, "128 kB to the last byte"
    over = sound(b"bad\r\n" + line * 131 + b"Y: " + b"y" * 65 + b"\n")
    assert fields(over)[-1] == line.strip()

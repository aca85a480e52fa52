"""What vouches for a sender. Keys are our own, made when the tests run; DNS is a dictionary."""

import base64
import hashlib
import re
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dkim
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import example, given
from hypothesis import strategies as st

from mailpost.envelope import read_envelope
from mailpost.errors import Temporary
from mailpost.proof import Results, Statement, Verdict, names_blog, parse_results, prove, trusted_results
from mailpost.proof.alignment import aligned
from tests.signer import BODY, ELLIPTIC, ELLIPTIC_KEY, HEAD, RECEIVED, SIGNED, key, signed

BLOG = {"blog@posts.example"}


def dns(records: Mapping[str, str | None] | None = None) -> Callable[[str], bytes | None]:
    """The key of example.org and `records`; a record that is None stands for a server that does not answer."""
    known = {"sel._domainkey.example.org": key().record} | dict(records or {})

    def lookup(name: str) -> bytes | None:
        if name not in known:
            return None
        record = known[name]
        if record is None:
            raise Temporary(f"{name}: timed out")
        return record.encode()

    return lookup


def silent(name: str) -> bytes | None:
    raise AssertionError(f"nothing may be looked up here, not even {name}")


def judge(
    raw: bytes,
    lookup: Callable[[str], bytes | None] | None = None,
    *,
    trusted: tuple[str, ...] = (),
    received: datetime | None = RECEIVED,
) -> Verdict:
    return prove(raw, read_envelope(raw, received), trusted, lookup or dns(), received)


def meant_for_us(raw: bytes, verdict: Verdict) -> bool:
    return names_blog(verdict, read_envelope(raw, RECEIVED), BLOG)


def under(results: str, raw: bytes) -> bytes:
    return results.encode() + raw


# signatures


@pytest.mark.parametrize(
    "how", ["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple", "simple", "relaxed"]
)
def test_a_genuine_signature_passes(how: str) -> None:
    raw = signed(c=how)
    verdict = judge(raw)
    assert replace(verdict, fingerprints=()) == Verdict(
        passed=True,
        by="dkim:example.org",
        signed=frozenset({"from", "to", "subject", "date"}),
        covered=frozenset({"blog+k7@posts.example"}),
    )
    assert [len(fingerprint) for fingerprint in verdict.fingerprints] == [64]
    assert meant_for_us(raw, verdict)
    assert judge(raw.replace(b"\r\n", b"\n")) == verdict, "a Maildir keeps mails with bare line feeds"


RFC_8463 = """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace("\n", "\r\n").encode()
RFC_8463_KEYS = {
    "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com": "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
    "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hst"
    "T5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}


def test_the_mail_of_rfc_8463_passes_today_as_it_did_in_2018() -> None:
    """Time is when the mail arrived; the clock of this machine says nothing about it."""
    verdict = judge(RFC_8463, dns(RFC_8463_KEYS), received=datetime(2018, 6, 10, 14, tzinfo=UTC))
    assert (verdict.passed, verdict.by, len(verdict.fingerprints)) == (True, "dkim:football.example.com", 2)


def elliptic(**changes: str) -> bytes:
    return signed(sign=ELLIPTIC.sign, a="ed25519-sha256", **changes)


def elliptic_dns(record: str = f"v=DKIM1; k=ed25519; p={ELLIPTIC_KEY}") -> Callable[[str], bytes | None]:
    return dns({"sel._domainkey.example.org": record})


def test_an_elliptic_signature_passes_alone() -> None:
    only = RFC_8463[: RFC_8463.index(b"DKIM", 4)] + RFC_8463[RFC_8463.index(b"From:") :]
    early = datetime(2018, 6, 10, 14, tzinfo=UTC)
    assert judge(only, dns(RFC_8463_KEYS), received=early).by == "dkim:football.example.com"
    for how in ("relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"):
        raw = elliptic(c=how)
        verdict = judge(raw, elliptic_dns())
        assert (verdict.by, meant_for_us(raw, verdict)) == ("dkim:example.org", True)


@pytest.mark.parametrize(("old", "new", "why"), [("Spring", "Autumn", "header"), ("crocus", "casino", "body")])
def test_an_elliptic_signature_protects_what_it_signs(old: str, new: str, why: str) -> None:
    forged = elliptic().replace(old.encode(), new.encode())
    assert judge(forged, elliptic_dns()) == Verdict(weak=f"the {why} is not the one that was signed")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"l": "10"}, "the signature covers only the beginning of the body"),
        ({"names": "from:to:date"}, "the signature does not cover subject"),
        ({"x": str(SIGNED + 1)}, "the signature has expired"),
        ({"t": str(SIGNED + 3700)}, "the signature is dated after the mail arrived"),
    ],
)
def test_an_elliptic_signature_is_judged_as_strictly(changes: dict[str, str], why: str) -> None:
    assert judge(elliptic(**changes), silent) == Verdict(weak=why)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=DKIM1; k=ed25519; p=", "the key of the signature is not published"),
        (f"v=DKIM1; k=ed25519; t=y; p={ELLIPTIC_KEY}", "the key is published for testing"),
        (f"v=DKIM1; k=ed25519; s=tlsrpt; p={ELLIPTIC_KEY}", "the key is not for email"),
        (f"v=DKIM1; k=ed25519; h=sha1; p={ELLIPTIC_KEY}", "the key is for another algorithm"),
        (f"v=DKIM1; p={ELLIPTIC_KEY}", "the key is for another algorithm"),
        ("v=DKIM1; k=ed25519; p=AAAA", "the ed25519-sha256 signature could not be verified"),
        ("v=DKIM1; k=ed25519; p=!", "the ed25519-sha256 signature could not be verified"),
        (f"v=DKIM1; k=ed25519; p={'A' * 43}=", "the header is not the one that was signed"),
    ],
)
def test_an_elliptic_key_must_be_good_for_this(record: str, why: str) -> None:
    assert judge(elliptic(), elliptic_dns(record)) == Verdict(weak=why)


def test_a_signature_of_one_kind_does_not_pass_as_the_other() -> None:
    assert judge(elliptic(), dns()).weak == "the key is for another algorithm"
    assert judge(signed(), elliptic_dns()).weak == "the key is for another algorithm"
    assert judge(signed(a="ed25519-sha256"), elliptic_dns()).weak == (
        "the ed25519-sha256 signature could not be verified"
    ), "256 bytes are no elliptic signature"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Ann <", "Eve <", "header"),
        ("blog+k7@", "blog+x9@", "header"),
        ("Spring", "Autumn", "header"),
        ("12:00:00", "12:00:01", "header"),
        ("crocus", "dandelion", "body"),
        ("t=1", "t=0", "header"),
        ("crocus.", "crocus.\r\n\r\nBuy!", "body"),
    ],
)
def test_whatever_is_signed_cannot_be_changed(old: str, new: str, why: str) -> None:
    raw = signed()
    forged = raw.replace(old.encode(), new.encode(), 1)
    assert forged != raw
    assert judge(forged) == Verdict(weak=f"the {why} is not the one that was signed")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"a": "rsa-sha1"}, "the signature uses rsa-sha1"),
        ({"l": "10"}, "the signature covers only the beginning of the body"),
        ({"names": "from:to:date"}, "the signature does not cover subject"),
        ({"names": "from:to:subject"}, "the signature does not cover date"),
        ({"names": "from:subject:date"}, "the signature does not cover to"),
        ({"names": "to:subject:date"}, "the signature does not cover from"),
        (
            {"names": "from:to:subject:date", "head": HEAD + "Cc: Zoe <zoe@friends.example>\r\n"},
            "the signature does not cover cc",
        ),
        ({"names": "from:date"}, "the signature does not cover to, subject"),
        ({"x": str(SIGNED + 1)}, "the signature has expired"),
        ({"t": str(SIGNED + 3700)}, "the signature is dated after the mail arrived"),
        ({"v": "2"}, "a signature is malformed"),
        ({"v": None}, "a signature is malformed"),
        ({"t": "now"}, "a signature is malformed"),
        ({"x": str(SIGNED)}, "a signature is malformed"),
        ({"i": "ann@example.com"}, "a signature is malformed"),
        ({"i": "ann@notexample.org"}, "a signature is malformed"),
        ({"c": "nowsp"}, "a signature is malformed"),
        ({"q": "http"}, "a signature is malformed"),
        ({"d": "example.org."}, "a signature is malformed"),
        ({"s": "sel;d=example.org"}, "a signature is malformed"),
        ({"s": "sel b=x"}, "a signature is malformed"),
        ({"d": "éxample.org"}, "a signature is malformed"),
        ({"names": "from:to:subject:date" + ":x" * 200}, "a signature is malformed"),
    ],
)
def test_a_signature_that_proves_too_little_is_not_even_verified(changes: dict[str, str], why: str) -> None:
    assert judge(signed(**changes), silent) == Verdict(weak=why)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=DKIM1; p=", "the key of the signature is not published"),
        ("v=spf1 -all", "the key of the signature is not published"),
        ("v=DKIM2; p=AAAA", "the key of the signature is not published"),
        ("p=AAAA; p=BBBB", "the key of the signature is not published"),
        ("", "the key of the signature is not published"),
        ("t=y; {}", "the key is published for testing"),
        ("t=s:y; {}", "the key is published for testing"),
        ("s=tlsrpt; {}", "the key is not for email"),
        ("h=sha1; {}", "the key is for another algorithm"),
        ("k=ed25519; {p}", "the key is for another algorithm"),
        ("p=AAAA", "the rsa-sha256 signature could not be verified"),
        ("p=!", "the rsa-sha256 signature could not be verified"),
    ],
)
def test_a_key_must_be_good_for_this(record: str, why: str) -> None:
    whole = key().record.removeprefix("v=DKIM1; ")
    record = record.format(whole, p=whole.partition("; ")[2])
    assert judge(signed(), dns({"sel._domainkey.example.org": record})) == Verdict(weak=why)


@pytest.mark.parametrize("more", ["s=*; ", "s=email; ", "s=tlsrpt : email; ", "t=s; ", "h=sha1:sha256; ", "n=a note; "])
def test_a_key_may_say_more(more: str) -> None:
    assert judge(signed(), dns({"sel._domainkey.example.org": more + key().record.removeprefix("v=DKIM1; ")})).passed


def test_a_key_for_one_domain_does_not_speak_for_its_subdomains() -> None:
    strict = dns({"sel._domainkey.example.org": key().record + "; t=s"})
    assert judge(signed(i="ann@example.org"), strict).passed
    assert judge(signed(i="@mail.example.org"), strict) == Verdict(weak="the key does not speak for subdomains")


def test_short_keys_do_not_count() -> None:
    good, short = (
        judge(signed(sign=k.sign), dns({"sel._domainkey.example.org": k.record})) for k in (key(1024), key(768))
    )
    assert good.passed
    assert short == Verdict(weak="the key has only 768 bits")


def test_an_expiring_signature_needs_a_time_of_arrival() -> None:
    raw = signed(x=str(SIGNED + 3600))
    assert judge(raw).passed
    assert judge(raw, received=None) == Verdict(weak="the signature has expired")
    assert judge(signed(), received=None).passed


@pytest.mark.parametrize(
    ("domain", "sender", "answer"),
    [
        ("example.org", "example.org", True),
        ("example.org", "mail.example.org", True),
        ("mail.example.org", "example.org", True),
        ("a.b.example.org", "example.org", True),
        ("news.example.org", "mail.example.org", False),
        ("example.com", "example.org", False),
        ("notexample.org", "example.org", False),
        ("example.org.evil.example", "example.org", False),
        ("org", "example.org", False),
        ("", "example.org", False),
        ("localhost", "localhost", False),
        ("co.uk", "ann.co.uk", False),
        ("ann.co.uk", "mail.ann.co.uk", True),
        ("github.io", "ann.github.io", False),
        ("eve.github.io", "github.io", False),
        ("github.io", "github.io", True),
        ("evil.example'.example.org", "example.org", False),
        ("evil\0.example.org", "example.org", False),
    ],
)
def test_only_the_senders_domain_and_its_line_may_vouch(domain: str, sender: str, *, answer: bool) -> None:
    assert aligned(domain, sender) is answer


def test_strangers_signatures_cost_no_look_up() -> None:
    for domain in ("example.com", "org", "xexample.org"):
        assert judge(signed(d=domain), silent) == Verdict()


def test_a_relative_may_sign_unless_dmarc_says_otherwise() -> None:
    relative = {"sel._domainkey.mail.example.org": key().record}
    raw = signed(d="mail.example.org")
    weak = "example.org does not let mail.example.org sign for it"
    assert judge(raw, dns(relative)).by == "dkim:mail.example.org"
    assert judge(raw, dns(relative | {"_dmarc.example.org": "v=DMARC1; p=reject"})).passed
    assert judge(raw, dns(relative | {"_dmarc.example.org": "v=DMARC1; p=reject; adkim=s"})) == Verdict(weak=weak)
    assert judge(raw, dns(relative | {"_dmarc.example.org": None})).temporary
    assert judge(signed(), dns({"_dmarc.example.org": "v=DMARC1; adkim=s"})).passed

    below = signed(HEAD.replace("ann@example.org", "ann@mail.example.org"))
    assert judge(below, dns({"_dmarc.example.org": "v=DMARC1; adkim=s"})).weak == (
        "mail.example.org does not let example.org sign for it"
    )
    own = {"_dmarc.mail.example.org": "v=DMARC1; adkim=r", "_dmarc.example.org": "v=DMARC1; adkim=s"}
    assert judge(below, dns(own)).passed, "the nearest record decides"


def test_waiting_helps_where_dns_does_not_answer_and_nothing_else_vouches() -> None:
    trouble = dns({"sel._domainkey.example.org": None, "old._domainkey.example.org": key().record})
    assert judge(signed(), trouble) == Verdict(temporary=True, weak="the key of the signature could not be looked up")
    both = signed()[: signed().index(b"From:")] + signed(s="old")
    assert judge(both, trouble).passed
    assert not judge(signed(l="9"), trouble).temporary


def test_a_second_signature_passes_where_the_first_is_broken() -> None:
    """dkimpy's own verify looks at the topmost only."""
    broken = signed(body="Other\r\n")
    raw = broken[: broken.index(b"From:")] + signed()
    assert judge(raw).passed


def test_signatures_of_different_kinds_do_not_get_in_each_others_way() -> None:
    """The body as one of them sees it is not the body of the next."""
    broken = signed(HEAD.replace("Spring", "Autumn"), c="relaxed/relaxed")
    raw = broken[: broken.index(b"From:")] + signed(c="relaxed/simple")
    assert judge(raw).passed


def test_five_signatures_are_enough() -> None:
    asked: list[str] = []

    def lookup(name: str) -> bytes | None:
        asked.append(name)
        return None

    one = signed()
    field = one.partition(b"From:")[0]
    many = b"".join(field.replace(b"s=sel", b"s=s%d" % n) for n in range(200)) + one
    assert judge(many, lookup).weak == "the key of the signature is not published"
    assert asked == [f"s{n}._domainkey.example.org" for n in range(5)]


@pytest.mark.parametrize(
    "body", [" " * 3_000_000 + "x\r\n", (" " * 999 + "x") * 3000, "\t \r\n" * 300_000, " \r\n" * 9 + " "]
)
def test_white_space_costs_nothing_and_still_verifies(body: str) -> None:
    """dkimpy alone needs more than ten minutes for the first."""
    raw = signed(HEAD, "x", bh=base64.b64encode(hashlib.sha256(_relaxed_by_line(body)).digest()).decode())
    raw = raw.removesuffix(b"x") + body.encode()
    assert judge(raw).passed


def test_a_large_mail_takes_a_few_times_its_size() -> None:
    """dkimpy's own way of compressing white space takes more than forty times the size of such prose."""
    raw = signed(body="The quick brown fox  jumps over the lazy dog. \r\n" * 40_000)
    envelope = read_envelope(raw, RECEIVED)
    tracemalloc.start()
    try:
        assert prove(raw, envelope, (), dns(), RECEIVED).passed
        assert tracemalloc.get_traced_memory()[1] < 8 * len(raw)
    finally:
        tracemalloc.stop()


def _relaxed_by_line(body: str) -> bytes:
    lines = [re.sub("[ \t]+", " ", line) for line in body.split("\r\n")]
    lines = [line.rstrip(" ") for line in lines[:-1]] + lines[-1:]
    text = re.sub(r"(\r\n)*\Z", "", "\r\n".join(lines), count=1)
    return f"{text}\r\n".encode() if text else b""


@pytest.mark.parametrize("gap", [" " * 3000, "\r\n " * 1000, "\t" * 101])
def test_white_space_in_a_signature_costs_nothing(gap: str) -> None:
    raw = signed()
    forged = raw.replace(b"; b=", f"; b=AAAA{gap}".encode(), 1)
    assert judge(forged, silent).weak == "a signature is malformed"


# replay


def test_a_mail_to_a_friend_cannot_be_sent_on_to_the_blog() -> None:
    private = signed(HEAD.replace("blog+k7@posts.example", "zoe@friends.example"))
    for forged in (
        private,
        under("Delivered-To: blog@posts.example\r\n", private),
        under("Cc: blog@posts.example\r\n", private),
        under("Bcc: blog@posts.example\r\n", private),
        under("Resent-To: blog@posts.example\r\n", private),
    ):
        verdict = judge(forged)
        assert verdict.passed is (b"Cc:" not in forged)
        assert not meant_for_us(forged, verdict)


@pytest.mark.parametrize(
    "to",
    [
        '"blog@posts.example" <zoe@friends.example>',
        "zoe@friends.example (blog@posts.example)",
        '"a\\" blog@posts.example" <zoe@friends.example>',
        '"x"blog@posts.example',
        "blog@posts.example <zoe@friends.example>",
        "blog@posts.example zoe@friends.example",
        "<blog@posts.example> zoe@friends.example",
        "<zoe@friends.example>blog@posts.example",
        "zoe@friends.example (((, blog@posts.example",
    ],
)
def test_an_address_that_only_looks_signed_is_not(to: str) -> None:
    raw = signed(HEAD.replace("The blog <blog+k7@posts.example>", to))
    envelope = replace(read_envelope(raw, None), recipients=("blog@posts.example", "zoe@friends.example"))
    verdict = prove(raw, envelope, (), dns(), RECEIVED)
    assert verdict.passed
    assert verdict.covered <= {"zoe@friends.example"}
    assert not meant_for_us(raw, verdict)


@pytest.mark.parametrize(
    ("to", "cc", "names"),
    [
        ("blog@posts.example", "zoe@friends.example", "from:to:cc:subject:date"),
        ("zoe@friends.example", "Blog@Posts.Example", "from:to:cc:subject:date"),
        (
            'zoe@friends.example, "Blog, the" <BLOG+draft@posts.example>',
            "max@friends.example",
            "from:to:subject:date:cc",
        ),
        ("zoe@friends.example", "(x) <blog@posts.example>", "from:to:cc:subject:date"),
    ],
)
def test_the_blog_may_be_in_a_signed_to_or_cc(to: str, cc: str, names: str) -> None:
    head = HEAD.replace("The blog <blog+k7@posts.example>", to) + f"Cc: {cc}\r\n"
    raw = signed(head, names=names)
    assert meant_for_us(raw, judge(raw))


def test_only_recipients_that_the_envelope_has_read_are_covered() -> None:
    raw = signed(HEAD.replace("The blog <blog+k7@posts.example>", "a@posts.example, b@posts.example"))
    envelope = replace(read_envelope(raw, RECEIVED), recipients=("b@posts.example", "c@posts.example"))
    assert prove(raw, envelope, (), dns(), RECEIVED).covered == {"b@posts.example"}


def test_a_replay_has_the_fingerprint_of_the_mail_it_repeats() -> None:
    raw = signed()
    verdict = judge(raw)
    moved = raw.replace(b"<1@example.org>", b"<2@example.org>")
    folded = re.sub(rb"; b=(.{20})", rb"; b=\1\r\n ", raw)
    assert folded != raw
    for again in (moved, under("Received: by elsewhere\r\nSender: eve@evil.example\r\n", raw), folded):
        assert judge(again).fingerprints == verdict.fingerprints
    assert judge(signed(body="Another body\r\n")).fingerprints != verdict.fingerprints


# Authentication-Results: one field

READABLE: dict[str, tuple[str, list[tuple[str, str, dict[str, str], str]]]] = {
    "gmail": (
        (
            "mx.google.com;       dkim=pass header.i=@example.org header.s=sel header.b=AbC/+=;"
            "       spf=pass (google.com: domain of ann@example.org designates 192.0.2.1 as permitted sender)"
            " smtp.mailfrom=ann@example.org;       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.org"
        ),
        [
            ("dkim", "pass", {"header.i": "@example.org", "header.s": "sel", "header.b": "AbC/+="}, "example.org"),
            ("spf", "pass", {"smtp.mailfrom": "ann@example.org"}, "example.org"),
            ("dmarc", "pass", {"header.from": "example.org"}, "example.org"),
        ],
    ),
    "fastmail, the first of four": (
        "mx4.messagingengine.com; x-csa=none; x-me-sender=none; x-ptr=pass smtp.helo=m.example.org policy.ptr=m.example.org",
        [
            ("x-csa", "none", {}, ""),
            ("x-me-sender", "none", {}, ""),
            ("x-ptr", "pass", {"smtp.helo": "m.example.org", "policy.ptr": "m.example.org"}, ""),
        ],
    ),
    "fastmail, the fourth": (
        (
            "mx4.messagingengine.com; dkim=pass (2048-bit rsa key sha256) header.d=example.org header.i=@example.org"
            " header.b=x9 header.a=rsa-sha256 header.s=sel x-bits=2048; dmarc=pass policy.published-domain-policy=none"
            " (p=none,sp=quarantine,d=none,d.eval=none) policy.policy-from=p header.from=example.org;"
            " iprev=pass smtp.remote-ip=2001:db8::1 (m.example.org)"
        ),
        [
            (
                "dkim",
                "pass",
                {
                    "header.d": "example.org",
                    "header.i": "@example.org",
                    "header.b": "x9",
                    "header.a": "rsa-sha256",
                    "header.s": "sel",
                    "x-bits": "2048",
                },
                "example.org",
            ),
            (
                "dmarc",
                "pass",
                {
                    "policy.published-domain-policy": "none",
                    "policy.policy-from": "p",
                    "header.from": "example.org",
                },
                "example.org",
            ),
            ("iprev", "pass", {"smtp.remote-ip": "2001:db8::1"}, ""),
        ],
    ),
    "icloud": (
        'bimi.icloud.com; bimi=skipped reason="insufficient dmarc"',
        [("bimi", "skipped", {"reason": "insufficient dmarc"}, "")],
    ),
    "icloud with a quoted address": (
        'spf.icloud.com; spf=pass (spf.icloud.com: ok) smtp.mailfrom="SRS0=a=b=example.org=ann@relay.example"',
        [("spf", "pass", {"smtp.mailfrom": "SRS0=a=b=example.org=ann@relay.example"}, "relay.example")],
    ),
    "yahoo, in words of its own": (
        (
            "atlas1.free.mail.bf1.yahoo.com; dkim=dkim_pass header.i=@example.org header.s=@sel; spf=none smtp.mailfrom=;"
            " dmarc=success(p=REJECT) header.from=example.org;"
        ),
        [
            ("dkim", "unknown", {"header.i": "@example.org", "header.s": "@sel"}, "example.org"),
            ("spf", "none", {"smtp.mailfrom": ""}, ""),
            ("dmarc", "unknown", {"header.from": "example.org"}, "example.org"),
        ],
    ),
    "rfc 8601, none": ("Mail.Example.NET 1; none", []),
    "rfc 8601, comments": (
        "foo.example.net (foobar (x)) 1 (baz);\r\n\tdkim (Because) = (\\)) fail",
        [("dkim", "fail", {}, "")],
    ),
    "rfc 8601, a result and nothing more": (
        "mail.example.net; DKIM/1 = FAIL (bad \\( key)",
        [("dkim", "fail", {}, "")],
    ),
    "a method of another version": ("mail.example.net; dmarc/2=pass", [("dmarc", "unknown", {}, "")]),
}


@pytest.mark.parametrize("name", READABLE)
def test_what_providers_write_can_be_read(name: str) -> None:
    value, said = READABLE[name]
    found = parse_results(value)
    assert found is not None
    assert found == Results(
        value.replace(";", " ").split()[0].lower(),
        tuple(Statement(method, result, properties) for method, result, properties, _ in said),
    )
    assert [statement.domain for statement in found.statements] == [domain for _, _, _, domain in said]


MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; posts.example; dkim=pass (signature was verified)"
    " header.d=example.org;posts.example; dmarc=pass action=none header.from=example.org;compauth=pass reason=100"
)


def test_microsoft_does_not_say_who_speaks_and_is_never_trusted() -> None:
    assert parse_results(MICROSOFT) == Results("", ())
    for name in ("", "*", "*.", "spf=pass", "spf"):
        assert trusted_results([(0, MICROSOFT)], [], [name]).block == ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "mx.example.net",
        "mx.example.net 2; dmarc=pass header.from=example.org",
        "mx.example.net 1 1; none",
        "mx.example.net; dmarc",
        "mx.example.net; dmarc=",
        "mx.example.net; =pass",
        "mx.example.net; dmarc=pass header.from",
        "mx.example.net; dmarc=pass header.from=example.org header.from=example.com",
        "mx.example.net; dmarc=pass example.org",
        "mx.example.net; dmarc=pass (never closed",
        "mx.example.net; dmarc=pass (never (closed)",
        'mx.example.net; dmarc=pass header.from="example.org',
        'mx.example.net; dmarc=pass header.from="example.org"evil.example',
        'mx.example.net; dmarc=pass header.from=example.org"evil.example"',
        "mx.example.net; spf=pass smtp.mailfrom=any@legit.example(a.attack.example); dmarc=pass header.from=legit.example",
        "mx.example.net; dkim=pass header.d=legit.example(.attack.example); dmarc=pass",
        "mx.example.net; dkim=pass header.d=(attack.example)legit.example",
        "mx.example.net; dkim=pass header.d=legit.example\0.attack.example",
        "mx.example.net; dkim=pass header.d=legit.example\x7f",
        "mx.example.net; dmarc=pass header.from=example.org (\x00)",
        "mx.example.net; dkim=pass x=" + "x" * 8192,
        "mx.example.net; dkim=pass header (who writes this?) . d = legit.example",
    ],
)
def test_tricks_and_slips_make_a_field_unreadable(value: str) -> None:
    assert parse_results(value) is None


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("mx.example.net; dkim=pass header.d=legit.example'a.attack.example", "legit.example'a.attack.example"),
        ("mx.example.net; spf=pass smtp.mailfrom=<ann@legit.example>", "legit.example"),
        ("mx.example.net; dmarc=pass header.from=any@legit.example", "any@legit.example"),
        ("mx.example.net; dkim=pass header.d=attack.example header.i=@legit.example", "attack.example"),
        ("mx.example.net; spf=pass smtp.helo=legit.example", ""),
    ],
)
def test_a_verdict_is_about_the_whole_of_what_it_names(value: str, domain: str) -> None:
    found = parse_results(value)
    assert found is not None
    assert found.statements[0].domain == domain


ALPHABET = st.sampled_from(
    ["(", ")", '"', "\\", ";", "=", ".", "/", "@", " ", "\t", "\0", "a", "1", "pass", "dkim", "é", "\u212a"]
)


@given(st.lists(ALPHABET, max_size=200).map("".join))
@example("(" * 8192)
@example('"' * 8192)
@example(";" * 8192)
@example("a=" * 4096)
@example("\\" * 8192)
@example("a;" + "a=a " * 2000)
@example("a;a=a" + " (a)" * 2000)
@example("(" * 4096 + ")" * 4096)
def test_any_field_is_read_or_refused_quickly(value: str) -> None:
    found = parse_results(value)
    assert found is None or isinstance(found, Results)
    assert trusted_results([(0, value)], [], ["mx.example.net"]).block == ()


# Authentication-Results: which fields count

PASS = "mx.example.net; dkim=pass header.d=example.org; dmarc=pass header.from=example.org"
FAIL = "mx.example.net; dkim=none; dmarc=fail header.from=example.org"
QUIET = "mx.example.net; x-csa=none"
OTHER = "relay.example; dmarc=pass header.from=example.org"
BROKEN = "mx.example.net; dkim=pass header.d=legit.example(.attack.example)"


@pytest.mark.parametrize(
    ("fields", "block", "contradiction"),
    [
        ("results:PASS", 1, False),
        ("received received results:PASS received", 1, False),
        ("received results:QUIET results:QUIET other:x results:PASS received", 3, False),
        ("results:PASS received results:PASS", 1, False),
        ("results:PASS received results:FAIL", 1, True),
        ("results:FAIL received results:PASS", 1, True),
        ("results:QUIET received results:PASS", 1, True),
        ("results:PASS received results:QUIET", 1, False),
        ("results:OTHER results:PASS", 1, False),
        ("results:FAIL results:OTHER results:PASS", 1, True),
        ("results:FAIL results:PASS", 2, True),
        ("results:BROKEN results:PASS", 0, True),
        ("results:FAIL results:BROKEN results:PASS", 1, True),
        ("results:OTHER received results:OTHER", 0, False),
        ("", 0, False),
    ],
)
def test_only_the_topmost_block_counts(fields: str, block: int, *, contradiction: bool) -> None:
    values = {"PASS": PASS, "FAIL": FAIL, "QUIET": QUIET, "OTHER": OTHER, "BROKEN": BROKEN}
    lines = list(enumerate(fields.split()))
    results = [(n, values[line.partition(":")[2]]) for n, line in lines if line.startswith("results")]
    found = trusted_results(results, [n for n, line in lines if line == "received"], ["mx.example.net"])
    assert (len(found.block), found.contradiction) == (block, contradiction)


def test_t06_the_topmost_field_on_a_method_is_a_servers_word_on_it() -> None:
    fields = [
        "mx.example.net; dkim=none; arc=none",
        "mx.example.net; dkim=pass header.d=example.org; spf=pass smtp.mailfrom=example.org",
        "mx.example.org; dkim=pass header.d=example.org",
    ]
    block = trusted_results(list(enumerate(fields)), [], ["mx.example.net", "mx.example.org"]).block
    assert [[f"{said.method}={said.result}" for said in found.statements] for found in block] == [
        ["dkim=none", "arc=none"],
        ["spf=pass"],
        ["dkim=pass"],
    ]


@pytest.mark.parametrize(
    ("name", "pattern", "answer"),
    [
        ("mx.example.net", "MX.Example.Net", True),
        ("MX.EXAMPLE.NET", "mx.example.net", True),
        ("mx.example.net.attack.example", "mx.example.net", False),
        ("amx.example.net", "mx.example.net", False),
        ("mx4.messagingengine.com", "*.messagingengine.com", True),
        ("messagingengine.com", "*.messagingengine.com", False),
        (".messagingengine.com", "*.messagingengine.com", False),
        ("mx.evilmessagingengine.com", "*.messagingengine.com", False),
        ("mx.messagingengine.com.evil.example", "*.messagingengine.com", False),
        ("m\u212a.example.net", "mk.example.net", False),
        ('"mx.example.net"', "mx.example.net", False),
        ("(a) mx.example.net", "mx.example.net", False),
    ],
)
def test_a_server_is_trusted_by_its_whole_name(name: str, pattern: str, *, answer: bool) -> None:
    found = trusted_results([(0, f"{name}; dmarc=pass header.from=example.org")], [], [pattern])
    assert bool(found.block) is answer


# Authentication-Results: what they prove

GMAIL = (
    "Delivered-To: ann.posts@gmail.example\r\n"
    "Received: by 2002:a05:1 with SMTP id x; Sun, 1 Mar 2026 04:00:05 -0800 (PST)\r\n"
    "X-Received: by 2002:a05:2\r\n"
    "ARC-Authentication-Results: i=1; mx.google.com; dmarc=fail\r\n"
    "Return-Path: <ann@example.org>\r\n"
    "Received: from mail.example.org (mail.example.org [192.0.2.1]) by mx.google.com\r\n"
    "Received-SPF: pass (google.com: domain of ann@example.org)\r\n"
    "Authentication-Results: mx.google.com;\r\n"
    "       {}\r\n"
)
NO_KEY = dns({"sel._domainkey.example.org": ""})


def test_nothing_written_in_a_mail_counts_until_its_server_is_trusted() -> None:
    raw = under(GMAIL.format("dkim=pass header.i=@example.org; dmarc=pass header.from=example.org"), signed())
    assert judge(raw, NO_KEY) == Verdict(weak="the key of the signature is not published")
    assert judge(raw, NO_KEY, trusted=("google.com",)) == judge(raw, NO_KEY)


@pytest.mark.parametrize(
    ("trusted", "results"),
    [
        (
            "mx.google.com",
            GMAIL.format(
                "dkim=pass header.i=@example.org header.s=sel header.b=AbCdEfGh;\r\n"
                "       spf=pass (google.com: ok) smtp.mailfrom=ann@example.org;\r\n"
                "       dmarc=pass (p=NONE) header.from=example.org"
            ),
        ),
        (
            "*.messagingengine.com",
            (
                "Authentication-Results: mx4.messagingengine.com; x-csa=none\r\n"
                "Authentication-Results: mx4.messagingengine.com; bimi=skipped (no)\r\n"
                "Authentication-Results: mx4.messagingengine.com; arc=none (no signatures found)\r\n"
                "Authentication-Results: mx4.messagingengine.com; dkim=pass (2048-bit rsa key sha256) header.d=example.org;"
                " dmarc=pass policy.policy-from=p header.from=example.org\r\n"
                "Received: from mail.example.org\r\n"
                "Authentication-Results: aaa.example; dkim=pass header.d=evil.example\r\n"
            ),
        ),
        (
            "*.icloud.com",
            (
                'Authentication-Results: bimi.icloud.com; bimi=skipped reason="insufficient dmarc"\r\n'
                "X-ARC-Info: policy=fail; arc=none\r\n"
                "Authentication-Results: dmarc.icloud.com; dmarc=pass header.from=example.org\r\n"
                "Authentication-Results: dkim-verifier.icloud.com;\r\n\tdkim=pass (2048-bit key) header.d=example.org\r\n"
                "Authentication-Results: spf.icloud.com; spf=pass (ok) smtp.mailfrom=ann@example.org\r\n"
                "Received: from mail.example.org\r\n"
            ),
        ),
    ],
)
def test_a_trusted_servers_word_counts_where_the_key_is_gone(trusted: str, results: str) -> None:
    raw = under(results, signed())
    for lookup in (NO_KEY, dns({"sel._domainkey.example.org": None})):
        verdict = judge(raw, lookup, trusted=(trusted,))
        assert replace(verdict, by="", fingerprints=()) == Verdict(
            passed=True,
            signed=frozenset({"from", "to", "subject", "date"}),
            covered=frozenset({"blog+k7@posts.example"}),
        )
        assert re.fullmatch(
            r"results:(mx.google.com|mx4.messagingengine.com|dkim-verifier.icloud.com) dkim", verdict.by
        )
        assert verdict.fingerprints == judge(signed()).fingerprints
        assert meant_for_us(raw, verdict)


def test_words_of_yahoo_and_fields_of_microsoft_prove_nothing() -> None:
    for value in (READABLE["yahoo, in words of its own"][0], MICROSOFT):
        raw = under(f"Authentication-Results: {value}\r\n", signed())
        assert not judge(raw, NO_KEY, trusted=("*.yahoo.com", "")).passed


@pytest.mark.parametrize(
    "said",
    [
        "dkim=pass header.d=evil.example",
        "dkim=pass header.i=ann@evil.example",
        "dkim=pass header.d=evil.example header.i=@example.org",
        "dkim=pass header.d=org",
        "dkim=neutral header.d=example.org",
        "dkim=pass",
        "spf=pass smtp.mailfrom=ann@example.org",
        "dmarc=pass",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass header.from=mail.example.org",
        "dmarc=pass header.from=example.org.evil.example",
        "dmarc=pass header.from=ann@example.org",
        "dmarc=bestguesspass header.from=example.org",
        "arc=pass header.d=example.org",
        "auth=pass smtp.auth=ann@example.org",
        "x-dkim=pass header.d=example.org",
        "spf=fail (dmarc=pass header.from=example.org)",
        'spf=fail smtp.mailfrom="x; dmarc=pass header.from=example.org"',
        "none",
    ],
)
def test_a_pass_of_something_else_proves_nothing(said: str) -> None:
    raw = under(f"Authentication-Results: mx.example.net; {said}\r\n", f"{HEAD}\r\n{BODY}".encode())
    assert judge(raw, silent, trusted=("mx.example.net",)) == Verdict()


def test_a_trusted_failure_beats_every_pass() -> None:
    for said in ("dmarc=fail header.from=example.org", "dkim=pass header.d=example.org; dmarc=fail (p=NONE)"):
        raw = under(f"Authentication-Results: mx.example.net; {said}\r\n", signed())
        assert judge(raw).passed
        for lookup in (dns(), NO_KEY, dns({"sel._domainkey.example.org": None})):
            verdict = judge(raw, lookup, trusted=("mx.example.net",))
            assert replace(verdict, weak="") == Verdict(failed=True)


def test_a_pass_that_our_own_eyes_refute_is_a_contradiction() -> None:
    results = (
        "Authentication-Results: mx.example.net; dkim=pass header.d=example.org; dmarc=pass header.from=example.org\r\n"
    )
    raw = under(results, signed()).replace(b"crocus", b"casino")
    assert judge(raw, trusted=("mx.example.net",)) == Verdict(
        contradiction=True, weak="the body is not the one that was signed"
    )


def test_a_server_may_know_that_the_mail_was_changed() -> None:
    raw = under("Authentication-Results: mx.example.net; dkim=fail header.d=example.org\r\n", signed())
    assert judge(raw.replace(b"crocus", b"casino"), trusted=("mx.example.net",)) == Verdict(
        weak="the body is not the one that was signed"
    )


def test_a_servers_pass_does_not_make_a_weak_signature_strong() -> None:
    results = (
        "Authentication-Results: mx.example.net; dkim=pass header.d=example.org; dmarc=pass header.from=example.org\r\n"
    )
    for raw in (signed(l="9"), signed(names="from:to:date"), signed(x=str(SIGNED + 1))):
        verdict = judge(under(results, raw), trusted=("mx.example.net",))
        assert replace(verdict, weak="") == Verdict()
        assert verdict.weak
    testing = dns({"sel._domainkey.example.org": key().record + "; t=y"})
    assert not judge(under(results, signed()), testing, trusted=("mx.example.net",)).passed


def test_a_signature_put_beside_the_true_one_widens_nothing() -> None:
    """The true one does not cover Cc; the server's pass does not say which of the two it means."""
    results = "Authentication-Results: mx.example.net; dkim=pass header.d=example.org header.b=AAAA\r\n"
    private = signed(HEAD.replace("blog+k7@posts.example", "zoe@friends.example"))
    field, _, rest = private.partition(b"From:")
    wide = signed(names="from:to:cc:subject:date", s="gone").partition(b"From:")[0]
    garbage = b"DKIM-Signature: v=1; garbage\r\n"
    for fields in (field, wide + field, field + wide, garbage + field, wide + garbage):
        raw = under(results + "Cc: blog@posts.example\r\n", fields + b"From:" + rest)
        assert not meant_for_us(raw, judge(raw, NO_KEY, trusted=("mx.example.net",)))


def test_forged_results_below_do_not_help_and_are_noticed() -> None:
    forged = "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org\r\n"
    bare = f"{HEAD}\r\n{BODY}".encode()
    true = (
        "Authentication-Results: mx.example.net; dmarc=none header.from=example.org\r\nReceived: by mx.example.net\r\n"
    )
    assert judge(under(true + forged, bare), silent, trusted=("mx.example.net",)) == Verdict(contradiction=True)
    together = true.replace("Received", "X-Received") + forged
    assert judge(under(together, bare), silent, trusted=("mx.example.net",)) == Verdict(contradiction=True)
    genuine = judge(under(true + forged, signed()), trusted=("mx.example.net",))
    assert genuine.passed, "what is verified here needs nobody's word"
    assert genuine.contradiction


def test_a_pass_by_spf_says_so_and_any_recipient_counts() -> None:
    """A replay comes from another machine, where SPF does not pass."""
    said = "spf=pass smtp.mailfrom=bounce@mail.example.org; dmarc=pass header.from=example.org"
    bare = f"Delivered-To: blog+k7@posts.example\r\n{HEAD}\r\n{BODY}".replace(
        "The blog <blog+k7@posts.example>", "z@y.example"
    )
    raw = under(f"Authentication-Results: mx.example.net; {said}\r\n", bare.encode())
    for name in ("mx.example.net spf", "*.example.net  spf", "MX.Example.Net spf"):
        verdict = judge(raw, silent, trusted=(name,))
        assert verdict == Verdict(passed=True, by="results:mx.example.net spf")
        assert meant_for_us(raw, verdict)
    foreign = raw.replace(b"bounce@mail.example.org", b"bounce@list.example")
    verdict = judge(foreign, silent, trusted=("mx.example.net spf",))
    assert verdict == Verdict(passed=True, by="results:mx.example.net dmarc"), "it does not say what it rests on"
    assert not meant_for_us(foreign, verdict)


@pytest.mark.parametrize("name", ["mx.example.net", "mx.example.net dkim", "mx.example.net sp", "mx.example.net spf x"])
def test_t12_spf_alone_is_not_enough_unless_the_operator_says_so(name: str) -> None:
    """It passes for all who send through the same machines, and for a mail that was smuggled in behind another one."""
    said = "spf=pass smtp.mailfrom=ann@example.org; dmarc=pass header.from=example.org"
    raw = under(f"Authentication-Results: mx.example.net; {said}\r\n", f"{HEAD}\r\n{BODY}".encode())
    verdict = judge(raw, silent, trusted=(name,))
    assert verdict == Verdict(passed=True, by="results:mx.example.net dmarc")
    assert not meant_for_us(raw, verdict)
    other = judge(raw, silent, trusted=(name, "elsewhere.example spf", "*.mx.example.net spf"))
    assert other == verdict


def test_a_replay_is_recognised_by_any_of_its_signatures() -> None:
    """Whoever takes the first away must not gain that the second, whose key could not be had that day, is new."""
    two = signed(s="other").partition(b"From:")[0] + signed()
    first = judge(two, dns({"other._domainkey.example.org": None}))
    again = judge(signed(s="other"), dns({"other._domainkey.example.org": key().record}))
    assert first.passed
    assert again.passed
    assert set(again.fingerprints) <= set(first.fingerprints)


def test_a_mail_without_a_subject_needs_none_signed_and_gets_none_later() -> None:
    bare = HEAD.replace("Subject: Spring\r\n", "")
    raw = signed(bare, names="from:to:date")
    assert meant_for_us(raw, judge(raw))
    assert judge(under("Subject: Buy\r\n", raw)).weak == "the signature does not cover subject"
    oversigned = signed(bare, names="from:to:subject:date")
    assert judge(oversigned).passed
    assert judge(under("Subject: Buy\r\n", oversigned)).weak == "the header is not the one that was signed"


def test_a_mail_to_nobody_is_not_meant_for_us_and_a_to_put_on_top_does_not_help() -> None:
    raw = signed(HEAD.replace("To: The blog <blog+k7@posts.example>\r\n", ""), names="from:subject:date")
    assert judge(raw).passed
    assert not meant_for_us(raw, judge(raw))
    assert judge(under("To: blog@posts.example\r\n", raw)).weak == "the signature does not cover to"


def test_a_verdict_that_did_not_pass_names_nobody() -> None:
    assert not meant_for_us(signed(), Verdict())


# hostile signatures


@given(st.binary(max_size=300), st.binary(max_size=200))
@example(b"v=1; a=rsa-sha256; d=example.org; s=s; h=from:to:subject:date; bh=AAAA; b=A", b"p=MAA=")
@example(b"v=1; a=rsa-sha256; d=example.org; s=s; h=from:to:subject:date; bh=AAAA; b=AAAA", b"p=MAYCAQACAQA=")
@example(b"v=1; a=rsa-sha256; d=example.org; s=s; h=from:to:subject:date; bh=AAAA; b=AAAA", b"p=MP8=")
def test_no_signature_and_no_key_breaks_the_reader(field: bytes, record: bytes) -> None:
    raw = signed()
    envelope = replace(read_envelope(raw, RECEIVED), signatures=2)
    hostile = b"DKIM-Signature: " + field + b"\r\n" + raw
    assert prove(hostile, envelope, (), lambda _: record, RECEIVED).by in ("", "dkim:example.org")
    assert not prove(hostile, envelope, (), lambda _: record, RECEIVED - timedelta(days=1)).passed


def test_a_mail_that_dkimpy_cannot_read_is_not_proven() -> None:
    envelope = read_envelope(signed(), RECEIVED)
    for raw in (b"", b" x\r\n" + signed(), b"No colon here\r\n" + signed(), b"From : x\r\n\r\n"):
        verdict = prove(raw, envelope, (), silent, RECEIVED)
        assert not verdict.passed


BODIES = {
    "nothing": "",
    "a line end": "\r\n",
    "line ends": "\r\n\r\n\r\n",
    "bare CR before the end": "x\r\r\n\r\n",
    "bare CR at the end": "x\r\n\r",
    "bare CRs": "\r\r\r\n",
    "no line end": "x",
    "spaces at the end": "x \t \r\n \r\n\t\r\n",
    "only spaces": "  \t",
    "spaces and line ends": " \r\n\t\r\n",
    "empty lines in between": "\r\n\r\nx\r\n\r\ny\r\n\r\n",
}


@pytest.mark.parametrize("how", ["simple/simple", "relaxed/relaxed", "simple/relaxed", "relaxed/simple"])
@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_what_dkimpy_takes_it_for(name: str, how: str) -> None:
    """Ours is another way to the same bytes; the library signs, so it has the last word."""
    head = "".join(f"{line}\r\n" for line in HEAD.split("\r\n") if line)
    private = key().whole
    assert private is not None
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    raw = f"{head}\r\n{BODIES[name]}".encode()
    way = tuple(part.encode() for part in how.split("/"))
    names = [b"from", b"to", b"subject", b"date"]
    field = dkim.sign(raw, b"sel", b"example.org", pem, canonicalize=way, include_headers=names)
    late = datetime.now(tz=UTC)
    assert judge(field + raw, received=late).passed
    kept = raw.replace(b"\r\n", b"\n")
    assert b"\r" in kept or judge(field.replace(b"\r\n", b"\n") + kept, received=late).passed


@pytest.mark.parametrize("unit", ["\r\n", " \r\n", "\n", "\r", "\t", " x", "\r\r\n"])
def test_t54_five_signatures_of_a_large_body_cost_little(unit: str) -> None:
    """dkimpy alone takes 43 seconds and 1.4 GB for 25 MB of line ends."""
    ways = ("relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple", "relaxed/relaxed")
    fields = b"".join(signed(c=way, t=str(SIGNED - n)).partition(b"From:")[0] for n, way in enumerate(ways))
    raw = fields + f"{HEAD}\r\n".encode() + unit.encode() * (5_000_000 // len(unit))
    envelope = read_envelope(raw, RECEIVED)
    tracemalloc.start()
    try:
        assert prove(raw, envelope, (), dns(), RECEIVED).weak == "the body is not the one that was signed"
        assert tracemalloc.get_traced_memory()[1] < 10 * len(raw)
    finally:
        tracemalloc.stop()

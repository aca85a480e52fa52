"""What vouches for a sender: corners that a change of one sign in the code would bend."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailpost.envelope import read_envelope
from mailpost.proof import Results, Statement, Verdict, parse_results, prove, trusted_results
from mailpost.proof.alignment import aligned
from tests.signer import BODY, HEAD, RECEIVED, SIGNED, key, signed
from tests.test_proof import BLOG, dns, judge, meant_for_us, silent, under

SERVER = "mx.example.net"


def results(said: str) -> str:
    return f"Authentication-Results: {SERVER}; {said}\r\n"


# Authentication-Results: one field


def statements(value: str) -> tuple[Statement, ...]:
    found = parse_results(value)
    assert found is not None
    return found.statements


@pytest.mark.parametrize("pattern", ["*.example.net", "*.EXAMPLE.net"])
def test_a_pattern_fits_the_shortest_name_below_it(pattern: str) -> None:
    for name, answer in (("a.example.net", True), ("example.net", False), (".example.net", False)):
        assert bool(trusted_results([(0, f"{name}; dmarc=pass")], [], [pattern]).block) is answer


def test_a_field_is_read_up_to_eight_kilobytes() -> None:
    beginning = f"{SERVER}; dkim=pass x="
    longest = beginning.ljust(8192, "x")
    assert statements(longest)[0].result == "pass"
    assert parse_results(longest + "x") is None


@pytest.mark.parametrize("value", ["spf=", "spf=pass", 'spf="x" smtp.mailfrom=a@example.org; dmarc=pass'])
def test_a_field_that_begins_with_a_verdict_has_no_server(value: str) -> None:
    assert parse_results(value) == Results("", ())


@pytest.mark.parametrize("before", ["", "none", "None ", "()"])
def test_an_empty_verdict_hides_none_behind_it(before: str) -> None:
    said = statements(f"{SERVER}; {before}; dmarc=fail header.from=example.org; ; dkim=fail;")
    assert said == (
        Statement("dmarc", "fail", {"header.from": "example.org"}),
        Statement("dkim", "fail", {}),
    )


@pytest.mark.parametrize(("version", "answer"), [("", True), (" 1", True), (" 2", False), (" 1 1", False)])
def test_a_server_may_say_which_version_it_speaks(version: str, *, answer: bool) -> None:
    found = parse_results(f"{SERVER}{version}; dmarc=pass")
    assert found == (Results(SERVER, (Statement("dmarc", "pass", {}),)) if answer else None)


@pytest.mark.parametrize(
    "clause",
    [
        'dmarc="pass" header.from=example.org',
        '"dmarc"=pass header.from=example.org',
        "dmarc pass header.from=example.org",
        "dmarc==pass header.from=example.org",
        'dmarc=pass "header.from"=example.org',
        'dmarc=pass header.from=(c)"example.org"',
        'dmarc=pass header.from="example.org"(c)',
        'dmarc=pass header.from="example.org"smtp.from=x',
        'dmarc=pass reason="it failed"header.from=example.org',
        'dmarc=pass header.from="evil.example',
    ],
)
def test_a_verdict_is_read_in_one_way_or_not_at_all(clause: str) -> None:
    assert parse_results(f"{SERVER}; {clause}") is None


def test_names_of_methods_and_properties_have_no_case() -> None:
    said = statements(f"{SERVER}; X-Exotic=PASS X-Policy.Y=Z; DMARC=Pass Header.From=Example.ORG")
    assert said == (
        Statement("x-exotic", "pass", {"x-policy.y": "Z"}),
        Statement("dmarc", "pass", {"header.from": "Example.ORG"}),
    )
    assert said[1].domain == "example.org"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r'"a \" b"', 'a " b'),
        (r'"a \\"', "a \\"),
        (r'"\a\b"', "ab"),
        (r'"a \"; dmarc=pass"', 'a "; dmarc=pass'),
        ('""', ""),
    ],
)
def test_a_quoted_value_ends_where_its_mark_is_not_escaped(text: str, said: str) -> None:
    assert statements(f"{SERVER}; spf=fail reason={text} smtp.helo=x") == (
        Statement("spf", "fail", {"reason": said, "smtp.helo": "x"}),
    )


@pytest.mark.parametrize("comment", ["(a (b) c)", r"(a \) b)", r"(\()", "()", "(a)(b)", r"(\\)"])
def test_a_comment_ends_where_its_last_bracket_closes(comment: str) -> None:
    assert statements(f"{SERVER}; dmarc=fail {comment} header.from=example.org") == (
        Statement("dmarc", "fail", {"header.from": "example.org"}),
    )


@pytest.mark.parametrize(
    ("said", "domain"),
    [
        ("dkim=pass header.d=Example.ORG", "example.org"),
        ("dkim=pass header.i=Ann@Example.ORG", "example.org"),
        ("dkim=pass header.d= header.i=@example.org", "example.org"),
        ("dkim=pass header.b=x", ""),
        ("spf=pass smtp.mailfrom=example.org", "example.org"),
        ("spf=pass smtp.mailfrom=a@b@example.org", "example.org"),
        ("dmarc=pass header.d=example.org", ""),
    ],
)
def test_a_verdict_names_one_domain(said: str, domain: str) -> None:
    assert statements(f"{SERVER}; {said}")[0].domain == domain


WORDS = """
pass fail none neutral softfail hardfail policy temperror permerror bestguesspass skipped discard nxdomain
"""


def test_the_words_of_servers_are_known_and_no_others() -> None:
    for word in WORDS.split():
        assert statements(f"{SERVER}; spf={word.upper()}")[0].result == word
    for word in ("passed", "success", "dkim_pass", "ok", "p", "unknown", "pass\u017f", "pa\u017fs"):
        assert statements(f"{SERVER}; spf={word}")[0].result == "unknown"


# Written out again on purpose: under these, strangers live next door to each other.
SUFFIXES = """
ac.uk co.uk gov.uk ltd.uk me.uk net.uk org.uk plc.uk com.au edu.au id.au net.au org.au ac.nz co.nz net.nz org.nz ac.jp
co.jp ne.jp or.jp com.br net.br org.br com.cn net.cn org.cn com.hk com.mx com.ar com.pl com.sg com.tr com.tw com.ua co.at
or.at co.hu co.id co.il co.in co.ke co.kr co.th co.za org.za asso.fr com.fr gov.it br.com cn.com de.com eu.com eu.org
gb.net ru.com uk.com us.com za.com github.io gitlab.io codeberg.page pages.dev workers.dev netlify.app vercel.app web.app
firebaseapp.com herokuapp.com onrender.com fly.dev azurewebsites.net blogspot.com duckdns.org dyndns.org ddns.net
no-ip.org onmicrosoft.com
"""


@pytest.mark.parametrize("suffix", SUFFIXES.split())
def test_a_public_suffix_speaks_for_nobody_below_it(suffix: str) -> None:
    assert not aligned(suffix, f"ann.{suffix}")
    assert not aligned(f"eve.{suffix}", suffix)
    assert aligned(f"mail.ann.{suffix}", f"ann.{suffix}")


@pytest.mark.parametrize("sign", ["a", "z", "0", "9", "-", "_", "."])
def test_a_domain_may_have_every_letter_of_a_domain(sign: str) -> None:
    assert aligned(f"x{sign}x.example.org", "example.org")


# Authentication-Results: what they prove


def test_a_servers_pass_covers_nobody_where_the_signature_is_gone() -> None:
    """Then nobody can tell whether the mail was sent to the blog."""
    raw = under(results("dkim=pass header.d=example.org"), f"{HEAD}\r\n{BODY}".encode())
    verdict = judge(raw, silent, trusted=(SERVER,))
    assert verdict == Verdict(passed=True, by=f"results:{SERVER} dkim")
    assert not meant_for_us(raw, verdict)


def test_a_trusted_failure_does_not_blame_a_sound_signature() -> None:
    raw = under(results("dmarc=fail header.from=example.org"), signed())
    assert judge(raw, trusted=(SERVER,)) == Verdict(failed=True)


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        ("dkim=pass header.d=mail.example.org", True),
        ("dkim=fail header.d=example.org; dkim=pass header.d=example.org", True),
        ("dkim=pass header.d=evil.example; dkim=pass header.d=example.org", True),
        ("dkim=policy header.d=example.org", False),
        ("dkim=none; dmarc=none header.from=example.org", False),
    ],
)
def test_one_good_verdict_of_a_trusted_server_is_enough(said: str, *, passed: bool) -> None:
    raw = under(results(said), f"{HEAD}\r\n{BODY}".encode())
    assert judge(raw, silent, trusted=(SERVER,)).passed is passed


def test_waiting_does_not_help_where_a_trusted_server_said_no() -> None:
    """The mail would come back for a day, and in the end be held all the same."""
    slow = dns({"sel._domainkey.example.org": None})
    for said in ("dmarc=fail header.from=example.org", "dmarc=pass; dmarc=none"):
        verdict = judge(under(results(said), signed()), slow, trusted=(SERVER,))
        assert (verdict.temporary, verdict.failed or verdict.contradiction) == (False, True)
    assert judge(signed(), slow).temporary


# signatures: the domains that may sign


def test_the_senders_own_record_is_asked_before_that_of_a_parent() -> None:
    """Whatever the names are: `a.` sorts before `example`, `mail.` behind."""
    for sender in ("a.example.org", "mail.example.org", "z.example.org"):
        raw = signed(HEAD.replace("ann@example.org", f"ann@{sender}"))
        assert judge(raw, dns({"_dmarc.example.org": "v=DMARC1; adkim=s"})).weak == (
            f"{sender} does not let example.org sign for it"
        )
        own = {f"_dmarc.{sender}": "v=DMARC1; adkim=r", "_dmarc.example.org": "v=DMARC1; adkim=s"}
        assert judge(raw, dns(own)).passed
        strict = {f"_dmarc.{sender}": "v=DMARC1; adkim=S", "_dmarc.example.org": "v=DMARC1; adkim=r"}
        assert not judge(raw, dns(strict)).passed


def test_a_child_cannot_let_itself_sign_for_its_parent() -> None:
    for child in ("a.example.org", "mail.example.org"):
        records = {
            f"sel._domainkey.{child}": key().record,
            f"_dmarc.{child}": "v=DMARC1; adkim=r",
            "_dmarc.example.org": "v=DMARC1; adkim=s",
        }
        assert judge(signed(d=child), dns(records)).weak == f"example.org does not let {child} sign for it"


@pytest.mark.parametrize("record", ["v=spf1; adkim=s", "adkim=s", "no tags at all", "v=DMARC1; adkim=s; adkim=s", ""])
def test_what_is_no_dmarc_record_asks_for_nothing(record: str) -> None:
    relative = {"sel._domainkey.mail.example.org": key().record, "_dmarc.example.org": record}
    assert judge(signed(d="mail.example.org"), dns(relative)).passed


@pytest.mark.parametrize("record", ["v=DMARC1", "v=DMARC1; p=none", "v=DMARC1; adkim=R"])
def test_a_dmarc_record_is_relaxed_unless_it_says_otherwise(record: str) -> None:
    relative = {"sel._domainkey.mail.example.org": key().record, "_dmarc.example.org": record}
    assert judge(signed(d="mail.example.org"), dns(relative)).passed


# signatures: the key and the tags


def test_a_key_may_be_published_in_pieces() -> None:
    record = key().record
    pieces = re.sub("(.{60})", r"\1 ", record.partition("p=")[2])
    assert judge(signed(), dns({"sel._domainkey.example.org": f"v = DKIM1 ;k = RSA; p = {pieces};"})).passed


@pytest.mark.parametrize("more", ["t=Y", "t=n:Y", "t=y:s", "s=TLSRPT", "h=SHA1"])
def test_the_words_of_a_key_have_no_case(more: str) -> None:
    record = key().record + "; " + more
    assert not judge(signed(), dns({"sel._domainkey.example.org": record})).passed


@pytest.mark.parametrize(
    "changes",
    [
        {"a": "RSA-SHA256"},
        {"d": "Example.ORG"},
        {"i": "Ann@EXAMPLE.org"},
        {"i": "ann@list.example.org"},
        {"q": "dns/txt"},
        {"q": "other:dns/txt"},
        {"t": None},
        {"names": "From : To:SUBJECT: date"},
        {"names": "from:from:to:subject:date"},
        {"names": "from:to:subject:date:x-absent"},
        {"c": None},
    ],
)
def test_a_signature_may_be_written_in_many_ways(changes: dict[str, Any]) -> None:
    assert judge(signed(**changes)).by == "dkim:example.org"


@pytest.mark.parametrize(("tag", "longest"), [("t", "000000000001"), ("x", "999999999999")])
def test_times_have_at_most_twelve_digits(tag: str, longest: str) -> None:
    def at(time: str) -> bytes:
        changes: dict[str, Any] = {tag: time}
        return signed(**changes)

    assert judge(at(longest)).passed
    for odd in ("0" + longest, "-1", "1.5", "", "१"):
        assert judge(at(odd), silent).weak == "a signature is malformed"


def test_a_signature_counts_to_its_last_second() -> None:
    at = int(RECEIVED.timestamp())
    assert judge(signed(x=str(at))).passed
    assert judge(signed(x=str(at - 1)), silent).weak == "the signature has expired"
    assert judge(signed(t=str(at + 3600))).passed
    assert judge(signed(t=str(at + 3601)), silent).weak == "the signature is dated after the mail arrived"
    assert judge(signed(t=str(at + 3601)), received=None).passed, "nobody knows when it arrived"
    assert judge(signed(t=str(SIGNED), x=str(SIGNED)), silent).weak == "a signature is malformed"


def test_a_signature_names_at_most_two_hundred_fields() -> None:
    names = "from:to:subject:date"
    assert judge(signed(names=names + ":x" * 196)).passed
    assert judge(signed(names=names + ":x" * 197), silent).weak == "a signature is malformed"


def test_a_gap_of_ninety_nine_is_still_a_signature() -> None:
    spaced = [signed().replace(b"; b=", b"; b=" + b" " * gap, 1) for gap in (99, 100)]
    assert judge(spaced[0]).passed
    assert judge(spaced[1], silent).weak == "a signature is malformed"


@pytest.mark.parametrize("tag", ["a", "b", "bh", "d", "h", "s"])
def test_a_signature_has_every_tag_it_needs(tag: str) -> None:
    without = re.sub(rf"(?m)(^DKIM-Signature:|;) {tag}=[^;\r]*;?".encode(), rb"\1", signed(), count=1)
    assert judge(without, silent).weak == "a signature is malformed"


GOOD_NAMES = ["a", "9", "_", "a9", "9a", "a_", "_a", "a-a", "a-9-_b", "a.9._.b", "x.a-b_9.a9", "9_.9_", "A.B"]
BAD_NAMES = ["-a", "a-", ".a", "a.", "a..b", "a.-b", "a.b-", "a/b", "a@b", "é", "", "a b", "a.b-.c", "*"]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_selector_and_a_domain_are_names_as_dns_has_them(name: str) -> None:
    low = name.lower()
    assert judge(signed(s=name), dns({f"{low}._domainkey.example.org": key().record})).passed
    assert judge(signed(d=f"{name}.example.org"), dns({f"sel._domainkey.{low}.example.org": key().record})).passed


@pytest.mark.parametrize("name", BAD_NAMES)
def test_nothing_else_is_looked_up(name: str) -> None:
    """Whoever writes a signature would otherwise choose what we ask."""
    assert judge(signed(s=name), silent).weak == "a signature is malformed"
    assert judge(signed(d=f"{name}.example.org"), silent).weak == "a signature is malformed"


@pytest.mark.parametrize(
    "how", ["nowsp", "relaxed/nowsp", "simple/relaxed/simple", "", "Relaxed", "/relaxed", "simple/"]
)
def test_a_canonical_form_that_is_none_makes_a_signature_unreadable(how: str) -> None:
    raw = signed().replace(b"c=relaxed/relaxed", f"c={how}".encode(), 1)
    assert judge(raw, silent).weak == "a signature is malformed"


@pytest.mark.parametrize("tag", ["X", "x9", "x_y", "X_", "Zz9_a", "x__"])
def test_a_tag_that_is_not_known_is_passed_over(tag: str) -> None:
    assert judge(signed(**{tag: "1"})).passed  # type: ignore[arg-type]
    assert judge(signed(), dns({"sel._domainkey.example.org": f"{key().record}; {tag}=1"})).passed


@pytest.mark.parametrize("tag", ["b", "bh"])
@pytest.mark.parametrize("value", ["", "=", "AA===", "A-A", "é"])
def test_what_is_not_base64_is_no_signature(tag: str, value: str) -> None:
    raw = re.sub(rf"; {tag}=[^;\r]*".encode(), f"; {tag}={value}".encode(), signed(), count=1)
    assert judge(raw, silent).weak == "a signature is malformed"


@pytest.mark.parametrize("piece", ["; lone", "; 1x=1", "; =1", "; a-b=1", "; ;", "; é=1"])
def test_a_key_or_a_signature_with_a_piece_that_is_no_tag_is_none(piece: str) -> None:
    record = {"sel._domainkey.example.org": key().record + piece}
    assert judge(signed(), dns(record)).weak == "the key of the signature is not published"
    raw = signed().replace(b"; b=", f"{piece}; b=".encode(), 1)
    assert judge(raw, silent).weak == "a signature is malformed"


def test_the_reason_of_a_refusal_is_short() -> None:
    assert judge(signed(a="x" * 99), silent).weak == "the signature uses " + "x" * 20


def test_the_domain_of_a_signer_is_what_stands_behind_the_last_at() -> None:
    assert judge(signed(i='"ann@evil.example"@example.org')).passed
    assert judge(signed(i="ann@example.org@evil.example"), silent).weak == "a signature is malformed"


@pytest.mark.parametrize("twice", ["d=example.org", "d=evil.example", "l=5; l=6", "z=1; z=2"])
def test_a_tag_that_is_there_twice_makes_a_signature_unreadable(twice: str) -> None:
    raw = signed().replace(b"DKIM-Signature: ", f"DKIM-Signature: {twice}; ".encode(), 1)
    assert judge(raw, silent).weak == "a signature is malformed"


# signatures: which of them count


def test_the_fifth_signature_counts_and_the_sixth_does_not() -> None:
    good = signed()
    broken = signed(body="Other\r\n")
    field = broken[: broken.index(b"From:")]
    assert judge(field * 4 + good).passed
    assert judge(field * 5 + good) == Verdict(weak="the body is not the one that was signed")


def test_what_is_not_verified_does_not_use_up_the_five() -> None:
    weak = signed(l="5").partition(b"From:")[0]
    stranger = signed(d="evil.example").partition(b"From:")[0]
    malformed = b"DKIM-Signature: v=1\r\n"
    assert judge((weak + stranger + malformed) * 5 + signed()).passed


def test_the_signature_that_covers_most_recipients_speaks() -> None:
    to, cc = "blog@posts.example", "zoe@friends.example"
    head = HEAD.replace("blog+k7@posts.example", to) + f"Cc: {cc}\r\n"
    names = "from:to:cc:subject:date"
    one = signed(head, names=names)
    other = signed(HEAD.replace("blog+k7@posts.example", to), names=names)  # covers that there is no Cc
    for raw in (one, other[: other.index(b"From:")] + one):
        assert judge(raw).covered == {to, cc}


def test_everything_that_is_said_of_a_signature_that_passed() -> None:
    raw = signed(
        HEAD.replace("blog+k7@posts.example", "blog@posts.example"),
        i="ann@example.org",
        names="FROM:to:subject:date:Date",
    )
    verdict = judge(raw)
    assert replace(verdict, fingerprints=()) == Verdict(
        passed=True,
        by="dkim:example.org",
        signed=frozenset({"from", "to", "subject", "date"}),
        covered=frozenset(BLOG),
    )
    (fingerprint,) = verdict.fingerprints
    assert re.fullmatch("[0-9a-f]{64}", fingerprint)


def test_a_fingerprint_is_of_the_header_as_it_was_signed() -> None:
    """Servers on the way fold lines and change the case of names; where that is allowed, it makes no second post."""
    raw = signed()
    spread = raw.replace(b"Subject: Spring", b"SUBJECT:\r\n\t Spring ")
    assert judge(spread).passed
    assert judge(spread).fingerprints == judge(raw).fingerprints


def test_each_signature_has_a_fingerprint_of_its_own() -> None:
    one, other = signed(), signed(t=str(SIGNED - 1))
    both = other[: other.index(b"From:")] + one
    assert judge(both).fingerprints == judge(other).fingerprints + judge(one).fingerprints
    assert len(set(judge(both).fingerprints)) == 2


BODIES = [
    *(
        "",
        "\r\n",
        "\r\n\r\n",
        " \r\n",
        "\t \r\n \r\n",
        "x",
        "x\r\n",
        "x\r\n\r\n\r\n",
        "x \r\n",
        " x\r\n \r\n",
        "x\t y\r\n",
    ),
    *(
        "\r\n\r\nx",
        "x\r\n\r\ny\r\n",
        "\r",
        "x\r",
        "x\r\r\n",
        "x\r\r\n\r\n",
        "x\r\n\r",
        "\r\r\n\r\r\n",
        "x\r\r\n\r\r\n\r\n",
    ),
    *("x \r y\r\n", "\x0b\r\n", "\x0c \x0c\r\n", "X\r\n", "\xa0\r\n", "x\r\n.\r\n"),
]


def read_as_the_standard_says(body: str, how: str) -> bytes:
    """RFC 6376, sections 3.4.3 and 3.4.4, in their own order."""
    if how == "relaxed":
        body = re.sub("[ \t]+", " ", re.sub("[ \t]+\r\n", "\r\n", body))
    body = re.sub(r"(\r\n)*\Z", "\r\n", body, count=1)
    return b"" if how == "relaxed" and body == "\r\n" else body.encode()


@pytest.mark.parametrize("how", ["relaxed", "simple"])
def test_odd_bodies_are_signed_like_any_other(how: str) -> None:
    for body in BODIES:
        digest = base64.b64encode(hashlib.sha256(read_as_the_standard_says(body, how)).digest()).decode()
        raw = signed(body=body, c=f"relaxed/{how}", bh=digest)
        assert judge(raw).passed, repr(body)
        assert not judge(raw + b"x").passed, repr(body)


@pytest.mark.parametrize(
    "body", ["one\ttwo\r\n", "one \t two\t\r\n", "\tone\r\n\r\n\t\r\nend\r\n", "one\r\n \r\n\t\r\n"]
)
def test_white_space_of_a_relaxed_body_may_change_and_nothing_else(body: str) -> None:
    raw = signed(body=body)
    assert judge(raw).passed
    assert judge(raw.replace(b"\t", b" ")).passed
    assert not judge(raw.replace(b"one", b"o ne")).passed
    assert not judge(signed(body=body, c="relaxed/simple").replace(b"\r\n\r\n", b"\r\n\r\n \r\n", 1)).passed


def test_a_mail_is_judged_the_same_each_time() -> None:
    """Nothing that one signature does to the mail stays for the next."""
    raw = signed(c="relaxed/relaxed")
    envelope = read_envelope(raw, RECEIVED)
    one, two = (prove(raw, envelope, (), dns(), RECEIVED) for _ in range(2))
    assert one == two
    assert prove(raw, envelope, (), dns(), RECEIVED + timedelta(days=3)) == one


def test_every_letter_of_a_recipient_is_its_own() -> None:
    to = "maX@posts.example; Boxer:xX@posts.example,(,X)blog@posts.example"
    raw = signed(HEAD.replace("The blog <blog+k7@posts.example>", to))
    envelope = replace(
        read_envelope(raw, RECEIVED), recipients=("max@posts.example", "xx@posts.example", "blog@posts.example")
    )
    assert prove(raw, envelope, (), dns(), RECEIVED).covered == set(envelope.recipients)


def test_a_header_that_dkimpy_cannot_read_is_said_to_be_unreadable() -> None:
    raw = signed()
    verdict = prove(b"No colon here\r\n" + raw, read_envelope(raw, RECEIVED), (), silent, RECEIVED)
    assert verdict == Verdict(weak="the header cannot be read")

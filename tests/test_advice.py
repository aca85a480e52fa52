"""What mail shows about proof, and what is advised. Keys are our own, and DNS is a dictionary."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailpost.advice import Advice, Evidence, Probe, Signed, advise, examine, probe_fields
from mailpost.advice.providers import meaning
from mailpost.author import Author, Require
from mailpost.blog import Blog
from mailpost.errors import Reason, Temporary
from mailpost.proof.verify import State
from mailpost.read import Rules
from tests.letters import ANN, BLOG, RECEIVED, letter
from tests.signer import ELLIPTIC, ELLIPTIC_KEY, key
from tests.signer import signed as with_signature

SECRET = "blog+s3cret-tag@demo.example"
HOP = "Received: from mail.demo.example by mx.mine.example; Sun, 1 Mar 2026 12:00:05 +0000\r\n"
MINE = "mx.mine.example"
UNSIGNED: dict[str, str | bytes | None] = {"Authentication-Results": None, "Received": None}


def says(*servers: str, verdict: str = "dkim=pass header.d=demo.example; dmarc=pass header.from=demo.example") -> str:
    return "".join(f"Authentication-Results: {server}; {verdict}\r\n" for server in servers)


def signed(
    fields: Mapping[str, str | bytes | None] | None = None,
    *,
    bits: int = 2048,
    sign: Callable[[bytes], bytes] | None = None,
    above: str = "",
    after: str = "",
    **tags: str,
) -> bytes:
    """The letter with a signature; `above` is what servers wrote, `after` what was added on its way."""
    head, _, body = letter(fields=UNSIGNED | dict(fields or {})).decode().partition("\r\n\r\n")
    named: dict[str, str | None] = {"d": "demo.example", **tags}
    names = named.pop("h", "") or "from:to:subject:date"
    raw = with_signature(f"{head}\r\n", body, sign=sign or key(bits).sign, names=names, **named)
    return above.encode() + raw + after.encode()


def unsigned(above: str = "", fields: Mapping[str, str | bytes | None] | None = None) -> bytes:
    return above.encode() + letter(fields=UNSIGNED | dict(fields or {}))


def gone(above: str) -> bytes:
    """Signed with a key that is not published any more, so that only a server's word is left."""
    return signed(s="gone", above=above)


def dns(records: Mapping[str, str | None] | None = None) -> Callable[[str], bytes | None]:
    """The key of demo.example and `records`; a record that is None stands for a server that does not answer."""
    known = {"sel._domainkey.demo.example": key(2048).record} | dict(records or {})

    def lookup(name: str) -> bytes | None:
        found = known.get(name, "")
        if found is None:
            raise Temporary(f"{name}: timed out")
        return found.encode() or None

    return lookup


def look(
    raw: bytes,
    *,
    trusted: tuple[str, ...] = (),
    blog: Blog = BLOG,
    received: datetime | None = RECEIVED,
    lookup: Callable[[str], bytes | None] | None = None,
) -> Evidence:
    return replace(examine(raw, received, Rules((blog,), trusted_servers=trusted), lookup or dns()), name="a")


def advice(*mails: bytes, require: Require = Require.PROOF, trusted: tuple[str, ...] = (), word: str = "") -> Advice:
    blog = replace(BLOG, authors=(replace(ANN, require=require),))
    (found,) = advise([blog], [look(raw, trusted=trusted, blog=blog) for raw in mails], {"": trusted}, word)
    return found


# words


@pytest.mark.parametrize(
    ("mails", "suits"),
    [
        ([signed(), signed()], Require.PROOF),
        ([signed({"To": SECRET})], Require.BOTH),
        ([unsigned(fields={"To": SECRET})], Require.SECRET),
        ([unsigned(fields={"To": SECRET}), signed()], Require.EITHER),
        ([unsigned(fields={"To": SECRET}), signed({"To": SECRET})], Require.SECRET),
        ([unsigned()], None),
        ([signed(), unsigned()], None),
        ([], None),
    ],
    ids=["proof", "both", "secret", "either", "secret-sometimes-proof", "none", "mixed", "no-mail"],
)
def test_the_strictest_word_that_all_mail_brings_suits(mails: list[bytes], suits: Require | None) -> None:
    assert advice(*mails).suits is suits


@pytest.mark.parametrize("require", list(Require))
def test_an_author_is_satisfied_where_the_word_lets_all_mail_through(require: Require) -> None:
    """As the line itself would, so that nothing is promised that does not hold."""
    brings = {Require.PROOF: [signed()], Require.SECRET: [unsigned(fields={"To": SECRET})]}
    brings |= {Require.BOTH: [signed({"To": SECRET})], Require.EITHER: [*brings[Require.SECRET], signed()]}
    brings[Require.ASK] = [unsigned()]
    assert advice(*brings[require], require=require).satisfied
    assert advice(*brings[require], unsigned(), require=require).satisfied is (require is Require.ASK)


def test_another_word_is_advised_as_lines_of_the_configuration() -> None:
    found = advice(signed(), require=Require.BOTH)
    assert found.paste == ('# [[author]] "Ann"\nrequire = "proof"',)
    assert advice(signed()).paste == ()


@pytest.mark.parametrize(
    "others",
    [[unsigned()], [unsigned(fields={"To": SECRET})], [unsigned(), unsigned(fields={"To": SECRET}), signed()]],
    ids=["nothing", "leaked-secret", "all"],
)
def test_mail_that_somebody_else_may_have_written_is_no_reason_to_ask_for_less(others: list[bytes]) -> None:
    """Or whoever knows a secret could have himself let in by the doctor."""
    found = advice(signed({"To": SECRET}), *others, require=Require.BOTH)
    assert (found.satisfied, found.paste) == (False, ())


def test_mail_that_brings_nothing_does_not_decide_the_word() -> None:
    (piece,) = advice(signed(), unsigned(), require=Require.BOTH).paste
    assert tomllib.loads(piece) == {"require": "proof"}


def test_an_author_without_signatures_needs_a_secret() -> None:
    blog = replace(BLOG, authors=(Author('A "quoted"\nname', frozenset({"ann@demo.example"})),))
    (found,) = advise([blog], [look(unsigned(), blog=blog)], {})
    (piece,) = found.paste
    assert tomllib.loads(piece) == {"require": "secret", "secrets": ["…"]}
    assert "a: " not in piece


def test_nothing_that_is_said_shows_a_secret() -> None:
    mails = [signed({"To": SECRET}), unsigned(fields={"To": SECRET}), unsigned()]
    said = [repr(advice(*mails, require=require)) for require in Require] + [repr(look(raw)) for raw in mails]
    assert [text for text in said if "s3cret-tag" in text] == []


def test_what_is_held_is_counted_by_reason_and_named() -> None:
    assert advice(signed(), unsigned(), unsigned(), unsigned(), unsigned(), require=Require.BOTH).held == (
        f"5 of 5: {Reason.SECRET_MISSING} (a, a, a, …)",
    )
    assert advice(signed(), unsigned()).held == (f"1 of 2: {Reason.UNPROVEN} (a)",)


def test_mail_to_somebody_else_shows_the_signature_and_is_not_judged() -> None:
    found = advice(signed({"To": "friend@elsewhere.example"}))
    assert (found.mails, found.judged, found.satisfied, found.suits) == (1, 0, True, None)
    assert [(each.domain, each.state) for each, _ in found.signatures] == [("demo.example", State.PASSED)]


def test_an_answer_to_a_question_is_not_judged() -> None:
    found = look(signed({"To": f"blog+answer-{'a' * 26}@demo.example"}))
    assert (found.sender, found.blog, found.outcomes) == ("ann@demo.example", "", {})


def test_the_blog_in_an_unsigned_to_is_said() -> None:
    found = advice(signed({"To": "friend@elsewhere.example", "Delivered-To": "blog@demo.example"}))
    assert found.held == (f"1 of 1: {Reason.UNPROVEN} (the blog is not among the signed recipients) (a)",)


def test_a_date_far_from_its_arrival_is_said() -> None:
    found = look(signed(), received=RECEIVED + timedelta(days=30))
    assert found.outcomes[Require.PROOF] == Reason.STALE


def test_mail_of_programs_and_strangers_is_not_an_authors() -> None:
    others = [signed({"Auto-Submitted": "auto-replied"}), signed({"From": "Ann <ann@elsewhere.example>"})]
    assert [look(raw).sender for raw in others] == ["", ""]
    assert advice(*others).mails == 0


def test_what_a_trusted_server_calls_forged_is_not_held_against_the_author() -> None:
    forged = unsigned(says(MINE, verdict="dmarc=fail header.from=demo.example"))
    found = advice(signed(), forged, trusted=(MINE,))
    assert (found.judged, found.satisfied, found.suits) == (1, True, Require.PROOF)
    assert found.held == ("1 more: a trusted server says that somebody else wrote it",)


def test_while_dns_is_silent_nothing_is_judged() -> None:
    found = look(signed(), lookup=dns({"sel._domainkey.demo.example": None}))
    assert found.later
    (said,) = advise([BLOG], [found], {})
    assert (said.judged, said.satisfied) == (0, True)
    assert said.held == ("1 more: the sender's keys could not be looked up just now",)

    secret = replace(BLOG, authors=(replace(ANN, require=Require.SECRET),))
    found = look(signed({"To": SECRET}), blog=secret, lookup=dns({"sel._domainkey.demo.example": None}))
    assert advise([secret], [found], {})[0].judged == 1


def test_a_post_whose_key_has_gone_since_is_not_held_against_its_author() -> None:
    old, fresh = replace(look(gone("")), posted=True), look(signed())
    (said,) = advise([BLOG], [old, fresh], {})
    assert (said.satisfied, said.judged, said.suits) == (True, 1, Require.PROOF)
    assert said.held == ("1 more: it was posted, and the keys of its signatures are not there any more",)
    (said,) = advise([BLOG], [replace(old, posted=False), fresh], {})
    assert not said.satisfied

    secret = replace(BLOG, authors=(replace(ANN, require=Require.SECRET),))
    by_secret = look(signed({"To": SECRET}, s="gone"), blog=secret)
    (said,) = advise([secret], [replace(by_secret, posted=True)], {})
    assert (said.satisfied, said.judged) == (True, 1)


def test_every_address_of_an_author_has_its_own_advice_and_an_author_is_advised_once() -> None:
    both = replace(ANN, addresses=frozenset({"ann@demo.example", "ann@work.example"}))
    blogs = [replace(BLOG, authors=(both,)), replace(BLOG, name="second", addresses=frozenset(), authors=(both,))]
    found = advise(blogs, [look(signed(), blog=blogs[0])], {})
    assert [(each.address, each.mails, each.blogs) for each in found] == [
        ("ann@demo.example", 1, ("garden", "second")),
        ("ann@work.example", 0, ("garden", "second")),
    ]


# signatures


@pytest.mark.parametrize(
    ("raw", "records", "expected"),
    [
        (signed(), {}, Signed("demo.example", State.PASSED, "", 2048)),
        (
            signed(bits=1024),
            {"sel._domainkey.demo.example": key(1024).record},
            Signed("demo.example", State.PASSED, "", 1024),
        ),
        (
            signed(),
            {"sel._domainkey.demo.example": key(2048).record.replace("p=", "t=y; p=")},
            Signed("demo.example", State.WEAK, "the key is published for testing", 2048),
        ),
        (
            signed(l="5"),
            {},
            Signed("demo.example", State.WEAK, "the signature covers only the beginning of the body", 2048),
        ),
        (
            signed(h="from:date:subject"),
            {},
            Signed("demo.example", State.WEAK, "the signature does not cover to", 2048),
        ),
        (
            signed(after="more\r\n"),
            {},
            Signed("demo.example", State.FAILED, "the body is not the one that was signed", 2048),
        ),
        (
            signed(),
            {"sel._domainkey.demo.example": "v=DKIM1; p="},
            Signed("demo.example", State.UNKNOWN, "the key of the signature is not published", 2048),
        ),
    ],
    ids=["sound", "1024", "testing", "l=", "to-unsigned", "altered", "revoked"],
)
def test_a_signature_is_told_with_its_key_and_its_weakness(
    raw: bytes, records: Mapping[str, str], expected: Signed
) -> None:
    assert look(raw, lookup=dns(records)).signatures == (expected,)


def test_a_short_key_is_weak() -> None:
    found = look(signed(bits=1024), lookup=dns({"sel._domainkey.demo.example": key(1024).record}))
    (said,) = advise([BLOG], [found], {})
    assert said.weak == ("the key of demo.example has 1024 bits; 2048 are usual, and its owner can make a new one",)


def test_a_key_that_is_not_rsa_is_not_short() -> None:
    raw = signed(sign=ELLIPTIC.sign, a="ed25519-sha256")
    records = {"sel._domainkey.demo.example": f"v=DKIM1; k=ed25519; p={ELLIPTIC_KEY}"}
    found = look(raw, lookup=dns(records))
    assert found.signatures == (Signed("demo.example", State.PASSED, "", 0),)
    assert advise([BLOG], [found], {})[0].weak == ()


def test_a_signature_of_somebody_else_speaks_for_nobody_here() -> None:
    found = advice(signed(d="bulk.example"))
    assert found.signatures == ()
    assert found.weak == ("1 of 1: signed by bulk.example only, which cannot speak for demo.example",)


def test_mail_without_a_signature_says_what_is_missing() -> None:
    assert advice(unsigned()).weak == (
        "1 of 1: not signed with DKIM, by demo.example or its provider; mail within one provider often is not",
    )


def test_a_file_does_not_tell_when_it_arrived_but_the_server_did() -> None:
    """Signatures that say when they end count only where that is known."""
    assert look(signed(above=HOP), received=None).outcomes[Require.PROOF] == ""
    late = HOP.replace("1 Mar 2026", "31 Mar 2026")
    assert look(signed(above=late), received=None).outcomes[Require.PROOF] == Reason.STALE


@pytest.mark.parametrize(
    "said",
    [
        "",
        "; ",
        "; yesterday",
        "; Sun, 99 Mar 2026 12:00:05 +0000",
        "; Sun, 1 Mar 99999999 1:1",
        "; Sun, 1 Mar 2026 12:00:05 -0000",
    ],
)
def test_a_server_that_does_not_say_when_leaves_the_date_of_the_mail(said: str) -> None:
    found = look(signed(above=f"Received: from a by b{said}\r\n"), received=None)
    assert found.outcomes[Require.PROOF] == ""


# what proof means


@pytest.mark.parametrize(
    ("domain", "begins"),
    [
        ("gmail.com", "this very account: "),
        ("web.de", "this very account: "),
        ("college.ac.uk", "somebody at college.ac.uk, not who"),
        ("mit.edu", "somebody at mit.edu, not who"),
        ("uni-nowhere.example", "somebody at uni-nowhere.example, not who"),
        ("ann.example", "somebody who may send for ann.example; "),
        ("edu.ann.example", "somebody who may send for edu.ann.example; "),
        ("notgmail.com", "somebody who may send for notgmail.com; "),
    ],
)
def test_t11_what_proof_means_depends_on_who_else_is_at_the_domain(domain: str, begins: str) -> None:
    assert meaning(domain).startswith(begins)


def test_t11_a_university_is_weak_by_itself_and_not_with_a_secret() -> None:
    student = replace(ANN, addresses=frozenset({"ann@uni-x.example"}))
    raw = signed({"From": "Ann <ann@uni-x.example>", "To": SECRET}, d="uni-x.example")
    records = {"sel._domainkey.uni-x.example": key(2048).record}
    for require, weak in ((Require.PROOF, True), (Require.BOTH, False)):
        blog = replace(BLOG, authors=(replace(student, require=require),))
        (found,) = advise([blog], [look(raw, blog=blog, lookup=dns(records))], {})
        assert any("a university signs for everybody in it" in each for each in found.weak) is weak
        assert found.satisfied


def test_t12_spf_alone_is_weak() -> None:
    raw = unsigned(says(MINE, verdict="dmarc=pass header.from=demo.example; spf=pass smtp.mailfrom=demo.example"))
    for trusted, satisfied in (((), False), ((MINE,), False), ((f"{MINE} spf",), True)):
        found = advice(raw, trusted=trusted)
        assert any(each.startswith("1 of 1: only SPF speaks for it") for each in found.weak)
        assert found.satisfied is satisfied
        assert found.paste == (() if satisfied else ('# [[author]] "Ann"\nrequire = "secret"',))


# servers

FASTMAIL = (
    "Authentication-Results: mx3.messagingengine.com; x-csa=none; x-me-sender=none\r\n"
    "Authentication-Results: mx3.messagingengine.com; bimi=skipped\r\n"
    "Authentication-Results: mx3.messagingengine.com; arc=none\r\n"
    "Authentication-Results: mx3.messagingengine.com; dkim=pass header.d=demo.example;"
    " dmarc=pass header.from=demo.example; spf=pass smtp.mailfrom=demo.example\r\n"
)
ICLOUD = (
    'Authentication-Results: bimi.icloud.com; bimi=skipped reason="none"\r\n'
    "Authentication-Results: dmarc.icloud.com; dmarc=pass header.from=demo.example\r\n"
    "Authentication-Results: dkim-verifier.icloud.com; dkim=pass header.d=demo.example\r\n"
    "Authentication-Results: spf.icloud.com; spf=pass smtp.mailfrom=ann@demo.example\r\n"
)
ICLOUD_NAMES = ("dkim-verifier.icloud.com", "dmarc.icloud.com", "spf.icloud.com", "bimi.icloud.com")
MICROSOFT = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=demo.example; dkim=pass"
    " (signature was verified) header.d=demo.example;dmarc=pass action=none header.from=demo.example;compauth=pass\r\n"
)


@pytest.mark.parametrize(
    ("above", "provider", "names", "helps", "beware"),
    [
        (HOP + says("mx.google.com"), "Gmail", ("mx.google.com",), 1, "neither a signature nor a verdict"),
        (HOP + FASTMAIL, "Fastmail", ("*.messagingengine.com",), 1, "in the last"),
        (ICLOUD + HOP, "iCloud", ICLOUD_NAMES, 1, "all four names"),
        (HOP + says("atlas106.free.mail.ne1.yahoo.com"), "Yahoo", ("*.yahoo.com",), 1, "dkim_pass"),
        (HOP + says("posteo.de"), "Posteo", ("posteo.de",), 1, "all of them are read"),
        (HOP + says("mx1.riseup.net"), "Riseup", ("mx1.riseup.net",), 1, "not valid"),
        (HOP + MICROSOFT, "", (), 0, "as Microsoft's do not"),
        (HOP + says(MINE), "", (MINE,), 1, ""),
        (HOP + says("google.com"), "", ("google.com",), 1, ""),
    ],
    ids=["Gmail", "Fastmail", "iCloud", "Yahoo", "Posteo", "Riseup", "Microsoft", "own", "like-Gmail"],
)
def test_t05_each_providers_shape_is_known(
    above: str, provider: str, names: tuple[str, ...], helps: int, beware: str
) -> None:
    (server,) = advice(gone(above)).servers
    assert (server.provider, server.names, server.helps, server.probe) == (provider, names, helps, Probe.UNTESTED)
    assert beware in server.beware


def test_a_pattern_is_for_names_below_it_only() -> None:
    (server,) = advice(gone(HOP + says("evilmessagingengine.com"))).servers
    assert (server.provider, server.names) == ("", ("evilmessagingengine.com",))


def test_a_server_that_would_add_nothing_does_not_help() -> None:
    (server,) = advice(signed(above=HOP + says("mx.google.com"))).servers
    assert (server.helps, server.trusted, server.says) == (0, False, ("dkim=pass", "dmarc=pass"))


def test_t06_what_stands_below_the_topmost_block_is_offered_to_nobody() -> None:
    found = advice(gone(HOP + says(MINE) + HOP + says("mx.evil.example", "mx.google.com")))
    assert [server.names for server in found.servers] == [(MINE,)]
    assert found.below == ("mx.evil.example", "mx.google.com")


def test_t06_a_field_that_touches_the_true_one_is_not_offered_either() -> None:
    (server,) = advice(gone(HOP + says(MINE, "mx.evil.example"))).servers
    assert (server.names, server.ids) == ((MINE,), (MINE,))


def test_t07_a_name_that_is_none_is_offered_to_nobody() -> None:
    hostile = ['"a\\"]\\nrequire = \\"ask"', '"[red]x"', '"\u202emoc"', "x" * 300, "-a-"]
    servers = [server for name in hostile for server in advice(gone(HOP + says(name))).servers]
    assert [server.names for server in servers] == [()] * 2


def test_the_mailbox_that_alters_mail_is_told_from_a_forgery() -> None:
    """As Exchange does: the server saw the signature pass, and it is broken when it comes to us."""
    said = "dkim=pass header.d=demo.example; dmarc=pass header.from=demo.example"
    found = advice(signed(above=HOP + says(MINE, verdict=said), after="A footer.\r\n"))
    assert any("altered on its way here" in each for each in found.weak)
    assert not look(signed(above=HOP + says(MINE, verdict=said))).altered
    assert found.servers[0].helps == 0
    assert found.paste == ('# [[author]] "Ann"\nrequire = "secret"',)


# the probe


def probe(*, server_keeps: bool, word: str = "w0rd", arrives_whole: bool = True) -> bytes:
    """The mail that the recipe makes, as it lies in the mailbox; whose it is does not matter."""
    (server,) = advice(gone(HOP + says(MINE))).servers
    about, claim, control = probe_fields(server, word)
    assert claim == f"Authentication-Results: {MINE}; dkim=pass header.d=probe.invalid"
    kept = [about, *([claim] if server_keeps else []), *([control] if arrives_whole else [])]
    above = HOP + says(MINE, verdict="spf=none") + "".join(f"{line}\r\n" for line in kept)
    return unsigned(above, {"From": "you@elsewhere.example"})


@pytest.mark.parametrize(
    ("mail", "word", "expected"),
    [
        (probe(server_keeps=False), "w0rd", Probe.REMOVED),
        (probe(server_keeps=False), "another", Probe.UNTESTED),
        (probe(server_keeps=False), "", Probe.UNTESTED),
        (probe(server_keeps=False, arrives_whole=False), "w0rd", Probe.UNCLEAR),
        (probe(server_keeps=True), "w0rd", Probe.KEPT),
        (probe(server_keeps=True), "another", Probe.KEPT),
        (probe(server_keeps=True, arrives_whole=False), "", Probe.KEPT),
        (probe(server_keeps=True).replace(MINE.encode(), MINE.upper().encode()), "", Probe.KEPT),
        (probe(server_keeps=True).replace(b"=probe.invalid", b"=Probe.Invalid"), "", Probe.KEPT),
    ],
    ids=[
        "removed",
        "wrong-word",
        "no-word",
        "lost",
        "kept",
        "kept-any-word",
        "kept-lost",
        "kept-upper-case",
        "kept-mixed-case",
    ],
)
def test_t06_a_probe_tells_whether_a_server_takes_out_what_others_write_in_its_name(
    mail: bytes, word: str, expected: Probe
) -> None:
    found = advice(gone(HOP + says(MINE)), mail, word=word)
    assert found.servers[0].probe is expected
    assert found.paste == {
        Probe.REMOVED: (f'# [[mailbox]]\ntrusted_servers = ["{MINE}"]',),
        Probe.KEPT: ('# [[author]] "Ann"\nrequire = "secret"',),
    }.get(expected, ())
    assert any("Do not trust it" in each for each in found.weak) is (expected is Probe.KEPT)


def test_t06_one_forged_field_that_got_through_outweighs_any_number_that_did_not() -> None:
    mails = [probe(server_keeps=False), probe(server_keeps=True, word="old"), probe(server_keeps=False)]
    assert advice(gone(HOP + says(MINE)), *mails, word="w0rd").servers[0].probe is Probe.KEPT


def test_t06_a_trusted_server_that_keeps_forged_fields_is_to_be_taken_out() -> None:
    found = advice(gone(HOP + says(MINE)), probe(server_keeps=True), trusted=("mx.other.example", MINE))
    assert found.paste == ('# [[mailbox]]\ntrusted_servers = ["mx.other.example"]',)


def test_t06_a_probe_of_one_name_says_nothing_about_another() -> None:
    """Whoever knows the word has still to have tried the very names that would be trusted."""
    other = probe(server_keeps=False).replace(MINE.encode(), b"mx.other.example")
    assert advice(gone(HOP + says(MINE)), other, word="w0rd").servers[0].probe is Probe.UNTESTED


def test_t06_a_pattern_is_probed_with_a_name_that_nobody_has() -> None:
    (server,) = advice(gone(HOP + FASTMAIL)).servers
    assert probe_fields(server, "w") == [
        "X-Mailpost-Probe: w *.messagingengine.com",
        "Authentication-Results: mx3.messagingengine.com; dkim=pass header.d=probe.invalid",
        "Authentication-Results: probe.messagingengine.com; dkim=pass header.d=probe.invalid",
        "Authentication-Results: probe.invalid; dkim=pass header.d=probe.invalid",
    ]
    kept = HOP + FASTMAIL + "Authentication-Results: probe.messagingengine.com; dkim=pass header.d=probe.invalid\r\n"
    assert advice(gone(HOP + FASTMAIL), unsigned(kept)).servers[0].probe is Probe.KEPT


def test_t06_a_probe_of_several_names_has_passed_when_none_is_left() -> None:
    (server,) = advice(gone(ICLOUD + HOP)).servers
    about, *claims, control = probe_fields(server, "w0rd")
    assert len(claims) == 4
    for left, expected in (([], Probe.REMOVED), (claims[1:2], Probe.KEPT)):
        mail = gone(ICLOUD + HOP + "".join(f"{line}\r\n" for line in [about, *left, control]))
        found = advice(gone(ICLOUD + HOP), mail, trusted=("dmarc.icloud.com", "spf.icloud.com"), word="w0rd")
        assert found.servers[0].probe is expected
        if expected is Probe.REMOVED:
            (piece,) = found.paste
            assert sorted(tomllib.loads(piece)["trusted_servers"]) == sorted(ICLOUD_NAMES)


def test_t06_what_a_probe_claims_would_be_believed() -> None:
    """If it stood in the block of a trusted server; so it has to go from what others send."""
    (server,) = advice(gone(HOP + says(MINE))).servers
    about, *claims, control = probe_fields(server, "w0rd")
    for claim in claims:
        genuine = claim.replace("probe.invalid", "demo.example")
        assert advice(gone(f"{HOP}{genuine}\r\n"), trusted=(MINE,)).satisfied
        mail = unsigned(HOP + says(MINE) + "".join(f"{line}\r\n" for line in [about, claim, control]))
        assert advice(gone(HOP + says(MINE)), mail, word="w0rd").servers[0].probe is Probe.KEPT


def test_t06_a_probe_in_one_mailbox_says_nothing_about_another() -> None:
    mail, tested = look(gone(HOP + says(MINE))), look(probe(server_keeps=False))
    for mailbox, expected in (("one", Probe.REMOVED), ("two", Probe.UNTESTED)):
        seen = [replace(mail, mailbox="one"), replace(tested, mailbox=mailbox)]
        (found,) = advise([BLOG], seen, {"one": ["mx.first.example"]}, "w0rd")
        assert found.servers[0].probe is expected
        if expected is Probe.REMOVED:
            assert found.paste == (f'# [[mailbox]] "one"\ntrusted_servers = ["mx.first.example", "{MINE}"]',)


# what cannot be read


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        bytes(range(256)) * 20,
        signed().replace(b"Subject", b"Subject: a\r\nSubject"),
        signed(above="X: y\rAuthentication-Results: mx.google.com; dmarc=pass\r\n"),
        signed(above="DKIM-Signature: v=1; a=rsa-sha256; d=\r\n" * 40),
        signed(above=f"Authentication-Results: {'(' * 4000}\r\n" * 9),
        signed(above="X-Mailpost-Probe: \u202e[red]\r\n"),
    ],
    ids=["nothing", "empty", "bytes", "doubled", "bare-cr", "signatures", "comments", "probe"],
)
def test_hostile_mail_is_evidence_like_any_other(raw: bytes) -> None:
    found = look(raw)
    assert bool(found.trouble) is not bool(found.sender) or not found.sender
    assert advise([BLOG], [found], {})

"""May this mail become a post, and whose? Corners that a change of one sign in the code would bend."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailpost.author import Author, Require
from mailpost.authorise import Permit, address_of, authorise, concerns, trusted
from mailpost.blog import Blog
from mailpost.envelope import Envelope
from mailpost.errors import Held, Reason, Refused, Temporary
from mailpost.proof import Verdict
from tests.letters import ANN, BLOG, RECEIVED
from tests.test_authorise import BLOG_ADDRESS, ENVELOPE, KITCHEN, PROVEN, never, requiring, said

SECRET = "s3cret-tag"
OTHER = "0ther-tag"
PROOF = replace(PROVEN, fingerprints=("f1", "f2"))


def sent_to(*addresses: str, sender: str = ENVELOPE.sender) -> Envelope:
    return replace(ENVELOPE, recipients=addresses, sender=sender)


def covering(*addresses: str) -> Verdict:
    return replace(PROOF, covered=frozenset(addresses))


def refusal(
    envelope: Envelope, *blogs: Blog, verdict: Verdict | None = None, own: str = ""
) -> tuple[Reason, str, str, str]:
    with pytest.raises(Refused) as caught:
        authorise(envelope, blogs or (BLOG,), own, said(verdict) if verdict else never)
    found = caught.value
    return found.reason, found.detail, found.blog, found.author


# what is kept about it


def test_a_permit_says_who_may_post_what_and_what_vouched_for_it() -> None:
    address = f"blog+draft+{SECRET}@demo.example"
    for blog in (BLOG, requiring(Require.BOTH), requiring(Require.EITHER, secrets=())):
        found = authorise(sent_to(address), [KITCHEN, blog], "", said(covering(address)))
        (author,) = blog.authors
        known = SECRET in author.secrets
        assert found == Permit(
            blog,
            author,
            frozenset({"draft"} if known else {"draft", SECRET}),
            "dkim:demo.example" + (" and secret address" if known else ""),
            fingerprints=("f1", "f2"),
        )


def test_a_secret_address_has_no_fingerprint() -> None:
    """Whoever knows it may send the same mail twice; there is no signature to be told by."""
    blog = requiring(Require.EITHER)
    found = authorise(sent_to(f"blog+{SECRET}@demo.example"), [blog], "", never)
    assert found == Permit(blog, blog.authors[0], frozenset(), "secret address")


REFUSALS: dict[str, tuple[Envelope, tuple[Reason, str, str, str]]] = {
    "sent by a program": (
        replace(ENVELOPE, automatic="list-id"),
        (Reason.AUTOMATIC, "list-id", "", ""),
    ),
    "from the blog itself": (
        replace(ENVELOPE, sender=BLOG_ADDRESS),
        (Reason.AUTOMATIC, "from a blog's own address", "", ""),
    ),
    "from another blog": (
        replace(ENVELOPE, sender="kitchen@demo.example"),
        (Reason.AUTOMATIC, "from a blog's own address", "", ""),
    ),
    "a From that two readers read differently": (
        replace(ENVELOPE, sender=""),
        (Reason.SENDER_FORM, "", "", ""),
    ),
    "a stranger": (
        replace(ENVELOPE, sender="eve@x.example"),
        (Reason.STRANGER, "", "", ""),
    ),
    "an author of another blog": (
        replace(ENVELOPE, sender="cook@demo.example"),
        (Reason.STRANGER, "", "", ""),
    ),
    "T16 a stranger who knows a secret": (
        sent_to(f"blog+draft+{SECRET}@demo.example", sender="eve@x.example"),
        (Reason.STRANGER, "who knows a secret address of Ann", "", ""),
    ),
    "to nobody here": (
        sent_to("zoe@friends.example"),
        (Reason.ELSEWHERE, "", "", ""),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_who_is_refused_is_told_apart(name: str) -> None:
    envelope, expected = REFUSALS[name]
    cook = replace(KITCHEN, authors=(Author("Cook", frozenset({"cook@demo.example"}), secrets=(OTHER,)),))
    two = replace(BLOG, authors=(Author("Bea", frozenset({"bea@demo.example"}), secrets=("x",)), ANN))
    assert refusal(envelope, two, cook) == expected


HOLDS: dict[str, tuple[Require, str, Verdict | None, tuple[Reason, str]]] = {
    "asks": (Require.ASK, SECRET, None, (Reason.ASK, "")),
    "no secret": (Require.SECRET, "draft", None, (Reason.SECRET_MISSING, "")),
    "the secret has ended": (Require.SECRET, OTHER, None, (Reason.SECRET_EXPIRED, "")),
    "both, and the secret has ended": (Require.BOTH, OTHER, None, (Reason.SECRET_EXPIRED, "")),
    "either, and the secret has ended": (Require.EITHER, OTHER, Verdict(weak="old"), (Reason.UNPROVEN, "old")),
    "nothing": (Require.PROOF, "draft", Verdict(), (Reason.UNPROVEN, "")),
    "a weak signature": (Require.PROOF, "draft", Verdict(weak="l= is there"), (Reason.UNPROVEN, "l= is there")),
    "a server said no": (Require.PROOF, "draft", Verdict(failed=True, weak="broken"), (Reason.FORGED, "broken")),
    "two servers disagree": (Require.BOTH, SECRET, replace(PROOF, contradiction=True), (Reason.FORGED, "")),
    "meant for somebody else": (
        Require.PROOF,
        "draft",
        covering("zoe@friends.example"),
        (Reason.UNPROVEN, "the blog is not among the signed recipients"),
    ),
}


@pytest.mark.parametrize("name", HOLDS)
def test_what_is_held_says_why_and_whose_it_claims_to_be(name: str) -> None:
    """The author who is asked is the one in the configuration, not the one in the mail."""
    require, tag, verdict, (reason, detail) = HOLDS[name]
    author = Author("Ann", ANN.addresses, require, (SECRET, OTHER), {OTHER: RECEIVED})
    blog = replace(BLOG, authors=(author,))
    held = refusal(sent_to(f"blog+{tag}@demo.example"), KITCHEN, blog, verdict=verdict)
    assert held == (reason, detail, "garden", "Ann")


def test_a_stale_proof_is_held() -> None:
    envelope = replace(ENVELOPE, sent=RECEIVED - timedelta(days=8))
    assert refusal(envelope, verdict=PROOF) == (Reason.STALE, "", "garden", "Ann")


def test_trouble_with_dns_says_that_waiting_helps() -> None:
    with pytest.raises(Temporary) as trouble:
        authorise(ENVELOPE, [BLOG], "", said(Verdict(temporary=True)))
    assert str(trouble.value) == "the sender's keys could not be looked up"


# secrets


def test_a_secret_ends_at_its_moment() -> None:
    moment = timedelta(microseconds=1)
    for end, good in ((RECEIVED + moment, True), (RECEIVED, False), (RECEIVED - moment, False)):
        author = Author("Ann", ANN.addresses, Require.SECRET, (SECRET,), {SECRET: end})
        blog = replace(BLOG, authors=(author,))
        envelope = sent_to(f"blog+{SECRET}@demo.example")
        if good:
            assert authorise(envelope, [blog], "", never).by == "secret address"
        else:
            assert refusal(envelope, blog)[0] is Reason.SECRET_EXPIRED


def test_where_the_arrival_is_unknown_a_secret_that_ends_has_ended() -> None:
    author = Author("Ann", ANN.addresses, Require.SECRET, (SECRET, OTHER), {SECRET: RECEIVED + timedelta(days=9)})
    blog = replace(BLOG, authors=(author,))
    unknown = replace(ENVELOPE, received=None)
    assert refusal(replace(unknown, recipients=(f"blog+{SECRET}@demo.example",)), blog)[0] is Reason.SECRET_EXPIRED
    other = replace(unknown, recipients=(f"blog+{OTHER}@demo.example",))
    assert authorise(other, [blog], "", never).by == "secret address"


def test_an_ended_secret_beside_a_good_one_does_no_harm() -> None:
    author = Author("Ann", ANN.addresses, Require.SECRET, (OTHER, SECRET), {OTHER: RECEIVED})
    blog = replace(BLOG, authors=(author,))
    for tags in (f"{OTHER}+{SECRET}", f"{SECRET}+{OTHER}"):
        found = authorise(sent_to(f"blog+{tags}@demo.example"), [blog], "", never)
        assert (found.by, found.flags) == ("secret address", frozenset()), "an ended secret is no flag either"


def test_a_secret_of_another_author_vouches_for_nobody() -> None:
    bea = Author("Bea", frozenset({"bea@demo.example"}), Require.SECRET, (OTHER,))
    ann = Author("Ann", ANN.addresses, Require.SECRET, (SECRET,))
    blog = replace(BLOG, authors=(bea, ann))
    assert refusal(sent_to(f"blog+{OTHER}@demo.example"), blog)[0] is Reason.SECRET_MISSING
    found = authorise(sent_to(f"blog+{OTHER}@demo.example", sender="bea@demo.example"), [blog], "", never)
    assert found.author is bea


# answers to questions

TOKEN = "abcdefghijklmnopqrstuvwx27"


def test_t17_who_answers_has_the_address_that_only_the_author_was_sent() -> None:
    for require in Require:
        blog = requiring(require)
        found = authorise(sent_to(f"blog+answer-{TOKEN}@demo.example"), [blog], "", never)
        assert found == Permit(blog, blog.authors[0], frozenset(), "the address it answers to", TOKEN)


@pytest.mark.parametrize(
    "tag", [f"answer-{TOKEN[1:]}", f"answer-{TOKEN}2", f"answer-{TOKEN[1:]}1", f"xanswer-{TOKEN}", TOKEN, "answer-"]
)
def test_t17_what_is_no_whole_token_is_a_flag_that_nobody_knows(tag: str) -> None:
    address = f"blog+{tag}@demo.example"
    found = authorise(sent_to(address), [BLOG], "", said(covering(address)))
    assert (found.token, found.flags) == ("", frozenset({tag}))


def test_t17_a_program_or_a_stranger_answers_nothing() -> None:
    envelope = sent_to(f"blog+answer-{TOKEN}@demo.example")
    assert refusal(replace(envelope, automatic="auto-submitted"))[0] is Reason.AUTOMATIC
    assert refusal(replace(envelope, sender="eve@x.example"))[0] is Reason.STRANGER


# where it goes


def test_the_mailboxs_own_blog_takes_what_names_none() -> None:
    address = "zoe@friends.example"
    found = authorise(
        sent_to(address),
        [KITCHEN, requiring(Require.EITHER)],
        "garden",
        said(Verdict(passed=True, by="dkim:demo.example", covered=frozenset({BLOG_ADDRESS}))),
    )
    assert found.blog.name == "garden"
    assert trusted(sent_to(address), [KITCHEN, BLOG], "garden").blog is BLOG


def test_tags_come_once_in_their_order_from_every_address_of_the_blog() -> None:
    envelope = replace(
        ENVELOPE,
        delivered_to=("blog+b+a@demo.example", "zoe+x@friends.example"),
        recipients=("kitchen+y@demo.example", "blog+a+c+b@demo.example", "blog@demo.example", "blog++d@demo.example"),
    )
    assert address_of(envelope, [KITCHEN, BLOG], "kitchen") == (BLOG, ("b", "a", "c", "", "d"))


def test_a_blog_is_named_by_its_whole_address() -> None:
    for address in (
        "blog@demo.example.evil.example",
        "xblog@demo.example",
        "blog",
        "@demo.example",
        "blog+@demo.exampl",
    ):
        assert refusal(sent_to(address))[0] is Reason.ELSEWHERE
    assert refusal(sent_to("zoe@friends.example"), own="nobody")[0] is Reason.ELSEWHERE


def test_spf_vouches_for_what_the_servers_wrote_and_dkim_does_not() -> None:
    """The names in the envelope of SMTP are the sender's own only where SPF passed."""
    envelope = replace(ENVELOPE, recipients=("zoe@friends.example",), delivered_to=(BLOG_ADDRESS,))
    spf = Verdict(passed=True, by="results:mx.demo.example spf")
    assert authorise(envelope, [BLOG], "", said(spf)).by == "results:mx.demo.example spf"
    signed = replace(spf, by="results:mx.demo.example dkim")
    assert refusal(envelope, verdict=signed)[0] is Reason.UNPROVEN


def test_a_glance_tells_whether_a_mail_may_be_for_us() -> None:
    """Before the header is read: it must not miss one that is, and need not miss one that is not."""
    blogs = [BLOG, KITCHEN]
    for header in (
        b"To: blog@demo.example\r\n",
        b"Delivered-To: BLOG+Draft@Demo.Example\r\n",
        b"Cc: x@y.example,\r\n kitchen+a+b@demo.example\r\n",
    ):
        assert concerns(header, blogs, "")
    for header in (b"", b"To: zoe@friends.example\r\n", b"To: zoe@demo.example\r\n", b"To: blog@friends.example\r\n"):
        assert not concerns(header, blogs, "")
        assert concerns(header, blogs, "garden"), "the mailbox belongs to a blog"
    assert not concerns(b"To: blog@demo.example\r\n", [], "")
    assert not concerns(b"Subject: blog demo.example\r\n", blogs, "")


# trying out


def test_trying_out_takes_the_author_who_wrote_it() -> None:
    bea = Author("Bea", frozenset({"bea@demo.example"}), secrets=(OTHER,))
    blog = replace(BLOG, authors=(ANN, bea))
    address = f"blog+{OTHER}+draft@demo.example"
    for sender, author, flags in (
        ("bea@demo.example", bea, {"draft"}),
        ("ann@demo.example", ANN, {"draft", OTHER}),
        ("eve@x.example", ANN, {"draft", OTHER}),
    ):
        found = trusted(sent_to(address, sender=sender), [KITCHEN, blog], "")
        assert found == Permit(blog, author, frozenset(flags), "trusted on the command line")


def test_a_hold_is_a_refusal_that_can_be_lifted() -> None:
    with pytest.raises(Held):
        authorise(ENVELOPE, [BLOG], "", said(Verdict()))
    with pytest.raises(Refused) as refused:
        authorise(replace(ENVELOPE, sender="eve@x.example"), [BLOG], "", never)
    assert not isinstance(refused.value, Held)


def test_t14_flags_that_were_not_signed_are_not_obeyed() -> None:
    """Whoever catches a signed mail can put an address of his own before it, or behind."""
    envelope = replace(
        ENVELOPE,
        delivered_to=("blog+draft@demo.example",),
        recipients=("blog+private@demo.example", "blog+preview+help@demo.example"),
    )
    for covered, flags in (
        (("blog+private@demo.example",), {"private"}),
        (("blog+private@demo.example", "blog+preview+help@demo.example"), {"private", "preview", "help"}),
        ((BLOG_ADDRESS,), set()),
    ):
        assert authorise(envelope, [BLOG], "", said(covering(*covered))).flags == flags
    spf = Verdict(passed=True, by="results:mx.demo.example spf")
    assert authorise(envelope, [BLOG], "", said(spf)).flags == {"draft", "private", "preview", "help"}


def test_a_proof_has_to_name_the_blog_whatever_else_is_known() -> None:
    """A secret address may have been seen by whoever sends a signed mail on."""
    secret = sent_to(f"blog+{SECRET}+draft@demo.example")
    for by in ("results:mx.demo.example dkim", "dkim:demo.example"):
        for require in (Require.BOTH, Require.PROOF):
            held = refusal(secret, requiring(require), verdict=Verdict(passed=True, by=by))
            assert held[:2] == (Reason.UNPROVEN, "the blog is not among the signed recipients")

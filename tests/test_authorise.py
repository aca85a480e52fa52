"""May this mail become a post, and whose?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailpost.author import Author, Require
from mailpost.authorise import Permit, address_of, authorise, trusted
from mailpost.blog import Blog
from mailpost.envelope import Envelope, read_envelope
from mailpost.errors import Held, Reason, Refused, Temporary
from mailpost.proof import Verdict
from tests.letters import ANN, BLOG, RECEIVED, letter

SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BLOG_ADDRESS = "blog@demo.example"
ENVELOPE = Envelope("ann@demo.example", "<1@x>", "Spring", SENT, RECEIVED, (BLOG_ADDRESS,), ())
PROVEN = Verdict(passed=True, by="dkim:demo.example", covered=frozenset({BLOG_ADDRESS}))
KITCHEN = Blog("kitchen", "Kitchen", "https://k.example/", frozenset({"kitchen@demo.example"}), (ANN,))


def never() -> Verdict:
    raise AssertionError("the proof costs DNS look-ups and was not needed")


def said(verdict: Verdict) -> Callable[[], Verdict]:
    return lambda: verdict


def requiring(require: Require, *, secrets: tuple[str, ...] = ("s3cret-tag",)) -> Blog:
    return replace(BLOG, authors=(Author("Ann", ANN.addresses, require, secrets),))


def outcome(envelope: Envelope, blog: Blog = BLOG, verdict: Verdict | None = PROVEN) -> Permit | Refused:
    try:
        return authorise(envelope, [blog], "", said(verdict) if verdict else never)
    except Refused as refusal:
        return refusal


def why(found: Permit | Refused) -> tuple[type, Reason]:
    assert isinstance(found, Refused), found
    return type(found), found.reason


ADDRESSES: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, tuple[str, ...]]] = {
    ((), (BLOG_ADDRESS,)): ("garden", ()),
    ((), ("bob@x.example", "kitchen@demo.example")): ("kitchen", ()),
    ((BLOG_ADDRESS,), ("kitchen@demo.example",)): ("garden", ()),
    ((), ("blog+draft@demo.example",)): ("garden", ("draft",)),
    ((), ("blog+s3cret-tag+draft@demo.example",)): ("garden", ("s3cret-tag", "draft")),
    (("blog+s3cret-tag@demo.example",), ("blog+draft@demo.example",)): ("garden", ("s3cret-tag", "draft")),
    (("blog+draft@demo.example",), ("blog+draft@demo.example",)): ("garden", ("draft",)),
    ((), (BLOG_ADDRESS, "kitchen+draft@demo.example")): ("garden", ()),
    ((), ("blog@elsewhere.example",)): ("own", ()),
    ((), ()): ("own", ()),
}


@pytest.mark.parametrize(("delivered_to", "recipients"), ADDRESSES)
def test_the_address_says_where_and_its_tags_say_what(
    delivered_to: tuple[str, ...], recipients: tuple[str, ...]
) -> None:
    own = replace(BLOG, name="own", addresses=frozenset({"own@demo.example"}))
    envelope = replace(ENVELOPE, delivered_to=delivered_to, recipients=recipients)
    blog, tags = address_of(envelope, [BLOG, KITCHEN, own], "own")
    assert (blog.name, tags) == ADDRESSES[delivered_to, recipients]


def test_a_mail_to_nobody_we_know_stays_where_it_is() -> None:
    with pytest.raises(Refused) as refused:
        address_of(replace(ENVELOPE, recipients=("bob@x.example",)), [BLOG], "")
    assert refused.value.reason is Reason.ELSEWHERE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"automatic": "auto-submitted"}, (Refused, Reason.AUTOMATIC)),
        ({"automatic": "return-path", "sender": ""}, (Refused, Reason.AUTOMATIC)),
        ({"sender": BLOG_ADDRESS}, (Refused, Reason.AUTOMATIC)),
        ({"sender": "eve@x.example"}, (Refused, Reason.STRANGER)),
        ({"sender": "ann@demo.example.x.example"}, (Refused, Reason.STRANGER)),
        ({"sender": "ann+x@demo.example"}, (Refused, Reason.STRANGER)),
        ({"sender": ""}, (Held, Reason.SENDER_FORM)),
    ],
)
def test_who_may_not_post_is_known_without_asking_for_a_proof(changes: dict[str, Any], expected: Any) -> None:
    assert why(outcome(replace(ENVELOPE, **changes), verdict=None)) == expected


UNPROVEN = Verdict()
SECRET = replace(ENVELOPE, recipients=("blog+s3cret-tag@demo.example",))
DRAFT = replace(ENVELOPE, recipients=("blog+s3cret-tag+draft@demo.example",))
COVERED = replace(PROVEN, covered=frozenset({"blog+s3cret-tag@demo.example"}))
WORDS = [
    # proof
    (Require.PROOF, ENVELOPE, PROVEN, "dkim:demo.example"),
    (Require.PROOF, ENVELOPE, UNPROVEN, Reason.UNPROVEN),
    (Require.PROOF, SECRET, UNPROVEN, Reason.UNPROVEN),
    (Require.PROOF, SECRET, COVERED, "dkim:demo.example and secret address"),
    # secret: nothing else is asked
    (Require.SECRET, SECRET, None, "secret address"),
    (Require.SECRET, ENVELOPE, None, Reason.SECRET_MISSING),
    # both
    (Require.BOTH, SECRET, COVERED, "dkim:demo.example and secret address"),
    (Require.BOTH, SECRET, UNPROVEN, Reason.UNPROVEN),
    (Require.BOTH, ENVELOPE, None, Reason.SECRET_MISSING),
    # either
    (Require.EITHER, SECRET, None, "secret address"),
    (Require.EITHER, ENVELOPE, PROVEN, "dkim:demo.example"),
    (Require.EITHER, ENVELOPE, UNPROVEN, Reason.UNPROVEN),
    # ask
    (Require.ASK, SECRET, None, Reason.ASK),
]


@pytest.mark.parametrize(("require", "envelope", "verdict", "expected"), WORDS)
def test_each_author_must_bring_what_is_required(
    require: Require, envelope: Envelope, verdict: Verdict, expected: Any
) -> None:
    found = outcome(envelope, requiring(require), verdict)
    if isinstance(expected, Reason):
        assert why(found) == (Held, expected)
    else:
        assert isinstance(found, Permit)
        assert found.by == expected


@pytest.mark.parametrize("require", [Require.SECRET, Require.BOTH])
def test_a_secret_that_was_never_configured_cannot_be_used(require: Require) -> None:
    for envelope in (SECRET, ENVELOPE, replace(ENVELOPE, recipients=("blog+@demo.example",))):
        assert why(outcome(envelope, requiring(require, secrets=()), None)) == (Held, Reason.SECRET_MISSING)


@pytest.mark.parametrize("tag", ["S3CRET-TAG", "s3cret", "s3cret-tag-", "s3cret-tag1", "", "sécret-tag"])
def test_a_tag_that_is_nearly_the_secret_is_none(tag: str) -> None:
    envelope = replace(ENVELOPE, recipients=(f"blog+{tag}@demo.example",))
    assert why(outcome(envelope, requiring(Require.SECRET), None)) == (Held, Reason.SECRET_MISSING)


def test_a_secret_is_no_flag_and_a_flag_no_secret() -> None:
    found = outcome(DRAFT, requiring(Require.SECRET), None)
    assert found == Permit(
        requiring(Require.SECRET), requiring(Require.SECRET).authors[0], frozenset({"draft"}), "secret address"
    )


def test_the_address_keeps_its_secret_in_lower_case_through_the_header() -> None:
    """Addresses are read without regard to case, so secrets are lower-case in the configuration."""
    raw = letter(fields={"To": "Blog+S3cret-Tag@Demo.Example"})
    found = outcome(read_envelope(raw, RECEIVED), requiring(Require.SECRET), None)
    assert isinstance(found, Permit)


VERDICTS = [
    (replace(PROVEN, passed=False, temporary=True), Temporary),
    (Verdict(failed=True), Reason.FORGED),
    (Verdict(contradiction=True), Reason.FORGED),
    (Verdict(passed=True, by="dkim:demo.example", contradiction=True), Reason.FORGED),
    (Verdict(weak="the signature covers only part of the body"), Reason.UNPROVEN),
    (replace(PROVEN, covered=frozenset()), Reason.UNPROVEN),
    (replace(PROVEN, covered=frozenset({"bob@x.example"})), Reason.UNPROVEN),
]


@pytest.mark.parametrize(("verdict", "expected"), VERDICTS)
def test_what_does_not_vouch_for_the_author_publishes_nothing(verdict: Verdict, expected: Any) -> None:
    if expected is Temporary:
        with pytest.raises(Temporary):
            outcome(ENVELOPE, verdict=verdict)
    else:
        assert why(outcome(ENVELOPE, verdict=verdict)) == (Held, expected)


AGES = [
    (timedelta(0), True),
    (timedelta(hours=1), True),
    (timedelta(hours=1, seconds=1), False),
    (-timedelta(days=7), True),
    (-timedelta(days=7, seconds=1), False),
    (None, False),
]


@pytest.mark.parametrize(("age", "fresh"), AGES)
def test_a_proof_counts_only_while_it_is_fresh(age: timedelta | None, fresh: bool) -> None:  # noqa: FBT001 - a column of the table
    envelope = replace(ENVELOPE, sent=None if age is None else RECEIVED + age)
    found = outcome(envelope)
    assert isinstance(found, Permit) if fresh else why(found) == (Held, Reason.STALE)


def test_a_date_says_nothing_where_the_arrival_is_unknown() -> None:
    assert isinstance(outcome(replace(ENVELOPE, received=None, sent=None)), Permit)


def test_a_secret_address_needs_no_fresh_date() -> None:
    assert isinstance(outcome(replace(SECRET, sent=None), requiring(Require.SECRET), None), Permit)


def test_trying_out_asks_nobody() -> None:
    for sender in ("eve@x.example", "", "ann@demo.example"):
        envelope = replace(SECRET, sender=sender, recipients=("blog+s3cret-tag+draft@demo.example",), automatic="x")
        assert trusted(envelope, [BLOG], "") == Permit(BLOG, ANN, frozenset({"draft"}), "trusted on the command line")
    nowhere = replace(ENVELOPE, recipients=())
    assert trusted(nowhere, [KITCHEN, BLOG], "").blog is KITCHEN


def test_flags_of_a_proven_mail_stand_in_what_was_signed() -> None:
    """Who catches a signed mail before it arrives could make it a draft, or anything else that a flag says."""
    signed = "blog+private@demo.example"
    envelope = replace(
        ENVELOPE, delivered_to=("blog+draft@demo.example",), recipients=(signed, "blog+help@demo.example")
    )
    proven = Verdict(passed=True, by="dkim:demo.example", covered=frozenset({signed, "zoe+draft@friends.example"}))
    found = outcome(envelope, verdict=proven)
    assert isinstance(found, Permit)
    assert found.flags == {"private"}

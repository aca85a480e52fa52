"""The straight line's pure middle: what one mail says → what becomes of it."""

import base64
import hashlib
import locale
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

import mailpost.demo
from mailpost.author import Author, Require
from mailpost.blog import Blog
from mailpost.demo.door import stamp
from mailpost.errors import Reason, Temporary
from mailpost.post import MEDIA, Post, Status
from mailpost.read import Reading, Rules, read_mail
from tests.letters import ANN, BLOG, RECEIVED, SERVER, html, letter, mixed, read
from tests.pictures import jpeg, part
from tests.test_film import film

SAMPLES = Path(mailpost.demo.__file__).parent / "samples"
INDEX = tomllib.loads((SAMPLES / "index.toml").read_text(encoding="utf-8"))["mail"]


def post_of(raw: bytes) -> Post:
    reading = read(raw)
    assert reading.post is not None, reading
    return reading.post


def outcome(reading: Reading) -> str:
    if reading.post is not None:
        return reading.post.status.value
    return "held" if reading.held else "refused"


# ---- the demo's own mails


def sample(entry: dict[str, str]) -> Reading:
    raw = (SAMPLES / entry["file"]).read_bytes()
    sent = message_from_bytes(raw)["Date"]
    received = parsedate_to_datetime(sent) + timedelta(seconds=20) if sent else RECEIVED
    return read(stamp(raw, entry["mail_from"], entry["recipient"], received), trust=False, received=received)


@pytest.mark.parametrize("entry", INDEX, ids=[entry["file"] for entry in INDEX])
def test_a_sample_of_the_demo_comes_to_what_its_index_expects(entry: dict[str, str]) -> None:
    assert outcome(sample(entry)) == entry["expect"]


def test_every_sample_is_in_the_index() -> None:
    assert sorted(path.name for path in SAMPLES.glob("*.eml")) == sorted(entry["file"] for entry in INDEX)


def test_the_samples_need_the_servers_word() -> None:
    """Without it nothing of them is published: the index is no proof of anything."""
    for entry in INDEX:
        raw = (SAMPLES / entry["file"]).read_bytes()
        assert read(raw, trust=False).post is None


# ---- one mail, one post


def test_a_mail_becomes_a_post_in_every_detail() -> None:
    raw = letter(
        "tags: bulbs\n\nThe first crocus.\n\n-- \nAnn\n",
        {"Subject": "Spring #garden", "To": "blog+private@demo.example"},
    )
    found = read(raw)
    assert found == Reading(
        post=Post(
            id=post_of(raw).id,
            blog="garden",
            author="Ann",
            title="Spring",
            path=post_of(raw).path,
            feed_id=f"tag:garden.example,2026-03-01:{post_of(raw).id}",
            body=post_of(raw).body,
            text="The first crocus.",
            summary="The first crocus.",
            published=datetime(2026, 3, 1, 12, tzinfo=UTC),
            updated=datetime(2026, 3, 1, 12, tzinfo=UTC),
            tags=("garden", "bulbs"),
            status=Status.PRIVATE,
            trimmed="-- \nAnn",
        ),
        blog="garden",
        author="Ann",
        message_id="<1@demo.example>",
    )
    assert post_of(raw).body.strip() == "<p>The first crocus.</p>"


def gallery() -> bytes:
    return mixed(
        "mixed",
        "Content-Type: text/html\n\n<p>Two</p>\n",
        part(jpeg(), "image/jpeg", 'Content-Disposition: attachment; filename="red.jpg"'),
        part(jpeg(colour="blue"), "image/jpeg", 'Content-Disposition: attachment; filename="blue.jpg"'),
    )


@pytest.mark.parametrize("raw", [letter(), html("<p>x <b>y</b></p>"), gallery()], ids=["plain", "html", "gallery"])
def test_the_same_mail_gives_the_same_post_byte_for_byte(raw: bytes) -> None:
    assert read(raw) == read(raw)


def test_a_post_is_the_same_whenever_the_mail_arrived() -> None:
    first, later = post_of(letter()), read(letter(), received=RECEIVED + timedelta(days=3)).post
    assert first == later


def test_the_identity_of_a_post_is_that_of_its_mail() -> None:
    assert post_of(letter()).id == post_of(letter("other words")).id
    assert post_of(letter()).id != post_of(letter(fields={"Message-ID": "<2@demo.example>"})).id
    nameless = letter(fields={"Message-ID": None})
    assert post_of(nameless).id == post_of(nameless).id != post_of(nameless + b"x").id


def test_every_file_shown_is_a_file_that_is_there() -> None:
    found = read(gallery())
    assert found.post is not None
    renditions = {r.path for a in found.post.attachments for r in a.renditions}
    assert set(found.files) == renditions
    for path, content in found.files.items():
        assert hashlib.sha256(content).hexdigest()[2:32] in path
        assert MEDIA + path in found.post.body


def test_the_future_is_when_it_arrived() -> None:
    raw = letter(fields={"Date": "Sun, 1 Mar 2126 12:00:00 +0000"})
    assert post_of(raw).published == RECEIVED.replace(microsecond=0)


def test_a_mail_without_a_date_is_from_when_it_arrived() -> None:
    assert post_of(letter(fields={"Date": None})).published == RECEIVED


TITLES = {
    "subject": (letter(), "Spring"),
    "first sentence": (letter("The first crocus. It is blue.\n", {"Subject": ""}), "The first crocus"),
    "header block": (letter("title: Crocus\n\nText\n"), "Crocus"),
    "html header block": (html("<p>title: Crocus</p><p>Text</p>"), "Crocus"),
    "photo": (
        mixed("mixed", part(jpeg(), "image/jpeg")).replace(b"Subject: Spring", b"Subject: "),
        "Photo, 1 March 2026",
    ),
    "film": (
        mixed("mixed", part(film(), "video/mp4")).replace(b"Subject: Spring", b"Subject: "),
        "Film, 1 March 2026",
    ),
    "markup is text": (letter(fields={"Subject": "<script>x()</script> & co"}), "<script>x()</script> & co"),
    "controls": (letter(fields={"Subject": "=?utf-8?q?a=00=1Bb?="}), "ab"),
    "too long": (letter(fields={"Subject": "Rye bread " * 40}), "Rye bread " * 19 + "Rye …"),
    "without a space": (letter(fields={"Subject": "x" * 400}), "x" * 198 + " …"),
    "turned around": (letter(fields={"Subject": "=?utf-8?q?a=E2=80=AEb=E2=81=A6?="}), "ab"),
}


@pytest.mark.parametrize("name", TITLES)
def test_a_post_has_a_title(name: str) -> None:
    raw, expected = TITLES[name]
    assert post_of(raw).title == expected


def test_a_title_that_is_cut_is_spoken_of() -> None:
    assert read(letter(fields={"Subject": "Rye " * 50})).warnings == ()
    assert read(letter(fields={"Subject": "Rye " * 51})).warnings == (
        "the title is longer than 200 characters and was cut",
    )


def test_tags_that_are_too_many_are_spoken_of() -> None:
    tags = [f"rye-{n}" for n in range(22)]
    found = read(letter(fields={"Subject": f"Bread #{' #'.join(tags)}"}))
    assert found.post is not None
    assert found.post.tags == tuple(tags[:20])
    assert found.warnings == ("more than 20 tags: the rest was left out, from “rye-20”",)


@pytest.mark.parametrize("subject", ["Spring", ""])
def test_a_mail_whose_only_content_was_left_out_is_no_post(subject: str) -> None:
    other = b"Content-Type: message/rfc822\n\nSubject: Seeds\n\nOurs is private.\n"
    raw = mixed("mixed", "Content-Type: text/plain\n\n\n", other).replace(b"Spring", subject.encode())
    found = read(raw)
    assert (found.post, found.reason, found.warnings) == (None, Reason.EMPTY, ())
    assert "attached" in found.detail


def test_nothing_makes_no_post() -> None:
    for raw in (letter("", {"Subject": ""}), letter("-- \nAnn\n", {"Subject": "Re: "}), letter(b"", {"Subject": ""})):
        assert (read(raw).reason, read(raw).post) == (Reason.EMPTY, None)


def test_a_subject_alone_is_a_post() -> None:
    assert post_of(letter("")).title == "Spring"


def test_html_that_cannot_be_made_safe_is_shown_as_text() -> None:
    found = read(html("<div>" * 30_000 + "<p>The words are kept.</p>"))
    assert found.post is not None
    assert "The words are kept." in found.post.text
    assert found.warnings == ("the formatting was too complex and was left out",)


def test_a_file_that_cannot_be_published_costs_only_itself() -> None:
    raw = mixed(
        "mixed",
        "Content-Type: text/plain\n\nHello\n",
        part(b"MZ" + bytes(90), "image/jpeg", 'Content-Disposition: attachment; filename="x.exe"'),
    )
    found = read(raw)
    assert found.post is not None
    assert (found.post.text, found.post.attachments) == ("Hello", ())
    assert found.warnings == ("x.exe was left out: files of this type are not published",)


# ---- what nobody but the author may know


TELLING = "Write to ann@demo.example, ANN@Demo.Example or blog+s3cret-tag@demo.example (s3cret-tag, blog+s3cret-tag+draft@demo.example)."
LINKED = (
    '<p>Mail <a href="mailto:ann@demo.example?subject=x">ann@demo.example</a>, <a href="mailto:blog+s3cret-tag@demo.example">me</a>'
    ' <a href="https://x.example/?u=ann%40demo.example&amp;t=s3cret-tag">out</a> <span>ann@</span><span>demo.example</span>'
    ' <img alt="ann@demo.example" title="s3cret-tag"></p>'
)
SHORT = "ann@demo.example s3cret-tag.jpg"
CARRIERS = {
    "plain text": letter(TELLING),
    "html": html(LINKED),
    "subject": letter(fields={"Subject": TELLING}),
    "no title but text": letter(TELLING, {"Subject": ""}),
    "header block": letter(f"title: {TELLING}\nsummary: {TELLING}\ntags: s3cret-tag, ann@demo.example\nslug: s3cret-tag\n\nText\n"),
    "forward": letter(f"---------- Forwarded message ---------\nTo: blog+s3cret-tag@demo.example\n\n{TELLING}\n", {"Subject": "Fwd: x"}),
    "file name": mixed("mixed", "Content-Type: text/plain\n\nx\n", part(jpeg(), "image/jpeg", f'Content-Disposition: attachment; filename="{SHORT}"')),
    "file left out": mixed("mixed", "Content-Type: text/plain\n\nx\n", part(b"MZ" + bytes(90), "image/jpeg", f'Content-Disposition: attachment; filename="{SHORT}"')),
    "alternative text of a picture": mixed(
        "related", f'Content-Type: text/html\n\n<img src="cid:a" alt="{SHORT} ann@demo.example!">\n', part(jpeg(), "image/jpeg", "Content-ID: <a>")
    ),
    "recipient": letter(fields={"To": "blog+s3cret-tag@demo.example", "Delivered-To": "blog+s3cret-tag@demo.example"}),
    "too complex": html("<div>" * 30_000 + LINKED),
}  # fmt: skip


@pytest.mark.parametrize("name", CARRIERS)
def test_no_address_and_no_secret_of_the_author_is_published(name: str) -> None:
    found = read(CARRIERS[name])
    assert found.post is not None
    shown = repr(replace(found.post, trimmed="", id="", feed_id="")) + repr(found.warnings)
    assert not [word for word in ("ann@demo", "ann%40demo", "@demo.example", "s3cret") if word in shown.lower()]


def test_another_authors_secret_is_a_secret_too() -> None:
    bob = Author("Bob", frozenset({"bob@demo.example"}), secrets=("b0bs-tag",))
    found = read(letter("b0bs-tag and bob@demo.example"), blog=replace(BLOG, authors=(ANN, bob))).post
    assert found is not None
    assert found.text == "[…] and […]"


def test_a_secret_opens_a_blog_and_is_gone() -> None:
    secret = replace(BLOG, authors=(replace(ANN, require=Require.SECRET),))
    raw = letter(fields={"To": "blog+s3cret-tag+draft@demo.example", "Authentication-Results": None})
    found = read(raw, trust=False, blog=secret)
    assert found.post is not None
    assert (found.post.status, "s3cret" in repr(found)) == (Status.DRAFT, False)


# ---- who may post


FORGED = {
    "a stranger": (letter(fields={"From": "Eve <eve@x.example>"}), "refused", Reason.STRANGER),
    "a stranger with the author's name": (letter(fields={"From": '"ann@demo.example" <eve@x.example>'}), "refused", Reason.STRANGER),
    "nobody": (letter(fields={"From": "ann@demo.example <eve@x.example>"}), "held", Reason.SENDER_FORM),
    "a program": (letter(fields={"Auto-Submitted": "auto-replied"}), "refused", Reason.AUTOMATIC),
    "a program with a broken sender": (letter(fields={"From": "<>", "Return-Path": "<>"}), "refused", Reason.AUTOMATIC),
    "no verdict": (letter(fields={"Authentication-Results": None}), "held", Reason.UNPROVEN),
    "a stranger's verdict": (letter(fields={"Authentication-Results": "mx.evil.example; dmarc=pass header.from=demo.example"}), "held", Reason.UNPROVEN),
    "the server's refusal": (letter(fields={"Authentication-Results": f"{SERVER}; dmarc=fail header.from=demo.example"}), "held", Reason.FORGED),
    "another blog": (letter(fields={"To": "friend@z.example"}), "refused", Reason.ELSEWHERE),
    "controls in the header": (b"X: \x00\r\n" + letter(), "held", Reason.CONTROLS),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_the_authors_is_no_post(name: str) -> None:
    raw, expected, reason = FORGED[name]
    found = read(raw, trust=False)
    assert (outcome(found), found.reason, found.post) == (expected, reason, None)


def test_trouble_with_names_is_temporary() -> None:
    def trouble(_name: str) -> bytes | None:
        raise Temporary("DNS")

    raw = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=demo.example; s=x; h=from:to:subject:date; bh=YWJj; b=YWJj\r\n"
    raw += letter(fields={"Authentication-Results": None})
    try:
        found = read_mail(raw, "0", RECEIVED, Rules((BLOG,)), trouble)
    except Temporary:
        return
    assert found.post is None


def test_bounces_are_never_published(corpus: Path) -> None:
    """Seventy-four bounces of many servers, sent to a blog that asks for a proof, and to one whose author has leaked a secret."""
    leaked = replace(BLOG, authors=(replace(ANN, require=Require.SECRET),))
    published = []
    bounces = sorted((corpus / "sisimai-bounces" / "bounces").glob("*.eml"))
    assert len(bounces) > 70
    for path in bounces:
        for blog, trusted in ((BLOG, ("*",)), (leaked, ())):
            found = read_mail(path.read_bytes(), "0", None, Rules((blog,), "garden", trusted), lambda _: None)
            if found.post is not None:
                published.append(path.name)
    assert published == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak"])
def test_the_month_of_a_post_is_that_of_its_blog(zone: str) -> None:
    blog: Blog = replace(BLOG, zone=zone)
    raw = letter(fields={"Date": "Sat, 28 Feb 2026 23:30:00 +0000"})
    found = read(raw, blog=blog).post
    assert found is not None
    assert found.path.startswith("2026/03/" if zone.startswith("Pacific") else "2026/02/")


def test_a_summary_is_made_of_sentences_and_not_of_tables() -> None:
    body = b"What the scale says:\n\n| hive | kilos |\n|---|---|\n| plum | 38 |\n\nThat will do.\n"
    mail = b"From: ann@demo.example\r\nTo: blog@demo.example\r\nSubject: Scale\r\n\r\n" + body
    reading = read_mail(mail, "0" * 64, None, Rules((BLOG,), trust=True), lambda _: None)
    assert reading.post is not None
    assert reading.post.summary == "What the scale says: That will do."
    assert "plum 38" in reading.post.text


def test_no_locale_and_no_clock_is_in_a_post() -> None:
    """A mail without a title is named after its day, in the blog's time zone and in the same words everywhere."""
    mail = (
        b"From: ann@demo.example\r\nTo: blog@demo.example\r\nDate: Sun, 01 Mar 2026 23:30:00 +0000\r\n"
        + part_of_a_photo()
    )
    blog = replace(BLOG, zone="Asia/Tokyo")
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        reading = read_mail(mail, "0" * 64, None, Rules((blog,), trust=True), lambda _: None)
    finally:
        locale.setlocale(locale.LC_ALL, before)
    assert reading.post is not None
    assert reading.post.title == "Photo, 2 March 2026"


def part_of_a_photo() -> bytes:
    body = base64.encodebytes(jpeg()).replace(b"\n", b"\r\n")
    return b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body

"""Nothing of a mail is lost in silence: what an independent witness sees is in the post, or the author is told."""

import re
from collections.abc import Iterator
from html import escape
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailpost.errors import Reason
from mailpost.post import MEDIA
from tests.letters import body_of, letter, mixed, multipart, read
from tests.pictures import jpeg, part
from tests.test_corpus import mails
from tests.test_museum import MAILS
from tests.witness import WHY, lost, words


def named(path: Path, corpus: Path) -> str:
    return str(path.relative_to(corpus if path.is_relative_to(corpus) else path.parent))


def test_nothing_of_any_mail_is_lost_in_silence(corpus: Path) -> None:
    """Those which seem to lose something do it for a reason, and a reason nobody needs any more is taken out."""
    found = {}
    for path in [*mails(corpus), *MAILS]:
        raw = path.read_bytes()
        if missing := lost(raw, read(raw, received=None)):
            found[named(path, corpus)] = missing
    assert {name: missing for name, missing in found.items() if name not in WHY} == {}
    # What the witness does not know, it may know with another version of Python.
    assert [name for name, why in WHY.items() if name not in found and "the witness" not in why] == []


def test_a_mail_of_three_thousand_parts_in_a_mail_is_told_and_not_opened(corpus: Path) -> None:
    """Above its header stands a line of spaces, left from the web page it was saved from: as it is, the mail is held."""
    raw = (corpus / "flanker" / "messages" / "enclosed-endless.eml").read_bytes()
    assert read(raw, received=None).reason is Reason.HEADER_NAME
    reading = read(raw.partition(b"\n")[2], received=None)
    assert reading.post is not None
    assert (reading.post.text, reading.warnings) == ("Hello", (LEFT_OUT,))


LEFT_OUT = "an attached mail was left out: it carries other people's addresses"
PLAIN = "Content-Type: text/plain; charset=utf-8\n\nThe first crocus.\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>The <b>second</b> crocus.</p>\n"
PICTURE = part(jpeg(), "image/jpeg; name=crocus.jpg").decode()


@pytest.mark.parametrize(
    ("whole", "partly", "missing"),
    [
        (mixed("mixed", PLAIN, HTML), mixed("mixed", PLAIN), "the crocus second"),
        (mixed("mixed", PLAIN, PICTURE), mixed("mixed", PLAIN), "crocus.jpg"),
        (mixed("mixed", PLAIN, PLAIN), mixed("mixed", PLAIN), "the first crocus"),
        (mixed("alternative", PLAIN, HTML), mixed("alternative", HTML), "first"),
        (
            mixed("mixed", PLAIN, "Content-Type: message/rfc822\n\n\nhers\n"),
            letter("The first crocus."),
            "message/rfc822",
        ),
    ],
)
def test_the_witness_sees_what_is_missing(whole: bytes, partly: bytes, missing: str) -> None:
    assert lost(whole, read(whole)) in ("", "first")
    assert lost(whole, read(partly)) == missing


def test_what_stands_below_the_end_is_kept_beside_the_post_in_every_text() -> None:
    raw = mixed("mixed", PLAIN + "#end\nNot for you.\n", PICTURE, PLAIN.replace("first", "third"), HTML)
    post = read(raw).post
    assert post is not None
    assert (post.text, lost(raw, read(raw))) == ("The first crocus.", "")
    assert {"you", "third", "second"} <= set(words(post.trimmed))


def test_a_picture_that_went_with_its_quote_is_named_beside_the_post() -> None:
    quote = '<div class="gmail_quote">On Monday Ben &lt;ben@y.example&gt; wrote:<blockquote>Look<img src="cid:p"></blockquote></div>'
    picture = part(jpeg(), "image/jpeg; name=crocus.jpg", "Content-ID: <p>\n").decode()
    raw = mixed("related", HTML.replace("</p>", f"</p>{quote}"), picture)
    post = read(raw).post
    assert post is not None
    assert (post.text, post.attachments, post.trimmed.splitlines()[-1]) == ("The second crocus.", (), "[crocus.jpg]")


BASE = "http://garden.example/spring/"
PLACES = [  # Content-Location of the html, of its multipart and of the picture; what the html asks for
    ("", "", "crocus.jpg", "crocus.jpg"),
    ("", "", "crocus.jpg", "./crocus.jpg"),
    ("", "", "A%20crocus.jpg", "a crocus.jpg"),
    ("", "", BASE + "crocus.jpg", BASE + "crocus.jpg"),
    ("", "", BASE + "\n crocus.jpg", BASE + "crocus.jpg"),
    (BASE + "index.html", "", BASE + "crocus.jpg", "crocus.jpg"),
    (BASE + "index.html", "", BASE + "crocus.jpg", "/spring/crocus.jpg"),
    (BASE + "index.html", "", "crocus.jpg", "crocus.jpg"),
    ("", BASE, BASE + "crocus.jpg", "crocus.jpg"),
    ("", BASE, "crocus.jpg", BASE + "crocus.jpg"),
    ("index.html", BASE, "../crocus.jpg", "../crocus.jpg"),
    ("http://[", "http://[", "http://[/crocus.jpg", "cid:p"),
]


def placed(page: str, whole: str, picture: str, source: str, around: str = "<p>Here:</p>{}<p>It bloomed.</p>") -> bytes:
    """A page with a picture, as browsers and old programs send it (RFC 2557)."""
    head = f"Content-Location: {whole}\n" if whole else ""
    html = f"Content-Type: text/html\nContent-Location: {page}\n\n" + around.format(f'<img src="{source}">')
    file = part(jpeg(), "image/jpeg", f"Content-ID: <p>\nContent-Location: {picture}")
    related = multipart("related", html, file, boundary="i")
    return mixed("mixed", head.encode() + related)


@pytest.mark.parametrize(("page", "whole", "picture", "source"), PLACES)
def test_a_picture_stands_where_html_asks_for_it_by_its_location(
    page: str, whole: str, picture: str, source: str
) -> None:
    body = body_of(placed(page, whole, picture, source))
    assert re.findall(r"<(?:p|figure)\b", body) == ["<p", "<figure", "<p"]


@pytest.mark.parametrize(
    "source", ["cid:crocus.jpg@01DA6B2C.8F3E4A10", "crocus.jpg", "images/Crocus.JPG", "cid:crocus.jpg"]
)
def test_a_picture_that_has_lost_its_content_id_is_found_by_its_name(source: str) -> None:
    html = f'Content-Type: text/html\n\n<p>Here:</p><img src="{source}"><p>It bloomed.</p>'
    body = body_of(mixed("related", html, part(jpeg(), "image/jpeg; name=crocus.jpg")))
    assert re.findall(r"<(?:p|figure)\b", body) == ["<p", "<figure", "<p"]


def test_a_picture_of_another_place_is_not_taken_for_one_that_came_along() -> None:
    body = body_of(placed("", "", "crocus.jpg", "http://elsewhere.example/crocus.jpg"))
    assert re.findall(r"<(?:p|figure)\b", body) == ["<p", "<p", "<figure"]


def test_a_picture_with_a_location_goes_with_its_quote() -> None:
    quote = '<p>Mine.</p><div class="gmail_quote">On Monday Ben wrote:<blockquote>Look {}</blockquote></div>'
    post = read(placed("", "", "crocus.jpg", "crocus.jpg", quote)).post
    assert post is not None
    assert (post.text, post.attachments, post.trimmed.splitlines()[-1]) == ("Mine.", (), "[photo]")


LEAVES = {
    "plain": "Content-Type: text/plain\n\nOne{n} grew{n} where{n}.\n",
    "markdown": "Content-Type: text/markdown\n\nThree{n} *grow{n}* there{n}.\n",
    "footer": "Content-Type: text/plain\nContent-Disposition: inline\n\nList{n} of{n} gardeners{n}\n",
    "html": "Content-Type: text/html\n\n<div>Two{n} <b>grew</b>{n} here{n}</div>\n",
    "page": 'Content-Type: text/html\n\n<p>Look{n}: <img src="cid:{n}"> there{n} <img src="cid:0"> yonder{n}</p>\n',
    "notes": "Content-Type: text/plain; name=notes{n}.txt\nContent-Disposition: attachment\n\nFour{n}\n",
    "signature": "Content-Type: application/pgp-signature\n\n{n}\n",
    "mail": "Content-Type: message/rfc822\n\nFrom: ben@y.example\n\nhers\n",
}
KINDS = ("mixed", "alternative", "related", "parallel", "signed")
Shape = str | tuple[str, list["Shape"]]


def built(shape: Shape, serial: Iterator[int]) -> bytes:
    """A part of this shape, in which no word occurs twice."""
    number = next(serial)
    if isinstance(shape, tuple):
        kind, inside = shape
        inside = [inside[0], "signature"] if kind == "signed" else inside
        return multipart(kind, *(built(each, serial) for each in inside), boundary=f"={number}=")
    if shape == "photo":
        return part(jpeg((40 + number, 30)), f"image/jpeg; name=photo{number}.jpg", f"Content-ID: <{number - 1}>")
    return LEAVES[shape].format(n=number).encode()


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.sampled_from(["photo", *LEAVES]),
        lambda inside: st.tuples(st.sampled_from(KINDS), st.lists(inside, min_size=1, max_size=4)),
        max_leaves=8,
    )
)
def test_whatever_is_put_into_whatever_is_shown_or_told(shape: Shape) -> None:
    raw = mixed("mixed", built(shape, count(1)))
    assert lost(raw, read(raw)) == ""


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.sampled_from(["photo", "photo", "plain", "html"]),
        lambda inside: st.tuples(st.sampled_from(["mixed", "parallel"]), st.lists(inside, min_size=1, max_size=5)),
        max_leaves=8,
    )
)
def test_whatever_is_put_somewhere_stays_in_its_place_once(shape: Shape) -> None:
    raw = mixed("mixed", built(shape, count(1)))
    post = read(raw).post
    assert post is not None
    numbers = {a.main.path: a.name.removeprefix("photo").removesuffix(".jpg") for a in post.attachments}
    numbers |= {r.path: numbers[a.main.path] for a in post.attachments for r in a.renditions}
    found = re.findall(rf'(?:One|Two)(\d+)|<img src="{MEDIA}([^"]+)"', post.body)
    sent = re.findall(r"(?:One|Two|photo)(\d+)", raw.decode())
    assert [number or numbers[path] for number, path in found] == sent


SAID = [
    "W", "W W.", "W, W:", "-- ", "--", "> W", "> > W", ">", "", "On Mon, Mar 1, 2026 at 10:00, Ben <ben@y.example> wrote:", "From: Ben W",
    "Sent: Monday, March 1, 2026", "To: Ann W", "Subject: W", "Sent from my iPhone", "________________________________", "1. W", "* W",
    "-----Original Message-----", "---------- Forwarded message ---------", "Begin forwarded message:", "    W", "| W | W |", "```", "W\u00a0W",
    "Regards,", "Ann", "\u00b7 W", "#W", "# W", "W <https://garden.example/W>", "Le lun. 1 mars 2026 \u00e0 10:00, Ben <ben@y.example> a \u00e9crit :",
]  # fmt: skip
TAGS = [
    "a",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "code",
    "div",
    "font",
    "h1",
    "h3",
    "hr",
    "i",
    "p",
    "pre",
    "section",
    "span",
    "table/tr/td",
    "table/tbody/tr/td",
    "ul/li",
    "ol/li",
    "li",
    "dl/dt",
    "dl/dd",
]
ROLES = (
    "class=gmail_quote", "class=gmail_signature", "class=gmail_extra", "class=moz-cite-prefix", "class=moz-signature", "class=MsoNormal",
    "class=MsoListParagraph", "class=yahoo_quoted", "class=protonmail_quote", "id=divRplyFwdMsg", "id=appendonsend", "type=cite", "dir=rtl", "",
    "style='border:none;border-top:solid #E1E1E1 1.0pt'",
)  # fmt: skip
SUBJECTS = st.sampled_from(["Spring", "Re: Spring", "Fwd: Spring"])
Html = str | tuple[str, str, list["Html"]]


def numbered(text: str, serial: Iterator[int]) -> str:
    """Each W becomes a word that occurs once."""
    return re.sub("W", lambda _: f"W{next(serial)}", text)


def tagged(node: Html) -> str:
    if isinstance(node, str):
        return escape(node)
    path, role, inside = node
    first, *others = path.split("/")
    closing = "".join(f"</{tag}>" for tag in [*reversed(others), first] if tag not in ("br", "hr"))
    return f"<{first} {role}>" + "".join(f"<{tag}>" for tag in others) + "\n".join(map(tagged, inside)) + closing


def astray(raw: bytes) -> list[str]:
    """The words of ours that are lost; else, where they are doubled or moved, those of the post."""
    reading = read(raw)
    missing = [word for word in lost(raw, reading).split() if re.fullmatch(r"w\d+", word)]
    found = re.findall(r"W\d+", reading.post.text) if reading.post else []
    return missing or (found if found != sorted(set(found), key=lambda word: int(word[1:])) else [])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=12), SUBJECTS)
def test_no_word_of_a_plain_text_is_lost_doubled_or_moved_whatever_stands_around_it(
    lines: list[str], subject: str
) -> None:
    text = numbered("\n".join(["W", *lines]), count(1))
    assert astray(letter(text, {"Subject": subject})) == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.sampled_from(SAID),
            lambda inside: st.tuples(st.sampled_from(TAGS), st.sampled_from(ROLES), st.lists(inside, max_size=4)),
            max_leaves=12,
        ),
        min_size=1,
        max_size=4,
    ),
    SUBJECTS,
)
def test_no_word_of_an_html_is_lost_doubled_or_moved_whatever_stands_around_it(nodes: list[Html], subject: str) -> None:
    page = numbered("\n".join(["W", *map(tagged, nodes)]), count(1))
    assert astray(letter(page, {"Subject": subject, "Content-Type": "text/html; charset=utf-8"})) == []

"""Mails with one thing in them and nothing else: each is a decent post."""

import pytest

from mailpost.post import Post
from tests.letters import letter, mixed, read
from tests.pictures import jpeg, part

UNTITLED = {"Subject": None}


def post_of(raw: bytes) -> Post:
    found = read(raw).post
    assert found is not None
    return found


def attached(*parts: bytes) -> bytes:
    return mixed("mixed", *parts).replace(b"Subject: Spring\r\n", b"")


def photo(colour: str, name: str) -> bytes:
    return part(jpeg(colour=colour), "image/jpeg", f'Content-Disposition: attachment; filename="{name}"')


def test_only_photos() -> None:
    found = post_of(attached(photo("red", "IMG_1.jpg"), photo("green", "IMG_2.jpg"), photo("blue", "IMG_3.jpg")))
    assert (found.title, found.untitled, found.summary) == ("3 photos, 1 March 2026", True, "")
    assert found.body.count("<figure") == 3


def test_only_a_document() -> None:
    paper = part(b"%PDF-1.4\n%%EOF\n", "application/pdf", 'Content-Disposition: attachment; filename="Menu_May.pdf"')
    found = post_of(attached(paper))
    assert (found.title, found.untitled) == ("Menu May", True)
    assert "bytes" not in found.summary + found.text + found.title


def test_only_a_subject() -> None:
    found = post_of(letter("", {"Subject": "Back on Monday"}))
    assert (found.title, found.untitled, found.body, found.summary) == ("Back on Monday", False, "", "")


TEXTS = {
    "🌱": "🌱",
    "الخبز جاهز، والصور غدا إن شاء الله.": "الخبز جاهز، والصور غدا إن شاء الله",
    "朱熔基说早上好。明天再写。": "朱熔基说早上好",
    "The first crocus. More tomorrow.": "The first crocus",
}


@pytest.mark.parametrize("text", TEXTS)
def test_only_a_line(text: str) -> None:
    found = post_of(letter(f"{text}\n", UNTITLED))
    assert (found.title, found.untitled, found.body.strip(), found.summary) == (
        TEXTS[text],
        True,
        f'<p dir="rtl">{text}</p>' if text[0] == "ا" else f"<p>{text}</p>",
        text,
    )


def test_nothing_of_a_photo_mail_is_lost_to_its_empty_text() -> None:
    found = post_of(attached(b"Content-Type: text/html\n\n<div><br></div>", photo("red", "Ann at the lake.jpg")))
    assert found.title == "Photo, 1 March 2026"
    assert 'alt="Ann at the lake"' in found.body

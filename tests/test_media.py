"""Bytes of a mail → bytes readers may have: what all kinds of files have in common."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailpost.media import clean_name, prepare
from mailpost.message import File
from tests.given import given_file
from tests.letters import mixed, read
from tests.pictures import jpeg, part


def test_the_path_contains_the_digest_of_the_bytes() -> None:
    prepared = given_file(jpeg())
    for path, content in prepared.files.items():
        digest = hashlib.sha256(content).hexdigest()
        assert path.rpartition(".")[0] == f"media/{digest[:2]}/{digest[2:32]}"
    assert set(prepared.files) == {r.path for r in prepared.attachment.renditions}


def test_an_attachment_describes_what_was_sent() -> None:
    content = jpeg()
    found = prepare(File(content, "a/b/Red.jpg", "text/html", "id@x", inline=True)).attachment
    assert (found.name, found.type, found.size, found.sha256, found.content_id) == (
        "Red.jpg",
        "image/jpeg",
        len(content),
        hashlib.sha256(content).hexdigest(),
        "id@x",
    )


NAMES = {
    "photo.jpg": "photo.jpg",
    "../../etc/passwd": "passwd",
    "C:\\Windows\\x.jpg": "x.jpg",
    "a\x00b.jpg": "ab.jpg",
    "a\r\nb.jpg": "ab.jpg",
    "a\u202egpj.exe": "agpj.exe",
    "  two   spaces .jpg ": "two spaces .jpg",
    "é\ufeff.jpg": "é.jpg",
    "\ud800.jpg": ".jpg",
    "写真.jpg": "写真.jpg",
    "x" * 500: "x" * 120,
    "x" * 500 + ".tar.gz": "x" * 117 + ".gz",
    f"{'x' * 500}.{'y' * 500}": "x" * 120,
    "": "",
    "/": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_caption_and_nothing_else(name: str) -> None:
    assert clean_name(name) == NAMES[name]


@given(st.text(max_size=200))
def test_no_name_has_folders_controls_or_turns(name: str) -> None:
    found = clean_name(name)
    assert len(found) <= 120
    assert not set(found) & set("/\\\0\r\n\t\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    assert clean_name(found).strip() == found.strip()


def test_the_type_that_was_declared_decides_nothing() -> None:
    file = File(jpeg(), "x.pdf", "application/pdf", "", inline=False)
    assert prepare(file).files == prepare(replace(file, name="y.exe", type="text/html")).files


def test_the_same_photo_in_two_mails_is_kept_once() -> None:
    photo = jpeg((64, 48), exif=b"")
    first = read(mixed("mixed", "Content-Type: text/plain\n\nOne\n", part(photo, "image/jpeg; name=a.jpg")))
    again = read(mixed("mixed", "Content-Type: text/plain\n\nTwo\n", part(photo, "image/png; name=b.png")))
    assert first.post is not None
    assert again.post is not None
    assert (first.post.id != again.post.id or first.post.body != again.post.body, bool(first.files)) == (True, True)
    assert first.files == again.files

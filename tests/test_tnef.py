"""The winmail.dat of Outlook: what is in it comes out, and whatever is wrong with it harms nobody."""

import struct
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailpost.media import tnef
from mailpost.media.studio import Broke, Studio
from mailpost.message import File, Text
from tests.given import left_out
from tests.pictures import jpeg
from tests.winmail import (
    BODY,
    CODE_PAGE,
    CONTENT_ID,
    HTML,
    RICH,
    attached,
    attribute,
    binary,
    compressed,
    message,
    number,
    properties,
    recipients,
    text,
    winmail,
)

PHOTO = jpeg((64, 48))
WORDS = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fswiss Arial;}}{\*\generator Riched20}"
    rb"\viewkind4\uc1\pard\f0\fs20 Gr\'fc\'dfe vom \b See\b0  \u8212?\par\par Zwei Gl\'e4ser\par}"
)
# What was html, kept in RTF (MS-OXRTFEX).
MARKED_UP = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag19 <html>}{\*\htmltag64 <p>}"
    rb"\htmlrtf {\htmlrtf0 Gr\'fc\'dfe vom {\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 See{\*\htmltag92 </b>}\htmlrtf }"
    rb"\htmlrtf0 {\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Zwei\htmlrtf\par}}"
)


def test_the_files_and_the_text_come_out() -> None:
    content = winmail(
        recipients(),
        message(number(CODE_PAGE, 65001), binary(HTML, "<p>Grüße vom See</p>\r\n".encode()), text(BODY, "Grüße")),
        attached(PHOTO, "Spring at the lake.jpg"),
        attached(b"a,b\n", "Übersicht.csv", [text(CONTENT_ID, "<one@demo.example>")]),
    )
    assert tnef.unpack(content) == (
        Text("<p>Grüße vom See</p>\n", html=True),
        File(PHOTO, "Spring at the lake.jpg", "application/octet-stream", "", inline=False),
        File(b"a,b\n", "Übersicht.csv", "application/octet-stream", "one@demo.example", inline=True),
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (message(text(BODY, "Grüße vom See")), "Grüße vom See"),
        (attribute(1, 0x800C, 2, "Grüße vom See\r\n".encode("cp1252")), "Grüße vom See\n"),
        (attribute(1, 0x800C, 2, "Grüße vom See".encode()), "Grüße vom See"),
        (message(binary(HTML, b"<p>x"), number(CODE_PAGE, 99_999)), "<p>x"),
        (message(text(BODY, " \r\n")), None),
        (message(binary(RICH, compressed(WORDS))), "Grüße vom See \u2014\n\nZwei Gläser\n"),
        (message(binary(RICH, compressed(MARKED_UP))), "Grüße vom See\nZwei\n"),
        (message(binary(RICH, compressed(WORDS)), text(BODY, "Grüße")), "Grüße"),
        (message(binary(RICH, compressed(WORDS)[:-3])), None),
        (message(binary(RICH, compressed(b"Not\\par rich"))), None),
        (message(binary(RICH, compressed(b"{\\rtf1 " + b"x" * 1_000_001 + b"}"))), None),
        (b"", None),
    ],
)
def test_the_text_is_read_in_whatever_way_it_is_written(body: bytes, words: str | None) -> None:
    assert tnef.unpack(winmail(body)) == ((Text(words, html="<" in words),) if words else ())


def test_a_name_that_tells_nothing_is_only_a_name() -> None:
    (file,) = tnef.unpack(winmail(attached(PHOTO, "../../etc/passwd\0.jpg")))
    assert isinstance(file, File)
    assert (file.content, "\0" in file.name) == (PHOTO, False)


def test_of_an_attached_mail_nothing_comes_out_but_that_it_was_there() -> None:
    """It carries other people's addresses."""
    inner = b"\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46" + winmail(attached(PHOTO, "x.jpg"))
    outer = attribute(2, 0x9002, 6, bytes(14)) + attribute(2, 0x9005, 6, properties(binary(0x3701, inner)))
    (mail,) = tnef.unpack(winmail(outer))
    assert mail == File(b"", "", "application/octet-stream", "", inline=False)
    assert left_out(b"", "") == "a file was left out: it is empty, or cannot be read"


def test_what_came_in_it_takes_its_place_among_the_pieces() -> None:
    """Outlook sends the text a second time beside it, but not always."""
    said = Text("Grüße")
    photo = File(PHOTO, "x.jpg", "application/octet-stream", "", inline=False)
    packed = File(
        winmail(message(text(BODY, "Grüße vom See")), attached(PHOTO, "x.jpg")), "winmail.dat", "", "", inline=False
    )
    other = File(b"a,b", "x.csv", "text/csv", "", inline=False)
    damaged = File(tnef.SIGNATURE, "winmail.dat", "", "", inline=False)
    assert tnef.opened((said, packed, other)) == (said, photo, other)
    assert tnef.opened((packed, other)) == (Text("Grüße vom See"), photo, other)
    assert tnef.opened((damaged,)) == (damaged,)


def broken(*_: object) -> NoReturn:
    raise Broke("reading it took too long")


def test_one_that_breaks_its_reader_stays_closed() -> None:
    closed = (File(winmail(attached(PHOTO, "x.jpg")), "winmail.dat", "", "", inline=False),)
    assert tnef.opened(closed, Studio(apart=broken)) == closed


HOSTILE = {
    "nothing": b"",
    "only its sign": tnef.SIGNATURE,
    "no attributes": winmail()[:6],
    "not one": b"PK\x03\x04" * 20,
    "a file without a beginning": winmail(attribute(2, 0x800F, 6, PHOTO)),
    "a long list of nothing": winmail(attribute(1, 0x9003, 6, properties(count=0xFFFFFFFF))),
    "a code page of nothing": winmail(attribute(1, 0x9007, 6, b"\xff\xff\xff\xff\0\0\0\0"), message(text(BODY, "x"))),
    "attributes without end": winmail(attribute(1, 0x8008, 7, b"x") * 50_000),
    "a file that breaks off": winmail(attached(PHOTO, "x.jpg"))[:200],
    "a length that lies": winmail() + struct.pack("<BHHI", 1, 0x800C, 2, 0xFFFFFFFF) + b"x" * 40,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_wrong_with_it_harms_nobody(name: str) -> None:
    assert not [piece for piece in tnef.unpack(HOSTILE[name]) if isinstance(piece, File) and piece.content]


@given(st.binary(max_size=40), st.integers(0, 400))
def test_a_file_with_any_bytes_in_it_is_read_or_not(noise: bytes, at: int) -> None:
    content = winmail(message(text(BODY, "x")), attached(b"content", "x.txt"))
    assert len(tnef.unpack(content[:at] + noise + content[at + len(noise) :])) <= 2


def test_without_the_extra_nothing_comes_out_and_its_author_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tnef, "tnefparse", None)
    content = winmail(attached(PHOTO, "x.jpg"))
    assert tnef.opened((file := File(content, "winmail.dat", "", "", inline=False),)) == (file,)
    reason = "reading it needs the extra 'tnef', or it is damaged"
    assert left_out(content, "winmail.dat") == f"winmail.dat was left out: {reason}"

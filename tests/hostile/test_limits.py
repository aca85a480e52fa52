"""Where the limits are, what stays below them, and what the author is told."""

import base64
import re

import pytest

from mailpost.attachment import Kind
from mailpost.convert import plain
from mailpost.errors import Reason
from mailpost.media import tnef
from mailpost.message import TEXT, Text, read_message
from mailpost.post import Post
from tests import winmail
from tests.hostile.files import attached, files, rtf
from tests.hostile.shapes import PLAIN, Maker, in_part, nested, parts, related
from tests.letters import body_of, letter, mixed, read
from tests.pictures import jpeg, part


def post_of(raw: bytes) -> Post:
    post = read(raw).post
    assert post is not None
    return post


@pytest.mark.parametrize(
    ("below", "above", "reason"),
    [
        pytest.param(nested(19), nested(21), Reason.STRUCTURE, id="T49-levels"),
        pytest.param(parts(198), parts(200), Reason.STRUCTURE, id="T49-parts"),
        pytest.param(in_part("Content-ID: " + "x" * 8000), in_part("Content-ID: " + "x" * 8200), Reason.HEADER_SIZE, id="T52-Content-fields"),
        pytest.param(lambda: letter("x" + "\n" * 499_000), lambda: letter("x" + "\n" * 501_000), Reason.STRUCTURE, id="T55-lines"),
    ],
)  # fmt: skip
def test_a_mail_below_a_limit_is_a_post_and_above_it_is_held(below: Maker, above: Maker, reason: Reason) -> None:
    assert read(below()).post is not None
    held = read(above())
    assert (held.post, held.reason, held.held) == (None, reason, True)


def test_t55_the_texts_of_a_mail_are_a_megabyte_together() -> None:
    """Each of them is below the limit of one."""
    sound = "Content-Type: text/plain\n\n" + "crocus " * 100_000 + "\n"
    found = read_message(related(sound, PLAIN, sound, PLAIN, sound))
    texts = [piece.content for piece in found.pieces if isinstance(piece, Text)]
    assert (len(texts), sum(map(len, texts))) == (3, TEXT)
    assert found.warnings == ("the text is longer than 1 MiB: its end was left out",)


def test_what_is_left_out_many_times_is_told_once() -> None:
    mails = ["Content-Type: message/rfc822\n\nFrom: eve@x.example\n\nhers\n"] * 60
    assert read(related(PLAIN, *mails)).warnings == (
        "an attached mail was left out: it carries other people's addresses (60 times)",
    )


def test_of_more_files_than_anybody_sends_the_first_are_looked_at() -> None:
    useless = [winmail.winmail(*[winmail.attached(b"%d" % n, f"{m}-{n}.exe") for n in range(100)]) for m in range(3)]
    reading = read(related(PLAIN, *[part(each, "application/ms-tnef") for each in useless], part(jpeg(), "image/jpeg")))
    assert (len(reading.warnings), reading.warnings[-1]) == (201, "more than 50 files: the rest was left out")


def test_a_text_as_long_as_a_novel_is_only_paragraphs() -> None:
    chapter = "A *line* with <signs>.\n\n"
    assert "<em>line</em>" in plain.to_html(chapter)
    whole = plain.to_html(chapter * (plain.LARGEST // len(chapter) + 1))
    assert whole.startswith("<p>A *line* with &lt;signs&gt;.</p><p>A *line*")


def test_more_addresses_than_anybody_writes_are_words() -> None:
    line = "See garden.example or http://garden.example/.\n"
    assert plain.to_html(line).count("<a ") == 1
    many = plain.to_html(line * 2000)
    assert (many.count("<a "), many.count("garden.example")) == (0, 4000)


def test_code_longer_than_anybody_reads_has_no_colours() -> None:
    line = "def bloom(): pass\n"
    assert "<b>def</b>" in plain.to_html(f"```python\n{line}```")
    assert "<b>def</b>" not in plain.to_html(f"```python\n{line * 300}```")
    assert plain.to_html(f"```python\n{line * 250}```\n" * 4).count("<b>def</b>") == 1000
    assert "<b>def</b>" not in plain.to_html(f"```python\n{line * 250}```\n" * 5)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (rb"{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset161 Arial Greek;}}\f1\'c3\'e5\'e9\'dc", "Γειά"),
        (rb"{\fonttbl\f0\fcharset204 Arial Cyr;}\f0\'cf\'f0\'e8\'e2\'e5\'f2", "Привет"),
        (rb'See {\field{\*\fldinst{HYPERLINK "https://garden.example/"}}{\fldrslt{\ul the garden}}}.', "See <https://garden.example/> the garden."),
        (rb'{\field{\*\fldinst HYPERLINK "https://a.example/"}{\fldrslt one}} {\field{\*\fldinst HYPERLINK "https://b.example/"}{\fldrslt two}}', "<https://a.example/> one <https://b.example/> two"),
        (rb"{\field{\*\fldinst PAGE}{\fldrslt 1}}", "1"),
    ],
)  # fmt: skip
def test_t48_what_is_taken_from_the_parser_of_rtf_is_not_missed(written: bytes, said: str) -> None:
    assert [piece.content for piece in tnef.unpack(rtf(written)) if isinstance(piece, Text)] == [said]


TWO = {
    "types": (related("Content-Type: text/plain\nContent-Type: text/html\n\n<b>crocus</b>\n"), "&lt;b&gt;crocus&lt;/b&gt;"),
    "the same the other way": (related("Content-Type: text/html\nContent-Type: text/plain\n\n<b>crocus</b>\n"), "<b>crocus</b>"),
    "encodings": (related("Content-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\nY3JvY3Vz\n"), "Y3JvY3Vz"),
    "the same encodings": (related("Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 8bit\n\nY3JvY3Vz\n"), "crocus"),
    "charsets": (related("Content-Type: text/plain; charset=utf-8; charset=utf-7\n\n+ADw-b+AD4-\n"), "+ADw-b+AD4-"),
}  # fmt: skip


@pytest.mark.parametrize("name", TWO)
def test_t51_where_a_part_says_two_things_the_first_counts(name: str) -> None:
    raw, said = TWO[name]
    assert said in body_of(raw)


@pytest.mark.parametrize("middle", ["Y3Jv*Y3Vz", "Y3Jv\n\nY3Vz", "Y3Jv\x80Y3Vz", "Y3JvY3V"])
def test_t51_a_file_that_was_damaged_on_the_way_is_what_its_bytes_are(middle: str) -> None:
    """Not what it is called, so that nobody else could take it for something else."""
    photo = base64.encodebytes(jpeg((64, 48))).decode().replace("\n", "\n" + middle + "\n", 1)
    raw = related(
        PLAIN,
        f"Content-Type: text/html; name=a.html\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n{photo}\n",
    )
    reading = read(raw)
    assert reading.post is not None
    assert {path.rpartition(".")[2] for path in reading.files} <= {"jpg", "webp"}


NOTHING = re.compile(
    r"T43-JPEG-that|T44-PNG-of-20000|T44-JPEG-of-65500|T44-JPEG-2000|T44-(?:TIFF|BMP|ICO|PPM|TGA|PCX|DDS|SGI|EPS|SVG)"
    r"|T46-playlist-as|T46-list|T72-GPX-that"
)


@pytest.mark.parametrize("name", [name for name in files() if name.startswith(("T43", "T44", "T45", "T46", "T72"))])
def test_what_is_published_of_a_hostile_file_is_no_file_of_ours_and_nothing_that_runs(name: str) -> None:
    content, kind = files()[name]
    reading = read(attached(content, kind))
    assert reading.post is not None
    shown = b"".join(reading.files.values())
    assert b"root:" not in shown
    assert b"alert(1)" not in shown or reading.post.attachments[0].kind is Kind.DOCUMENT
    if NOTHING.match(name):
        assert (reading.files, len(reading.warnings)) == ({}, 1)


def test_t45_an_archive_is_handed_on_as_it_came() -> None:
    content, kind = files()["T45-archive-of-archives"]
    assert list(read(attached(content, kind)).files.values()) == [content]


def test_t50_nothing_of_an_attached_mail_counts() -> None:
    inside = "From: Ann <ann@demo.example>\nSubject: hers\nContent-Type: text/html\n\nhers\n"
    post = post_of(mixed("mixed", "Content-Type: message/rfc822\nContent-Disposition: inline\n\n" + inside, PLAIN))
    assert (post.title, post.text, post.attachments) == ("Spring", "The first crocus.", ())

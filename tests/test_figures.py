"""How files are shown: where the author put them, once, with their captions."""

import re
from base64 import b64encode

import pytest

from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.convert.figures import clock, named, show, size
from mailpost.errors import Reason
from mailpost.post import MEDIA, SafeHtml
from mailpost.site import Site
from tests.blogs import BLOG, post
from tests.letters import letter, mixed, multipart, read
from tests.pictures import jpeg


def attached(name: str, colour: str, cid: str = "", *, size: tuple[int, int] = (240, 180)) -> bytes:
    head = f"Content-Type: image/jpeg; name={name}\nContent-Transfer-Encoding: base64\n"
    head += f"Content-ID: <{cid}>\n" if cid else f"Content-Disposition: attachment; filename={name}\n"
    return (head + "\n").encode() + b64encode(jpeg(size, colour))


def text(words: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{words}"


def related(content: str, *cids: str) -> bytes:
    colours = ("red", "green", "blue", "white", "black")
    parts = [attached(f"IMG_{n}.jpg", colours[n], cid) for n, cid in enumerate(cids)]
    return mixed("related", f"Content-Type: text/html; charset=utf-8\n\n{content}", *parts)


def shape(raw: bytes) -> str:
    """The skeleton of a body: its text, and a P for each picture."""
    found = read(raw).post
    assert found is not None
    body = re.sub(
        r"<source[^>]*>|</?picture>|</?a[^>]*>|<img[^>]*>", lambda m: "P" if m[0][1] == "i" else "", found.body
    )
    return re.sub(r'<figure class="photo">(.*?)</figure>', r"[\1]", body).replace("\n", "")


GALLERY = '<div class="gallery">{}</div>'


def test_photos_attached_one_after_the_other_are_a_gallery() -> None:
    parts = [attached(f"{n}.jpg", colour) for n, colour in enumerate(("red", "green", "blue"))]
    assert shape(mixed("mixed", text("Look:"), *parts)) == "<p>Look:</p>" + GALLERY.format("[P][P][P]")


def test_pictures_between_paragraphs_stay_there_and_runs_of_them_are_galleries() -> None:
    content = '<p>One</p><p><img src="cid:a"></p><p>Two</p><div><img src="cid:b"><br><img src="cid:c"></div><p>End</p>'
    expected = "<p>One</p>[P]<p>Two</p>" + GALLERY.format("[P][P]") + "<p>End</p>"
    assert shape(related(content, "a", "b", "c")) == expected


def test_a_picture_that_is_asked_for_twice_is_shown_once() -> None:
    content = '<p><img src="cid:a"></p><p>Text</p><p><img src="CID:a"></p>'
    assert shape(related(content, "a")) == "[P]<p>Text</p>"


def test_each_caption_stands_below_its_own_picture() -> None:
    below = "<figure><img src='cid:a'><figcaption>One</figcaption></figure>"
    above = "<figure><figcaption>Two</figcaption><img src='cid:b'></figure>"
    one, two = "[P<figcaption>One</figcaption>]", "[P<figcaption>Two</figcaption>]"
    assert shape(related(below + above, "a", "b")) == GALLERY.format(one + two)
    assert shape(related(above + below, "b", "a")) == GALLERY.format(two + one)


def test_a_second_caption_is_no_reason_to_lose_the_first() -> None:
    content = "<figure><img src='cid:a'><figcaption>One</figcaption><figcaption>Two</figcaption></figure>"
    assert shape(related(content, "a")) == "[P<figcaption>One</figcaption>]<p>Two</p>"


EMBEDDED = f"data:image/jpeg;base64,{b64encode(jpeg()).decode()}"


@pytest.mark.parametrize(
    "source",
    [EMBEDDED, EMBEDDED.replace(";", ";charset=utf-8;", 1), EMBEDDED.replace("+", "%2B").replace("/9", "/9\n ")],
)
def test_a_picture_that_is_written_into_the_html_is_shown(source: str) -> None:
    assert shape(related(f"<p>One</p><p><img alt='x' src='{source}'></p><p>Two</p>")) == "<p>One</p>[P]<p>Two</p>"


def test_what_only_pretends_to_be_an_embedded_picture_is_none() -> None:
    content = '<p>One</p><img src="data:image/png;base64,=a="><img src="data:image/svg+xml;base64,PHN2Zy8+"><p>Two</p>'
    assert shape(related(content)) == "<p>One</p><p>Two</p>"
    assert shape(related("<p>" + "data:image/png;base64," * 9000 + "</p>"))


def test_pictures_that_are_not_in_the_mail_are_spoken_of() -> None:
    counter = (
        '<img src="https://t.example/1.gif" width="1" height="1"><img src="https://t.example/2.gif" style="width:1px">'
    )
    shown = '<p><img src="https://x.example/a.jpg"></p>'
    assert read(related("One" + counter)).warnings == ()
    assert read(related("One <img src='cid:a'>", "a")).warnings == ()
    said = "not in the mail but on the web, or lost, cannot be shown: attach what you want to show"
    assert read(related(f"One{counter}{shown}")).warnings == (f"a picture that is {said}",)
    assert read(related(f"One{shown}{shown.replace('a.', 'b.')}")).warnings == (f"2 pictures that are {said}",)


def test_small_pictures_are_not_blown_up() -> None:
    small = [attached(f"{n}.jpg", colour, size=(200, 50)) for n, colour in enumerate(("red", "green"))]
    assert shape(mixed("mixed", text("Look:"), *small)) == "<p>Look:</p>[P][P]"
    large = attached("2.jpg", "blue", size=(201, 50))
    assert shape(mixed("mixed", text("Look:"), *small, large)) == "<p>Look:</p>" + GALLERY.format("[P][P][P]")


def test_a_picture_without_words_goes_by_its_number() -> None:
    content = (
        '<p><img src="cid:a"></p><p>Text</p><p><img src="cid:b" alt="A bee"></p><p>And</p><p><img src="cid:c"></p>'
    )
    assert alternatives(related(content, "a", "b", "c")) == ["Photo 1 of 3", "A bee", "Photo 3 of 3"]
    assert alternatives(related('<img src="cid:a">', "a")) == ["Photo"]


def alternatives(raw: bytes) -> list[str]:
    found = read(raw).post
    assert found is not None
    return re.findall(r'alt="([^"]*)"', found.body)


def test_nogallery_leaves_photos_one_below_the_other() -> None:
    raw = mixed("mixed", text("Look:"), attached("a.jpg", "red"), attached("b.jpg", "blue"))
    assert shape(raw.replace(b"Subject: Spring", b"Subject: Spring ((nogallery))")) == "<p>Look:</p>[P][P]"


def test_text_between_photos_in_plain_mail_stays_between_them() -> None:
    raw = mixed("mixed", text("One"), attached("a.jpg", "red"), text("Two"), attached("b.jpg", "blue"), text("Three"))
    assert shape(raw) == "<p>One</p>[P]<p>Two</p>[P]<p>Three</p>"


def cover_of(header: str) -> tuple[str, tuple[str, ...]]:
    raw = mixed("mixed", text(f"{header}\n\nLook:"), attached("bread.jpg", "red"), attached("Bees.jpg", "blue"))
    reading = read(raw)
    assert reading.post is not None
    return reading.post.attachments[0].name, reading.warnings


def test_the_cover_is_chosen_by_number_or_name() -> None:
    assert cover_of("title: x") == ("bread.jpg", ())
    assert cover_of("cover: 2") == ("Bees.jpg", ())
    assert cover_of("cover: bees.jpg") == ("Bees.jpg", ())
    assert cover_of("cover: 3") == ("bread.jpg", ("cover: there is no photo “3” in this mail",))


def test_choosing_a_cover_moves_no_photo_in_the_post() -> None:
    raw = mixed("mixed", text("cover: 2\n\nLook:"), attached("a.jpg", "red"), attached("b.jpg", "blue"))
    found = read(raw).post
    assert found is not None
    first, second = found.attachments
    assert found.body.index(second.main.path) < found.body.index(first.main.path)


# ---- one file


def attachment(kind: Kind, name: str, *renditions: Rendition, caption: str = "", seconds: int = 0) -> Attachment:
    return Attachment(kind, name, "", 12_345, "0" * 64, renditions, caption=caption, seconds=seconds)


FILM = Rendition("media/aa/f.mp4", "video/mp4", 9, 640, 360)
POSTER = Rendition("media/bb/p.jpg", "image/jpeg", 9, 640, 360)


def test_a_recording_has_its_title_and_length() -> None:
    tune = Rendition("media/aa/t.mp3", "audio/mpeg", 9)
    assert "<figcaption>A walk &amp; a talk <small>1:02:05</small></figcaption>" in show(
        attachment(Kind.SOUND, "x.mp3", tune, caption="A walk & a talk", seconds=3725)
    )
    assert "<figcaption>Morning walk</figcaption>" in show(attachment(Kind.SOUND, "Morning_walk.mp3", tune))
    assert "<figcaption>Recording</figcaption>" in show(attachment(Kind.SOUND, "0001.mp3", tune))


def test_a_film_has_its_poster_and_shape() -> None:
    assert show(attachment(Kind.FILM, "x.mp4", FILM, POSTER)) == (
        f'<figure class="film"><video controls preload="none" src="{MEDIA}media/aa/f.mp4" poster="{MEDIA}media/bb/p.jpg"'
        ' width="640" height="360"></video></figure>'
    )
    assert 'preload="metadata"' in show(attachment(Kind.FILM, "x.mp4", FILM))


def test_a_document_is_a_download_with_its_size_and_first_page() -> None:
    paper = Rendition("media/aa/d.pdf", "application/pdf", 12_345)
    link = f'<a href="{MEDIA}media/aa/d.pdf">Menu &lt;1&gt;.pdf</a> <small>PDF, 12 kB</small>'
    assert show(attachment(Kind.DOCUMENT, "Menu <1>.pdf", paper)) == f'<p class="file">{link}</p>'
    shown = show(attachment(Kind.DOCUMENT, "Menu <1>.pdf", paper, POSTER))
    assert shown.startswith('<figure class="file"><a href="mailpost-media:media/aa/d.pdf"><picture><img ')
    assert 'alt="First page of Menu &lt;1&gt;.pdf"' in shown
    assert shown.endswith(f"<figcaption>{link}</figcaption></figure>")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ann_at_the_lake.jpg", "Ann at the lake"),
        ("rye-bread.JPEG", "rye bread"),
        ("IMG_2041.HEIC", ""),
        ("image001.png", ""),
        ("PXL_20260301_1201.jpg", ""),
        ("20260301_120105.jpg", ""),
        ("Screenshot 2026-03-01.png", ""),
        ("a.jpg", ""),
        ("", ""),
    ],
)
def test_only_a_name_a_person_gave_says_something(name: str, said: str) -> None:
    assert named(attachment(Kind.PHOTO, name)) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (17, "17 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (17_400, "17 kB"),
        (999_600, "1.0 MB"),
        (25_000_000, "25 MB"),
    ],
)
def test_sizes_are_as_people_write_them(count: int, said: str) -> None:
    assert size(count) == said


def test_lengths_are_as_players_show_them() -> None:
    assert [clock(n) for n in (5, 187, 3600)] == ["0:05", "3:07", "1:00:00"]


# ---- on a page


def test_the_first_picture_of_a_page_does_not_wait() -> None:
    image = f'<img src="{MEDIA}media/ab/a.jpg" alt="a" width="4" height="3" loading="lazy">'
    said = '<p>I write &lt;img loading="lazy"&gt; loading="lazy"</p>'
    found = post(1, body=SafeHtml(said + image + image))
    site = Site(BLOG)
    alone = site.post(found, None, None)[found.path + "index.html"].decode()
    assert said in alone
    assert alone.count('height="3" loading="lazy"') == 1
    assert alone.index('height="3">') < alone.index('height="3" loading="lazy">')
    listed = site.front([post(2, body=SafeHtml(image)), found], None)["index.html"].decode()
    assert listed.count('height="3" loading="lazy"') == 2


# ---- marks that concern the whole post


def dated(header: str) -> tuple[str, tuple[str, ...]]:
    reading = read(letter(f"{header}\n\nText\n"))
    assert reading.post is not None
    assert reading.post.text == "Text"
    return reading.post.published.isoformat(), reading.warnings


def test_an_author_can_date_a_post() -> None:
    assert dated("date: 2025-12-24") == ("2025-12-24T12:00:00+00:00", ())
    assert dated("date: 2025-12-24 18:30") == ("2025-12-24T18:30:00+00:00", ())
    assert dated("date: 2025-12-24T18:30+01:00") == ("2025-12-24T17:30:00+00:00", ())


@pytest.mark.parametrize("said", ["2026-02-30", "2026-13-01", "0001-01-01 00:00+14:00", "2027-01-01"])
def test_a_date_that_cannot_be_is_said_so(said: str) -> None:
    moment, warnings = dated(f"date: {said}")
    assert moment == "2026-03-01T12:00:00+00:00"
    assert len(warnings) == 1
    assert warnings[0].startswith("date: ")


def test_a_mail_to_the_preview_address_publishes_nothing() -> None:
    found = read(letter(fields={"To": "blog+preview@demo.example"})).post
    assert found is not None
    assert found.status.value == "draft"


def test_a_mail_that_asks_for_help_is_no_post() -> None:
    reading = read(letter(fields={"To": "blog+help@demo.example"}))
    assert (reading.post, reading.reason, reading.held) == (None, Reason.HELP, False)


def test_markdown_of_old_hands_is_markdown_in_html_too() -> None:
    lines = ["Before", "&lt;markdown&gt;", "## Rye", "* one", "* two", "&lt;/markdown&gt;", "After *this*"]
    content = "".join(f"<div>{line}</div>" for line in lines)
    found = read(letter(content, {"Content-Type": "text/html"})).post
    assert found is not None
    body = re.sub(r"\n", "", found.body)
    assert body == "<p>Before</p><h2>Rye</h2><ul><li>one</li><li>two</li></ul><p>After *this*</p>"


def test_markdown_that_is_never_closed_is_text() -> None:
    found = read(letter("<div>&lt;markdown&gt;</div><div>## Rye</div>", {"Content-Type": "text/html"})).post
    assert found is not None
    assert found.body == "<p>&lt;markdown&gt;</p><p>## Rye</p>"


def test_a_multipart_within_is_read_too() -> None:
    inner = multipart(
        "related",
        "Content-Type: text/html\n\n<p><img src='cid:a'></p><p>x</p>",
        attached("a.jpg", "red", "a"),
        boundary="inner",
    )
    assert shape(mixed("mixed", inner, attached("b.jpg", "blue"))) == "[P]<p>x</p>[P]"

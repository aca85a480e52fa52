"""Pictures that only stand on the web: left out, linked, or fetched once and made our own (T58)."""

import re
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from mailpost import pipeline
from mailpost.app import App
from mailpost.child import Children, result
from mailpost.errors import Reason
from mailpost.fetch import Pictures
from mailpost.media.studio import Remote, Studio
from mailpost.post import Post
from mailpost.read import Reading, Rules, read_again, read_mail
from tests.boxes import Box
from tests.https import Hosts, Server, said, server
from tests.letters import BLOG, RECEIVED, html, letter, multipart
from tests.mails import mail
from tests.pictures import encoded, jpeg, part
from tests.test_read_again import ANN, House, line

ABOUT = b"CANARY-52.5163N-13.3777E"
PICTURE = '<p>One</p><p><img src="https://pictures.example/bee.jpg?id=7" alt="A bee"></p><p>Two</p>'
SAID = "a picture that is not in the mail but on the web, or lost, cannot be shown: attach what you want to show"
# What a newsletter asks readers' browsers for, in every way that html knows.
BEACONS = {
    "1×1": '<img src="{}" width="1" height="1" alt="seen">',
    "1×1 in css": '<img src="{}" style="width:1px;height:1px" alt="seen">',
    "0×0": '<img src="{}" width=0 height=0>',
    "a line of one pixel": '<img src="{}" height="1" width="600">',
    "an icon": '<img src="{}" width="16" height="16" alt="seen">',
    "not displayed": '<img src="{}" style="display:none" alt="seen">',
    "invisible": '<div style="visibility: hidden"><img src="{}" alt="seen"></div>',
    "no height": '<div style="max-height:0;overflow:hidden"><img src="{}"></div>',
    "called open": '<img src="{}/track/open.php?u=1" alt="seen">',
    "called pixel": '<img src="{}/pixel.gif" alt="seen">',
    "called a spacer": '<img src="{}/img/SPACER.GIF?1">',
    "css background": '<div style="background-image:url({})">x</div><p style="background:url(\'{}\')">y</p>',
    "background": '<table background="{}"><tr><td background="{}">x</td></tr></table>',
    "srcset": '<img srcset="{} 2x" alt="seen"><picture><source srcset="{}"></picture>',
    "poster": '<video poster="{}" src="{}"></video><audio src="{}"></audio>',
    "style": '<style>@import "{}"; p {{ background: url({}) }}</style><p>x</p>',
    "link": '<link rel="stylesheet" href="{}"><link rel="prefetch" href="{}"><p>x</p>',
    "input": '<input type="image" src="{}"><p>x</p>',
    "frame": '<iframe src="{}"></iframe><embed src="{}"><object data="{}">x</object>',
    "svg": '<svg><image href="{}" xlink:href="{}"/></svg><p>x</p>',
    "no scheme": '<img src="//counter.example/x.png" alt="seen"><p>x</p>',
    "a base": '<base href="{}"><p>x</p>',
    "a meta": '<meta http-equiv="refresh" content="0;url={}"><p>x</p>',
    "cite": '<blockquote cite="{}">x</blockquote>',
}
COUNTER = "https://counter.example/aZ9"


class Asked(list[str]):
    """A web where everything is found and nothing is what was asked for; the list is of what was."""

    def __call__(self, url: str) -> bytes:
        self.append(url)
        return jpeg((64, 48))


def become(raw: bytes, studio: Studio | None = None, *, trust: bool = True) -> Reading:
    def unknown(_name: str) -> bytes | None:
        return None

    return read_mail(raw, "0" * 64, RECEIVED, Rules((BLOG,), trust=trust), unknown, studio)


def posted(raw: bytes, studio: Studio | None = None) -> Post:
    post = become(raw, studio).post
    assert post is not None
    return post


# ---- drop


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (PICTURE, "<p>One</p><p>A bee</p><p>Two</p>"),
        ('<p>One<img src="https://a.example/1" alt="A bee">two.</p>', "<p>One A bee two.</p>"),
        ('<p>One <img src="https://a.example/1.png" alt="bee.png"> <img src="https://a.example/2"></p>', "<p>One</p>"),
        ('<p>One</p><img src="http://a.example/1" alt="&lt;b&gt; &amp;">', "<p>One</p><p>&lt;b&gt; &amp;</p>"),
    ],
)
def test_what_a_mail_says_in_place_of_a_picture_stays(written: str, shown: str) -> None:
    asked = Asked()
    found = become(html(written), Studio(fetch=asked))
    assert found.post is not None
    assert (found.post.body.replace("\n", ""), found.warnings, asked) == (shown, found.warnings[:1], [])
    assert found.warnings[0].endswith(SAID[len("a picture that is") :])


def test_a_link_around_a_picture_keeps_its_words() -> None:
    body = posted(html('<p><a href="https://a.example/"><img src="https://b.example/1" alt="A bee"></a></p>')).body
    assert re.fullmatch(r'<p><a href="https://a\.example/"[^>]*>\s?A bee\s?</a></p>\n?', body)


@pytest.mark.parametrize("way", Remote)
@pytest.mark.parametrize("name", BEACONS, ids=lambda name: f"T58-{name}")
def test_t58_what_counts_readers_is_neither_shown_nor_linked_nor_asked_for(name: str, way: Remote) -> None:
    asked = Asked()
    beacon = BEACONS[name].replace("{{", "{").replace("}}", "}").replace("{}", COUNTER)
    post = posted(html(f"<p>Before</p>{beacon}<p>After</p>"), Studio(remote=way, fetch=asked))
    everything = repr(replace(post, trimmed=""))
    assert ("counter.example" in everything, "seen" in post.body and name != "no scheme", asked) == (False, False, [])
    assert "Before" in post.text
    assert "After" in post.text


# ---- link


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (PICTURE, '<p>One</p><p><a href="https://pictures.example/bee.jpg?id=7">A bee</a></p><p>Two</p>'),
        ('<p>x<img src="http://a.example/1">y</p>', '<p>x <a href="http://a.example/1">picture</a> y</p>'),
        ('<a href="https://b.example/"><img src="https://a.example/1"></a>', '<p><a href="https://b.example/"> picture </a></p>'),
        ('<a href="https://b.example/"><div>x</div><div><img src="https://a.example/1"></div></a>', '<p><a href="https://b.example/">x</a></p><p><a href="https://b.example/"> picture </a></p>'),
        ('<p>x<img src="https://user@a.example/1" alt="A bee">y</p>', "<p>x A bee y</p>"),
        ('<p>x</p><img src="https://a.example/\\1"><img src="ftp://a.example/1" alt="A bee">', "<p>x</p>"),
    ],
)  # fmt: skip
def test_a_picture_can_become_a_link_to_it(written: str, shown: str) -> None:
    asked = Asked()
    body = posted(html(written), Studio(remote=Remote.LINK, fetch=asked)).body.replace("\n", "")
    assert (re.sub(r' rel="[^"]*"', "", body), asked) == (shown, [])


# ---- fetch


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.fixture
def there(running: Server) -> Server:
    exif = Image.Exif()
    exif[0x010E] = ABOUT.decode()
    running.answers.clear()
    running.asked.clear()
    running.answers["pictures.example/bee.jpg?id=7"] = said(
        200, jpeg((640, 480), exif=exif, comment=ABOUT), Content_Type="image/jpeg"
    )
    return running


def fetching(there: Server, **more: Any) -> Studio:
    return Studio(remote=Remote.FETCH, fetch=Pictures(there.fetcher(**more), seconds=20))


def test_a_picture_becomes_a_file_of_ours_like_one_that_was_attached(there: Server) -> None:
    found = become(html(PICTURE), fetching(there))
    assert found.post is not None
    [picture] = found.post.attachments
    attached = posted(
        letter(b"", {"Content-Type": None}).removesuffix(b"\r\n")
        + multipart("mixed", part(jpeg((640, 480)), "image/jpeg; name=x.jpg")).replace(b"\n", b"\r\n")
    )
    assert picture.name == ""  # what is in its address was written by nobody here
    assert [r.path for r in picture.renditions] == [r.path for r in attached.attachments[0].renditions]
    assert sorted(found.files) == sorted(r.path for r in picture.renditions)
    assert found.warnings == ()
    assert found.post.body.count("<figure") == 1
    assert 'alt="A bee"' in found.post.body
    assert "pictures.example" not in found.post.body
    assert not any(ABOUT in content for content in found.files.values())
    assert len(there.asked) == 1


def test_a_picture_that_is_there_twice_is_asked_for_once(there: Server) -> None:
    found = become(html(PICTURE + PICTURE), fetching(there))
    assert (len(there.asked), len(found.files), found.warnings) == (1, len(found.files), ())


NO_PICTURE = "it is no picture of a kind that is published"
FAILURES = {
    "gone": (said(404), "its server answered with 404"),
    "html": (said(200, b"<html><script>", Content_Type="image/png"), NO_PICTURE),
    "svg": (said(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>"), NO_PICTURE),
    "pdf": (said(200, b"%PDF-1.4\n%%EOF"), NO_PICTURE),
    "zip": (said(200, b"PK\5\6" + bytes(18)), NO_PICTURE),
    "nothing": (said(200), NO_PICTURE),
    "bomb": (said(200, encoded(Image.new("1", (12_001, 1)), "PNG")), "12001 × 1 pixels are too many"),
    "tracker": (said(200, jpeg((1, 1))), "a picture of 1 × 1 pixels shows nothing"),
    "damaged": (said(200, jpeg((64, 48))[:40]), "the picture is damaged"),
    "inside": (said(302, Location="https://127.0.0.1/"), "its address does not begin with the name of a server"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_cannot_be_had_leaves_its_words_and_is_told_with_the_name_of_its_server(there: Server, name: str) -> None:
    answer, why = FAILURES[name]
    there.answers["pictures.example/bee.jpg?id=7"] = answer
    found = become(html(PICTURE), fetching(there))
    assert found.post is not None
    assert found.post.body.replace("\n", "") == "<p>One</p><p>A bee</p><p>Two</p>"
    assert (found.warnings, found.files) == ((f"a picture of pictures.example was left out: {why}",), {})


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://pictures.example/bee.jpg?id=7", "pictures.example"),
        ("https://pictures.example:80/bee.jpg?id=7", "pictures.example"),
        ("https://user@pictures.example/bee.jpg?id=7", "the web"),
    ],
)
def test_t71_addresses_that_are_not_plain_https_are_not_asked(there: Server, url: str, where: str) -> None:
    found = become(html(f'<p>One</p><img src="{url}">'), fetching(there))
    why = "its address is not a plain one that begins with https://"
    assert (found.warnings, there.asked) == ((f"a picture of {where} was left out: {why}",), [])


def test_a_name_that_leads_inside_is_told(there: Server) -> None:
    found = become(html(PICTURE), fetching(there, names={"pictures.example": ["169.254.169.254"]}))
    why = "its server is not on the public internet"
    assert (found.warnings, there.asked) == ((f"a picture of pictures.example was left out: {why}",), [])


def test_twenty_pictures_are_fetched_for_a_mail_and_no_more() -> None:
    asked = Asked()
    written = "".join(f'<p>{n}</p><img src="https://a.example/{n}">' for n in range(30))
    found = become(html(written), Studio(remote=Remote.FETCH, fetch=asked))
    assert len(asked) == 20
    assert found.warnings == ("more than 20 pictures that stand on the web: the rest was left out",)


def test_nothing_is_fetched_for_what_was_cut_or_stands_below_the_end() -> None:
    asked = Asked()
    studio = Studio(remote=Remote.FETCH, fetch=asked)
    signature = '<p>One</p><div class="gmail_signature">Ann<br><img src="https://a.example/a.png"></div>'
    ended = '<p>One</p><p>#end</p><img src="https://a.example/2.png">'
    for written in (signature, ended):
        assert posted(html(written), studio).body == "<p>One</p>"
    assert asked == []


@pytest.mark.parametrize("way", [Remote.LINK, Remote.FETCH])
def test_nothing_is_asked_for_a_mail_that_nobody_has_vouched_for(way: Remote) -> None:
    asked = Asked()
    for fields, reason in (({}, Reason.UNPROVEN), ({"From": "eve@other.example"}, Reason.STRANGER)):
        raw = letter(PICTURE, {"Content-Type": "text/html", "Authentication-Results": None, **fields})
        found = become(raw, Studio(remote=way, fetch=asked), trust=False)
        assert (found.post, found.reason, asked) == (None, reason, [])


def test_a_mail_may_name_what_was_fetched_and_gains_nothing(there: Server) -> None:
    found = become(
        html(PICTURE + '<img src="cid:1@web.mailpost.invalid"><img src="cid:2@web.mailpost.invalid">'), fetching(there)
    )
    assert found.post is not None
    assert (found.post.body.count("<figure"), len(there.asked)) == (1, 1)


# ---- the mail of a post read again


class Here(Children):
    """Reads in this process, so that the web can be the test's own."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def read(self, raw: bytes, digest: str, received: Any, rules: Rules, *, careful: bool = True) -> Future[Reading]:
        assert careful in (True, False)
        return done(read_mail(raw, digest, received, rules, lambda _: None, self.studio))

    def read_again(self, raw: bytes, digest: str, received: Any, rules: Rules, *, shown: Any = (), **which: Any) -> Any:
        return done(read_again(raw, digest, received, rules, replace(self.studio, shown=shown), **which))


def done(reading: Reading) -> Future[Reading]:
    future: Future[Reading] = Future()
    future.set_result(reading)
    return future


@pytest.fixture
def house(tmp_path: Any) -> House:
    return House(tmp_path)


@pytest.fixture
def app(house: House) -> Iterator[App]:
    with house.open() as opened:
        yield opened


def written(number: int, content: str) -> bytes:
    return mail(number, content).replace(b"text/plain", b"text/html")


def test_a_picture_stays_when_its_server_has_gone(house: House, app: App, there: Server) -> None:
    """From the mail to the page, and again, and again: it is asked for once in its life."""

    def with_(studio: Studio) -> pipeline.Line:
        return replace(line(app), children=lambda: Here(studio))

    picture = '<figure><img src="https://pictures.example/bee.jpg?id=7"><figcaption>On a leaf</figcaption></figure>'
    raw = written(1, f"<p>One</p>{picture}<p>-- <br>Ann, at the kitchen table</p>")
    pipeline.poll("box", Box(raw), with_(fetching(there)))
    app.publish()
    [post] = app.store.posts("demo", limit=9)
    path = post.attachments[0].main.path
    page, media = house.folder / "site" / post.path / "index.html", house.folder / "site" / path
    assert f'src="/notes/{path}" alt="On a leaf"' in page.read_text()
    assert ABOUT not in media.read_bytes()

    there.answers.clear()
    whole = pipeline.read_again(post, with_(fetching(there)), whole=True)
    assert ("kitchen table" in whole.text, whole.attachments) == (True, post.attachments)
    for way in Remote:  # and when the operator has changed their mind since
        again = pipeline.read_again(whole, with_(Studio(remote=way)), whole=False)
        assert again == replace(post, updated=again.updated)
    app.publish(full=True)
    assert media.exists()
    assert len(there.asked) == 1


def test_what_could_not_be_had_is_asked_for_again(app: App, there: Server) -> None:
    answer = there.answers.pop("pictures.example/bee.jpg?id=7")
    reader = replace(line(app), children=lambda: Here(fetching(there)))
    pipeline.poll("box", Box(written(1, PICTURE)), reader)
    [post] = app.store.posts("demo", limit=9)
    assert post.attachments == ()
    there.answers["pictures.example/bee.jpg?id=7"] = answer
    assert len(pipeline.read_again(post, reader, whole=False).attachments) == 1


# ---- in the reader's own process, as the configuration says


@pytest.mark.parametrize(
    ("way", "says", "warning"),
    [
        ("drop", "A bee", SAID),
        ("link", 'href="https://pictures.example/bee.jpg?id=7"', ""),
        ("fetch", "A bee", "a picture of pictures.example was left out: its server is not on the public internet"),
    ],
)
def test_the_configuration_decides(house: House, way: str, says: str, warning: str) -> None:
    with Hosts({"pictures.example": ["127.0.0.1"]}) as zone:
        tables = f'[convert]\nremote_images = "{way}"\n[resolver]\nnameservers = ["{zone.address}"]'
        with house.open(f"{ANN}\n{tables}") as app:
            pipeline.poll("box", Box(written(1, PICTURE)), line(app))
            [post] = app.store.posts("demo", limit=9)
            told = app.store.mail_of(post.id)
    assert told is not None
    assert (says in post.body, told.warnings) == (True, (warning,) if warning else ())
    assert ("pictures.example" in zone.asked) == (way == "fetch")


def test_a_preview_that_asks_nobody_who_may_post_asks_no_server() -> None:
    with (
        Hosts({}) as zone,
        Children(workers=1, seconds=20, memory=1 << 30, nameservers=[zone.address], remote=Remote.FETCH) as readers,
    ):
        found = result(readers.read(html(PICTURE), "0" * 64, RECEIVED, Rules((BLOG,), trust=True)))
        assert isinstance(found, Reading)
        why = "nothing is fetched for a mail that nobody has vouched for"
        assert (found.warnings, zone.asked) == ((f"a picture of pictures.example was left out: {why}",), [])


def test_a_reader_is_told_what_the_post_shows_already(there: Server) -> None:
    shown = posted(html(PICTURE), fetching(there)).attachments
    with Children(workers=1, seconds=20, memory=1 << 30) as readers:
        future = readers.read_again(
            html(PICTURE), "0" * 64, RECEIVED, Rules((BLOG,)), blog=BLOG.name, author="Ann", shown=shown
        )
        found = result(future)
    assert isinstance(found, Reading)
    assert found.post is not None
    assert (found.post.attachments, found.warnings) == (shown, ())

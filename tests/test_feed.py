"""Feeds: whole, the same for the same posts, and read by readers."""

import json
import locale
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import pytest
from lxml import etree
from referencing import Registry, Resource

import mailpost.demo
from mailpost import feed
from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.post import Post, SafeHtml
from mailpost.sanitise import xml_text
from tests import letters
from tests.blogs import ANN, BLOG, photo, post, sound, with_media

ABOUT = feed.About(BLOG, BLOG.title)
ATOM = "{http://www.w3.org/2005/Atom}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCASTING = "{https://podcastindex.org/namespace/1.0}"


def newest_first(count: int) -> list[Any]:
    return [post(n) for n in reversed(range(count))]


def strictly(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, recover=False))


@pytest.mark.parametrize("name", [feed.RSS, feed.ATOM])
def test_a_reader_sees_every_post_with_its_whole_content(name: str) -> None:
    drawn = feed.draw(ABOUT, newest_first(3))
    read = feedparser.parse(drawn[name])
    assert not read.bozo
    assert [(e.title, e.id, e.link) for e in read.entries] == [
        (p.title, p.feed_id, BLOG.url + p.path) for p in newest_first(3)
    ]
    assert [e.content[0].value for e in read.entries] == [p.body for p in newest_first(3)]
    assert [e.author for e in read.entries] == ["Ann"] * 3
    assert read.feed.link == BLOG.url
    assert read.feed.language == "en"


def test_json_feed_keeps_to_the_schema(corpus: Path) -> None:
    folder = corpus / "jsonfeed-schema"
    new = json.loads(next(folder.rglob("feed.json")).read_text())
    old = json.loads(next(folder.rglob("feed-1.json")).read_text())
    old.pop("id", None)
    new["$id"] = "https://schemas.example/feed.json"
    draft = "http://json-schema.org/draft-07/schema#"
    resources = [
        (uri, Resource.from_contents({**content, "$schema": draft}))
        for uri, content in ((new["$id"], new), ("https://schemas.example/feed-1", old), ("feed-1", old))
    ]
    validator = jsonschema.Draft7Validator(new, registry=Registry().with_resources(resources))
    for posts in ([], newest_first(2), [with_media(1)], [post(1, untitled=True)]):
        drawn = json.loads(feed.draw(ABOUT, posts)[feed.JSON])
        assert list(validator.iter_errors(drawn)) == []


def test_an_enclosure_has_its_length_and_type_everywhere() -> None:
    drawn = feed.draw(ABOUT, [with_media(1)])
    tune = ("https://blog.example/notes/media/cd/tune.mp3", "audio/mpeg", "555")
    for name in (feed.RSS, feed.ATOM):
        entry = feedparser.parse(drawn[name]).entries[0]
        assert [(e.href, e.type, e.length) for e in entry.enclosures] == [tune]
        assert len([link for link in entry.links if link.rel == "alternate"]) == 1
    item = json.loads(drawn[feed.JSON])["items"][0]
    assert item["attachments"] == [{"url": tune[0], "mime_type": tune[1], "size_in_bytes": 555}]


def test_every_address_is_absolute() -> None:
    drawn = feed.draw(ABOUT, [with_media(1)])
    for content in drawn.values():
        text = content.decode()
        assert "mailpost-media:" not in text
        assert "https://blog.example/notes/media/ab/a.jpg" in text


def test_atom_keeps_the_rules_of_its_rfc() -> None:
    """RFC 4287, section 4.1: one id, title and updated each, an author, at most one alternate of a type."""
    for posts in ([], newest_first(4)):
        root = strictly(feed.draw(ABOUT, posts)[feed.ATOM])
        for element in (root, *root.iter(ATOM + "entry")):
            assert [len(element.findall(ATOM + name)) for name in ("id", "title", "updated")] == [1, 1, 1]
            rels = [link.get("rel", "alternate") for link in element.findall(ATOM + "link")]
            assert rels.count("alternate") == 1
        ids = [e.text for e in root.iter(ATOM + "id")]
        assert len(ids) == len(set(ids))
        assert all(len(e.findall(ATOM + "author")) == 1 for e in root.iter(ATOM + "entry"))


def test_rss_names_the_blog_and_itself() -> None:
    channel = strictly(feed.draw(ABOUT, newest_first(1))[feed.RSS])[0]
    assert channel.findtext("link") == BLOG.url
    own = channel.find(ATOM + "link")
    assert own is not None
    assert dict(own.attrib.items()) == {"href": BLOG.url + "feed.xml", "rel": "self", "type": "application/rss+xml"}
    guid = channel.find("item/guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"


def test_the_same_posts_give_the_same_bytes() -> None:
    assert feed.draw(ABOUT, newest_first(5)) == feed.draw(ABOUT, newest_first(5))
    assert feed.draw(ABOUT, []) == feed.draw(ABOUT, [])


def test_drawing_leaves_the_locale_alone() -> None:
    before = locale.setlocale(locale.LC_ALL)
    feed.draw(ABOUT, newest_first(2))
    assert locale.setlocale(locale.LC_ALL) == before


def test_no_title_can_stop_a_feed() -> None:
    """Control characters, markup and the ends of CDATA are text in a feed."""
    hostile = "a\x00\x0b\ufffe ]]> </title><script>x</script> & \u202e"
    posts = [post(1, title=hostile, summary=hostile, tags=(hostile,), author=hostile)]
    drawn = feed.draw(ABOUT, posts)
    titles = [feedparser.parse(drawn[name], sanitize_html=False).entries[0].title for name in (feed.RSS, feed.ATOM)]
    titles.append(json.loads(drawn[feed.JSON])["items"][0]["title"])
    strictly(drawn[feed.RSS])
    strictly(drawn[feed.ATOM])
    assert set(titles) == {"a ]]> </title><script>x</script> & \u202e"}


HOSTILE = [
    *(chr(code) for code in range(0x20)), "\x7f", "\x85", "\x9b[31m", "\ud800", "\ufffe", "\uffff", "]]>", "</title><script>x()</script>",
    "<![CDATA[", "&#0;", "&lol;", "<!DOCTYPE x>", "<?x?>", "<img src=x onerror=x()>", "\u2028\u2029", "\u202e", "\U0001ffff", "-->",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: f"T35-{words.encode(errors='surrogatepass').hex()}")
def test_t35_no_words_can_stop_a_feed_or_leave_their_place(words: str) -> None:
    """In a title, a summary, a name, a tag or the blog's own words; alone and among others."""
    for said in (words, f"a{words}b"):
        author = replace(ANN, name=said)
        blog = replace(BLOG, title=said, description=said, authors=(author,))
        posts = [heard(1, title=said, summary=said, author=said, tags=(said,)), post(0)]
        drawn = {**feed.draw(feed.About(blog, said, "tags/x/"), posts), **feed.podcast(blog, posts)}
        for path, content in drawn.items():
            if not path.endswith(".json"):
                root = strictly(content)
                names = {etree.QName(element).localname for element in root.iter(etree.Element)}
                assert not names & {"script", "img"}
                assert b"<!DOCTYPE" not in content
                assert len(root.findall(f"{ATOM}entry") or root[0].findall("item")) == 2
        assert not re.search(rb"[\x00-\x09\x0b-\x1f<>&]|\xe2\x80[\xa8\xa9]", drawn["tags/x/feed.json"])
        [item, _] = json.loads(drawn["tags/x/feed.json"])["items"]
        assert item.get("title", "") == xml_text(said)


def test_t35_a_summary_is_text_in_every_feed() -> None:
    """RSS describes an entry in html, Atom and JSON Feed in text: readers that believe it must not see markup."""
    words = "a <img src=x onerror=x()> & <b>"
    drawn = feed.draw(ABOUT, [post(1, summary=words)])
    described = strictly(drawn[feed.RSS]).findtext("channel/item/description")
    assert described == "a &lt;img src=x onerror=x()&gt; &amp; &lt;b&gt;"
    summary = strictly(drawn[feed.ATOM]).find(f"{ATOM}entry/{ATOM}summary")
    assert summary is not None
    assert (summary.get("type", "text"), summary.text) == ("text", words)
    assert json.loads(drawn[feed.JSON])["items"][0]["summary"] == words


def test_a_post_without_a_title_and_a_blog_without_one_stop_no_feed() -> None:
    drawn = feed.draw(feed.About(replace(BLOG, title="", description=""), ""), [post(0, title="", summary="")])
    assert feedparser.parse(drawn[feed.ATOM]).entries[0].title == "31 January 2026"
    assert feedparser.parse(drawn[feed.RSS]).feed.title == "demo"


def test_body_ends_of_cdata_survive() -> None:
    posts = [post(1, body=SafeHtml("<p>a ]]&gt; b ]]> c</p>"))]
    drawn = feed.draw(ABOUT, posts)
    for name in (feed.RSS, feed.ATOM):
        assert feedparser.parse(drawn[name]).entries[0].content[0].value == posts[0].body


def test_no_address_of_anybody_is_in_a_feed() -> None:
    for content in feed.draw(ABOUT, newest_first(2)).values():
        assert b"@demo.example" not in content


def test_dates_are_those_of_the_posts_and_never_now() -> None:
    drawn = feed.draw(ABOUT, [post(0)])
    assert feedparser.parse(drawn[feed.ATOM]).feed.updated == "2026-01-31T22:30:00+00:00"
    assert str(datetime.now(UTC).year + 1) not in drawn[feed.RSS].decode()
    assert json.loads(drawn[feed.JSON])["items"][0]["date_published"] == "2026-01-31T22:30:00Z"


def test_a_feed_of_a_tag_has_its_own_id_and_address() -> None:
    whole = strictly(feed.draw(ABOUT, [])[feed.ATOM])
    tag = feed.draw(feed.About(BLOG, "Bees", "tags/bees/"), newest_first(1))
    assert sorted(tag) == ["tags/bees/atom.xml", "tags/bees/feed.json", "tags/bees/feed.xml"]
    assert whole.findtext(ATOM + "id") != strictly(tag["tags/bees/atom.xml"]).findtext(ATOM + "id")


# ---- the feed for podcast players


def heard(number: int, seconds: int = 0, **changes: object) -> Post:
    return post(number, attachments=(photo(), replace(sound(), seconds=seconds)), **changes)


def channel_of(posts: Sequence[Post]) -> etree._Element:
    return strictly(feed.podcast(BLOG, posts)[feed.PODCAST])[0]


def test_a_player_sees_every_episode_with_its_sound() -> None:
    posts = [heard(2, 3725), heard(1)]
    read = feedparser.parse(feed.podcast(BLOG, posts)[feed.PODCAST])
    assert not read.bozo
    assert (read.feed.title, read.feed.link, read.feed.language) == (BLOG.title, BLOG.url, "en")
    assert [(e.title, e.id, e.link, e.summary, e.author) for e in read.entries] == [
        (p.title, p.feed_id, BLOG.url + p.path, p.summary, "Ann") for p in posts
    ]
    assert [e.get("itunes_duration") for e in read.entries] == ["3725", None]
    tune = ("https://blog.example/notes/media/cd/tune.mp3", "audio/mpeg", "555")
    assert [[(f.href, f.type, f.length) for f in e.enclosures] for e in read.entries] == [[tune], [tune]]


def test_a_podcast_keeps_to_the_podcast_standards() -> None:
    """PSP-1: itself, title, description, link, language and `explicit` of a show, once each; guid and file of an item."""
    channel = channel_of([heard(1), heard(0)])
    once = ["title", "description", "link", "language", f"{ITUNES}explicit", f"{ITUNES}author", f"{PODCASTING}guid"]
    assert [len(channel.findall(name)) for name in once] == [1] * len(once)
    assert channel.findtext(f"{ITUNES}explicit") == "false"
    own = channel.find(ATOM + "link")
    assert own is not None
    assert dict(own.attrib.items()) == {"href": BLOG.url + "podcast.xml", "rel": "self", "type": "application/rss+xml"}
    for item in channel.findall("item"):
        assert [len(item.findall(name)) for name in ("title", "enclosure", "guid", "pubDate")] == [1] * 4
        enclosure = item.find("enclosure")
        assert enclosure is not None
        assert sorted(enclosure.attrib) == ["length", "type", "url"]


@pytest.mark.parametrize(
    ("url", "guid"),
    [
        ("https://mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
        ("http://podnews.net/rss/", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
    ],
)
def test_a_podcast_is_known_everywhere_by_one_guid(url: str, guid: str) -> None:
    """The examples of the specifications."""
    assert feed.podcast_guid(url) == guid
    assert uuid.UUID(guid).version == 5


def test_sound_comes_before_film_and_one_file_is_the_episode() -> None:
    film = Attachment(Kind.FILM, "a.mp4", "video/mp4", 9, "2" * 64, (Rendition("media/ef/a.mp4", "video/mp4", 9),))
    both = post(1, attachments=(replace(film, seconds=9), replace(sound(), seconds=7), photo()))
    assert feedparser.parse(feed.podcast(BLOG, [both])[feed.PODCAST]).entries[0].itunes_duration == "7"
    for content in (feed.podcast(BLOG, [both])[feed.PODCAST], feed.draw(ABOUT, [both])[feed.RSS]):
        assert [e.type for e in feedparser.parse(content).entries[0].enclosures] == ["audio/mpeg"]
    files = json.loads(feed.draw(ABOUT, [both])[feed.JSON])["items"][0]["attachments"]
    assert [(f["mime_type"], f.get("duration_in_seconds")) for f in files] == [("audio/mpeg", 7), ("video/mp4", 9)]


def test_a_title_that_nobody_has_given_is_none_of_the_players() -> None:
    given, found = channel_of([heard(1), heard(0, untitled=True)]).findall("item")
    assert (given.findtext(f"{ITUNES}title"), found.findtext(f"{ITUNES}title")) == ("Post 1", None)
    assert found.findtext("title") == "Post 0"


def test_no_title_can_stop_a_podcast() -> None:
    hostile = "a\x00\x0b\ufffe ]]> </title><script>x</script> & \u202e"
    content = feed.podcast(
        replace(BLOG, title=hostile, description=hostile, authors=(replace(ANN, name=hostile),)),
        [heard(1, title=hostile, summary=hostile, author=hostile), heard(0, untitled=True, summary="")],
    )[feed.PODCAST]
    strictly(content)
    assert (
        feedparser.parse(content, sanitize_html=False).entries[0].title == "a ]]> </title><script>x</script> & \u202e"
    )


def test_a_podcast_is_the_same_for_the_same_posts_and_names_no_address() -> None:
    drawn = [feed.podcast(BLOG, [heard(1, 60)])[feed.PODCAST] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert b"@demo.example" not in drawn[0]


def test_a_podcast_that_has_lost_its_last_sound_is_a_feed_still() -> None:
    assert channel_of([]).findall("item") == []
    assert channel_of([]).findtext("lastBuildDate") == "Thu, 01 Jan 1970 00:00:00 +0000"


def test_the_sound_of_a_mail_becomes_an_episode() -> None:
    """From the bytes of a mail to the enclosure: its length is that of the file readers get, its duration that heard."""
    reading = letters.read((Path(mailpost.demo.__file__).parent / "samples" / "audio-kettle-tune.eml").read_bytes())
    assert reading.post is not None
    content = feed.podcast(letters.BLOG, [reading.post])[feed.PODCAST]
    [entry] = feedparser.parse(content).entries
    [enclosure] = entry.enclosures
    assert enclosure.type == "audio/mpeg"
    assert int(enclosure.length) == len(reading.files[enclosure.href.removeprefix(letters.BLOG.url)])
    assert entry.itunes_duration == "13"

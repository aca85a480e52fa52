"""Feeds: whole, the same for the same posts, and read by readers."""

import json
import locale
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import pytest
from lxml import etree
from referencing import Registry, Resource

from mailpost import feed
from mailpost.post import SafeHtml
from tests.blogs import BLOG, post, with_media

ABOUT = feed.About(BLOG, BLOG.title)
ATOM = "{http://www.w3.org/2005/Atom}"


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

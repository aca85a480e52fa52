"""Pages as readers meet them: every script in its direction, every picture in its place, words that can be read."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.blog import Blog
from mailpost.post import Post, SafeHtml
from mailpost.sanitise import CLASSES
from mailpost.site import Link, Site
from tests.blogs import ANN, BLOG, photo, post, sound

STYLE = (files("mailpost") / "theme" / "style.css").read_text(encoding="utf-8")
VOID = {"br", "img", "link", "meta", "source"}


class Words(HTMLParser):
    """What stands inside the elements of one name, with the attributes of each."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag = tag
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self.tag:
            self.found.append((dict(attrs), ""))
            self.open += tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        self.open -= tag == self.tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found[-1] = (self.found[-1][0], self.found[-1][1] + data)


def all_of(tag: str, page: str) -> list[tuple[dict[str, str | None], str]]:
    words = Words(tag)
    words.feed(page)
    return words.found


def page(pages: Mapping[str, bytes]) -> str:
    (content,) = pages.values()
    return content.decode()


def alone(shown: Post, site: Site | None = None) -> str:
    return page((site or Site(BLOG)).post(shown, None, None))


def month(shown: Post) -> str:
    return page(Site(BLOG).month("2026/01/", [shown], None, None))


def film() -> Attachment:
    versions = (
        Rendition("media/ef/sea.mp4", "video/mp4", 9000, 640, 360),
        Rendition("media/ef/frame.jpg", "image/jpeg", 900, 640, 360),
    )
    return Attachment(Kind.FILM, "sea.mp4", "video/mp4", 9000, "2" * 64, versions)


def thumbs(text: str) -> list[str | None]:
    return [attributes["src"] for attributes, _ in all_of("img", text)]


def meta(text: str, name: str) -> list[str | None]:
    return [attributes["content"] for attributes, _ in all_of("meta", text) if attributes.get("property") == name]


@pytest.mark.parametrize(
    ("language", "direction"),
    [("en", "ltr"), ("he", "rtl"), ("ar-EG", "rtl"), ("es-AR", "ltr"), ("pa-Arab", "rtl"), ("ar-Latn", "ltr")],
)
def test_a_blog_runs_in_the_direction_of_its_language(language: str, direction: str) -> None:
    ((attributes, _),) = all_of("html", alone(post(0), Site(replace(BLOG, language=language))))
    assert (attributes["lang"], attributes["dir"]) == (language, direction)


def test_words_of_the_author_find_their_own_direction() -> None:
    shown = post(0, title="שבת", tags=("לחם",), summary="לחם")
    text = alone(shown)
    assert all_of("h1", text) == [({"class": "p-name", "dir": "auto"}, "שבת")]
    assert [attributes["dir"] for attributes, words in all_of("a", text) if words == "לחם"] == ["auto"]
    tags = page(Site(BLOG).tags([("lkhm", "לחם", 1)]))
    assert [attributes["dir"] for attributes, words in all_of("a", tags) if "לחם" in words] == ["auto"]
    assert all_of("h2", month(shown))[0][0]["dir"] == "auto"


def test_the_footer_calls_feeds_by_their_kind() -> None:
    """Not by the title of the blog, which would look like the way home."""
    site = Site(BLOG)
    site.offer(podcast=True)
    text = alone(post(0), site)
    called = {
        attributes["href"]: words for attributes, words in all_of("a", text[text.index('<footer class="site"') :])
    }
    assert [called[f"/notes/{name}"] for name in ("feed.xml", "atom.xml", "feed.json", "podcast.xml")] == [
        "RSS",
        "Atom",
        "JSON Feed",
        "Podcast",
    ]


def test_a_film_is_known_by_its_frame() -> None:
    """In lists, and where its address is passed on; but the frame is not called a photo of the author's."""
    shown = post(0, attachments=(sound(), film()))
    assert thumbs(month(shown)) == ["/notes/media/ef/frame.jpg"]
    assert meta(alone(shown), "og:image") == ["https://blog.example/notes/media/ef/frame.jpg"]
    assert "u-photo" not in month(shown) + alone(shown)


def test_a_photo_comes_before_a_film() -> None:
    shown = post(0, attachments=(film(), photo()))
    assert thumbs(month(shown)) == ["/notes/media/ab/a.jpg.webp"]
    assert "u-photo" in month(shown)
    assert "u-photo" in alone(shown)


def test_what_has_no_picture_shows_none() -> None:
    shown = post(0, attachments=(sound(), replace(film(), renditions=film().renditions[:1])))
    assert thumbs(month(shown)) == []
    assert meta(alone(shown), "og:image") == []


# ---- what harms nobody


NAUGHTY = """"><svg onload=x()>'</title></style></script>{{ 7*7 }}\x00\x1b[2J\x9b\ufffe<b id=x>&lt;"""


def every_page(shown: Post, blog: Blog) -> dict[str, str]:
    site = Site(blog, attribution=NAUGHTY)
    link = Link(NAUGHTY, "/notes/x/", "1 May 2026")
    pages = {
        **site.post(shown, link, link),
        **site.front([shown], None),
        **site.page(1, [shown], None, None),
        **site.tag(NAUGHTY, "tags/x/", [shown], None, None),
        **site.tags([("x", NAUGHTY, 1)]),
        **site.month("2026/01/", [shown], None, None),
        **site.archive([("2026-01", 1)]),
        **site.fixed(),
    }
    return {path: content.decode() for path, content in pages.items() if path.endswith(".html")}


def hostile() -> dict[str, str]:
    named = replace(photo(), name=NAUGHTY, caption=NAUGHTY)
    shown = post(
        1, title=NAUGHTY, summary=NAUGHTY, author=NAUGHTY, tags=(NAUGHTY,), attachments=(named,), body=SafeHtml("")
    )
    blog = replace(BLOG, title=NAUGHTY, description=NAUGHTY, authors=(replace(ANN, name=NAUGHTY),))
    return every_page(shown, blog)


def test_t34_words_are_words_wherever_they_stand() -> None:
    """In a title, summary, name, tag, caption, and in the blog's own title and description."""
    for path, text in hostile().items():
        assert [tag for tag in ("svg", "b", "script", "style") if all_of(tag, text)] == [], path
        assert "49" not in text
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe]", text)
        assert "&#34;&gt;&lt;svg onload=x()&gt;&#39;" in text
        attributes = [name for tag in ALL for found, _ in all_of(tag, text) for name in found]
        assert [name for name in attributes if name.startswith("on")] == []


ALL = "html head meta title link body a header div p nav main article h1 h2 time span data footer ul li img small bdi strong".split()  # noqa: SIM905 - words


def test_t75_the_policy_comes_first_and_no_page_needs_it() -> None:
    """No script, style or handler of ours stands in a page, so the policy may forbid them all."""
    for path, text in {**hostile(), **every_page(post(0), BLOG)}.items():
        head = text[text.index("<head>") + len("<head>") :].lstrip()
        assert head.startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '), path
        assert text.index('<meta charset="utf-8">') < 512
        assert '<meta name="referrer" content="no-referrer">' in text
        assert all_of("script", text) == all_of("style", text) == all_of("iframe", text) == all_of("base", text) == []
        assert " style=" not in text
        policy = next(attributes["content"] for attributes, _ in all_of("meta", text) if "http-equiv" in attributes)
        assert policy is not None
        assert "unsafe" not in policy
        assert not [
            source
            for source in re.findall(r"(?:src|href|action)=\"(https?:[^\"]*)", text)
            if not source.startswith(BLOG.url)
        ]


def test_t38_a_page_says_its_charset_and_has_no_mark_before_it() -> None:
    [(_, content)] = Site(BLOG).post(post(0), None, None).items()
    assert content.startswith(b"<!doctype html>")
    assert content.decode("utf-8")


# ---- the stylesheet


def test_the_stylesheet_is_small() -> None:
    assert len(STYLE.encode()) < 10_000


def test_the_stylesheet_names_no_class_that_no_page_has() -> None:
    theme = (files("mailpost") / "theme").iterdir()
    templates = " ".join(file.read_text(encoding="utf-8") for file in theme if file.name.endswith(".html"))
    rules = re.sub(r"\{[^{}]*\}|/\*.*?\*/|\"[^\"]*\"", "", STYLE, flags=re.DOTALL)
    named = set(re.findall(r"\.([a-z][a-z-]*)", rules))
    assert [name for name in sorted(named - CLASSES) if not re.search(rf'"[^"<>]*\b{name}\b[^"<>]*"', templates)] == []


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("ground", ["paper", "tint"])
@pytest.mark.parametrize("words", ["ink", "quiet", "accent"])
def test_words_can_be_read_by_day_and_by_night(words: str, ground: str, *, dark: bool) -> None:
    """WCAG 2.2 AA: 4.5 to 1."""
    light, night = (colours(block) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2])
    shades = night if dark else light
    assert contrast(shades[words], shades[ground]) >= 4.5

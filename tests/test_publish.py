"""Drawing: everything a reader needs, nothing drawn for nothing, never a link to nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mailpost.files.local import LocalFiles
from mailpost.post import Post, SafeHtml, Status
from mailpost.publish import Press, publish
from mailpost.site import Site
from mailpost.store import Accepted, Arrival
from mailpost.store.sqlite import Sqlite
from tests.blogs import BEGIN, BLOG, post, with_media

PER_PAGE = 4


@dataclass
class Desk:
    """A blog on disk, with posts kept as if they had come by mail."""

    folder: Path
    press: Press
    kept: int = field(default=0)

    def keep(self, *posts: Post) -> None:
        arrivals = [Arrival("box", p.id, p.id, 1, BEGIN) for p in posts]
        ids = [id_ for id_, _, _ in self.press.store.arrive(arrivals, BEGIN)]
        self.press.store.accept([Accepted(id_, p, {}) for id_, p in zip(ids, posts, strict=True)], BEGIN)

    def site(self) -> Mapping[str, bytes]:
        root = self.folder / "site"
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}

    def stamps(self) -> Mapping[str, int]:
        root = self.folder / "site"
        return {p.relative_to(root).as_posix(): p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}


def open_desk(folder: Path) -> Desk:
    media = LocalFiles(folder / "data")
    for name in ("media/ab/a.jpg", "media/ab/a.jpg.webp", "media/cd/tune.mp3"):
        media.put(name, name.encode())
    press = Press(
        blog=BLOG,
        site=Site(BLOG, attribution="Posted via email from Ann's blog"),
        store=Sqlite(folder / "data" / "mailpost.db"),
        media=media,
        out=LocalFiles(folder / "site"),
        folder="",
        per_page=PER_PAGE,
        in_feed=5,
    )
    return Desk(folder, press)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.press.store.close()


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.found.add(value)
            elif name == "srcset" and value:
                self.found |= {candidate.split()[0] for candidate in value.split(",")}


def dead_links(site: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Links inside the blog that lead to no file."""
    dead = set()
    for path, content in site.items():
        if path.endswith(".html"):
            links = Links()
            links.feed(content.decode())
            for link in links.found:
                local = link.removeprefix("https://blog.example").partition("#")[0]
                if local.startswith("/notes/"):
                    target = local.removeprefix("/notes/")
                    target += "index.html" if not target or target.endswith("/") else ""
                    if target not in site:
                        dead.add((path, link))
    return dead


class Watched(LocalFiles):
    """Remembers what it was given, in order."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.order: list[str] = []

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> int:
        def seen() -> Iterator[tuple[str, bytes]]:
            for path, content in files:
                self.order.append(path)
                yield path, content

        return super().put_all(seen())


def watched(desk: Desk) -> list[str]:
    """Publish, and say what was drawn."""
    out = Watched(desk.folder / "site")
    publish(replace(desk.press, out=out))
    return out.order


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9, 13])
def test_no_link_leads_to_nothing(desk: Desk, count: int) -> None:
    if count:
        desk.keep(*(with_media(n) if n % 4 == 1 else post(n) for n in range(count)))
    publish(desk.press)
    assert dead_links(desk.site()) == set()


def test_one_by_one_gives_the_same_site_as_all_at_once(tmp_path: Path) -> None:
    """Whatever was drawn in between, the pages are those of a full draw."""
    posts = [with_media(n) if n % 4 == 1 else post(n) for n in range(11)]
    slow, quick = open_desk(tmp_path / "slow"), open_desk(tmp_path / "quick")
    for each in posts:
        slow.keep(each)
        publish(slow.press)
        assert dead_links(slow.site()) == set()
    quick.keep(*posts)
    publish(quick.press)
    assert slow.site() == quick.site()
    slow.press.store.close()
    quick.press.store.close()


def test_a_late_mail_of_an_early_date_finds_its_place(tmp_path: Path) -> None:
    late, calm = open_desk(tmp_path / "late"), open_desk(tmp_path / "calm")
    posts = [post(n) for n in range(14)]
    late.keep(*(p for n, p in enumerate(posts) if n != 3))
    publish(late.press)
    late.keep(posts[3])
    publish(late.press)
    calm.keep(*posts)
    publish(calm.press)
    assert late.site() == calm.site()
    late.press.store.close()
    calm.press.store.close()


def test_nothing_new_writes_nothing(desk: Desk) -> None:
    desk.keep(*(post(n) for n in range(6)))
    assert publish(desk.press) > 0
    before = desk.stamps()
    assert publish(desk.press) == 0
    assert publish(desk.press, full=True) == 0
    assert desk.stamps() == before


def test_one_more_post_touches_as_many_files_at_forty_as_at_four_hundred(desk: Desk) -> None:
    counts = []
    for total in (41, 401):
        desk.keep(*(post(n) for n in range(desk.kept, total)))
        publish(desk.press)
        before = desk.stamps()
        desk.keep(post(total))
        desk.kept = total + 1
        publish(desk.press)
        after = desk.stamps()
        counts.append(sum(before.get(path) != stamp for path, stamp in after.items()))
    assert counts[0] == counts[1]


def test_old_list_pages_never_change(desk: Desk) -> None:
    desk.keep(*(post(n) for n in range(17)))
    publish(desk.press)
    before = desk.site()
    desk.keep(*(post(n) for n in range(17, 30)))
    publish(desk.press)
    after = desk.site()
    old = [f"page/{n}/index.html" for n in (1, 2)]
    assert [before[p] for p in old] == [after[p] for p in old]


def test_drafts_are_nowhere_and_private_posts_only_at_their_own_address(desk: Desk) -> None:
    draft = post(1, title="Not finished", status=Status.DRAFT)
    private = post(2, title="For few", status=Status.PRIVATE, tags=("secret-tag",))
    desk.keep(post(0), draft, private, post(3))
    for full in (False, True):
        publish(desk.press, full=full)
        site = desk.site()
        assert [p for p, content in site.items() if b"Not finished" in content] == []
        assert [p for p, content in site.items() if b"For few" in content] == [private.path + "index.html"]
        assert b"noindex" in site[private.path + "index.html"]
        assert not any("secret-tag" in p for p in site)


def test_a_site_that_was_deleted_comes_back(desk: Desk) -> None:
    desk.keep(*(with_media(n) if n % 2 else post(n) for n in range(7)))
    publish(desk.press)
    before = desk.site()
    for path in before:
        (desk.folder / "site" / path).unlink()
    publish(desk.press)
    assert desk.site() == before


def test_a_new_look_draws_everything_again(desk: Desk) -> None:
    desk.keep(post(0))
    publish(desk.press)
    other = replace(BLOG, title="Another title")
    publish(replace(desk.press, blog=other, site=Site(other)))
    assert b"Another title" in desk.site()["index.html"]


def test_an_empty_store_never_empties_a_site(desk: Desk, tmp_path: Path) -> None:
    desk.keep(*(post(n) for n in range(5)))
    publish(desk.press)
    before = set(desk.site())
    empty = Sqlite(tmp_path / "other" / "mailpost.db")
    publish(replace(desk.press, store=empty))
    empty.close()
    assert before <= set(desk.site())


def test_a_theme_folder_replaces_file_by_file(desk: Desk, tmp_path: Path) -> None:
    theme = tmp_path / "theme"
    theme.mkdir()
    (theme / "_footer_end.html").write_text("<p>From the cellar</p>")
    desk.keep(post(0))
    publish(replace(desk.press, site=Site(BLOG, theme=str(theme))))
    assert b"From the cellar" in desk.site()["index.html"]


def test_months_are_those_of_the_blogs_time_zone(desk: Desk) -> None:
    """22:30 UTC on the last of January; in Berlin the second post is in February."""
    desk.keep(post(0), post(1))
    publish(desk.press)
    site = desk.site()
    assert [p for p in site if re.fullmatch(r"2026/\d\d/index.html", p)] == ["2026/01/index.html", "2026/02/index.html"]
    assert b'href="/notes/2026/01/"' in site["archive/index.html"]
    assert "2026/index.html" in site


def test_feeds_are_drawn_after_the_pages_they_name(desk: Desk) -> None:
    desk.keep(post(0))
    order = watched(desk)
    page, front = order.index(post(0).path + "index.html"), order.index("index.html")
    assert page < front < min(order.index(name) for name in ("feed.xml", "atom.xml", "feed.json"))


def test_pages_are_strict(desk: Desk) -> None:
    """No script, no inline style, a content security policy first, one h1, nothing from third parties."""
    desk.keep(*(with_media(n) for n in range(5)))
    publish(desk.press)
    for path, content in desk.site().items():
        if not path.endswith(".html"):
            continue
        text = content.decode()
        assert "<script" not in text
        assert " style=" not in text
        assert len(re.findall(r"<h1\b", text)) == 1, path
        assert text.index("Content-Security-Policy") < text.index("<title>")
        assert "mailpost-media:" not in text


def test_every_page_names_every_feed(desk: Desk) -> None:
    desk.keep(post(0))
    publish(desk.press)
    for path, content in desk.site().items():
        if path.endswith(".html"):
            for name in ("feed.xml", "atom.xml", "feed.json"):
                assert f'href="/notes/{name}"' in content.decode(), path


def test_a_month_of_many_posts_has_pages_and_each_of_them_is_linked(desk: Desk) -> None:
    """A hundred and twenty posts of one month: none is missing, and no page grows without end."""
    posts = [post(n, path=f"2026/02/post-{n}/") for n in range(120)]
    desk.keep(*posts)
    publish(desk.press)
    site = desk.site()
    months = {p: c.decode() for p, c in site.items() if p.startswith("2026/02/") and "post-" not in p}
    assert sorted(months) == ["2026/02/index.html", "2026/02/page/1/index.html"]
    shown = [p for p in posts if any(f'href="/notes/{p.path}"' in text for text in months.values())]
    assert shown == posts
    assert 'href="/notes/2026/02/page/1/"' in months["2026/02/index.html"]
    assert dead_links(site) == set()


# ---- the feed for podcast players


def naming(desk: Desk, name: str) -> set[str]:
    return {
        p for p, content in desk.site().items() if p.endswith(".html") and f'href="/notes/{name}"'.encode() in content
    }


def test_the_podcast_appears_with_the_first_sound_and_every_page_says_so(desk: Desk) -> None:
    desk.keep(*(post(n) for n in range(6)))
    publish(desk.press)
    assert "podcast.xml" not in desk.site()
    assert naming(desk, "podcast.xml") == set()
    desk.keep(with_media(6))
    publish(desk.press)
    assert desk.site()["podcast.xml"].count(b"<item>") == 1
    assert naming(desk, "podcast.xml") == naming(desk, "feed.xml") != set()


def test_the_podcast_holds_published_posts_with_sound_and_more_than_the_other_feeds(desk: Desk) -> None:
    desk.keep(*(with_media(n) for n in range(8)), post(8), replace(with_media(9), status=Status.DRAFT))
    desk.keep(replace(with_media(10), status=Status.PRIVATE))
    publish(desk.press)
    assert (desk.site()["podcast.xml"].count(b"<item>"), desk.site()["feed.xml"].count(b"<item>")) == (8, 5)


def test_the_podcast_is_drawn_only_when_something_can_be_heard(desk: Desk) -> None:
    desk.keep(*(with_media(n) if n == 3 else post(n) for n in range(9)))
    assert watched(desk)[-1] == "podcast.xml"
    desk.keep(post(9))
    assert "podcast.xml" not in watched(desk)
    desk.keep(with_media(10))
    drawn = watched(desk)
    assert drawn[-1] == "podcast.xml"
    assert "style" not in "".join(drawn), "everything was drawn for one more post"


def test_one_more_sound_touches_as_many_files_at_forty_as_at_four_hundred(desk: Desk) -> None:
    counts = []
    for total in (41, 401):
        desk.keep(*(with_media(n) if n % 9 == 0 else post(n) for n in range(desk.kept, total)))
        publish(desk.press)
        before = desk.stamps()
        desk.keep(with_media(total))
        desk.kept = total + 1
        publish(desk.press)
        counts.append(sum(before.get(path) != stamp for path, stamp in desk.stamps().items()))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("full", [False, True])
def test_players_are_told_when_the_last_sound_is_gone(desk: Desk, *, full: bool) -> None:
    heard = with_media(2)
    desk.keep(*(post(n) for n in (0, 1)), heard, *(post(n) for n in range(3, 9)))
    publish(desk.press)
    desk.press.store.rewrite(replace(heard, attachments=(), body=SafeHtml("<p>Gone.</p>")), ())
    publish(desk.press, full=full)
    assert desk.site()["podcast.xml"].count(b"<item>") == 0
    assert naming(desk, "podcast.xml") == set()
    assert b"podcast" not in desk.site()["index.html"]


# ---- a post whose mail was read again


def test_a_rewritten_post_is_drawn_wherever_it_stands(tmp_path: Path) -> None:
    """The site is the one that would have come of it at once; an old post, so that only its list pages are concerned."""
    posts = [with_media(n) if n % 4 == 1 else post(n) for n in range(14)]
    later, calm = open_desk(tmp_path / "later"), open_desk(tmp_path / "calm")
    for number in (3, 5, 13):
        said = replace(posts[number], body=SafeHtml("<p>All of it.</p>"), text="All of it.", summary="All")
        changed = replace(said, updated=said.published + timedelta(days=40))
        if number == 3:
            later.keep(*posts)
            publish(later.press)
        later.press.store.rewrite(changed, ())
        posts[number] = changed
    publish(later.press)
    calm.keep(*posts)
    publish(calm.press)
    assert later.site() == calm.site()
    later.press.store.close()
    calm.press.store.close()

"""Draw pages and feeds when the store has moved on.

Leaves first: media, posts, lists, the front page, feeds last, so that a reader never follows a link to nothing. What
is drawn for one more post does not depend on how many there are: its page and its neighbours', the front page, the
newest list pages, its tags, its month, the archive and the feeds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailpost import feed
from mailpost.blog import Blog
from mailpost.files import Files
from mailpost.log import logger
from mailpost.post import Post, Status
from mailpost.site import Link, Site, month_path
from mailpost.store import Change, Listed, Store

WAIT = 60.0  # seconds for another process that is drawing the same blog
MANY = 200  # posts held in memory at once
PER_MONTH = 50  # posts on a page of a month, which shows their first lines only
IN_PODCAST = 300  # players show what the feed holds, and nothing older
SEEN = (Status.PUBLISHED, Status.PRIVATE)

Pages = Iterator[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Press:
    """What drawing one blog needs. `out` is the public place, `folder` the blog's part of it."""

    blog: Blog
    site: Site
    store: Store
    media: Files
    out: Files
    folder: str
    per_page: int
    in_feed: int


class Draw(Protocol):
    """Draws one page of a list: its path and number, 0 for the front one, and the paths of its neighbours."""

    def __call__(
        self, _path: str, _number: int, _posts: list[Post], _older: str | None, _newer: str | None, /
    ) -> Mapping[str, bytes]: ...


@dataclass(frozen=True, slots=True)
class Roll:
    """A list of posts: all of them, those of a tag or those of a month. `older` and `newer` are the lists beside it."""

    folder: str
    size: int
    draw: Draw
    tag: str = ""
    month: str = ""
    older: str | None = None
    newer: str | None = None


def publish(press: Press, *, full: bool = False) -> int:
    """Draw what has changed, or everything; return how many files are different now.

    Everything is drawn too when the look has changed or the site is gone.
    """
    name = press.blog.name
    with press.store.alone(f"draw-{name}", WAIT) as mine:
        if not mine:
            return 0  # the one who draws sees this revision too, or the next round does
        press.site.offer(podcast=bool(press.store.newest(name, limit=1, sound=True)))
        look = press.site.look()
        full = full or press.store.look(name) != look or press.out.get(_path(press, "index.html")) is None
        change = press.store.changes(name)
        if change is None and not full:
            return 0
        # Where most of it is new, drawing it in one go costs less than looking up what stands beside each post.
        most = change is not None and 2 * len(change.posts) > press.store.count(name)
        pages = _everything(press) if full or most or change is None else _changed(press, change)
        written = press.out.put_all((_path(press, path), content) for path, content in pages)
        press.store.drawn(name, change.revision if change else press.store.revision(name), look)
    logger().info("site drawn", blog=name, files=written, full=full)
    return written


def _path(press: Press, path: str) -> str:
    return f"{press.folder}/{path}" if press.folder else path


def _everything(press: Press) -> Pages:
    store, name = press.store, press.blog.name
    yield from press.site.fixed().items()
    at = 0
    # One post more at either end of a run: each page names its neighbours.
    while run := store.page(name, first=max(0, at - 1), limit=MANY + (2 if at else 1)):
        begin = 1 if at else 0
        inner = run[begin : begin + MANY]
        for n, post in enumerate(inner, begin):
            older, newer = run[n - 1] if n else None, run[n + 1] if n + 1 < len(run) else None
            yield from _post(press, post, _near(older), _near(newer))
        if len(inner) < MANY:
            break
        at += MANY
    for id_ in store.ids(name, (Status.PRIVATE,), first=0, limit=1_000_000):
        yield from _posts(press, [id_])
    yield from _all(press, None)
    months = [month for month, _ in store.months(name)]
    for month in months:
        yield from _month(press, month, months, None)
    for tag, label, _ in store.tags(name):
        yield from _tag(press, tag, label, None)
    yield from _ends(press, tags=True, sound=True)


def _changed(press: Press, change: Change) -> Pages:
    store, name = press.store, press.blog.name
    ids = sorted(change.posts)
    neighbours: set[str] = set()
    for at in range(0, len(ids), MANY):
        for post in store.some(ids[at : at + MANY]):
            near = store.beside(post) if post.status is Status.PUBLISHED else (None, None)
            neighbours |= {n.id for n in near if n}
            if post.status in SEEN:
                yield from _post(press, post, *near)
    yield from _posts(press, sorted(neighbours - change.posts))
    yield from _all(press, change.earliest)
    months = [month for month, _ in store.months(name)]
    around = {m for n, month in enumerate(months) if month in change.months for m in months[max(0, n - 1) : n + 2]}
    for month in sorted(around):
        yield from _month(press, month, months, change.earliest)
    if change.tags:
        for tag, label, _ in store.tags(name):
            if tag in change.tags:
                yield from _tag(press, tag, label, change.earliest)
    yield from _ends(press, tags=bool(change.tags), sound=change.sound)


def _posts(press: Press, ids: list[str]) -> Pages:
    for post in press.store.some(ids):
        near = press.store.beside(post) if post.status is Status.PUBLISHED else (None, None)
        yield from _post(press, post, *near)


def _post(press: Press, post: Post, older: Listed | None, newer: Listed | None) -> Pages:
    for attachment in post.attachments:
        for rendition in attachment.renditions:
            press.out.adopt(_path(press, rendition.path), press.media)
    yield from press.site.post(post, _link(press, older), _link(press, newer)).items()


def _near(post: Post | None) -> Listed | None:
    return Listed(post.id, post.path, post.title, post.published, post.status) if post else None


def _link(press: Press, near: Listed | None) -> Link | None:
    return press.site.near(near.title, near.path, near.published) if near else None


def _all(press: Press, earliest: datetime | None) -> Pages:
    site = press.site

    def draw(_path: str, number: int, posts: list[Post], older: str | None, newer: str | None) -> Mapping[str, bytes]:
        return site.page(number, posts, older, newer) if number else site.front(posts, older)

    yield from _paged(press, Roll("", press.per_page, draw), earliest)


def _tag(press: Press, tag: str, label: str, earliest: datetime | None) -> Pages:
    folder = f"tags/{tag}/"

    def draw(path: str, _number: int, posts: list[Post], older: str | None, newer: str | None) -> Mapping[str, bytes]:
        return press.site.tag(label, path, posts, older, newer)

    yield from _paged(press, Roll(folder, press.per_page, draw, tag=tag), earliest)
    first = max(0, press.store.count(press.blog.name, tag=tag) - press.in_feed)
    posts = press.store.page(press.blog.name, first=first, limit=press.in_feed, tag=tag)[::-1]
    drawn = feed.draw(feed.About(press.blog, f"{press.blog.title}: {label}", folder), posts)
    yield folder + feed.RSS, drawn[folder + feed.RSS]


def _month(press: Press, month: str, months: list[str], earliest: datetime | None) -> Pages:
    at = months.index(month)
    older = month_path(months[at + 1]) if at + 1 < len(months) else None
    newer = month_path(months[at - 1]) if at else None

    def draw(path: str, _number: int, posts: list[Post], older: str | None, newer: str | None) -> Mapping[str, bytes]:
        return press.site.month(path, posts, older, newer)

    yield from _paged(press, Roll(month_path(month), PER_MONTH, draw, month=month, older=older, newer=newer), earliest)


def _paged(press: Press, roll: Roll, earliest: datetime | None) -> Pages:
    """List pages, numbered from the oldest so that full ones never change, then the front one.

    The front page shows the newest page that is full and what has come since; page n holds posts n·size - size to n·size.
    """
    store, name, size = press.store, press.blog.name, roll.size
    last = store.count(name, tag=roll.tag, month=roll.month) // size - 1
    before = store.count(name, tag=roll.tag, month=roll.month, before=earliest) if earliest else 0

    def posts(first: int, limit: int) -> list[Post]:
        return store.page(name, first=first, limit=limit, tag=roll.tag, month=roll.month)[::-1]

    def path(number: int) -> str:
        return f"{roll.folder}page/{number}/"

    for number in range(max(1, min(before // size - 1, last - 1)), last + 1):
        older = path(number - 1) if number > 1 else roll.older
        newer = path(number + 1) if number < last else roll.folder
        yield from roll.draw(path(number), number, posts((number - 1) * size, size), older, newer).items()
    older = path(last) if last >= 1 else roll.older
    yield from roll.draw(roll.folder, 0, posts(max(0, last * size), 2 * size), older, roll.newer).items()


def _ends(press: Press, *, tags: bool, sound: bool) -> Pages:
    """What lists everything, and the feeds: they speak of pages that must be there."""
    name = press.blog.name
    if tags:
        yield from press.site.tags(press.store.tags(name)).items()
    yield from press.site.archive(press.store.months(name)).items()
    yield from _feeds(press).items()
    if sound:
        yield from _podcast(press).items()


def _feeds(press: Press) -> Mapping[str, bytes]:
    posts = press.store.newest(press.blog.name, limit=press.in_feed)
    return feed.draw(feed.About(press.blog, press.blog.title), posts)


def _podcast(press: Press) -> Mapping[str, bytes]:
    """Nothing for a blog without sound; but where one had some, players are told that it is gone."""
    posts = press.store.newest(press.blog.name, limit=IN_PODCAST, sound=True)
    if not posts and press.out.get(_path(press, feed.PODCAST)) is None:
        return {}
    return feed.podcast(press.blog, posts)

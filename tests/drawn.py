"""A site on disk for tests that look at one from outside: with a web server, a browser or `find`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mailpost.blog import Blog
from mailpost.files.local import LocalFiles
from mailpost.post import Post
from mailpost.publish import Press, publish
from mailpost.site import Site
from mailpost.store import Accepted, Arrival
from mailpost.store.sqlite import Sqlite
from tests.blogs import BEGIN


def drawn(folder: Path, blog: Blog, posts: Sequence[Post], files: Mapping[str, bytes]) -> Path:
    """These posts and their files, kept and drawn as if they had come by mail."""
    media, store = LocalFiles(folder / "data"), Sqlite(folder / "data" / "mailpost.db")
    media.put_all(files.items())
    ids = store.arrive([Arrival("box", p.id, p.id, 1, BEGIN) for p in posts], BEGIN)
    store.accept([Accepted(id_, post, {}) for (id_, _, _), post in zip(ids, posts, strict=True)], BEGIN)
    publish(Press(blog, Site(blog), store, media, LocalFiles(folder / "site"), "", 4, 30))
    store.close()
    return folder / "site"

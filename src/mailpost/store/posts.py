"""Posts, and the lists pages are made of."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.post import Post, SafeHtml, Status, tag_name
from mailpost.store import Listed
from mailpost.store.tables import change, post, post_tag
from mailpost.store.transactions import Transactions


class Posts(Transactions):
    def post(self, id_: str) -> Post | None:
        return next(iter(self._posts(select(post).where(post.c.id == id_))), None)

    def named(self, name: str, *, limit: int) -> list[Post]:
        path = name.strip("/") + "/"
        called = or_(post.c.id.startswith(name, autoescape=True), post.c.path == path)
        return self._posts(select(post).where(called).order_by(post.c.id).limit(limit)) if name else []

    def some(self, ids: Sequence[str]) -> list[Post]:
        return self._posts(select(post).where(post.c.id.in_(ids)).order_by(post.c.published, post.c.id))

    def posts(self, blog: str, *, limit: int) -> list[Post]:
        return self._posts(
            select(post).where(post.c.blog == blog).order_by(post.c.published.desc(), post.c.id.desc()).limit(limit)
        )

    def ids(self, blog: str, statuses: Sequence[Status], *, first: int, limit: int) -> list[str]:
        query = select(post.c.id).where(post.c.blog == blog, post.c.status.in_(statuses))
        with self._read() as connection:
            return list(
                connection.execute(query.order_by(post.c.published, post.c.id).offset(first).limit(limit)).scalars()
            )

    def newest(self, blog: str, *, limit: int, sound: bool = False) -> list[Post]:
        query = _published(blog).where(post.c.sound) if sound else _published(blog)
        return self._posts(query.order_by(post.c.published.desc(), post.c.id.desc()).limit(limit))

    def page(self, blog: str, *, first: int, limit: int, tag: str = "", month: str = "") -> list[Post]:
        # The ids come from an index alone; only this page's posts are read.
        listed, id_ = (post_tag, post_tag.c.post) if tag else (post, post.c.id)
        ids = _listed_in(select(id_), blog, tag, month).order_by(listed.c.published, id_)
        with self._read() as connection:
            wanted = list(connection.execute(ids.offset(first).limit(limit)).scalars())
        found = {p.id: p for p in self._posts(select(post).where(post.c.id.in_(wanted)))}
        return [found[id_] for id_ in wanted if id_ in found]

    def count(self, blog: str, *, tag: str = "", month: str = "", before: datetime | None = None) -> int:
        listed = post_tag if tag else post
        query = _listed_in(select(func.count()).select_from(listed), blog, tag, month)
        if before is not None:
            query = query.where(listed.c.published < before)
        with self._read() as connection:
            return int(connection.execute(query).scalar_one())

    def beside(self, post_: Post) -> tuple[Listed | None, Listed | None]:
        columns = select(post.c.id, post.c.path, post.c.title, post.c.published, post.c.status)
        query = columns.where(post.c.blog == post_.blog, post.c.status == Status.PUBLISHED)
        # The first half of each says to the engine where in the index to begin.
        at, id_ = post_.published, post_.id
        before = and_(post.c.published <= at, or_(post.c.published < at, post.c.id < id_))
        after = and_(post.c.published >= at, or_(post.c.published > at, post.c.id > id_))
        with self._read() as connection:
            older = connection.execute(
                query.where(before).order_by(post.c.published.desc(), post.c.id.desc()).limit(1)
            ).first()
            newer = connection.execute(query.where(after).order_by(post.c.published, post.c.id).limit(1)).first()
        return _listed(older), _listed(newer)

    def months(self, blog: str) -> list[tuple[str, int]]:
        query = select(post.c.month, func.count()).where(post.c.blog == blog, post.c.status == Status.PUBLISHED)
        with self._read() as connection:
            return [(m, n) for m, n in connection.execute(query.group_by(post.c.month).order_by(post.c.month.desc()))]

    def tags(self, blog: str) -> list[tuple[str, str, int]]:
        query = select(post_tag.c.name, func.min(post_tag.c.label), func.count())
        query = query.where(post_tag.c.blog == blog, post_tag.c.status == Status.PUBLISHED)
        with self._read() as connection:
            rows = connection.execute(query.group_by(post_tag.c.name).order_by(post_tag.c.name))
            return [(name, label, count) for name, label, count in rows]

    def _posts(self, query: Select[Any]) -> list[Post]:
        with self._read() as connection:
            return [_post(row) for row in connection.execute(query)]


def _listed_in(query: Select[Any], blog: str, tag: str, month: str) -> Select[Any]:
    """Published posts of a blog, of one tag or of one month."""
    listed = post_tag if tag else post
    query = query.where(listed.c.blog == blog, listed.c.status == Status.PUBLISHED)
    if tag:
        return query.where(post_tag.c.name == tag)
    return query.where(post.c.month == month) if month else query


def _published(blog: str) -> Select[Any]:
    return select(post).where(post.c.blog == blog, post.c.status == Status.PUBLISHED)


def insert_post(connection: Connection, post_: Post, digest: str) -> None:
    month = post_.path[:7].replace("/", "-")
    values = {name: getattr(post_, name) for name in Post.__slots__}
    values |= {"tags": list(post_.tags), "month": month, "mail": digest} | _files(post_)
    connection.execute(insert(post).values(values))
    names = {tag_name(tag): tag for tag in reversed(post_.tags)}
    shown = {"blog": post_.blog, "post": post_.id, "published": post_.published, "status": post_.status}
    if names:
        connection.execute(insert(post_tag), [shown | {"name": name, "label": label} for name, label in names.items()])
    seen = {"tags": list(names), "month": month, "earliest": post_.published, "sound": values["sound"]}
    connection.execute(insert(change).values(blog=post_.blog, post=post_.id, **seen))


def rewrite_post(connection: Connection, post_: Post) -> str | None:
    """Replace what a post says and shows; return the digest of its mail, or None where there is no such post."""
    known = select(post.c.blog, post.c.tags, post.c.month, post.c.published, post.c.sound, post.c.mail)
    had = connection.execute(known.where(post.c.id == post_.id)).first()
    if had is None:
        return None
    says = {name: getattr(post_, name) for name in ("body", "text", "summary", "trimmed", "updated")}
    files = _files(post_)
    connection.execute(update(post).where(post.c.id == post_.id).values(says | files))
    names = sorted({tag_name(tag) for tag in had.tags})
    seen = {"tags": names, "month": had.month, "earliest": had.published, "sound": had.sound or files["sound"]}
    connection.execute(insert(change).values(blog=had.blog, post=post_.id, **seen))
    return cast("str", had.mail)


def _files(post_: Post) -> dict[str, Any]:
    sound = any(a.kind is Kind.SOUND for a in post_.attachments)
    return {"attachments": [asdict(a) for a in post_.attachments], "sound": sound}


def _post(row: Row[Any]) -> Post:
    values = {name: getattr(row, name) for name in Post.__slots__}
    attachments = tuple(
        Attachment(**{**a, "kind": Kind(a["kind"]), "renditions": tuple(Rendition(**r) for r in a["renditions"])})
        for a in row.attachments
    )
    # The only place besides `sanitise` that may call html safe: it was when it was kept.
    values |= {
        "body": SafeHtml(row.body),
        "tags": tuple(row.tags),
        "attachments": attachments,
        "status": Status(row.status),
    }
    return Post(**values)


def _listed(row: Any) -> Listed | None:
    return None if row is None else Listed(*cast("tuple[str, str, str, datetime]", tuple(row)[:4]), Status(row.status))

"""The statements, the same on every engine; an engine adds how it connects, upserts and locks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Engine, Row, Select, and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import DBAPIError

from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.errors import Reason, Temporary
from mailpost.post import Post, SafeHtml, Status, tag_name
from mailpost.store import Accepted, Arrival, Change, Delivery, Listed, Mail, State
from mailpost.store.tables import change, delivery, drawn, mail, post, post_tag

FINAL = tuple(s for s in State if s is not State.RECEIVED)
IN = 500  # values in one IN: engines limit the number of parameters


class Statements:
    """Everything of the port but `alone`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as problem:
            raise Temporary(f"the store: {problem.orig}") from problem

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(reading=True) as connection:
                yield connection
        except DBAPIError as problem:
            raise Temporary(f"the store: {problem.orig}") from problem

    # --- mails ---

    def known(self, mailbox: str, keys: Sequence[str]) -> dict[str, State]:
        found: dict[str, State] = {}
        with self._read() as connection:
            for at in range(0, len(keys), IN):
                some = and_(mail.c.mailbox == mailbox, mail.c.key.in_(keys[at : at + IN]))
                found |= {
                    row.key: State(row.state)
                    for row in connection.execute(select(mail.c.key, mail.c.state).where(some))
                }
        return found

    def arrive(self, arrivals: Sequence[Arrival], now: datetime) -> list[tuple[int, int, State]]:
        with self._write() as connection:
            have = self._have(connection, arrivals)
            for arrival in arrivals:
                row = have.get((arrival.mailbox, arrival.key))
                if row is not None and row.digest != arrival.digest:
                    # The server gave this name to another mail; what had it is known by its bytes alone from now on.
                    other = f"{arrival.key}#{row.digest[:16]}"
                    connection.execute(update(mail).where(mail.c.id == row.id).values(key=other))
                    del have[arrival.mailbox, arrival.key]
            again = [row.id for row in have.values() if row.state == State.RECEIVED]
            if again:
                connection.execute(update(mail).where(mail.c.id.in_(again)).values(attempts=mail.c.attempts + 1))
            new = [a for a in arrivals if (a.mailbox, a.key) not in have]
            if new:
                connection.execute(insert(mail), self._rows(connection, new, now))
            have = self._have(connection, arrivals)
            found = (have[a.mailbox, a.key] for a in arrivals)
            return [(row.id, row.attempts, State(row.state)) for row in found]

    def _have(self, connection: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], Row[Any]]:
        keys = tuple_(mail.c.mailbox, mail.c.key).in_([(a.mailbox, a.key) for a in arrivals])
        columns = select(mail.c.id, mail.c.mailbox, mail.c.key, mail.c.attempts, mail.c.state, mail.c.digest)
        return {(row.mailbox, row.key): row for row in connection.execute(columns.where(keys))}

    def _rows(self, connection: Connection, new: Sequence[Arrival], now: datetime) -> list[dict[str, Any]]:
        """New mails; one whose bytes are known already, or twice among these, is a duplicate."""
        columns = select(mail.c.digest, mail.c.post, mail.c.blog, mail.c.author)
        known = columns.where(mail.c.digest.in_([a.digest for a in new]), mail.c.state.in_(FINAL))
        twins = {row.digest: row for row in connection.execute(known)}
        rows = []
        for arrival in new:
            twin = twins.get(arrival.digest)
            double = (
                {"post": twin.post, "blog": twin.blog, "author": twin.author}
                if twin
                else {"post": "", "blog": "", "author": ""}
            )
            state = State.DUPLICATE if twin else State.RECEIVED
            about = {name: getattr(arrival, name) for name in Arrival.__slots__}
            rows.append(
                about
                | double
                | {"seen": now, "attempts": 1, "state": state, "reason": Reason.DUPLICATE if twin else ""}
            )
        return rows

    def accept(self, accepted: Sequence[Accepted], now: datetime) -> list[State]:
        with self._write() as connection:
            return [self._accept(connection, item, now) for item in accepted]

    def _accept(self, connection: Connection, item: Accepted, now: datetime) -> State:
        made = item.post
        digest = connection.execute(select(mail.c.digest).where(mail.c.id == item.mail)).scalar_one()
        had = connection.execute(select(post.c.mail, post.c.text, post.c.title).where(post.c.id == made.id)).first()
        if had is not None:
            same = had.mail == digest or (had.text == made.text and had.title == made.title)
            state, reason = (State.DUPLICATE, Reason.DUPLICATE) if same else (State.HELD, Reason.LOOKALIKE)
        else:
            _insert_post(connection, made, digest)
            owed = [
                {
                    "post": made.id,
                    "blog": made.blog,
                    "target": target,
                    "state": "pending",
                    "due": now + timedelta(seconds=delay),
                }
                for target, delay in item.targets.items()
            ]
            if owed:
                connection.execute(insert(delivery), owed)
            state, reason = (State.DRAFT, "") if made.status is Status.DRAFT else (State.PUBLISHED, "")
        about = {"blog": made.blog, "author": made.author, "post": made.id, "warnings": list(item.warnings)}
        connection.execute(update(mail).where(mail.c.id == item.mail).values(state=state, reason=reason, **about))
        return state

    def close_mail(
        self, mail_: int, state: State, reason: Reason, detail: str, blog: str = "", author: str = ""
    ) -> None:
        values = {"state": state, "reason": reason, "detail": detail[:500], "blog": blog, "author": author}
        with self._write() as connection:
            connection.execute(update(mail).where(mail.c.id == mail_).values(values))

    def put_back(self, mail_: int) -> None:
        with self._write() as connection:
            connection.execute(update(mail).where(mail.c.id == mail_).values(attempts=mail.c.attempts - 1))

    def mails(self, *, state: State | None, limit: int) -> list[Mail]:
        query = select(mail).order_by(mail.c.id.desc()).limit(limit)
        with self._read() as connection:
            rows = connection.execute(query if state is None else query.where(mail.c.state == state))
            names = Mail.__slots__
            found = [{name: value for name, value in row._asdict().items() if name in names} for row in rows]
        return [Mail(**{**row, "state": State(row["state"]), "warnings": tuple(row["warnings"])}) for row in found]

    def tally(self) -> dict[State, int]:
        with self._read() as connection:
            rows = connection.execute(select(mail.c.state, func.count()).group_by(mail.c.state))
            return {State(state): count for state, count in rows}

    # --- posts ---

    def post(self, id_: str) -> Post | None:
        return next(iter(self._posts(select(post).where(post.c.id == id_))), None)

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

    def newest(self, blog: str, *, limit: int) -> list[Post]:
        return self._posts(_published(blog).order_by(post.c.published.desc(), post.c.id.desc()).limit(limit))

    def page(self, blog: str, *, first: int, limit: int, tag: str = "") -> list[Post]:
        # The ids come from an index alone; only this page's posts are read.
        if tag:
            ids = select(post_tag.c.post).where(post_tag.c.blog == blog, post_tag.c.name == tag)
            ids = ids.where(post_tag.c.status == Status.PUBLISHED).order_by(post_tag.c.published, post_tag.c.post)
        else:
            ids = select(post.c.id).where(post.c.blog == blog, post.c.status == Status.PUBLISHED)
            ids = ids.order_by(post.c.published, post.c.id)
        with self._read() as connection:
            wanted = list(connection.execute(ids.offset(first).limit(limit)).scalars())
        found = {p.id: p for p in self._posts(select(post).where(post.c.id.in_(wanted)))}
        return [found[id_] for id_ in wanted if id_ in found]

    def count(self, blog: str, *, tag: str = "", before: datetime | None = None) -> int:
        table = post_tag if tag else post
        query = select(func.count()).select_from(table).where(table.c.blog == blog, table.c.status == Status.PUBLISHED)
        if tag:
            query = query.where(post_tag.c.name == tag)
        if before is not None:
            query = query.where(table.c.published < before)
        with self._read() as connection:
            return connection.execute(query).scalar_one()

    def month(self, blog: str, month: str) -> list[Post]:
        query = _published(blog).where(post.c.month == month)
        return self._posts(query.order_by(post.c.published.desc(), post.c.id.desc()))

    def beside(self, post_: Post) -> tuple[Listed | None, Listed | None]:
        columns = select(post.c.id, post.c.path, post.c.title, post.c.published, post.c.status)
        query = columns.where(post.c.blog == post_.blog, post.c.status == Status.PUBLISHED)
        place = tuple_(post.c.published, post.c.id)
        here = tuple_(post_.published, post_.id)
        with self._read() as connection:
            older = connection.execute(
                query.where(place < here).order_by(post.c.published.desc(), post.c.id.desc()).limit(1)
            ).first()
            newer = connection.execute(query.where(place > here).order_by(post.c.published, post.c.id).limit(1)).first()
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

    # --- drawing ---

    def changes(self, blog: str) -> Change | None:
        done = select(drawn.c.revision).where(drawn.c.blog == blog).scalar_subquery()
        query = select(change).where(change.c.blog == blog, change.c.revision > func.coalesce(done, 0))
        with self._read() as connection:
            rows = list(connection.execute(query.order_by(change.c.revision)))
        if not rows:
            return None
        return Change(
            revision=rows[-1].revision,
            posts=frozenset(row.post for row in rows),
            tags=frozenset(tag for row in rows for tag in row.tags),
            months=frozenset(row.month for row in rows),
            earliest=min((row.earliest for row in rows if row.earliest), default=None),
        )

    def revision(self, blog: str) -> int:
        with self._read() as connection:
            return connection.execute(select(func.max(change.c.revision)).where(change.c.blog == blog)).scalar() or 0

    def drawn(self, blog: str, revision: int, look: str) -> None:
        with self._write() as connection:
            connection.execute(delete(drawn).where(drawn.c.blog == blog))
            connection.execute(insert(drawn).values(blog=blog, revision=revision, look=look))
            connection.execute(delete(change).where(change.c.blog == blog, change.c.revision < revision))

    def look(self, blog: str) -> str:
        with self._read() as connection:
            return connection.execute(select(drawn.c.look).where(drawn.c.blog == blog)).scalar() or ""

    # --- what is owed ---

    def claim(self, now: datetime, lease: float) -> Delivery | None:
        ready = or_(
            and_(delivery.c.state == "pending", delivery.c.due <= now),
            and_(delivery.c.state == "sending", delivery.c.lease <= now),
        )
        with self._write() as connection:
            row = connection.execute(select(delivery).where(ready).order_by(delivery.c.due).limit(1)).first()
            if row is None:
                return None
            again = bool(row.maybe) or row.state == "sending"
            values = {"state": "sending", "lease": now + timedelta(seconds=lease), "attempts": row.attempts + 1}
            connection.execute(update(delivery).where(delivery.c.id == row.id).values(values))
            return Delivery(row.id, row.post, row.blog, row.target, row.attempts + 1, again)

    def sent(self, delivery_: int, remote: str) -> None:
        self._deliver(delivery_, state="sent", remote=remote, error="", lease=None)

    def try_later(self, delivery_: int, due: datetime, error: str, *, maybe_done: bool) -> None:
        self._deliver(delivery_, state="pending", due=due, error=error[:500], maybe=maybe_done, lease=None)

    def give_up(self, delivery_: int, error: str) -> None:
        self._deliver(delivery_, state="failed", error=error[:500], lease=None)

    def _deliver(self, delivery_: int, **values: object) -> None:
        with self._write() as connection:
            connection.execute(update(delivery).where(delivery.c.id == delivery_).values(values))

    def deliveries(self) -> dict[str, int]:
        with self._read() as connection:
            rows = connection.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state))
            return {state: count for state, count in rows}  # noqa: C416 - rows are not pairs to the type checker

    def close(self) -> None:
        self.engine.dispose()


def _published(blog: str) -> Select[Any]:
    return select(post).where(post.c.blog == blog, post.c.status == Status.PUBLISHED)


def _insert_post(connection: Connection, post_: Post, digest: str) -> None:
    month = post_.path[:7].replace("/", "-")
    values = {name: getattr(post_, name) for name in Post.__slots__}
    values |= {
        "tags": list(post_.tags),
        "attachments": [asdict(a) for a in post_.attachments],
        "month": month,
        "mail": digest,
    }
    connection.execute(insert(post).values(values))
    names = {tag_name(tag): tag for tag in reversed(post_.tags)}
    shown = {"blog": post_.blog, "post": post_.id, "published": post_.published, "status": post_.status}
    if names:
        connection.execute(insert(post_tag), [shown | {"name": name, "label": label} for name, label in names.items()])
    seen = {"tags": list(names), "month": month, "earliest": post_.published}
    connection.execute(insert(change).values(blog=post_.blog, post=post_.id, **seen))


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


def _listed(row: Row[Any] | None) -> Listed | None:
    return None if row is None else Listed(*cast("tuple[str, str, str, datetime]", tuple(row)[:4]), Status(row.status))

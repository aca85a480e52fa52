"""How far the site has been drawn."""

from sqlalchemy import delete, func, insert, select

from mailpost.store import Change
from mailpost.store.tables import change, drawn
from mailpost.store.transactions import Transactions


class Drawing(Transactions):
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
            sound=any(row.sound for row in rows),
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

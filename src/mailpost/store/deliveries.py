"""What is owed to targets."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update

from mailpost.store import Delivery
from mailpost.store.tables import delivery
from mailpost.store.transactions import Transactions


class Deliveries(Transactions):
    def claim(self, now: datetime, lease: float, resting: Collection[str] = ()) -> Delivery | None:
        ready = or_(
            and_(delivery.c.state == "pending", delivery.c.due <= now),
            and_(delivery.c.state == "sending", delivery.c.lease <= now),
        )
        with self._write() as connection:
            row = connection.execute(
                select(delivery).where(ready, delivery.c.target.not_in(resting)).order_by(delivery.c.due).limit(1)
            ).first()
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

"""Mails: what has come, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, tuple_, update

from mailpost.errors import Reason
from mailpost.post import Post, Status
from mailpost.store import Accepted, Arrival, Mail, Question, State
from mailpost.store.posts import insert_post, rewrite_post
from mailpost.store.tables import delivery, mail, post, signature
from mailpost.store.transactions import Transactions

POSTED = (State.PUBLISHED, State.DRAFT, State.DUPLICATE)
MADE = (State.PUBLISHED, State.DRAFT)
DAY = timedelta(days=1)
IN = 500  # values in one IN: engines limit the number of parameters


class Mails(Transactions):
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

    def _have(self, connection: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], Any]:
        keys = tuple_(mail.c.mailbox, mail.c.key).in_([(a.mailbox, a.key) for a in arrivals])
        columns = select(mail.c.id, mail.c.mailbox, mail.c.key, mail.c.attempts, mail.c.state, mail.c.digest)
        return {(row.mailbox, row.key): row for row in connection.execute(columns.where(keys))}

    def _rows(self, connection: Connection, new: Sequence[Arrival], now: datetime) -> list[dict[str, Any]]:
        """New mails; one whose bytes are a post already is a duplicate. Any other verdict may be another one this time."""
        columns = select(mail.c.digest, mail.c.post, mail.c.blog, mail.c.author)
        known = columns.where(mail.c.digest.in_([a.digest for a in new]), mail.c.state.in_(POSTED))
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
        made, id_ = item.post, item.post.id
        about = select(mail.c.state, mail.c.digest, mail.c.received, mail.c.fingerprints)
        came = connection.execute(about.where(mail.c.id == item.mail)).one()
        if item.was not in (None, came.state):
            return State(came.state)
        digest = came.digest
        # One that was held and is released now has brought its signatures before.
        signed = sorted({*item.fingerprints, *came.fingerprints})
        says = select(post.c.mail, post.c.text, post.c.title, post.c.attachments)
        had = connection.execute(says.where(post.c.id == made.id)).first()
        if had is not None:
            said = (had.text, had.title, [file["sha256"] for file in had.attachments])
            same = had.mail == digest or said == (made.text, made.title, [file.sha256 for file in made.attachments])
            state, reason = (State.DUPLICATE, str(Reason.DUPLICATE)) if same else (State.HELD, str(Reason.LOOKALIKE))
        elif replayed := self._replayed(connection, made.blog, signed):
            state, reason, id_ = State.DUPLICATE, str(Reason.REPLAYED), replayed
        elif self._many(connection, item, came.received):
            state, reason, id_ = State.HELD, str(Reason.MANY), ""
        else:
            insert_post(connection, made, digest)
            if signed:
                its = {"blog": made.blog, "post": made.id}
                connection.execute(insert(signature), [its | {"fingerprint": each} for each in signed])
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
            state, reason = State.DRAFT if made.status is Status.DRAFT else State.PUBLISHED, ""
        values = {"blog": made.blog, "author": made.author, "post": id_, "warnings": list(item.warnings), "detail": ""}
        values |= {"state": state, "reason": reason, "fingerprints": signed}
        values |= _asking(item.question if state is State.HELD else None)
        connection.execute(update(mail).where(mail.c.id == item.mail).values(values))
        return state

    def _replayed(self, connection: Connection, blog: str, signed: Sequence[str]) -> str:
        """The post that one of the signatures has made, or nothing."""
        if not signed:
            return ""
        its = and_(signature.c.blog == blog, signature.c.fingerprint.in_(signed))
        return connection.execute(select(signature.c.post).where(its)).scalar() or ""

    def _many(self, connection: Connection, item: Accepted, received: datetime | None) -> bool:
        if not item.per_day or received is None:
            return False
        its = and_(mail.c.blog == item.post.blog, mail.c.author == item.post.author, mail.c.state.in_(MADE))
        # Mails are not always read in the order in which they came.
        day = and_(mail.c.received > received - DAY, mail.c.received < received + DAY)
        return int(connection.execute(select(func.count()).where(its, day)).scalar_one()) >= item.per_day

    def rewrite(self, post_: Post, warnings: Sequence[str]) -> bool:
        with self._write() as connection:
            digest = rewrite_post(connection, post_)
            its = and_(mail.c.digest == digest, mail.c.post == post_.id)
            connection.execute(update(mail).where(its).values(warnings=list(warnings)))
            return digest is not None

    def mail_of(self, post_: str) -> Mail | None:
        its = and_(mail.c.digest == post.c.mail, mail.c.post == post.c.id)
        query = select(mail).join(post, its).where(post.c.id == post_).order_by(mail.c.id).limit(1)
        with self._read() as connection:
            row = connection.execute(query).first()
            return None if row is None else _mail(row)

    def close_mail(
        self,
        mail_: int,
        state: State,
        reason: Reason,
        detail: str,
        blog: str = "",
        author: str = "",
        question: Question | None = None,
    ) -> None:
        values = {"state": state, "reason": reason, "detail": detail[:500], "blog": blog, "author": author}
        with self._write() as connection:
            connection.execute(update(mail).where(mail.c.id == mail_).values(values | _asking(question)))

    def drop(self, mail_: int, detail: str) -> bool:
        values = {"state": State.REFUSED, "reason": Reason.DROPPED, "detail": detail[:500], "post": ""}
        held = update(mail).where(mail.c.id == mail_, mail.c.state == State.HELD)
        with self._write() as connection:
            return connection.execute(held.values(values | _asking(None))).rowcount > 0

    def mail(self, id_: int) -> Mail | None:
        return self._one(mail.c.id == id_)

    def question(self, mail_: int) -> Question | None:
        columns = select(mail.c.token, mail.c.until).where(
            mail.c.id == mail_, mail.c.token != "", mail.c.state == State.HELD
        )
        with self._read() as connection:
            row = connection.execute(columns).first()
            return None if row is None else Question(row.token, row.until)

    def asked(self, token: str, now: datetime) -> Mail | None:
        return self._one(
            and_(mail.c.token == token, mail.c.token != "", mail.c.state == State.HELD, mail.c.until > now)
        )

    def _one(self, which: ColumnElement[bool]) -> Mail | None:
        with self._read() as connection:
            row = connection.execute(select(mail).where(which)).first()
            return None if row is None else _mail(row)

    def put_back(self, mail_: int) -> None:
        with self._write() as connection:
            waiting = update(mail).where(mail.c.id == mail_, mail.c.state == State.RECEIVED, mail.c.attempts > 0)
            connection.execute(waiting.values(attempts=mail.c.attempts - 1))

    def mails(self, *, state: State | None, limit: int) -> list[Mail]:
        query = select(mail).order_by(mail.c.id.desc()).limit(limit)
        with self._read() as connection:
            return [
                _mail(row) for row in connection.execute(query if state is None else query.where(mail.c.state == state))
            ]

    def tally(self) -> dict[State, int]:
        with self._read() as connection:
            rows = connection.execute(select(mail.c.state, func.count()).group_by(mail.c.state))
            return {State(state): count for state, count in rows}


def _asking(question: Question | None) -> dict[str, Any]:
    return {"token": question.token if question else "", "until": question.until if question else None}


def _mail(row: Row[Any]) -> Mail:
    values = {name: getattr(row, name) for name in Mail.__slots__}
    return Mail(**values | {"state": State(row.state), "warnings": tuple(row.warnings)})

"""SQLite on this machine: one file, one writer at a time, every commit on disk."""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from mailpost.errors import Temporary
from mailpost.store.schema import migrate
from mailpost.store.statements import Statements


@dataclass(frozen=True, slots=True)
class Settings:
    path: Path


def open(settings: Settings) -> "Sqlite":  # noqa: A001 - what every adapter calls it
    return Sqlite(settings.path)


class Sqlite(Statements):
    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise Temporary(f"{path.parent}: {problem.strerror}") from problem
        known = {"timeout": 10, "check_same_thread": False}
        # Errors are logged; what a statement would have kept, the text of a post for instance, is not for logs.
        engine = create_engine(f"sqlite:///{path}", connect_args=known, hide_parameters=True)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        super().__init__(engine)
        try:
            with self.alone("schema", 60), self._write() as connection:
                migrate(connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def alone(self, name: str, seconds: float) -> Iterator[bool]:
        """A file lock beside the database; the system lets go of it when the process dies."""
        try:
            file = (self.path.parent / f".{quote(name, safe='')}.lock").open("a")
        except OSError as problem:
            raise Temporary(f"{self.path.parent}: {problem.strerror}") from problem
        with file:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        yield False
                        return
                    time.sleep(0.02)
                else:
                    break
            yield True


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """WAL lets readers read while one writes; with FULL a commit survives the loss of power."""
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A transaction that will write says so at its beginning: one that finds out in the middle can only fail."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

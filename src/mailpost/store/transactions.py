"""Transactions: each either is kept when it returns, or was never there."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from mailpost.errors import Temporary


class Transactions:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with translated(), self.engine.connect().execution_options(reading=True) as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """Unknown means temporary, but for values the engine will never take: those are mistakes of ours."""
    try:
        yield
    except (DataError, IntegrityError):
        raise
    except DBAPIError as problem:
        raise Temporary(f"the store: {problem.orig}") from problem

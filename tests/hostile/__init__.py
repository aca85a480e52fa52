"""Mails made to hurt: each a few lines that make a mail to choke on, and what becomes of them in real child processes."""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from mailpost import child
from mailpost.errors import Reason
from tests.fuzz.campaign import TRUSTING, Measured, Readers
from tests.hostile.shapes import Maker
from tests.letters import RECEIVED


def read_all(
    makers: Mapping[str, Maker], *, seconds: float = 60, workers: int = 2
) -> Iterator[tuple[str, Measured | str]]:
    """The name of each and what became of it; a word about the trouble where nothing did."""
    flying: dict[Future[Any], tuple[str, bool]] = {}
    waiting = [(name, False) for name in reversed(list(makers))]
    with Readers(workers=workers, seconds=seconds, memory=1 << 30, nameservers=["127.0.0.1"]) as readers:
        while waiting or flying:
            while waiting and len(flying) < 2 * workers:
                name, careful = waiting.pop()
                raw = makers[name]()
                digest = hashlib.sha256(raw).hexdigest()
                flying[readers.read(raw, digest, RECEIVED, TRUSTING, careful=careful)] = name, careful
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                name, careful = flying.pop(future)
                try:
                    ending = child.result(future)
                except Exception as bug:  # noqa: BLE001 - told in its place
                    ending = f"{type(bug).__name__}: {bug}"
                if isinstance(ending, Reason) and not careful:
                    waiting.append((name, True))
                else:
                    yield name, ending if isinstance(ending, Measured) else str(ending)

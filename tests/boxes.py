"""A mailbox in memory, for faults that no server can be made to have at will; all else is tested on real ones."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from mailpost.errors import Temporary
from mailpost.mailbox import Incoming, Outcome
from tests.mails import BEGIN


class Box:
    stays = False

    def __init__(self, *mails: bytes, validity: int = 1, largest: int = 1_000_000) -> None:
        self.validity = validity
        self.largest = largest
        self.inbox: dict[str, bytes] = {}
        self.filed: list[tuple[Outcome, bytes]] = []
        self.breaks_after: int | None = None
        self._last = 0
        for raw in mails:
            self.deliver(raw)

    def deliver(self, raw: bytes) -> None:
        self._last += 1
        self.inbox[f"{self.validity}:{self._last}"] = raw

    def anew(self, validity: int) -> None:
        """The folder was made again: same mails, other names."""
        mails = list(self.inbox.values())
        self.inbox, self.validity, self._last = {}, validity, 0
        for raw in mails:
            self.deliver(raw)

    def waiting(self) -> list[str]:
        return list(self.inbox)

    def fetch(self, keys: Sequence[str]) -> Iterator[Incoming]:
        for number, key in enumerate(keys):
            if self.breaks_after == number:
                raise Temporary("the line went dead")
            raw = self.inbox[key]
            whole = len(raw) <= self.largest
            shown = raw if whole else raw[: raw.index(b"\r\n\r\n") + 4]
            yield Incoming(key, shown, len(raw), BEGIN + timedelta(days=1), whole)

    def settle(self, done: Sequence[tuple[str, Outcome]]) -> None:
        for key, outcome in done:
            if key in self.inbox:
                self.filed.append((outcome, self.inbox.pop(key)))

    def wait(self, seconds: float) -> bool:  # noqa: ARG002 - nothing comes by itself
        return False

    def close(self) -> None:
        """Nothing to let go of."""

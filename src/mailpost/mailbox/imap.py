"""A folder on an IMAP server (RFC 3501, with MOVE, UIDPLUS and IDLE where there are)."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from mailpost.errors import Temporary
from mailpost.mailbox import Incoming, Outcome
from mailpost.mailbox._login import CONTROL, TROUBLE, Server, connect, words

BATCH = 8 * 1024 * 1024  # bytes of small mails fetched at once
BIG = 4 * 1024 * 1024  # from here on a mail is fetched in pieces
PIECE = 1024 * 1024
HEADER = 128 * 1024
IDS = 500  # uids in one command: servers limit the line
IDLE = 9 * 60  # seconds before IDLE is renewed; many networks forget a silent connection after 15 minutes
SLICE = 30  # seconds of one look at an idle connection

PUT_UNDER = {
    Outcome.PUBLISHED: "Posted",
    Outcome.DRAFT: "Drafts",
    Outcome.HELD: "Held",
    Outcome.REFUSED: "Refused",
    Outcome.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class Settings(Server):
    folder: str = "INBOX"
    on_done: Literal["move", "flag", "keep"] = "move"
    file_under: str = "Mailpost"
    largest: int = 25 * 1024 * 1024

    def __post_init__(self) -> None:
        Server.__post_init__(self)
        for key in ("folder", "file_under"):
            if CONTROL.search(getattr(self, key)) or not getattr(self, key):
                raise ValueError(f"`{key}` is empty or holds a control character")


def open(settings: Settings) -> "Imap":  # noqa: A001 - what every adapter calls it
    return Imap(settings)


class Imap:
    """One connection for fetching, made when needed and thrown away after any trouble; one more for IDLE."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._client: IMAPClient | None = None
        self._validity = 0
        self._folders: dict[Outcome, str] = {}
        self._ear: IMAPClient | None = None
        self._place: tuple[int, int] | None = None
        self._listening = threading.Lock()
        self._closing = threading.Event()

    @property
    def stays(self) -> bool:
        return self.settings.on_done != "move"

    def waiting(self) -> list[str]:
        with self._session() as client:
            return [f"{self._validity}:{uid}" for uid in sorted(client.search("UNDELETED"))]

    def fetch(self, keys: Sequence[str]) -> Iterator[Incoming]:
        with self._session() as client:
            uids = self._uids(keys)
            for chunk in _chunks(uids, IDS):
                facts = client.fetch(chunk, ["RFC822.SIZE", "INTERNALDATE"])
                sizes = {uid: int(facts[uid].get(b"RFC822.SIZE") or 0) for uid in chunk if uid in facts}
                for batch in _batches(sizes, min(BIG, self.settings.largest)):
                    yield from self._load(client, batch, sizes, facts)

    def settle(self, done: Sequence[tuple[str, Outcome]]) -> None:
        if self.settings.on_done == "keep" or not done:
            return
        with self._session() as client:
            for outcome in Outcome:
                uids = self._uids([key for key, what in done if what is outcome])
                for chunk in _chunks(uids, IDS):
                    if self.settings.on_done == "flag":
                        client.add_flags(chunk, [b"\\Seen", b"\\Flagged"] if outcome is Outcome.FAILED else [b"\\Seen"])
                    else:
                        self._move(client, chunk, self._folder(client, outcome))

    def wait(self, seconds: float) -> bool:
        """Wait on a connection of its own with IDLE (RFC 2177); without IDLE, for the given time."""
        with self._listening:
            if self._closing.is_set():
                return False
            try:
                return self._listen(seconds)
            except (*TROUBLE, Temporary) as problem:
                self._hang_up("_ear")
                if self._closing.is_set():
                    return False
                raise Temporary(f"listening to {self.settings.host} ended: {words(problem)}") from problem
            finally:
                if self._closing.is_set():
                    self._hang_up("_ear")

    def close(self) -> None:
        self._closing.set()
        ear = self._ear
        if ear is not None:
            with suppress(OSError):
                ear.socket().shutdown(socket.SHUT_RDWR)  # wakes the thread that waits, which then hangs up
        if self._listening.acquire(timeout=2):
            self._hang_up("_ear")
            self._listening.release()
        self._hang_up("_client")

    def _listen(self, seconds: float) -> bool:
        if self._ear is None:
            self._ear, selected = self._connect()
            place = (_number(selected, b"UIDVALIDITY"), _number(selected, b"UIDNEXT"))
            before, self._place = self._place, place
            # What came while nobody listened is never told.
            if place != before and place[1] != 1:
                return True
        if not self._ear.has_capability("IDLE"):
            self._closing.wait(seconds)
            return False
        return self._idle(self._ear, min(seconds, IDLE))

    def _idle(self, ear: IMAPClient, seconds: float) -> bool:
        _, news = ear.noop()
        if _tells(news):
            return True
        ear.idle()
        news = []
        deadline = time.monotonic() + seconds
        while not news and not self._closing.is_set() and (left := deadline - time.monotonic()) > 0:
            began = time.monotonic()
            news = ear.idle_check(timeout=min(left, SLICE))
            # A dead connection answers "nothing" at once, for ever; idle_done then says what is wrong.
            if not news and time.monotonic() - began < 0.05 < left:
                break
        # News that came in one packet with the server's "+ idling" is only found here.
        _, rest = ear.idle_done()
        return _tells([*news, *rest])

    @contextmanager
    def _session(self) -> Iterator[IMAPClient]:
        """A connection with the folder selected. After trouble it is thrown away: its state is unknown."""
        if self._closing.is_set():
            raise Temporary(f"{self.settings.host}: the mailbox is closed")
        try:
            yield self._ready()
        except TROUBLE as problem:
            self._hang_up("_client")
            raise Temporary(f"{self.settings.host}: {words(problem)}") from problem
        except BaseException:
            # Left in the middle of a conversation, for instance by a fetch that nobody read to its end.
            self._hang_up("_client")
            raise

    def _ready(self) -> IMAPClient:
        """The connection of last time where it still is one: servers hang up on those who are silent for long."""
        if self._client is not None:
            try:
                self._client.noop()
            except TROUBLE:
                self._hang_up("_client")
            else:
                return self._client
        self._client, selected = self._connect()
        self._validity = _number(selected, b"UIDVALIDITY")
        return self._client

    def _connect(self) -> tuple[IMAPClient, Mapping[bytes, Any]]:
        """A new connection, and what the server said about the folder."""
        client = connect(self.settings)
        try:
            return client, client.select_folder(self.settings.folder)
        except BaseException:
            with suppress(Exception):
                client.shutdown()
            raise

    def _uids(self, keys: Sequence[str]) -> list[int]:
        """Of keys from before the folder was made anew, none means anything."""
        return [
            int(uid) for validity, _, uid in (key.partition(":") for key in keys) if int(validity) == self._validity
        ]

    def _load(self, client: IMAPClient, uids: list[int], sizes: dict[int, int], facts: Any) -> Iterator[Incoming]:
        size = sizes[uids[0]]
        whole = size <= self.settings.largest
        if not whole:
            found = {uids[0]: _piece(client, uids[0], "BODY.PEEK[HEADER]", b"BODY[HEADER]", 0, HEADER)}
        elif size > BIG:
            found = {uids[0]: _in_pieces(client, uids[0], size)}
        else:
            found = {uid: item.get(b"BODY[]") or b"" for uid, item in client.fetch(uids, ["BODY.PEEK[]"]).items()}
        for uid in uids:
            raw = found.get(uid, b"")
            if raw:
                received = _utc(facts[uid].get(b"INTERNALDATE"))
                yield Incoming(f"{self._validity}:{uid}", raw, max(sizes[uid], len(raw)), received, whole)

    def _move(self, client: IMAPClient, uids: list[int], folder: str) -> None:
        if client.has_capability("MOVE"):
            client.move(uids, folder)
            return
        # A mail that is marked has been copied before: copying it again would make two of it.
        flags = client.get_flags(uids)
        fresh = [uid for uid in uids if uid in flags and b"\\Deleted" not in flags[uid]]
        if fresh:
            client.copy(fresh, folder)
            client.add_flags(fresh, [b"\\Deleted"])
        # Plain EXPUNGE would delete what other programs have marked; without UIDPLUS the mark stays, and the copy is filed.
        if client.has_capability("UIDPLUS"):
            client.uid_expunge(uids)

    def _folder(self, client: IMAPClient, outcome: Outcome) -> str:
        """The folder for an outcome, created if it is missing, below the place where this server keeps folders."""
        if outcome not in self._folders:
            listed = client.list_folders("", "")
            delimiter = (listed[0][1] or b"/").decode() if listed else "/"
            prefix = ""
            if client.has_capability("NAMESPACE"):
                personal = client.namespace().personal
                prefix = personal[0][0] if personal else ""
            parent = prefix + self.settings.file_under
            name = f"{parent}{delimiter}{PUT_UNDER[outcome]}"
            for folder in (parent, name):
                if not client.folder_exists(folder):
                    client.create_folder(folder)
                    with suppress(IMAPClientError):
                        client.subscribe_folder(folder)
            self._folders[outcome] = name
        return self._folders[outcome]

    def _hang_up(self, which: Literal["_client", "_ear"]) -> None:
        client = getattr(self, which)
        setattr(self, which, None)
        if client is not None:
            with suppress(Exception):
                client.shutdown()


def _in_pieces(client: IMAPClient, uid: int, size: int) -> bytes:
    """A large mail; nothing where it vanished meanwhile. Servers do not always know the true size, so the end decides."""
    pieces: list[bytes] = []
    at = 0
    while piece := _piece(client, uid, "BODY.PEEK[]", b"BODY[]", at, PIECE):
        pieces.append(piece)
        at += len(piece)
        if len(piece) < PIECE:
            return b"".join(pieces)
    return b"".join(pieces) if at >= size else b""


def _piece(client: IMAPClient, uid: int, what: str, answer: bytes, at: int, length: int) -> bytes:
    found = client.fetch([uid], [f"{what}<{at}.{length}>"])
    return found.get(uid, {}).get(answer + b"<%d>" % at) or b""


def _tells(news: Sequence[Any]) -> bool:
    return any(len(item) > 1 and item[1] == b"EXISTS" for item in news if isinstance(item, tuple))


def _number(selected: Mapping[bytes, Any], what: bytes) -> int:
    return int(selected.get(what) or 0)


def _utc(moment: object) -> datetime | None:
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None


def _chunks(uids: list[int], length: int) -> Iterator[list[int]]:
    for at in range(0, len(uids), length):
        yield uids[at : at + length]


def _batches(sizes: dict[int, int], alone: int) -> Iterator[list[int]]:
    """Small mails together up to a number of bytes, large ones alone."""
    batch: list[int] = []
    for uid, size in sizes.items():
        if size > alone:
            yield [uid]
        elif sum(sizes[u] for u in batch) + size > BATCH or len(batch) >= 50:
            yield batch
            batch = [uid]
        else:
            batch.append(uid)
    if batch:
        yield batch

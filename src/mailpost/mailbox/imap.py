"""A folder on an IMAP server (RFC 3501, with MOVE, UIDPLUS and IDLE where there are)."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from mailpost.errors import Temporary
from mailpost.mailbox import Incoming, Outcome

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CONNECT, READ = 15, 60  # seconds
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
class Settings:
    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    tls_ca_file: Path | None = None
    folder: str = "INBOX"
    on_done: Literal["move", "flag", "keep"] = "move"
    file_under: str = "Mailpost"
    largest: int = 25 * 1024 * 1024


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
        self._closing = threading.Event()

    def waiting(self) -> list[str]:
        with self._session() as client:
            return [f"{self._validity}:{uid}" for uid in sorted(client.search("ALL"))]

    def fetch(self, keys: Sequence[str]) -> Iterator[Incoming]:
        with self._session() as client:
            uids = self._uids(keys)
            for chunk in _chunks(uids, IDS):
                facts = client.fetch(chunk, ["RFC822.SIZE", "INTERNALDATE"])
                sizes = {uid: int(facts[uid].get(b"RFC822.SIZE") or 0) for uid in chunk if uid in facts}
                for batch in _batches(sizes):
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
        if self._closing.is_set():
            return False
        try:
            ear = self._ear = self._ear or self._connect()
            if not ear.has_capability("IDLE"):
                self._closing.wait(seconds)
                return False
            return self._idle(ear, min(seconds, IDLE))
        except (IMAPClientError, OSError, ValueError, Temporary) as problem:
            self._hang_up("_ear")
            if self._closing.is_set():
                return False
            raise Temporary(f"listening to {self.settings.host} ended: {problem}") from problem

    def close(self) -> None:
        self._closing.set()
        if self._ear is not None:
            with suppress(OSError):
                self._ear.socket().shutdown(socket.SHUT_RDWR)  # wakes the thread that waits
        self._hang_up("_client")

    def _idle(self, ear: IMAPClient, seconds: float) -> bool:
        ear.noop()
        ear.idle()
        news: list[Any] = []
        deadline = time.monotonic() + seconds
        while not news and not self._closing.is_set() and (left := deadline - time.monotonic()) > 0:
            began = time.monotonic()
            news = ear.idle_check(timeout=min(left, SLICE))
            # A dead connection answers "nothing" at once, for ever; idle_done then says what is wrong.
            if not news and time.monotonic() - began < 0.05 < left:
                break
        # News that came in one packet with the server's "+ idling" is only found here.
        _, rest = ear.idle_done()
        return any(len(item) > 1 and item[1] == b"EXISTS" for item in [*news, *rest] if isinstance(item, tuple))

    @contextmanager
    def _session(self) -> Iterator[IMAPClient]:
        """A connection with the folder selected. After trouble it is thrown away: its state is unknown."""
        try:
            if self._client is None:
                self._client = self._connect()
            else:
                self._client.noop()
            yield self._client
        except (IMAPClientError, OSError, MemoryError, ValueError) as problem:
            self._hang_up("_client")
            raise Temporary(f"{self.settings.host}: {problem or type(problem).__name__}") from problem
        except BaseException:
            # Left in the middle of a conversation, for instance by a fetch that nobody read to its end.
            self._hang_up("_client")
            raise

    def _connect(self) -> IMAPClient:
        settings = self.settings
        context = ssl.create_default_context(cafile=settings.tls_ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.tls == "none" and settings.host not in LOOPBACK:
            raise Temporary(f"{settings.host}: a password is sent without TLS only to this machine itself")
        client = IMAPClient(
            settings.host,
            port=settings.port,
            ssl=settings.tls == "implicit",
            ssl_context=context if settings.tls == "implicit" else None,
            timeout=SocketTimeout(connect=CONNECT, read=READ),
        )
        try:
            # imapclient makes imaplib format every byte for a debug log: ten times the time and four times the memory.
            client._imap.debug = 0  # noqa: SLF001
            client.normalise_times = False
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if client._imap.state == "AUTH":  # noqa: SLF001
                raise Temporary(f"{settings.host}: the server skips the login (PREAUTH), which a stranger could fake")
            if settings.tls == "starttls":
                client.starttls(ssl_context=context)
            self._login(client)
            selected = client.select_folder(settings.folder)
            self._validity = int(selected.get(b"UIDVALIDITY", 0))
        except BaseException:
            with suppress(Exception):
                client.shutdown()
            raise
        return client

    def _login(self, client: IMAPClient) -> None:
        try:
            if self.settings.password.isascii():
                client.login(self.settings.user, self.settings.password)
            else:
                client.plain_login(self.settings.user, self.settings.password)
        except LoginError as problem:
            # The same class for a wrong password and a lost connection; only the code tells them apart.
            refused = "AUTHENTICATIONFAILED" in str(problem).upper()
            what = "user name or password refused" if refused else str(problem)
            raise Temporary(f"{self.settings.host}: {what}", retry_after=300 if refused else 30) from problem
        client._cached_capabilities = None  # noqa: SLF001 - what it said before the login may be less than it can do

    def _uids(self, keys: Sequence[str]) -> list[int]:
        """Of keys from before the folder was made anew, none means anything."""
        return [
            int(uid) for validity, _, uid in (key.partition(":") for key in keys) if int(validity) == self._validity
        ]

    def _load(self, client: IMAPClient, uids: list[int], sizes: dict[int, int], facts: Any) -> Iterator[Incoming]:
        single = len(uids) == 1 and sizes[uids[0]] > BIG
        found = {} if single else client.fetch(uids, ["BODY.PEEK[]"])
        for uid in uids:
            size, whole = sizes[uid], True
            if single and size > self.settings.largest:
                raw, whole = _piece(client, uid, "BODY.PEEK[HEADER]", b"BODY[HEADER]", 0, HEADER), False
            elif single:
                pieces = range(0, size, PIECE)
                raw = b"".join(_piece(client, uid, "BODY.PEEK[]", b"BODY[]", at, PIECE) for at in pieces)
            else:
                raw = found.get(uid, {}).get(b"BODY[]") or b""
            if raw:
                yield Incoming(
                    f"{self._validity}:{uid}", raw, max(size, len(raw)), _utc(facts[uid].get(b"INTERNALDATE")), whole
                )

    def _move(self, client: IMAPClient, uids: list[int], folder: str) -> None:
        if client.has_capability("MOVE"):
            client.move(uids, folder)
            return
        client.copy(uids, folder)
        client.add_flags(uids, [b"\\Deleted"])
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

    def _hang_up(self, which: str) -> None:
        client = getattr(self, which)
        setattr(self, which, None)
        self._folders = {}
        if client is not None:
            with suppress(Exception):
                client.shutdown()


def _piece(client: IMAPClient, uid: int, what: str, answer: bytes, at: int, length: int) -> bytes:
    found = client.fetch([uid], [f"{what}<{at}.{length}>"])
    return found.get(uid, {}).get(answer + b"<%d>" % at) or b""


def _utc(moment: object) -> datetime | None:
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None


def _chunks(uids: list[int], length: int) -> Iterator[list[int]]:
    for at in range(0, len(uids), length):
        yield uids[at : at + length]


def _batches(sizes: dict[int, int]) -> Iterator[list[int]]:
    """Small mails together up to a number of bytes, large ones alone."""
    batch: list[int] = []
    for uid, size in sizes.items():
        if size > BIG:
            yield [uid]
        elif sum(sizes[u] for u in batch) + size > BATCH or len(batch) >= 50:
            yield batch
            batch = [uid]
        else:
            batch.append(uid)
    if batch:
        yield batch

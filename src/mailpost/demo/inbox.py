"""The mailbox of the demo: an IMAP server in this process that keeps its mails in a maildir.

pymap does the work. What is written here is what its disk back-end lacks: bytes given out as they
came in, an IDLE that is told at once, and a CREATE that survives a folder which is already there.
"""

import asyncio
import logging
import os
import ssl
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime
from mailbox import MaildirMessage
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self, TypeVar

from proxyprotocol.sock import SocketInfo
from pymap.backend.maildir import Config, FilterSet, Session
from pymap.backend.maildir.io import FileWriteable
from pymap.backend.maildir.layout import DefaultLayout
from pymap.backend.maildir.mailbox import MailboxSet, Maildir
from pymap.concurrent import Event, ReadWriteLock, Subsystem
from pymap.exceptions import InvalidAuth, NotAllowedError
from pymap.imap import IMAPServer
from pymap.interfaces.login import IdentityInterface, LoginInterface
from pymap.parsing.specials import ObjectId
from pymap.token import AllTokens
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import Cleartext

from mailpost.demo.background import Background

HOST = "127.0.0.1"
LONGEST_MAIL = 32 * 1024 * 1024

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Inbox:
    """A running server with one account; `port` is the one it really listens on."""

    def __init__(self, background: Background, port: int, folders: "Folders", bell: "Bell") -> None:
        self._background = background
        self._folders = folders
        self._bell = bell
        self.port = port

    def deliver(self, raw: bytes) -> None:
        """Keep a mail in INBOX and tell whoever waits. A mail for which this returns is on the disk."""
        self._background.run(self._keep(raw))

    async def _keep(self, raw: bytes) -> None:
        self._folders.inbox.add(raw)
        await self._folders.get_mailbox("INBOX")  # looking is what gives the new file its uid
        self._bell.ring()

    def close(self) -> None:
        """Say goodbye to every client and free the port. Twice is the same as once."""
        self._background.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_inbox(folder: Path, port: int, user: str, password: str) -> Inbox:
    """Serve the maildir `folder`, made if missing, to `user` on this machine only; port 0 means any free one.

    UIDVALIDITY and uids lie in the folder too, so they outlive the server. One server per folder at a time.
    """
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for lock in folder.rglob("dovecot-uidlist.lock"):
        lock.unlink()  # left by a demo that was killed; pymap would wait ten minutes for it
    bell = Bell()
    settings = Settings(bell, folder)
    account = Account(settings, user, password)
    background = Background("demo inbox")
    port = background.serve(_listen(settings, IMAPServer(account, settings), port))
    return Inbox(background, port, account.folders(), bell)


async def _listen(settings: "Settings", imap: IMAPServer, port: int) -> asyncio.Server:
    async def meet(reader: StreamReader, writer: StreamWriter) -> None:
        settings.apply_context()
        whole = WholeAnswers(writer, reader)
        try:
            await imap(reader, whole, SocketInfo.get(whole, None))
        except Exception:
            log.exception("the demo's mail server stumbled over a command and hung up")
        finally:
            await _hang_up(writer)

    return await asyncio.start_server(meet, HOST, port)


class WholeAnswers(StreamWriter):
    """Sends every answer in one piece: pymap writes some in several, and imapclient's idle_check breaks on half a line."""

    def __init__(self, writer: StreamWriter, reader: StreamReader) -> None:
        super().__init__(writer.transport, writer.transport.get_protocol(), reader, asyncio.get_running_loop())
        self._pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._pieces.append(bytes(data))

    async def drain(self) -> None:
        super().write(b"".join(self._pieces))
        self._pieces.clear()
        await super().drain()


async def _hang_up(writer: StreamWriter) -> None:
    """Wait until the last words are sent, but not for a client that has stopped reading."""
    try:
        async with asyncio.timeout(1):
            await writer.wait_closed()
    except (OSError, TimeoutError, asyncio.CancelledError):
        writer.transport.abort()


class Settings(Config):
    """Of everything `pymap --help` offers, what one account on this machine needs."""

    def __init__(self, bell: "Bell", folder: Path) -> None:
        super().__init__(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=HOST,
            port=0,
            base_dir=str(folder),
            layout="++",
            colon=None,
            # One loop instead of a pool of threads: between a file and its uid nothing can come,
            # where two of pymap's threads may give the same mail two uids.
            subsystem=OneLoop(bell),
            cpu_subsystem=Subsystem.for_asyncio(),
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
            hash_context=Cleartext(),
            max_append_len=LONGEST_MAIL,
        )

    @property
    def greeting(self) -> bytes:
        return b"mailpost demo"  # pymap would ask the DNS for the name of this machine


class Account(LoginInterface, IdentityInterface):
    """The only person with a mailbox here."""

    def __init__(self, settings: Settings, user: str, password: str) -> None:
        self._settings = settings
        self._metadata = UserMetadata(settings, user, password=password)

    @property
    def tokens(self) -> AllTokens:
        return AllTokens(self._settings)

    @property
    def name(self) -> str:
        return self._metadata.name

    @property
    def roles(self) -> frozenset[str]:
        return self._metadata.roles

    async def authenticate(self, credentials: ServerCredentials) -> IdentityInterface:
        if not credentials.verify(self._metadata):
            raise InvalidAuth
        return self

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> IdentityInterface:
        if authzid != self.name:
            raise InvalidAuth
        return authenticated

    def folders(self) -> "Folders":
        return Folders(Path(self._settings.base_dir))

    def new_session(self) -> AbstractAsyncContextManager[Session]:
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        yield Session(self.name, self._settings, self.folders(), FilterSet(self._settings.base_dir))

    async def get(self) -> UserMetadata:
        return self._metadata

    async def new_token(self, *, expiration: datetime | None = None) -> None:
        """Tokens are for administrators, of whom there are none."""

    async def set(self, metadata: UserMetadata) -> None:  # noqa: ARG002 — pymap's signature
        raise NotAllowedError

    async def delete(self) -> None:
        raise NotAllowedError


class Letter(MaildirMessage):
    """A mail as it came: Python's own would be folded anew and lose its CRs."""

    raw = b""

    def __bytes__(self) -> bytes:
        return self.raw


class Letters(Maildir):
    def get_message(self, key: str) -> Letter:
        letter = Letter()
        letter.raw = self.get_bytes(key)
        return letter


class Folders(MailboxSet):
    def __init__(self, root: Path) -> None:
        self.inbox = Letters(str(root), create=False)
        super().__init__(self.inbox, DefaultLayout(str(root), Letters))

    async def add_mailbox(self, name: str) -> ObjectId:
        """Refuse a folder that exists with the exception pymap's session expects; its own ends the connection."""
        outer, _, _ = name.rpartition(self.delimiter)
        if outer and outer not in self._names():
            await self.add_mailbox(outer)
        if name in self._names():
            raise ValueError(name)
        return await super().add_mailbox(name)

    def _names(self) -> set[str]:
        return set(self._layout.list_folders(self.delimiter))


class Bell:
    """Rung when a mail has arrived, heard by every IDLE."""

    def __init__(self) -> None:
        self.rings = 0
        self.listeners: set[asyncio.Event] = set()

    def ring(self) -> None:
        self.rings += 1
        for listener in self.listeners:
            listener.set()


class OneLoop(Subsystem):
    """pymap's asyncio way of working, with events that hear the bell."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell

    @property
    def subsystem(self) -> str:
        return "asyncio"

    def execute(self, future: Awaitable[Result]) -> Awaitable[Result]:
        return future

    def new_rwlock(self) -> ReadWriteLock:
        return ReadWriteLock.for_asyncio()

    def new_event(self) -> Event:
        return Idling(self._bell)


class Idling(Event):
    """The end of one IDLE. Waiting for it also ends when the bell rings, or has rung since the last wait.

    pymap's own waits for a second and then looks, so a new mail would take up to a second to be heard of.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._heard: int | None = None
        self._ended = False
        self._wake = asyncio.Event()

    @property
    def subsystem(self) -> str:
        return "asyncio"

    def or_event(self, *events: "Idling") -> "Idling":
        raise NotImplementedError("the maildir back-end waits for one event at a time")

    def is_set(self) -> bool:
        return self._ended

    def set(self) -> None:
        self._ended = True
        self._wake.set()

    def clear(self) -> None:
        self._ended = False

    async def wait(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 — pymap's signature
        if self._heard is None:
            # What arrived before the IDLE is told too, but not in one packet with the "+",
            # where Python's imaplib would overlook it.
            await asyncio.sleep(0.05)
        elif self._heard == self._bell.rings and not self._ended:
            self._wake.clear()
            self._bell.listeners.add(self._wake)
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._wake.wait()
            self._bell.listeners.discard(self._wake)
        self._heard = self._bell.rings


def _write_beside(record: FileWriteable) -> None:
    """Replace a file of pymap's by way of its own folder: from /tmp, as pymap does it, another disk is out of reach."""
    path = Path(record.get_file(record.path))
    with NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
        record.write(draft)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)


FileWriteable.file_write = _write_beside  # type: ignore[method-assign,assignment]  # there is no other way in

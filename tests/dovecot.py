"""A real Dovecot for one test or one measurement: own folder, own ports, own certificate, gone afterwards."""

import contextlib
import grp
import itertools
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme
from imapclient import IMAPClient

PATIENCE = 20.0  # seconds; a start takes a third of one

# What Dovecot 2.3 says after login, so that words can be taken out of it.
CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS "
    "THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED "
    "I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE "
    "SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY"
)

BEFORE_2_4 = """
protocols = imap
disable_plaintext_auth = no
ssl_cert = <{base}/certificate.pem
ssl_key = <{base}/key.pem
mail_location = maildir:{base}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
"""
SINCE_2_4 = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {{
  imap = yes
}}
auth_allow_cleartext = yes
ssl_server_cert_file = {base}/certificate.pem
ssl_server_key_file = {base}/key.pem
mail_driver = maildir
mail_path = {base}/mail/%{{user}}
passdb passwd-file {{
  passwd_file_path = {base}/passwd
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {base}/mail/%{{user}}
  }}
}}
"""
CONFIGURATION = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/log
listen = 127.0.0.1
imap_capability = {capability}

ssl = yes
ssl_min_protocol = TLSv1.2

default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
auth_failure_delay = 0
mail_max_userip_connections = 1000

service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
  # Without its book of failed logins, one test's wrong password does not slow the next.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


def executable() -> str | None:
    """Where Dovecot is on this machine; a person's PATH often leaves /usr/sbin out."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


class Dovecot:
    """Use as a context manager. Works as root and as anybody who has a name in passwd.

    `without` hides capabilities ("MOVE", "UIDPLUS"), as a poorer server would; the commands themselves stay.
    `user` is the one that methods mean when told no other; `fresh_user` changes it. All have the same password.
    """

    password = "secret"

    def __init__(self, *, user: str = "ann", without: Iterable[str] = ()) -> None:
        self.user = user
        self.host = "127.0.0.1"
        self.imap_port = 0
        self.imaps_port = 0
        self._without = frozenset(without)
        self._process: subprocess.Popen[bytes] | None = None
        self._users = itertools.count(1)
        self._mails = itertools.count(1)
        # Unix sockets have short names (108 bytes) and the login processes run as somebody else.
        self.base = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
        self.ca_file = self.base / "ca.pem"

    def __enter__(self) -> Self:
        try:
            self._prepare()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.base, ignore_errors=True)

    def start(self) -> None:
        """Return as soon as both ports greet."""
        program = executable()
        if program is None:
            raise FileNotFoundError("dovecot is not installed: apt-get install dovecot-imapd")
        # In the foreground it stays our child: its end is noticed, and nothing but it is ever signalled.
        with (self.base / "said").open("ab") as said:
            self._process = subprocess.Popen(
                [program, "-F", "-c", str(self.base / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not (greets(self.imap_port) and listens(self.imaps_port)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"dovecot did not start:\n{self.log()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server and every connection; mail stays. Stopping twice is the same as once."""
        process, self._process = self._process, None
        if process is None:
            return
        # SIGTERM and `doveadm stop` take one to six seconds; this takes none, and Dovecot's files bear it.
        # The second signal is for those who wait for their master's word: they say BYE.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGQUIT)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                # Seen once, after hours of work: a master that waits for ever for one of its own.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while (listens(self.imap_port) or listens(self.imaps_port)) and time.monotonic() < deadline:
            time.sleep(0.005)

    def restart(self) -> None:
        """Same ports, same mail, new connections."""
        self.stop()
        self.start()

    def log(self) -> str:
        """What it said while starting, then its log."""
        paths = (self.base / "said", self.base / "log")
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    def fresh_user(self) -> str:
        """Somebody else with an empty mailbox, who becomes `user`."""
        self.user = f"user{next(self._users)}"
        return self.user

    def deliver(self, raw: bytes, user: str | None = None, *, when: float | None = None) -> None:
        """Put a mail into the INBOX as an MTA does; the bytes are kept as given. `when` is its INTERNALDATE.

        A rename into `new` is seen by IDLE exactly as soon as an APPEND (Dovecot waits 500 ms after either),
        needs no connection, and works while the server is stopped.
        """
        inbox = self._maildir(user or self.user)
        now = time.time() if when is None else when
        # Dovecot numbers by these names: seconds, microseconds, then the rest. The sizes spare it reading to count.
        wire_size = len(raw) + raw.count(b"\n") - raw.count(b"\r\n")
        unique = f"{time.time_ns() // 10**9}.M{time.time_ns() // 1000 % 10**6:06}P{os.getpid()}Q{next(self._mails):08}"
        draft = inbox / "tmp" / f"{unique}.localhost,S={len(raw)},W={wire_size}"
        draft.write_bytes(raw)
        os.utime(draft, (now, now))
        if os.geteuid() == 0:
            account = pwd.getpwnam("mail")
            os.chown(draft, account.pw_uid, account.pw_gid)
        draft.rename(inbox / "new" / draft.name)

    def client(self, user: str | None = None, *, password: str = password, tls: bool = False) -> IMAPClient:
        """Logged in and quick: no formatting for a debug log nobody reads, no waiting for a fuller packet."""
        if tls:
            context = ssl.create_default_context(cafile=str(self.ca_file))
            client = IMAPClient(self.host, self.imaps_port, ssl_context=context, timeout=PATIENCE)
        else:
            client = IMAPClient(self.host, self.imap_port, ssl=False, timeout=PATIENCE)
        client._imap.debug = 0
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            client.login(user or self.user, password)
        except BaseException:
            client.shutdown()  # or the socket stays open until the garbage is collected, which pytest reports
            raise
        return client

    def folders(self, user: str | None = None) -> list[str]:
        with self.client(user) as client:
            return sorted(name for _flags, _separator, name in client.list_folders())

    def messages(self, folder: str = "INBOX", user: str | None = None) -> list[bytes]:
        """The mails of a folder as a client gets them, oldest first; looking changes nothing."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            uids = client.search()
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return [found[uid][b"BODY[]"] for uid in uids]

    def _maildir(self, user: str) -> Path:
        root = self.base / "mail" / user
        if not (root / "new").exists():
            for folder in (root, root / "cur", root / "tmp", root / "new"):
                folder.mkdir(exist_ok=True)
                if os.geteuid() == 0:
                    account = pwd.getpwnam("mail")
                    os.chown(folder, account.pw_uid, account.pw_gid)
        return root

    def _prepare(self) -> None:
        root = os.geteuid() == 0
        owner = pwd.getpwnam("mail") if root else pwd.getpwuid(os.geteuid())
        group = grp.getgrgid(owner.pw_gid).gr_name
        self.base.chmod(0o755)
        (self.base / "mail").mkdir()
        if root:
            os.chown(self.base / "mail", owner.pw_uid, owner.pw_gid)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_pem.write_to_path(self.base / "key.pem")
        for part in certificate.cert_chain_pems:
            part.write_to_path(self.base / "certificate.pem", append=True)
        self.imap_port, self.imaps_port = free_ports(2)
        text = (SINCE_2_4 if _is_new() else BEFORE_2_4) + CONFIGURATION
        text = text.format(
            base=self.base,
            capability=" ".join(word for word in CAPABILITIES.split() if word not in self._without),
            internal="dovecot" if root else owner.pw_name,
            internal_group="dovecot" if root else group,
            login="dovenull" if root else owner.pw_name,
            chroot="" if root else "chroot =",
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            imap_port=self.imap_port,
            imaps_port=self.imaps_port,
        )
        (self.base / "dovecot.conf").write_text(text)
        # All who will ever be asked for: Dovecot looks at this file again only after a second.
        names = [self.user, *(f"user{number}" for number in range(1, 1000))]
        (self.base / "passwd").write_text("".join(f"{name}:{{PLAIN}}{self.password}\n" for name in names))


def _is_new() -> bool:
    """Dovecot 2.4, of Debian 13, wants to hear its version first and calls much by other names."""
    said = subprocess.run([str(executable()), "--version"], capture_output=True, text=True, check=True).stdout
    return not said.startswith("2.3.")


def free_ports(number: int) -> list[int]:
    """Ports nobody listens on now; held together while asking, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def greets(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return connection.recv(100).startswith(b"* OK")
    return False

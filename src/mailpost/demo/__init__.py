"""A whole blog on this machine, for trying out: an inbox, a door for mail, the worker and the pages.

Nothing is bypassed: the sample mails go through the door by SMTP, the worker fetches them over IMAP and judges them
by what the door has stamped on them, as it would anywhere.
"""

import re
import secrets
import smtplib
import threading
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from mailpost import config
from mailpost.app import App
from mailpost.demo.door import start_door
from mailpost.demo.inbox import start_inbox
from mailpost.errors import ConfigError, Temporary
from mailpost.schedule import Daemon
from mailpost.serve import server

SAMPLES = Path(__file__).with_name("samples")
USER = "ann"
DATE = re.compile(rb"^Date:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)

CONFIG = """\
# Written anew by `mailpost demo`; config.example.toml explains every key.
data = "data"

[[blog]]
name = "demo"
title = "Bread, bees and long walks"
description = "Notes from a kitchen table, kept by email"
url = "http://127.0.0.1:{http}/"
addresses = ["blog@demo.example"]

[[author]]
name = "Ann"
addresses = ["ann@demo.example"]
require = "proof"

[[mailbox]]
kind = "imap"
name = "inbox"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{user}"
password = {{ file = "password" }}
trusted_servers = ["mx.demo.example spf"]

[files]
kind = "local"
path = "site"

[site]
attribution = "Posted via email from Ann's blog"

[schedule]
poll_seconds = 5
"""

Server = TypeVar("Server")


class Demo:
    """Everything running, until closed. `app` is the program as an operator would have it."""

    def __init__(self, data: Path, *, http: int, smtp: int, imap: int) -> None:
        self.data = data
        self.smtp = smtp
        self.config_file = data / "config.toml"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.config_file.write_text(CONFIG.format(http=http, imap=imap, user=USER))
        password = _password(data / "password")
        with ExitStack() as stack:
            inbox = _on_port(imap, "DEMO_IMAP", lambda: start_inbox(data / "inbox", imap, USER, password))
            stack.callback(inbox.close)
            door = _on_port(smtp, "DEMO_SMTP", lambda: start_door(smtp, inbox.deliver))
            stack.callback(door.close)
            self.app = stack.enter_context(App(config.load(self.config_file)))
            pages = stack.enter_context(_on_port(http, "DEMO_HTTP", lambda: server(data / "site", http)))
            threading.Thread(target=pages.serve_forever, name="pages", daemon=True).start()
            stack.callback(pages.shutdown)
            daemon = Daemon(self.app)
            worker = threading.Thread(target=daemon.run, name="worker", daemon=True)
            worker.start()
            stack.callback(worker.join, 15.0)
            stack.callback(daemon.stop)
            self._open = stack.pop_all()

    def send_samples(self) -> int:
        """Send the sample mails through the door, the first time; return how many."""
        sent = self.data / "samples-sent"
        if sent.exists():
            return 0
        count = _send(self.smtp)
        sent.touch()
        return count

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _password(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16))
    return file.read_text().strip()


def _on_port(port: int, variable: str, start: Callable[[], Server]) -> Server:
    try:
        return start()
    except (OSError, Temporary) as problem:
        what = f"port {port} cannot be had ({problem}); choose another, for instance {variable}={port + 1} make demo"
        raise ConfigError(what) from problem


def _send(smtp: int) -> int:
    """Send every sample as its author would, the newest just now and the others as far back as they were apart."""
    index = tomllib.loads((SAMPLES / "index.toml").read_text())["mail"]
    mails = [(entry, (SAMPLES / entry["file"]).read_bytes()) for entry in index]
    dates = [_date(raw) for _, raw in mails]
    newest, now = max(dates), datetime.now(UTC)
    with smtplib.SMTP("127.0.0.1", smtp) as door:
        for (entry, raw), date in zip(mails, dates, strict=True):
            # Half as far: a mail that arrives more than a week after its date is held as a possible replay.
            shifted = now - (newest - date) / 2 - timedelta(minutes=5)
            dated = DATE.sub(b"Date: " + format_datetime(shifted).encode(), raw, count=1)
            door.sendmail(entry["mail_from"], [entry["recipient"]], dated)
    return len(mails)


def _date(raw: bytes) -> datetime:
    found = DATE.search(raw)
    return parsedate_to_datetime(found[1].decode()).astimezone(UTC) if found else datetime.now(UTC)

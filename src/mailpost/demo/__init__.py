"""A whole blog on this machine, for trying out: an inbox, a door for mail, the worker and the pages.

Nothing is bypassed: the sample mails go through the door by SMTP, the worker fetches them over IMAP and judges them
by what the door has stamped on them, as it would anywhere.
"""

import re
import secrets
import signal
import smtplib
import threading
import time
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from types import FrameType
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mailpost import config, log
from mailpost.app import App
from mailpost.demo.door import start_door
from mailpost.demo.inbox import start_inbox
from mailpost.errors import ConfigError, Temporary
from mailpost.schedule import Daemon
from mailpost.serve import server
from mailpost.store import State

Server = TypeVar("Server")

SAMPLES = Path(__file__).with_name("samples")
USER = "ann"
ALL_READ = 120.0  # seconds for the samples on a slow machine
DATE = re.compile(rb"^Date:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)
COLOURS = {State.PUBLISHED: "green", State.DRAFT: "cyan", State.HELD: "yellow", State.REFUSED: "red", State.FAILED: "red"}

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
trusted_servers = ["mx.demo.example"]

[files]
kind = "local"
path = "site"

[site]
attribution = "Posted via email from Ann's blog"

[schedule]
poll_seconds = 5
"""

NEXT = """\
[bold]The blog is at[/] http://127.0.0.1:{http}/

[bold]Now post something yourself.[/] From another terminal:

  printf 'Subject: Hello #first\\nFrom: ann@demo.example\\nTo: blog@demo.example\\n\\nMy first post by mail.\\n' | \\
    curl -s smtp://127.0.0.1:{smtp} --mail-from ann@demo.example --mail-rcpt blog@demo.example -T -

or with pictures, if you have swaks:

  swaks --server 127.0.0.1:{smtp} --from ann@demo.example --to blog@demo.example \\
    --header 'Subject: Look at this' --body 'What a day.' --attach @photo.jpg

Any mail program will do: SMTP server 127.0.0.1, port {smtp}, no password, as ann@demo.example to blog@demo.example.
To blog+draft@demo.example it becomes a draft; from anybody else it is refused, and [bold]mailpost mails[/] says why:

  {command} --config {config} mails
  {command} --config {config} posts

Everything is in {data}, which may be deleted. [bold]Ctrl-C[/] ends the demo.
"""


def run_demo(data: Path, *, http: int, smtp: int, imap: int) -> None:
    """Start everything, send the sample mails the first time, and stay until interrupted."""
    console = Console(highlight=False)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = _password(data)
    config_file = data / "config.toml"
    config_file.write_text(CONFIG.format(http=http, imap=imap, user=USER))
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    log.set_up(terminal=True, warnings_only=True)

    with ExitStack() as stack:
        with console.status("starting the inbox, the door and the worker"):
            inbox = stack.enter_context(_on_port(imap, "DEMO_IMAP", lambda: start_inbox(data / "inbox", imap, USER, password)))
            stack.enter_context(_on_port(smtp, "DEMO_SMTP", lambda: start_door(smtp, inbox.deliver)))
            app = stack.enter_context(App(config.load(config_file)))
            pages = stack.enter_context(_on_port(http, "DEMO_HTTP", lambda: server(data / "site", http)))
            threading.Thread(target=pages.serve_forever, name="pages", daemon=True).start()
            stack.callback(pages.shutdown)
            daemon = Daemon(app)
            worker = threading.Thread(target=daemon.run, name="worker", daemon=True)
            worker.start()
            stack.callback(worker.join, 15.0)
            stack.callback(daemon.stop)
        sent = data / "samples-sent"
        if not sent.exists():
            with console.status("sending sixteen sample mails through the door") as status:
                expected = _send_samples(smtp)
                sent.write_text(f"{expected}\n")
                _wait_for(app, expected, stopping, lambda n: status.update(f"reading the sample mails: {n} of {expected}"))
        _show_mails(console, app)
        console.print(
            NEXT.format(http=http, smtp=smtp, command=_command(), config=config_file, data=data), markup=True, soft_wrap=True
        )
        _follow(console, app, stopping)
        console.print("ending …")
    console.print("ended; `make demo` starts it again where it was")


def _password(data: Path) -> str:
    file = data / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16))
    return file.read_text().strip()


def _on_port(port: int, variable: str, start: Callable[[], Server]) -> Server:
    try:
        return start()
    except (OSError, Temporary) as problem:
        raise ConfigError(f"port {port} is taken by another program; choose one, for instance {variable}={port + 1} make demo") from problem


def _send_samples(smtp: int) -> int:
    """Send every sample as its author would, with dates as far back from today as they were when they were written."""
    index = tomllib.loads((SAMPLES / "index.toml").read_text())["mail"]
    mails = [(entry, (SAMPLES / entry["file"]).read_bytes()) for entry in index]
    dates = [_date(raw) for _, raw in mails]
    newest, now = max(dates), datetime.now(UTC)
    with smtplib.SMTP("127.0.0.1", smtp) as door:
        for (entry, raw), date in zip(mails, dates, strict=True):
            # Half the distance: a mail that arrives more than a week after its date is held as a possible replay.
            shifted = now - (newest - date) / 2 - timedelta(minutes=5)
            dated = DATE.sub(b"Date: " + format_datetime(shifted).encode(), raw, count=1)
            door.sendmail(entry["mail_from"], [entry["recipient"]], dated)
    return len(mails)


def _date(raw: bytes) -> datetime:
    found = DATE.search(raw)
    return parsedate_to_datetime(found[1].decode()).astimezone(UTC) if found else datetime.now(UTC)


def _wait_for(app: App, expected: int, stopping: threading.Event, say: Callable[[int], None]) -> None:
    deadline = time.monotonic() + ALL_READ
    while time.monotonic() < deadline and not stopping.is_set():
        tally = app.store.tally()
        read = sum(count for state, count in tally.items() if state is not State.RECEIVED)
        say(read)
        if read >= expected and all(app.store.changes(blog) is None for blog in app.blogs):
            return
        stopping.wait(0.1)


def _show_mails(console: Console, app: App) -> None:
    found = app.store.mails(state=None, limit=100)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("mail", "became", "title, or why not"):
        table.add_column(column)
    for mail in reversed(found):
        post = app.store.post(mail.post) if mail.post else None
        colour = COLOURS.get(mail.state, "white")
        table.add_row(str(mail.id), f"[{colour}]{mail.state}[/]", escape(post.title if post else mail.reason))
    console.print(table)
    console.print()


def _follow(console: Console, app: App, stopping: threading.Event) -> None:
    """Say what becomes of each new mail, until the end."""
    newest = max((mail.id for mail in app.store.mails(state=None, limit=1)), default=0)
    while not stopping.wait(0.2):
        for mail in reversed(app.store.mails(state=None, limit=20)):
            if mail.id <= newest or mail.state is State.RECEIVED:
                continue
            newest = mail.id
            post = app.store.post(mail.post) if mail.post else None
            where = f"{app.blogs[post.blog].url}{post.path}" if post and mail.state is State.PUBLISHED else mail.reason
            console.print(f"[{COLOURS.get(mail.state, 'white')}]{mail.state}[/] {escape(where)}", soft_wrap=True)


def _command() -> str:
    """The command as this shell would find it."""
    local = Path(".venv/bin/mailpost")
    return str(local) if local.exists() else "mailpost"

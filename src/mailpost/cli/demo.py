"""demo: a whole blog on this machine."""

import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from mailpost import log
from mailpost.app import App
from mailpost.cli.shared import app, out, table
from mailpost.store import Mail, State

if TYPE_CHECKING:
    from mailpost.demo import Demo

ALL_READ = 120.0  # seconds for the samples on a slow machine
COLOURS = {
    State.PUBLISHED: "green",
    State.DRAFT: "cyan",
    State.HELD: "yellow",
    State.REFUSED: "red",
    State.FAILED: "red",
}

NEXT = """\
[bold]The blog is at[/] http://127.0.0.1:{http}/

[bold]Now post something yourself.[/] From another terminal:

  printf 'Subject: Hello #first\\nFrom: ann@demo.example\\nTo: blog@demo.example\\n\\nMy first post by mail.\\n' | \\
    curl -s smtp://127.0.0.1:{smtp} --mail-from ann@demo.example --mail-rcpt blog@demo.example -T -

or with a picture, if you have swaks:

  swaks --server 127.0.0.1:{smtp} --from ann@demo.example --to blog@demo.example \\
    --header 'Subject: Look at this' --body 'What a day.' --attach @photo.jpg

Any mail program will do: SMTP server 127.0.0.1, port {smtp}, no password, from ann@demo.example to blog@demo.example.
Sent to blog+draft@demo.example it becomes a draft; from anybody else it is refused. What became of each mail, and why:

  {command} --config {config} mails

Everything is in {data}, which may be deleted. [bold]Ctrl-C[/] ends the demo.
"""


@app.command()
def demo(
    data: Annotated[Path, typer.Option(help="Where everything is kept; safe to delete.")] = Path("demo-data"),
    http: Annotated[int, typer.Option(envvar="DEMO_HTTP", help="Port of the pages.")] = 8080,
    smtp: Annotated[int, typer.Option(envvar="DEMO_SMTP", help="Port that takes mail.")] = 2525,
    imap: Annotated[int, typer.Option(envvar="DEMO_IMAP", help="Port of the inbox.")] = 1143,
) -> None:
    """Try mailpost out: an inbox, a door for mail, the worker and the pages, all on this machine."""
    # Here and not above, because these servers are an extra that a real blog does without.
    from mailpost.demo import Demo

    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    log.set_up(terminal=True, warnings_only=True)
    with out.status("starting the inbox, the door, the worker and the pages"):
        running = Demo(data, http=http, smtp=smtp, imap=imap)
    with running:
        _send_samples(running, stopping)
        _show_mails(running.app)
        command = ".venv/bin/mailpost" if Path(".venv/bin/mailpost").exists() else "mailpost"
        out.print(
            NEXT.format(http=http, smtp=smtp, command=command, config=running.config_file, data=data), soft_wrap=True
        )
        _follow(running.app, stopping)
        out.print("ending …")
    out.print("ended; the same command starts it again where it was")


def _send_samples(running: "Demo", stopping: threading.Event) -> None:
    """Send the sample mails and wait until all of them are read and drawn."""
    with out.status("sending the sample mails through the door") as status:
        expected = running.send_samples()
        store, deadline = running.app.store, time.monotonic() + ALL_READ
        while expected and time.monotonic() < deadline and not stopping.wait(0.1):
            read = sum(count for state, count in store.tally().items() if state is not State.RECEIVED)
            status.update(f"reading the sample mails: {read} of {expected}")
            if read >= expected and all(store.changes(blog) is None for blog in running.app.blogs):
                return


def _show_mails(app_: App) -> None:
    rows = [
        (mail.id, mail.state, _title(app_, mail).partition("  http")[0])
        for mail in reversed(app_.store.mails(state=None, limit=30))
    ]
    table("mail", "became", "title, or why not", rows=rows)
    out.print()


def _follow(app_: App, stopping: threading.Event) -> None:
    """Say what becomes of each new mail, until the end."""
    told = max((mail.id for mail in app_.store.mails(state=None, limit=1)), default=0)
    while not stopping.wait(0.2):
        for mail in reversed(app_.store.mails(state=None, limit=20)):
            if mail.id > told and mail.state is not State.RECEIVED:
                told = mail.id
                out.print(
                    f"[{COLOURS.get(mail.state, 'white')}]{mail.state}[/] {escape(_title(app_, mail))}", soft_wrap=True
                )


def _title(app_: App, mail: Mail) -> str:
    """The title of the post a mail became, with its address; or why it became none."""
    post = app_.store.post(mail.post) if mail.post and mail.state in (State.PUBLISHED, State.DRAFT) else None
    if post is None:
        return mail.reason
    return f"{post.title}  {app_.blogs[post.blog].url}{post.path}" if mail.state is State.PUBLISHED else post.title

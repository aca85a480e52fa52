"""demo: a whole blog on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from mailpost.cli.shared import app


@app.command()
def demo(
    data: Annotated[Path, typer.Option(help="Where everything is kept; safe to delete.")] = Path("demo-data"),
    http: Annotated[int, typer.Option(envvar="DEMO_HTTP", help="Port of the pages.")] = 8080,
    smtp: Annotated[int, typer.Option(envvar="DEMO_SMTP", help="Port that takes mail.")] = 2525,
    imap: Annotated[int, typer.Option(envvar="DEMO_IMAP", help="Port of the inbox.")] = 1143,
) -> None:
    """Try mailpost out: an inbox, a door for mail, the worker and the pages, all on this machine."""
    from mailpost.demo import run_demo

    run_demo(data, http=http, smtp=smtp, imap=imap)

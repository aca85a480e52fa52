"""publish, serve: the pages."""

from typing import Annotated

import typer

from mailpost.cli.shared import app, config, opened, out
from mailpost.errors import ConfigError
from mailpost.serve import serve_until_interrupted


@app.command()
def publish(*, full: Annotated[bool, typer.Option("--full", help="Draw every page again.")] = False) -> None:
    """Draw the pages and feeds that are not up to date."""
    with opened() as running:
        written = running.publish(full=full)
    out.print(f"{written} files written" if written else "everything was up to date")


@app.command()
def serve(port: Annotated[int, typer.Option(help="On this port of this machine.")] = 8080) -> None:
    """Show the pages on this machine, for trying out only; for readers use a real web server."""
    path = getattr(config().files.settings, "path", None)
    if path is None:
        raise ConfigError("the pages are not in a folder of this machine")
    out.print(f"http://127.0.0.1:{port}/ shows {path}; Ctrl-C ends it", soft_wrap=True)
    serve_until_interrupted(path, port)

"""The program, what its commands have in common, and how they say things."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mailpost import __version__, log
from mailpost.app import App
from mailpost.config import Config, hidden, load

app = typer.Typer(
    help="Keep a blog by sending email.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class _Screen(Console):
    """A terminal that shows what strangers wrote, and obeys none of it."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str("\n".join(map(log.visible, text.split("\n"))), **options)


out = _Screen(highlight=False)
say = _Screen(stderr=True, highlight=False, soft_wrap=True)  # what is not data

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")]


class _Chosen:
    path = Path("config.toml")
    verbose = False


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        out.print(f"mailpost {__version__}")
        raise typer.Exit


@app.callback()
def begin(
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="MAILPOST_CONFIG", help="The configuration file.")
    ] = Path("config.toml"),
    *,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep a blog by sending email."""
    _Chosen.path = config
    _Chosen.verbose = verbose
    log.set_up(verbose=verbose)


def config() -> Config:
    """The configuration that was named, or `ConfigError`."""
    found = load(_Chosen.path)
    terminal = None if found.log.format == "auto" else found.log.format == "text"
    log.set_up(terminal=terminal, verbose=_Chosen.verbose, secrets=hidden(found))
    return found


def opened() -> App:
    return App(config())


def give_up(why: str) -> NoReturn:
    """Say why nothing was done, and end with 1."""
    say.print(f"[red]not done:[/] {escape(why)}")
    raise typer.Exit(1)


def say_json(value: Any) -> None:
    escaped = sys.stdout.encoding.lower() != "utf-8"
    text = json.dumps(value, ensure_ascii=escaped, default=str)
    # Unlike JSON, a terminal obeys some more controls than those below the blank.
    print(log.UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))  # noqa: T201 - data goes out as it is


def table(*columns: str, rows: Sequence[tuple[object, ...]], title: str = "") -> None:
    shown = Table(title=title or None, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(escape(str(cell)) for cell in row))
    out.print(shown)

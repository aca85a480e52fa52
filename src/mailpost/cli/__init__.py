"""The commands, one small file for each group of them."""

import os
import resource
import sys
from io import TextIOWrapper

from rich.markup import escape

from mailpost import log
from mailpost.cli import demo, doctor, look, mails, posts, preview, secret, site, work
from mailpost.cli.shared import app, say
from mailpost.errors import ConfigError, Temporary

TRY_LATER = 75  # sysexits.h: EX_TEMPFAIL
CONFIGURATION = 78  # EX_CONFIG

__all__ = ["demo", "doctor", "look", "mails", "main", "posts", "preview", "secret", "site", "work"]


def main() -> None:
    """Run a command; trouble becomes one line for people and an exit code for programs."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # memory holds passwords
    os.umask(0o077)  # what readers may have is said file by file
    log.set_up()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show must not end the program
    try:
        app(standalone_mode=True)
    except ConfigError as problem:
        for line in problem.problems:
            say.print(f"[red]configuration:[/] {escape(line)}")
        sys.exit(CONFIGURATION)
    except Temporary as trouble:
        say.print(f"[yellow]try again later:[/] {escape(str(trouble))}")
        sys.exit(TRY_LATER)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception:  # noqa: BLE001 - said in the log's own way, which keeps secrets
        log.logger().exception("a bug in mailpost")
        sys.exit(1)

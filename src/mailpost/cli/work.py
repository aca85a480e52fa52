"""once, run: the work itself."""

import os
import signal
import sys
from collections import Counter
from types import FrameType

from mailpost.cli.shared import app, opened, out, say
from mailpost.errors import Temporary
from mailpost.log import logger
from mailpost.schedule import Daemon
from mailpost.store import State


@app.command()
def once() -> None:
    """Read the mail that waits, publish, send, and end. For cron; harmless while `run` is at work."""
    _warn_root()
    troubles = []
    states: Counter[State] = Counter()
    with opened() as running:
        for source in running.sources:
            try:
                states.update(running.poll(source))
            except Temporary as trouble:
                logger().warning("mailbox put off", mailbox=source.name, why=str(trouble))
                troubles.append(trouble)
        for stage in (running.publish, running.send):
            try:
                stage()
            except Temporary as trouble:
                logger().warning("put off", stage=stage.__name__, why=str(trouble))
                troubles.append(trouble)
    came = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    if came or not troubles:
        out.print(came or "no new mail")
    if troubles:
        raise troubles[0]
    if states[State.RECEIVED]:
        raise Temporary(f"{states[State.RECEIVED]} mails could not be judged yet; the next round tries again")


@app.command()
def run() -> None:
    """Stay, and publish mail as it comes. SIGTERM or Ctrl-C ends it."""
    _warn_root()
    with opened() as running:
        daemon = Daemon(running, lambda: logger().info("ready", mailboxes=len(running.sources)))

        def stop(_number: int, _frame: FrameType | None) -> None:
            daemon.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        daemon.run()
    logger().info("stopped")


def _warn_root() -> None:
    if os.geteuid() != 0:
        return
    what = "this runs as root: a mistake in reading hostile mail could do anything; give mailpost a user of its own"
    if sys.stderr.isatty():
        say.print(f"[bold red]{what}[/]")
    else:
        logger().warning("running as root", why=what)

"""One line per event: for people on a terminal, JSON elsewhere. Never bodies, never secrets.

What strangers wrote gets into a log, too, in reasons and in what servers say. It can neither end a line, nor move a
terminal's cursor, nor fill a disk, and whose address it was is nobody's business.
"""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

LONGEST = 200  # letters of a value
TRACE = 10_000  # of a traceback
HIDDEN = "***"
GUESSABLE = 8  # letters: what is shorter is not looked for, since words of ours would go with it

# Controls, what turns the direction of writing, and halves of characters.
UNSEEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# The first part of an address; a mailbox has its user in its name, and it is the operator who gave it.
ADDRESS = re.compile(r"(?<![^\s<>(),:;=@])[^\s<>(),:;=@]+@(?=[^\s@])")
OURS = frozenset({"mailbox", "what", "target"})
TRACES = frozenset({"exception", "trace"})


def set_up(
    *,
    terminal: bool | None = None,
    verbose: bool = False,
    warnings_only: bool = False,
    secrets: Iterable[str] = (),
) -> None:
    """Log to standard error, `secrets` masked. `terminal` forces one of the two shapes; otherwise the terminal decides."""
    people = sys.stderr.isatty() if terminal is None else terminal
    level = logging.DEBUG if verbose else logging.WARNING if warnings_only else logging.INFO
    plain = _Plain(secrets)
    shape: list[structlog.typing.Processor]
    if people:
        shape = [
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.processors.format_exc_info,
            plain,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24),
        ]
    else:
        # Without local variables, which hold passwords and other people's mail.
        formatter = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        shape = [
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.ExceptionRenderer(formatter),
            plain,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, *shape],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # The libraries below us speak of what they fetch; only their warnings are for the operator.
    logging.basicConfig(level=logging.WARNING, handlers=[_Passing()], force=True)
    logging.captureWarnings(True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def logger() -> structlog.typing.FilteringBoundLogger:
    made: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return made


def visible(text: str) -> str:
    """What cannot be seen, as its escape."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Plain:
    """The last look at what will be written: short, visible, on one line, without secrets and addresses."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({s for s in secrets if len(s) >= GUESSABLE}, key=len, reverse=True)
        self.secrets = re.compile("|".join(re.escape(s) for s in known) or r"(?!)", re.IGNORECASE)

    def __call__(self, _log: object, _level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {self.text(key): self.value(key, value) for key, value in event.items()}

    def value(self, key: str, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {self.text(str(k)): self.value(str(k), v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(key, each) for each in value]
        if key in TRACES:
            return "\n".join(f"  {self.text(line)}" for line in str(value)[-TRACE:].split("\n"))
        return self.text(str(value), addresses=key in OURS)

    def text(self, text: str, *, addresses: bool = False) -> str:
        shown = visible(self.secrets.sub(HIDDEN, text))
        shown = shown if addresses else ADDRESS.sub("…@", shown)
        return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


class _Passing(logging.Handler):
    """Hands the lines of libraries on, so that they look like ours."""

    def emit(self, record: logging.LogRecord) -> None:
        logger().log(record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info)

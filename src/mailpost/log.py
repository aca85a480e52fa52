"""One line per event: for people on a terminal, JSON elsewhere. Never bodies, never secrets."""

import logging
import sys

import structlog


def set_up(*, terminal: bool | None = None, verbose: bool = False, warnings_only: bool = False) -> None:
    """Log to standard error. `terminal` forces one of the two shapes; otherwise the terminal decides."""
    people = sys.stderr.isatty() if terminal is None else terminal
    level = logging.DEBUG if verbose else logging.WARNING if warnings_only else logging.INFO
    shape: list[structlog.typing.Processor]
    if people:
        shape = [
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24),
        ]
    else:
        # Without local variables, which hold passwords and other people's mail.
        formatter = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        shape = [
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.ExceptionRenderer(formatter),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, *shape],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # The libraries below us speak of what they fetch; only their warnings are for the operator.
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr, force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def logger() -> structlog.typing.FilteringBoundLogger:
    made: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return made

"""bench/RESULTS.md: figures, floors and goals side by side, without a word about whose machine it was."""

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version

from bench.growth import Size, Step
from bench.measure import Cost, Run

LIBRARIES = (
    "mailpost",
    "imapclient",
    "mail-parser",
    "bleach",
    "nh3",
    "lxml",
    "pillow",
    "sqlalchemy",
    "feedgen",
    "jinja2",
)


@dataclass(slots=True)
class Report:
    command: str
    dovecot: str
    paragraphs: list[str] = field(default_factory=list)
    goals: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def text(self, text: str) -> None:
        self.paragraphs.append(text)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.paragraphs.append(table(head, rows))

    def goal(self, name: str, measured: str, *, met: bool) -> None:
        self.goals.append((name, measured, "met" if met else "**not met**"))

    def failed(self, what: str, why: object) -> None:
        self.failures.append(what)
        self.text(f"**{what} failed**\n\n```\n{why}\n```")
        self.goals.append((what, "failed", "**not met**"))

    def __str__(self) -> str:
        libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
        head = (
            f"# Results\n\n{date.today().isoformat()}, `{self.command}`\n\n"  # noqa: DTZ011  the operator's day
            f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
            f"{platform.python_implementation()} {platform.python_version()}, Dovecot {self.dovecot}; {libraries}.\n"
            "Times differ from machine to machine and from hour to hour; the ratios are what to look at."
        )
        goals = ["## Goals", table(("goal", "measured", ""), self.goals)] if self.goals else []
        return "\n\n".join([head, *goals, *self.paragraphs]) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float) -> str:
    """Three figures are more than a shared machine can promise."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def floor_row(name: str, cost: Cost, note: str = "") -> tuple[str, ...]:
    return name, number(cost.cpu_ms), number(cost.wall), note


def run_row(name: str, run: Run) -> tuple[str, ...]:
    memory = run.memory
    return (
        name,
        number(run.cost.rate),
        number(run.cost.wall),
        number(run.cost.cpu),
        number(run.cost.cpu_ms),
        f"{number(memory.parent_pss)} / {number(memory.parent_rss)}",
        f"{number(memory.child_pss)} / {number(memory.child_rss)}",
        number(memory.all),
        number(memory.processes),
    )


RUN_HEAD = (
    "mailbox",
    "mails/s",
    "wall s",
    "CPU s",
    "CPU ms a mail",
    "parent PSS / RSS MB",
    "largest child PSS / RSS MB",
    "all PSS MB",
    "processes",
)


def growth_rows(size: Size) -> list[tuple[str, ...]]:
    return [_step_row(size.posts, "text", size.text), _step_row(size.posts, "three photos", size.photos)]


def _step_row(posts: int, name: str, step: Step) -> tuple[str, ...]:
    figures = (step.delivered * 1000, step.heard * 1000, step.cpu * 1000, step.files)
    return (f"{posts:,}", name, *(number(figure) for figure in figures))


GROWTH_HEAD = ("posts", "mail", "delivery → feeds ms", "IDLE's word → feeds ms", "CPU ms", "files written")

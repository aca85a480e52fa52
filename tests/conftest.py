"""What every test may ask for, and the promise that nothing is skipped in silence."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.dovecot import Dovecot, executable

ROOT = Path(__file__).parents[1]

# How long an example takes says more about what else the machine does.
settings.register_profile("mailpost", deadline=None)
settings.load_profile("mailpost")


@pytest.fixture(scope="module")
def dovecot_server() -> Iterator[Dovecot]:
    if executable() is None:
        pytest.skip("Dovecot is not installed (sh tools/servers.sh, as root)")
    with Dovecot() as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """One server for the module; a user with an empty mailbox for the test."""
    dovecot_server.fresh_user()
    return dovecot_server


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Other projects' collections of mails and markup; they stay where they are."""
    folder = ROOT.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the shared corpus is not beside the repository (../shared/corpus)")
    return folder


def skips_fail() -> bool:
    return os.environ.get("CI") == "true" or os.environ.get("MAILPOST_NO_SKIP") == "1"


def skipped(config: pytest.Config) -> list[tuple[str, str]]:
    """Which tests did not run, and why; a whole file counts under its own name."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    reasons = (str(each.longrepr[2]) if isinstance(each.longrepr, tuple) else str(each.longrepr) for each in reports)
    return [(each.nodeid, reason.removeprefix("Skipped: ")) for each, reason in zip(reports, reasons, strict=True)]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    harmless = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if harmless and skips_fail() and skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    names = skipped(config)
    if not names:
        return
    terminalreporter.section(f"NOT RUN: {len(names)}", red=True, bold=True)
    for name, reason in names:
        terminalreporter.line(f"{name}: {reason}")
    if skips_fail():
        terminalreporter.line("Here a skipped test is a failure (CI=true or MAILPOST_NO_SKIP=1).", red=True, bold=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged may hold halves of characters, which cannot be sent from one process to another."""
    report = yield
    report.sections = [(name, said.encode("utf-8", "backslashreplace").decode()) for name, said in report.sections]
    return report

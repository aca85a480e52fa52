"""A secret is nowhere but where it belongs: not on a screen, in a log, a traceback, a process list, a database (T63, T68)."""

import json
import logging
import os
import resource
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from rich.markup import escape
from rich.table import Table

from mailpost import log
from mailpost.cli import shared
from mailpost.demo.inbox import start_inbox
from tests.mails import mail
from tests.private import private
from tests.traps import Behaviour, Identity, Trap, implicit, refuses, starttls, written

PASSWORD = "canary-password-7f3a"
HOOK = "canary-webhook-7f3a"
ADDRESS = "canaryaddress7f3a"
CANARY = b"7f3a"
CONFIG = f"""
[blog]
name = "demo"
title = "Demo"
url = "https://blog.example/"
addresses = ["blog@demo.example"]
[author]
name = "Ann"
addresses = ["ann@demo.example"]
require = "secret"
secrets = ["{ADDRESS}"]
[child]
workers = 1
"""
BOX = f"""
[mailbox]
name = "box"
host = "127.0.0.1"
user = "ann"
password = "{PASSWORD}"
"""
ROOT = Identity("Root", authority=True)
TRUSTED = Identity(issuer=ROOT)
# Where the program itself goes wrong, with a password and a terminal's control in what it says.
BROKEN = """
import warnings
from mailpost.mailbox.imap import Imap
def waiting(self):
    warnings.warn("old\\x1b[2J")
    raise RuntimeError(f"login as {self.settings.user}@x.example with {self.settings.password}\\n2026 forged\\x1b[2J")
Imap.waiting = waiting
from mailpost.cli import main
main()
"""


class Run:
    """A command, all that it said, and every command line that a list of processes showed meanwhile."""

    def __init__(self, folder: Path, config: str, *words: str, program: tuple[str, ...] = ("-m", "mailpost")) -> None:
        self.folder = folder
        private(folder / "config.toml", config)
        self.shown = b""
        self.screen = folder.with_name(f"{folder.name}.said")
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, *program, *words],
                cwd=folder,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
            )

    def end(self, *, after: bytes = b"\0") -> "Run":
        """Wait for its end; or end it when it has said a word."""
        while self.process.poll() is None and after not in self.said:
            self.shown += b"".join(_command_lines(self.process.pid))
            time.sleep(0.05)
        self.process.terminate()
        self.process.wait(60)
        return self

    @property
    def said(self) -> bytes:
        return self.screen.read_bytes()

    def leaks(self) -> list[str]:
        """Where a canary came out; the raw mail is kept as it came, with the address it was sent to."""
        places = {"what it said": self.said, "the process list": self.shown}
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and name != "config.toml":
                places[name] = path.read_bytes()
        canaries = [PASSWORD.encode(), HOOK.encode()]
        return [
            name
            for name, content in places.items()
            if any(canary in content for canary in canaries) or (CANARY in content and not name.startswith("data/"))
        ]


def _command_lines(session: int) -> Iterator[bytes]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getsid(int(folder.name)) == session:
                    yield (folder / "cmdline").read_bytes()
            except (OSError, ValueError):
                continue


def box(trap: Trap, more: str = 'tls = "none"\n') -> str:
    return CONFIG + BOX + f"port = {trap.port}\n{more}"


# --- what is run ---


def test_t68_check_shows_no_secret_of_a_broken_line(tmp_path: Path) -> None:
    """More of them, without a process for each, in test_config."""
    text = (CONFIG + BOX).replace(f'password = "{PASSWORD}"', f"password = {PASSWORD}")
    done = Run(tmp_path, text, "check").end()
    assert (done.process.returncode, done.leaks()) == (78, [])
    assert b"Invalid value (at line" in done.said


@pytest.mark.parametrize(
    ("behaviour", "more", "code", "word"),
    [
        pytest.param(implicit(TRUSTED.context()), 'tls_ca_file = "../ca.pem"', 0, b"no new mail", id="all well"),
        pytest.param(refuses(b"NO [UNAVAILABLE]"), 'tls = "none"', 75, b'"***"', id="repeated"),
        pytest.param(implicit(Identity("x.example").context()), "", 75, b"not to be trusted", id="wrong certificate"),
    ],
)
def test_t68_once_shows_no_secret(tmp_path: Path, behaviour: Behaviour, more: str, code: int, word: bytes) -> None:
    house = tmp_path / "house"
    house.mkdir()
    written(tmp_path, ROOT)
    with Trap(behaviour) as trap:
        done = Run(house, box(trap, more), "--verbose", "once").end()
    assert (done.process.returncode, done.leaks()) == (code, [])
    assert word in done.said
    assert (PASSWORD.encode() in trap.heard) == (more != "")


def test_t68_run_shows_no_secret(tmp_path: Path) -> None:
    with Trap(refuses(b"NO [UNAVAILABLE]")) as trap:
        done = Run(tmp_path, box(trap), "--verbose", "run").end(after=b"will try again")
    assert (done.process.returncode, done.leaks()) == (0, [])
    assert b"mailpost" in done.shown
    assert PASSWORD.encode() in trap.heard


def test_t68_a_copy_that_fails_shows_no_secret(tmp_path: Path) -> None:
    """A whole way: a mail to a secret address becomes a post, which a webhook does not take."""
    hook = Trap(starttls(None))  # speaks no HTTP
    with hook, start_inbox(tmp_path / "inbox", 0, "ann", PASSWORD) as inbox:
        inbox.deliver(mail(1).replace(b"k7q2x9w4m8e5r3t6", ADDRESS.encode()))
        webhook = f'[autopost]\nkind = "webhook"\nname = "x"\nurl = "http://127.0.0.1:{hook.port}/"\n'
        config = CONFIG + BOX + f'port = {inbox.port}\ntls = "none"\n' + webhook
        house = tmp_path / "house"
        house.mkdir()
        done = Run(house, f'{config}secret = "{HOOK}"\ndelay_seconds = 0\n', "--verbose", "once").end()
    assert (done.said.count(b"1 published"), done.leaks()) == (1, [])
    assert b"copy put off" in done.said
    assert hook.heard.startswith(b"POST / ")
    assert b"X-Mailpost-Signature" in hook.heard
    assert b"mailpost.child" in done.shown


@pytest.mark.parametrize("shape", ["text", "json"])
def test_t68_a_bug_shows_no_secret_and_moves_no_cursor(tmp_path: Path, shape: str) -> None:
    with Trap(starttls(None)) as trap:
        config = box(trap) + f'[log]\nformat = "{shape}"\n'
        done = Run(tmp_path, config, "once", program=("-c", BROKEN)).end()
    assert (done.process.returncode, done.leaks()) == (1, [])
    assert b"in waiting" in done.said or b'"name": "waiting"' in done.said
    assert b"\x1b" not in done.said
    assert b"\n2026 forged" not in done.said
    assert b"UserWarning: old\\x1b[2J" in done.said.replace(b"\\\\", b"\\")
    assert b"login as \xe2\x80\xa6@x.example with ***" in done.said


def test_t68_t79_nothing_is_dumped_nothing_of_ours_is_for_others_and_root_is_warned(tmp_path: Path) -> None:
    """No core, and the database is the owner's alone, whatever mask a shell has left."""
    (tmp_path / "data").mkdir(mode=0o755)
    resources = "import resource; from mailpost.cli import main\ntry: main()\nfinally: print(resource.getrlimit(4))"
    with Trap(starttls(None)) as trap:
        done = Run(tmp_path, box(trap), "once", program=("-c", resources)).end()
    assert resource.RLIMIT_CORE == 4
    assert b"(0, 0)" in done.said
    assert done.said.count(b"running as root") == (1 if os.geteuid() == 0 else 0)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data").rglob("*") if p.is_file()}
    assert modes["mailpost.db"] == 0o600
    assert [name for name, mode in modes.items() if mode & 0o077] == []
    assert stat.S_IMODE((tmp_path / "site" / "index.html").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "site").stat().st_mode) == 0o755


# --- the log by itself ---

HOSTILE = "a\n2026-11-01 ERROR forged\r\x1b[2J\x9b2J\x07\u202egnp.exe\u2028\udc80"


@pytest.fixture(params=[True, False], ids=["text", "json"])
def said(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    with redirect_stderr(StringIO()) as stream:
        log.set_up(terminal=request.param, secrets=[PASSWORD, "short"])
    yield stream
    log.set_up()


def test_t23_nothing_a_stranger_wrote_ends_a_line_or_moves_a_cursor(said: StringIO) -> None:
    log.logger().info("mail read", detail=HOSTILE, listed=[HOSTILE], inner={HOSTILE: HOSTILE}, mailbox=HOSTILE)
    logging.getLogger("library").warning("it says %s", HOSTILE)
    text = said.getvalue()
    assert len(text.splitlines()) == 2
    assert log.UNSEEN.findall(text.replace("\n", "")) == []
    text.encode()


def test_t23_a_long_value_is_cut(said: StringIO) -> None:
    log.logger().info("mail read", detail="x" * 100_000)
    text = said.getvalue()
    assert "x" * 200 + "…" in text
    assert "x" * 201 not in text


def test_t23_a_long_error_does_not_fill_the_disk(said: StringIO) -> None:
    bug = ValueError("\n".join(["x" * 1000] * 1000))
    log.logger().error("a bug", trace="y\n" * 100_000, exc_info=bug)
    assert len(said.getvalue()) < 100_000


@pytest.mark.parametrize(
    ("written_as", "shown"),
    [
        ("bob@elsewhere.example", "…@elsewhere.example"),
        ("From: Bob <bob.b+c@elsewhere.example>, x", "From: Bob <…@elsewhere.example>, x"),
        ("a@b@elsewhere.example", "…@…@elsewhere.example"),
        ('"bob"@x.example 3 @ 4', "…@x.example 3 @ 4"),
        ("nothing here", "nothing here"),
    ],
)
def test_t63_whose_address_it_was_is_not_written(said: StringIO, written_as: str, shown: str) -> None:
    log.logger().info("mail read", detail=written_as)
    text = said.getvalue()
    if text.startswith("{"):
        assert json.loads(text)["detail"] == shown
    assert "bob" not in text


def test_a_mailbox_is_called_as_the_operator_calls_it(said: StringIO) -> None:
    log.logger().info("mailbox put off", mailbox="ann@demo.example-imap.demo.example")
    assert "ann@demo.example-imap.demo.example" in said.getvalue()


def test_secrets_are_masked_in_any_case_of_letters(said: StringIO) -> None:
    log.logger().info("said", what=f"LOGIN ann {PASSWORD.upper()}", why=[PASSWORD], inner={"x": f"({PASSWORD})"})
    text = said.getvalue()
    assert CANARY.decode() not in text.lower()
    assert text.count("***") == 3


def test_a_short_secret_does_not_blot_out_words(said: StringIO) -> None:
    log.logger().info("shortly")
    assert "shortly" in said.getvalue()


def test_t23_a_screen_shows_controls_and_obeys_none() -> None:
    shown = StringIO()
    screen = type(shared.out)(file=shown, highlight=False, width=200)
    table = Table("subject")
    table.add_row(escape(HOSTILE.replace("\n", "")))
    screen.print(f"[red]mail:[/] {escape(HOSTILE)}", table, style="bold")
    assert log.UNSEEN.findall(shown.getvalue().replace("\n", "")) == []
    assert shown.getvalue().count("\\x1b[2J\\x9b2J\\x07\\u202egnp.exe\\u2028") == 2


def test_t23_json_on_a_screen_is_json_and_obeyed_by_none() -> None:
    with redirect_stdout(TextIOWrapper(BytesIO(), encoding="utf-8")) as shown:
        shared.say_json({"subject": HOSTILE})
        shown.seek(0)
        text = shown.read()
    assert log.UNSEEN.findall(text.removesuffix("\n")) == []
    assert json.loads(text) == {"subject": HOSTILE}

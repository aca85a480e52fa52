"""A fresh blog for mailpost to fill, and the look a reader would take at it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.measure import Failure, Run, run
from tests.dovecot import Dovecot

CONFIGURATION = """\
data = "data"
[[blog]]
name = "demo"
title = "Bench"
url = "http://127.0.0.1:8080/"
addresses = ["blog@demo.example"]
[[author]]
name = "Ann"
addresses = ["ann@demo.example"]
require = "secret"
secrets = ["k7q2x9w4m8e5r3t6"]
posts_per_day = 0
[[mailbox]]
kind = "imap"
host = "127.0.0.1"
port = {port}
tls = "none"
user = "{user}"
password = "{password}"
folder = "INBOX"
[files]
path = "site"
"""
FEEDS = ("feed.xml", "atom.xml", "feed.json")
PATIENCE = 3600  # seconds for any number of mails
READY = 60.0  # seconds for a daemon to have published its first mail
LOOK = 0.005  # seconds between two looks at the feeds
LAST_WORDS = 20  # lines of mailpost's output that a failure quotes


class Blog:
    def __init__(self, folder: Path, server: Dovecot, user: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.server = server
        self.user = user
        self.site = folder / "site"
        self.config = folder / "config.toml"
        self.config.touch(mode=0o600)
        self.config.write_text(CONFIGURATION.format(port=server.imap_port, user=user, password=server.password))

    def once(self, items: int) -> Run:
        """Publish the `items` mails that wait."""
        result = run([*self._command(), "once"], cwd=self.folder, items=items, patience=PATIENCE)
        if result.status != 0:
            raise Failure(f"`mailpost once` ended with status {result.status}:\n{last_words(result.said)}")
        return result

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        log = self.folder / "run.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*self._command(), "run"], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            yield process
            if process.poll() is not None:
                raise Failure(f"`mailpost run` ended with status {process.returncode}:\n{last_words(log.read_text())}")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def check(self, posts: int, newest: str) -> None:
        """Every post has its page, every feed can be read and has the newest one."""
        pages = sum(1 for _ in self.site.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*/index.html"))
        if pages != posts:
            raise Failure(f"{posts} mails became {pages} pages")
        for name in FEEDS:
            try:
                content = (self.site / name).read_bytes()
                _ = json.loads(content) if name.endswith(".json") else ET.fromstring(content)
            except (OSError, ValueError, ET.ParseError) as problem:
                raise Failure(f"{name} cannot be read: {problem}") from problem
            if newest.encode() not in content:
                raise Failure(f"{name} lacks the newest post, {newest!r}")

    def wait_for(self, title: str, process: subprocess.Popen[bytes], patience: float = READY) -> float:
        """The moment at which the last of the three feeds tells of the post."""
        missing = {self.site / name: (0, 0) for name in FEEDS}
        deadline = time.perf_counter() + patience
        while missing:
            for path, seen in list(missing.items()):
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                state = (status.st_mtime_ns, status.st_ino)
                if state == seen:
                    continue
                missing[path] = state
                if title.encode() in path.read_bytes():
                    del missing[path]
            if missing and process.poll() is not None:
                words = last_words((self.folder / "run.log").read_text(errors="replace"))
                raise Failure(f"`mailpost run` ended with status {process.returncode}:\n{words}")
            if missing and time.perf_counter() > deadline:
                names = ", ".join(path.name for path in missing)
                raise Failure(f"{title!r} was not in {names} after {patience:.0f} s")
            if missing:
                time.sleep(LOOK)
        return time.perf_counter()

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "mailpost", "--config", str(self.config)]


def last_words(said: str) -> str:
    return "\n".join(said.rstrip().splitlines()[-LAST_WORDS:]) or "(it said nothing)"

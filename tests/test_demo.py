"""The demo, as a newcomer starts it: real processes, real ports, real mail."""

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import feedparser
import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 90.0  # seconds on the slowest machine


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def demo(data: Path, ports: list[int]) -> Iterator[subprocess.Popen[str]]:
    names = ("DEMO_HTTP", "DEMO_SMTP", "DEMO_IMAP")
    environment = os.environ | {name: str(port) for name, port in zip(names, ports, strict=True)}
    process = subprocess.Popen(
        [sys.executable, "-m", "mailpost", "demo", "--data", str(data)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "Traceback" not in said


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
        found: str = answer.read().decode()
        return found


def until(what: object, true: Callable[[], object], said: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail(f"{said}: {what}")


def there(http: int, path: str) -> bool:
    return "Hello from a test" in get(http, path)


def mails(data: Path) -> list[dict[str, object]]:
    command = [sys.executable, "-m", "mailpost", "--config", str(data / "config.toml"), "mails", "--json", "-n", "50"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_samples_and_a_mail_of_ones_own_are_on_the_blog(tmp_path: Path) -> None:
    data, ports = tmp_path / "demo-data", free_ports(3)
    http, smtp, _ = ports
    with demo(data, ports) as process:
        until(process.args, lambda: "five-mornings-away" in get(http, "feed.xml"), "no samples in the feed")
        until(process.args, lambda: len(mails(data)) == 20, "not all samples read")
        states = [str(mail["state"]) for mail in mails(data)]
        assert {state: states.count(state) for state in set(states)} == {
            "published": 16,
            "refused": 2,
            "held": 1,
            "draft": 1,
        }
        assert all(mail["reason"] for mail in mails(data) if mail["state"] in ("refused", "held"))

        mail = b"Subject: Hello from a test #first\nFrom: ann@demo.example\nTo: blog@demo.example\n\nIt works.\n"
        with smtplib.SMTP("127.0.0.1", smtp) as door:
            door.sendmail("ann@demo.example", ["blog@demo.example"], mail)
        for path in ("", "feed.xml", "atom.xml", "feed.json", "tags/first/"):
            until(path, partial(there, http, path), "not there")
        assert feedparser.parse(get(http, "feed.xml")).entries[0].title == "Hello from a test"
        assert "pumpkin" not in get(http, "").lower().split("<main")[0]
        assert "The other half of the pumpkin" not in get(http, "atom.xml"), "a draft is in a feed"

    with demo(data, ports):
        until(ports, lambda: "Hello from a test" in get(http, ""), "it did not come back")
        assert len(mails(data)) == 21, "the samples were sent again"


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "mailpost", "demo", "--data", str(tmp_path / "d"), "--smtp", port]
        http, imap = free_ports(2)
        command += ["--http", str(http), "--imap", str(imap)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 78
    assert f"port {port}" in done.stderr
    assert "DEMO_SMTP" in done.stderr
    assert "Traceback" not in done.stderr

"""doctor auth, as people and programs call it: real children, a real name server, and once a real mail server."""

import json
import mailbox
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from mailpost.app import App
from mailpost.cli import doctor
from mailpost.config import load
from mailpost.errors import Reason, Temporary
from tests.dovecot import Dovecot
from tests.letters import RECEIVED
from tests.nameserver import Fault, Zone
from tests.private import private
from tests.signer import key
from tests.test_advice import FASTMAIL, HOP, MINE, gone, probe, says, signed, unsigned
from tests.test_cli import run

CONFIG = """\
[[blog]]
name = "garden"
title = "The garden"
url = "https://garden.example/"
addresses = ["blog@demo.example"]

[[author]]
name = "Ann [a]"
addresses = ["ann@demo.example"]
require = "{require}"
secrets = ["k7q2x9w4m8e5r3t6"]

[resolver]
nameservers = ["{zone}"]
"""
MAILBOX = """
[[mailbox]]
name = "box"
host = "127.0.0.1"
port = {port}
user = "{user}"
password = "secret"
tls = "none"
trusted_servers = {trusted}
largest = 100_000
"""
KEYS = [
    "author", "address", "blogs", "require", "suits", "satisfied", "mails", "judged", "passing", "signatures",
    "servers", "below", "means", "held", "weak", "paste",
]  # fmt: skip
SERVER_KEYS = [
    "mailbox", "provider", "names", "ids", "says", "mails", "trusted", "helps", "probe", "beware",
]  # fmt: skip
KEY = "sel._domainkey.demo.example"


@pytest.fixture(scope="module")
def zone() -> Iterator[Zone]:
    with Zone({KEY: [key(2048).record]}) as server:
        yield server


@dataclass(frozen=True)
class Done:
    """What a command said, `words` without its line ends, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        return " ".join(self.out.split())

    @property
    def json(self) -> dict[str, Any]:
        (line,) = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


Auth = Callable[..., Done]


@pytest.fixture
def place(tmp_path: Path, zone: Zone) -> Path:
    configured(tmp_path, zone)
    return tmp_path


@pytest.fixture
def auth(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auth:
    """The command without the start of a program, which is most of its time."""
    monkeypatch.chdir(place)
    monkeypatch.setattr(doctor, "config", lambda: load(place / "config.toml"))
    monkeypatch.setattr(doctor, "opened", lambda: App(load(place / "config.toml")))

    def run_here(*files: str, limit: int = 200, probe: str = "", as_json: bool = False) -> Done:
        code = 0
        try:
            doctor.auth([Path(file) for file in files], limit=limit, probe=probe, as_json=as_json)
        except typer.Exit as end:
            code = end.exit_code
        return Done(code, *capsys.readouterr())

    return run_here


def configured(folder: Path, zone: Zone, require: str = "proof", more: str = "") -> None:
    private(folder / "config.toml", CONFIG.format(require=require, zone=zone.address) + more)


def test_an_author_whose_mail_is_signed_needs_nothing(place: Path, auth: Auth) -> None:
    (place / "a.eml").write_bytes(signed(above=HOP + says("mx.google.com")))
    done = auth("a.eml")
    assert done.code == 0
    assert 'Ann [a] <ann@demo.example> require = "proof"' in done.words
    assert "1 × demo.example, 2048 bits: verified here" in done.words
    assert "mx.google.com (Gmail): dkim=pass, dmarc=pass not trusted, and need not be" in done.words
    assert "“proof” lets all of it through." in done.words
    assert "swaks" not in done.words


def test_what_is_to_be_changed_is_said_in_lines_to_paste(place: Path, auth: Auth) -> None:
    (place / "a.eml").write_bytes(unsigned(fields={"To": "blog+k7q2x9w4m8e5r3t6@demo.example"}))
    done = auth("a.eml")
    assert done.code == 1
    assert '\n  # [[author]] "Ann [a]"\n  require = "secret"\n' in done.out


def test_every_line_fits_a_terminal_but_those_to_copy(place: Path, auth: Auth) -> None:
    (place / "a.eml").write_bytes(gone(HOP + FASTMAIL))
    lines = auth("a.eml").out.splitlines()
    assert [line for line in lines if len(line) > 80 and not line.lstrip().startswith(("swaks --", "--"))] == []


def test_json_has_the_same_keys_whatever_is_known(place: Path, auth: Auth) -> None:
    (place / "a.eml").write_bytes(signed(above=HOP + says("mx.google.com")))
    found = auth("a.eml", as_json=True)
    assert (found.code, list(found.json)) == (0, KEYS)
    assert found.json["signatures"] == [
        {"domain": "demo.example", "state": "passed", "why": "", "bits": 2048, "mails": 1}
    ]
    assert [list(server) for server in found.json["servers"]] == [SERVER_KEYS]
    assert found.json["passing"] == {"proof": 1, "secret": 0, "both": 0, "either": 1}
    nothing = auth(as_json=True)
    assert (nothing.code, list(nothing.json)) == (1, KEYS)


def test_a_secret_is_never_shown(place: Path, auth: Auth) -> None:
    (place / "a.eml").write_bytes(signed({"To": "blog+k7q2x9w4m8e5r3t6@demo.example"}))
    told = auth("a.eml")
    assert "both 1" in told.words
    assert "k7q2x9" not in told.out + auth("a.eml", as_json=True).out


def test_without_any_mail_it_says_what_to_do(place: Path) -> None:
    """As a program of its own, from the command line to the exit code."""
    done = run(place, "doctor", "auth")
    assert (done.returncode, "Send one to the blog from each address" in done.stdout) == (1, True)


def test_folders_and_mbox_files_are_read_whole(place: Path, auth: Auth) -> None:
    box = mailbox.mbox(str(place / "all.mbox"))
    for number in range(3):
        box.add(signed({"Message-ID": f"<{number}@demo.example>"}))
    box.close()
    (place / "folder").mkdir()
    (place / "folder" / "a.eml").write_bytes(signed())
    assert auth("all.mbox", "folder", limit=1, as_json=True).json["mails"] == 4
    missing = auth("all.mbox", "missing", as_json=True)
    assert (missing.code, missing.json["mails"], "No such file" in missing.err) == (1, 3, True)


def test_t06_the_recipe_of_a_probe_makes_a_mail_that_tells(place: Path, auth: Auth) -> None:
    """From the words that were printed to the verdict on the mail they make, in both ways."""
    (place / "a.eml").write_bytes(gone(HOP + says(MINE)))
    said = auth("a.eml").out
    recipe = shlex.split(said[said.index("  swaks") : said.index("When it has arrived")].replace("\\\n", " "))
    about, claim, control = (recipe[n + 1] for n, word in enumerate(recipe) if word == "--add-header")
    word = said.split("--probe ")[1].split()[0]
    pasted = f'trusted_servers = ["{MINE}"]'
    for kept, expected, paste in (([], "took out what a probe had", True), ([claim], "do not trust it", False)):
        above = HOP + says(MINE, verdict="spf=none") + "".join(f"{line}\r\n" for line in [about, *kept, control])
        (place / "probe.eml").write_bytes(unsigned(above, {"From": "you@elsewhere.example"}))
        done = auth("a.eml", "probe.eml", probe=word)
        assert (done.code, expected in done.words, pasted in done.out) == (1, True, paste)
        assert "swaks" not in done.out
    assert "the probe another is not among the mails" in auth("a.eml", probe="another").err


def test_t06_a_trusted_server_that_keeps_forged_fields_is_a_fault_by_itself(
    place: Path, zone: Zone, auth: Auth
) -> None:
    configured(place, zone, more=MAILBOX.format(port=1, user="ann", trusted=f'["{MINE}"]'))
    (place / "a.eml").write_bytes(signed(above=HOP + says(MINE)))
    assert auth("a.eml").code == 0
    (place / "probe.eml").write_bytes(probe(server_keeps=True))
    done = auth("a.eml", "probe.eml")
    assert (done.code, "do not trust it" in done.words, "trusted_servers = []" in done.out) == (1, True, True)


def test_a_mail_that_cannot_be_read_ends_nothing(place: Path, auth: Auth) -> None:
    hostile = {
        "1-nul.eml": b"\x00" * 1000,
        "2-field.eml": b"From: " + b"(" * 100_000 + b"\n\nx",
        "3-signatures.eml": signed(above="DKIM-Signature: v=1; a=rsa-sha256; d=demo.example\r\n" * 400),
        "4-spaces.eml": signed().replace(b"crocus", b" " * 3_000_000),
        "5-results.eml": signed(above=HOP + f"Authentication-Results: {'(' * 8000}\r\n" * 10),
        "6-escape.eml": signed({"From": "Ann \u202e <ann@demo.example>"}),
        "7-good.eml": signed(),
    }
    for name, raw in hostile.items():
        (place / name).write_bytes(raw)
    done = auth(*hostile)
    assert "verified here" in done.words
    assert done.err.count("could not be read") == 2


def test_a_mail_that_breaks_its_reader_is_said_and_the_next_one_is_read(place: Path, zone: Zone, auth: Auth) -> None:
    """A name server that is silent, for a child that has two seconds for a mail."""
    zone.faults["slow._domainkey.demo.example"] = Fault.SILENCE
    configured(place, zone, more="[child]\nseconds = 2\n")
    (place / "a.eml").write_bytes(signed(s="slow"))
    (place / "b.eml").write_bytes(signed())
    done = auth("a.eml", "b.eml")
    assert f"1 could not be read: {Reason.TIMEOUT}" in done.err
    assert "“proof” lets all of it through." in done.words


def test_without_name_servers_it_is_to_be_tried_later(place: Path, zone: Zone) -> None:
    zone.faults["broken._domainkey.demo.example"] = Fault.SERVFAIL
    (place / "a.eml").write_bytes(signed(s="broken"))
    done = run(place, "doctor", "auth", "a.eml")
    assert (done.returncode, "could not be looked up" in done.stderr) == (75, True)


@pytest.mark.server
def test_what_lies_in_the_mailbox_is_looked_at_and_left_and_then_what_is_kept(
    place: Path, zone: Zone, dovecot: Dovecot, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(place, zone, more=MAILBOX.format(port=dovecot.imap_port, user=dovecot.user, trusted="[]"))
    large = signed().replace(b"crocus", b"crocus " * 20_000)
    for raw in (signed(above=HOP), unsigned(), signed(above=HOP), large, probe(server_keeps=False)):
        dovecot.deliver(raw, when=RECEIVED.timestamp())
    found = auth(as_json=True)
    assert (found.code, found.json["mails"], found.json["passing"]["proof"]) == (1, 3, 2), "without the large one"
    assert auth(as_json=True, limit=1).json["mails"] == 0, "the newest is the probe"
    assert dovecot.folders() == ["INBOX"]
    with dovecot.client() as client:
        client.select_folder("INBOX", readonly=True)
        assert (len(client.search("UNSEEN")), client.search("SEEN")) == (5, [])

    assert run(place, "once").returncode == 0
    assert dovecot.messages() == []
    kept = auth(as_json=True)
    assert (kept.json["mails"], kept.json["passing"]["proof"]) == (2, 1), "the same mail again is one mail"
    assert re.search(r"\(mail \d\)$", kept.json["held"][0])
    assert auth(as_json=True, limit=1).json["mails"] == 0, "the newest is the probe"
    monkeypatch.delitem(zone.records, KEY)
    assert (
        "1 more: it was posted, and the keys of its signatures are not there any more"
        in auth(as_json=True).json["held"]
    )


def test_a_mailbox_that_cannot_be_reached_is_said(place: Path, zone: Zone, auth: Auth) -> None:
    configured(place, zone, more=MAILBOX.format(port=1, user="ann", trusted="[]"))
    with pytest.raises(Temporary, match="127"):
        auth()

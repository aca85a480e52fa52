"""The commands, as people and programs call them."""

import json
import mailbox
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.private import private

SAMPLES = Path(__file__).parents[1] / "src" / "mailpost" / "demo" / "samples"
KEYS = [
    "file", "outcome", "reason", "author", "title", "slug", "tags", "date", "html", "text", "trimmed", "attachments",
    "warnings", "seconds",
]  # fmt: skip
CONFIG = """
[blog]
name = "ann"
title = "Ann's [blog]"
url = "https://blog.example/"
addresses = ["blog@demo.example"]
[author]
name = "Ann"
addresses = ["ann@demo.example"]
require = "{require}"
secrets = ["k7q2x9w4m8e5r3t6"]
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mailpost", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def place(tmp_path: Path) -> Path:
    private(tmp_path / "config.toml", CONFIG.format(require="secret"))
    return tmp_path


def mail(to: str = "blog+k7q2x9w4m8e5r3t6@demo.example", sender: str = "ann@demo.example") -> bytes:
    return f"From: {sender}\nTo: {to}\nSubject: Hello\nMessage-ID: <1@demo.example>\n\nA word.\n".encode()


def preview(place: Path, *words: str) -> list[dict[str, object]]:
    done = run(place, "preview", "--json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_preview_gives_one_line_with_the_same_keys_whatever_becomes_of_a_mail(place: Path) -> None:
    for name, content in {
        "1-good.eml": mail(),
        "2-stranger.eml": mail(sender="someone@elsewhere.example"),
        "3-no-secret.eml": mail(to="blog@demo.example"),
        "4-draft.eml": mail(to="blog+k7q2x9w4m8e5r3t6+draft@demo.example"),
        "5-empty.eml": b"",
        "6-bytes.eml": b"To: blog@demo.example\r\n" + bytes(range(256)) * 50,
    }.items():
        (place / name).write_bytes(content)
    found = preview(place, *(str(p) for p in sorted(place.glob("*.eml"))))
    assert [list(line) for line in found] == [KEYS] * 6
    outcomes = [line["outcome"] for line in found]
    assert outcomes == ["published", "refused", "held", "draft", "refused", "held"]
    assert all(line["reason"] for line in found if line["outcome"] not in ("published", "draft"))


def test_preview_reads_folders_and_mbox_files_in_order(place: Path) -> None:
    box = mailbox.mbox(str(place / "all.mbox"))
    for number in (1, 2, 3):
        box.add(mail().replace(b"Hello", f"Hello {number}".encode()))
    box.close()
    folder = place / "folder"
    folder.mkdir()
    (folder / "b.eml").write_bytes(mail())
    (folder / "a.eml").write_bytes(mail())
    found = preview(place, "all.mbox", "folder")
    assert [line["file"] for line in found] == [
        "all.mbox:1",
        "all.mbox:2",
        "all.mbox:3",
        "folder/a.eml",
        "folder/b.eml",
    ]
    assert [line["title"] for line in found] == ["Hello 1", "Hello 2", "Hello 3", "Hello", "Hello"]


def test_preview_trust_needs_no_configuration_and_skips_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "evil.eml").write_bytes(
        mail(sender="x@elsewhere.example").replace(b"A word.", b"<script>alert(1)</script>")
    )
    (line,) = preview(tmp_path, "--trust", "evil.eml")
    assert line["outcome"] == "published"
    assert "<script" not in str(line["html"])


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_what_a_terminal_cannot_show_ends_nothing(place: Path, encoding: str) -> None:
    (place / os.fsdecode(b"caf\xe9.eml")).write_bytes(mail().replace(b"A word.", "Ein Löffel 🐝".encode()))
    command = [sys.executable, "-m", "mailpost", "preview", "--trust", "."]
    strict = os.environ | {"PYTHONIOENCODING": f"{encoding}:strict"}
    for words in ([], ["--json"]):
        done = subprocess.run([*command, *words], cwd=place, env=strict, capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.splitlines()[0])["text"].strip() == "Ein Löffel 🐝"


def test_preview_keeps_nothing(place: Path) -> None:
    (place / "a.eml").write_bytes(mail())
    preview(place, "a.eml")
    assert sorted(p.name for p in place.iterdir()) == ["a.eml", "config.toml"]


def test_preview_names_a_file_that_is_not_there_and_goes_on(place: Path) -> None:
    (place / "a.eml").write_bytes(mail())
    (place / "folder").mkdir()
    (place / "folder" / "gone.eml").symlink_to("nowhere")
    done = run(place, "preview", "--json", "missing.eml", "folder", "a.eml")
    assert (done.returncode, done.stderr.count("No such file")) == (1, 2)
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["outcome"] == "published"


def test_preview_shows_the_samples_to_people(place: Path) -> None:
    done = run(place, "preview", "--trust", str(SAMPLES / "gallery-five-mornings.eml"))
    assert "Five mornings away" in done.stdout
    assert done.stdout.count("image/jpeg") == 5


def test_preview_says_to_people_that_a_post_would_be_private(place: Path) -> None:
    (place / "a.eml").write_bytes(mail(to="blog+k7q2x9w4m8e5r3t6+private@demo.example"))
    assert "a.eml published private\n" in run(place, "preview", "a.eml").stdout


def test_check_says_what_it_understood(place: Path) -> None:
    done = run(place, "check")
    assert (done.returncode, "Ann's [blog]" in done.stdout, "is sound" in done.stdout) == (0, True, True)


def test_check_names_every_problem_and_touches_nothing(place: Path) -> None:
    text = CONFIG.format(require="proov").replace("title =", "titel =").replace("https://", "")
    (place / "config.toml").write_text(text)
    done = run(place, "check")
    assert done.returncode == 78
    assert "titel" in done.stderr
    assert "'title'" in done.stderr
    assert "require" in done.stderr
    assert sorted(p.name for p in place.iterdir()) == ["config.toml"]


def test_no_configuration_is_said_with_the_remedy(tmp_path: Path) -> None:
    done = run(tmp_path, "once")
    assert (done.returncode, "config.example.toml" in done.stderr) == (78, True)


def test_once_without_mail_publishes_an_empty_blog(place: Path) -> None:
    done = run(place, "once")
    assert (done.returncode, done.stdout) == (0, "no new mail\n")
    assert (place / "site" / "feed.xml").exists()
    assert run(place, "publish").stdout == "everything was up to date\n"


def test_status_mails_and_posts_speak_json(place: Path) -> None:
    status = json.loads(run(place, "status", "--json").stdout)
    assert status == {"mails": {}, "posts": {"ann": 0}, "drawn": {"ann": True}, "copies": {}}
    assert run(place, "mails", "--json").stdout == ""
    assert run(place, "posts", "--json").stdout == ""


def test_secrets_are_in_no_output(place: Path) -> None:
    for words in (("check",), ("status",), ("--verbose", "once"), ("mails",)):
        done = run(place, *words)
        assert "k7q2x9w4m8e5r3t6" not in done.stdout + done.stderr


def test_a_data_folder_that_was_open_to_everybody_is_closed(place: Path) -> None:
    (place / "data").mkdir(mode=0o755)
    (place / "data").chmod(0o755)
    run(place, "status")
    assert (place / "data").stat().st_mode & 0o777 == 0o750


def test_a_password_file_that_is_missing_is_no_secret_in_the_configuration(place: Path) -> None:
    """The first thing somebody new meets: nothing else must be wrong with a configuration everybody may read."""
    config = CONFIG.format(require="proof").replace('secrets = ["k7q2x9w4m8e5r3t6"]', "")
    box = '[mailbox]\nhost = "imap.example.org"\nuser = "ann"\npassword = { file = "password" }\n'
    (place / "config.toml").write_text(config + box)
    (place / "config.toml").chmod(0o644)
    done = run(place, "check")
    assert (done.returncode, "could not be read" in done.stderr, "chmod" in done.stderr) == (78, True, False)

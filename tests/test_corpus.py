"""Every mail in other people's collections goes through the command, and none breaks it."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

Previews = tuple[list[dict[str, Any]], list[Path], float]
OUTCOMES = {"published", "draft", "held", "refused", "comment", "command", "failed"}
KEYS = [
    "file", "outcome", "reason", "author", "title", "slug", "tags", "date", "html", "text", "trimmed", "attachments",
    "warnings", "seconds",
]  # fmt: skip
ATTACHMENT = {"name", "type", "size", "sha256", "kind"}
NOT_MAILS = {".html", ".json", ".xml", ".md", ".js", ".yml", ".markdown", ".gitattributes", ".jpg", ".bin"}
FOLDERS = {
    "arc-test-suite", "crisp-email-reply-parser", "django-mailbox", "enmime", "flanker", "github-email-reply-parser",
    "james-mime4j", "mikel-mail", "quotequail", "rspamd", "sisimai-bounces", "stalwart-mail-parser", "talon", "webklex-php-imap",
}  # fmt: skip


def mails(corpus: Path) -> list[Path]:
    """Mails, and what only pretends to be one: hostile enough for a reader of mails."""
    return sorted(
        path
        for path in corpus.rglob("*")
        if path.is_file()
        and path.relative_to(corpus).parts[0] in FOLDERS
        and path.suffix.lower() not in NOT_MAILS
        and path.name not in ("LICENSE.txt", "SOURCE.md")
    )


@pytest.fixture(scope="module")
def previews(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Previews:
    """What the command says of all of them, and how long it took."""
    paths = mails(corpus)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "mailpost", "preview", "--trust", "--json", *map(str, paths)],
        capture_output=True,
        check=False,
        timeout=300,
        cwd=tmp_path_factory.mktemp("nowhere"),
    )
    seconds = time.monotonic() - began
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return [json.loads(line) for line in done.stdout.decode().splitlines()], paths, seconds


def test_every_mail_has_its_line_in_bounded_time(previews: Previews) -> None:
    lines, paths, seconds = previews
    assert len(paths) > 700
    assert [line["file"] for line in lines] == [str(path) for path in paths]
    assert seconds < 120
    assert max(line["seconds"] for line in lines) < 30


def test_every_line_has_exactly_the_fields_it_promises(previews: Previews) -> None:
    for line in previews[0]:
        assert list(line) == KEYS
        assert {type(line[key]) for key in KEYS[:6]} | {type(line[key]) for key in KEYS[7:11]} == {str}
        assert all(set(attachment) == ATTACHMENT for attachment in line["attachments"])
        assert line["outcome"] in OUTCOMES
        assert bool(line["reason"]) == (line["outcome"] in ("held", "refused", "failed"))


def test_no_mail_breaks_the_reader(previews: Previews) -> None:
    assert [line["file"] for line in previews[0] if line["outcome"] == "failed"] == []


def test_most_mails_can_be_read(previews: Previews) -> None:
    """Of what really is a mail; what is held has a broken header, what is refused has no content."""
    real = [line for line in previews[0] if line["file"].endswith(".eml")]
    published = [line for line in real if line["outcome"] == "published"]
    assert len(real) > 500
    assert len(published) >= 505


def test_nothing_that_was_published_is_empty_or_unsafe(previews: Previews) -> None:
    for line in previews[0]:
        if line["outcome"] == "published":
            assert all(line[key] for key in ("title", "slug", "date"))
            low = line["html"].lower()
            assert not [
                word
                for word in ("<script", "<style", "javascript:", " onerror=", " style=", "<iframe")
                if f"{word}" in low.replace("&lt;", "")
            ]


def test_an_attachment_says_what_was_sent(previews: Previews) -> None:
    seen = [attachment for line in previews[0] for attachment in line["attachments"]]
    assert len(seen) > 60
    assert {attachment["kind"] for attachment in seen} <= {"photo", "sound", "film", "document"}
    assert all(len(attachment["sha256"]) == 64 and attachment["size"] > 0 for attachment in seen)


def test_no_text_has_become_replacement_characters(previews: Previews) -> None:
    """But where somebody else has written them already, or encoded Big5 twice."""
    broken = {Path(line["file"]).name for line in previews[0] if line["text"].count("\ufffd") > 2}
    assert broken <= {"outlook-express.eml", "content_transfer_encoding_empty.eml"}


def test_the_command_says_the_same_twice(corpus: Path, tmp_path: Path) -> None:
    some = mails(corpus)[::40]
    runs = [
        subprocess.run(
            [sys.executable, "-m", "mailpost", "preview", "--trust", "--json", *map(str, some)],
            capture_output=True, check=True, timeout=120, cwd=tmp_path,
        ).stdout.splitlines()
        for _ in range(2)
    ]  # fmt: skip
    first, second = ([{**json.loads(line), "seconds": 0} for line in run] for run in runs)
    assert first == second

"""What the documents say is so."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.main import get_command

from mailpost import __version__
from mailpost.cli.shared import app
from mailpost.convert import marks
from tests.letters import letter, mixed, read
from tests.pictures import jpeg, part

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text()
WRITING = (ROOT / "docs" / "writing.md").read_text()


def commands() -> set[str]:
    return set(get_command(app).commands)  # type: ignore[attr-defined]


def test_the_readme_has_every_command_and_no_other() -> None:
    table = set(re.findall(r"^\| `mailpost ([a-z]+)` \|", README, re.MULTILINE))
    assert table == commands()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_no_document_speaks_of_a_command_that_is_not(document: Path) -> None:
    said = set(re.findall(r"`(?:\.venv/bin/)?mailpost (?:--config \S+ )?([a-z]+)\b", document.read_text()))
    assert said <= commands()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_every_link_inside_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
        if "://" not in link:
            assert (document.parent / link).exists(), link


def test_every_file_the_readme_names_exists() -> None:
    section = README.split("### Where things are")[1].split("### ")[0]
    for cell in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE):
        for name in re.findall(r"`([\w./]+)`", cell):
            places = (ROOT / name, ROOT / "src" / "mailpost" / name)
            assert any(place.exists() for place in places), name


def test_every_make_target_that_is_spoken_of_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    said = {word for d in DOCUMENTS for word in re.findall(r"`make ([a-z]+)`", d.read_text())}
    assert {word for word in said if not re.search(rf"^{word}:", makefile, re.MULTILINE)} == set()


def test_every_dependency_has_its_reason() -> None:
    declared = re.findall(r'^    "([a-z0-9-]+)[><=]', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    reasons = (ROOT / "docs" / "decisions.md").read_text().split("## Dependencies")[1]
    assert [name for name in declared if name not in reasons] == []


def test_the_changelog_knows_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_marks_of_the_readme_are_those_of_the_program() -> None:
    said = set(re.findall(r"`(title|tags|slug|summary|status|date|cover)`", README))
    assert said == marks.KEYS


def test_every_example_of_a_header_block_is_understood() -> None:
    examples = re.findall(r"^\| `([a-z]+: [^`]+)`", WRITING, re.MULTILINE)
    assert {example.partition(":")[0] for example in examples} == marks.KEYS
    photos = [part(jpeg(colour=colour), "image/jpeg") for colour in ("red", "blue")]
    for example in examples:
        raw = mixed("mixed", f"Content-Type: text/plain\r\n\r\n{example}\r\n\r\nWords.\r\n", *photos)
        found = read(raw.replace(b" Mar 2026", b" Dec 2026"), received=datetime(2026, 12, 1, 13, tzinfo=UTC))
        assert found.post is not None
        assert (found.post.text.strip(), found.warnings) == ("Words.", ()), example


def test_the_limits_are_those_of_the_program() -> None:
    said = re.search(
        r"^Limits: (\d+) files and (\d+) tags a mail, (\d+) MiB of text, a title of (\d+) letters",
        WRITING,
        re.MULTILINE,
    )
    assert said is not None
    tags = "".join(f" #tag{chr(97 + n)}" for n in range(25))
    found = read(letter("x" * 1_200_000, {"Subject": "x" * 300 + tags})).post
    files = [
        part(b"%d,%d" % (n, n), "text/csv", f"Content-Disposition: attachment; filename={n}.csv") for n in range(60)
    ]
    many = read(mixed("mixed", *files)).post
    assert found is not None
    assert many is not None
    lengths = (len(many.attachments), len(found.tags), len(found.text) >> 20, len(found.title))
    assert lengths == tuple(map(int, said.groups()))


def test_nothing_here_names_a_machine() -> None:
    """No index host, no home directory, no absolute path of whoever wrote this."""
    telling = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|/home/\w|(?<!emit-)index-url")
    texts = [
        *DOCUMENTS,
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
        *ROOT.glob("constraints*.txt"),
        *(path for path in (ROOT / "tools").rglob("*") if path.is_file() and path.suffix != ".pyc"),
    ]
    assert [path.name for path in texts if telling.search(path.read_text())] == []

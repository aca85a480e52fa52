"""A folder on this machine: what only it promises."""

import os
import stat
from pathlib import Path
from uuid import UUID

import pytest

from mailpost.errors import Temporary
from mailpost.files import local
from mailpost.files.local import LocalFiles

SAME = UUID(int=7)


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "site")


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_unchanged_bytes_are_not_written_again(files: LocalFiles) -> None:
    """So that conditional requests keep working."""
    files.put("a", b"one")
    os.utime(files.root / "a", (1, 1))
    files.put_all([("a", b"one")])
    assert (files.root / "a").stat().st_mtime == 1


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_file_is_whole_or_not_there(files: LocalFiles, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    files.put("a", b"the old one")

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, broken)
    with pytest.raises(Temporary, match="No space left"):
        files.put("a", b"the new one, which is longer")
    monkeypatch.undo()
    assert (files.get("a"), everything(files.root)) == (b"the old one", ["a"])


def test_names_reach_the_disk_before_it_returns(files: LocalFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file, and each folder something was put into: the new ones, and those they are in."""
    synced: list[str] = []
    true_sync = os.fsync

    def listen(descriptor: int) -> None:
        synced.append(os.path.relpath(Path(f"/proc/self/fd/{descriptor}").readlink(), files.root.parent))
        true_sync(descriptor)

    monkeypatch.setattr(os, "fsync", listen)
    files.put_all([("a/b/1", b"x"), ("a/b/2", b"y")])
    drafts = [name for name in synced if "/." in name]
    assert len(drafts) == 2
    assert set(synced) - set(drafts) == {".", "site", "site/a", "site/a/b"}


def test_a_link_planted_at_the_name_of_a_draft_is_not_followed(
    files: LocalFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    files.root.mkdir()
    (files.root / f".{SAME.hex}").symlink_to(victim)
    monkeypatch.setattr(local, "uuid4", lambda: SAME)
    with pytest.raises(Temporary):
        files.put("a", b"x")
    assert (victim.read_bytes(), files.get("a")) == (b"precious", None)


def test_a_link_in_place_of_a_file_is_replaced_and_not_written_through(files: LocalFiles, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    files.root.mkdir()
    (files.root / "a").symlink_to(victim)
    files.put("a", b"x")
    assert (victim.read_bytes(), files.get("a"), (files.root / "a").is_symlink()) == (b"precious", b"x", False)


def test_raw_mails_are_for_the_owner_only(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path, 0o600)
    files.put("raw/a.eml", b"x")
    assert stat.S_IMODE((tmp_path / "raw/a.eml").stat().st_mode) == 0o600


def test_adopting_links_where_that_works_and_copies_where_not(
    files: LocalFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = LocalFiles(tmp_path / "media")
    media.put("m/a", b"x")
    media.put("m/b", b"y")
    files.adopt("m/a", media)

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    files.adopt("m/b", media)
    links = [(files.root / "m" / name).stat().st_nlink for name in "ab"]
    assert (links, files.get("m/b")) == ([2, 1], b"y")


def test_what_cannot_be_written_is_temporary(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file where the folder should be")
    with pytest.raises(Temporary):
        LocalFiles(tmp_path / "site").put("a", b"x")
    with pytest.raises(Temporary):
        LocalFiles(tmp_path / "site").delete("a/b")


def test_drafts_are_no_files_yet(files: LocalFiles) -> None:
    files.put("a/1", b"x")
    (files.root / "a" / f".{SAME.hex}").write_bytes(b"half")
    assert list(files.paths("a")) == ["a/1"]


def test_readers_may_read_whatever_mask_there_is(tmp_path: Path) -> None:
    """Cron jobs of root often run with a mask that hides everything from a web server."""
    before = os.umask(0o077)
    try:
        LocalFiles(tmp_path / "site").put("2026/a.html", b"x")
        LocalFiles(tmp_path / "data", 0o600).put("raw/ab/c.eml", b"x")
    finally:
        os.umask(before)
    modes = {p.relative_to(tmp_path).as_posix(): oct(p.stat().st_mode & 0o777) for p in tmp_path.rglob("*")}
    assert {name: mode for name, mode in modes.items() if name.startswith("site")} == {
        "site": "0o755",
        "site/2026": "0o755",
        "site/2026/a.html": "0o644",
    }
    assert modes["data/raw/ab/c.eml"] == "0o600"
    assert modes["data/raw"] == "0o700"

"""A folder on this machine: what only it promises."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from mailpost.errors import ConfigError, Temporary
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

    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, broken)
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


def test_t73_a_link_planted_at_the_name_of_a_draft_is_not_followed(
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


def test_t73_a_link_in_place_of_a_file_is_replaced_and_not_written_through(files: LocalFiles, tmp_path: Path) -> None:
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

    def refuse(*_: object, **__: object) -> None:
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


# ---- T73: somebody else can write where we do, and waits for us

ACTS: dict[str, Callable[[LocalFiles], object]] = {
    "put": lambda files: files.put("2026/11/post/index.html", b"ours"),
    "put_all": lambda files: files.put_all([("2026/11/post/index.html", b"ours")]),
    "adopt": lambda files: files.adopt("2026/11/post/index.html", LocalFiles(files.root.parent / "given")),
    "delete": lambda files: files.delete("2026/11/post/index.html"),
}


@pytest.mark.parametrize("level", ["2026", "2026/11", "2026/11/post", "2026/11/post/index.html"])
@pytest.mark.parametrize("act", ACTS)
def test_t73_a_link_planted_at_any_level_leads_nowhere(files: LocalFiles, tmp_path: Path, act: str, level: str) -> None:
    """Whatever stands behind it is neither written, nor replaced, nor deleted, nor added to."""
    before = {"index.html", "11/index.html", "post/index.html", "11/post/index.html"}
    for path in before:
        (tmp_path / "theirs" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "theirs" / path).write_bytes(b"precious")
    LocalFiles(tmp_path / "given").put("2026/11/post/index.html", b"ours")
    target = tmp_path / "theirs" / ("index.html" if level.endswith("html") else "")
    (files.root / level).parent.mkdir(parents=True)
    (files.root / level).symlink_to(target)
    if level.endswith("html"):
        ACTS[act](files)
        assert not (files.root / level).is_symlink(), "the link itself is what is replaced or deleted"
    else:
        with pytest.raises(Temporary, match="links are not followed"):
            ACTS[act](files)
    assert {p: (tmp_path / "theirs" / p).read_bytes() for p in everything(tmp_path / "theirs")} == dict.fromkeys(
        before, b"precious"
    )


@pytest.mark.parametrize("level", ["2026", "2026/11"])
def test_t73_nothing_is_read_or_listed_through_a_link(files: LocalFiles, tmp_path: Path, level: str) -> None:
    theirs = LocalFiles(tmp_path / "theirs")
    theirs.put_all([("2026/11/a.html", b"secret"), ("a.html", b"secret")])
    (files.root / level).parent.mkdir(parents=True)
    (files.root / level).symlink_to(theirs.root / level)
    assert list(files.paths("")) == []
    with pytest.raises(Temporary, match="links are not followed"):
        files.get("2026/11/a.html")
    with pytest.raises(Temporary, match="links are not followed"):
        list(files.paths("2026/11"))


def test_t73_a_link_is_no_file_of_ours(files: LocalFiles, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"secret")
    files.root.mkdir()
    (files.root / "a.html").symlink_to(tmp_path / "theirs")
    assert (files.get("a.html"), list(files.paths(""))) == (None, [])


def test_t73_the_folder_itself_may_be_a_link_because_the_operator_named_it(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / "disk")
    local.open(local.Settings(tmp_path / "site")).put("a/b", b"x")
    assert (tmp_path / "disk/a/b").read_bytes() == b"x"


def test_t73_a_folder_that_becomes_a_link_while_we_stand_in_it_changes_nothing(
    files: LocalFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race: between our look at the folder and our writing into it."""
    (tmp_path / "theirs").mkdir()
    true_open, swapped = os.open, []

    def swap(path: str, flags: int, *rest: int, dir_fd: int | None = None) -> int:
        opened = true_open(path, flags, *rest, dir_fd=dir_fd)
        if path == "2026":
            (files.root / "2026").rename(files.root / "moved")
            (files.root / "2026").symlink_to(tmp_path / "theirs")
            swapped.append(path)
        return opened

    files.put("2026/a", b"one")
    monkeypatch.setattr(os, "open", swap)
    files.put("2026/a", b"two")
    assert (swapped, everything(tmp_path / "theirs")) == (["2026"], [])
    assert (files.root / "moved/a").read_bytes() == b"two"


def test_t73_a_pipe_in_place_of_a_file_holds_nobody_up(files: LocalFiles) -> None:
    files.root.mkdir()
    os.mkfifo(files.root / "a")
    assert files.get("a") is None
    files.put("a", b"x")
    assert files.get("a") == b"x"


def test_t73_what_is_written_is_a_new_file_and_not_the_old_one_under_its_other_name(
    files: LocalFiles, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_bytes(b"precious")
    files.root.mkdir()
    os.link(tmp_path / "victim", files.root / "a")
    files.put("a", b"x")
    assert ((tmp_path / "victim").read_bytes(), files.get("a")) == (b"precious", b"x")


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_t73_a_folder_that_everybody_may_write_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(ConfigError, match=f"{tmp_path}: everybody .* chmod o-w"):
        local.open(local.Settings(tmp_path))


@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646])
def test_t73_pages_that_others_may_write_are_no_choice(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="would let others write"):
        local.Settings(tmp_path, mode)


def test_every_descriptor_is_given_back(files: LocalFiles, tmp_path: Path) -> None:
    """A daemon draws for years."""
    other = LocalFiles(tmp_path / "other")
    other.put("m/a", b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    files.put_all([("a/b/c", b"x"), ("a/d", b"y"), ("e", b"z")])
    files.adopt("m/a", other)
    assert (files.get("a"), files.get("nothing/here"), len(list(files.paths("")))) == (None, None, 4)
    files.delete("a/b/c")
    for path in ("a", "e/below a file"):
        with pytest.raises(Temporary):
            files.put(path, b"x")
    assert len(list(Path("/proc/self/fd").iterdir())) == before

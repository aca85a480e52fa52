"""What every place for files promises: subclass `FilesContract` and say how to open an empty one."""

import pytest

from mailpost.files import Files
from mailpost.files.local import LocalFiles


class FilesContract:
    """Needs a fixture `files`, open and empty, and `other`, a second one of the same kind."""

    def test_what_was_put_is_there(self, files: Files) -> None:
        assert files.put("a/b.txt", b"one") is True
        assert (files.get("a/b.txt"), files.get("a/c.txt")) == (b"one", None)

    def test_putting_twice_is_the_same_as_once(self, files: Files) -> None:
        assert [files.put("a/b.txt", b"one") for _ in range(2)] == [True, False]

    def test_putting_other_bytes_replaces_the_file(self, files: Files) -> None:
        files.put("a.txt", b"one")
        assert (files.put("a.txt", b"two"), files.get("a.txt")) == (True, b"two")

    def test_many_files_are_put_and_those_that_changed_counted(self, files: Files) -> None:
        files.put("1", b"1")
        assert files.put_all((str(n), str(n).encode()) for n in range(1, 5)) == 3

    def test_paths_are_those_below_a_folder(self, files: Files) -> None:
        for path in ("a/1", "a/b/2", "c/3"):
            files.put(path, b"x")
        assert sorted(files.paths("a")) == ["a/1", "a/b/2"]
        assert sorted(files.paths("")) == ["a/1", "a/b/2", "c/3"]
        assert list(files.paths("none")) == []

    def test_a_deleted_file_is_gone_and_deleting_it_again_does_nothing(self, files: Files) -> None:
        files.put("a/1", b"x")
        for _ in range(2):
            files.delete("a/1")
        assert (files.get("a/1"), list(files.paths(""))) == (None, [])
        assert files.put("b", b"y"), "the place itself is still there"

    def test_a_file_of_the_same_kind_of_place_is_adopted(self, files: Files, other: Files) -> None:
        other.put("media/a", b"x")
        for _ in range(2):
            files.adopt("media/a", other)
        assert files.get("media/a") == b"x"

    def test_a_file_of_a_folder_is_adopted(self, files: Files, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = LocalFiles(tmp_path_factory.mktemp("folder"))
        folder.put("media/a", b"x")
        files.adopt("media/a", folder)
        assert files.get("media/a") == b"x"

    @pytest.mark.parametrize("path", ["../a", "a/../../b", "/etc/passwd", "a\0b", "", "..", "a/.."])
    def test_no_path_leads_out(self, files: Files, path: str) -> None:
        for call in (lambda: files.put(path, b"x"), lambda: files.get(path), lambda: files.delete(path)):
            with pytest.raises(ValueError, match="not a path"):
                call()

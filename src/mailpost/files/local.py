"""A folder on this machine."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import uuid4

from mailpost.errors import Temporary
from mailpost.files import Files


@dataclass(frozen=True, slots=True)
class Settings:
    path: Path
    mode: int = 0o644


def open(settings: Settings) -> "LocalFiles":  # noqa: A001 - what every adapter calls it
    return LocalFiles(settings.path, settings.mode)


class LocalFiles:
    """Files appear under their name when they are whole and on disk, and not before."""

    def __init__(self, root: Path, mode: int = 0o644) -> None:
        self.root = root
        self.mode = mode

    def put(self, path: str, content: bytes) -> bool:
        return self.put_all([(path, content)]) == 1

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> int:
        changed = 0
        folders: dict[Path, None] = {}
        try:
            for path, content in files:
                target = self._target(path)
                if _same(target, content):
                    continue
                self._folder(target.parent, folders)
                _write(target, content, self.mode)
                folders[target.parent] = None
                changed += 1
            for folder in folders:
                _sync(folder)
        except OSError as problem:
            raise Temporary(f"{self.root}: {problem.strerror or problem}") from problem
        return changed

    def get(self, path: str) -> bytes | None:
        try:
            return self._target(path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise Temporary(f"{self.root}: {problem.strerror or problem}") from problem

    def adopt(self, path: str, source: Files) -> None:
        target = self._target(path)
        if target.exists():
            return
        if isinstance(source, LocalFiles):
            folders: dict[Path, None] = {target.parent: None}
            with suppress(OSError):  # another file system, or one without links: copied below
                self._folder(target.parent, folders)
                os.link(source._target(path), target)  # noqa: SLF001 - another of the same kind
                for folder in folders:
                    _sync(folder)
                return
        content = source.get(path)
        if content is not None:
            self.put(path, content)

    def paths(self, prefix: str) -> Iterator[str]:
        below = self._target(prefix) if prefix else self.root
        for found in sorted(below.rglob("*")):
            if found.is_file() and not found.name.startswith("."):
                yield found.relative_to(self.root).as_posix()

    def delete(self, path: str) -> None:
        target = self._target(path)
        try:
            target.unlink(missing_ok=True)
        except OSError as problem:
            raise Temporary(f"{self.root}: {problem.strerror or problem}") from problem
        if target.parent != self.root:
            with suppress(OSError):
                target.parent.rmdir()  # an empty folder is nothing a reader should find

    def _target(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not path or path.startswith("/") or ".." in parts or "\0" in path:
            raise ValueError(f"not a path below the root: {path!r}")
        return self.root.joinpath(*parts)

    def _folder(self, folder: Path, made: dict[Path, None]) -> None:
        """Make a folder, and remember those whose names have to reach the disk."""
        if not folder.is_dir():
            self._folder(folder.parent, made)
            folder.mkdir(exist_ok=True)
            # Whoever may read the files may enter the folder, whatever mask cron or a shell has left us.
            folder.chmod(0o700 | self.mode | (self.mode & 0o444) >> 2)
            made[folder.parent] = None


def _same(target: Path, content: bytes) -> bool:
    try:
        return target.stat().st_size == len(content) and target.read_bytes() == content
    except OSError:
        return False


def _write(target: Path, content: bytes, mode: int) -> None:
    draft = target.with_name(f".{uuid4().hex}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

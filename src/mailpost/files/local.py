"""A folder on this machine.

The folder itself is where the operator says, through whatever links lead there. Below it no symbolic link is followed:
every step goes from an open folder to the next, so that nobody who can write there can make us write elsewhere.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self
from uuid import uuid4

from mailpost.errors import ConfigError, Temporary
from mailpost.files import Files

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # without waiting for the other end of a pipe
WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
LINKS = (errno.ELOOP, errno.ENOTDIR)  # what a link is to those who follow none
NO_FILE = (errno.ENOENT, errno.ELOOP, errno.ENXIO)  # nothing, a link, a socket


@dataclass(frozen=True, slots=True)
class Settings:
    path: Path
    mode: int = 0o644

    def __post_init__(self) -> None:
        if self.mode & 0o022:
            raise ValueError(f"mode 0o{self.mode:o} would let others write the pages")


def open(settings: Settings) -> "LocalFiles":  # noqa: A001 - what every adapter calls it
    with suppress(OSError):  # what is not there yet is made
        if settings.path.stat().st_mode & stat.S_IWOTH:
            raise ConfigError(f"{settings.path}: everybody on this machine may write there; chmod o-w would end that")
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
        with _Walk(self) as walk:
            for path, content in files:
                *folders, name = _parts(path)
                place = walk.make(folders)
                if not _same(name, place, content):
                    _write(name, place, content, self.mode)
                    walk.unsynced[*folders] = None
                    changed += 1
            walk.sync()
        return changed

    def get(self, path: str) -> bytes | None:
        """None too for a link, a pipe or a folder: whatever that is, it is no file of ours."""
        *folders, name = _parts(path)
        with _Walk(self) as walk:
            place = walk.enter(folders)
            return None if place is None else _read(name, place)

    def adopt(self, path: str, source: Files) -> None:
        *folders, name = _parts(path)
        with _Walk(self) as walk:
            place = walk.make(folders)
            if _is_file(name, place):
                return
            if isinstance(source, LocalFiles) and source._link(path, name, place):  # noqa: SLF001 - another of the same kind
                walk.unsynced[*folders] = None
                walk.sync()
                return
        content = source.get(path)
        if content is not None:
            self.put(path, content)

    def paths(self, prefix: str) -> Iterator[str]:
        folders = _parts(prefix) if prefix else ()
        found: list[str] = []
        with _Walk(self) as walk:
            place = walk.enter(folders)
            if place is not None:
                for folder, _, names, here in os.fwalk(".", dir_fd=place):
                    below = PurePosixPath(*folders, folder)
                    found += [str(below / n) for n in names if not n.startswith(".") and _is_file(n, here)]
        yield from sorted(found)

    def delete(self, path: str) -> None:
        *folders, name = _parts(path)
        with _Walk(self) as walk:
            place = walk.enter(folders)
            if place is None:
                return
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=place)
            above = walk.enter(folders[:-1])
            if folders and above is not None:
                with suppress(OSError):
                    os.rmdir(folders[-1], dir_fd=above)  # an empty folder is nothing a reader should find

    def _link(self, path: str, name: str, place: int) -> bool:
        """Give a file of ours a second name; False where it is not there or the disk cannot, and it is to be copied."""
        *folders, own = _parts(path)
        with _Walk(self) as walk:
            here = walk.enter(folders)
            if here is None or not _is_file(own, here):
                return False
            with suppress(OSError):  # another file system, one without links, or something else has that name
                os.link(own, name, src_dir_fd=here, dst_dir_fd=place, follow_symlinks=False)
                return True
        return False


class _Walk:
    """Goes from folder to folder below a root and holds open those it stands in.

    `unsynced` are the folders whose new names have yet to reach the disk.
    """

    def __init__(self, files: LocalFiles) -> None:
        self.root = files.root
        # Whoever may read the files may enter the folder, whatever mask cron or a shell has left us.
        self.mode = 0o700 | files.mode | (files.mode & 0o444) >> 2
        self.unsynced: dict[tuple[str, ...], None] = {}
        self._at: list[str] = []
        self._open: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            os.close(self._open.pop())
        if isinstance(problem, OSError):
            where = self.root.joinpath(*self._at, problem.filename or "")
            why = "no folder, and links are not followed" if problem.errno in LINKS else problem.strerror or problem
            raise Temporary(f"{where}: {why}") from problem

    def enter(self, folders: Iterable[str]) -> int | None:
        """The folder of this name, open until the next is asked for; None where there is none."""
        with suppress(FileNotFoundError):
            return self._go(list(folders), making=False)
        return None

    def make(self, folders: Iterable[str]) -> int:
        """The folder of this name, open until the next is asked for; made where there is none."""
        return self._go(list(folders), making=True)

    def sync(self) -> None:
        for folders in self.unsynced:
            os.fsync(self._go(list(folders), making=False))
        self.unsynced.clear()

    def _go(self, folders: list[str], *, making: bool) -> int:
        if not self._open:
            self._open.append(self._begin(making=making))
        while self._at != folders[: len(self._at)]:
            self._at.pop()
            os.close(self._open.pop())
        for name in folders[len(self._at) :]:
            self._open.append(self._step(name, making=making))
            self._at.append(name)
        return self._open[-1]

    def _step(self, name: str, *, making: bool) -> int:
        flags = FOLDER | os.O_NOFOLLOW
        try:
            return os.open(name, flags, dir_fd=self._open[-1])
        except FileNotFoundError:
            if not making:
                raise
        os.mkdir(name, self.mode, dir_fd=self._open[-1])
        made = os.open(name, flags, dir_fd=self._open[-1])
        os.fchmod(made, self.mode)
        self.unsynced[*self._at] = None
        return made

    def _begin(self, *, making: bool) -> int:
        try:
            return os.open(self.root, FOLDER)
        except FileNotFoundError:
            if not making:
                raise
        missing = [folder for folder in (self.root, *self.root.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            folder.chmod(self.mode)
            above = os.open(folder.parent, FOLDER)
            try:
                os.fsync(above)
            finally:
                os.close(above)
        return os.open(self.root, FOLDER)


def _parts(path: str) -> tuple[str, ...]:
    parts = PurePosixPath(path).parts
    if not path or path.startswith("/") or ".." in parts or "\0" in path or not parts:
        raise ValueError(f"not a path below the root: {path!r}")
    return parts


def _is_file(name: str, place: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _same(name: str, place: int, content: bytes) -> bool:
    try:
        return _read(name, place, len(content)) == content
    except OSError:
        return False


def _read(name: str, place: int, size: int | None = None) -> bytes | None:
    """The content of a file; None where that is none, or not one of this size."""
    try:
        descriptor = os.open(name, READ, dir_fd=place)
    except OSError as problem:
        if problem.errno in NO_FILE:
            return None
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or size not in (None, found.st_size):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _write(name: str, place: int, content: bytes, mode: int) -> None:
    draft = f".{uuid4().hex}"
    descriptor = os.open(draft, WRITE, mode, dir_fd=place)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(draft, name, src_dir_fd=place, dst_dir_fd=place)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=place)
        raise

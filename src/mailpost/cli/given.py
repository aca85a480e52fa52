"""Mails that somebody names on the command line: files, mbox files and folders of them."""

import mailbox as formats
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.markup import escape

from mailpost.cli.shared import say

LARGEST = 64 * 1024 * 1024
ONE_MAIL = (".eml", ".msg", ".txt")  # whatever it begins with


def mails_in(paths: Iterable[Path], unread: list[str]) -> Iterator[tuple[str, bytes]]:
    """The names and bytes of mails, folders in order; what cannot be opened is said, and added to `unread`."""
    for path in paths:
        try:
            if path.is_dir():
                yield from mails_in(sorted(p for p in path.iterdir() if not p.name.startswith(".")), unread)
            elif path.suffix.lower() not in ONE_MAIL and _is_mbox(path):
                yield from _mbox(path)
            else:
                yield str(path), path.read_bytes()
        except OSError as problem:
            say.print(f"[red]{escape(str(path))}: {problem.strerror}[/]")
            unread.append(str(path))


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _mbox(path: Path) -> Iterator[tuple[str, bytes]]:
    box = formats.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), 1):
            yield f"{path}:{number}", box.get_bytes(key)
    finally:
        box.close()

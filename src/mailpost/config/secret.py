"""Secrets: where they may stand, and who may read them there.

A reference takes the place of a secret: `{ file = … }`, `{ env = … }`, `{ command = […] }` or `{ credential = … }`.
"""

import os
import shlex
import stat
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TextIO

from mailpost.config.problems import Problems, Where

SECONDS = 30  # for a command
KINDS = ("file", "env", "command", "credential")

WRITERS = stat.S_IWOTH
STRANGERS = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP  # a group may read: `root:mailpost 0640` is how services are run
APART = Path("/run/secrets")  # of a container, which has it for itself


class _UnusableError(Exception):
    """Why a reference is none; the sentence is for the operator."""


class Secrets:
    """Replaces references by what they stand for; `elsewhere` are the secrets so found."""

    def __init__(self, folder: Path, problems: Problems) -> None:
        self.folder = folder  # where relative paths begin
        self.problems = problems
        self.elsewhere: set[str] = set()

    def reveal(self, value: Any, where: Where = ()) -> Any:
        if isinstance(value, list):
            return [self.reveal(v, (*where, n)) for n, v in enumerate(value)]
        if not isinstance(value, dict):
            return value
        kind = next(iter(value), "")
        if len(value) == 1 and kind in KINDS and len(where) > 1:
            return self._secret(kind, value[kind], where)
        return {key: self.reveal(v, (*where, key)) for key, v in value.items()}

    def _secret(self, kind: str, source: Any, where: Where) -> str:
        try:
            found = _read(kind, source, self.folder)
        except _UnusableError as problem:
            self.problems.add(where, str(problem))
        except subprocess.CalledProcessError as problem:
            self.problems.add(where, f"the command for the secret ended with {problem.returncode}")
        except subprocess.TimeoutExpired:
            self.problems.add(where, f"the command for the secret took more than {SECONDS} seconds")
        except OSError as problem:
            self.problems.add(where, f"the secret could not be read: {problem.strerror}")
        except ValueError:
            self.problems.add(where, "the secret could not be read: it is not text")
        else:
            if not found:
                self.problems.add(where, "the secret is empty")
            self.elsewhere.add(found)
            return found
        return ""


def hidden(value: object) -> Iterator[str]:
    """The secrets in a configuration: all text that its values keep out of their own `repr`."""
    if is_dataclass(value):
        for field in fields(value):
            yield from (hidden if field.repr else _texts)(getattr(value, field.name))
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from hidden(each)


def open_to(file: TextIO, strangers: int) -> str:
    """Why an open file is no place for what is in it, and what to type; nothing where all is well.

    `strangers` are the bits of its mode that it must not have. A pipe, or a file without a name, is ours alone.
    """
    about = os.fstat(file.fileno())
    if not about.st_mode & strangers or not stat.S_ISREG(about.st_mode) or not about.st_nlink:
        return ""
    path = Path(file.name).resolve()
    if path.is_relative_to(APART):
        return ""
    mode = f"mode {stat.S_IMODE(about.st_mode):04o}"
    return f"others than its owner may read or change {path} ({mode}); type: chmod 600 {shlex.quote(str(path))}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable | Mapping):
        for each in value:
            yield from _texts(each)


def _read(kind: str, source: Any, folder: Path) -> str:
    if kind == "command":
        if not isinstance(source, list) or not source:
            raise _UnusableError("a command is a list of words")
        words = [str(word) for word in source]
        # The operator's own command, without a shell.
        return subprocess.run(words, capture_output=True, check=True, text=True, timeout=SECONDS).stdout.strip()  # noqa: S603
    if not isinstance(source, str):
        raise _UnusableError(f"{kind} names one place, as text")
    if kind == "env":
        if source not in os.environ:
            raise _UnusableError(f"the environment has no {source}")
        return os.environ[source].strip()
    with (folder / source if kind == "file" else _credential(source)).open(encoding="utf-8") as file:
        if problem := open_to(file, STRANGERS):
            raise _UnusableError(problem)
        return file.read().strip()


def _credential(name: str) -> Path:
    """What systemd's LoadCredential= or SetCredentialEncrypted= gave the service."""
    if Path(name).name != name:
        raise _UnusableError("a credential has a name, not a path")
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise _UnusableError("there are no credentials: systemd did not start this, or its unit names none")
    return Path(folder) / name

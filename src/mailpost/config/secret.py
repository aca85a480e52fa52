"""Secrets that stand elsewhere: `{ file = … }`, `{ env = … }` and `{ command = […] }`."""

import os
import subprocess
from pathlib import Path
from typing import Any

from mailpost.config.problems import Problems, Where

SECONDS = 30  # for a command
KINDS = ("file", "env", "command")


def reveal(value: Any, where: Where, folder: Path, problems: Problems) -> Any:
    """Replace every reference to a secret by the secret; `folder` is where relative paths begin."""
    if isinstance(value, list):
        return [reveal(v, (*where, n), folder, problems) for n, v in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kind = next(iter(value), "")
    if len(value) == 1 and kind in KINDS and len(where) > 1:
        return _secret(kind, value[kind], where, folder, problems)
    return {key: reveal(v, (*where, key), folder, problems) for key, v in value.items()}


def _secret(kind: str, source: Any, where: Where, folder: Path, problems: Problems) -> str:
    try:
        found = _read(kind, source, folder)
    except KeyError:
        problems.add(where, f"the environment has no {source}")
    except subprocess.CalledProcessError as problem:
        problems.add(where, f"the command for the secret ended with {problem.returncode}")
    except subprocess.TimeoutExpired:
        problems.add(where, f"the command for the secret took more than {SECONDS} seconds")
    except TypeError as problem:
        problems.add(where, str(problem))
    except OSError as problem:
        problems.add(where, f"the secret could not be read: {problem.strerror}")
    except ValueError:
        problems.add(where, "the secret could not be read: it is not text")
    else:
        if not found:
            problems.add(where, "the secret is empty")
        return found
    return ""


def _read(kind: str, source: Any, folder: Path) -> str:
    if kind == "command":
        if not isinstance(source, list) or not source:
            raise TypeError("a command is a list of words")
        words = [str(word) for word in source]
        # The operator's own command, without a shell.
        return subprocess.run(words, capture_output=True, check=True, text=True, timeout=SECONDS).stdout.strip()  # noqa: S603
    if not isinstance(source, str):
        raise TypeError(f"{kind} names one place, as text")
    return os.environ[source].strip() if kind == "env" else (folder / source).read_text().strip()

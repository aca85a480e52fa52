"""`python -m tests.poisoned` is the command `mailpost`, but for one word in a mail's text that breaks its reader in earnest."""

import ctypes
import os
import re
import signal
from collections.abc import Callable
from datetime import datetime
from typing import Any

from mailpost import child
from mailpost.child import Children
from mailpost.read import Rules


def crash() -> None:
    ctypes.string_at(0)


def starve() -> None:
    bytearray(2 << 30)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)  # by the kernel, when a machine has no memory left


def spin() -> None:
    re.fullmatch(r"(?:a|a)+b", "a" * 60)  # in C, where no signal of Python's is seen


def dig() -> None:
    dig()


def leave() -> None:
    os._exit(3)


def fail() -> None:
    raise ZeroDivisionError


POISONS: dict[str, Callable[[], None]] = {
    "segfault": crash, "starving": starve, "killed": killed, "spinning": spin, "digging": dig, "leaving": leave, "failing": fail,
}  # fmt: skip


def poisoned_read(raw: bytes, digest: str, received: datetime | None, rules: Rules, *, careful: bool = True) -> Any:
    word = re.search(rb"poison: (\w+)", raw)
    if word is not None:
        POISONS[word[1].decode()]()
    return child._read(raw, digest, received, rules, careful=careful)


def main() -> None:
    from mailpost.cli import main
    from tests.poisoned import poisoned_read as reader  # by a name that the children know as well

    Children.reader = staticmethod(reader)
    main()


if __name__ == "__main__":
    main()

"""Problems with a configuration: where, what, and what may have been meant."""

import difflib
import re
from collections.abc import Iterable

Where = tuple[str | int, ...]


class Problems:
    """Collected while a file is read, so that the operator sees all of them at once."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.found: list[str] = []

    def add(self, where: Where, what: str) -> None:
        name = ".".join(str(part) for part in where if not isinstance(part, int))
        sentence = f"line {self.line(where)}: {name}: {what}" if name else what
        if sentence not in self.found:
            self.found.append(sentence)

    def line(self, where: Where) -> int:
        """The line of a key, or of its table where the key is missing; 1 where neither is."""
        table = str(where[0])
        nth = where[1] if len(where) > 1 and isinstance(where[1], int) else 0
        starts = [n for n, line in enumerate(self.lines) if re.match(rf"\s*\[\[?\s*{re.escape(table)}\s*\]", line)]
        at = starts[nth] if nth < len(starts) else 0
        key = next((part for part in where[1:] if isinstance(part, str)), table if not starts else "")
        for n in range(at, len(self.lines)):
            if n > at and starts and re.match(r"\s*\[", self.lines[n]):
                break
            if key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", self.lines[n]):
                return n + 1
        return at + 1


def nearest(name: str, known: Iterable[object]) -> str:
    found = difflib.get_close_matches(name, [str(k) for k in known], n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""

"""Where bytes are kept.

The port: what every place for files promises. A place is one module here with `Settings` and `open`.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol


class Files(Protocol):
    """Paths are relative, with forward slashes. All methods raise `Temporary` where waiting may help."""

    def put(self, path: str, content: bytes) -> bool:
        """Keep a whole file or nothing; return whether its bytes changed. Putting twice is the same as once."""

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> int:
        """Put files in this order and return how many changed; all are kept when it returns."""

    def get(self, path: str) -> bytes | None:
        """The content, or None where there is no such file."""

    def adopt(self, path: str, source: "Files") -> None:
        """Put a file that another place has, by the cheapest way there is; one that is here already stays."""

    def paths(self, prefix: str) -> Iterator[str]:
        """All paths below a folder, or all there are where it is empty, in no order."""

    def delete(self, path: str) -> None:
        """Have no such file any more."""

"""Files that hold a secret, for nobody else's eyes: mailpost reads no others."""

from pathlib import Path


def private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
    return path

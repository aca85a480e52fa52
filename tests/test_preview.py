"""preview --into: what a post would look like, in a folder, for a browser."""

import re
from pathlib import Path

from tests.test_cli import SAMPLES, run


def test_preview_draws_posts_to_look_at(tmp_path: Path) -> None:
    samples = [SAMPLES / "gallery-five-mornings.eml", SAMPLES / "draft-pumpkin.eml"]
    done = run(tmp_path, "preview", "--trust", "--into", "look", *map(str, samples))
    assert done.stdout.splitlines()[-1] == (tmp_path / "look" / "index.html").as_uri()
    front = (tmp_path / "look" / "index.html").read_text(encoding="utf-8")
    assert "Five mornings away" in front
    shown = set(re.findall(r'(?:src|href)="([^"#]+\.(?:jpg|webp|css|html))"', front))
    assert len(shown) >= 6
    assert [path for path in shown if not Path(path).is_file()] == []

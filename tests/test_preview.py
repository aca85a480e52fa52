"""preview --into: what a post would look like, in a folder, for a browser."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

from tests.private import private
from tests.test_cli import CONFIG, SAMPLES, run


def test_preview_draws_posts_to_look_at(tmp_path: Path) -> None:
    samples = [SAMPLES / "gallery-five-mornings.eml", SAMPLES / "draft-pumpkin.eml"]
    done = run(tmp_path, "preview", "--trust", "--into", "look", *map(str, samples))
    assert done.stdout.splitlines()[-1] == (tmp_path / "look" / "index.html").as_uri()
    front = (tmp_path / "look" / "index.html").read_text(encoding="utf-8")
    assert "Five mornings away" in front
    shown = set(re.findall(r'(?:src|href)="([^"#]+\.(?:jpg|webp|css|html))"', front))
    assert len([path for path in shown if path.endswith("/index.html")]) == 3
    assert len(shown) >= 8
    assert [path for path in shown if not Path(path).is_file()] == []


def test_every_link_of_a_preview_leads_somewhere(tmp_path: Path) -> None:
    samples = [SAMPLES / "gallery-five-mornings.eml", SAMPLES / "draft-pumpkin.eml"]
    run(tmp_path, "preview", "--trust", "--into", "look #1", *map(str, samples))
    folder = tmp_path / "look #1"
    pages = sorted(folder.rglob("*.html"))
    links = {link for page in pages for link in re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8"))}
    own = {
        unquote(link.removeprefix("file://")) for link in links if link.startswith(("/", "file:")) and "404" not in link
    }
    assert len([link for link in own if link.endswith("index.html")]) == 3
    assert [link for link in own if not Path(link).is_file() and not Path(link, "index.html").is_file()] == []


def test_preview_draws_in_the_look_of_the_blog_and_its_json_is_json(tmp_path: Path) -> None:
    private(tmp_path / "config.toml", CONFIG.format(require="secret") + '[site]\ntheme = "theme"\n')
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme" / "_footer_end.html").write_text("<p>Brewed slowly</p>")
    done = run(tmp_path, "preview", "--trust", "--json", "--into", "look", str(SAMPLES / "draft-pumpkin.eml"))
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["draft"]
    assert done.stderr.splitlines()[-1] == (tmp_path / "look" / "index.html").as_uri()
    assert "Brewed slowly" in (tmp_path / "look" / "index.html").read_text(encoding="utf-8")

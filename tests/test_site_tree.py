"""What is in the folder that readers are shown, whatever the mails were called and held."""

import gzip
import hashlib
import os
import re
import stat
import zipfile
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mailpost import serve
from mailpost.media import detect
from mailpost.post import Post
from tests.drawn import drawn
from tests.letters import BLOG, read
from tests.pages import pdf
from tests.pictures import chunk, encoded, jpeg
from tests.test_document import ACTIVE

NAMES = [
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "\\\\server\\share\\x.jpg", "C:\\x.jpg", "file:///etc/passwd",
    "a\0b.jpg", "%2e%2e%2fx.jpg", "..%c0%afx.jpg", "a/b/../../c.jpg", "~root/x.jpg", "-rf", "$(id).jpg", "`id`.jpg", "|id",
    "a\u202egpj.exe", "a\u200b.jpg", "\ufeff.jpg", "CON.txt", "nul.jpg", "aux.", "COM1", ".htaccess", ".user.ini", "web.config",
    "x.jpg", "X.JPG", "x.jpg ", "x" * 5000 + ".jpg", "index.html", "index.php", "feed.xml", "feed.json", "style.css", "404.html",
    "robots.txt", "_headers", ".well-known/security.txt", "x.php.jpg", "x.jpg.php", "x.html;.jpg", "x.shtml", "x.svgz",
]  # fmt: skip
SCRIPT = b"<script>alert(1)</script>"
ZIP = BytesIO()
with zipfile.ZipFile(ZIP, "w") as _archive:
    _archive.writestr("index.html", SCRIPT)
BLUE, RED = (Image.new("RGB", (30, 20), colour) for colour in ("blue", "red"))
MORE: Mapping[str, bytes] = {
    "gif-and-script.gif": b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)",
    "gif-and-zip.gif": encoded(BLUE, "GIF", save_all=True, append_images=[RED], comment=SCRIPT) + ZIP.getvalue(),
    "comment.jpg": jpeg((31, 30), comment=SCRIPT),
    "behind.jpg": jpeg((32, 30)) + SCRIPT,
    "text.png": b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"a\0" + SCRIPT) + SCRIPT,
    "wide.html": ("\ufeff" + SCRIPT.decode()).encode("utf-16-le"),
    "late.html": b"Hello\n" + SCRIPT,
    "late.txt": b"Hello\n" + SCRIPT,
    "late.md": b"# Hello\n" + SCRIPT,
    "late.csv": b"a,b\n" + SCRIPT,
    "page.mht": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + SCRIPT,
    "page.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script/></html>',
    "sheet.xsl": b'<?xml version="1.0"?><xsl:stylesheet/>',
    "math.mml": b"<math><mtext/></math>",
    "picture.svgz": gzip.compress(b"<svg onload='x()'/>"),
    "program.jar": ZIP.getvalue(),
    "paper.pdf": pdf(info=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
    "paper.html": b"%PDF-1.4 " + SCRIPT,
    "list.mp4": b"#EXTM3U\nfile:///etc/passwd\n",
    "flash.swf": b"FWS" + bytes(30),
    "program.hta": b"<hta:application>",
    "policy.xml": b"<cross-domain-policy/>",
    "cgi.pl": b"#!/usr/bin/perl\nprint 1",
    "half.jpg": b"\xff\xd8\xff" + SCRIPT,
    "archive.tar": b"x".ljust(257, b"\0") + b"ustar" + bytes(250),
}
SUBJECTS = [
    "index", "index.html", "feed.xml", "../../etc/passwd", "..", ".", "/", "\\", ".htaccess", ".well-known/acme", "media", "tags",
    "page", "archive", "2026", "404.html", "style.css", "CON", "%2e%2e/", "a\tb", "🌱", "写真", "ﬁ", "\u202eevil", "<script>", "'; DROP TABLE post",
    "{{ 7*7 }}", "x" * 2000, "-", "--", "~", "a/b/c", "javascript:alert(1)", "AAA", "aaa", "feed", "robots.txt", "con.", " ", "",
]  # fmt: skip
TAGS = ["../x", "..", "/", "index.html", "feed.xml", ".htaccess", "<b>", "media", "page", "写真", "x" * 300, "a\u202eb"]

ENDINGS = "|".join(sorted(set(serve.TYPES) - {"html", "css", "xml", "json"}))
LISTS = r"(page/\d+/)?index\.html"
SHAPES = re.compile(
    rf"""{LISTS} | 404\.html | style-[0-9a-f]{{8}}\.css | (feed|atom|podcast)\.xml | feed\.json
    | archive/index\.html | \d{{4}}/index\.html | \d{{4}}/\d\d/{LISTS} | \d{{4}}/\d\d/[a-z0-9-]{{5,90}}/index\.html
    | tags/index\.html | tags/[a-z0-9-]{{1,80}}/({LISTS}|feed\.xml) | media/[0-9a-f]{{2}}/[0-9a-f]{{30}}\.({ENDINGS})""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Tree:
    folder: Path
    site: Path
    posts: list[Post]
    warnings: list[str]

    def files(self) -> Mapping[str, bytes]:
        found = sorted(path for path in self.site.rglob("*") if not path.is_dir())
        return {path.relative_to(self.site).as_posix(): path.read_bytes() for path in found}


def letter(number: int, subject: str, files: Mapping[str, bytes], flag: str = "") -> bytes:
    made = EmailMessage(policy=SMTP)
    tags = ", ".join(TAGS[number % 3 :: 3])
    head = f"From: Ann <ann@demo.example>\r\nTo: blog{flag}@demo.example\r\nMessage-ID: <{number}@demo.example>\r\n"
    made.set_content(
        f"tags: {tags}\nslug: {subject[:200].strip() or '/'}\n\nNumber {number}.\n" if number % 2 else "A line.\n"
    )
    for name, content in files.items():
        made.add_attachment(content, "text", "html", filename=name.replace("\0", "%00"), cte="base64")
    spelled = f"=?utf-8?b?{b64encode(subject.encode()).decode()}?="
    return f"{head}Subject: {spelled}\r\nDate: Sun, 1 Mar 2026 11:{number % 60:02}:00 +0000\r\n".encode() + bytes(made)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    folder = tmp_path_factory.mktemp("tree")
    named = [(name, jpeg((20 + n, 20))) for n, name in enumerate(NAMES)]
    noted = [(name, f"Note {n}, <b>bold</b>".encode()) for n, name in enumerate(NAMES)]
    kinds = list({**ACTIVE, **MORE}.items())
    raws = [letter(n, subject, {}) for n, subject in enumerate(SUBJECTS)]
    raws += [letter(100 + n, "Files", dict(each)) for n, each in enumerate((named, noted, kinds[:30], kinds[30:]))]
    raws.append(letter(200, "Few may see this", {"few.jpg": jpeg((77, 20), "blue")}, "+private"))
    raws.append(letter(201, "Nobody may see this", {"nobody.jpg": jpeg((78, 20), "blue")}, "+draft"))
    readings = [read(raw) for raw in raws]
    posts = [reading.post for reading in readings if reading.post]
    assert len(posts) == len(raws), [reading.reason for reading in readings if not reading.post]
    files = {path: content for reading in readings for path, content in reading.files.items()}
    before = os.umask(0)
    try:
        site = drawn(folder, BLOG, posts, files)
    finally:
        os.umask(before)
    return Tree(folder, site, posts, [warning for reading in readings for warning in reading.warnings])


def test_t40_t41_t42_t74_every_name_is_of_a_shape_of_ours(tree: Tree) -> None:
    files = tree.files()
    assert len(files) > 150
    assert [path for path in files if not SHAPES.fullmatch(path)] == []


def test_t40_nothing_was_written_beside_the_site(tree: Tree) -> None:
    assert sorted(path.name for path in tree.folder.iterdir()) == ["data", "site"]
    assert {path.name for path in (tree.folder / "data").iterdir() if path.is_dir()} == {"media"}


def test_g22_there_is_no_link_and_nothing_that_others_may_write(tree: Tree) -> None:
    """Drawn without any mask at all."""
    modes = {path: path.lstat().st_mode for path in (tree.site, *tree.site.rglob("*"))}
    assert {stat.S_IFMT(mode) for mode in modes.values()} == {stat.S_IFREG, stat.S_IFDIR}
    assert {oct(stat.S_IMODE(mode)) for mode in modes.values() if stat.S_ISREG(mode)} == {"0o644"}
    assert {oct(stat.S_IMODE(mode)) for mode in modes.values() if stat.S_ISDIR(mode)} == {"0o755"}


def test_t42_every_page_is_one_we_wrote(tree: Tree) -> None:
    for path, content in tree.files().items():
        if path.endswith(".html"):
            assert content.startswith(b"<!doctype html>"), path
            assert re.search(rb"<(script|iframe|object|embed|form|base)\b", content) is None, path
            assert content.count(b"Content-Security-Policy") == 1, path
        if path.endswith((".xml", ".json", ".css")):
            assert path.count("/") in (0, 2), "feeds and the style, and feeds of tags"


def test_t42_t43_every_file_is_what_its_ending_says(tree: Tree) -> None:
    """By its bytes, and under the digest of them. No picture carries anything behind or between its pixels."""
    media = {path: content for path, content in tree.files().items() if path.startswith("media/")}
    kinds = {path.rpartition(".")[2] for path in media}
    assert kinds >= {"jpg", "gif", "webp", "pdf", "txt", "zip", "md", "csv"}
    for path, content in media.items():
        digest = hashlib.sha256(content).hexdigest()
        assert path.startswith(f"media/{digest[:2]}/{digest[2:32]}.")
        ending = path.rpartition(".")[2]
        assert detect(content, f"x.{ending}") == serve.TYPES[ending].partition(";")[0], path
        if ending in ("jpg", "png", "gif", "webp"):
            assert b"script" not in content
            assert b"PK\x03\x04" not in content
        assert content.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] != b"<" or ending == "gpx", path


def test_t42_what_a_browser_might_run_is_left_out_and_said(tree: Tree) -> None:
    said = "\n".join(tree.warnings)
    for name in (
        *ACTIVE,
        "page.xhtml",
        "sheet.xsl",
        "math.mml",
        "picture.svgz",
        "wide.html",
        "late.html",
        "page.mht",
        "cgi.pl",
    ):
        assert f"{name} was left out: " in said, name


def test_t62_private_media_are_there_and_those_of_drafts_are_not(tree: Tree) -> None:
    files = set(tree.files())
    by_status = {
        post.status.value: {r.path for a in post.attachments for r in a.renditions} for post in tree.posts[-2:]
    }
    assert by_status["private"] <= files
    assert by_status["draft"]
    assert not by_status["draft"] & files


def test_t74_every_subject_has_its_own_page(tree: Tree) -> None:
    pages = [post.path for post in tree.posts]
    assert len(set(pages)) == len(pages)
    assert len({page.lower() for page in pages}) == len(pages), "some disks do not tell A from a"


def test_t62_the_address_of_a_private_post_cannot_be_guessed(tree: Tree) -> None:
    """A hundred bits of the mail as it arrived, which not even they know who had a copy of it."""
    private, again = (read(letter(200, "Few may see this", {}, "+private") + more).post for more in (b"", b"."))
    assert private is not None
    assert again is not None
    assert re.fullmatch(r"2026/03/few-may-see-this-[a-z2-7]{20}/", private.path)
    assert (private.id == again.id, private.path == again.path) == (True, False)
    assert re.fullmatch(r"2026/03/index-[a-z2-7]{5}/", tree.posts[0].path)

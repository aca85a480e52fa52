"""T75: with all that a web server says, pages, players and feeds still work in a real browser."""

import shutil
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from mailpost.post import Post
from tests.drawn import drawn
from tests.letters import BLOG, mixed, read
from tests.pages import pdf
from tests.pictures import jpeg, part
from tests.reels import H264, SCENE, TONE, made
from tests.web import serving

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg]

REPORTS = """
window.reports = [];
document.addEventListener("securitypolicyviolation", e => window.reports.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
PLAYED = """
async element => {
  element.muted = true;
  await element.play();
  for (let n = 0; n < 200 && element.currentTime === 0; n++) await new Promise(done => setTimeout(done, 25));
  return element.currentTime > 0 && !element.error;
}
"""
ANOTHER = """<!doctype html><title>A reader</title>
<img src="{image}"><audio controls src="{sound}"></audio><video controls src="{film}"></video>
<link id="style" rel="stylesheet" href="{style}"><iframe src="{page}"></iframe>
"""


@dataclass(slots=True)
class Seen:
    """What a page in the browser complained of."""

    page: Page
    said: list[str] = field(default_factory=list)

    def complaints(self) -> list[str]:
        """Not that a player took over what began as a page, or a download did."""
        said = [words for words in self.said if not words.startswith("net::ERR_ABORTED")]
        return [*said, *self.page.evaluate("window.reports")]


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Post:
    return _read(tmp_path_factory.mktemp("reels"))[0]


def _read(reels: Path) -> tuple[Post, dict[str, bytes]]:
    """A mail with a photo, a sound, a film and a document."""
    wave = b"".join(struct.pack("<h", 3000 * (n // 20 % 2)) for n in range(16000))
    form = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    sound = b"RIFF" + struct.pack("<I", len(wave) + 36) + form + b"data" + struct.pack("<I", len(wave)) + wave
    film = made(reels / "x.mp4", *SCENE, *TONE, *H264, "-c:a", "aac", "-shortest")
    reading = read(
        mixed(
            "mixed",
            "Content-Type: text/plain\n\nOne of each.\n",
            part(jpeg((900, 600)), "image/jpeg; name=a.jpg"),
            part(sound, "audio/wav; name=b.wav"),
            part(film, "video/mp4; name=c.mp4"),
            part(pdf(), "application/pdf; name=d.pdf"),
        )
    )
    assert reading.post is not None
    assert [a.kind.value for a in reading.post.attachments] == ["photo", "sound", "film", "document"]
    return reading.post, dict(reading.files)


@pytest.fixture(scope="module", params=["serve", pytest.param("nginx", marks=pytest.mark.web)])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = Path(tempfile.mkdtemp(prefix="pages-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        post, files = _read(tmp_path_factory.mktemp("reels"))
        site = drawn(folder, replace(BLOG, url="http://127.0.0.1/"), [post], files)
        with serving(request.param, site) as found:
            yield found
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        with playwright.chromium.launch(executable_path=program, args=options) as browser:
            yield browser


@pytest.fixture
def seen(chromium: Any) -> Iterator[Seen]:
    with chromium.new_context() as context:
        context.add_init_script(REPORTS)
        page = context.new_page()
        found = Seen(page)
        page.on("console", lambda message: None if _asks_for_an_icon(message) else found.said.append(message.text))
        page.on("requestfailed", lambda request: found.said.append(f"{request.failure} {request.url}"))
        yield found


def _asks_for_an_icon(message: ConsoleMessage) -> bool:
    """Which browsers do by themselves, and the blog has none."""
    return str(message.location.get("url")).endswith("/favicon.ico")


@contextmanager
def another(text: str) -> Iterator[str]:
    """The address of a page on another server."""

    class Reader(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Reader) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_t75_a_post_shows_and_plays_everything_and_nothing_is_blocked(seen: Seen, port: int, post: Post) -> None:
    seen.page.goto(f"http://127.0.0.1:{port}/{post.path}")
    seen.page.wait_for_function(
        "[...document.images].every(i => (i.scrollIntoView(), i.complete && i.naturalWidth > 0))"
    )
    assert seen.page.locator("img").count() >= 2
    assert seen.page.evaluate("getComputedStyle(document.body).fontFamily") != "Times New Roman"
    for kind in ("audio", "video"):
        assert seen.page.locator(kind).evaluate(PLAYED), kind
    with seen.page.expect_download() as download:
        seen.page.locator("a[href$='.pdf']").last.click()
    assert Path(download.value.path()).read_bytes()[:5] == b"%PDF-"
    assert seen.complaints() == []


def test_t75_the_other_pages_and_feeds_open_and_nothing_is_blocked(seen: Seen, port: int) -> None:
    for path in ("", "archive/", "tags/", "feed.xml", "atom.xml", "feed.json", "none"):
        answer = seen.page.goto(f"http://127.0.0.1:{port}/{path}")
        assert answer is not None
        assert (answer.status, path) == (404 if path == "none" else 200, path)
        assert seen.page.inner_text("body, rss, feed"), path
        assert [said for said in seen.complaints() if "status of 404" not in said or path != "none"] == [], path


def test_t75_a_reader_in_a_browser_shows_media_and_can_neither_style_nor_frame_us(
    seen: Seen, port: int, post: Post
) -> None:
    """Feeds name media by their whole address; and the control: what other sites may not have, they do not get."""
    base = f"http://127.0.0.1:{port}/"
    image, sound, film = (base + post.attachments[n].main.path for n in range(3))
    seen.page.goto(base)
    style = str(seen.page.locator("link[rel=stylesheet]").evaluate("link => link.href"))
    text = ANOTHER.format(image=image, sound=sound, film=film, style=style, page=base)
    with another(text) as reader:
        seen.page.goto(reader)
        seen.page.wait_for_function("document.images[0].naturalWidth > 0")
        for kind in ("audio", "video"):
            assert seen.page.locator(kind).evaluate(PLAYED), kind
        assert [said for said in seen.said if style in said and "ERR_BLOCKED_BY_RESPONSE" in said]
        assert base not in [frame.url for frame in seen.page.frames]


def test_t75_media_open_by_themselves(seen: Seen, port: int, post: Post) -> None:
    for attachment, element in zip(post.attachments[:3], ("img", "video", "video"), strict=True):
        seen.page.goto(f"http://127.0.0.1:{port}/{attachment.main.path}")
        seen.page.wait_for_function(
            "name => { const e = document.querySelector(name); return e && (e.naturalWidth > 0 || e.readyState > 0) }",
            arg=element,
        )
        assert seen.complaints() == [], attachment.kind

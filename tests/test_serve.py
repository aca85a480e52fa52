"""The little web server shows pages, and nothing that is no page."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailpost import serve
from mailpost.errors import Temporary


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    for path, content in {
        "index.html": "<p>front",
        "404.html": "<p>not here",
        "feed.xml": "<rss/>",
        "atom.xml": "<feed/>",
        "feed.json": "{}",
        "media/ab/a.webp": "picture",
        "media/ab/a.pdf": "document",
        "second/media/ab/a.html": "<p>evil",
        "2026/11/a/index.html": "<p>post",
        ".draft": "half",
        "2026/.draft": "half",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    with serve.server(tmp_path, 0) as pages:
        threading.Thread(target=pages.serve_forever, args=[0.05], daemon=True).start()
        yield pages.server_address[1]
        pages.shutdown()


def ask(port: int, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_pages_and_feeds_have_their_types(port: int) -> None:
    paths = ["/", "/2026/11/a/", "/feed.xml", "/feed.json?new=1", "/media/ab/a.webp"]
    assert [(ask(port, p)[0], ask(port, p)[1]["Content-type"]) for p in paths] == [
        (200, "text/html; charset=utf-8"),
        (200, "text/html; charset=utf-8"),
        (200, "application/rss+xml; charset=utf-8"),
        (200, "application/feed+json; charset=utf-8"),
        (200, "image/webp"),
    ]


@pytest.mark.parametrize(
    "path", ["/none", "/.draft", "/%2edraft", "/2026/%2Edraft", "/media/", "/2026/", "/../etc/passwd"]
)
def test_what_is_no_page_is_our_page_for_that(port: int, path: str) -> None:
    status, headers, body = ask(port, path)
    assert (status, headers["Content-Type"], body) == (404, "text/html; charset=utf-8", b"<p>not here")


@pytest.mark.parametrize(
    "path", ["/media/ab/a.pdf", "/media/ab/a.pdf?x.webp", "/second/media/ab/a.html", "/%6dedia/ab/a.pdf"]
)
def test_media_that_a_browser_might_run_is_a_download(port: int, path: str) -> None:
    _, headers, _ = ask(port, path)
    assert headers["Content-Disposition"] == "attachment"
    assert "sandbox" in headers["Content-Security-Policy"]


def test_pictures_are_shown_and_nothing_is_sniffed(port: int) -> None:
    _, headers, _ = ask(port, "/media/ab/a.webp")
    assert "Content-Disposition" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_head_has_no_body(port: int) -> None:
    assert [ask(port, path, "HEAD")[::2] for path in ("/", "/none")] == [(200, b""), (404, b"")]


def test_a_taken_port_is_said_in_one_line(port: int, tmp_path: Path) -> None:
    with pytest.raises(Temporary, match=f"port {port}: "):
        serve.server(tmp_path, port)

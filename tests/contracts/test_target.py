"""Every target keeps the contract, and the webhook signs what it sends."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mailpost.autopost import Target, webhook
from mailpost.errors import Temporary
from mailpost.post import MEDIA
from tests.contracts.target import TargetContract, copy


class Service(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.next = "take"

    def will(self, what: str) -> None:
        self.next = what
        if what == "vanish":
            self.shutdown()
            self.server_close()


class Request(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        if self.server.next == "hang up":
            return
        status = {"take": 201, "fail": 503, "refuse": 422, "busy": 429}[self.server.next]
        self.send_response(status)
        self.send_header("Location", "https://other.example/1")
        self.send_header("Retry-After", "700")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The test looks at what came, not at a log."""


@pytest.fixture
def other() -> Iterator[Service]:
    with Service() as service:
        threading.Thread(target=service.serve_forever, args=[0.05], daemon=True).start()
        yield service
        service.shutdown()


@pytest.fixture
def target(other: Service) -> Target:
    return webhook.open(webhook.Settings(f"http://127.0.0.1:{other.server_address[1]}/in", "s3cret"))


class TestWebhook(TargetContract):
    def test_the_body_is_signed_and_says_everything(self, target: Target, other: Service) -> None:
        target.send(copy(), again=True)
        [(headers, body)] = other.got
        signature = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        assert headers["X-Mailpost-Signature"] == f"sha256={signature}"
        assert headers["Idempotency-Key"] == "mailpost-1-target"
        post, blog = copy().post, copy().blog
        assert json.loads(body) == {
            "id": post.feed_id,
            "url": blog.url + post.path,
            "title": post.title,
            "author": "Ann",
            "published": post.published.isoformat(),
            "tags": list(post.tags),
            "summary": post.summary,
            "html": post.body.replace(MEDIA, blog.url),
            "again": True,
        }

    def test_a_busy_service_says_how_long_to_wait(self, target: Target, other: Service) -> None:
        other.will("busy")
        with pytest.raises(Temporary) as caught:
            target.send(copy(), again=False)
        assert (caught.value.retry_after, caught.value.maybe_done) == (700, False)

    def test_the_secret_is_not_shown(self) -> None:
        assert "s3cret" not in repr(webhook.Settings("http://127.0.0.1/", "s3cret"))

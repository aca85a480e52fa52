"""A browser that tells everything a page does, and a server that it asks for pages."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import getuid
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, sync_playwright

# Runs before anything else in every document. `where` is the document in the harness that it belongs to.
SPY = """(() => {
  const where = () => {
    let w = window
    try { while (w.parent !== w && w.parent !== w.top) w = w.parent; return w.location.pathname } catch { return '?' }
  }
  const tell = (what) => console.debug('mailpost-spy', where(), what)
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = () => tell('ran ' + name)
  document.addEventListener('securitypolicyviolation', (e) => tell(`policy ${e.effectiveDirective} ${e.blockedURI}`), true)
})()"""
# Reports whatever is or could become a script, and hinders none of it.
WATCHING = "script-src 'none'; object-src 'none'"
HTML = "text/html; charset=utf-8"
TYPES = {"css": "text/css", "png": "image/png", "xml": "application/xml", "json": "application/feed+json"}


def executable() -> str | None:
    return shutil.which("chromium")


class Server(ThreadingHTTPServer):
    """Pages from memory. `watch` adds a policy that reports scripts without hindering them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages: Mapping[str, bytes] = {}
        self.watch = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that has gone away is none."""


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.lstrip("/")
        content = self.server.pages.get(path)
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Type", TYPES.get(path.rpartition(".")[2], HTML))
        self.send_header("Content-Length", str(len(content or b"")))
        if self.server.watch:
            self.send_header("Content-Security-Policy-Report-Only", WATCHING)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_arguments: object) -> None:
        pass


@dataclass(slots=True)
class Seen:
    """What happened while a harness was open. `ran` and `policy` name documents, `requests` addresses elsewhere."""

    ran: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ran or self.policy or self.requests)


class Browser:
    """Opens pages of the server side by side, each in a frame of its own."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server, self.seen = page, server, Seen()
        page.on("console", self._heard)
        page.context.on("request", self._asked)
        page.context.on("requestfailed", self._failed)
        page.on("dialog", lambda dialog: dialog.dismiss())

    def open(self, pages: Mapping[str, bytes], *, frames: list[str], settle: int = 150) -> Seen:
        """Serve `pages` and show the `frames` among them; return what happened in `settle` milliseconds after loading."""
        shown = "".join(
            f'<iframe sandbox="allow-scripts allow-same-origin allow-forms" src="/{path}"></iframe>' for path in frames
        )
        harness = f"<!doctype html><title>harness</title><body>{shown}".encode()
        self.server.pages = {**pages, "harness": harness}
        self.page.goto("about:blank")  # so that nothing of the harness before is heard any more
        self.seen = Seen()
        self.page.goto(self.server.url + "harness", wait_until="load", timeout=60_000)
        self.page.wait_for_timeout(settle)
        return self.seen

    def ask(self, script: str, argument: Any = None) -> Any:
        found = self.page.evaluate(script, argument)
        self.page.wait_for_timeout(50)
        return found

    def _heard(self, message: ConsoleMessage) -> None:
        if message.text.startswith("mailpost-spy "):
            _, where, what = message.text.split(" ", 2)
            (self.seen.ran if what.startswith("ran ") else self.seen.policy).append(f"{where} {what}")

    def _asked(self, request: Request) -> None:
        scheme = urlsplit(request.url).scheme
        if not request.url.startswith(self.server.url) and scheme not in ("data", "blob", "about"):
            self.seen.requests.append(request.url)

    def _failed(self, request: Request) -> None:
        """What the policy has stopped was no request."""
        if request.failure == "csp" and request.url in self.seen.requests:
            self.seen.requests.remove(request.url)


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, which can reach nothing but the server."""
    server = Server()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    options = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--autoplay-policy=no-user-gesture-required"]
    options += ["--no-sandbox"] if getuid() == 0 else []
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=executable(), args=options)
            context = chromium.new_context()
            context.add_init_script(SPY)
            yield Browser(context.new_page(), server)
            chromium.close()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

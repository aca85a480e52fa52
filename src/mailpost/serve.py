"""A small web server for looking at the pages on this machine."""

import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mailpost.errors import Temporary

TYPES = {
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".webp": "image/webp",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
}
# What a browser runs or shows as a page of ours; everything else in the media folder is a download.
SHOWN = ("image/", "audio/", "video/")


class Pages(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        if "media" in self._parts():
            self.send_header("Content-Security-Policy", "sandbox; default-src 'none'")
            if not self.guess_type(self._parts()[-1]).startswith(SHOWN):
                self.send_header("Content-Disposition", "attachment")
        super().end_headers()

    def send_head(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - typed in no stub
        """Nothing that begins with a dot: those are files being written."""
        if any(part.startswith(".") for part in self._parts()):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: str | os.PathLike[str]) -> None:  # noqa: ARG002 - the library's signature
        """A folder without a page is no page."""
        self.send_error(404)

    def _parts(self) -> list[str]:
        """The path as the file system will see it."""
        return unquote(urlsplit(self.path).path).split("/")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        missing = Path(str(self.directory)) / "404.html"
        if code != 404 or not missing.is_file():
            super().send_error(code, message, explain)
            return
        content = missing.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", TYPES[".html"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has in the library
        """Say nothing: this is for looking at pages."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server for a folder, on this machine only; `serve_forever` and `shutdown` are its user's."""
    try:
        made = ThreadingHTTPServer(("127.0.0.1", port), partial(Pages, directory=str(folder)))
    except OSError as problem:
        raise Temporary(f"port {port}: {problem.strerror}") from problem
    made.daemon_threads = True
    return made


def serve_until_interrupted(folder: Path, port: int) -> None:
    with server(folder, port) as serving:
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            return

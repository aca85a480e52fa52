"""A small web server for looking at the pages on this machine; and what every web server should say with them.

`headers` is the rule; contrib/web says the same to others, and a test holds them to it.
"""

import os
import re
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mailpost.errors import Temporary
from mailpost.media import document, film, sound

# Of everything there is in a site, by its ending; nothing else is shown.
TYPES = {
    **{ending: type_ for type_, ending in (document.ENDINGS | film.ENDINGS).items()},
    **{ending: served for served, ending, _ in sound.FORMATS.values()},
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "xml": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
ATOM = "application/atom+xml; charset=utf-8"
UNKNOWN = "application/octet-stream"
SHOWN = ("image/", "audio/", "video/")

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PAGE = {
    # As in every page's own head, and what can only be said here.
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",  # kept, but asked for every time
}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # its name changes with its content
STYLE = PAGE | FOREVER
MEDIA = {
    # No script, and what browsers themselves need to show a picture or to play a film that is opened alone.
    "Content-Security-Policy": "sandbox allow-same-origin; default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "cross-origin",  # feed readers in browsers show them
    **FOREVER,
}
DOWNLOAD = MEDIA | {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": "attachment",
}

IS_STYLE = re.compile(r"/style-[0-9a-f]+\.css")
IS_MEDIA = re.compile(r"/media/[0-9a-f]+/[0-9a-f]+\.")
ENDING = re.compile(r"\.([a-z0-9]+)$")


def headers(path: str) -> Mapping[str, str]:
    """What goes with the file at this path besides its type. A path begins with a slash."""
    if IS_MEDIA.search(path):
        return ALWAYS | (MEDIA if type_of(path).startswith(SHOWN) else DOWNLOAD)
    return ALWAYS | (STYLE if IS_STYLE.search(path) else PAGE)


def type_of(path: str) -> str:
    if path.endswith("/"):
        return TYPES["html"]
    found = ENDING.search(path)
    return ATOM if path.endswith("/atom.xml") else TYPES.get(found[1] if found else "", UNKNOWN)


class Pages(SimpleHTTPRequestHandler):
    _missing = False

    def end_headers(self) -> None:
        for name, value in headers("/404.html" if self._missing else self._path()).items():
            self.send_header(name, value)
        super().end_headers()

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return type_of(str(path))

    def send_head(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - typed in no stub
        """Nothing that begins with a dot: those are files being written."""
        self._missing = False
        if any(part.startswith(".") for part in self._path().split("/")):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: str | os.PathLike[str]) -> None:  # noqa: ARG002 - the library's signature
        """A folder without a page is no page."""
        self.send_error(404)

    def _path(self) -> str:
        """As the file system will see it."""
        return unquote(urlsplit(self.path).path)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        missing = Path(str(self.directory)) / "404.html"
        self._missing = True
        if code != 404 or not missing.is_file():
            super().send_error(code, message, explain)
            return
        content = missing.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", TYPES["html"])
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

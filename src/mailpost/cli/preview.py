"""preview: what would become of mails, without keeping anything."""

import hashlib
import re
import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from mailpost import child
from mailpost.app import children
from mailpost.author import Author
from mailpost.blog import Blog
from mailpost.child import Children
from mailpost.cli.given import LARGEST, mails_in
from mailpost.cli.shared import Json, app, config, out, say, say_json
from mailpost.config import Config
from mailpost.errors import ConfigError, Reason, Temporary
from mailpost.files.local import LocalFiles
from mailpost.post import MEDIA, Post, Status
from mailpost.read import Reading, Rules
from mailpost.site import Site

NOBODY = Blog(
    name="preview",
    title="Preview",
    url="http://preview.example/",
    addresses=frozenset({"blog@preview.example"}),
    authors=(Author("Author", frozenset()),),
)


@app.command()
def preview(
    paths: Annotated[list[Path], typer.Argument(help="Mail files, mbox files, or folders of them.", metavar="FILE…")],
    *,
    trust: Annotated[
        bool, typer.Option("--trust", help="Do not ask who may post. Works without a configuration.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option("--into", help="Draw the posts into this folder too, to look at.", metavar="FOLDER")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read mails and show what would become of them. Nothing is kept, nothing is published."""
    found = _config(trust=trust)
    rules = _rules(found, trust=trust)
    made = children(found) if found else Children(workers=0, seconds=60, memory=1024 * 1024 * 1024)
    posts: list[Post] = []
    unread: list[str] = []
    with made as readers:
        for name, reading, seconds in _read_all(mails_in(paths, unread), readers, rules):
            result = describe(name, reading, seconds)
            if as_json:
                say_json(result)
            else:
                _show(result, "private" if reading.post and reading.post.status is Status.PRIVATE else "")
            if into is not None and reading.post is not None:
                posts.append(reading.post)
                LocalFiles(into).put_all(reading.files.items())
    if into is not None:
        (say if as_json else out).print(_draw(into, rules.blogs[0], found, posts), soft_wrap=True)
    if unread:
        raise typer.Exit(1)


def _draw(folder: Path, blog: Blog, found: Config | None, posts: list[Post]) -> str:
    """Pages as readers would see them, each newest first; return where they begin."""
    address = folder.resolve().as_uri() + "/"
    look = {"attribution": found.site.attribution, "theme": str(found.site.theme or "")} if found else {}
    site = Site(replace(blog, url=address), **look)
    posts = sorted(posts, key=lambda post: (post.published, post.id), reverse=True)
    pages = dict(site.fixed())
    for newer, post, older in zip([None, *posts], posts, [*posts[1:], None], strict=False):
        near = [site.near(p.title, p.path, p.published) if p else None for p in (older, newer)]
        pages |= site.post(post, *near)
    pages |= site.front(posts, None)
    local = {p: _without_server(page, site.base, pages) if p.endswith(".html") else page for p, page in pages.items()}
    LocalFiles(folder).put_all(local.items())
    return f"{address}index.html"


def _without_server(content: bytes, base: str, pages: Collection[str]) -> bytes:
    """A page whose links name the page of a folder, as no server does it here; what is not drawn is no link."""

    def named(link: re.Match[str]) -> str:
        path = link[1] if link[1] and not link[1].endswith("/") else f"{link[1]}index.html"
        return f' href="{base}{path}"' if path in pages or path.startswith("media/") else ""

    return re.sub(rf' href="{re.escape(base)}([^"#]*)"', named, content.decode()).encode()


def _config(*, trust: bool) -> Config | None:
    try:
        return config()
    except ConfigError:
        if trust:
            return None
        raise


def _rules(found: Config | None, *, trust: bool) -> Rules:
    if found is None:
        return Rules((NOBODY,), trust=True)
    servers = tuple(server for box in found.mailboxes for server in box.trusted_servers)
    own = next((box.blog for box in found.mailboxes if box.blog), "")
    return Rules(found.blogs, own, servers, trust)


def _read_all(
    mails: Iterator[tuple[str, bytes]], readers: Children, rules: Rules
) -> Iterator[tuple[str, Reading, float]]:
    """Read with as many children as there are, but answer in the order of the files."""
    queue: list[tuple[str, Future[Reading] | None, float]] = []
    for name, raw in mails:
        if len(raw) > LARGEST:
            queue.append((name, None, time.monotonic()))
        else:
            future = readers.read(raw, hashlib.sha256(raw).hexdigest(), None, rules)
            queue.append((name, future, time.monotonic()))
        while len(queue) > 2 * readers.workers:
            yield _finished(*queue.pop(0))
    for waiting in queue:
        yield _finished(*waiting)


def _finished(name: str, future: "Future[Reading] | None", began: float) -> tuple[str, Reading, float]:
    if future is None:
        return name, Reading(reason=Reason.TOO_BIG), 0.0
    try:
        outcome = child.result(future)
    except Temporary as trouble:
        outcome = Reading(reason=Reason.UNPROVEN, detail=str(trouble), held=True)
    except Exception as bug:  # noqa: BLE001 - shown as the state of this mail; the next one goes on
        outcome = Reading(reason=Reason.BUG, detail=f"{type(bug).__name__}: {bug}"[:300])
    reading = outcome if isinstance(outcome, Reading) else Reading(reason=outcome)
    return name, reading, time.monotonic() - began


def describe(name: str, reading: Reading, seconds: float) -> dict[str, Any]:
    """The one line of JSON for a mail; the fields are the same whatever became of it."""
    post = reading.post
    outcome = _outcome(reading)
    body = post.body.replace(MEDIA, "/") if post else ""
    return {
        "file": name,
        "outcome": outcome,
        "reason": "" if post else f"{reading.reason}" + (f" ({reading.detail})" if reading.detail else ""),
        "author": reading.author,
        "title": post.title if post else "",
        "slug": post.slug if post else "",
        "tags": list(post.tags) if post else [],
        "date": post.published.isoformat() if post else "",
        "html": body,
        "text": post.text if post else "",
        "trimmed": post.trimmed if post else "",
        "attachments": [
            {"name": a.name, "type": a.type, "size": a.size, "sha256": a.sha256, "kind": a.kind.value}
            for a in (post.attachments if post else ())
        ],
        "warnings": list(reading.warnings),
        "seconds": round(seconds, 3),
    }


def _short(value: str) -> str:
    """The first lines, below one another; all of it is in the JSON."""
    lines = [line if len(line) <= 300 else line[:300] + " …" for line in value.split("\n") if line.strip()]
    return ("\n" + " " * 11).join([*lines[:12], *(["…"] if len(lines) > 12 else [])])


def _outcome(reading: Reading) -> str:
    if reading.post is not None:
        return "draft" if reading.post.status is Status.DRAFT else "published"
    if reading.held:
        return "held"
    return "failed" if reading.reason in (Reason.BUG, Reason.TIMEOUT, Reason.CRASH) else "refused"


def _show(result: dict[str, Any], how: str) -> None:
    colour = {"published": "green", "draft": "cyan", "held": "yellow", "refused": "red", "failed": "red"}[
        result["outcome"]
    ]
    out.print(
        f"[bold]{escape(result['file'])}[/] [{colour}]{result['outcome']}[/] {how or escape(result['reason'])}",
        soft_wrap=True,
    )
    for key in ("author", "title", "slug", "tags", "date", "html", "trimmed"):
        value = ", ".join(result[key]) if isinstance(result[key], list) else result[key]
        if value:
            out.print(f"  [dim]{key:8}[/] {escape(_short(value))}", soft_wrap=True)
    for file in result["attachments"]:
        out.print(
            f"  [dim]{file['kind']:8}[/] {escape(file['name'] or '(no name)')} {file['type']} {file['size']} bytes",
            soft_wrap=True,
        )
    for warning in result["warnings"]:
        out.print(f"  [yellow]warning[/]  {escape(warning)}", soft_wrap=True)
    if result["text"]:
        out.print(escape("\n".join("  │ " + line for line in result["text"].split("\n"))), soft_wrap=True)

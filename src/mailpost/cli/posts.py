"""posts: which there are, what became of one, and its mail read again."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from mailpost.app import App
from mailpost.blog import Blog
from mailpost.cli.shared import Json, Limit, app, give_up, opened, out, say_json
from mailpost.errors import Refused
from mailpost.pipeline import raw_path
from mailpost.post import Post, Status

group = typer.Typer(invoke_without_command=True)
app.add_typer(group, name="posts")

Name = Annotated[
    str,
    typer.Argument(help="The beginning of its id, its path, or its whole address.", metavar="POST", show_default=False),
]


@group.callback()
def posts(context: typer.Context, limit: Limit = 30, *, as_json: Json = False) -> None:
    """The newest posts of each blog; or one of them, with the commands below."""
    if context.invoked_subcommand is not None:
        context.default_map = {context.invoked_subcommand: {"as_json": as_json}}
        return
    with opened() as running:
        for blog in running.blogs.values():
            found = running.store.posts(blog.name, limit=limit)
            if as_json:
                for post in found:
                    say_json(_listed(running, post))
            else:
                _list(blog, found)


def _list(blog: Blog, found: list[Post]) -> None:
    """A post on two lines: an address that is cut in pieces leads nowhere."""
    out.print(f"[bold]{escape(blog.title)}[/]", soft_wrap=True)
    for post in found:
        status = "" if post.status is Status.PUBLISHED else f" [yellow]{post.status}[/]"
        out.print(f"{post.id[:8]}  {post.published:%Y-%m-%d}  {escape(post.title)}{status}", soft_wrap=True)
        if post.status is not Status.DRAFT:  # a draft has no page
            out.print(f"          [dim]{escape(blog.url + post.path)}[/]", soft_wrap=True)


@group.command()
def show(name: Name, *, as_json: Json = False) -> None:
    """What became of a mail: where it is, its tags and files, what was trimmed and what went wrong."""
    with opened() as running:
        about = _described(running, _named(running, name))
    if as_json:
        say_json(about)
    else:
        _show(about)


@group.command()
def restore(name: Name, *, as_json: Json = False) -> None:
    """Bring back what was trimmed: read the kept mail again, whole, and publish that."""
    _read_again(name, whole=True, as_json=as_json)


@group.command()
def trim(name: Name, *, as_json: Json = False) -> None:
    """The way back: read the kept mail again, and trim it as when it came."""
    _read_again(name, whole=False, as_json=as_json)


def _read_again(name: str, *, whole: bool, as_json: bool) -> None:
    with opened() as running:
        post = _named(running, name)
        try:
            made = running.read_again(post, whole=whole)
        except Refused as refusal:
            give_up(f"{post.title}: {refusal}")
        running.publish()
        about = _described(running, made)
    if as_json:
        say_json(about)
        return
    out.print("it was like that already" if made == post else f"changed: {escape(about['url'])}", soft_wrap=True)
    if made.trimmed:
        _quote(made.trimmed, "trimmed")


def _named(running: App, name: str) -> Post:
    address = max((blog.url for blog in running.blogs.values() if name.startswith(blog.url)), key=len, default="")
    called = running.store.named(name.removeprefix(address), limit=10)
    found = [post for post in called if post.blog in running.blogs]
    if not found:
        give_up(f"no post is called “{name}”; `mailpost posts` shows what there is")
    if len(found) > 1:
        give_up(f"“{name}” may be any of {', '.join(post.id for post in found)}; give more of the id")
    return found[0]


def _listed(running: App, post: Post) -> dict[str, Any]:
    about: dict[str, Any] = {"id": post.id, "blog": post.blog, "url": running.blogs[post.blog].url + post.path}
    about |= {"title": post.title, "author": post.author, "status": post.status}
    return about | {"published": post.published.isoformat(), "tags": list(post.tags)}


def _described(running: App, post: Post) -> dict[str, Any]:
    mail = running.store.mail_of(post.id)
    files = [{"kind": a.kind, "name": a.name, "type": a.type, "size": a.size} for a in post.attachments]
    about = _listed(running, post) | {"updated": post.updated.isoformat(), "files": files, "text": post.text}
    about |= {"trimmed": post.trimmed, "warnings": list(mail.warnings) if mail else []}
    return about | {"raw": str(running.config.data / raw_path(mail.digest)) if mail else ""}


def _show(about: dict[str, Any]) -> None:
    out.print(f"[bold]{escape(about['title'])}[/] {about['status']}", soft_wrap=True)
    for key in ("id", "url", "author", "published", "updated", "tags", "raw"):
        value = ", ".join(about[key]) if isinstance(about[key], list) else about[key]
        if value:
            out.print(f"  [dim]{key:9}[/] {escape(value)}", soft_wrap=True)
    for file in about["files"]:
        said = f"{file['name'] or '(no name)'} {file['type']} {file['size']} bytes"
        out.print(f"  [dim]{file['kind']:9}[/] {escape(said)}", soft_wrap=True)
    for warning in about["warnings"]:
        out.print(f"  [yellow]warning[/]   {escape(warning)}", soft_wrap=True)
    if about["trimmed"]:
        _quote(about["trimmed"], "trimmed")


def _quote(text: str, label: str) -> None:
    out.print(f"  [dim]{label}[/]")
    out.print(escape("\n".join("  │ " + line for line in text.split("\n"))), soft_wrap=True)

"""mails: which have come, what became of each and why; and a decision about one that was held."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from mailpost.app import App
from mailpost.blog import Blog
from mailpost.cli.shared import Json, Limit, app, give_up, opened, out, say_json, table
from mailpost.errors import Refused
from mailpost.pipeline import raw_path
from mailpost.post import Status
from mailpost.store import Mail, State

group = typer.Typer(invoke_without_command=True)
app.add_typer(group, name="mails")

Number = Annotated[int, typer.Argument(help="The number of the mail.", metavar="MAIL", show_default=False)]
Numbers = Annotated[list[int], typer.Argument(help="The numbers of mails.", metavar="MAIL…", show_default=False)]
OPEN = (State.HELD, State.REFUSED, State.FAILED)
RELEASED = (State.PUBLISHED, State.DRAFT, State.DUPLICATE)


class Undecided(Exception):
    """Nothing was done about a mail, for this reason."""


@group.callback()
def mails(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only mails in this state.")] = None,
    limit: Limit = 30,
    *,
    as_json: Json = False,
) -> None:
    """The newest mails, what became of them, and why; or one of them, with the commands below."""
    if context.invoked_subcommand is not None:
        context.default_map = {context.invoked_subcommand: {"as_json": as_json}}
        return
    with opened() as running:
        found = running.store.mails(state=state, limit=limit)
    if as_json:
        for mail in found:
            say_json(asdict(mail))
        return
    rows: list[tuple[object, ...]] = []
    for mail in found:
        why = _why(mail) or "; ".join(mail.warnings)
        rows.append((mail.id, f"{mail.seen:%Y-%m-%d %H:%M}", mail.state, mail.blog, mail.author, mail.post[:8], why))
    table("mail", "seen", "state", "blog", "author", "post", "reason", rows=rows)


@group.command()
def show(number: Number, *, as_json: Json = False) -> None:
    """What became of a mail and why, where its bytes are kept, and who may still decide about it."""
    with opened() as running:
        mail = _mail(running, number)
        blog = running.blogs.get(mail.blog)
        asked = running.store.question(mail.id) if blog and mail.author in _names(blog) else None
        raw = str(running.config.data / raw_path(mail.digest))
        sender, subject = running.headline(mail)
    if as_json:
        say_json(asdict(mail) | {"sender": sender, "subject": subject, "raw": raw})
        return
    out.print(f"[bold]mail {mail.id}[/] {mail.state}", soft_wrap=True)
    about = {
        "reason": _why(mail),
        "from": sender,
        "subject": subject,
        "blog": mail.blog,
        "author": mail.author,
        "post": mail.post,
    }
    about |= {"mailbox": f"{mail.mailbox} {mail.key}", "seen": f"{mail.seen:%Y-%m-%d %H:%M}", "raw": raw}
    for name, value in about.items():
        if value:
            out.print(f"  [dim]{name:8}[/] {escape(value)}", soft_wrap=True)
    for warning in mail.warnings:
        out.print(f"  [yellow]warning[/]  {escape(warning)}", soft_wrap=True)
    if asked and blog:
        address = min(blog.addresses).replace("@", f"+answer-{asked.token}@")
        out.print(f"  [dim]answer[/]   {mail.author} may write publish, draft or discard to", soft_wrap=True)
        out.print(f"           {escape(address)}", soft_wrap=True)
        out.print(f"           until {asked.until:%Y-%m-%d %H:%M} UTC", soft_wrap=True)


@group.command()
def release(
    numbers: Numbers,
    author: Annotated[str, typer.Option(help="Whose post it is, where the mail does not say.")] = "",
    blog: Annotated[str, typer.Option(help="In which blog, where the mail does not say.")] = "",
    *,
    draft: Annotated[bool, typer.Option("--draft", help="As a draft.")] = False,
    as_json: Json = False,
) -> None:
    """Publish mails that were held, refused or failed, as if they had been let through."""
    troubles = []
    with opened() as running:
        for number in numbers:
            try:
                mail = _open(running, number, OPEN)
                home = _home(running, mail, blog)
                running.release(mail, blog=home.name, author=_writer(home, mail, author), draft=draft)
                _say(running, mail, RELEASED, as_json=as_json)
            except (Refused, Undecided) as why:
                troubles.append(f"mail {number}: {why}")
        running.publish()
    if troubles:
        give_up("; ".join(troubles))


@group.command()
def drop(numbers: Numbers, *, as_json: Json = False) -> None:
    """Decide that held mails will not be published. Their bytes, and the mails on the server, stay."""
    troubles = []
    with opened() as running:
        for number in numbers:
            try:
                mail = _open(running, number, (State.HELD,))
                running.store.drop(mail.id, mail.reason)
                _say(running, mail, (State.REFUSED,), as_json=as_json)
            except Undecided as why:
                troubles.append(f"mail {number}: {why}")
    if troubles:
        give_up("; ".join(troubles))


def _mail(running: App, number: int) -> Mail:
    mail = running.store.mail(number)
    if mail is None:
        give_up(f"there is no mail {number}; `mailpost mails` shows what there is")
    return mail


def _open(running: App, number: int, states: tuple[State, ...]) -> Mail:
    """A mail that can still be decided about."""
    mail = running.store.mail(number)
    if mail is None:
        raise Undecided("there is none; `mailpost mails` shows what there is")
    if mail.state not in states:
        raise Undecided(f"it is {mail.state}; this is for mails that are {' or '.join(states)}")
    return mail


def _why(mail: Mail) -> str:
    return mail.reason + (f" ({mail.detail})" if mail.detail else "")


def _say(running: App, mail: Mail, meant: tuple[State, ...], *, as_json: bool) -> None:
    after = running.store.mail(mail.id) or mail
    if after.state not in meant:
        raise Undecided(f"it is {after.state} by now: somebody else has decided")
    post = running.store.post(after.post)
    seen = post is not None and post.status is not Status.DRAFT  # a draft has no page
    url = running.blogs[post.blog].url + post.path if post and seen else ""
    if as_json:
        say_json({"id": mail.id, "state": after.state, "url": url})
        return
    out.print(f"mail {mail.id}: {after.state} {escape(url)}".rstrip(), soft_wrap=True)


def _home(running: App, mail: Mail, said: str) -> Blog:
    name = said or mail.blog or (next(iter(running.blogs)) if len(running.blogs) == 1 else "")
    if name not in running.blogs:
        why = f"“{name}” is no blog here" if name else "it names no blog"
        raise Undecided(f"{why}; say --blog, one of {', '.join(running.blogs)}")
    return running.blogs[name]


def _writer(blog: Blog, mail: Mail, said: str) -> str:
    """Whose post it will be. Even where there is one author only, a mail that is not theirs becomes theirs by name."""
    name, names = said or mail.author, _names(blog)
    if name not in names:
        why = f"“{name}” is no author of {blog.name}" if name else "its sender is no author of this blog"
        raise Undecided(f"{why}; say whose post it is with --author, one of {', '.join(names)}")
    return name


def _names(blog: Blog) -> list[str]:
    return [author.name for author in blog.authors]

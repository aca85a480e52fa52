"""check, status: what is known, for people and programs."""

import os

from rich.markup import escape

from mailpost.cli.shared import Json, app, config, opened, out, say_json, table
from mailpost.errors import ConfigError


@app.command()
def check() -> None:
    """Read the configuration and look whether it can work here; nothing is touched and nobody is asked."""
    found = config()
    problems = []
    for name, path in (("data", found.data), ("files.path", getattr(found.files.settings, "path", None))):
        if path is None:
            continue
        place = next(p for p in (path, *path.parents) if p.exists())
        if not os.access(place, os.W_OK | os.X_OK):
            problems.append(f"{name}: {place} cannot be written")
    if problems:
        raise ConfigError(*problems)
    if not found.mailboxes:
        out.print("[yellow]there is no \\[mailbox] yet: no mail will be read[/]")
    for blog in found.blogs:
        authors = ", ".join(f"{a.name} ({a.require})" for a in blog.authors)
        out.print(f"[bold]{escape(blog.title)}[/] at {escape(blog.url)}: {escape(authors)}", soft_wrap=True)
    out.print("[green]the configuration is sound[/]")


@app.command()
def status(*, as_json: Json = False) -> None:
    """How many mails, posts and copies are in which state."""
    with opened() as running:
        store = running.store
        states = {state.value: count for state, count in sorted(store.tally().items())}
        counts = {blog: store.count(blog) for blog in running.blogs}
        drawn = {blog: store.changes(blog) is None for blog in running.blogs}
        copies = store.deliveries()
    if as_json:
        say_json({"mails": states, "posts": counts, "drawn": drawn, "copies": copies})
        return
    table("mails", "", rows=list(states.items()) or [("none yet", "")])
    table("blog", "posts", "", rows=[(b, n, "" if drawn[b] else "to be drawn") for b, n in counts.items()])
    if copies:
        table("copies", "", rows=list(copies.items()))

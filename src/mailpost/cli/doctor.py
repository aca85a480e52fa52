"""doctor: what could be better about how mailpost is set up, told from the mail that comes."""

import shlex
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from textwrap import indent
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from mailpost import child
from mailpost.advice import Advice, Evidence, Probe, Server, Signed, advise, probe_fields
from mailpost.app import App, children
from mailpost.author import Require
from mailpost.child import Children
from mailpost.cli.given import LARGEST, mails_in
from mailpost.cli.shared import Json, Limit, app, config, opened, out, say, say_json
from mailpost.config import Config
from mailpost.errors import Reason, Temporary
from mailpost.log import visible
from mailpost.pipeline import raw_path
from mailpost.proof.verify import State
from mailpost.read import Rules

PROBED = {
    Probe.UNTESTED: "not tested: does it take out what others write in its name?",
    Probe.REMOVED: "[green]it took out what a probe had written in its name[/]",
    Probe.KEPT: "[red]do not trust it: it keeps what others write in its name[/]",
    Probe.UNCLEAR: "the probe arrived without any of its fields, which says nothing; send it from elsewhere",
}
NONE_SUITS = "Some of it brings nothing: somebody else wrote that, or it has to be signed or sent to a secret address."

group = typer.Typer(no_args_is_help=True)
app.add_typer(group, name="doctor")


@group.callback()
def doctor() -> None:
    """Look at how things are, and say what would make them better."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail to look at, and by which rules."""

    name: str
    mailbox: str
    raw: bytes
    received: datetime | None
    rules: Rules
    posted: bool = False


@group.command()
def auth(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Mail files, mbox files, or folders of them; without any, the mail kept here.", metavar="FILE…"
        ),
    ] = None,
    *,
    limit: Limit = 200,
    probe: Annotated[
        str, typer.Option("--probe", help="The word of a probe that was sent: has it shown anything?", metavar="WORD")
    ] = "",
    as_json: Json = False,
) -> None:
    """Say how the authors' mail is proven to be theirs, what is weak about it, and what to write into the configuration.

    Looks at the newest mails that are kept or, while there are none, at those in the mailboxes. Nothing is changed.

    Ends with 0 where each author's word lets all their mail through; with 1 where it does not, or nothing is known yet.
    """
    found = config()
    unread: list[str] = []
    with ExitStack() as open_:
        if paths:
            readers = open_.enter_context(children(found))
            samples = _given(paths, found, unread)
        else:
            running = open_.enter_context(opened())
            readers = running.children()
            samples = _kept(running, limit) if running.store.tally() else _waiting(running, limit)
        seen = list(_looked_at(samples, readers))
    trusted = {box.name: box.trusted_servers for box in found.mailboxes} | {"": _rules(found).trusted_servers}
    advice = advise(found.blogs, seen, trusted, probe)
    for each in advice:
        if as_json:
            say_json(_described(each))
        else:
            _show(each, min(next(blog for blog in found.blogs if blog.name in each.blogs).addresses))
    if not as_json:
        _end(advice, seen, found, probe)
    _say_troubles(advice, seen, probe)
    if unread or not _well(advice):
        raise typer.Exit(1)


def _well(advice: Sequence[Advice]) -> bool:
    """Every author's word lets all their mail through, as far as it is known, and no forged field gets through."""
    fooled = any(server.trusted and server.probe is Probe.KEPT for each in advice for server in each.servers)
    return any(each.judged for each in advice) and all(each.satisfied for each in advice) and not fooled


def _say_troubles(advice: Sequence[Advice], seen: Sequence[Evidence], probe: str) -> None:
    """What stood in the way. Raises `Temporary` where nothing could be judged without name servers."""
    for why, times in Counter(each.trouble for each in seen if each.trouble).most_common():
        say.print(f"[yellow]{times} could not be read:[/] {escape(visible(why))}")
    if probe and not any(each.probe[:1] == (probe,) for each in seen):
        say.print(f"[yellow]the probe {escape(probe)} is not among the mails that were looked at[/]")
    if any(each.later for each in seen) and not any(each.judged for each in advice):
        raise Temporary("the senders' keys could not be looked up")


# --- which mails ---


def _rules(found: Config) -> Rules:
    """For mails that came by no mailbox."""
    servers = dict.fromkeys(server for box in found.mailboxes for server in box.trusted_servers)
    return Rules(found.blogs, next((box.blog for box in found.mailboxes if box.blog), ""), tuple(servers))


def _given(paths: Sequence[Path], found: Config, unread: list[str]) -> Iterator[Sample]:
    rules = _rules(found)
    return (Sample(name, "", raw, None, rules) for name, raw in mails_in(paths, unread))


def _kept(running: App, limit: int) -> Iterator[Sample]:
    rules = {source.name: source.rules for source in running.sources}
    had = set()
    for mail in running.store.mails(state=None, limit=limit):
        raw = running.kept.get(raw_path(mail.digest))
        if raw is None or mail.digest in had or mail.reason == Reason.TOO_BIG:
            continue
        had.add(mail.digest)
        yield Sample(
            name=f"mail {mail.id}",
            mailbox=mail.mailbox,
            raw=raw,
            received=mail.received or mail.seen,
            rules=rules.get(mail.mailbox) or Rules(running.config.blogs),
            posted=bool(mail.post),
        )


def _waiting(running: App, limit: int) -> Iterator[Sample]:
    """The newest in each mailbox. Raises `Temporary` where none can be reached."""
    troubles = []
    for source in running.sources:
        try:
            for mail in source.mailbox.fetch(source.mailbox.waiting()[-limit:]):
                if mail.whole:
                    yield Sample(f"{source.name} {mail.key}", source.name, mail.raw, mail.received, source.rules)
        except Temporary as trouble:
            say.print(f"[yellow]{escape(source.name)}:[/] {escape(str(trouble))}")
            troubles.append(trouble)
    if troubles and len(troubles) == len(running.sources):
        raise troubles[0]


def _looked_at(samples: Iterator[Sample], readers: Children) -> Iterator[Evidence]:
    """As many at once as there are children; one that breaks its reader is said to."""
    queue: deque[tuple[Sample, Future[Evidence]]] = deque()
    for sample in samples:
        if len(sample.raw) > LARGEST:
            yield Evidence(name=sample.name, trouble=Reason.TOO_BIG)
            continue
        queue.append((sample, readers.look(sample.raw, sample.received, sample.rules)))
        if len(queue) > 2 * readers.workers:
            yield _finished(*queue.popleft())
    while queue:
        yield _finished(*queue.popleft())


def _finished(sample: Sample, future: "Future[Evidence]") -> Evidence:
    try:
        found = child.result(future)
    except Exception as bug:  # noqa: BLE001 - said of this mail; the next one goes on
        found = Evidence(trouble=f"{Reason.BUG} ({type(bug).__name__})")
    if isinstance(found, Reason):
        found = Evidence(trouble=found)
    return replace(found, name=sample.name, mailbox=sample.mailbox, posted=sample.posted)


# --- what is said of them ---


def _described(advice: Advice) -> dict[str, Any]:
    """The one line of JSON for an address; the fields are the same whatever is known."""
    signatures = [asdict(signed) | {"state": signed.state.name.lower(), "mails": n} for signed, n in advice.signatures]
    return asdict(advice) | {"signatures": signatures}


def _show(advice: Advice, blog: str) -> None:
    out.print(f'[bold]{escape(advice.author)} <{advice.address}>[/] require = "{advice.require}"', soft_wrap=True)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for label, text in _rows(advice):
        rows.add_row(f"  {label}", text)
    out.print(rows)
    out.print(Padding(_verdict(advice, blog), (0, 0, 1, 2)))


def _rows(advice: Advice) -> Iterator[tuple[str, str]]:
    if not advice.mails:
        return
    yield "mails", f"{advice.mails}, of which {advice.judged} to the blog"
    yield from _labelled("signature", [_signature(signed, times) for signed, times in advice.signatures])
    for server in advice.servers:
        yield from _labelled("server", _server(server))
    yield from _labelled("further down", [f"{', '.join(advice.below)}: never counts"] if advice.below else [])
    if advice.judged:
        yield "would pass", ", ".join(f"{word} {times}" for word, times in advice.passing.items())
    yield "proof means", escape(advice.means)
    yield from _labelled("held", [escape(visible(each)) for each in advice.held])
    yield from _labelled("weak", [f"[yellow]{escape(each)}[/]" for each in advice.weak])


def _labelled(label: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for n, text in enumerate(texts):
        yield "" if n else label, text


def _signature(signed: Signed, times: int) -> str:
    bits = f", {signed.bits} bits" if signed.bits else ""
    sound = signed.state is State.PASSED
    said = escape(f"{signed.domain or 'unreadable'}{bits}: {'verified here' if sound else signed.why}")
    return f"{times} × {said}" if sound else f"[yellow]{times} × {said}[/]"


def _server(server: Server) -> Iterator[str]:
    provider = f" ({server.provider})" if server.provider else ""
    said = ", ".join(server.says) or "nothing of use"
    yield f"{server.mails} × {', '.join(server.ids) or 'one without a name'}{provider}: {said}"
    if server.names and not server.trusted and not server.helps and server.probe is Probe.UNTESTED:
        yield "not trusted, and need not be"
    elif server.names:
        yield f"{'trusted' if server.trusted else 'not trusted'}; {PROBED[server.probe]}"
    if server.beware and (server.trusted or server.helps or not server.names):
        yield server.beware


def _verdict(advice: Advice, blog: str) -> str:
    if not advice.judged:
        what = "None of them could be judged as a post." if advice.mails else "No mail from this address."
        return f"{what} Send one to {blog}, and run this again."
    if advice.require is Require.ASK:
        suits = f" “{advice.suits}” would suit as well." if advice.suits else ""
        return f"“ask” lets nothing through before somebody has decided.{suits}"
    if advice.satisfied:
        return f"[green]“{advice.require}” lets all of it through.[/]"
    if any(server.helps and server.probe is not Probe.KEPT for server in advice.servers):
        then = "Trusting its server would help; see below."
    else:
        then = f"“{advice.suits}” would, if the author wrote all of it." if advice.suits else NONE_SUITS
    return f"[red]“{advice.require}” does not let all of it through.[/] {then}"


def _end(advice: Sequence[Advice], seen: Sequence[Evidence], found: Config, word: str) -> None:
    """What to do now, for everybody."""
    if not seen:
        out.print("No mail has come yet. Send one to the blog from each address, and run this again.")
    pieces = dict.fromkeys(piece for each in advice for piece in each.paste)
    if pieces:
        out.print("[bold]Into the configuration, if the authors wrote that mail themselves:[/]\n")
        for piece in pieces:
            out.print(escape(indent(piece, "  ")) + "\n", soft_wrap=True)
    wanted = [server for each in advice if not each.satisfied for server in each.servers if server.helps]
    probes = {server.names: server for server in wanted if server.probe in (Probe.UNTESTED, Probe.UNCLEAR)}
    for server in probes.values():
        _explain(server, min(found.blogs[0].addresses), word or token_hex(8))


def _explain(server: Server, blog: str, word: str) -> None:
    """How to find out whether a server's word is its own (RFC 8601, section 5)."""
    names = ", ".join(server.names)
    out.print(f"[bold]Trusting {names} would let {server.helps} more through, but test it first.[/]")
    out.print(
        "It can be trusted only if it takes out what others write in its name. Send a mail that does so, from an"
        " account at another provider; with swaks, for instance:\n"
    )
    fields = [f"--add-header {shlex.quote(field)}" for field in probe_fields(server, word)]
    lines = [
        "swaks --server smtp.elsewhere.example --tls --auth-user you@elsewhere.example",
        f"--from you@elsewhere.example --to {blog}",
        "--header 'Subject: probe'",
        *fields,
    ]
    out.print(escape(" \\\n    ".join(["  " + lines[0], *lines[1:]])) + "\n", soft_wrap=True)
    out.print("When it has arrived:\n")
    out.print(f"  mailpost doctor auth --probe {word}\n", soft_wrap=True)

"""Opens what the configuration names and wires it together."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from mailpost import child, outbox, pipeline, publish
from mailpost.autopost import Target
from mailpost.blog import Blog
from mailpost.child import Children
from mailpost.config import Chosen, Config
from mailpost.errors import Reason, Temporary
from mailpost.files import Files
from mailpost.files.local import LocalFiles
from mailpost.mailbox import Mailbox
from mailpost.pipeline import Line
from mailpost.post import Post, Status
from mailpost.publish import Press
from mailpost.read import Rules
from mailpost.site import Site
from mailpost.store import Mail, State, Store

WAIT = 120.0  # seconds for another process that is reading the same mailbox
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A mailbox and what its mails are judged by."""

    name: str
    mailbox: Mailbox
    rules: Rules


class App:
    """Everything open. `close` lets go of it all, and so does the end of a `with`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        try:
            config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            config.data.chmod(config.data.stat().st_mode & 0o770)  # one that was there may be open to everybody
        except OSError as problem:
            raise Temporary(f"{config.data}: {problem.strerror}") from problem
        self.store: Store = _open("store", config.store)
        self.out: Files = _open("files", config.files)
        self.kept = LocalFiles(config.data, 0o600)
        self.media = LocalFiles(config.data, 0o644)
        self.targets: Mapping[str, Target] = {chosen.name: _open("autopost", chosen) for chosen in config.autopost}
        self.blogs: Mapping[str, Blog] = {blog.name: blog for blog in config.blogs}
        self.sources = [
            Source(chosen.name, _open("mailbox", chosen), Rules(config.blogs, chosen.blog, chosen.trusted_servers))
            for chosen in config.mailboxes
        ]
        self.presses = [
            Press(
                blog=blog,
                site=Site(blog, attribution=config.site.attribution, theme=str(config.site.theme or "")),
                store=self.store,
                media=self.media,
                out=self.out,
                folder=config.folders[blog.name],
                per_page=config.site.posts_per_page,
                in_feed=config.feed.posts,
            )
            for blog in config.blogs
        ]
        self._starting = threading.Lock()
        self._children: Children | None = None

    def children(self) -> Children:
        """Started when the first mail is to be read, and again where they broke."""
        with self._starting:
            if self._children is None or not self._children.usable:
                self._children = children(self.config)
            return self._children

    def poll(self, source: Source, stopping: Callable[[], bool] = lambda: False) -> Mapping[State, int]:
        """One look at one mailbox, alone among all processes. Raises `Temporary`."""
        with self.store.alone(f"mailbox-{source.name}", WAIT) as mine:
            if not mine:
                raise Temporary(f"another mailpost has been reading {source.name} for {WAIT:.0f} seconds")
            return pipeline.poll(source.name, source.mailbox, self._line(source.rules), stopping)

    def read_again(self, post: Post, *, whole: bool) -> Post:
        """Read the mail of a post again, whole or trimmed. Raises `Refused` and `Temporary`."""
        return pipeline.read_again(post, self._line(Rules(self.config.blogs)), whole=whole)

    def release(self, mail: Mail, *, blog: str, author: str, draft: bool) -> State:
        """Make a post of a mail that was not let through by itself. Raises `Refused` and `Temporary`."""
        return pipeline.release(mail, self._line(Rules(self.config.blogs)), blog=blog, author=author, draft=draft)

    def headline(self, mail: Mail) -> tuple[str, str]:
        """The sender and the subject of a mail as far as its kept bytes say them."""
        raw = self.kept.get(pipeline.raw_path(mail.digest))
        if raw is None:
            return "", ""
        found = child.result(self.children().headline(raw, mail.received))
        return ("", "") if isinstance(found, Reason) else found

    def _line(self, rules: Rules) -> Line:
        return Line(self.store, self.kept, self.media, self.children, rules, self._owed, pipeline.now)

    def publish(self, *, full: bool = False) -> int:
        """Draw every blog; trouble with one is raised when the others have been drawn."""
        written, troubles = 0, []
        for press in self.presses:
            try:
                written += publish.publish(press, full=full)
            except Exception as trouble:  # noqa: BLE001 - raised below
                troubles.append(trouble)
        if troubles:
            raise troubles[0]
        return written

    def send(self) -> int:
        return outbox.send_due(self.store, self.targets, self.blogs, pipeline.now)

    def close(self) -> None:
        for source in self.sources:
            with suppress(Exception):
                source.mailbox.close()
        if self._children is not None:
            self._children.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _owed(self, post: Post) -> Mapping[str, float]:
        """To whom a post is copied, and after how many seconds: time enough to think better of it."""
        if post.status is not Status.PUBLISHED:
            return {}
        return {c.name: float(c.delay_seconds) for c in self.config.autopost if post.blog in c.blogs}


def children(config: Config) -> Children:
    child = config.child
    return Children(
        workers=child.workers,
        seconds=child.seconds,
        memory=child.memory_mb * MEGABYTE,
        nameservers=config.resolver.nameservers,
        remote=config.convert.remote_images,
    )


def _open(port: str, chosen: Chosen) -> Any:
    """An adapter is a module: its `open` takes its settings."""
    return import_module(f"mailpost.{port}.{chosen.kind}").open(chosen.settings)

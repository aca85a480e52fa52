"""A post's mail read again: what was trimmed comes back, and goes again, and nothing else changes."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailpost import pipeline
from mailpost.app import App
from mailpost.child import Children
from mailpost.config import load
from mailpost.errors import Reason, Refused
from mailpost.pipeline import Line, raw_path
from mailpost.post import Post, Status, post_id
from mailpost.read import Reading, Rules
from tests.boxes import Box
from tests.mails import ADDRESS, SECRET, mail, picture
from tests.private import private
from tests.test_cli import run
from tests.test_pipeline import Crash, Faults

CONFIG = """
[blog]
name = "demo"
title = "Bread & bees"
url = "https://blog.example/notes/"
addresses = ["blog@demo.example"]
{authors}
[child]
workers = 1
"""
ANN = f'[[author]]\nname = "Ann"\naddresses = ["ann@demo.example"]\nrequire = "secret"\nsecrets = ["{SECRET}"]'
BEN = '[[author]]\nname = "Ben"\naddresses = ["ben@demo.example"]'
SIGNED = "The words.\r\n\r\n-- \r\nAnn, at the kitchen table"
NOW = datetime(2026, 12, 24, 18, 0, 30, 500, tzinfo=UTC)


@dataclass
class House:
    folder: Path

    def open(self, authors: str = ANN) -> App:
        private(self.folder / "config.toml", CONFIG.format(authors=authors))
        return App(load(self.folder / "config.toml"))

    def site(self) -> dict[str, str]:
        root = self.folder / "site"
        return {p.relative_to(root).as_posix(): p.read_text(errors="replace") for p in root.rglob("*.*") if p.is_file()}

    def saying(self, words: str) -> set[str]:
        return {path for path, content in self.site().items() if words in content}


def line(app: App, clock: Callable[[], datetime] = lambda: NOW) -> Line:
    owed = {"webhook": 60.0}
    return Line(app.store, app.kept, app.media, app.children, Rules(app.config.blogs), lambda _: owed, clock)


def receive(app: App, *mails: bytes) -> list[Post]:
    pipeline.poll("box", Box(*mails), line(app))
    app.publish()
    return app.store.posts("demo", limit=9)


def said(post: Post) -> dict[str, Any]:
    return {name: getattr(post, name) for name in ("body", "text", "summary", "attachments", "trimmed", "updated")}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def app(house: House) -> Iterator[App]:
    with house.open() as opened:
        yield opened


def test_what_was_trimmed_comes_back_and_goes_again(house: House, app: App) -> None:
    [post] = receive(app, mail(1, SIGNED, photo=picture(), subject="Bread #oven"))
    assert (post.text, "kitchen table" in post.trimmed) == ("The words.", True)
    assert house.saying("kitchen table") == set()

    whole = pipeline.read_again(post, line(app), whole=True)
    app.publish()
    assert app.store.post(post.id) == whole
    assert ("kitchen table" in whole.text, "kitchen table" in whole.summary, whole.trimmed) == (True, True, "")
    assert whole == replace(post, **said(whole)), "something besides what it says has changed"
    assert (whole.updated, whole.attachments) == (NOW.replace(microsecond=0), post.attachments)
    shown = {f"{post.path}index.html", "index.html", "tags/oven/index.html", "tags/oven/feed.xml"}
    assert shown | {"feed.xml", "atom.xml", "feed.json"} <= house.saying("kitchen table")

    again = pipeline.read_again(whole, line(app, lambda: NOW + timedelta(days=1)), whole=False)
    app.publish()
    assert again == replace(post, updated=again.updated)
    assert house.saying("kitchen table") == set()


def test_reading_again_twice_is_the_same_as_once(app: App) -> None:
    [post] = receive(app, mail(1, SIGNED))
    assert pipeline.read_again(post, line(app), whole=False) == post
    whole = pipeline.read_again(post, line(app), whole=True)
    app.publish()
    later = line(app, lambda: NOW + timedelta(days=1))
    assert pipeline.read_again(whole, later, whole=True) == whole
    assert (app.store.changes("demo"), app.publish()) == (None, 0)
    assert app.store.deliveries() == {"pending": 1}, "a post is copied once, however often it is read"


@pytest.mark.parametrize("when", ["before", "half", "after"])
@pytest.mark.parametrize("effect", [1, 2])
def test_a_crash_on_the_way_is_repaired_by_doing_it_again(app: App, effect: int, when: str) -> None:
    [post] = receive(app, mail(1, SIGNED, photo=picture()))
    faults = Faults(effect, when)
    calm = line(app)
    faulty = replace(
        calm, store=faults.around(app.store, "rewrite"), media=faults.around(app.media, "put_all"), kept=app.kept
    )
    with pytest.raises(Crash):
        pipeline.read_again(post, faulty, whole=True)
    now = app.store.post(post.id)
    assert now is not None
    made = pipeline.read_again(now, calm, whole=True)
    assert app.store.post(post.id) == made
    assert ("kitchen table" in made.text, faults.seen) == (True, effect)


def test_drafts_and_private_posts_stay_what_they_are(house: House, app: App) -> None:
    found = receive(
        app, *(mail(n, SIGNED, to=ADDRESS.replace("@", f"+{s}@")) for n, s in enumerate(("draft", "private")))
    )
    for post in found:
        assert pipeline.read_again(post, line(app), whole=True).status is post.status
    app.publish()
    assert {p.status for p in found} == {Status.DRAFT, Status.PRIVATE}
    [shown] = [p for p in found if p.status is Status.PRIVATE]
    assert house.saying("kitchen table") == {f"{shown.path}index.html"}


def test_an_author_who_has_left_has_left_the_posts(house: House) -> None:
    with house.open() as app:
        [post] = receive(app, mail(1, SIGNED))
    with house.open(BEN) as app:
        whole = app.read_again(post, whole=True)
    assert ("kitchen table" in whole.text, whole.author) == (True, "Ann")


@pytest.mark.parametrize("damage", ["gone", "other"])
def test_a_mail_that_is_not_kept_any_more_changes_nothing(house: House, app: App, damage: str) -> None:
    raw = mail(1, SIGNED)
    [post] = receive(app, raw)
    [kept] = list((house.folder / "data" / "raw").rglob("*.eml"))
    if damage == "gone":
        kept.unlink()
    else:
        kept.write_bytes(raw.replace(b"words", b"sword"))
    with pytest.raises(Refused) as refusal:
        pipeline.read_again(post, line(app), whole=True)
    assert (refusal.value.reason, "raw/" in refusal.value.detail) == (Reason.LOST, True)
    assert (app.store.post(post.id), app.store.changes("demo")) == (post, None)


@pytest.mark.parametrize(
    ("end", "reason"), [(OutOfTime(), Reason.TIMEOUT), (MemoryError(), Reason.CRASH), (KeyError("ours"), Reason.BUG)]
)
def test_a_mail_that_breaks_its_reader_changes_nothing(app: App, end: Exception, reason: Reason) -> None:
    [post] = receive(app, mail(1, SIGNED))

    class Broken(Children):
        def __init__(self) -> None:
            """No process at all."""

        def read_again(self, *_: Any, **__: Any) -> "Future[Reading]":
            broken: Future[Reading] = Future()
            broken.set_exception(end)
            return broken

    with pytest.raises(Refused) as refusal:
        pipeline.read_again(post, replace(line(app), children=Broken), whole=True)
    assert refusal.value.reason is reason
    assert app.store.post(post.id) == post


# ---- as people and programs call it


@pytest.fixture
def posts(house: House) -> list[Post]:
    """Two posts on disk, the newer first; nobody has them open."""
    with house.open() as app:
        return receive(app, mail(1, SIGNED, photo=picture(), subject="[bread] #oven"), mail(2, "No more."))


def test_a_post_is_shown_with_what_was_trimmed(house: House, posts: list[Post]) -> None:
    _, post = posts
    shown = run(house.folder, "posts", "show", post.id[:9])
    assert (shown.returncode, shown.stderr) == (0, "")
    for words in ("[bread]", "published", f"https://blog.example/notes/{post.path}", "oven", "a.png", "│ Ann, at the"):
        assert words in shown.stdout, words
    spoken = json.loads(run(house.folder, "posts", "show", post.path, "--json").stdout)
    assert list(spoken) == [
        "id", "blog", "url", "title", "author", "status", "published", "tags", "updated", "files", "text", "trimmed",
        "warnings", "raw",
    ]  # fmt: skip
    assert (spoken["id"], spoken["trimmed"]) == (post.id, post.trimmed)
    assert Path(house.folder, spoken["raw"]).read_bytes() == mail(1, SIGNED, photo=picture(), subject="[bread] #oven")


def test_json_may_be_asked_for_before_the_command(house: House, posts: list[Post]) -> None:
    said = run(house.folder, "posts", "--json", "show", posts[1].path).stdout
    assert json.loads(said)["id"] == posts[1].id


def test_posts_are_listed_with_what_they_can_be_called_by(house: House, posts: list[Post]) -> None:
    said = run(house.folder, "posts").stdout
    assert all(post.id[:8] in said and f"https://blog.example/notes/{post.path}\n" in said for post in posts)
    assert all(post.id[:8] in run(house.folder, "mails").stdout for post in posts)
    lines = [json.loads(each) for each in run(house.folder, "posts", "--json", "--limit", "1").stdout.splitlines()]
    assert [each["id"] for each in lines] == [posts[0].id]


def test_a_post_is_restored_and_trimmed_by_its_address(house: House, posts: list[Post]) -> None:
    address = f"https://blog.example/notes/{posts[1].path}"
    restored = run(house.folder, "posts", "restore", address)
    assert (restored.returncode, restored.stdout) == (0, f"changed: {address}\n")
    assert "feed.xml" in house.saying("kitchen table")
    again = run(house.folder, "posts", "restore", address)
    assert (again.returncode, again.stdout) == (0, "it was like that already\n")
    trimmed = json.loads(run(house.folder, "posts", "trim", address, "--json").stdout)
    assert trimmed["trimmed"] == posts[1].trimmed
    assert house.saying("kitchen table") == set()


def test_what_cannot_be_done_is_said_and_the_exit_code_is_1(house: House, posts: list[Post]) -> None:
    (house.folder / "data" / raw_path(_digest(house, posts[1]))).unlink()
    for words, why in {
        ("show", "nothing"): "no post is called “nothing”",
        ("show", ""): "no post is called “”",
        ("restore", posts[1].id): str(Reason.LOST),
    }.items():
        done = run(house.folder, "posts", *words)
        assert (done.returncode, done.stdout, why in done.stderr) == (1, "", True), done.stderr


def test_a_name_that_several_posts_have_is_none(house: House) -> None:
    """Of seventeen ids two begin alike."""
    seen: dict[str, int] = {}
    ids = {n: post_id("demo", "Ann", f"<{n}@demo.example>", "") for n in range(1, 18)}
    one, other = next((seen[i[0]], n) for n, i in ids.items() if seen.setdefault(i[0], n) != n)
    with house.open() as app:
        receive(app, mail(one), mail(other))
    done = run(house.folder, "posts", "show", ids[one][0])
    assert (done.returncode, done.stdout) == (1, "")
    assert ids[one] in done.stderr
    assert ids[other] in done.stderr


def test_posts_of_a_blog_that_is_not_configured_any_more_are_not_called(house: House, posts: list[Post]) -> None:
    config = house.folder / "config.toml"
    config.write_text(config.read_text().replace('name = "demo"', 'name = "later"'))
    done = run(house.folder, "posts", "restore", posts[0].id)
    assert (done.returncode, "no post is called" in done.stderr) == (1, True)


def _digest(house: House, post: Post) -> str:
    with house.open() as app:
        found = app.store.mail_of(post.id)
    assert found is not None
    return found.digest

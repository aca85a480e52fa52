"""What becomes of a mail that was held: its author's answer, the operator's word, and the limits that hold mails back."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailpost import pipeline
from mailpost.app import App
from mailpost.author import Require
from mailpost.authorise import Permit
from mailpost.config import load
from mailpost.errors import Held, Reason, Temporary
from mailpost.mailbox import Outcome
from mailpost.pipeline import Line
from mailpost.read import Rules
from mailpost.store import Accepted, Arrival, Mail, State
from tests.blogs import post
from tests.boxes import Box
from tests.mails import SECRET, mail
from tests.test_authorise import ENVELOPE, requiring
from tests.test_cli import run

CONFIG = """
[blog]
name = "demo"
title = "Bread & bees"
url = "https://blog.example/notes/"
addresses = ["blog@demo.example"]
[[author]]
name = "Ann"
addresses = ["ann@demo.example"]
require = "ask"
[[author]]
name = "Ben"
addresses = ["ben@demo.example"]
require = "secret"
secrets = ["k7q2x9w4m8e5r3t6"]
posts_per_day = 2
[child]
workers = 1
"""
NOW = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)


class House:
    """An installation, and a clock that the test may move."""

    def __init__(self, folder: Path) -> None:
        path = folder / "config.toml"
        path.write_text(CONFIG)
        path.chmod(0o600)
        self.app = App(load(path))
        self.now = NOW

    def line(self) -> Line:
        app = self.app
        rules = Rules(app.config.blogs)
        return Line(app.store, app.kept, app.media, app.children, rules, lambda _: {}, lambda: self.now)

    def receive(self, *mails: bytes) -> list[Mail]:
        """The newest first."""
        self.box = Box(*mails)
        self.box.anew(self.app.store.tally().get(State.HELD, 0) + len(self.app.store.mails(state=None, limit=99)) + 1)
        pipeline.poll("box", self.box, self.line())
        return self.app.store.mails(state=None, limit=len(mails))

    def ask(self, number: int = 1, sender: str = "ann@demo.example") -> tuple[Mail, str]:
        """A mail that is held, and the address its author may answer to."""
        [held] = self.receive(mail(number, "A held word.", sender=sender, to="blog@demo.example"))
        question = self.app.store.question(held.id)
        assert (held.state, bool(question)) == (State.HELD, True)
        assert question is not None
        return held, f"blog+answer-{question.token}@demo.example"

    def mail(self, id_: int) -> Mail:
        found = self.app.store.mail(id_)
        assert found is not None
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    with made.app:
        yield made


def test_what_is_held_is_asked_about_for_two_days(house: House) -> None:
    held, _ = house.ask()
    question = house.app.store.question(held.id)
    assert question is not None
    assert (held.reason, held.blog, held.author) == (Reason.ASK, "demo", "Ann")
    assert question.until - NOW == timedelta(hours=48)
    assert len(question.token) == 26


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("publish", State.PUBLISHED),
        ("Publish.\r\n\r\nOn Monday, blog wrote:\r\n> discard", State.PUBLISHED),
        ("DRAFT!\r\n\r\n-- \r\nAnn, at the kitchen table", State.DRAFT),
        ("discard", State.REFUSED),
    ],
)
def test_the_author_decides_by_answering(house: House, said: str, state: State) -> None:
    held, address = house.ask()
    [answer] = house.receive(mail(2, said, to=address, subject="Re: was this you?"))
    assert (answer.state, answer.reason) == (State.ANSWER, Reason.ANSWERED)
    assert str(held.id) in answer.detail
    assert house.box.filed[0][0] is Outcome.PUBLISHED
    after = house.mail(held.id)
    assert after.state is state
    assert house.app.store.question(held.id) is None
    made = house.app.store.post(after.post)
    assert (made.text if made else "") == ("" if said == "discard" else "A held word.")


def test_an_answer_counts_once(house: House) -> None:
    held, address = house.ask()
    house.receive(mail(2, "publish", to=address))
    [second] = house.receive(mail(3, "discard", to=address))
    assert (second.state, second.reason) == (State.REFUSED, Reason.DECIDED)
    assert house.mail(held.id).state is State.PUBLISHED


def test_an_answer_counts_for_two_days(house: House) -> None:
    held, address = house.ask()
    house.now = NOW + timedelta(hours=48)
    [late] = house.receive(mail(2, "publish", to=address))
    assert (late.state, late.reason) == (State.REFUSED, Reason.DECIDED)
    assert house.mail(held.id).state is State.HELD


@pytest.mark.parametrize(
    ("sender", "reason"),
    [("stranger@elsewhere.example", Reason.STRANGER), ("ben@demo.example", Reason.DECIDED)],
)
def test_only_the_author_who_was_asked_can_answer(house: House, sender: str, reason: Reason) -> None:
    held, address = house.ask()
    [answer] = house.receive(mail(2, "publish", sender=sender, to=address))
    assert (answer.state, answer.reason) == (State.REFUSED, reason)
    assert house.mail(held.id).state is State.HELD


def test_t17_a_guess_and_an_automatic_answer_decide_nothing(house: House) -> None:
    held, address = house.ask()
    robot = mail(2, "publish", to=address).replace(b"MIME-Version", b"Auto-Submitted: auto-replied\r\nMIME-Version")
    guess = mail(3, "publish", to=f"blog+answer-{'a' * 26}@demo.example")
    reasons = {m.reason for m in house.receive(robot, guess)}
    assert reasons == {Reason.AUTOMATIC, Reason.DECIDED}
    assert house.mail(held.id).state is State.HELD


@pytest.mark.parametrize("said", ["yes please", "> publish\r\n\r\nno", "I would rather not publish", "x" * 5000])
def test_an_answer_of_other_words_is_refused_and_says_so(house: House, said: str) -> None:
    held, address = house.ask()
    [answer] = house.receive(mail(2, said, to=address))
    assert (answer.state, answer.reason, house.mail(held.id).state) == (State.REFUSED, Reason.WORD, State.HELD)


def test_an_answer_to_a_mail_whose_bytes_are_lost_says_so(house: House) -> None:
    held, address = house.ask()
    (house.app.config.data / pipeline.raw_path(held.digest)).unlink()
    [answer] = house.receive(mail(2, "publish", to=address))
    assert (answer.state, answer.reason, house.mail(held.id).state) == (State.REFUSED, Reason.LOST, State.HELD)


def test_an_answer_while_the_readers_are_away_waits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    held, address = house.ask()

    def away(*_: object, **__: object) -> State:
        raise Temporary("no reader")

    with monkeypatch.context() as patch:
        patch.setattr("mailpost.pipeline.again.release", away)
        with pytest.raises(Temporary):
            house.receive(mail(2, "publish", to=address))
    pipeline.poll("box", house.box, house.line())
    assert house.mail(held.id).state is State.PUBLISHED


def test_the_bytes_that_were_released_make_no_second_post(house: House) -> None:
    held, address = house.ask()
    house.receive(mail(2, "publish", to=address))
    [again] = house.receive(mail(1, "A held word.", to="blog@demo.example"))
    assert (again.state, again.post) == (State.DUPLICATE, house.mail(held.id).post)


def test_the_operator_releases_and_drops(house: House, tmp_path: Path) -> None:
    one, _ = house.ask(1)
    two, _ = house.ask(2)
    [stranger] = house.receive(mail(3, "A word of Carl's.", sender="carl@elsewhere.example", to="blog@demo.example"))
    house.app.close()

    said = run(tmp_path, "mails", "release", str(one.id), "--draft", "--json").stdout
    assert json.loads(said)["state"] == "draft"
    assert "refused" in run(tmp_path, "mails", "drop", str(two.id)).stdout
    wanting = run(tmp_path, "mails", "release", str(stranger.id), "77")
    assert (wanting.returncode, "--author, one of Ann, Ben" in wanting.stderr) == (1, True)
    assert "mail 77: there is none" in wanting.stderr
    done = run(tmp_path, "mails", "release", str(stranger.id), "--author", "Ben")
    assert (done.returncode, "published https://blog.example/notes/2026/" in done.stdout) == (0, True)
    assert any("A word of Carl" in page.read_text() for page in (tmp_path / "site").rglob("*.html"))

    twice = run(tmp_path, "mails", "release", str(stranger.id))
    assert (twice.returncode, "is published" in twice.stderr) == (1, True)
    dropped = run(tmp_path, "mails", "show", str(two.id)).stdout
    assert Reason.DROPPED in " ".join(dropped.split())


def test_a_held_mail_is_shown_with_its_reason_and_the_address_to_answer_to(house: House, tmp_path: Path) -> None:
    held, address = house.ask()
    house.app.close()
    shown = run(tmp_path, "mails", "show", str(held.id)).stdout
    assert (Reason.ASK in shown, address in shown, "raw/" in shown) == (True, True, True)
    assert ("ann@demo.example" in shown, "Mail 1" in shown) == (True, True)
    told = run(tmp_path, "mails", "show", "--json", str(held.id)).stdout + run(tmp_path, "mails", "--json").stdout
    assert "answer-" not in told
    assert run(tmp_path, "mails", "show", "99").returncode == 1


def test_more_than_an_author_may_send_in_a_day_is_held(house: House) -> None:
    to = f"blog+{SECRET}@demo.example"
    seen = house.receive(*(mail(n, f"Word {n}", sender="ben@demo.example", to=to) for n in range(1, 5)))
    assert sorted((m.state, m.reason) for m in seen) == [
        (State.HELD, Reason.MANY),
        (State.HELD, Reason.MANY),
        (State.PUBLISHED, ""),
        (State.PUBLISHED, ""),
    ]
    assert len(house.app.store.posts("demo", limit=9)) == 2
    held = next(m for m in seen if m.state is State.HELD)
    assert house.app.store.question(held.id) is not None
    assert house.app.release(held, blog="demo", author="Ben", draft=False) is State.PUBLISHED


def test_a_second_mail_of_the_same_name_can_be_released_beside_the_first(house: House) -> None:
    to = f"blog+{SECRET}@demo.example"
    house.receive(mail(1, "One.", sender="ben@demo.example", to=to))
    [other] = house.receive(mail(1, "Other.", sender="ben@demo.example", to=to))
    assert (other.state, other.reason) == (State.HELD, Reason.LOOKALIKE)
    assert house.app.release(other, blog="demo", author="Ben", draft=False) is State.PUBLISHED
    assert sorted(p.text for p in house.app.store.posts("demo", limit=9)) == ["One.", "Other."]


def test_t09_one_signature_makes_one_post(house: House) -> None:
    store = house.app.store
    arrivals = [Arrival("box", f"1:{n}", f"digest {n}", 100, NOW) for n in range(3)]
    ids = [id_ for id_, _, _ in store.arrive(arrivals, NOW)]
    first = store.accept([Accepted(ids[0], post(1), {}, fingerprints=("aa", "bb"))], NOW)
    # The thief changed what was not signed: the Message-ID, and so the id of the post.
    replay = store.accept([Accepted(ids[1], post(2), {"hook": 1.0}, fingerprints=("cc", "bb"))], NOW)
    other = store.accept([Accepted(ids[2], post(3, blog="other"), {}, fingerprints=("bb",))], NOW)
    assert (first, replay, other) == ([State.PUBLISHED], [State.DUPLICATE], [State.PUBLISHED])
    said = house.mail(ids[1])
    assert (said.reason, said.post, store.post(post(2).id)) == (Reason.REPLAYED, post(1).id, None)
    assert store.deliveries() == {}


def test_t09_a_mail_that_was_released_has_used_its_signature(house: House) -> None:
    store = house.app.store
    arrivals = [Arrival("box", f"1:{n}", f"digest {n}", 100, NOW) for n in range(3)]
    ids = [id_ for id_, _, _ in store.arrive(arrivals, NOW)]
    store.accept([Accepted(ids[0], post(1), {}, per_day=1)], NOW)
    assert store.accept([Accepted(ids[1], post(2), {}, fingerprints=("aa",), per_day=1)], NOW) == [State.HELD]
    assert store.accept([Accepted(ids[1], post(2), {})], NOW) == [State.PUBLISHED]
    assert store.accept([Accepted(ids[2], post(3), {}, fingerprints=("aa",))], NOW) == [State.DUPLICATE]


def test_a_mail_that_cannot_be_judged_for_a_day_is_held(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def dark(*_: object) -> object:
        raise Temporary("no name server answered")

    with monkeypatch.context() as patch:
        patch.setattr("mailpost.child.result", dark)
        assert house.receive(mail(1))[0].state is State.RECEIVED
        house.now = NOW + timedelta(hours=23)
        pipeline.poll("box", house.box, house.line())
        assert house.app.store.tally() == {State.RECEIVED: 1}
        house.now = NOW + timedelta(hours=25)
        pipeline.poll("box", house.box, house.line())
    [held] = house.app.store.mails(state=State.HELD, limit=9)
    assert (held.reason, held.detail) == (Reason.WAITED, "no name server answered")


def permit(envelope_secret: str, received: datetime, **ends: datetime) -> Permit | Reason:
    from mailpost.authorise import authorise

    blog = requiring(Require.SECRET, secrets=("old-secret", "new-secret"))
    author = replace(blog.authors[0], until={name.replace("_", "-"): end for name, end in ends.items()})
    to = f"blog+{envelope_secret}@demo.example"
    envelope = replace(ENVELOPE, received=received, recipients=(to,), delivered_to=(to,))
    try:
        return authorise(envelope, [replace(blog, authors=(author,))], "", lambda: pytest.fail("not asked"))
    except Held as held:
        return held.reason


def test_a_secret_counts_until_its_last_day_is_over() -> None:
    end = datetime(2026, 11, 4, tzinfo=UTC)
    before, after = end - timedelta(seconds=1), end
    assert isinstance(permit("old-secret", before, old_secret=end), Permit)
    assert permit("old-secret", after, old_secret=end) is Reason.SECRET_EXPIRED
    assert isinstance(permit("new-secret", after, old_secret=end), Permit)
    assert permit("other-secret", after, old_secret=end) is Reason.SECRET_MISSING


def test_a_secret_has_its_last_day_in_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.touch(mode=0o600)
    path.write_text(
        CONFIG.replace(
            '["k7q2x9w4m8e5r3t6"]', '["k7q2x9w4m8e5r3t6", { secret = "0ld2x9w4m8e5r3t6", until = 2026-11-03 }]'
        )
    )
    path.chmod(0o600)
    ben = load(path).blogs[0].authors[1]
    assert ben.secrets == ("k7q2x9w4m8e5r3t6", "0ld2x9w4m8e5r3t6")
    assert ben.until == {"0ld2x9w4m8e5r3t6": datetime(2026, 11, 4, tzinfo=UTC)}
    assert "k7q2x9" not in repr(ben)


def test_t16_a_stranger_with_a_secret_is_told_apart(house: House) -> None:
    [seen] = house.receive(mail(1, sender="x@elsewhere.example", to=f"blog+{SECRET}@demo.example"))
    assert (seen.reason, seen.detail) == (Reason.STRANGER, "who knows a secret address of Ben")


@pytest.mark.usefixtures("house")
def test_a_secret_is_made_with_its_address(tmp_path: Path) -> None:
    made = run(tmp_path, "secret").stdout.split()
    assert len(made[0]) == 24
    assert f"blog+{made[0]}@demo.example" in made
    assert run(tmp_path, "secret").stdout.split()[0] != made[0]

"""Decisions about held mail, from the side of those who would misuse them and of those who make mistakes."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailpost import pipeline
from mailpost.app import App
from mailpost.config import load
from mailpost.errors import Reason, Refused
from mailpost.post import Status
from mailpost.store import Accepted, Arrival, Mail, State
from tests.blogs import photo, post
from tests.boxes import Box
from tests.mails import SECRET, mail, picture
from tests.test_cli import run
from tests.test_decisions import CONFIG, NOW, House

BEN = f"blog+{SECRET}@demo.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    with made.app:
        yield made


def posts(house: House) -> list[str]:
    return sorted(each.text for each in house.app.store.posts("demo", limit=99))


def ids(house: House, count: int) -> list[int]:
    arrivals = [Arrival("box", f"1:{n}", f"digest {n}", 100, NOW) for n in range(count)]
    return [id_ for id_, _, _ in house.app.store.arrive(arrivals, NOW)]


# What the answer looks like.

QUOTED = "blog wrote: was this you? Answer with publish, draft or discard."
ANSWERS = {
    "gmail": '<div dir="ltr">Publish</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
    'class="gmail_attr">On Tue, 3 Nov 2026 at 09:30, Blog &lt;<a href="mailto:blog@demo.example">blog@demo.example</a>'
    f'&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{QUOTED}<br>discard</blockquote>'
    "</div>",
    "outlook": '<html><body lang="EN-GB"><div class="WordSection1"><p class="MsoNormal">publish<o:p></o:p></p>'
    '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Ann Author<o:p></o:p></p><div><div style="border:'
    'none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> Blog '
    "&lt;blog@demo.example&gt;<br><b>Sent:</b> Tuesday, 3 November 2026 09:30<br><b>To:</b> Ann<br><b>Subject:</b> "
    f'was this you?</p></div></div><p class="MsoNormal">{QUOTED}</p></div></body></html>',
    "apple": '<html><body dir="auto">Publish<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone'
    '</div><div dir="ltr"><br><blockquote type="cite">On 3 Nov 2026, at 09:30, Blog &lt;blog@demo.example&gt; wrote:'
    f'<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">{QUOTED}</div></blockquote></body></html>',
    "bold": "<p><b>PUBLISH!</b></p><p>Thanks, Ann</p>",
}


def html(raw: bytes) -> bytes:
    return raw.replace(b"text/plain", b"text/html")


@pytest.mark.parametrize("program", ANSWERS)
def test_an_answer_in_html_counts_as_its_first_line(house: House, program: str) -> None:
    held, address = house.ask()
    [answer] = house.receive(html(mail(2, ANSWERS[program], to=address, subject="Re: was this you?")))
    assert (answer.state, answer.detail) == (State.ANSWER, f"mail {held.id} is published")
    assert posts(house) == ["A held word."]


@pytest.mark.parametrize(
    "said", ["", f"> {QUOTED}\r\n> publish", f"On Tuesday, blog wrote:\r\n> {QUOTED}\r\n> publish"]
)
def test_a_quoted_word_alone_is_no_answer(house: House, said: str) -> None:
    held, address = house.ask()
    [answer] = house.receive(mail(2, said, to=address, subject="Re: was this you?"))
    assert (answer.state, answer.reason, house.mail(held.id).state) == (State.REFUSED, Reason.WORD, State.HELD)


def test_an_answer_may_bring_files_and_a_signature(house: House) -> None:
    _, address = house.ask()
    [answer] = house.receive(mail(2, "draft\r\n\r\n-- \r\nAnn", to=address, photo=picture()))
    assert (answer.state, answer.detail) == (State.ANSWER, "mail 1 is draft")


def test_the_address_of_an_answer_may_be_written_in_any_case(house: House) -> None:
    _, address = house.ask()
    [answer] = house.receive(mail(2, "publish", to=address.upper(), sender="Ann@Demo.Example"))
    assert answer.state is State.ANSWER


# One question, one decision, whoever is first and however many there are.


def test_t17_of_two_answers_at_once_one_counts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other comes by another mailbox, while the mail is being read for the first."""
    held, address = house.ask()
    late = Box(mail(3, "discard", to=address))
    made = pipeline.again._post

    def meanwhile(*args: object, **kwargs: object) -> object:
        pipeline.poll("other", late, house.line())
        return made(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline.again, "_post", meanwhile)
    house.receive(mail(2, "publish", to=address))
    states = sorted((m.state, m.detail) for m in house.app.store.mails(state=None, limit=9) if m.id != held.id)
    assert states == [(State.ANSWER, f"mail {held.id} was dropped"), (State.REFUSED, "")]
    assert (house.mail(held.id).state, posts(house)) == (State.REFUSED, [])


def test_a_mail_released_while_its_author_says_discard_stays_published(house: House) -> None:
    held, _ = house.ask()
    assert house.app.release(held, blog="demo", author="Ann", draft=False) is State.PUBLISHED
    assert house.app.store.drop(held.id, "by answer") is False
    assert (house.mail(held.id).state, posts(house)) == (State.PUBLISHED, ["A held word."])


def test_a_mail_dropped_while_it_is_being_released_stays_dropped(house: House) -> None:
    held, _ = house.ask()
    assert house.app.store.drop(held.id, held.reason) is True
    assert house.app.release(held, blog="demo", author="Ann", draft=False) is State.REFUSED
    dropped = house.mail(held.id)
    assert (dropped.state, dropped.reason, dropped.detail, posts(house)) == (
        State.REFUSED,
        Reason.DROPPED,
        Reason.ASK,
        [],
    )


def test_releasing_twice_is_releasing_once(house: House) -> None:
    held, _ = house.ask()
    states = [house.app.release(held, blog="demo", author="Ann", draft=False) for _ in range(2)]
    assert (states, house.mail(held.id).reason) == ([State.PUBLISHED, State.PUBLISHED], "")


def test_two_processes_release_one_mail_once(house: House, tmp_path: Path) -> None:
    held, _ = house.ask()
    with ThreadPoolExecutor() as two:
        runs = list(two.map(lambda _: run(tmp_path, "mails", "release", str(held.id)), range(2)))
    assert {r.returncode for r in runs} <= {0, 1}, [r.stderr for r in runs]
    assert (house.mail(held.id).state, posts(house)) == (State.PUBLISHED, ["A held word."])
    assert len(list((tmp_path / "site").rglob("mail-1-*/index.html"))) == 1


class Crash(BaseException):
    """The end of a process."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("effect", ["media.put_all", "store.accept", "store.close_mail", "box.settle"])
@pytest.mark.parametrize("word", ["publish", "draft", "discard"])
def test_whatever_effect_of_an_answer_is_the_last_the_next_round_ends_it(
    house: House, word: str, effect: str, *, after: bool
) -> None:
    held, address = house.ask()
    house.box = Box(mail(2, word, to=address))
    house.box.anew(9)
    line = house.line()
    owner, _, name = effect.partition(".")
    broken = {"media": line.media, "store": line.store, "box": house.box}[owner]
    works = getattr(broken, name)

    def dies(*args: object, **kwargs: object) -> None:
        if after:
            works(*args, **kwargs)
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broken, name, dies)
        with suppress(Crash):
            pipeline.poll("box", house.box, line)
    pipeline.poll("box", house.box, line)
    states = {"publish": State.PUBLISHED, "draft": State.DRAFT, "discard": State.REFUSED}
    assert house.mail(held.id).state is states[word]
    assert posts(house) == ([] if word == "discard" else ["A held word."])
    [answer] = house.app.store.mails(state=None, limit=1)
    # The decision is kept before the answer is: an answer that comes again finds it decided.
    assert answer.reason in (Reason.ANSWERED, Reason.DECIDED)
    assert len(house.box.filed) == 1


# What cannot become a post by a decision, and what can only so.


def test_only_the_header_of_a_large_mail_is_kept_so_it_cannot_be_released(house: House) -> None:
    house.box = Box(mail(1, "x" * 2000, to="blog@demo.example"), largest=1000)
    pipeline.poll("box", house.box, house.line())
    [large] = house.app.store.mails(state=None, limit=9)
    assert (large.state, large.reason) == (State.REFUSED, Reason.TOO_BIG)
    with pytest.raises(Refused) as refusal:
        house.app.release(large, blog="demo", author="Ann", draft=False)
    assert (refusal.value.reason, posts(house), house.mail(large.id)) == (Reason.TOO_BIG, [], large)


def test_a_second_mail_of_the_same_name_is_released_though_it_was_held_for_something_else(house: House) -> None:
    """The first was released meanwhile; its author answers to both, and both count."""
    first, one = house.ask()
    [second] = house.receive(mail(1, "Another word.", to="blog@demo.example"))
    question = house.app.store.question(second.id)
    assert question is not None
    two = f"blog+answer-{question.token}@demo.example"
    [a, b] = house.receive(mail(2, "publish", to=one), mail(3, "publish", to=two))
    assert {a.detail, b.detail} == {f"mail {first.id} is published", f"mail {second.id} is published"}
    assert posts(house) == ["A held word.", "Another word."]


def test_the_same_words_with_another_photo_are_no_duplicate(house: House) -> None:
    """A scanner that gives every mail the same Message-ID loses no picture."""
    to = BEN
    seen = [
        house.receive(mail(1, "", sender="ben@demo.example", to=to, photo=picture(colour)))[0]
        for colour in ("red", "blue", "red")
    ]
    assert [(m.state, m.reason) for m in seen] == [
        (State.PUBLISHED, ""),
        (State.HELD, Reason.LOOKALIKE),
        (State.DUPLICATE, Reason.DUPLICATE),
    ]


def test_a_lookalike_is_not_judged_by_the_names_of_its_files(house: House) -> None:
    store = house.app.store
    one, two = ids(house, 2)
    shown = replace(photo(), content_id="one@phone")
    assert store.accept([Accepted(one, post(1, attachments=(shown,)), {})], NOW) == [State.PUBLISHED]
    renamed = replace(shown, name="b.jpg", content_id="two@phone")
    assert store.accept([Accepted(two, post(1, attachments=(renamed,)), {})], NOW) == [State.DUPLICATE]


# Limits, in whatever order mail is read.


def test_t66_the_limit_of_a_day_holds_in_whatever_order_mails_are_read(house: House) -> None:
    hours = (5, 1, 9, 3, 25, 26, 27)
    arrivals = [Arrival("box", f"1:{n}", f"digest {n}", 100, NOW + timedelta(hours=n)) for n in hours]
    store = house.app.store
    came = dict(zip(hours, (id_ for id_, _, _ in store.arrive(arrivals, NOW)), strict=True))
    states = {
        hour: store.accept([Accepted(came[hour], post(hour), {}, per_day=2)], NOW + timedelta(hours=hour))[0]
        for hour in hours
    }
    published = [hour for hour, state in states.items() if state is State.PUBLISHED]
    assert published == [5, 1, 25]  # 3 and 9 are within a day of 5 and 1, and 26 and 27 of 5 and 25


def test_t66_two_workers_do_not_exceed_the_limit_together(house: House) -> None:
    to = BEN
    raws = [mail(n, f"Word {n}", sender="ben@demo.example", to=to) for n in range(1, 9)]
    with App(load(house.app.config.data.parent / "config.toml")) as other:
        line = replace(house.line(), store=other.store)
        with ThreadPoolExecutor() as two:
            jobs = [
                two.submit(pipeline.poll, "one", Box(*raws[:4]), house.line()),
                two.submit(pipeline.poll, "two", Box(*raws[4:]), line),
            ]
            for job in jobs:
                job.result()
    assert house.app.store.tally() == {State.PUBLISHED: 2, State.HELD: 6}


def test_t09_a_signature_makes_one_post_whichever_of_two_workers_is_first(house: House) -> None:
    numbers = ids(house, 8)
    with App(load(house.app.config.data.parent / "config.toml")) as other:
        stores = [house.app.store, other.store]
        with ThreadPoolExecutor() as two:
            jobs = [
                two.submit(stores[n % 2].accept, [Accepted(id_, post(n), {}, fingerprints=("aa",))], NOW)
                for n, id_ in enumerate(numbers)
            ]
            states = sorted(state for job in jobs for state in job.result())
    assert states == [State.DUPLICATE] * 7 + [State.PUBLISHED]


# Nothing is told to those it does not concern.


def test_a_mistake_of_ours_logs_no_word_of_a_mail(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The engine names the values of a statement that it does not take."""
    [one] = ids(house, 1)
    made = post(1, text="a private word", attachments=())
    house.app.store.accept([Accepted(one, made, {})], NOW)
    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match="UNIQUE") as problem:
        house.app.store.accept([Accepted(one, replace(made, id="x" * 26), {})], NOW)
    assert "a private word" not in str(problem.value) + caplog.text


def test_t16_the_token_of_an_answer_is_in_no_output(house: House, tmp_path: Path) -> None:
    _, address = house.ask()
    token = address.partition("answer-")[2].partition("@")[0]
    house.receive(mail(2, "what?", to=address), mail(3, "publish", to=address))
    house.receive(mail(4, f"See {address} or {token}.", sender="ben@demo.example", to=BEN))
    house.app.publish()
    house.app.close()
    outputs = [run(tmp_path, "mails", "--json"), run(tmp_path, "-v", "mails"), run(tmp_path, "mails", "show", "2")]
    assert not any(address in out.stdout + out.stderr for out in outputs)
    pages = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert pages
    assert not any(address.encode() in path.read_bytes() for path in pages)


# What an operator can get wrong, and what is said then.


def said(house: House, *words: str) -> tuple[int, str]:
    done = run(house.app.config.data.parent, *words)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def one_author(folder: Path) -> House:
    made = House(folder)
    path = folder / "config.toml"
    path.write_text(CONFIG.partition('[[author]]\nname = "Ben"')[0] + "[child]\nworkers = 1\n")
    made.app.close()
    made.app = App(load(path))
    return made


def test_a_mail_that_names_no_author_is_nobodys_until_the_operator_says_whose(tmp_path: Path) -> None:
    house = one_author(tmp_path)
    with house.app:
        [stranger] = house.receive(mail(1, "Buy now.", sender="spam@elsewhere.example", to="blog@demo.example"))
        code, text = said(house, "mails", "release", str(stranger.id))
        assert (code, "--author, one of Ann" in text, posts(house)) == (1, True, [])
        code, text = said(house, "mails", "release", str(stranger.id), "--author", "Ann")
        assert (code, posts(house)) == (0, ["Buy now."]), text


def test_dropping_a_lookalike_does_not_speak_of_the_other_mails_post(house: House) -> None:
    house.receive(mail(1, "One.", sender="ben@demo.example", to=BEN))
    [other] = house.receive(mail(1, "Other.", sender="ben@demo.example", to=BEN))
    code, text = said(house, "mails", "drop", str(other.id), "--json")
    assert (code, json.loads(text)) == (0, {"id": other.id, "state": "refused", "url": ""})
    assert said(house, "mails", "release", str(other.id))[0] == 0
    assert posts(house) == ["One.", "Other."]


def test_nobody_is_said_to_be_able_to_answer_who_is_no_author_any_more(house: House, tmp_path: Path) -> None:
    held, _ = house.ask()
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.replace('name = "Ann"', 'name = "Anne"'))
    code, text = said(house, "mails", "show", str(held.id))
    assert (code, "may write" in text) == (0, False)
    code, text = said(house, "mails", "release", str(held.id))
    assert (code, "“Ann” is no author of demo; say whose post it is with --author, one of Anne, Ben" in text) == (
        1,
        True,
    ), text


def test_a_blog_that_is_gone_is_named(house: House, tmp_path: Path) -> None:
    held, _ = house.ask()
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.replace('name = "demo"', 'name = "other"'))
    code, text = said(house, "mails", "release", str(held.id))
    assert (code, "“demo” is no blog here; say --blog, one of other" in text) == (1, True), text
    assert said(house, "mails", "drop", str(held.id))[0] == 0


def test_a_draft_that_was_released_is_on_no_page(house: House, tmp_path: Path) -> None:
    held, _ = house.ask()
    assert said(house, "mails", "release", str(held.id), "--draft")[0] == 0
    [made] = house.app.store.posts("demo", limit=9)
    assert made.status is Status.DRAFT
    assert not any(b"A held word" in path.read_bytes() for path in (tmp_path / "site").rglob("*.*"))


def test_a_mailbox_of_our_own_two_blogs_does_not_go_round(house: House) -> None:
    own = mail(1, sender="blog@demo.example", to="blog@demo.example")
    tagged = mail(2, sender="blog+answer-aa@demo.example", to="blog@demo.example")
    seen: list[Mail] = house.receive(own, tagged)
    assert {m.reason for m in seen} == {Reason.AUTOMATIC, Reason.STRANGER}
    assert posts(house) == []


# Mail that the header gate held.

PLAIN = mail(1, "A word.", to="blog@demo.example", subject="Spring")
UNSOUND = {
    "doubled subject": (Reason.DOUBLED, PLAIN.replace(b"Subject:", b"Subject: Winter\r\nSubject:"), "Winter"),
    "doubled from": (Reason.DOUBLED, PLAIN.replace(b"From:", b"From: Eve <eve@x.example>\r\nFrom:"), "Spring"),
    "bare cr": (Reason.CONTROLS, PLAIN.replace(b"Subject:", b"X-A: y\rSubject: Evil\r\nSubject:"), "Spring"),
    "nul": (Reason.CONTROLS, PLAIN.replace(b"Subject: Spring", b"Subject: Spring\0time"), "Spring time"),
    "bare lf": (Reason.CONTROLS, PLAIN.replace(b"Subject: Spring\r", b"Subject: Spring"), "Spring"),
    "no name": (Reason.HEADER_NAME, b"no field at all\r\n" + PLAIN, "Spring"),
    "gap": (Reason.HEADER_NAME, PLAIN.replace(b"Subject:", b"Subject : Evil\r\nSubject:"), "Spring"),
    "long": (Reason.HEADER_SIZE, PLAIN.replace(b"Subject:", b"X-A: " + b"a" * 20000 + b"\r\nSubject:"), "Spring"),
    "many": (Reason.HEADER_SIZE, PLAIN.replace(b"MIME-Version:", b"X-A: b\r\n" * 600 + b"MIME-Version:"), "Spring"),
    "large": (
        Reason.HEADER_SIZE,
        PLAIN.replace(b"MIME-Version:", (b"X-A: " + b"b" * 9000 + b"\r\n") * 20 + b"MIME-Version:"),
        "Spring",
    ),
    "latin": (Reason.CONTROLS, PLAIN.replace(b"From: Ann", b"From: Ann\xe9"), "Spring"),
    "group": (Reason.SENDER_FORM, PLAIN.replace(b"Ann <ann@demo.example>", b"us: ann@demo.example;"), "Spring"),
}


@pytest.mark.parametrize("case", UNSOUND)
def test_t02_what_the_gate_held_is_a_post_where_the_operator_says_whose(house: House, case: str) -> None:
    reason, raw, title = UNSOUND[case]
    [held] = house.receive(raw)
    assert (held.state, held.reason, held.author) == (State.HELD, reason, "")
    assert house.app.store.question(held.id) is None
    assert house.app.release(held, blog="demo", author="Ann", draft=False) is State.PUBLISHED
    [made] = house.app.store.posts("demo", limit=9)
    assert (made.author, made.title, made.text) == ("Ann", title, "A word.")
    assert house.app.read_again(made, whole=True).text == "A word."


@pytest.mark.parametrize("case", ["doubled subject", "bare cr", "no name", "large"])
def test_what_the_gate_would_hold_stays_where_it_is_if_it_is_for_somebody_else(house: House, case: str) -> None:
    """An inbox of the operator's own is not tidied up."""
    [seen] = house.receive(UNSOUND[case][1].replace(b"blog@demo.example", b"bert@demo.example"))
    assert (seen.state, seen.reason, house.box.filed) == (State.IGNORED, Reason.ELSEWHERE, [])


@pytest.mark.parametrize(("to", "state"), [("bert@demo.example", State.IGNORED), ("Blog@demo.example", State.REFUSED)])
def test_a_large_mail_stays_where_it_is_if_it_is_for_somebody_else(house: House, to: str, state: State) -> None:
    house.box = Box(mail(1, "x" * 2000, to=to), largest=1000)
    pipeline.poll("box", house.box, house.line())
    [seen] = house.app.store.mails(state=None, limit=9)
    assert (seen.state, len(house.box.filed)) == (state, state is State.REFUSED)


@pytest.mark.parametrize(("tag", "became"), [(f"+{SECRET}", ""), ("", Reason.SECRET_MISSING)])
def test_a_mailbox_may_write_to_itself_where_its_address_is_an_authors_too(
    tmp_path: Path, tag: str, became: str
) -> None:
    """As the README says; what we send ourselves is known by its header."""
    house = House(tmp_path)
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.replace("ben@demo.example", "blog@demo.example"))
    house.app.close()
    house.app = App(load(path))
    with house.app:
        raw = mail(1, sender="blog@demo.example", to=f"blog{tag}@demo.example")
        ours = mail(2, sender="blog@demo.example", to=f"blog{tag}@demo.example", subject="Re: Mail 1")
        [seen] = house.receive(raw)
        [sent] = house.receive(ours.replace(b"MIME-Version", b"X-Mailpost-Loop: 1\r\nMIME-Version"))
        assert (seen.reason, sent.reason) == (became, Reason.AUTOMATIC)

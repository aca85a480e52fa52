"""What every store promises: subclass `StoreContract` and say how to open an empty one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailpost.errors import Reason
from mailpost.post import Post, SafeHtml, Status
from mailpost.store import Accepted, Arrival, Delivery, State, Store
from tests.blogs import photo, post, sound

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def arrival(number: int, *, box: str = "box", digest: str = "") -> Arrival:
    return Arrival(box, f"1:{number}", digest or f"digest {number}", 100, NOW)


def keep(store: Store, number: int, **changes: object) -> Post:
    """A mail arrives and becomes a post."""
    made = post(number, **changes)
    [(id_, _, _)] = store.arrive([arrival(number)], NOW)
    store.accept([Accepted(id_, made, {})], NOW)
    return made


class StoreContract:
    """Needs a fixture `store`, open and empty."""

    def test_an_empty_store_knows_nothing(self, store: Store) -> None:
        assert (store.known("box", ["1:1"]), store.tally(), store.posts("demo", limit=1)) == ({}, {}, [])
        assert (store.changes("demo"), store.revision("demo"), store.look("demo")) == (None, 0, "")
        assert store.claim(LATER, 60) is None

    def test_every_arrival_counts_an_attempt(self, store: Store) -> None:
        seen = [store.arrive([arrival(1), arrival(2)], NOW) for _ in range(3)]
        assert [[attempts for _, attempts, _ in each] for each in seen] == [[1, 1], [2, 2], [3, 3]]
        assert len({id_ for each in seen for id_, _, _ in each}) == 2

    def test_an_attempt_put_back_was_none(self, store: Store) -> None:
        [(id_, _, _)] = store.arrive([arrival(1)], NOW)
        for _ in range(3):
            store.put_back(id_)
        [(_, attempts, _)] = store.arrive([arrival(1)], NOW)
        assert attempts == 1

    def test_a_post_is_kept_with_its_mail_and_what_is_owed(self, store: Store) -> None:
        [(id_, _, _)] = store.arrive([arrival(1)], NOW)
        made = post(1)
        assert store.accept([Accepted(id_, made, {"hook": 60.0}, ("a warning",))], NOW) == [State.PUBLISHED]
        assert store.post(made.id) == made
        [mail] = store.mails(state=None, limit=9)
        assert (mail.state, mail.post, mail.warnings) == (State.PUBLISHED, made.id, ("a warning",))
        assert (store.known("box", ["1:1", "1:2"]), store.deliveries()) == ({"1:1": State.PUBLISHED}, {"pending": 1})

    def test_the_same_post_again_is_a_duplicate_and_owes_nothing_more(self, store: Store) -> None:
        made = keep(store, 1)
        [(id_, _, _)] = store.arrive([arrival(2)], NOW)
        assert store.accept([Accepted(id_, made, {"hook": 1.0})], NOW) == [State.DUPLICATE]
        assert (store.deliveries(), store.count("demo")) == ({}, 1)

    def test_another_content_by_the_same_name_is_held(self, store: Store) -> None:
        made = keep(store, 1)
        [(id_, _, _)] = store.arrive([arrival(2)], NOW)
        other = post(1, text="something else")
        assert store.accept([Accepted(id_, other, {})], NOW) == [State.HELD]
        [mail, _] = store.mails(state=None, limit=9)
        assert (mail.reason, store.post(made.id)) == (Reason.LOOKALIKE, made)

    def test_bytes_that_are_a_post_by_another_name_are_a_duplicate_at_once(self, store: Store) -> None:
        keep(store, 1)
        [(_, _, state)] = store.arrive([arrival(9, box="other", digest="digest 1")], NOW)
        assert state is State.DUPLICATE

    def test_bytes_that_were_refused_may_be_judged_again(self, store: Store) -> None:
        [(id_, _, _)] = store.arrive([arrival(1)], NOW)
        store.close_mail(id_, State.REFUSED, Reason.STRANGER, "")
        [(_, _, state)] = store.arrive([arrival(9, digest="digest 1")], NOW)
        assert state is State.RECEIVED

    def test_a_name_that_is_given_to_other_bytes_is_a_new_mail(self, store: Store) -> None:
        keep(store, 1)
        [(_, attempts, state)] = store.arrive([arrival(1, digest="others")], NOW)
        assert (attempts, state, store.tally()) == (1, State.RECEIVED, {State.PUBLISHED: 1, State.RECEIVED: 1})

    def test_more_keys_than_an_engine_takes_at_once(self, store: Store) -> None:
        for at in range(0, 1200, 100):
            store.arrive([arrival(n) for n in range(at, at + 100)], NOW)
        assert len(store.known("box", [f"1:{n}" for n in range(2000)])) == 1200

    def test_lists_have_one_order(self, store: Store) -> None:
        made = [keep(store, n) for n in (3, 1, 2)]
        three, one, two = made
        assert store.posts("demo", limit=2) == [three, two]
        assert store.newest("demo", limit=9) == [three, two, one]
        assert store.page("demo", first=1, limit=1) == [two]
        assert store.some([three.id, one.id]) == [one, three]
        older, newer = store.beside(two)
        assert (older and older.id, newer and newer.id) == (one.id, three.id)
        assert store.beside(one)[0] is None

    def test_posts_of_one_moment_have_an_order_too(self, store: Store) -> None:
        made = sorted((keep(store, n, published=NOW, updated=NOW) for n in (1, 2, 3)), key=lambda p: p.id)
        assert store.page("demo", first=0, limit=9) == made
        older, newer = store.beside(made[1])
        assert (older and older.id, newer and newer.id) == (made[0].id, made[2].id)

    def test_only_published_posts_are_counted(self, store: Store) -> None:
        keep(store, 3)
        draft = keep(store, 6, status=Status.DRAFT)
        assert (store.count("demo"), store.count("demo", tag="bees"), store.tags("demo")) == (
            1,
            1,
            [("bees", "Bees", 1)],
        )
        assert store.ids("demo", [Status.DRAFT], first=0, limit=9) == [draft.id]
        assert [month for month, _ in store.months("demo")] == [post(3).path[:7].replace("/", "-")]

    def test_what_was_drawn_is_no_change_any_more(self, store: Store) -> None:
        made = keep(store, 3)
        change = store.changes("demo")
        assert change is not None
        assert (change.posts, change.tags, change.earliest) == (
            frozenset({made.id}),
            frozenset({"bees"}),
            made.published,
        )
        keep(store, 4)
        store.drawn("demo", change.revision, "look 1")
        rest = store.changes("demo")
        assert rest is not None
        assert (set(rest.posts), store.look("demo"), rest.revision) == ({post(4).id}, "look 1", store.revision("demo"))
        store.drawn("demo", rest.revision, "look 1")
        assert (store.changes("demo"), store.revision("demo")) == (None, rest.revision)

    def test_posts_with_sound_can_be_asked_for(self, store: Store) -> None:
        keep(store, 1)
        heard = [keep(store, n, attachments=(photo(), sound())) for n in (2, 3)]
        keep(store, 4, attachments=(photo(),))
        keep(store, 5, attachments=(sound(),), status=Status.DRAFT)
        assert store.newest("demo", limit=9, sound=True) == heard[::-1]
        assert store.newest("demo", limit=1, sound=True) == heard[1:]
        assert store.newest("other", limit=9, sound=True) == []

    def test_a_change_says_whether_it_can_be_heard(self, store: Store) -> None:
        keep(store, 1, attachments=(photo(),))
        silent = store.changes("demo")
        keep(store, 2, attachments=(sound(),))
        both = store.changes("demo")
        assert (silent and silent.sound, both and both.sound) == (False, True)

    def test_a_post_answers_to_the_beginning_of_its_id_and_to_its_path(self, store: Store) -> None:
        made = keep(store, 1)
        other = keep(store, 2)
        for name in (made.id, made.id[:8], made.path, made.path.rstrip("/"), f"/{made.path}"):
            assert store.named(name, limit=9) == [made], name
        for name in ("", "%", "_", "/", "no such", made.path[:-3]):
            assert store.named(name, limit=9) == [], name
        same = {p.id for p in (made, other) if p.id[0] == made.id[0]}
        assert {p.id for p in store.named(made.id[0], limit=9)} == same

    def test_a_post_knows_its_mail(self, store: Store) -> None:
        [(refused, _, _)] = store.arrive([arrival(9, digest="digest 1")], NOW)
        store.close_mail(refused, State.REFUSED, Reason.UNPROVEN, "")
        made = keep(store, 1)
        [(again, _, _)] = store.arrive([arrival(2)], NOW)
        store.accept([Accepted(again, made, {})], NOW)
        found = store.mail_of(made.id)
        assert found is not None
        assert (found.digest, found.state, found.received) == ("digest 1", State.PUBLISHED, NOW)
        assert store.mail_of("nobody") is None

    def test_a_post_is_not_taken_for_a_mail_that_only_looks_like_its_own(self, store: Store) -> None:
        [(first, _, _), (second, _, _)] = store.arrive([arrival(1), arrival(2)], NOW)
        states = store.accept([Accepted(second, post(1), {}), Accepted(first, post(1, text="other"), {})], NOW)
        found = store.mail_of(post(1).id)
        assert (states, found and found.id) == ([State.PUBLISHED, State.HELD], second)

    def test_rewriting_changes_what_a_post_says_and_not_where_it_stands(self, store: Store) -> None:
        made = keep(store, 3)
        change = store.changes("demo")
        assert change is not None
        store.drawn("demo", change.revision, "look")
        other = replace(made, title="x", path="y/", tags=("z",), status=Status.DRAFT, feed_id="w", published=LATER)

        def says_more(of: Post) -> Post:
            all_ = replace(of, body=SafeHtml("<p>all</p>"), text="all", summary="al", trimmed="cut")
            return replace(all_, updated=LATER, attachments=(sound(),))

        for _ in range(2):  # twice is the same as once
            assert store.rewrite(says_more(other), ("a warning",))
            assert store.post(made.id) == says_more(made)
        assert store.tags("demo") == [("bees", "Bees", 1)]
        assert [month for month, _ in store.months("demo")] == [made.path[:7].replace("/", "-")]
        mail = store.mail_of(made.id)
        assert mail is not None
        assert (mail.state, mail.warnings) == (State.PUBLISHED, ("a warning",))
        seen = store.changes("demo")
        assert seen is not None
        assert replace(seen, revision=0) == replace(change, revision=0, sound=True)

    def test_a_post_that_has_lost_its_sound_is_silent_and_the_change_says_so(self, store: Store) -> None:
        made = keep(store, 1, attachments=(sound(),))
        store.drawn("demo", store.revision("demo"), "look")
        store.rewrite(replace(made, attachments=()), ())
        change = store.changes("demo")
        assert (change and change.sound, store.newest("demo", limit=9, sound=True)) == (True, [])

    def test_there_is_nothing_to_rewrite_in_a_post_that_is_not(self, store: Store) -> None:
        keep(store, 2)
        assert not store.rewrite(post(1), ())
        assert (store.post(post(1).id), store.count("demo")) == (None, 1)
        [mail] = store.mails(state=None, limit=9)
        assert mail.warnings == ()

    def test_a_claim_holds_for_its_lease_and_comes_back_as_again(self, store: Store) -> None:
        [(id_, _, _)] = store.arrive([arrival(1)], NOW)
        made = post(1)
        store.accept([Accepted(id_, made, {"hook": 60.0})], NOW)
        assert store.claim(NOW, 300) is None
        first = store.claim(LATER, 300)
        assert first == Delivery(first.id if first else 0, made.id, "demo", "hook", 1, again=False)
        assert store.claim(LATER + timedelta(seconds=299), 300) is None
        second = store.claim(LATER + timedelta(seconds=301), 300)
        assert second == Delivery(first.id, made.id, "demo", "hook", 2, again=True)
        store.sent(first.id, "https://other.example/1")
        assert (store.claim(LATER + timedelta(days=9), 300), store.deliveries()) == (None, {"sent": 1})

    def test_a_target_that_rests_is_left_out(self, store: Store) -> None:
        [(id_, _, _)] = store.arrive([arrival(1)], NOW)
        store.accept([Accepted(id_, post(1), {"one": 1.0, "two": 2.0})], NOW)
        claim = store.claim(LATER, 300, {"one"})
        assert (claim and claim.target, store.claim(LATER, 300, {"one"})) == ("two", None)

    def test_a_name_is_held_by_one_at_a_time(self, store: Store) -> None:
        with store.alone("a", 0) as mine, store.alone("b", 0) as other:
            assert (mine, other) == (True, True)

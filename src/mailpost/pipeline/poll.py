"""One look at a mailbox: every mail in it becomes a post, or gets its reason."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mailpost import child
from mailpost.authorise import concerns
from mailpost.errors import Reason, Temporary
from mailpost.log import logger
from mailpost.mailbox import Incoming, Mailbox, Outcome
from mailpost.pipeline.again import answered, report
from mailpost.pipeline.line import Line, raw_path
from mailpost.read import Reading
from mailpost.store import Accepted, Arrival, State

ATTEMPTS = 3
FLIGHT_BYTES = 16 * 1024 * 1024  # of mail being read at once
FLIGHT = 64
# While many wait, what comes within a moment is kept together: one commit instead of many.
QUEUE = 8
LINGER = 0.02  # seconds
WAITED = timedelta(days=1)  # after which a mail that cannot be judged is held instead of tried again

FILED = {
    State.PUBLISHED: Outcome.PUBLISHED,
    State.DUPLICATE: Outcome.PUBLISHED,
    State.ANSWER: Outcome.PUBLISHED,
    State.DRAFT: Outcome.DRAFT,
    State.HELD: Outcome.HELD,
    State.REFUSED: Outcome.REFUSED,
    State.FAILED: Outcome.FAILED,
}


@dataclass(slots=True)
class Round:
    """One look at one mailbox: what is being read, what waits to be filed and what came of it."""

    box: str
    flying: dict["Future[Reading]", tuple[Incoming, int, int]] = field(default_factory=dict)
    bytes: int = 0
    done: list[tuple[str, Outcome]] = field(default_factory=list)
    states: dict[State, int] = field(default_factory=dict)
    trouble: Temporary | None = None


def poll(name: str, box: Mailbox, line: Line, stopping: Callable[[], bool] = lambda: False) -> Mapping[State, int]:
    """Read everything that waits in a mailbox and file it; return how many mails came to which state.

    A mail that could not be judged just now is left for the next round, which `State.RECEIVED` counts.
    """
    round_ = Round(name)
    keys = box.waiting()
    known = line.store.known(name, keys)
    fresh = [key for key in keys if known.get(key, State.RECEIVED) is State.RECEIVED]
    if box.stays:
        round_.done = [(key, FILED[known[key]]) for key in keys if known.get(key) in FILED]
    else:
        # A crash came before the server heard of it, or the server gave the name to another mail: its bytes will tell.
        fresh = [key for key in keys if known.get(key) is not State.IGNORED]
    try:
        for batch in _batches(_until_trouble(box.fetch(fresh), round_)):
            _take(batch, round_, line)
            while round_.flying and (round_.bytes > FLIGHT_BYTES or len(round_.flying) > FLIGHT):
                _land(round_, line)
            if stopping():
                break
        while round_.flying:
            _land(round_, line)
    except Temporary:
        _give_back(round_, line)
        raise
    finally:
        for future in round_.flying:
            future.cancel()
    box.settle(round_.done)
    if round_.trouble is not None:
        raise round_.trouble
    return round_.states


def _until_trouble(mails: Iterator[Incoming], round_: Round) -> Iterator[Incoming]:
    """What a mailbox gives before it breaks off: the trouble is raised when that has been kept and filed."""
    try:
        yield from mails
    except Temporary as trouble:
        round_.trouble = trouble


def _take(batch: list[Incoming], round_: Round, line: Line) -> None:
    """Keep the bytes, count the attempt, hand over to the children."""
    digests = [hashlib.sha256(mail.raw).hexdigest() for mail in batch]
    line.kept.put_all((raw_path(digest), mail.raw) for digest, mail in zip(digests, batch, strict=True))
    now_ = line.clock()
    arrivals = [Arrival(round_.box, m.key, d, m.size, m.received or now_) for m, d in zip(batch, digests, strict=True)]
    arrived = list(zip(batch, digests, line.store.arrive(arrivals, now_), strict=True))
    for number, (mail, digest, (id_, attempts, state)) in enumerate(arrived):
        if state is not State.RECEIVED:
            _end(round_, mail, state)
        elif not mail.whole:
            ours = concerns(mail.raw, line.rules.blogs, line.rules.own)
            large = Reading(reason=Reason.TOO_BIG if ours else Reason.ELSEWHERE, detail=f"{mail.size} bytes")
            _close(round_, line, mail, id_, state_of(large), large)
        elif attempts > ATTEMPTS:
            _close(round_, line, mail, id_, State.FAILED, Reading(reason=Reason.GAVE_UP))
        else:
            try:
                future = line.children().read(mail.raw, digest, mail.received or now_, line.rules, careful=attempts > 1)
            except Temporary:
                # None of these has been looked at: what was counted as an attempt was none.
                for _, _, (unread, _, waiting) in arrived[number:]:
                    if waiting is State.RECEIVED:
                        line.store.put_back(unread)
                raise
            round_.flying[future] = (mail, id_, attempts)
            round_.bytes += mail.size


def _land(round_: Round, line: Line) -> None:
    """Keep what the first children to finish have made of their mails, the oldest first, in one transaction."""
    wait(round_.flying, return_when=FIRST_COMPLETED)
    if len(round_.flying) > QUEUE:
        wait(round_.flying, timeout=LINGER)
    finished = {future for future in round_.flying if future.done()}
    posts: list[tuple[Future[Reading], Accepted, Mapping[str, bytes]]] = []
    for future in [each for each in round_.flying if each in finished]:
        mail, id_, attempts = round_.flying[future]
        reading = _result(future, round_, id_, line)
        if isinstance(reading, Reading) and reading.post is not None:
            accepted = Accepted(
                id_,
                reading.post,
                line.targets(reading.post),
                reading.warnings,
                reading.fingerprints,
                reading.per_day,
                line.question(),
            )
            posts.append((future, accepted, reading.files))
            continue
        if isinstance(reading, Reason) and attempts < ATTEMPTS:
            _later(round_)
            logger().warning("mail broke its reader", mailbox=round_.box, mail=id_, attempt=attempts, why=str(reading))
        elif isinstance(reading, Reason):
            _close(round_, line, mail, id_, State.FAILED, Reading(reason=reading))
        elif reading is not None and reading.answer is not None:
            _answer(round_, line, mail, id_, reading)
        elif reading is not None:
            state = State.FAILED if reading.reason is Reason.BUG else state_of(reading)
            _close(round_, line, mail, id_, state, reading)
        _landed(round_, future)
    if posts:
        _keep(posts, round_, line)


def _keep(posts: Sequence[tuple["Future[Reading]", Accepted, Mapping[str, bytes]]], round_: Round, line: Line) -> None:
    """Put the media, then the posts. One that cannot be kept fails alone."""
    try:
        line.media.put_all(item for _, _, files in posts for item in files.items())
        states = line.store.accept([accepted for _, accepted, _ in posts], line.clock())
    except Temporary:
        raise
    except Exception as bug:  # noqa: BLE001 - ours: the mail is kept, the next one goes on
        if len(posts) > 1:
            for each in posts:
                _keep([each], round_, line)
            return
        future, accepted, _ = posts[0]
        reading = Reading(reason=report(bug, round_.box, accepted.mail), detail=type(bug).__name__)
        _close(round_, line, round_.flying[future][0], accepted.mail, State.FAILED, reading)
        _landed(round_, future)
        return
    for (future, accepted, _), state in zip(posts, states, strict=True):
        logger().info("mail read", mailbox=round_.box, mail=accepted.mail, state=str(state), post=accepted.post.id)
        _end(round_, _landed(round_, future), state)


def _landed(round_: Round, future: "Future[Reading]") -> Incoming:
    mail, _, _ = round_.flying.pop(future)
    round_.bytes -= mail.size
    return mail


def _give_back(round_: Round, line: Line) -> None:
    """Mails that are still in the air when a round ends early are not to blame."""
    for _, id_, _ in round_.flying.values():
        with suppress(Temporary):
            line.store.put_back(id_)


def _answer(round_: Round, line: Line, mail: Incoming, id_: int, reading: Reading) -> None:
    try:
        state, reason, detail = answered(reading, line)
    except Temporary:
        raise
    except Exception as bug:  # noqa: BLE001 - ours: the mail is kept, the next one goes on
        state, reason, detail = State.FAILED, report(bug, round_.box, id_), type(bug).__name__
    _close(round_, line, mail, id_, state, replace(reading, reason=reason, detail=detail))


def _result(future: "Future[Reading]", round_: Round, id_: int, line: Line) -> Reading | Reason | None:
    """What a child found out; None for a mail that goes back to wait, a bug as a reading of its own."""
    try:
        return child.result(future)
    except Temporary as trouble:
        kept = line.store.mail(id_)
        if kept is not None and line.clock() - kept.seen > WAITED:
            return Reading(reason=Reason.WAITED, detail=str(trouble), held=True)
        line.store.put_back(id_)
        _later(round_)
        logger().warning("mail put back", mailbox=round_.box, mail=id_, why=str(trouble))
        return None
    except Exception as bug:  # noqa: BLE001 - ours: the mail is kept, the next one goes on
        return Reading(reason=report(bug, round_.box, id_), detail=type(bug).__name__)


def _close(round_: Round, line: Line, mail: Incoming, id_: int, state: State, reading: Reading) -> None:
    reason = reading.reason or Reason.BUG
    ask = line.question() if state is State.HELD and reading.author else None
    line.store.close_mail(id_, state, reason, reading.detail, reading.blog, reading.author, ask)
    logger().info(
        "mail read", mailbox=round_.box, mail=id_, state=str(state), reason=str(reason), detail=reading.detail
    )
    _end(round_, mail, state)


def state_of(reading: Reading) -> State:
    """The state of a mail that is no post."""
    if reading.reason is Reason.ELSEWHERE:
        return State.IGNORED
    return State.HELD if reading.held else State.REFUSED


def _end(round_: Round, mail: Incoming, state: State) -> None:
    if state in FILED:
        round_.done.append((mail.key, FILED[state]))
    round_.states[state] = round_.states.get(state, 0) + 1


def _later(round_: Round) -> None:
    round_.states[State.RECEIVED] = round_.states.get(State.RECEIVED, 0) + 1


def _batches(mails: Iterator[Incoming]) -> Iterator[list[Incoming]]:
    """A few mails at a time, so that keeping them costs one commit; never many large ones."""
    batch: list[Incoming] = []
    for mail in mails:
        batch.append(mail)
        if len(batch) >= 16 or sum(len(m.raw) for m in batch) > 4 * 1024 * 1024:
            yield batch
            batch = []
    if batch:
        yield batch

"""The straight line from a mail to a kept post: effects in order, no decisions.

keep raw → count the attempt → read in a child → put media → accept → settle. Every line may be followed by a crash
and every line may run twice.
"""

import hashlib
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailpost import child
from mailpost.child import Children
from mailpost.errors import Reason, Temporary
from mailpost.files import Files
from mailpost.log import logger
from mailpost.mailbox import Incoming, Mailbox, Outcome
from mailpost.post import Post
from mailpost.read import Reading, Rules
from mailpost.store import Accepted, Arrival, State, Store

ATTEMPTS = 3
FLIGHT_BYTES = 48 * 1024 * 1024  # of mail being read at once
FLIGHT = 64

FILED = {
    State.PUBLISHED: Outcome.PUBLISHED,
    State.DUPLICATE: Outcome.PUBLISHED,
    State.DRAFT: Outcome.DRAFT,
    State.HELD: Outcome.HELD,
    State.REFUSED: Outcome.REFUSED,
    State.FAILED: Outcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What the line works with.

    `kept` holds the raw mails and `media` what is shown of them; readers see neither. `children` are started when the
    first mail is to be read. `targets` says to whom a post is copied, and after how many seconds.
    """

    store: Store
    kept: Files
    media: Files
    children: Callable[[], Children]
    rules: Rules
    targets: Callable[[Post], Mapping[str, float]]
    clock: Callable[[], datetime]


@dataclass(slots=True)
class Round:
    """One look at one mailbox: what is being read, what waits to be filed and what came of it."""

    box: str
    flying: dict["Future[Reading]", tuple[Incoming, int, int]] = field(default_factory=dict)
    bytes: int = 0
    done: list[tuple[str, Outcome]] = field(default_factory=list)
    states: dict[State, int] = field(default_factory=dict)
    again: bool = False


def raw_path(digest: str) -> str:
    return f"raw/{digest[:2]}/{digest[2:]}.eml"


def poll(name: str, box: Mailbox, line: Line, stopping: Callable[[], bool] = lambda: False) -> Mapping[State, int]:
    """Read everything that waits in a mailbox and file it; return how many mails came to which state.

    A mail that could not be judged just now is left for the next round, which `State.RECEIVED` counts.
    """
    round_ = Round(name)
    keys = box.waiting()
    known = line.store.known(name, keys)
    # Filed already, but the server did not hear of it: a crash came between.
    round_.done = [(key, FILED[known[key]]) for key in keys if known.get(key) in FILED]
    fresh = [key for key in keys if known.get(key, State.RECEIVED) is State.RECEIVED]
    try:
        for batch in _batches(box.fetch(fresh)):
            _take(batch, round_, line)
            while round_.flying and (round_.bytes > FLIGHT_BYTES or len(round_.flying) > FLIGHT):
                _land(round_, line)
            if stopping():
                break
        while round_.flying:
            _land(round_, line)
    finally:
        for future in round_.flying:
            future.cancel()
    box.settle(round_.done)
    return round_.states


def _take(batch: list[Incoming], round_: Round, line: Line) -> None:
    """Keep the bytes, count the attempt, hand over to the children."""
    digests = [hashlib.sha256(mail.raw).hexdigest() for mail in batch]
    line.kept.put_all((raw_path(digest), mail.raw) for digest, mail in zip(digests, batch, strict=True))
    now_ = line.clock()
    arrivals = [Arrival(round_.box, m.key, d, m.size, m.received or now_) for m, d in zip(batch, digests, strict=True)]
    for mail, digest, (id_, attempts, state) in zip(batch, digests, line.store.arrive(arrivals, now_), strict=True):
        if state is not State.RECEIVED:
            _end(round_, mail, state)
        elif not mail.whole:
            _close(round_, line, mail, id_, State.REFUSED, Reading(reason=Reason.TOO_BIG, detail=f"{mail.size} bytes"))
        elif attempts > ATTEMPTS:
            _close(round_, line, mail, id_, State.FAILED, Reading(reason=Reason.GAVE_UP))
        else:
            round_.flying[line.children().read(mail.raw, digest, mail.received or now_, line.rules)] = (
                mail,
                id_,
                attempts,
            )
            round_.bytes += mail.size


def _land(round_: Round, line: Line) -> None:
    """Keep what the first children to finish have made of their mails, in one transaction."""
    finished, _ = wait(round_.flying, return_when=FIRST_COMPLETED)
    posts: list[tuple[Incoming, Accepted]] = []
    files: dict[str, bytes] = {}
    for future in finished:
        mail, id_, attempts = round_.flying.pop(future)
        round_.bytes -= mail.size
        reading = _result(future, round_, id_, line)
        if reading is None:
            continue
        if isinstance(reading, Reason) and attempts < ATTEMPTS:
            _later(round_)
            logger().warning("mail broke its reader", mailbox=round_.box, mail=id_, attempt=attempts, why=str(reading))
        elif isinstance(reading, Reason):
            _close(round_, line, mail, id_, State.FAILED, Reading(reason=reading))
        elif reading.post is None:
            state = State.FAILED if reading.reason is Reason.BUG else state_of(reading)
            _close(round_, line, mail, id_, state, reading)
        else:
            files |= reading.files
            posts.append((mail, Accepted(id_, reading.post, line.targets(reading.post), reading.warnings)))
    if posts:
        line.media.put_all(files.items())
        states = line.store.accept([accepted for _, accepted in posts], line.clock())
        for (mail, accepted), state in zip(posts, states, strict=True):
            logger().info("mail read", mailbox=round_.box, mail=accepted.mail, state=str(state), post=accepted.post.id)
            _end(round_, mail, state)


def _result(future: "Future[Reading]", round_: Round, id_: int, line: Line) -> Reading | Reason | None:
    """What a child found out; None for a mail that goes back to wait, a bug as a reading of its own."""
    try:
        return child.result(future)
    except Temporary as trouble:
        line.store.put_back(id_)
        _later(round_)
        logger().warning("mail put back", mailbox=round_.box, mail=id_, why=str(trouble))
        return None
    except Exception as bug:  # noqa: BLE001 - ours: the mail is kept, the next one goes on
        trace = "".join(traceback.format_exception(bug)[-3:])
        logger().error("mail failed", mailbox=round_.box, mail=id_, error=type(bug).__name__, trace=trace)
        return Reading(reason=Reason.BUG, detail=type(bug).__name__)


def _close(round_: Round, line: Line, mail: Incoming, id_: int, state: State, reading: Reading) -> None:
    reason = reading.reason or Reason.BUG
    line.store.close_mail(id_, state, reason, reading.detail, reading.blog, reading.author)
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


def now() -> datetime:
    """The clock of the shell; everything below is told the time."""
    return datetime.now(UTC)

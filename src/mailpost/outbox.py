"""Send what is owed, once each.

A delivery is claimed for a time, attempted and ended; one whose end was never written comes back with `again`, and
the target looks before it sends.
"""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mailpost.autopost import Copy, Target
from mailpost.blog import Blog
from mailpost.errors import Rejected, Temporary
from mailpost.log import logger
from mailpost.post import Status
from mailpost.store import Delivery, Store

LEASE = 300.0  # seconds
FIRST, LONGEST = 60.0, 6 * 3600.0  # seconds between attempts, doubling
TRIES = 20  # over about three days


def send_due(
    store: Store, targets: Mapping[str, Target], blogs: Mapping[str, Blog], clock: Callable[[], datetime]
) -> int:
    """Attempt every delivery that is due; return how many arrived."""
    arrived = 0
    resting: set[str] = set()
    while (delivery := store.claim(clock(), LEASE, resting)) is not None:
        try:
            arrived += _attempt(delivery, store, targets, blogs)
        except Temporary as trouble:
            # The rest for this target waits for the next round, and holds up no other.
            resting.add(delivery.target)
            _later(delivery, trouble, store, clock())
    return arrived


def _attempt(delivery: Delivery, store: Store, targets: Mapping[str, Target], blogs: Mapping[str, Blog]) -> bool:
    """Whether it arrived. Raises `Temporary` for anything that is not an answer."""
    log = logger().bind(delivery=delivery.id, target=delivery.target, post=delivery.post)
    post, target, blog = store.post(delivery.post), targets.get(delivery.target), blogs.get(delivery.blog)
    if post is None or post.status is not Status.PUBLISHED or target is None or blog is None:
        store.give_up(delivery.id, "the post, its blog or the target is not there any more")
        return False
    try:
        remote = target.send(Copy(post, blog, f"mailpost-{delivery.post}-{delivery.target}"), again=delivery.again)
    except Rejected as refusal:
        store.give_up(delivery.id, str(refusal))
        log.warning("copy refused", why=str(refusal))
        return False
    except Temporary:
        raise
    except Exception as unknown:
        raise Temporary(f"{type(unknown).__name__}: {unknown}", maybe_done=True) from unknown
    store.sent(delivery.id, remote)
    log.info("copy sent", remote=remote)
    return True


def _later(delivery: Delivery, trouble: Temporary, store: Store, now: datetime) -> None:
    log = logger().bind(delivery=delivery.id, target=delivery.target, post=delivery.post)
    if delivery.attempts >= TRIES:
        store.give_up(delivery.id, str(trouble))
        log.warning("copy given up", why=str(trouble))
        return
    pause = min(LONGEST, FIRST * 2 ** (delivery.attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
    pause = max(pause, min(trouble.retry_after or 0.0, LONGEST))
    maybe_done = delivery.again or trouble.maybe_done
    store.try_later(delivery.id, now + timedelta(seconds=pause), str(trouble), maybe_done=maybe_done)
    log.warning("copy put off", why=str(trouble), seconds=round(pause))

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
    while (delivery := store.claim(clock(), LEASE)) is not None:
        arrived += _attempt(delivery, store, targets, blogs, clock)
    return arrived


def _attempt(
    delivery: Delivery,
    store: Store,
    targets: Mapping[str, Target],
    blogs: Mapping[str, Blog],
    clock: Callable[[], datetime],
) -> bool:
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
    except Exception as trouble:  # noqa: BLE001 - unknown means temporary, and that it may have arrived
        if delivery.attempts >= TRIES:
            store.give_up(delivery.id, str(trouble))
            log.error("copy given up", why=str(trouble))
            return False
        pause = min(LONGEST, FIRST * 2 ** (delivery.attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        maybe_done = trouble.maybe_done if isinstance(trouble, Temporary) else True
        store.try_later(
            delivery.id, clock() + timedelta(seconds=pause), str(trouble), maybe_done=delivery.again or maybe_done
        )
        log.warning("copy put off", why=str(trouble), seconds=round(pause))
    else:
        store.sent(delivery.id, remote)
        log.info("copy sent", remote=remote)
        return True
    return False

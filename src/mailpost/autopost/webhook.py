"""Any program that takes a signed POST: the way to places that have no module here."""

import hashlib
import hmac
import json
import ssl
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

import httpx

from mailpost import tls
from mailpost.autopost import Copy
from mailpost.errors import Rejected, Temporary
from mailpost.post import MEDIA

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Settings:
    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if "@" in urlsplit(self.url).netloc:
            raise ValueError("`url` would show its password wherever it is written; the signature proves enough")


def open(settings: Settings) -> "Webhook":  # noqa: A001 - what every adapter calls it
    return Webhook(settings)


class Webhook:
    """The body is JSON; `X-Mailpost-Signature` is the HMAC-SHA256 of it, in hexadecimal, with the shared secret.

    `Idempotency-Key` is the same for every attempt, so that the receiver can tell a repetition.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """Made once, when it is needed: reading all authorities takes a tenth of a second."""
        return tls.context()

    def send(self, copy: Copy, *, again: bool) -> str:
        post = copy.post
        body = json.dumps(
            {
                "id": post.feed_id,
                "url": copy.url,
                "title": post.title,
                "author": post.author,
                "published": post.published.isoformat(),
                "tags": list(post.tags),
                "summary": post.summary,
                "html": post.body.replace(MEDIA, copy.blog.url),
                "again": again,
            },
            ensure_ascii=False,
        ).encode()
        signature = hmac.new(self.settings.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": copy.key,
            "X-Mailpost-Signature": f"sha256={signature}",
        }
        try:
            # What it says besides the status and its headers is not read, however much that is.
            with httpx.stream(
                "POST",
                self.settings.url,
                content=body,
                headers=headers,
                timeout=SECONDS,
                trust_env=False,
                verify=self.trust,
            ) as answer:
                return _address(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            raise Temporary(f"{type(problem).__name__}: {problem}") from problem
        except httpx.HTTPError as problem:
            raise Temporary(f"{type(problem).__name__}", maybe_done=True) from problem


def _address(answer: httpx.Response) -> str:
    """Where the copy is, as far as the receiver says so."""
    if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
        wait = answer.headers.get("Retry-After", "")
        raise Temporary(
            f"answered {answer.status_code}",
            retry_after=float(wait) if wait.isdecimal() else None,
            maybe_done=answer.status_code >= 500,
        )
    if not answer.is_success:
        raise Rejected(f"answered {answer.status_code}")
    return str(answer.headers.get("Location", ""))[:500]

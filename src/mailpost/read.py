"""The straight line, its pure middle: what one mail says → what becomes of it.

envelope → authorise → message → convert → sanitise, one after the other, with nothing from outside but an answer
to questions about the sender's keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mailpost.authorise import Permit, authorise, trusted
from mailpost.blog import Blog
from mailpost.convert import Draft, convert, text_of, title_from, without
from mailpost.envelope import Envelope, read_envelope
from mailpost.errors import Reason, Refused
from mailpost.message import read_message
from mailpost.post import Post, Status, day, mint_feed_id, post_id, post_path
from mailpost.proof import prove
from mailpost.sanitise import TooMuch, escaped, sanitise, xml_text

SUMMARY = 280
TITLE = 200

Lookup = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the line needs to know of the configuration. `own` is the blog of the mailbox itself, or empty."""

    blogs: tuple[Blog, ...]
    own: str = ""
    trusted_servers: tuple[str, ...] = ()
    trust: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one mail is: a post with its files, or the reason why it is none."""

    post: Post | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    reason: Reason | None = None
    detail: str = ""
    held: bool = False
    blog: str = ""
    author: str = ""
    message_id: str = ""
    warnings: tuple[str, ...] = ()


def read_mail(raw: bytes, digest: str, received: datetime | None, rules: Rules, lookup: Lookup) -> Reading:
    """Read one mail; `digest` is that of its bytes. Raises `Temporary` where the sender's keys cannot be had just now."""
    envelope: Envelope | None = None
    permit: Permit | None = None
    try:
        envelope = read_envelope(raw, received)
        permit = _permit(raw, envelope, rules, lookup)
        return _reading(raw, digest, envelope, permit)
    except Refused as refusal:
        return Reading(
            reason=refusal.reason,
            detail=refusal.detail,
            held=refusal.held,
            blog=permit.blog.name if permit else "",
            author=permit.author.name if permit else "",
            message_id=envelope.message_id if envelope else "",
        )


def _permit(raw: bytes, envelope: Envelope, rules: Rules, lookup: Lookup) -> Permit:
    if rules.trust:
        return trusted(envelope, rules.blogs, rules.own)
    return authorise(
        envelope,
        rules.blogs,
        rules.own,
        lambda: prove(raw, envelope, rules.trusted_servers, lookup, envelope.received),
    )


def _reading(raw: bytes, digest: str, envelope: Envelope, permit: Permit) -> Reading:
    message = read_message(raw)
    authors = permit.blog.authors
    hide = without(
        [*permit.blog.addresses, *(address for author in authors for address in author.addresses)],
        [secret for author in authors for secret in author.secrets],
    )
    draft = convert(message, envelope.subject, permit.flags, hide)
    if not draft.html.strip() and not draft.marks.title:
        raise Refused(Reason.EMPTY)
    post, warnings = _post(draft, digest, envelope, permit)
    files = {path: content for prepared in draft.prepared for path, content in prepared.files.items()}
    return Reading(
        post=post,
        files=files,
        blog=permit.blog.name,
        author=permit.author.name,
        message_id=envelope.message_id,
        warnings=(*draft.warnings, *warnings),
    )


def _post(draft: Draft, digest: str, envelope: Envelope, permit: Permit) -> tuple[Post, tuple[str, ...]]:
    blog, author = permit.blog, permit.author
    published = _published(envelope)
    id_ = post_id(blog.name, author.name, envelope.message_id, digest)
    paths = {r.path for prepared in draft.prepared for r in prepared.attachment.renditions}
    try:
        body = sanitise(draft.html, paths)
    except TooMuch:
        body = None
    warnings = () if body is not None else ("the formatting could not be made safe and was left out",)
    if body is None:
        body = escaped(draft.fallback)
    text, prose = text_of(body)
    title = (
        draft.marks.title or title_from(text) or _counted(draft.photos, day(published.astimezone(ZoneInfo(blog.zone))))
    )
    post = Post(
        id=id_,
        blog=blog.name,
        author=author.name,
        title=xml_text(title)[:TITLE],
        path=post_path(draft.marks.values.get("slug") or (draft.marks.title or ""), published, blog.zone, id_),
        feed_id=mint_feed_id(blog, published, id_),
        body=body,
        text=text,
        summary=_excerpt(draft.marks.values.get("summary") or prose or text),
        published=published,
        updated=published,
        tags=draft.marks.tags,
        status=draft.marks.status or Status.PUBLISHED,
        attachments=tuple(prepared.attachment for prepared in draft.prepared),
        trimmed=draft.trimmed,
        untitled=not draft.marks.title,
    )
    return post, warnings


def _published(envelope: Envelope) -> datetime:
    """The Date of the mail to the second; where that is no date, when the mail arrived."""
    sent = envelope.sent or envelope.received or datetime(1970, 1, 1, tzinfo=UTC)
    if envelope.received is not None and sent > envelope.received:
        sent = envelope.received
    return sent.astimezone(UTC).replace(microsecond=0)


def _counted(photos: int, date: str) -> str:
    if photos == 0:
        return date
    return f"{'Photo' if photos == 1 else f'{photos} photos'}, {date}"


def _excerpt(text: str) -> str:
    line = " ".join(xml_text(text).split())
    return line if len(line) <= SUMMARY else line[:SUMMARY].rsplit(" ", 1)[0] + " …"

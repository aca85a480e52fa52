"""The straight line, its pure middle: what one mail says → what becomes of it.

envelope → authorise → message → convert → sanitise, one after the other, with nothing from outside but an answer
to questions about the sender's keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mailpost.attachment import Kind
from mailpost.author import Author
from mailpost.authorise import Permit, authorise, trusted
from mailpost.blog import Blog
from mailpost.convert import Draft, Words, convert, title_from, without, words_of
from mailpost.envelope import Envelope, read_envelope
from mailpost.errors import Reason, Refused
from mailpost.media import Studio
from mailpost.message import read_message
from mailpost.post import Post, SafeHtml, Status, day, mint_feed_id, post_id, post_path
from mailpost.proof import prove
from mailpost.sanitise import TooMuch, escaped, one_line, sanitise

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


def read_mail(
    raw: bytes, digest: str, received: datetime | None, rules: Rules, lookup: Lookup, studio: Studio | None = None
) -> Reading:
    """Read one mail; `digest` is that of its bytes. Raises `Temporary` where the sender's keys cannot be had just now."""

    def permit(envelope: Envelope) -> Permit:
        return _permit(raw, envelope, rules, lookup)

    return _read(raw, digest, received, permit, whole=False, studio=studio)


def read_again(
    raw: bytes,
    digest: str,
    received: datetime | None,
    rules: Rules,
    studio: Studio | None = None,
    *,
    blog: str,
    author: str,
    whole: bool,
) -> Reading:
    """Read a mail that is a post already, of this blog and author; `whole` leaves in what programs have added."""
    home = next((b for b in rules.blogs if b.name == blog), None)
    if home is None:
        return Reading(reason=Reason.ELSEWHERE)
    known = next((a for a in home.authors if a.name == author), Author(author, frozenset()))

    def permit(envelope: Envelope) -> Permit:
        flags = trusted(envelope, [home], home.name).flags
        return Permit(home, known, flags, "a post already")

    return _read(raw, digest, received, permit, whole=whole, studio=studio)


def _read(
    raw: bytes,
    digest: str,
    received: datetime | None,
    permitted: Callable[[Envelope], Permit],
    *,
    whole: bool,
    studio: Studio | None,
) -> Reading:
    envelope: Envelope | None = None
    permit: Permit | None = None
    try:
        envelope = read_envelope(raw, received)
        permit = permitted(envelope)
        return _reading(raw, digest, envelope, permit, whole=whole, studio=studio)
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


def _reading(
    raw: bytes, digest: str, envelope: Envelope, permit: Permit, *, whole: bool, studio: Studio | None
) -> Reading:
    if "help" in permit.flags:
        raise Refused(Reason.HELP)
    message = read_message(raw)
    authors = permit.blog.authors
    hide = without(
        [*permit.blog.addresses, *(address for author in authors for address in author.addresses)],
        [secret for author in authors for secret in author.secrets],
    )
    draft = convert(message, envelope.subject, permit.flags, hide, whole=whole, studio=studio)
    if not draft.html.strip() and (draft.warnings or not draft.marks.title):
        raise Refused(Reason.EMPTY, "; ".join(draft.warnings))
    warnings = list(draft.warnings)
    post = _post(draft, digest, envelope, permit, warnings)
    files = {path: content for prepared in draft.prepared for path, content in prepared.files.items()}
    return Reading(
        post=post,
        files=files,
        blog=permit.blog.name,
        author=permit.author.name,
        message_id=envelope.message_id,
        warnings=tuple(warnings),
    )


def _post(draft: Draft, digest: str, envelope: Envelope, permit: Permit, warnings: list[str]) -> Post:
    blog, author, values = permit.blog, permit.author, draft.marks.values
    published = _dated(values.get("date", ""), _sent(envelope), ZoneInfo(blog.zone), warnings)
    id_ = post_id(blog.name, author.name, envelope.message_id, digest)
    body = _safe(draft, warnings)
    words = words_of(body)
    said = one_line(draft.marks.title)
    title = _cut(said or one_line(_named(draft, words, published.astimezone(ZoneInfo(blog.zone)))), TITLE)
    if len(said) > TITLE:
        warnings.append(f"the title is longer than {TITLE} characters and was cut")
    status = Status.DRAFT if "preview" in permit.flags else draft.marks.status or Status.PUBLISHED
    return Post(
        id=id_,
        blog=blog.name,
        author=author.name,
        title=title,
        path=post_path(values.get("slug") or said, published, blog.zone, id_),
        feed_id=mint_feed_id(blog, published, id_),
        body=body,
        text=words.all,
        summary=_cut(one_line(values.get("summary") or words.prose or words.first or words.all), SUMMARY),
        published=published,
        updated=published,
        tags=draft.marks.tags,
        status=status,
        attachments=tuple(prepared.attachment for prepared in draft.prepared),
        trimmed=draft.trimmed,
        untitled=not said,
    )


def _safe(draft: Draft, warnings: list[str]) -> SafeHtml:
    paths = {r.path for prepared in draft.prepared for r in prepared.attachment.renditions}
    try:
        body = sanitise(draft.html, paths)
    except TooMuch:
        body = None
    if body is None:
        warnings.append("the formatting could not be made safe and was left out")
        return escaped(draft.fallback)
    return body


def _sent(envelope: Envelope) -> datetime:
    """The Date of the mail to the second; where that is no date, when the mail arrived."""
    sent = envelope.sent or envelope.received or datetime(1970, 1, 1, tzinfo=UTC)
    if envelope.received is not None and sent > envelope.received:
        sent = envelope.received
    return sent.astimezone(UTC).replace(microsecond=0)


def _dated(said: str, sent: datetime, zone: ZoneInfo, warnings: list[str]) -> datetime:
    """When the author wants the post to be from: a day, at the time of the mail, or a day and a time in the blog's zone."""
    if not said:
        return sent
    local = sent.astimezone(zone)
    try:
        moment = datetime.fromisoformat(said)
        if len(said) <= len("2026-11-23"):
            moment = datetime.combine(moment.date(), local.time())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        warnings.append(f"date: “{said}” was not understood; write it as 2026-11-23 or 2026-11-23 18:30")
        return sent
    if moment > sent:
        warnings.append("date: a post cannot be from the future; the date of the mail was taken")
        return sent
    return moment


def _named(draft: Draft, words: Words, published: datetime) -> str:
    """What stands for the title of a post that has none."""
    kinds = [prepared.attachment.kind for prepared in draft.prepared]
    kind = next((kind for kind in (Kind.PHOTO, Kind.FILM) if kind in kinds), None)
    if words.first or kind is None:
        return title_from(words.first or words.label or words.all) or day(published)
    count = kinds.count(kind)
    return f"{kind.capitalize() if count == 1 else f'{count} {kind}s'}, {day(published)}"


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 2].rsplit(" ", 1)[0] + " …"

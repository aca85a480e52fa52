"""The straight line, its pure middle: what one mail says → what becomes of it.

envelope → authorise → message → convert → sanitise, one after the other, with nothing from outside but an answer
to questions about the sender's keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailpost import mime
from mailpost.attachment import Kind
from mailpost.author import Author
from mailpost.authorise import Permit, authorise, concerns, trusted
from mailpost.blog import Blog
from mailpost.convert import Draft, Words, convert, title_from, without, words_of
from mailpost.envelope import Envelope, read_envelope, sound
from mailpost.errors import Held, Reason, Refused
from mailpost.media import Studio
from mailpost.message import Message, read_message
from mailpost.post import Post, SafeHtml, Status, day, mint_feed_id, post_id, post_path
from mailpost.proof import prove
from mailpost.sanitise import Unsafe, escaped, one_line, sanitise

SUMMARY = 280
TITLE = 200
DETAIL = 500

Lookup = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the line needs to know of the configuration. `own` is the blog of the mailbox itself, or empty."""

    blogs: tuple[Blog, ...]
    own: str = ""
    trusted_servers: tuple[str, ...] = ()
    trust: bool = False


class Word(StrEnum):
    """What an author says about a mail that was held."""

    PUBLISH = "publish"
    DRAFT = "draft"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an author says, and to which question."""

    token: str
    word: Word


@dataclass(frozen=True, slots=True)
class Reading:
    """What one mail is: a post with its files, an answer, or the reason why it is neither.

    `fingerprints` are those of the signatures that vouched for it; `per_day` is how many of this author's mails become
    posts in a day, 0 for all.
    """

    post: Post | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    reason: Reason | None = None
    detail: str = ""
    held: bool = False
    blog: str = ""
    author: str = ""
    message_id: str = ""
    warnings: tuple[str, ...] = ()
    answer: Answer | None = None
    fingerprints: tuple[str, ...] = ()
    per_day: int = 0


def read_mail(
    raw: bytes, digest: str, received: datetime | None, rules: Rules, lookup: Lookup, studio: Studio | None = None
) -> Reading:
    """Read one mail; `digest` is that of its bytes. Raises `Temporary` where the sender's keys cannot be had just now."""

    def opened() -> Envelope:
        try:
            return read_envelope(raw, received)
        except Held:
            if rules.trust or concerns(mime.split(raw)[0], rules.blogs, rules.own):
                raise
            raise Refused(Reason.ELSEWHERE) from None

    def permit(envelope: Envelope) -> Permit:
        return _permit(raw, envelope, rules, lookup)

    return _read(raw, digest, opened, permit, studio=studio)


def read_again(
    raw: bytes,
    digest: str,
    received: datetime | None,
    rules: Rules,
    studio: Studio | None = None,
    *,
    blog: str,
    author: str,
    whole: bool = False,
    anew: bool = False,
) -> Reading:
    """Read a mail that is, or shall be, a post of this blog and author, whatever vouches for it and however it is headed.

    `whole` leaves in what programs have added; `anew` gives it another id than its Message-ID says.
    """
    home = next((b for b in rules.blogs if b.name == blog), None)
    if home is None:
        return Reading(reason=Reason.ELSEWHERE)
    known = next((a for a in home.authors if a.name == author), Author(author, frozenset()))

    raw = sound(raw)

    def opened() -> Envelope:
        envelope = read_envelope(raw, received)
        return replace(envelope, message_id="") if anew else envelope

    def permit(envelope: Envelope) -> Permit:
        flags = trusted(envelope, [home], home.name).flags
        return Permit(home, known, flags, "somebody has decided")

    return _read(raw, digest, opened, permit, whole=whole, studio=studio)


def _read(
    raw: bytes,
    digest: str,
    opened: Callable[[], Envelope],
    permitted: Callable[[Envelope], Permit],
    *,
    whole: bool = False,
    studio: Studio | None,
) -> Reading:
    envelope: Envelope | None = None
    permit: Permit | None = None
    try:
        envelope = opened()
        permit = permitted(envelope)
        return _reading(raw, digest, envelope, permit, whole=whole, studio=studio)
    except Refused as refusal:
        return Reading(
            reason=refusal.reason,
            detail=refusal.detail,
            held=refusal.held,
            blog=permit.blog.name if permit else refusal.blog,
            author=permit.author.name if permit else refusal.author,
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
    if permit.token:
        answer = Answer(permit.token, _word(message))
        return Reading(answer=answer, blog=permit.blog.name, author=permit.author.name)
    authors = permit.blog.authors
    hide = without(
        [*permit.blog.addresses, *(address for author in authors for address in author.addresses)],
        [secret for author in authors for secret in author.secrets],
    )
    draft = convert(message, envelope.subject, permit.flags, hide, whole=whole, studio=studio)
    if not draft.html.strip() and (draft.warnings or not draft.marks.title):
        raise Refused(Reason.EMPTY, _cut("; ".join(draft.warnings), DETAIL))
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
        fingerprints=permit.fingerprints,
        per_day=permit.author.posts_per_day,
    )


def _word(message: Message) -> Word:
    """The word an answer begins with: a line of its own, above whatever it quotes."""
    text = convert(message, "", frozenset(), without((), ())).fallback
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    try:
        return Word(first.strip(" .!").lower())
    except ValueError:
        raise Refused(Reason.WORD, one_line(first)[:40]) from None


def _post(draft: Draft, digest: str, envelope: Envelope, permit: Permit, warnings: list[str]) -> Post:
    blog, author, values = permit.blog, permit.author, draft.marks.values
    published = _dated(values.get("date", ""), _sent(envelope), ZoneInfo(blog.zone), warnings)
    id_ = post_id(blog.name, author.name, envelope.message_id, digest)
    body = _safe(draft, warnings)
    words = words_of(body)
    said = one_line(draft.marks.title)
    title = _cut(said or _named(draft, words, published.astimezone(ZoneInfo(blog.zone))), TITLE)
    if len(said) > TITLE:
        warnings.append(f"the title is longer than {TITLE} characters and was cut")
    status = Status.DRAFT if "preview" in permit.flags else draft.marks.status or Status.PUBLISHED
    # Who had a copy of the mail knows its Message-ID, from which the id is made; its bytes as they came nobody else has.
    mark = (digest, 20) if status is Status.PRIVATE else (id_, 5)
    return Post(
        id=id_,
        blog=blog.name,
        author=author.name,
        title=title,
        path=post_path(values.get("slug") or said, published, blog.zone, *mark),
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
        return sanitise(draft.html, paths)
    except Unsafe as problem:
        warnings.append(f"the formatting could not be made safe and was left out: {problem}")
        return escaped(draft.fallback)


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
        return one_line(title_from(words.first or words.label or words.all)) or day(published)
    count = kinds.count(kind)
    return f"{kind.capitalize() if count == 1 else f'{count} {kind}s'}, {day(published)}"


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 2].rsplit(" ", 1)[0] + " …"

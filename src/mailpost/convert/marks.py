"""What an author says to mailpost inside a mail, in marks that ordinary writing does not make."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailpost.convert import trim
from mailpost.post import Status
from mailpost.sanitise import one_line

HASHTAG = re.compile(r"[#＃]([^\W\d_][\w-]{0,60}),?")
# After these a tag is also a word of the title: “Our trip to #Berlin”, “Bread & #butter”.
JOINING = frozenset(
    "& + a an and at by for from in my of on or our the to with am an auf bei das dem den der die für im in mit nach und"  # noqa: SIM905 - words
    " von vom zu zum zur à au aux avec de des dans du en et la le les pour un une con del e el il los para por y".split()
)
# What looks like a tag and is a number: an article (#e13011), an issue (#GH-123), a colour or a commit (#3fa8c2).
NUMBER = re.compile(r"#(?:[a-z]{0,2}\d{3,}|[a-z]{1,5}-\d{3,}|(?=[a-f]*\d)[\da-f]{6,40})", re.IGNORECASE | re.ASCII)
POSTEROUS = re.compile(r"\(\(\s*(tags?:\s*(?P<tags>[^()]*)|nogallery|private)\s*\)\)", re.IGNORECASE)
FORWARDED = re.compile(r"\s\((?:fwd|fw)\)\s*$", re.IGNORECASE)
KEYS = frozenset({"title", "tags", "date", "slug", "summary", "cover", "status"})
LINE = re.compile(r"([a-z]{4,7}):[ \t\xa0]*(\S.*)", re.IGNORECASE)
BLANK = re.compile(r"\n[ \t\xa0]*(?:\n|$)")
DAY = re.compile(r"\d{4}-?\d\d-?\d\d(?:$|[ T]\d)")
PHOTO = re.compile(r"\d{1,3}|.{1,200}\.\w{2,5}")  # its number, or the name of a file
END = re.compile(r"[ \t]*#end[ \t]*", re.IGNORECASE)
FENCE = re.compile(r" {0,3}(?:```|~~~)")
TAGS = 20
STATUSES = {s.value: s for s in (Status.PUBLISHED, Status.PRIVATE, Status.DRAFT)}


@dataclass(frozen=True, slots=True)
class Marks:
    """What was asked for. `values` are the lines of a header block at the top of the body."""

    title: str = ""
    tags: tuple[str, ...] = ()
    gallery: bool = True
    status: Status | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def from_subject(subject: str) -> Marks:
    """`Bread for beginners #baking #bread`, `Bread ((tag: baking, bread))`, `Bread ((nogallery))`, `Bread ((private))`."""
    tags: list[str] = []
    gallery, status = True, None
    for match in POSTEROUS.finditer(subject):
        if match["tags"] is not None:
            tags += _names(match["tags"])
        elif match[1].lower() == "nogallery":
            gallery = False
        else:
            status = Status.PRIVATE
    words = POSTEROUS.sub(" ", subject).split()
    hashtags = _hashtags_at_end(words)
    if hashtags and not any(NUMBER.fullmatch(f"#{tag}") for tag in hashtags):
        tags += hashtags
        words = words[: -len(hashtags)]
        words += hashtags[:1] if words and words[-1].casefold() in JOINING else []
    title = FORWARDED.sub("", trim.without_prefixes(" ".join(words))).strip()
    return Marks(title=title, tags=_unique(tags), gallery=gallery, status=status)


def _hashtags_at_end(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    for word in reversed(words):
        hashtag = HASHTAG.fullmatch(word)
        if hashtag is None:
            break
        found.append(hashtag[1])
    return found[::-1]


def from_top(text: str) -> tuple[Mapping[str, str], str]:
    """Take `key: value` lines from the very top, if every line up to the first blank one has a known key.

    Where no value is of any use ("Status: tired"), the lines are text as well.
    """
    top, *rest = BLANK.split(text.lstrip("\n"), maxsplit=1)
    values: dict[str, str] = {}
    for line in top.rstrip("\n").split("\n"):
        match = LINE.fullmatch(line.strip())
        if match is None or match[1].lower() not in KEYS:
            return {}, text
        values[match[1].lower()] = match[2].strip()
    useful = any(_is_useful(key, value) for key, value in values.items())
    return values, "".join(rest) if useful else text


def may_begin(text: str) -> bool:
    """Is it worth looking for a header block at the top of this?"""
    return text.lstrip()[:20].partition(":")[0].lower() in KEYS


def until_end(text: str) -> tuple[str, str]:
    """Cut a text at `#end` on a line of its own, which is not code; return both parts."""
    at, fenced = 0, False
    for line in text.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced and END.fullmatch(line):
            return text[:at], text[at + len(line) :]
        at += len(line) + 1
    return text, ""


def combine(subject: Marks, values: Mapping[str, str], flags: frozenset[str]) -> Marks:
    """The body's word counts before the subject's, the address's before both."""
    said = values.get("status", "")
    status = STATUSES.get(said.lower(), subject.status)
    status = next((STATUSES[flag] for flag in ("draft", "private") if flag in flags), status)
    tags = _unique([*subject.tags, *_names(values.get("tags", ""))])
    warnings: list[str] = []
    if not _is_useful("status", said or "draft"):
        warnings.append(f"status: “{said}” was not understood; write {', '.join(STATUSES)}")
    if len(tags) > TAGS:
        warnings.append(f"more than {TAGS} tags: the rest was left out, from “{tags[TAGS][:80]}”")
    return Marks(values.get("title", subject.title), tags[:TAGS], subject.gallery, status, values, tuple(warnings))


def _is_useful(key: str, value: str) -> bool:
    if key == "status":
        return value.lower() in STATUSES
    if key == "date":
        return DAY.match(value) is not None
    return key != "cover" or PHOTO.fullmatch(value) is not None


def _names(said: str) -> list[str]:
    """`baking, rye bread` and `#baking #bread`"""
    return [one_line(name).lstrip("#＃") for name in re.split(r",|\s(?=[#＃])", said)]


def _unique(tags: list[str]) -> tuple[str, ...]:
    seen = {tag.casefold(): tag for tag in reversed(tags) if tag}
    return tuple(dict.fromkeys(seen[tag.casefold()] for tag in tags if tag))

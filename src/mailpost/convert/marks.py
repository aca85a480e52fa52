"""What an author says to mailpost inside a mail, in marks that ordinary writing does not make."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailpost.convert import trim
from mailpost.post import Status

TAG = r"#[^\W\d_][\w-]{0,60}"
HASHTAGS = re.compile(rf"(?:(?:^|\s){TAG})+\s*$")
# What looks like a tag and is a number: an article (#e13011), an issue (#GH-123), a colour or a commit (#3fa8c2).
NUMBER = re.compile(r"#(?:[a-z]{0,2}\d{3,}|[a-z]{1,5}-\d{3,}|(?=[a-f]*\d)[\da-f]{6,40})", re.IGNORECASE | re.ASCII)
POSTEROUS = re.compile(r"\(\(\s*(tags?:\s*(?P<tags>[^()]*)|nogallery|private)\s*\)\)", re.IGNORECASE)
FORWARDED = re.compile(r"\s\((?:fwd|fw)\)\s*$", re.IGNORECASE)
KEYS = frozenset({"title", "tags", "date", "slug", "summary", "cover", "status"})
LINE = re.compile(r"([a-z]{4,7}):[ \t]*(\S.*)", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
END = re.compile(r"[ \t]*#end[ \t]*", re.IGNORECASE)
FENCE = re.compile(r" {0,3}(?:```|~~~)")
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
            tags += [tag.strip().lstrip("#") for tag in match["tags"].split(",")]
        elif match[1].lower() == "nogallery":
            gallery = False
        else:
            status = Status.PRIVATE
    title = POSTEROUS.sub(" ", subject)
    found = HASHTAGS.search(title)
    if found and not any(NUMBER.fullmatch(tag) for tag in found.group().split()):
        tags += [tag[1:] for tag in found.group().split()]
        title = title[: found.start()]
    title = " ".join(FORWARDED.sub("", trim.without_prefixes(title)).split())
    return Marks(title=title, tags=_unique(tags), gallery=gallery, status=status)


def from_top(text: str) -> tuple[Mapping[str, str], str]:
    """Take `key: value` lines from the very top, if every line up to the first blank one has a known key.

    Where no value is of any use ("Status: tired"), the lines are text as well.
    """
    top, blank, rest = text.lstrip("\n").partition("\n\n")
    values: dict[str, str] = {}
    for line in top.split("\n"):
        match = LINE.fullmatch(line.strip())
        if match is None or match[1].lower() not in KEYS:
            return {}, text
        values[match[1].lower()] = match[2].strip()
    if not blank and rest:
        return {}, text
    return values, rest if any(_is_useful(key, value) for key, value in values.items()) else text


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
    tags = _unique([*subject.tags, *(t.strip().lstrip("#") for t in values.get("tags", "").split(","))])
    warnings: tuple[str, ...] = ()
    if not _is_useful("status", said or "draft"):
        warnings = (f"status: “{said}” was not understood; write {', '.join(STATUSES)}",)
    return Marks(values.get("title", subject.title), tags, subject.gallery, status, values, warnings)


def _is_useful(key: str, value: str) -> bool:
    if key == "status":
        return value.lower() in STATUSES
    return key != "date" or DAY.match(value) is not None


def _unique(tags: list[str]) -> tuple[str, ...]:
    seen = {tag.casefold(): tag for tag in reversed(tags) if tag}
    return tuple(tag for tag in dict.fromkeys(seen[t.casefold()] for t in tags if t))[:20]

"""What an author says to mailpost inside a mail, in marks that ordinary writing does not make."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailpost.post import Status

# Trailing words of the subject; a number alone ("we are #1") is not a tag.
HASHTAGS = re.compile(r"(?:(?:^|\s)#(?!\d+(?:\s|$))[\w][\w-]{0,60})+\s*$")
POSTEROUS = re.compile(r"\(\(\s*(tags?:\s*(?P<tags>[^()]*)|nogallery|private)\s*\)\)", re.IGNORECASE)
PREFIX = re.compile(
    r"^(?:\s*(?:re|fwd?|aw|wg|tr|rv|sv|vs|antw|doorst|i|r|enc|vb|pd|odp)\s*(?:\[\d+\])?:(?:\s+|$))+", re.IGNORECASE
)
KEYS = frozenset({"title", "tags", "slug", "summary", "status"})
LINE = re.compile(r"([a-z]+):[ \t]*(\S.*)", re.IGNORECASE)
END = re.compile(r"^[ \t]*#end[ \t]*$", re.MULTILINE | re.IGNORECASE)
STATUSES = {s.value: s for s in (Status.PUBLISHED, Status.PRIVATE, Status.DRAFT)}


@dataclass(frozen=True, slots=True)
class Marks:
    """What was asked for. `values` are the lines of a header block at the top of the body."""

    title: str = ""
    tags: tuple[str, ...] = ()
    gallery: bool = True
    status: Status | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def from_subject(subject: str) -> Marks:
    """`Bread for beginners #baking #bread`, `Bread ((tag: baking, bread))`, `Bread ((nogallery))`, `Bread ((private))`."""
    tags: list[str] = []
    gallery, status = True, None
    for match in POSTEROUS.finditer(subject):
        if match["tags"] is not None:
            tags += [tag.strip() for tag in match["tags"].split(",")]
        elif match[1].lower() == "nogallery":
            gallery = False
        else:
            status = Status.PRIVATE
    title = POSTEROUS.sub(" ", subject)
    found = HASHTAGS.search(title)
    if found:
        tags += re.findall(r"#([\w-]+)", found.group())
        title = title[: found.start()]
    title = " ".join(PREFIX.sub("", title).split())
    return Marks(title=title, tags=_unique(tags), gallery=gallery, status=status)


def from_top(text: str) -> tuple[Mapping[str, str], str]:
    """Take `key: value` lines from the very top, if every line up to the first blank one has a known key."""
    top, blank, rest = text.lstrip("\n").partition("\n\n")
    values: dict[str, str] = {}
    for line in top.split("\n"):
        match = LINE.fullmatch(line.strip())
        if match is None or match[1].lower() not in KEYS:
            return {}, text
        values[match[1].lower()] = match[2].strip()
    return (values, rest) if blank or not rest else ({}, text)


def until_end(text: str) -> tuple[str, str]:
    """Cut a text at `#end` on a line of its own; return both parts."""
    match = END.search(text)
    return (text, "") if match is None else (text[: match.start()], text[match.end() :])


def combine(subject: Marks, values: Mapping[str, str], flags: frozenset[str]) -> Marks:
    """The body's word counts before the subject's, the address's before both."""
    status = STATUSES.get(values.get("status", "").lower(), subject.status)
    status = next((STATUSES[flag] for flag in ("draft", "private") if flag in flags), status)
    tags = _unique([*subject.tags, *(t.strip().lstrip("#") for t in values.get("tags", "").split(","))])
    return Marks(values.get("title", subject.title), tags, subject.gallery, status, values)


def _unique(tags: list[str]) -> tuple[str, ...]:
    seen = {tag.casefold(): tag for tag in reversed(tags) if tag}
    return tuple(tag for tag in dict.fromkeys(seen[t.casefold()] for t in tags if t))[:20]

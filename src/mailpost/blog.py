"""A blog: where it is, who writes it, how it wants to be shown."""

from dataclasses import dataclass

from mailpost.author import Author


@dataclass(frozen=True, slots=True)
class Blog:
    """`url` ends in a slash; `addresses` are lower-case, without tags; `zone` is an IANA time zone name."""

    name: str
    title: str
    url: str
    addresses: frozenset[str]
    authors: tuple[Author, ...]
    description: str = ""
    language: str = "en"
    zone: str = "UTC"

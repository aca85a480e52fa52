"""Who may post, and what has to vouch for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Require(StrEnum):
    """What a mail must bring to be published in this author's name."""

    PROOF = "proof"
    SECRET = "secret"  # noqa: S105 - the word, not one
    BOTH = "both"
    EITHER = "either"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Author:
    """`addresses` are lower-case with the domain in ASCII; `secrets` are the tags of secret addresses, `until` when some
    of them end. Of what comes within a day, `posts_per_day` become posts by themselves, 0 for all.
    """

    name: str
    addresses: frozenset[str]
    require: Require = Require.PROOF
    secrets: tuple[str, ...] = field(default=(), repr=False)
    until: Mapping[str, datetime] = field(default_factory=dict, repr=False)
    posts_per_day: int = 0

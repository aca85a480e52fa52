"""Who may post, and what has to vouch for it."""

from dataclasses import dataclass, field
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
    """`addresses` are lower-case with the domain in ASCII; `secrets` are the tags of secret addresses."""

    name: str
    addresses: frozenset[str]
    require: Require = Require.PROOF
    secrets: tuple[str, ...] = field(default=(), repr=False)

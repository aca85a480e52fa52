"""What programs put before the subject of an answer or a forward."""

import re

from mailpost.convert.trim.phrases import ANSWERED, ANSWERED_BELOW, BOTH, HANDED_ON

HANDED = rf"(?:{'|'.join(HANDED_ON)})"
ANSWER = rf"(?:{'|'.join(ANSWERED)})"
COUNTED = r"\.?\s?(?:[\[(^]?\d{1,3}[\])]?)?\s?"  # "Re[2]:", "AW (3):", "RE :", "Atb.:"
LIST = r"\s*\[[^\[\]]{1,40}\]\s+(?![a-z]:)"  # before which a list puts its name; one letter is no prefix there
FORWARD_SUBJECT = re.compile(rf"(?:{LIST})?\s*({HANDED}){COUNTED}(?::\s|：)", re.IGNORECASE)
BELOW = re.compile(rf"(?<!\w)(?:{'|'.join(ANSWERED_BELOW)})[\s*]{{0,3}}:", re.IGNORECASE)
PREFIXES = re.compile(
    rf"^({LIST})?(?:\s*(?:{ANSWER}|{HANDED}){COUNTED}(?::(?=\s|$|(?:{ANSWER}|{HANDED}):)|：))+\s*", re.IGNORECASE
)


def is_handed_on(subject: str, text: str) -> bool:
    """Does a subject say that this was forwarded? “VS:” does, unless the `text` is Finnish or Estonian."""
    prefix = FORWARD_SUBJECT.match(subject)
    return prefix is not None and not (prefix[1].casefold() == BOTH and BELOW.search(text))


def is_reply(subject: str) -> bool:
    return PREFIXES.match(subject) is not None and not is_handed_on(subject, "")


def without_prefixes(subject: str) -> str:
    """A subject without `Re:`, `AW:`, `Fwd:` and the like, in whatever language; the name of a list stays."""
    once = PREFIXES.sub(r"\1", subject)
    return PREFIXES.sub(r"\1", once).strip()

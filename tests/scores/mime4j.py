"""james-mime4j: mails with hard boundaries, and the text of each of their parts in a file of its own."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path

from tests.scores import Score, count
from tests.scores.found import files, opened, texts

CHARSETS = ("utf-8", "iso-8859-15", "koi8-r")


def scores(corpus: Path) -> list[Score]:
    results = {}
    for path in sorted((corpus / "james-mime4j" / "testmsgs").glob("*.msg")):
        found = opened(path.read_bytes())
        seen = _squeezed(" ".join([*texts(found), found.plain, *(_text(file.content) for file in files(found))]))
        ours, theirs = _bodies(path)
        of_theirs = any(len(_squeezed(text)) > 20 and _squeezed(text) in seen for text in map(_text, theirs))
        results[path.stem] = all(_has(seen, body) for body in ours) and not of_theirs
    return [count("james-mime4j", "mails with every text of theirs, and none of a mail in them", results, WHY)]


def _bodies(path: Path) -> tuple[list[bytes], list[bytes]]:
    """The texts of a mail, and those of the mails attached to it."""
    tree = ET.parse(path.with_name(f"{path.stem}_decoded.xml")).getroot()
    inside = _names(body for mail in tree.iter("message") if mail is not tree for body in mail.iter("text-body"))
    every = _names(tree.iter("text-body"))
    content = {name: path.with_name(name).read_bytes() for name in every}
    return [content[name] for name in every - inside], [content[name] for name in inside]


def _names(bodies: Iterable[ET.Element]) -> set[str]:
    return {body.get("name", "") for body in bodies}


def _has(seen: str, body: bytes) -> bool:
    """The oracle's files are in the charset of their mail, which they do not name."""
    return any(_squeezed(_text(body, charset)) in seen for charset in CHARSETS)


def _text(content: bytes, charset: str = "utf-8") -> str:
    return content.decode(charset, "replace")


def _squeezed(text: str) -> str:
    return "".join(text.split())


_SPACE = "its boundary ends with a space, which RFC 2046 forbids; mail servers drop it, so a line without it counts"
WHY = {
    "malformedHeaderStartsBody-nocrlfcrlf": "the line after the malformed one is text too; the mail is held",
    **dict.fromkeys(["very-long-boundary", "very-very-long-boundary", "weird-boundary"], _SPACE),
}

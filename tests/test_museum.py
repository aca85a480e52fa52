"""Mails as mail programs really write them, each beside what it has to become.

`NAME.eml` is a mail, `NAME.html` the body of its post and `NAME.toml` everything else. To add one, put the mail here and
run `python -m tests.museum_write`; read what it wrote before you keep it.
"""

import json
import re
import tomllib
from pathlib import Path

import pytest

from mailpost.post import MEDIA
from mailpost.read import Reading
from tests.letters import read

MUSEUM = Path(__file__).parent / "museum"
MAILS = sorted(MUSEUM.glob("*.eml"))


def exhibit(path: Path) -> Reading:
    return read(path.read_bytes(), received=None)


def body_shown(reading: Reading) -> str:
    """The body with its files numbered, since their digests change with every version of the picture library."""
    if reading.post is None:
        return ""
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"{MEDIA}{numbers.setdefault(match[1], len(numbers) + 1)}.{match[2]}"

    body = re.sub(rf"{MEDIA}(media/\w\w/\w+)\.(\w+)", number, reading.post.body)
    lines = re.sub(r"(</(?:p|h\d|ul|ol|li|blockquote|table|tr|figure|div|pre)>|<hr>|<br>)\n?", "\\1\n", body)
    return lines.strip() + "\n" if lines.strip() else ""


def facts(reading: Reading) -> dict[str, object]:
    post = reading.post
    if post is None:
        return {"outcome": "held" if reading.held else "refused", "reason": str(reading.reason)}
    return {
        "outcome": post.status.value,
        "title": post.title,
        "tags": list(post.tags),
        "published": post.published.isoformat(),
        "text": post.text,
        "trimmed": post.trimmed,
        "warnings": list(reading.warnings),
        "attachments": [
            f"{a.kind.value} {a.name or '(no name)'} {a.type} {a.main.width}x{a.main.height}" for a in post.attachments
        ],
    }


def as_toml(values: dict[str, object]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, list):
        return "[" + "".join(f"\n    {_value(one)}," for one in value) + ("\n]" if value else "]")
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("path", MAILS, ids=[path.stem for path in MAILS])
def test_a_mail_of_the_museum_becomes_what_stands_beside_it(path: Path) -> None:
    found = exhibit(path)
    beside = path.with_suffix(".html").read_text(encoding="utf-8")
    expected = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    assert (facts(found), body_shown(found)) == (expected, beside)


def test_nothing_in_the_museum_is_without_its_mail() -> None:
    names = {path.stem for path in MAILS}
    assert len(names) >= 12
    assert {path.stem for path in MUSEUM.iterdir()} == names


def test_the_museum_names_nobody_real() -> None:
    """Only domains that RFC 2606 keeps for examples."""
    real = set()
    for path in MAILS:
        found = re.findall(rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", path.read_bytes().replace(b"=\r\n", b""))
        real |= {address for address in found if not address.endswith(b".example")}
    assert real == set()

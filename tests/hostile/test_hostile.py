"""Whatever a mail is made of, it becomes a post or is kept with a reason, in seconds, and nothing of it runs or reads.

Each is read as a mailbox's mail is: in a child process with 1 GiB and half a minute, and a second time with care if it
broke that child. `python -m tests.hostile` reads those of a million bytes as well, which takes minutes.
"""

import os
import re

import pytest

from tests.fuzz.campaign import Measured
from tests.hostile import read_all
from tests.hostile.files import FILES
from tests.hostile.pages import PAGES
from tests.hostile.shapes import SHAPES

ALL = {**SHAPES, **FILES, **PAGES}
# The others take minutes: `python -m tests.hostile`.
LONG = re.compile(
    r"T53-1|T55-24-|T55-a-line-of-25-MB-of|T55-25-MB-of-bad|T55-uu|T55-equal|T49-many-levels|T44-50-|T44-GIF-of-300"
)
SMALL = [name for name in ALL if os.environ.get("MAILPOST_FUZZ") or not LONG.match(name)]
HELD = re.compile(
    r"T49-\w+-\d+-deep|T49-each-boundary|T49-10+-parts|T49-many|T50-mail-in-mail-5000|T50-message|T50-partial|T50-external|T55-10-MB"
)


@pytest.fixture(scope="module")
def endings() -> dict[str, Measured | str]:
    return dict(read_all({name: ALL[name] for name in SMALL}))


@pytest.mark.parametrize("name", SMALL)
def test_every_mail_made_to_hurt_ends_with_a_post_or_a_reason(endings: dict[str, Measured | str], name: str) -> None:
    found = endings[name]
    assert isinstance(found, Measured), found
    assert found.ending.startswith(("post: ", "held: ", "refused: "))
    assert not HELD.match(name) or found.ending in ("held: STRUCTURE", "held: PIECES", "refused: EMPTY")

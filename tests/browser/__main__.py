"""Count what a browser does with hostile mail: `python -m tests.browser [FOLDER]`, where FOLDER holds the collections."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.browser import vectors
from tests.browser.campaign import MAILS, RAW, Result, campaign, control
from tests.browser.chromium import Browser, browser
from tests.conftest import ROOT

HEAD = """\
| what | vectors | documents | ran | requests elsewhere | anything else wrong |
|---|---|---|---|---|---|"""


def lines(shown: Browser, corpus: Path) -> Iterator[str]:
    yield HEAD
    hostile = vectors.own() + vectors.collected(corpus)
    every = hostile + vectors.naughty(corpus) + vectors.trees(corpus)
    yield _line("as they are (control)", control(shown, hostile))
    yield _line("in our pages, not sanitised (control)", campaign(shown, RAW, hostile))
    yield _line("in our pages, not sanitised, with our policy", campaign(shown, RAW, hostile, policy=True))
    for kind in MAILS:
        yield _line(f"by mail, as its {kind}", campaign(shown, kind, every))
    yield _line("by mail, as its body, with our policy", campaign(shown, "body", every, policy=True))


def _line(name: str, result: Result) -> str:
    other = sum(not wrong.startswith(("ran: ", "requests: ")) for wrong in result.wrong)
    counts = result.vectors, result.documents, result.ran, result.requests, other
    return f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |"


if __name__ == "__main__":
    corpus = Path(sys.argv[1]) if sys.argv[1:] else ROOT.parent / "shared" / "corpus"
    with browser() as opened:
        for line in lines(opened, corpus):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

"""A sample of the campaign, the same each time; `python -m tests.fuzz` is the whole of it."""

from pathlib import Path

from tests.fuzz.campaign import campaign, seeds


def test_no_mail_of_chance_breaks_the_reader_or_gets_anything_past_it(corpus: Path, tmp_path: Path) -> None:
    """Nothing uncaught, no reader broken, every body as the verifier wants it, every page and feed drawn."""
    report = campaign(seeds(corpus), 500, 7, workers=2, keep=tmp_path)
    assert report.broken == {}
    assert report.mails == 500
    assert report.endings["post: published"] > 100
    assert report.largest[0] < 1 << 30

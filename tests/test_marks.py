"""Marks: what an author says to mailpost inside a mail, and what ordinary writing never says by chance."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailpost.convert import marks, plain, trim
from mailpost.convert.marks import Marks
from mailpost.errors import Refused
from mailpost.message import Text, read_message
from mailpost.mime import facts, split
from mailpost.post import Status

SUBJECTS = {
    "Bread for beginners": Marks("Bread for beginners"),
    "Bread #baking #bread": Marks("Bread", ("baking", "bread")),
    "#bread": Marks("", ("bread",)),
    "Brot #Käse #brot-und-butter": Marks("Brot", ("Käse", "brot-und-butter")),
    "Bread #baking #Baking": Marks("Bread", ("baking",)),
    "Bread ((tag: baking, rye bread))": Marks("Bread", ("baking", "rye bread")),
    "Bread ((Tags: a)) and ((tag: b))": Marks("Bread and", ("a", "b")),
    "Bread ((nogallery))": Marks("Bread", gallery=False),
    "Bread ((private)) #rye": Marks("Bread", ("rye",), status=Status.PRIVATE),
    "Fwd: Re: Bread": Marks("Bread"),
    "AW: WG: Brot": Marks("Brot"),
    "Re[2]: Bread": Marks("Bread"),
    "  Bread \t again ": Marks("Bread again"),
    # ordinary writing
    "We are #1": Marks("We are #1"),
    "Issue #42 is closed": Marks("Issue #42 is closed"),
    "The C# language": Marks("The C# language"),
    "A #hashtag in the middle": Marks("A #hashtag in the middle"),
    "Bread (private)": Marks("Bread (private)"),
    "Bread (tag: x)": Marks("Bread (tag: x)"),
    "Retrospect: a year": Marks("Retrospect: a year"),
    "I: a memoir": Marks("a memoir"),  # the Italian "I:" for a forward; the price of knowing it
    "": Marks(),
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_says_title_and_tags(subject: str) -> None:
    assert marks.from_subject(subject) == SUBJECTS[subject]


TOPS: dict[str, tuple[dict[str, str], str]] = {
    "title: Rye\ntags: a, b\n\nText": ({"title": "Rye", "tags": "a, b"}, "Text"),
    "\n\nTitle: Rye\n\nText": ({"title": "Rye"}, "Text"),
    "slug: rye": ({"slug": "rye"}, ""),
    "title: Rye\nand more\n\nText": ({}, "title: Rye\nand more\n\nText"),
    "title: Rye\nText": ({}, "title: Rye\nText"),
    "recipe: Rye\n\nText": ({}, "recipe: Rye\n\nText"),
    "Title:\n\nText": ({}, "Title:\n\nText"),
    "Hello: you\n\ntitle: Rye": ({}, "Hello: you\n\ntitle: Rye"),
    "": ({}, ""),
}


@pytest.mark.parametrize("text", TOPS)
def test_a_header_block_counts_only_where_every_line_has_a_known_key(text: str) -> None:
    values, rest = marks.from_top(text)
    assert (dict(values), rest) == TOPS[text]


def test_a_post_ends_at_a_line_of_its_own() -> None:
    assert marks.until_end("a\n#end\nb") == ("a\n", "\nb")
    assert marks.until_end("a\n  #END \nb") == ("a\n", "\nb")
    for text in ("a #end\nb", "#ending\nb", "# end", "> #end\nb"):
        assert marks.until_end(text) == (text, "")


def test_the_body_counts_before_the_subject_and_the_address_before_both() -> None:
    subject = marks.from_subject("Bread #rye ((private))")
    values = {"title": "Rye", "tags": "#sour, rye", "status": "published"}
    assert marks.combine(subject, values, frozenset()) == Marks(
        "Rye", ("rye", "sour"), status=Status.PUBLISHED, values=values
    )
    assert marks.combine(subject, values, frozenset({"draft"})).status is Status.DRAFT
    assert marks.combine(subject, {"status": "nonsense"}, frozenset()).status is Status.PRIVATE


PREFIXED = [
    "Re: Bread",
    "RE : Bread",
    "Re:Re: Bread",
    "AW: WG: Bread",
    "Antw: Bread",
    "SV: VB: Bread",
    "Odp: Bread",
    "RIF: R: Bread",
    "TR: Bread",
    "RV: Bread",
    "ENC: RES: Bread",
    "YNT: Bread",
    "VÁ: Bread",
    "VL: Bread",
    "Отв: Bread",
    "回复：Bread",
    "返信: Bread",
    "転送: Bread",
    "답장: Bread",
    "AW (3): Bread",
    "Re^2: Bread",
    "Bread (fwd)",
]


@pytest.mark.parametrize("subject", PREFIXED)
def test_what_programs_put_around_a_subject_is_no_title(subject: str) -> None:
    assert marks.from_subject(subject) == Marks("Bread")


NUMBERED = [
    "Order #e13011",
    "Look at commit #3fa8c2d",
    "Fixed in #GH-123",
    "We are #1",
    "Summer of #69",
    "Bread #rye #1",
    "Ticket #4711a #4711",
]


@pytest.mark.parametrize("subject", NUMBERED)
def test_a_number_is_no_tag(subject: str) -> None:
    assert marks.from_subject(subject) == Marks(subject)


@pytest.mark.parametrize(
    "tag", ["bread", "cafe", "decade", "mp3", "covid19", "Käse", "пиво", "花見", "brot-und-butter"]
)
def test_a_word_is_a_tag(tag: str) -> None:
    assert marks.from_subject(f"Title #{tag}") == Marks("Title", (tag,))


def test_a_value_that_is_of_no_use_is_reported() -> None:
    values, rest = marks.from_top("title: Rye\nstatus: secret\n\nText")
    said = marks.combine(Marks(), values, frozenset())
    assert (rest, said.title, said.status) == ("Text", "Rye", None)
    assert said.warnings == ("status: “secret” was not understood; write published, private, draft",)
    assert marks.combine(Marks(), {"status": "Draft"}, frozenset()).warnings == ()


@pytest.mark.parametrize("line", ["Status: tired", "Date: next Saturday at noon"])
def test_a_line_that_only_looks_like_a_mark_stays(line: str) -> None:
    text = f"{line}\n\nIt was a long day."
    assert marks.from_top(text)[1] == text


def test_the_days_and_covers_of_a_header_block_are_read() -> None:
    text = "date: 2026-03-01\ncover: bread.jpg\n\nText"
    assert marks.from_top(text) == ({"date": "2026-03-01", "cover": "bread.jpg"}, "Text")


def test_a_key_that_does_nothing_is_text_and_not_swallowed() -> None:
    text = "title: One\nweather: two\n\nBody"
    assert marks.from_top(text) == ({}, text)


def test_the_end_of_a_block_of_code_is_not_the_end_of_the_post() -> None:
    text = "```\nif x\n#end\n```\nmore\n"
    assert marks.until_end(text) == (text, "")
    assert marks.until_end(text + "#end\nrest") == (text, "\nrest")


@pytest.mark.parametrize("storm", ["#a ", "((tag: ", "((", "Re: ", "title: a\n", "#end ", "```\n"])
def test_no_mark_takes_long_to_read(storm: str) -> None:
    text = storm * (200_000 // len(storm))
    assert marks.from_subject(text).status is None
    assert marks.until_end(text)[1] == ""
    marks.from_top(text)


def bodies(corpus: Path) -> Iterator[tuple[str, str, str]]:
    """Name, subject and text of every mail, and every text that is a reply without its header."""
    for path in sorted(corpus.rglob("*")):
        if path.suffix == ".eml":
            raw = path.read_bytes()
            head, _ = split(raw)
            try:
                message = read_message(raw)
            except Refused:
                continue
            texts = [plain.unflow(t) for t in message.pieces if isinstance(t, Text) and not t.html]
            yield path.name, facts(head).subject if len(head) < 20_000 else "", "\n\n".join(texts or [message.plain])
        elif "reply" in str(path) and path.suffix == ".txt":
            yield path.name, "", path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")


def test_ordinary_writing_never_makes_a_mark(corpus: Path) -> None:
    """Of seven hundred texts that knew nothing of us, none has a mark, neither as it came nor trimmed."""
    seen, marked = 0, {}
    for name, subject, text in bodies(corpus):
        seen += 1
        said = marks.from_subject(subject)
        kept = trim.from_text(text, forward=False, reply=True).kept
        found = [marks.from_top(body)[0] or marks.until_end(body)[1] for body in (text, kept)]
        if said.tags or said.status or not said.gallery or any(found):
            marked[name] = (said, found)
    assert seen > 650
    assert marked == {}

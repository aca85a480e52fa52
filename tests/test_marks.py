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
from tests.letters import body_of, html, mixed, read
from tests.pictures import jpeg, part

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
    "Bread #baking, #rye": Marks("Bread", ("baking", "rye")),
    "花見 ＃さくら": Marks("花見", ("さくら",)),
    "Bread ((tag: #baking #rye))": Marks("Bread", ("baking", "rye")),
    "Our trip to #Berlin #travel": Marks("Our trip to Berlin", ("Berlin", "travel")),
    "Bread & #butter": Marks("Bread & butter", ("butter",)),
    # ordinary writing
    "Bread #baking, and #rye bread": Marks("Bread #baking, and #rye bread"),
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
    "title:\u00a0Rye\n\nText": ({"title": "Rye"}, "Text"),
    "slug: rye": ({"slug": "rye"}, ""),
    "title: Rye\n \t\nText": ({"title": "Rye"}, "Text"),
    "title: Rye\n": ({"title": "Rye"}, ""),
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


@pytest.mark.parametrize(
    "line",
    ["Status: tired", "Date: next Saturday at noon", "Date: 2026-03-01 was a good day", "Cover: the old one by Ann"],
)
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


def test_tags_of_a_header_block_may_look_like_those_of_a_subject() -> None:
    assert marks.combine(Marks(), {"tags": "#baking #rye bread, sour"}, frozenset()).tags == (
        "baking",
        "rye bread",
        "sour",
    )


HTML_ENDS = {
    "right below a line": "<div>One</div><div><br></div><div>two</div><div>#end</div><div>hidden</div><div><br></div><div>more</div>",
    "right above a line": "<div>One</div><div>two</div><div><br></div><div>#end</div><div>hidden</div><div><br></div><div>more</div>",
    "between breaks": "One<br><br>two<br><b>#end</b><br>hidden<br><br>more",
    "in paragraphs": "<p>One</p><p>two</p><p> #end&nbsp;</p><p>hidden</p><p>more</p>",
    "in a layout": "<table><tr><td><p>One</p><p>two</p><p>#end</p><p>hidden</p></td></tr><tr><td>more</td></tr></table>",
}


@pytest.mark.parametrize("name", HTML_ENDS)
def test_a_post_of_html_ends_at_a_line_of_its_own(name: str) -> None:
    found = read(html(HTML_ENDS[name])).post
    assert found is not None
    assert found.text.split() == ["One", "two"]
    assert found.trimmed == "#end\nhidden\nmore"


@pytest.mark.parametrize(
    "content", ["<p>#end of it</p>", "<blockquote>#end</blockquote>", "<pre>if x\n#end\n</pre>", "a #end"]
)
def test_ordinary_html_does_not_end_a_post(content: str) -> None:
    found = read(html(f"<p>One</p>{content}<p>more</p>")).post
    assert found is not None
    assert found.text.endswith("more")


def test_a_picture_below_the_end_is_not_published() -> None:
    parts = [part(jpeg(colour=c), "image/jpeg", f"Content-ID: <{c}>") for c in ("red", "blue")]
    content = "<p><img src='cid:red'></p><p>One</p><p>#end</p><p><img src='cid:blue'><img src='cid:red'></p>"
    found = read(mixed("related", f"Content-Type: text/html\n\n{content}", *parts)).post
    assert found is not None
    assert (found.body.count("<figure"), len(found.attachments)) == (1, 1)


HTML_TOPS = {
    "Gmail": "<div dir=ltr>title: Rye<div>tags: a, b</div><div><br></div><div>Text</div></div>",
    "breaks": "\n title:\n&nbsp;Rye<br>tags: a, b<br><br>Text",
    "Outlook": "<p class=MsoNormal>title: Rye<o:p></o:p></p><p class=MsoNormal>tags: a, b<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Text</p>",
    "each line a paragraph": "<p>title: Rye</p><p>tags: a, b</p><p>Text</p>",
}  # fmt: skip


@pytest.mark.parametrize("name", HTML_TOPS)
def test_a_header_block_of_html_is_what_a_reader_sees_as_one(name: str) -> None:
    found = read(html(HTML_TOPS[name])).post
    assert found is not None
    assert (found.title, found.tags, found.text) == ("Rye", ("a", "b"), "Text")


NO_HTML_TOPS = [
    "<div>title: Rye</div><div>tags: a</div><div>Text</div>",
    "<div>title: Rye</div><div>by Ann</div><div><br></div><div>Text</div>",
    "<blockquote>title: Rye</blockquote><p>Text</p>",
    "<div>One</div><div><br></div><div>title: Rye</div><div><br></div><div>Text</div>",
]


@pytest.mark.parametrize("content", NO_HTML_TOPS)
def test_ordinary_html_has_no_header_block(content: str) -> None:
    found = read(html(content)).post
    assert found is not None
    assert (found.title, "title: Rye" in found.text) == ("Spring", True)


def test_after_an_empty_line_everything_is_text() -> None:
    found = read(html("title: Rye<br><br>Summary: we won.<br><br>Text")).post
    assert found is not None
    assert (found.title, found.text) == ("Rye", "Summary: we won.\n\nText")


def test_a_picture_above_a_line_stays_above_it() -> None:
    raw = mixed(
        "related",
        "Content-Type: text/html\n\n<img src='cid:a'>title: Rye<br><br>T",
        part(jpeg(), "image/jpeg", "Content-ID: <a>"),
    )
    found = read(raw).post
    assert found is not None
    assert found.body.index("<figure") < found.body.index("title: Rye")


def test_only_the_first_text_of_a_mail_has_a_header_block() -> None:
    texts = [f"Content-Type: text/plain\n\n{text}\n" for text in ("One", "title: Rye\n\nTwo")]
    found = read(mixed("mixed", texts[0], part(jpeg(), "image/jpeg"), texts[1])).post
    assert found is not None
    assert (found.title, found.text) == ("Spring", "One\n\ntitle: Rye\n\nTwo")


@pytest.mark.parametrize("storm", ["#a ", "((tag: ", "((", "Re: ", "title: a\n", "#end ", "```\n"])
def test_no_mark_takes_long_to_read(storm: str) -> None:
    text = storm * (200_000 // len(storm))
    assert marks.from_subject(text).status is None
    assert marks.until_end(text)[1] == ""
    marks.from_top(text)


def test_many_tags_that_are_none_take_no_time() -> None:
    assert marks.from_subject("#a " * 60_000 + "end").tags == ()
    assert marks.from_top("tags: " + "#a " * 60_000)[1] == ""
    assert marks.from_top("title: a\n" + " \t" * 100_000 + "b") == ({}, "title: a\n" + " \t" * 100_000 + "b")
    assert body_of(html("<p>tags: a</p>" * 4000)) == ""
    assert body_of(html("<p>#end</p>" * 4000)) == ""


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

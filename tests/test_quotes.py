"""What is cut from html, and above all what is not: quotes, signatures, footers, and the pictures in them."""

import random
import re

import pytest

from mailpost.convert import rich
from mailpost.convert.rich import quotes
from tests.letters import html, letter, mixed, read
from tests.pictures import jpeg, part

BEN = "Ben &lt;ben@x.example&gt;"
HEAD = f"<b>From:</b> {BEN}<br><b>Sent:</b> Sunday, March 1, 2026 8:11 PM<br><b>To:</b> Ann<br><b>Subject:</b> Peas<br><br>"
WROTE = f"On Sun, 1 Mar 2026 at 20:11, {BEN} wrote:"

CUT = {
    "Outlook, below a line": f'<p>Hello</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p>{HEAD}</p></div><p>Hi</p>',
    "Outlook, without a line": f"<p>Hello</p><p>{HEAD}</p><p>Hi</p>",
    "Outlook, names only": "<p>Hello</p><hr><p><b>From:</b> Ben<br><b>Sent:</b> 1 March 2026 20:11<br><b>To:</b> Ann<br><b>Subject:</b> Peas</p><p>Hi</p>",
    "Outlook on the web in a language nobody here knows": '<p>Hello</p><hr><div id="divRplyFwdMsg"><b>Q:</b> Ben</div><div>Hi</div>',
    "Outlook on a phone": f'<div>Hello</div><div id="ms-outlook-mobile-signature">Ann</div><div id="mail-editor-reference-message-container"><div>{HEAD}</div>Hi</div>',
    "Outlook for Mac": f'<div>Hello</div><span id="OLK_SRC_BODY_SECTION"><div>{HEAD}</div><div>Hi</div></span>',
    "Hotmail": f'<div>Hello<br><br><hr id="stopSpelling">Date: Thu, 26 Jun 2014 13:53:45 +0400<br>Subject: Peas<br>From: {BEN}<br>To: Ann<br><div class="ecxx">Hi</div></div>',
    "Zimbra": f'<div>Hello</div><hr id="zwchr"><div>{HEAD}</div><div>Hi</div>',
    "GMX": f'<div>Hello</div><div style="margin:10px;border-left:2px solid #C3D9E5"><div><b>Gesendet:</b> Sonntag, 1. März 2026 um 20:11 Uhr<br><b>Von:</b> {BEN}<br><b>An:</b> Ann<br><b>Betreff:</b> Erbsen</div><div>Hi</div></div>',
    "Windows Mail": '<div>Hello</div><div style="border-top:1px solid"><b>От:</b> <a href="mailto:ben@x.example">Ben</a><br><b>Отправлено:</b> четверг, 26 июня 2014 г. 15:05<br><b>Кому:</b> <a href="mailto:ann@y.example">Ann</a></div><div>Hi</div>',
    "AOL": f"<div>Hello</div><div>-----Original Message-----<br>From: {BEN}<br>To: Ann<br>Sent: Sun, Mar 1, 2026 8:11 pm<br>Subject: Peas<br>Hi</div>",
    "a quote without marks below an introduction": f"<p>Hello</p><p>{WROTE}</p><blockquote>Hi</blockquote>",
    "an introduction over three lines": f"<p>Hello</p>On Sun, 1 Mar 2026<br>at 20:11, {BEN}<br>wrote:<br><blockquote type=cite>Hi</blockquote>",
    "lines with angles": f"<div>Hello</div><div>{WROTE}</div><div>&gt; Hi</div><div>&gt; there</div>",
    "Hotmail in plain text": f"<div>Hello<br><br>&gt; Subject: Peas<br>&gt; From: {BEN}<br>&gt; To: Ann<br>&gt; Date: Mon, 2 Apr 2012 17:44:22 +0400<br>&gt; <br>&gt; Hi</div>",
    "Tutanota": '<div>Hello</div><div>1 Mar 2026, 20:11 by ben@x.example:</div><blockquote class="tutanota_quote">Hi</blockquote>',
    "an answer between, nothing after the last quote": f"<p>{WROTE}</p><blockquote type=cite>One?</blockquote><p>Hello</p><blockquote type=cite>Hi</blockquote>",
    "a signature above the quote": f"<p>Hello</p><p>-- <br>Ann<br>Street 5</p><p>{WROTE}</p><blockquote type=cite>Hi</blockquote>",
    "a signature below the quote": f"<p>Hello</p><p>{WROTE}</p><blockquote type=cite>Hi</blockquote><p>-- <br>Ann<br>Street 5</p>",
    "a footer above the quote": f"<div>Hello</div><div>Sent from my iPhone</div><div>{WROTE}</div><blockquote type=cite>Hi</blockquote>",
    "a notice": "<p>Hello</p><p>-- <br>Ann</p><p>This e-mail is confidential and intended solely for the use of the individual to whom it is addressed. If you are not the intended recipient, delete it.</p>",
    "a mailing list": "<div>Hello</div><div>_______________________________________________<br>Bees mailing list<br>bees@x.example<br>https://x.example/listinfo/bees</div>",
    "a notification": '<p>Hello</p><p style="font-size:small">&mdash;<br>Reply to this email directly, <a href="https://x.example/1">view it on GitHub</a>, or <a href="https://x.example/2">unsubscribe</a>.<br>You are receiving this because you were mentioned.</p>',
    "Zoho's signature": '<div>Hello</div><div id="Zm-_Id_-Sgn">Ann</div>',
    "two hyphens and a hard space": "<div>Hello</div><div>--&nbsp;</div><div>Ann</div><div>Head of a garden with a very long name, in the town by the river, open to visitors on Sundays</div>",
}  # fmt: skip


@pytest.mark.parametrize("name", CUT)
def test_what_a_program_added_is_cut_and_kept_aside(name: str) -> None:
    post = read(html(CUT[name])).post
    assert post is not None
    assert post.text.split("\n")[-1] == "Hello"
    assert post.trimmed


KEPT = {
    "an answer below": f"<p>{WROTE}</p><blockquote type=cite>Hi</blockquote><p>own words</p>",
    "an answer below a quoted Outlook mail": f"<p>Hello</p><p>{WROTE}</p><blockquote type=cite><p>{HEAD}</p>Hi</blockquote><p>own words</p>",
    "answers in the element of the quote": f'<div class="gmail_quote"><div class="gmail_attr">{WROTE}</div><blockquote class="gmail_quote">One?</blockquote><div>own words</div></div>',
    "words in the element of the introduction": f'<div class="moz-cite-prefix">own words</div><div class="moz-cite-prefix">{WROTE}</div><blockquote type=cite>Hi</blockquote>',
    "words in the element of the quote, above it": f'<div class="gmail_quote"><div>own words</div><div>{WROTE}</div><blockquote class="gmail_quote">Hi</blockquote></div>',
    "answers announced": f"<p>Hello, see my answers below in red.</p><hr><p>{HEAD}</p><p>Hi <span style='color:red'>own words</span></p>",
    "a quote that is announced": f"<p>Look what came today:</p><p>{HEAD}</p><p>own words</p>",
    "a citation at the end": "<p>On 12 May 1940 he wrote:</p><blockquote>own words</blockquote>",
    "a citation by the button for quotes": "<p>Hello</p><blockquote class='gmail_quote'>own words</blockquote>",
    "a citation by the command for quotes": "<p>Hello</p><blockquote type=cite>own words</blockquote>",
    "a memo": "<p>This hung in the kitchen</p><p>From: the cook<br>To: all<br>Date: always<br>Subject: own words</p>",
    "a journey": "<p>Our journey</p><p>From: the sea<br>To: the hills<br>Date: 3 May 2026</p><p>own words</p>",
    "a line between two parts": "<p>Hello</p><hr><p>own words</p>",
    "a mark that ends nothing": '<div>Hello</div><div id="appendonsend"></div><div>own words</div>',
    "two hyphens between verses": "<p>One</p><p>--</p><p>two</p><p>--</p><p>own words</p>",
    "two hyphens above a story": "<p>One</p><p>--</p><p>A long line begins here, and goes on, and does not end where a signature would have ended: own words</p>",
    "words below a signature": '<div>Hello</div><div class="gmail_signature">Ann</div><div>own words</div>',
    "a whole letter in a signature": f'<div>Hello</div><div id="Signature"><p>{"Far too much for a signature. " * 20}</p><p>own words</p></div>',
    "nothing but a quote": f"<div>{WROTE}</div><blockquote type=cite>own words</blockquote>",
    "nothing but a signature": '<div class="gmail_signature">own words</div>',
    "a footer in the middle": "<p>Sent from my iPhone</p><p>is what it says below every mail. own words</p>",
    "an answer inside a mail, below nothing but a greeting": f"<p>Hi Ben,</p><p>{HEAD}</p><p>Hi</p><p>own words</p>",
    "an invitation": "<p>Come!</p><p>Open garden<br>3 May, 10:00<br>030 1234567<br>www.garden.example<br>own words</p>",
    "a poem": "<p>Snow</p><p>on the hill<br>and on the mill<br>own words</p>",
    "text after a list of Word": "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>a</p>own words",
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_the_author_s_own_words_stay(name: str) -> None:
    post = read(html(KEPT[name])).post
    assert post is not None
    assert "own words" in post.text


def test_a_forward_keeps_what_it_brings_without_addresses_and_without_the_author_s_signature() -> None:
    body = (
        "<div>Look, and write to ann@y.example!</div><div>-- <br>Ann<br>Street 5</div><br><div class='gmail_quote'>"
        "---------- Forwarded message ---------<br>From: Ben &lt;<a href='mailto:ben@x.example'>ben@x.example</a>&gt;<br>"
        "To: Carol (carol@x.example), Dora<br><br>Ask <a href='mailto:dora@x.example'>Dora</a>.<br>-- <br>Ben</div>"
    )
    for subject in ("Fwd: Peas", "Peas"):
        post = read(letter(body, {"Content-Type": "text/html", "Subject": subject})).post
        assert post is not None
        assert post.text.split("\n") == [
            "Look, and write to ann@y.example!", "",
            "---------- Forwarded message ---------", "From: Ben", "To: Carol, Dora", "", "Ask Dora.", "--", "Ben",
        ]  # fmt: skip
        assert "mailto" not in post.body
        assert post.trimmed == "--\nAnn\nStreet 5"


def test_other_people_s_addresses_go_from_quotes_that_stay() -> None:
    post = read(
        html(f"<p>{WROTE}</p><blockquote type=cite>Ask dora@x.example</blockquote><p>No, ask me: ann@y.example</p>")
    ).post
    assert post is not None
    assert post.text == "On Sun, 1 Mar 2026 at 20:11, Ben wrote:\n\nAsk\n\nNo, ask me: ann@y.example"


def test_the_header_of_a_mail_that_stays_loses_its_addresses() -> None:
    for above in ("Hi Ben,", "Look what came today:"):
        post = read(html(f"<p>{above}</p><p>{HEAD}</p><p>Snow? Ask ann@y.example</p>")).post
        assert post is not None
        head = "From: Ben\nSent: Sunday, March 1, 2026 8:11 PM\nTo: Ann\nSubject: Peas"
        assert post.text == f"{above}\n\n{head}\n\nSnow? Ask ann@y.example"


ROW = "<tr>\n<th align=RIGHT nowrap>{0}: </th>\n<td>{1}</td>\n</tr>"
LINK = '<a href="mailto:{0}@x.example">{0}@x.example</a>'
FORWARDED = {
    "Gmail": f"From: Ben &lt;{LINK.format('ben')}&gt;<br>Subject: Peas<br>To: &lt;{LINK.format('ann')}&gt;<br><br>Hi",
    "Outlook": "From: Ben<br>To: ann@x.example; c@x.example<br>Cc: 'dora@x.example'<br>Subject: Peas<br><br>Hi",
    "Thunderbird": f"<table>{ROW.format('From', 'Ben')}{ROW.format('To', LINK.format('ann'))}{ROW.format('Subject', 'Peas')}</table>Hi",
    "Apple Mail": f"<div><b>From: </b>Ben</div><div><b>To: </b>{LINK.format('ann')}</div><div><b>Subject: </b>Peas</div><br>Hi",
}


@pytest.mark.parametrize("program", FORWARDED)
def test_a_line_of_a_forward_that_held_only_addresses_goes(program: str) -> None:
    post = read(html(f"<p>Look</p><div>-------- Forwarded Message --------</div>{FORWARDED[program]}")).post
    assert post is not None
    said = post.text.removeprefix("Look\n\n-------- Forwarded Message --------").split("\n")
    assert [line for line in said if line] == ["From: Ben", "Subject: Peas", "Hi"]
    assert post.trimmed == ""


EMPTY = "<div><br></div>"
FOOTER = f"{EMPTY}<div>Sent from my iPhone</div>{EMPTY}"
ABOVE_TEXT = {
    "between two thoughts": (f"<div>Hello</div>{FOOTER}<div>Bye</div>", ["Hello", "Bye"]),
    "above a quote with answers": (f"<div>Hello</div>{FOOTER}<div>{WROTE}</div><blockquote type=cite>Hi</blockquote><div>Bye</div>", ["Hello", WROTE.replace(f" {BEN}", " Ben"), "Hi", "Bye"]),
    "above a forward": (f"<div>Hello</div>{FOOTER}<div>Begin forwarded message:</div><blockquote type=cite>Hi</blockquote>", ["Hello", "Begin forwarded message:", "Hi"]),
    "in a quote": (f"<div>Hello</div><div>{WROTE}</div><blockquote type=cite><div>Hi</div>{FOOTER}<div>Ho</div></blockquote><div>Bye</div>", ["Hello", WROTE.replace(f" {BEN}", " Ben"), "Hi", "Sent from my iPhone", "Ho", "Bye"]),
    "spoken of": (f"<div>They all end in:</div>{FOOTER}<div>Bye</div>", ["They all end in:", "Sent from my iPhone", "Bye"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ABOVE_TEXT)
def test_a_phone_s_own_footer_goes_even_above_text(name: str) -> None:
    body, said = ABOVE_TEXT[name]
    post = read(html(body)).post
    assert post is not None
    assert [line for line in post.text.split("\n") if line] == said
    assert (post.trimmed + "".join(said)).count("Sent from my iPhone") == 1


CARD = "<p>Ann<br>030 1234567<br>www.x.example</p>"
TOLD = {
    "a mail that no mark calls a quote": (CUT["Outlook, without a line"], "5 lines of a quoted mail were cut; if you wrote between them, restore the post"),
    "a card that no mark calls one": (f"<p>Hello</p>{CARD}", "the last lines show a telephone number and an address to everybody; below “-- ” they would be cut"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_an_author_is_told_of_what_trimming_cannot_know(name: str) -> None:
    body, told = TOLD[name]
    assert read(html(body)).warnings == (told,)


def test_nothing_is_told_of_what_is_marked() -> None:
    quoted = f"<p>Hello</p><p>{WROTE}</p><blockquote type=cite>Hi{CARD}</blockquote>"
    forward = f"<p>Hello</p><p>Begin forwarded message:</p><p>From: Ben</p>{CARD}"
    for body in (quoted, f"<p>Hello</p><p>-- <br></p>{CARD}", f"{quoted}<p>Bye</p>", forward):
        assert read(html(body)).warnings == ()


PICTURE = '<img src="cid:a@x" width="{0}" height="{0}">'
WITH_PICTURE = {
    "in a quote": (f"<p>Hello</p><p>{WROTE}</p><blockquote type=cite>Hi {PICTURE}</blockquote>", 900, 0),
    "alone at the end of a quote": (f"<p>Hello</p><p>{WROTE}</p><blockquote type=cite>Hi<p>{PICTURE}</p></blockquote>", 900, 0),
    "below a header": (f"<p>Hello</p><p>{HEAD}</p><p>Hi {PICTURE}</p>", 900, 0),
    "in a signature": (f"<p>Hello</p><div class='gmail_signature'>Ann<br>{PICTURE}</div>", 900, 0),
    "a logo below two hyphens": (f"<p>Hello</p><p>-- <br>Ann<br>{PICTURE}</p>", 90, 0),
    "a photo below two hyphens": (f"<p>Hello</p><p>-- <br>Ann</p><p>{PICTURE}</p>", 900, 1),
    "a small one of the author's above a quote": (f"<p>Hello</p><p>{PICTURE}</p><p>{WROTE}</p><blockquote type=cite>Hi</blockquote>", 90, 1),
    "a photo below a quote": (f"<p>Hello</p><p>{WROTE}</p><blockquote type=cite>Hi</blockquote><p>{PICTURE}</p>", 900, 1),
    "a photo below a footer": (f"<p>Hello</p><p>Sent from my iPhone</p><p>{PICTURE}</p>", 900, 1),
    "in the text and in the quote": (f"<p>Hello {PICTURE}</p><p>{WROTE}</p><blockquote type=cite>Hi {PICTURE}</blockquote>", 900, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", WITH_PICTURE)
def test_a_picture_goes_with_what_is_cut_and_no_other_does(name: str) -> None:
    body, size, shown = WITH_PICTURE[name]
    raw = mixed(
        "mixed",
        f"Content-Type: text/html\n\n{body.format(size)}\n",
        part(jpeg(), "image/jpeg", "Content-ID: <a@x>"),
        part(jpeg(colour="blue"), "image/jpeg", "Content-ID: <never@x>\nContent-Disposition: attachment"),
    )
    post = read(raw).post
    assert post is not None
    assert (post.body.count("<figure"), len(post.attachments)) == (shown + 1, shown + 1)
    assert [word in post.text for word in ("Hello", "Hi", "Ann")] == [True, False, False]


def test_an_answer_that_is_only_a_photo_loses_its_quote() -> None:
    raw = mixed(
        "mixed",
        f"Content-Type: text/html\n\n<div>{WROTE}</div><blockquote type=cite>Hi</blockquote>\n",
        part(jpeg(), "image/jpeg", 'Content-Disposition: attachment; filename="a.jpg"'),
    )
    post = read(raw).post
    assert post is not None
    assert (post.text, len(post.attachments)) == ("", 1)


TAGS = (
    "p div span b i ul ol li table tr td th blockquote h1 h2 pre center font a dl dt dd br hr figure s code".split()  # noqa: SIM905 - words
)
MARKS = (
    "", "class=MsoNormal", "class=MsoListParagraph style='mso-list:l0 level2 lfo1'", "style='white-space:pre-wrap'",
    "dir=auto", "style='font-weight:bold;font-style:italic'", "class=gmail_quote", "type=cite", "class=gmail_signature",
    "style='border-top:solid red'", "class=MsoQuote", "class=yahoo_quoted", "class=moz-cite-prefix",
)  # fmt: skip
WORDS = re.compile(r"w\d+x")


def tangle(dice: random.Random, depth: int = 0) -> str:
    """Html as no program writes it."""
    out = ""
    for _ in range(dice.randint(1, 4)):
        if depth > 6 or dice.random() < 0.4:
            out += f" w{dice.randrange(10**9)}x " + dice.choice(["", "\n", "&nbsp; ", "-- ", "&gt; ", WROTE])
        else:
            tag = dice.choice(TAGS)
            inside = "" if tag in ("br", "hr") else tangle(dice, depth + 1) + f"</{tag}>" * (dice.random() < 0.95)
            out += f"<{tag} {dice.choice(MARKS)}>{inside}"
    return out


@pytest.mark.parametrize("seed", range(300))
def test_every_word_is_in_the_post_or_among_what_was_cut_in_its_order(seed: int) -> None:
    tree = rich.to_tree(tangle(random.Random(seed)))
    there = WORDS.findall("".join(tree.itertext()))
    cut = set(WORDS.findall(quotes.cut(tree, forward=bool(seed % 3)).text))
    assert WORDS.findall("".join(rich.to_html(tree, lambda _: None).itertext())) == [w for w in there if w not in cut]


STORMS = {
    "quotes": f"<div>{WROTE}</div><blockquote type=cite>x</blockquote>" * 3000,
    "quotes without an introduction": "<div>x</div><blockquote type=cite>x</blockquote>" * 5000,
    "headers": f"<div>x</div><p>{HEAD}</p>" * 1000,
    "halves of headers": "<div>From: ben@x.example</div>" * 8000,
    "two hyphens": "<p>-- </p>" * 9000,
    "footers": "<div>Sent from my iPhone</div>" * 8000,
    "announcements": "my comments " * 30_000 + "<hr>" + HEAD,
    "addresses": '<a href="mailto:a@x.example">a@x.example</a> ' * 5000,
    "pictures": '<img src="cid:a">' * 9000,
    "signatures": "<div class=gmail_signature>a</div>" * 8000,
    "names of style sheets": f'<p class="{"ydp0123456789abcdef" * 800}">x</p>' * 30,
    "borders": f'<p style="{"border-top-" * 1400}">x</p>' * 30,
    "one line": "On wrote: " * 40_000,
    "labels": "<div>To: a@x.example, b@x.example</div>" * 5000,
    "a list of addresses": "<div>To: " + "a@x.example, " * 20_000 + "</div>",
    "telephones": "<div>Hello</div>" + "<div>+49 30 1234567</div>" * 8000,
    "angles": "&gt; " * 90_000,
}


@pytest.mark.parametrize("name", STORMS)
@pytest.mark.parametrize("forward", [True, False])
def test_no_mail_keeps_the_scissors_busy(name: str, *, forward: bool) -> None:
    quotes.cut(rich.to_tree(STORMS[name]), forward=forward)

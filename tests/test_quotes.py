"""What is cut from html, and above all what is not: quotes, signatures, footers, and the pictures in them."""

import random
import re

import pytest

from mailpost.convert import rich, without
from mailpost.convert.rich import forwards, quotes
from mailpost.post import Post
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
        said = ["Look, and write to ann@y.example!", "", "Ben", "", "Ask Dora.", "", "--", "", "Ben"]
        assert post.text.split("\n") == said
        assert "mailto" not in post.body
        header = "---------- Forwarded message ---------\nFrom: Ben <ben@x.example>\nTo: Carol (carol@x.example), Dora"
        assert post.trimmed == f"--\nAnn\nStreet 5\n{header}"


def test_other_people_s_addresses_go_from_quotes_that_stay() -> None:
    post = read(
        html(f"<p>{WROTE}</p><blockquote type=cite>Ask dora@x.example</blockquote><p>No, ask me: ann@y.example</p>")
    ).post
    assert post is not None
    assert post.text == "On Sun, 1 Mar 2026 at 20:11, Ben wrote:\n\nAsk […]\n\nNo, ask me: ann@y.example"


def test_the_header_of_a_mail_that_stays_loses_its_addresses() -> None:
    for above in ("Hi Ben,", "Look what came today:"):
        post = read(html(f"<p>{above}</p><p>{HEAD}</p><p>Snow? Ask ann@y.example</p>")).post
        assert post is not None
        head = "From: Ben\nSent: Sunday, March 1, 2026 8:11 PM\nTo: Ann\nSubject: Peas"
        assert post.text == f"{above}\n\n{head}\n\nSnow? Ask ann@y.example"


ROW = "<tr>\n<th align=RIGHT nowrap>{0}: </th>\n<td>{1}</td>\n</tr>"
LINK = '<a href="mailto:{0}@x.example">{0}@x.example</a>'
MARK = "<div>-------- Forwarded Message --------</div>"
DAY = "1 March 2026 at 18:00"
FORWARDED = {
    "Gmail": f"<div class=gmail_quote><div class=gmail_attr>---------- Forwarded message ---------<br>From: <b>Ben</b> &lt;{LINK.format('ben')}&gt;<br>Date: {DAY}<br>Subject: Peas<br>To: &lt;{LINK.format('ann')}&gt;<br></div><br><br><div>Hi<div><br></div><div>Ho</div></div></div>",
    "Gmail in German": f"<div class=gmail_quote>---------- Weitergeleitete Nachricht ----------<br>Von: <b>Ben</b> &lt;{LINK.format('ben')}&gt;<br>Datum: {DAY}<br>Betreff: Peas<br>An: {LINK.format('ann')}<br><br>Hi<br><br>Ho</div>",
    "Outlook": f"<hr><p><b>From:</b> Ben<br><b>Sent:</b> {DAY}<br><b>To:</b> ann@x.example; c@x.example<br><b>Cc:</b> 'dora@x.example'<br><b>Subject:</b> Peas</p><p>Hi</p><p>Ho</p>",
    "Outlook on the web": f'<div id="appendonsend"></div><hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> Ben &lt;ben@x.example&gt;<br><b>Sent:</b> {DAY}<br><b>To:</b> Ann<br><b>Subject:</b> Peas</font><div>&nbsp;</div></div><div>Hi</div><div><br></div><div>Ho</div>',
    "Thunderbird": f"<div class=moz-forward-container><br>-------- Forwarded Message --------<table class=moz-email-headers-table><tbody>{ROW.format('Subject', 'Peas')}{ROW.format('Date', DAY)}{ROW.format('From', 'Ben ' + LINK.format('ben'))}{ROW.format('To', LINK.format('ann'))}</tbody></table><br><p>Hi</p><p>Ho</p></div>",
    "Apple Mail": f"<div><br><blockquote type=cite><div>Begin forwarded message:</div><br><div><b>From: </b>Ben &lt;{LINK.format('ben')}&gt;</div><div><b>Subject: </b><b>Peas</b></div><div><b>Date: </b>{DAY}</div><div><b>To: </b>{LINK.format('ann')}</div><br><div>Hi</div><div><br></div><div>Ho</div></blockquote></div>",
    "iOS": f"<div><br>Begin forwarded message:<br><br></div><blockquote type=cite><div><b>From:</b> Ben &lt;ben@x.example&gt;<br><b>Date:</b> {DAY}<br><b>To:</b> Ann &lt;ann@x.example&gt;,<br>Carol &lt;c@x.example&gt;<br><b>Subject:</b> <b>Peas</b><br><br></div></blockquote><blockquote type=cite><div>Hi<div><br></div><div>Ho</div></div></blockquote>",
    "Roundcube": f"<p>-------- Original Message --------</p><table><tbody>{ROW.format('Subject', 'Peas')}{ROW.format('Date', DAY)}{ROW.format('From', 'Ben &lt;ben@x.example&gt;')}{ROW.format('To', 'ann@x.example')}</tbody></table><p>Hi</p><p>Ho</p>",
    "Mail.ru": f"<div>-------- Пересылаемое сообщение --------<br>От кого: Ben &lt;ben@x.example&gt;<br>Кому: Ann &lt;ann@x.example&gt;<br>Дата: {DAY}<br>Тема: Peas<br> <br><div><p>Hi</p><p>Ho</p></div></div>",
}  # fmt: skip


def forwarded(body: str, *, subject: str = "Fwd: Peas") -> Post:
    post = read(letter(body, {"Content-Type": "text/html; charset=utf-8", "Subject": subject})).post
    assert post is not None
    return post


@pytest.mark.parametrize("program", FORWARDED)
def test_a_forwarded_mail_is_one_quote_below_one_line_that_says_who_and_when(program: str) -> None:
    """Its subject is the title of the post already; who else got it is nobody's business."""
    post = forwarded(f"<p>Look</p>{FORWARDED[program]}")
    theirs = f'<p class="forward-head">Ben · {DAY}</p><p>Hi</p><p>Ho</p>'
    assert post.body.replace("\n", "") == f"<p>Look</p><blockquote>{theirs}</blockquote>"
    assert "ann@x.example" in post.trimmed or "Ann" in post.trimmed


@pytest.mark.parametrize("program", FORWARDED)
def test_a_forward_of_which_its_author_says_nothing_is_the_post(program: str) -> None:
    post = forwarded(FORWARDED[program], subject="Fwd: Beans")
    assert post.body.replace("\n", "") == f'<p class="forward-head">Ben · {DAY} · Peas</p><p>Hi</p><p>Ho</p>'


FORWARD_BODIES = {
    "words below a quoted one": (
        f"<p>Look</p>{FORWARDED['Apple Mail']}<p>Write to ann@y.example</p>",
        f'<p>Look</p><blockquote><p class="forward-head">Ben · {DAY}</p><p>Hi</p><p>Ho</p></blockquote><p>Write to ann@y.example</p>',
    ),
    "a quote inside": (
        f"<p>Look</p>{MARK}<p>From: Ben</p><p>Hi</p><blockquote>To be or not</blockquote><p>Ho</p>",
        '<p>Look</p><blockquote><p class="forward-head">Ben</p><p>Hi</p><blockquote><p>To be or not</p></blockquote><p>Ho</p></blockquote>',
    ),
    "a header nobody here can read": (
        f"<p>Look</p>{MARK}<p>Q: Ben</p><p>Hi</p>",
        "<p>Look</p><blockquote><p>Q: Ben</p><p>Hi</p></blockquote>",
    ),
    "no blank line below the header": (
        f"<p>Look</p>{MARK}From: Ben &lt;ben@x.example&gt;<br>To: Ann<br>Subject: Peas<br>Hi<br><br>Ho",
        '<p>Look</p><blockquote><p class="forward-head">Ben</p><p>Hi</p><p>Ho</p></blockquote>',
    ),
    "an introduction in place of a header": (
        f"<p>Look</p><p>{WROTE}</p><blockquote type=cite>Hi</blockquote>",
        '<p>Look</p><blockquote><p class="forward-head">On Sun, 1 Mar 2026 at 20:11, Ben wrote:</p><p>Hi</p></blockquote>',
    ),
    "nothing that says where it begins": ("<p>Look</p><p>Hi</p>", "<p>Look</p><p>Hi</p>"),
    "a mark and nothing else": ("<p>Begin forwarded message:</p>", "<p>Begin forwarded message:</p>"),
    "from right to left": (
        f"<p dir=rtl>שלום</p>{MARK}<p dir=rtl>From: בן<br>Subject: Peas</p><p dir=rtl>היי</p>",
        '<p dir="rtl">שלום</p><blockquote><p class="forward-head" dir="rtl">בן</p><p dir="rtl">היי</p></blockquote>',
    ),
    "in a table of a layout": (
        f"<table><tr><td><p>Look</p>{MARK}<p>From: Ben</p><p>Hi</p></td></tr></table>",
        '<p>Look</p><blockquote><p class="forward-head">Ben</p><p>Hi</p></blockquote>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORWARD_BODIES)
def test_how_forwards_differ(name: str) -> None:
    body, expected = FORWARD_BODIES[name]
    assert forwarded(body).body.replace("\n", "") == expected


def test_a_forward_is_as_it_came_where_nothing_is_to_be_trimmed() -> None:
    tree = rich.to_tree(f"<p>Look</p>{FORWARDED['Gmail']}")
    assert quotes.cut(tree, forward=True, whole=True) == quotes.Cut()
    assert "Forwarded message" in tree.text_content()


def test_the_pictures_of_a_forward_stay_and_stand_in_it() -> None:
    body = f"<p>Look</p>{MARK}<p>From: Ben <img src='cid:a@x'></p><p>Hi</p><p><img src='cid:b@x'></p>"
    raw = mixed(
        "related",
        f"Content-Type: text/html\n\n{body}\n",
        part(jpeg(), "image/jpeg", "Content-ID: <a@x>"),
        part(jpeg(colour="blue"), "image/jpeg", "Content-ID: <b@x>"),
    )
    post = read(raw).post
    assert post is not None
    assert post.body.partition("<blockquote>")[2].count("<figure") == len(post.attachments) == 2


def test_pictures_of_a_forward_that_stand_together_are_a_gallery() -> None:
    names = ("red", "blue")
    shown = "".join(f"<p><img src='cid:{name}'></p>" for name in names)
    body = f"<p>Look</p>{MARK}<p>From: Ben</p><p>Hi</p>{shown}"
    parts = [part(jpeg((640, 480), colour=name), "image/jpeg", f"Content-ID: <{name}>") for name in names]
    post = read(mixed("related", f"Content-Type: text/html\n\n{body}\n", *parts)).post
    assert post is not None
    assert '<div class="gallery">' in post.body.partition("<blockquote>")[2]


BEGINNINGS = (
    f"<p>{HEAD}</p>",
    "---------- Forwarded message ---------<br>From: w1x<br>To: w2x<br>Subject: w3x<br>w4x<br>",
    "<div>Begin forwarded message:</div><blockquote type=cite><b>From:</b> w5x<div>Date: w6x</div><br>w7x</blockquote>",
    "<hr><table><tr><th>From:</th><td>w8x</td></tr><tr><th>Subject: </th><td>w9x</td></tr></table>",
    "<pre>----- Forwarded message -----\nFrom: w10x\nTo: w11x\n\nw12x</pre>",
)


@pytest.mark.parametrize("seed", range(100))
def test_every_word_of_a_forward_is_in_the_post_once_or_among_what_was_cut(seed: int) -> None:
    dice = random.Random(seed)
    body = tangle(dice)
    at = max(0, body.rfind("<", 0, dice.randrange(len(body))))
    body = body[:at] + dice.choice(BEGINNINGS) + body[at:]
    there = WORDS.findall("".join(rich.to_tree(body).itertext()))
    post = forwarded(body, subject=dice.choice(["Fwd: x", "x", "Re: x"]))
    shown = WORDS.findall(re.sub("<[^<>]*>", "", post.body))
    assert shown == [word for word in there if word in set(shown)]
    assert set(there) <= {*shown, *WORDS.findall(post.trimmed)}


def test_an_address_in_a_sentence_leaves_an_ellipsis() -> None:
    said = "<p>Ask <a href='mailto:carol@x.example'>carol@<b>x.example</b></a>, <i>d</i>@x.example or Ed &lt;e@x.example&gt;.</p><p>f@x.example</p>"
    assert forwarded(f"<p>Look</p>{MARK}<p>From: Ben</p>{said}").text == "Look\n\nBen\n\nAsk […], … or Ed."


def test_pictures_below_the_end_are_told_and_what_was_cut_begins_there_in_every_text() -> None:
    names = ("red", "blue", "green")
    parts = [part(jpeg(colour=name), "image/jpeg", f"Content-ID: <{name}>") for name in names]
    shown = "".join(f"<p><img src='cid:{name}'></p>" for name in names)
    for below, told in (
        (shown, ("2 pictures below #end were left out",)),
        ("<p><img src='cid:blue'></p>", ("1 picture below #end was left out",)),
        ("<p><img src='cid:red'></p>", ()),
    ):
        body = f"<p>One</p><p><img src='cid:red'></p><p>#end</p><p>two</p>{below}"
        reading = read(mixed("related", f"Content-Type: text/html\n\n{body}", *parts))
        assert reading.warnings == told
    for raw in (html("<p>One</p><p>#end</p><p>two</p>"), letter("One\n#end\ntwo")):
        post = read(raw).post
        assert post is not None
        assert (post.text, post.trimmed) == ("One", "#end\ntwo")


HIDDEN = {
    "<p>Write to <b>ann@demo.example</b>.</p>": "<p>Write to <b>[…]</b>.</p>",
    "<p>Ann<br>ann@demo.example</p>": "<p>Ann<br></p>",
    "<p>Write to <a href='mailto:blog+s3cret-tag@demo.example'>the blog</a></p>": "<p>Write to <a>the blog</a></p>",
    "<p>Bob &lt;ann@demo.example&gt; wrote</p>": "<p>Bob &lt;[…]&gt; wrote</p>",
}


@pytest.mark.parametrize("body", HIDDEN)
def test_the_author_s_own_address_leaves_an_ellipsis_in_a_sentence(body: str) -> None:
    post = read(html(body)).post
    assert post is not None
    assert post.body.replace(' rel="nofollow noopener noreferrer"', "") == HIDDEN[body]


EMPTY = "<div><br></div>"
FOOTER = f"{EMPTY}<div>Sent from my iPhone</div>{EMPTY}"
ABOVE_TEXT = {
    "between two thoughts": (f"<div>Hello</div>{FOOTER}<div>Bye</div>", ["Hello", "Bye"]),
    "above a quote with answers": (f"<div>Hello</div>{FOOTER}<div>{WROTE}</div><blockquote type=cite>Hi</blockquote><div>Bye</div>", ["Hello", WROTE.replace(f" {BEN}", " Ben"), "Hi", "Bye"]),
    "above a forward": (f"<div>Hello</div>{FOOTER}<div>Begin forwarded message:</div><blockquote type=cite>Hi</blockquote>", ["Hello", "Hi"]),
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
    "a sentence of addresses": "<div>Begin forwarded message:</div>" + "Ask <b>a@x</b>.example or a@x.example, " * 5000,
    "heads": "<div>Begin forwarded message:<br>From: a@x.example<br>Hi</div>" * 5000,
    "one long header": "<div>Begin forwarded message:</div>From: a@x.example<br>" + "To: b@x.example,<br>c" * 9000,
    "a list of addresses": "<div>To: " + "a@x.example, " * 20_000 + "</div>",
    "telephones": "<div>Hello</div>" + "<div>+49 30 1234567</div>" * 8000,
    "angles": "&gt; " * 90_000,
}


@pytest.mark.parametrize("name", STORMS)
@pytest.mark.parametrize("forward", [True, False])
def test_no_mail_keeps_the_scissors_busy(name: str, *, forward: bool) -> None:
    tree = rich.to_tree(STORMS[name])
    quotes.cut(tree, forward=forward)
    forwards.set_apart(tree, first=False)


def test_no_mail_keeps_the_hiding_busy() -> None:
    hide = without(["ann@demo.example"], ["s3cret"])
    for storm in ("ann@demo.example ", "<", "<p", "<p>s3cret x", "ann+", "<b>ann@</b>"):
        assert "s3cret" not in hide(storm * (300_000 // len(storm)), html=True)

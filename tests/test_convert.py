"""The content of a mail → html of a post. Marks, trimming and plain text have tests of their own."""

import pytest

from mailpost.convert import rich, title_from, without
from tests.letters import body_of, html, letter, mixed, read

# ---- html


RICH = {
    "Gmail": ('<div dir="ltr">One<div><br></div><div>Two</div></div>', "<p>One</p><p>Two</p>"),
    "lines without empty lines": ("<div>One</div><div>Two</div>", "<p>One</p><p>Two</p>"),
    "lines and empty lines": ("<div>One</div><div>two</div><div><br></div><div>Three</div>", "<p>One<br>two</p><p>Three</p>"),
    "breaks": ("One<br><br>Two<br>three", "<p>One</p><p>Two<br>three</p>"),
    "styled as bold": ('<span style="font-weight:bold">b</span> <span style="font-style: italic">i</span>', "<p><b>b</b> <i>i</i></p>"),
    "fonts mean nothing": ('<font face="x" size="2"><span style="color:red">a</span>b</font>', "<p>ab</p>"),
    "headings begin below the title": ("<h1>A</h1><h2>B</h2>", "<h2>A</h2><h2>B</h2>"),
    "layout tables disappear": ("<table><tr><td><p>One</p></td></tr><tr><td>Two</td></tr></table>", "<p>One</p><p>Two</p>"),
    "data tables stay": (
        "<table><tr><td>a</td><td>one</td></tr><tr><td>b</td><td>two</td></tr></table>",
        "<table><tbody><tr><td>a</td><td>one</td></tr><tr><td>b</td><td>two</td></tr></tbody></table>",
    ),
    "lists": ("<ul><li>a</li><li><div>b</div><ul><li>c</li></ul></li></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
    "a preview line is hidden": ('<div style="display:none">peek</div>One', "<p>One</p>"),
    "a title is no text": ("<html><head><title>x</title><style>p{}</style></head><body>One</body></html>", "<p>One</p>"),
    "a tracker is nothing": ('One<img src="http://t.example/p.gif" width=1 height=1>', "<p>One</p>"),
    "a link that leads nowhere": ('<a href="/x">One</a> <a>two</a> <a href="javascript:x()">three</a>', "<p>One two three</p>"),
    "indentation says nothing": ("<p>\n   One\n   <b>two</b>\n</p>\n", "<p>One <b>two</b></p>"),
    "but in pre it does": ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
    "Word's list": (
        (
            "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp;</span></span>a</p>"
            "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>b</p>"
        ),
        "<ul><li>a</li><li>b</li></ul>",
    ),
    "Word's empty line": (
        "<p class=MsoNormal>One</p><p class=MsoNormal>two</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Three</p>",
        "<p>One<br>two</p><p>Three</p>",
    ),
    "conditional comments": ("<!--[if mso]><p>x</p><![endif]--><p>One</p>", "<p>One</p>"),
    "a quote stays a quote": ("<blockquote>One<br>two</blockquote>", "<blockquote><p>One</p><p>two</p></blockquote>"),
}  # fmt: skip


def clean(markup: str) -> str:
    return rich.serialise(rich.to_html(rich.to_tree(markup), lambda _: None))


@pytest.mark.parametrize("element", ["<div>", "<b>", "<span>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<p>"])
@pytest.mark.parametrize("depth", [20, 140, 300, 1020, 5000])
def test_no_nesting_loses_what_is_inside(element: str, depth: int) -> None:
    """The parser drops whatever is deeper than 256 without a word, and Python's stack ends soon after."""
    post = read(html(element * depth + "hello")).post
    assert post is not None
    assert post.text == "hello"


def test_words_about_a_quote_come_with_its_lines() -> None:
    post = read(html('<p>Hello</p><div class="gmail_signature">Ann<br>Boss<div>Street</div></div>')).post
    assert post is not None
    assert post.trimmed == "Ann\nBoss\nStreet"


@pytest.mark.parametrize("name", RICH)
def test_html_of_mail_programs_becomes_clean_blocks(name: str) -> None:
    markup, expected = RICH[name]
    assert clean(markup) == expected


QUOTED = {
    "Gmail": '<div dir="ltr">Hello</div><br><div class="gmail_quote"><div class="gmail_attr">On x wrote:</div><blockquote class="gmail_quote">Hi</blockquote></div>',
    "Apple Mail": 'Hello<br><div><br><blockquote type="cite"><div>On 2 Apr 2012, Bob wrote:</div><div>Hi</div></blockquote></div>',
    "Thunderbird": '<p>Hello</p><div class="moz-cite-prefix">On 02/04/2012, Bob wrote:<br></div><blockquote type="cite">Hi</blockquote>',
    "Outlook on the web": '<div>Hello</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Bob</div><div>Hi</div>',
    "Gmail's signature": '<div dir="ltr">Hello<div class="gmail_signature">Ann<br>Boss</div></div>',
    "Thunderbird's signature": '<p>Hello</p><pre class="moz-signature">-- \nAnn</pre>',
    "a phone's footer": "<div>Hello</div><div><br></div><div>Sent from my iPhone</div>",
    "an old signature": "<p>Hello</p><p>--<br>Ann</p>",
}


@pytest.mark.parametrize("name", QUOTED)
def test_quotes_and_signatures_of_html_are_cut_and_returned(name: str) -> None:
    post = read(html(QUOTED[name])).post
    assert post is not None
    assert (post.text, bool(post.trimmed)) == ("Hello", True)


KEPT = {
    "an answer below a quote": '<blockquote type="cite">Hi</blockquote><p>Hello</p>',
    "a quote without marks": "<p>Hello</p><blockquote>Hi</blockquote>",
    "a forward": '<div>Fwd</div><div class="gmail_quote">---------- Forwarded message ---------<br>From: <b>Bob</b><br><br>Hi</div>',
}


@pytest.mark.parametrize("name", KEPT)
def test_what_an_author_may_have_meant_stays(name: str) -> None:
    fields = {"Content-Type": "text/html", "Subject": "Fwd: x" if "forward" in name else "x"}
    post = read(letter(KEPT[name], fields)).post
    assert post is not None
    assert "Hi" in post.text


def test_addresses_of_other_people_in_a_forward_are_theirs() -> None:
    raw = letter(
        "Look!\n\n---------- Forwarded message ---------\nFrom: Bob <bob@x.example>\n\nwrite to carol@y.example",
        {"Subject": "Fwd: x"},
    )
    post = read(raw).post
    assert post is not None
    assert [word in post.text for word in ("Look!", "Bob", "@")] == [True, True, False]


def test_pictures_stand_where_they_stood() -> None:
    from tests.pictures import jpeg, part

    raw = mixed(
        "related",
        'Content-Type: text/html\n\n<p>before</p><img src="cid:one@x"><p>after</p>\n',
        part(jpeg(), "image/jpeg", "Content-ID: <one@x>"),
        part(jpeg(colour="blue"), "image/jpeg", 'Content-Disposition: attachment; filename="Blue sky.jpg"'),
    )
    body = body_of(raw)
    marks_ = [body.index(word) for word in ("before", "<figure", "after", 'alt="Blue sky"')]
    assert marks_ == sorted(marks_)
    assert body.count("<figure") == 2


def test_a_picture_asked_for_twice_is_shown_once() -> None:
    from tests.pictures import jpeg, part

    raw = mixed(
        "related",
        'Content-Type: text/html\n\n<img src="cid:a"><img src="cid:a">x\n',
        part(jpeg(), "image/jpeg", "Content-ID: <a>"),
    )
    assert body_of(raw).count("<figure") == 1


def test_the_end_mark_ends_html_too() -> None:
    post = read(html("<div>Hello</div><div>#end</div><div>not for readers</div>")).post
    assert post is not None
    assert (post.text, "not for readers" in post.trimmed) == ("Hello", True)


def test_the_first_line_is_the_title_of_a_post_without_one() -> None:
    assert title_from("\n\nThe first crocus. It is blue.") == "The first crocus"
    assert title_from("word " * 30).endswith(" …")
    assert len(title_from("word " * 30)) <= 63
    assert title_from("") == ""
    assert title_from("Hi Ben,\n\nToday") == "Hi Ben"
    assert title_from("---") == ""


def test_hidden_words_are_whole_words() -> None:
    hide = without(["ann@x.example", "o'hara@x.example"], ["s3cret"])
    assert hide("joann@x.example, ann@x.example.org") == "joann@x.example, ann@x.example.org"
    assert hide("<ann@x.example>, ANN@X.example. ann%40x.example ann+list@x.example o'hara@x.example") == "<>, .   "
    assert hide("s3cret s3crets S3CRET.") == " s3crets ."


def test_a_mail_of_html_and_text_is_not_told_twice() -> None:
    raw = mixed("alternative", "Content-Type: text/plain\n\nHello\n", "Content-Type: text/html\n\n<p>Hello</p>\n")
    assert body_of(raw) == "<p>Hello</p>"


def test_a_footer_of_a_list_stands_below() -> None:
    raw = mixed("mixed", "Content-Type: text/html\n\n<p>Hello</p>\n", "Content-Type: text/plain\n\nlist\n")
    post = read(raw).post
    assert post is not None
    assert post.text == "Hello\n\nlist"

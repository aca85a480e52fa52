"""Html of mail programs → clean blocks."""

import pytest
from lxml import html as parser

from mailpost.convert import rich
from mailpost.convert.rich.quirks import DETOURS
from tests.letters import html, read


def clean(markup: str) -> str:
    return rich.serialise(
        rich.to_html(rich.to_tree(markup), lambda _: parser.fragment_fromstring('<figure class="photo"><img></figure>'))
    )


def word(bullet: str, text: str, level: int = 1, name: str = "l0") -> str:
    return (
        f"<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:{name} level{level} lfo1'>"
        f"<span style='font-family:Symbol'><span style='mso-list:Ignore'>{bullet}<span style='font:7.0pt'>&nbsp;&nbsp; </span>"
        f"</span></span>{text}</p>\n"
    )


CLEAN = {
    # lists
    "Word's levels": (word("·", "a") + word("o", "b", 2) + word("§", "c", 3) + word("·", "d"), "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
    "Word's numbers": (word("3.", "a") + word("4.", "b"), '<ol start="3"><li>a</li><li>b</li></ol>'),
    "Word's letters": (word("B)", "a"), '<ol type="A" start="2"><li>a</li></ol>'),
    "Word's Roman numbers": (word("i.", "a") + word("ii.", "b"), '<ol type="i"><li>a</li><li>b</li></ol>'),
    "bullets below numbers": (word("1.", "a") + word("·", "b", name="l1"), "<ol><li>a</li></ol><ul><li>b</li></ul>"),
    "an item of Word in two paragraphs": (word("1.", "a") + "<p class=MsoListParagraph>more</p>" + word("2.", "b"), "<ol><li><p>a</p><p>more</p></li><li>b</li></ol>"),
    "Word's list without its styles": ("<p class=MsoListParagraph><span>·<span>&nbsp;&nbsp;&nbsp; </span></span>a</p><p class=MsoListParagraph>·&nbsp; b</p>", "<ul><li>a</li><li>b</li></ul>"),
    "text behind Word's list": (word("·", "a") + "text", "<ul><li>a</li></ul><p>text</p>"),
    "a line directly behind a list": ("<ul><li>a</li></ul>text", "<ul><li>a</li></ul><p>text</p>"),
    "text between items": ("<ul>one<li>a</li>two<li>b</li>three</ul>", "<ul><li>one</li><li>a</li><li>two</li><li>b</li><li>three</li></ul>"),
    "a list in a list": ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    "terms": ("<dl><dt>a</dt><dd><p>b</p></dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
    "empty items": ("<ul><li>a</li><li><br></li><li></li></ul>", "<ul><li>a</li></ul>"),
    # lines
    "bold over two lines": ("<b>a<br>b</b>", "<p><b>a</b></p><p><b>b</b></p>"),
    "a bold empty line": ("a<b><br><br></b>b<br>c", "<p>a</p><p>b<br>c</p>"),
    "breaks in a paragraph": ("<p>a<br>b</p><p>c</p>", "<p>a<br>b</p><p>c</p>"),
    "a line of characters that nobody sees": ("<div>a</div><div>\u200b</div><div>b</div>", "<p>a</p><p>b</p>"),
    "two spaces as editors write them": ("a.&nbsp; b. &nbsp;c\u00a0!", "<p>a. b. c&nbsp;!</p>".replace("&nbsp;", "\u00a0")),
    "from right to left": ('<div dir="rtl">\u05d0<div>\u05d1</div></div><div dir="auto">\u05d2</div><div dir="auto">a</div>', '<p dir="rtl">\u05d0</p><p dir="rtl">\u05d1</p><p dir="rtl">\u05d2</p><p>a</p>'),
    "plain text in pre": ('<pre class="k9mail">a\nb\n\nc</pre>', "<p>a<br>b</p><p>c</p>"),
    "plain text with its lines": ('<div style="white-space: pre-wrap">a\n<b>b\nc</b>\n\nd</div>', "<p>a<br><b>b</b><br><b>c</b></p><p>d</p>"),
    "code is no plain text": ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
    "lines of code in elements of their own": ("<pre><div>a</div><div>  b</div></pre>", "<pre>a\n  b\n</pre>"),
    "rules at the edges": ("<hr><p>a</p><hr><p>b</p><hr>", "<p>a</p><hr><p>b</p>"),
    # styles
    "a document that is not bold": ('<b style="font-weight:normal"><p>a</p></b>', "<p>a</p>"),
    "bold, italic and struck": ('<span style="font-weight:700;font-style:italic">a</span><span style="text-decoration:line-through">b</span>', "<p><b><i>a</i></b><s>b</s></p>"),
    "bold in bold": ("<b>a<b>b</b></b>", "<p><b>ab</b></p>"),
    "Word's title and quotation": ("<p class=MsoTitle>a</p><p class=MsoQuote>b</p>", "<h2>a</h2><blockquote><p>b</p></blockquote>"),
    "an empty heading": ("<h2><br></h2><p>a</p>", "<p>a</p>"),
    "a heading around a picture": ("<h1>a<img></h1>", '<p>a</p><figure class="photo"><img></figure>'),
    # what nobody was to see
    "a preview without size": ('<span style="font-size:0">peek</span><p>a</p>', "<p>a</p>"),
    "a preview of one pixel": ('<span style="font-size: 1px; color: #fff">peek</span><p>a</p>', "<p>a</p>"),
    "a preview that cannot be seen through": ('<div style="opacity:0">peek</div><p>a</p>', "<p>a</p>"),
    "text in a table without size": ('<div style="font-size:0px">peek<p style="font-size:13px">a</p>peek</div>', "<p>a</p>"),
    "small is not hidden": ('<p style="font-size:0.9em">a</p><p style="font: 1em serif">b</p><p style="opacity:0.5">c</p>', "<p>a</p><p>b</p><p>c</p>"),
    "hidden in Outlook only": ('<p style="mso-hide:all">a</p>', "<p>a</p>"),
    # characters
    "an emoji as a picture": ('a <img src="https://x.example/1.png" alt="🌷"> b', "<p>a 🌷 b</p>"),
    "a smile in Wingdings": ('a <span style="font-family:Wingdings">J</span>', "<p>a 🙂</p>"),
    "an arrow of Word": ("a \uf0e0 b", "<p>a → b</p>"),
    "a mark at the beginning": ("\ufeffa", "<p>a</p>"),
    # tables
    "cells of Word": ("<table><tr><td><p class=MsoNormal>a<o:p></o:p></p></td><td><p>b</p><p>c</p></td></tr><tr><td>d</td><td>e</td></tr></table>", "<table><tbody><tr><td>a</td><td>b<br>c</td></tr><tr><td>d</td><td>e</td></tr></tbody></table>"),
    "a table with a wide cell": ('<table><tr><td colspan="2">a</td></tr><tr><td>b</td><td>c</td></tr></table>', '<table><tbody><tr><td colspan="2">a</td></tr><tr><td>b</td><td>c</td></tr></tbody></table>'),
    "a layout of heading cells": ('<table><tr><th>a</th><th class="expander"></th></tr></table>', "<p>a</p>"),
    "a layout with gaps": ("<table><tr><td>a</td><td></td></tr><tr><td></td><td>b</td></tr><tr><td>c</td><td></td></tr></table>", "<p>a</p><p>b</p><p>c</p>"),
    # pictures
    "a frame around a picture": ("<figure><img><figcaption>words</figcaption></figure>", '<figure class="photo"><img></figure><p class="under">words</p>'),
    "a file name under a picture": ('<figure><img><figcaption class="attachment__caption">a.jpg 1 kB</figcaption></figure>', '<figure class="photo"><img></figure>'),
    "a line right under a picture": ("<div>a</div><div><img><br></div><div>words</div><div><br></div><div>b</div>", '<p>a</p><figure class="photo"><img></figure><p class="under">words</p><p>b</p>'),
    "a line for the next picture": ("<div><img></div><div>words:</div><div><br></div><div><img></div>", '<figure class="photo"><img></figure><p>words:</p><figure class="photo"><img></figure>'),
    "a paragraph below a picture": ("<p><img></p><p>words</p><p>b</p>", '<figure class="photo"><img></figure><p>words</p><p>b</p>'),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_what_programs_write_becomes_what_it_means(name: str) -> None:
    markup, expected = CLEAN[name]
    assert clean(markup) == expected


@pytest.mark.parametrize("counter", DETOURS)
def test_a_link_over_a_counter_leads_where_it_was_to_lead(counter: str) -> None:
    target = "https%3A%2F%2Ftown.example%2Fa%3Fb%3Dc"
    body = f'<a href="https://{counter}{"" if "/" in counter else "/"}?x=1&amp;{DETOURS[counter]}={target}&amp;data=me">a</a>'
    assert clean(body) == '<p><a href="https://town.example/a?b=c">a</a></p>'


@pytest.mark.parametrize("target", ["javascript:alert(1)", "", "/x"])
def test_a_counter_that_leads_nowhere_stays_what_it_is(target: str) -> None:
    body = f'<a href="https://www.google.com/url?q={target}">a</a> <a href="https://x.example/url?q=https://y.example/">b</a>'
    assert [address in clean(body) for address in ("www.google.com/url", "x.example/url")] == [True, True]


STORMS = {
    "bold in bold": "<b><i><u><s>" * 30 + "line<br>" * 8000,
    "bold words": "<b>words</b> " * 9000,
    "spans": "<span>words</span> " * 9000,
    "lists in lists": "".join(word("·", "a", n % 90 + 1) for n in range(1500)),
    "lines of plain text": "<pre class=k9mail>" + "line\n" * 40_000 + "</pre>",
    "bullets without end": "<p class=MsoListParagraph>1." + "&nbsp;" * 80_000 + "a</p>",
    "spaces": "a" + " " * 400_000 + "b&nbsp; " * 10_000,
    "emoji": '<img alt="' + "😀" * 4000 + '">a' * 20,
    "styles": f'<p style="{"font-size:" * 1500}">a</p><p style="{"text-decoration:" * 900}">a</p>' * 20,
    "tables": "<table>" + "<tr><td>a</td><td>b</td></tr>" * 3500 + "</table>",
}


@pytest.mark.parametrize("name", STORMS)
def test_no_html_takes_long(name: str) -> None:
    reading = read(html(STORMS[name]))
    assert reading.post is not None
    assert reading.post.text

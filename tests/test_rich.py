"""Html of mail programs → clean blocks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
    "a list of Word that counts anew": (word("1.", "a") + word("2.", "b") + word("1.", "c"), "<ol><li>a</li><li>b</li></ol><ol><li>c</li></ol>"),
    "letters up to i": (word("h.", "a") + word("i.", "b"), '<ol type="a" start="8"><li>a</li><li>b</li></ol>'),
    "old lists": ("<menu><li>a</menu><dir><li>b</dir>", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
    # lines
    "parts of a page": ("<header>a</header><main><section>b</section><aside>c</aside></main><address>d</address>", "<p>a</p><p>b</p><p>c</p><p>d</p>"),
    "a part that opens": ("<details><summary>a</summary>b</details>", "<p>a</p><p>b</p>"),
    "a note of Apple's": ("<div>a</div><div><object><table><tr><td><div>b</div></td><td>c</td></tr><tr><td>d</td><td>e</td></tr></table></object><br></div>", "<p>a</p><table><tbody><tr><td>b</td><td>c</td></tr><tr><td>d</td><td>e</td></tr></tbody></table>"),
    "a link around lines": ('<a href="https://x.example/"><div>a</div><div>b</div></a>c', '<p><a href="https://x.example/">a</a></p><p><a href="https://x.example/">b</a></p><p>c</p>'),
    "a link around a heading": ('<a href="https://x.example/"><h2>a</h2></a>', '<h2><a href="https://x.example/">a</a></h2>'),
    "bold around lines": ("<b><div>a <i>b</i></div><div>c</div></b>d", "<p><b>a <i>b</i></b></p><p><b>c</b></p><p>d</p>"),
    "a struck paragraph": ("<s><p>a</p></s><b><center>b</center></b>", "<p><s>a</s></p><p><b>b</b></p>"),
    "a link around a table": ('<a href="https://x.example/"><table><tr><td>a</td></tr></table></a>', '<p><a href="https://x.example/">a</a></p>'),
    "bold and italic around lines": ("<b>a<div>b<i><div>c</div></i></div></b>", "<p><b>a</b></p><p><b>b</b></p><p><b><i>c</i></b></p>"),
    "bold over two lines": ("<b>a<br>b</b>", "<p><b>a</b></p><p><b>b</b></p>"),
    "a bold empty line": ("a<b><br><br></b>b<br>c", "<p>a</p><p>b<br>c</p>"),
    "breaks in a paragraph": ("<p>a<br>b</p><p>c</p>", "<p>a<br>b</p><p>c</p>"),
    "a line of characters that nobody sees": ("<div>a</div><div>\u200b</div><div>b</div>", "<p>a</p><p>b</p>"),
    "two spaces as editors write them": ("a.&nbsp; b. &nbsp;c\u00a0!", "<p>a. b. c&nbsp;!</p>".replace("&nbsp;", "\u00a0")),
    "from right to left": ('<div dir="rtl">\u05d0<div>\u05d1</div></div><div dir="auto">\u05d2</div><div dir="auto">a</div>', '<p dir="rtl">\u05d0</p><p dir="rtl">\u05d1</p><p dir="rtl">\u05d2</p><p>a</p>'),
    "plain text in pre": ('<pre class="k9mail">a\nb\n\nc</pre>', "<p>a<br>b</p><p>c</p>"),
    "plain text with its lines": ('<div style="white-space: pre-wrap">a\n<b>b\nc</b>\n\nd</div>', "<p>a<br><b>b</b><br><b>c</b></p><p>d</p>"),
    "plain text with its spaces": ('<div style="white-space: pre-wrap">a   b  c\n  d</div>', "<p>a\u00a0\u00a0 b c</p><p>\u00a0\u00a0d</p>"),
    "code from an editor": ('<div style="font-family: Menlo, monospace;white-space: pre;"><div><span style="color:#00f">def</span> a():</div><br><div>&nbsp; &nbsp; <span>b</span></div></div>', "<pre>def a():\n\n    b\n</pre>"),
    "a list and a table from right to left": ('<div dir="rtl"><ul><li>\u05d0</li></ul><table><tr><td>\u05d0</td><td>1</td></tr><tr><td>\u05d1</td><td>2</td></tr></table></div>', '<ul dir="rtl"><li dir="rtl">\u05d0</li></ul><table dir="rtl"><tbody><tr><td>\u05d0</td><td class="number">1</td></tr><tr><td>\u05d1</td><td class="number">2</td></tr></tbody></table>'),
    "a table that Thunderbird draws": (
        f'<table border="1" class="number"><tr><td class="number" style="text-align:right">a<td>b<tr><td>{"c " * 200}<td>d</table>',
        f"<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>{'c ' * 199}c</td><td>d</td></tr></tbody></table>",
    ),
    "a table that is not drawn": (f'<table border="0"><tr><td>a<td>b<tr><td>{"c " * 200}<td>d</table>', f"<p>a</p><p>b</p><p>{'c ' * 199}c</p><p>d</p>"),
    "right to left, as Outlook says it": ("<div dir=RTL><p>\u05d0</p><h2>\u05d0</h2><p dir=LTR>b</p></div>", '<p dir="rtl">\u05d0</p><h2 dir="rtl">\u05d0</h2><p>b</p>'),
    "right to left, said by letters alone": (
        "<p>\u05d0</p><blockquote>\u05d0<br>b</blockquote><ul><li>\u05d0</ul><table><tr><td>\u05d0<td>1<tr><td>b<td>2</table><p dir=ltr>\u05d0</p>",
        '<p dir="rtl">\u05d0</p><blockquote dir="rtl"><p dir="rtl">\u05d0</p><p>b</p></blockquote><ul dir="rtl"><li dir="rtl">\u05d0</li></ul><table dir="rtl"><tbody><tr><td>\u05d0</td><td class="number">1</td></tr><tr><td>b</td><td class="number">2</td></tr></tbody></table><p>\u05d0</p>',
    ),
    "right to left, said once": ('<html dir="rtl"><head><title>x</title></head><body>\u05d0</body></html>', '<p dir="rtl">\u05d0</p>'),
    "code is no plain text": ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
    "lines of code in elements of their own": ("<pre><div>a</div><div>  b</div></pre>", "<pre>a\n  b\n</pre>"),
    "rules at the edges": ("<hr><p>a</p><hr><p>b</p><hr>", "<p>a</p><hr><p>b</p>"),
    # links
    "a bare address": ("(see https://x.example/a_(b), or www.x.example).", '<p>(see <a href="https://x.example/a_(b)">https://x.example/a_(b)</a>, or <a href="http://www.x.example">www.x.example</a>).</p>'),
    "two bare addresses": ("https://x.example/<br><b>https://y.example/</b> a", '<p><a href="https://x.example/">https://x.example/</a></p><p><b><a href="https://y.example/">https://y.example/</a></b> a</p>'),
    "an address in code": ("<code>https://x.example/</code><pre>https://x.example/</pre>", "<p><code>https://x.example/</code></p><pre>https://x.example/</pre>"),
    "an address in Chinese": ("見 https://x.example/a。次", '<p>見 <a href="https://x.example/a">https://x.example/a</a>。次</p>'),
    "spaces around an address": ('<a href=" https://x.example/ ">a</a>', '<p><a href="https://x.example/">a</a></p>'),
    "half an address": ("http:// www. ann@www.x.example https://user@x.example/", "<p>http:// www. ann@www.x.example https://user@x.example/</p>"),
    # styles
    "struck": ("<strike>a</strike>", "<p><s>a</s></p>"),
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
    "a high cell": ('<table><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c</td></tr><tr><td>d</td><td>e</td></tr></table>', '<table><tbody><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c</td></tr><tr><td>d</td><td>e</td></tr></tbody></table>'),
    "a high cell that is too low": ('<table><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c</td></tr><tr><td>d</td></tr></table>', "<p>a</p><p>b</p><p>c</p><p>d</p>"),
    "a layout with a list": ("<table><tr><td>a</td><td><ul><li>b</li></ul></td></tr><tr><td>c</td><td>d</td></tr></table>", "<p>a</p><ul><li>b</li></ul><p>c</p><p>d</p>"),
    # pictures
    "a caption above its picture": ("<figure><figcaption>words</figcaption>\n<img></figure>", '<figure class="photo"><img></figure><p class="under">words</p>'),
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


def test_a_table_with_lines_around_its_cells_is_one_whatever_stands_in_it() -> None:
    cell = '<td style="border: solid windowtext 1.0pt">'
    markup = f"<table><tr>{cell}a</td>{cell}<ul><li>b</li></ul></td></tr><tr>{cell}c</td>{cell}<img></td></tr></table>"
    listed, pictured = "<ul><li>b</li></ul>", '<figure class="photo"><img></figure>'
    rows = f"<tr><td>a</td><td>{listed}</td></tr><tr><td>c</td><td>{pictured}</td></tr>"
    assert re.sub(r' style="[^"]*"', "", clean(markup)) == f"<table><tbody>{rows}</tbody></table>"
    assert clean(markup.replace("solid", "none")) == f"<p>a</p>{listed}<p>c</p>{pictured}"


NUMBERS = ["7", "1,024.50", "12 kg", "€ 3", "3€", "-5 °C", "1'000", "12:45", "98 %", "2 m²", "+3", "≈ 40", "EUR 12"]
WORDS = ["a", "B12", "7 of 9", "12 April", "one", "7a8", "2026-11-23", "3 large ones", "1234567890123456789012345678"]


@pytest.mark.parametrize("value", NUMBERS + WORDS)
def test_columns_of_numbers_end_at_one_line(value: str) -> None:
    markup = (
        f"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>{value}</td></tr><tr><td>d</td><td>–</td></tr></table>"
    )
    shown = [f"<td{kind * (value in NUMBERS)}>" for kind in (' class="number"',)] * 3
    rows = [f"<tr><td>a</td>{shown[0]}b</td></tr>", f"<tr><td>c</td>{shown[1]}{value}</td></tr>"]
    assert clean(markup) == f"<table><tbody>{''.join(rows)}<tr><td>d</td>{shown[2]}–</td></tr></tbody></table>"


def nested(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    element = st.sampled_from(
        "p div span b i a u li ul ol blockquote table tr td h2 pre code section details summary strike object".split()  # noqa: SIM905 - words
    )
    return st.builds(lambda tag, *words: f"<{tag}>{''.join(words)}</{tag}>", element, inside, inside)


@given(st.recursive(st.sampled_from([" word ", "word<br>", "word<hr>", "wo<wbr>rd"]), nested, max_leaves=12))
def test_no_nesting_of_elements_loses_a_word(markup: str) -> None:
    said = "".join(parser.fragment_fromstring(clean(markup), create_parent="div").itertext())
    assert said.count("word") == markup.replace("<wbr>", "").count("word")


def without_pictures(markup: str) -> str:
    return rich.serialise(rich.to_html(rich.to_tree(markup), lambda _: None))


INSTEAD = {
    '<a href="https://x.example/"><img src="https://x.example/a.png" alt="Our shop"></a>': '<p><a href="https://x.example/">Our shop</a></p>',
    '<a href="https://x.example/"><img alt="Logo"> Our shop</a>': '<p><a href="https://x.example/"> Our shop</a></p>',
    '<p><img alt="Logo">a</p>': "<p>a</p>",
}  # fmt: skip


@pytest.mark.parametrize("markup", INSTEAD)
def test_a_link_of_a_picture_that_is_not_shown_stays_a_link(markup: str) -> None:
    assert without_pictures(markup) == INSTEAD[markup]


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
    "bold around lines": "<b><i><u><s>" * 30 + "<div>line</div>" * 4000,
    "links around lines": '<a href="https://x.example/"><div>line</div></a>' * 4000,
    "addresses": "https://x.example/" + ")]" * 900 + " " + "www." * 40_000 + " http://" * 9000,
    "parts of a page": "<section>line" * 1000 + "<details " * 2000,
    "directions": "line<body " + "dir " * 40_000,
    "columns": "<table><th>a</th>" + "<td>1</td>" * 4000 + "<tr><td>a</td><td>1</td></tr>" * 3000 + "</table>",
    "numbers": "<table>" + f"<tr><td>a</td><td>{'1 ' * 140}a</td></tr>" * 600 + "</table>",
    "borders": f'<table><tr><td style="{"border:" * 2000}">a</td><td>b</td></tr></table>' * 20,
    "high cells": "<table>" + "<tr><td rowspan=99>a</td><td rowspan=99>b</td></tr>" * 3000 + "</table>",
    "code of an editor": '<div style="font-family:Menlo;white-space:pre">' + "<div>line<br></div>" * 4000 + "</div>",
    "typewriters": f'<p style="{"font:" * 2500}">a</p>' * 20,
    "tables": "<table>" + "<tr><td>a</td><td>b</td></tr>" * 3500 + "</table>",
}


@pytest.mark.parametrize("name", STORMS)
def test_no_html_takes_long(name: str) -> None:
    reading = read(html(STORMS[name]))
    assert reading.post is not None
    assert reading.post.text

"""Plain text → html: what an author laid out by hand looks the same to a reader."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailpost.convert import plain, rich
from mailpost.convert.layout import without_tabs
from mailpost.message import Text
from tests.letters import body_of, letter

PLAIN = {
    "two paragraphs": ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
    "verse": ("Roses are red,\nviolets are blue.", "<p>Roses are red,<br />\nviolets are blue.</p>\n"),
    "an address": (
        "Ann Miller\n12 Garden Street\nOldtown",
        "<p>Ann Miller<br />\n12 Garden Street<br />\nOldtown</p>\n",
    ),
    "Markdown": (
        "# Bread\n\n* rye\n* *wheat*\n\n`code` **bold**",
        "<h2>Bread</h2>\n<ul>\n<li>rye</li>\n<li><em>wheat</em></li>\n</ul>\n<p><code>code</code> <strong>bold</strong></p>\n",
    ),
    "a table": (
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n",
    ),
    "bullets": ("• rye\n• wheat", "<ul>\n<li>rye</li>\n<li>wheat</li>\n</ul>\n"),
    "html is text": ("<b>x</b> & <script>", "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;</p>\n"),
    "a product": ("2*3*4 = 24", "<p>2*3*4 = 24</p>\n"),
    "entities": ("&copy; &nbsp; &lt;b&gt;", "<p>&amp;copy; &amp;nbsp; &amp;lt;b&amp;gt;</p>\n"),
    "a server": ("on \\\\server\\share and 5 \\\\ 3", "<p>on \\\\server\\share and 5 \\\\ 3</p>\n"),
    "signs that are escaped": ("\\*a\\* 1\\. \\_b\\_ \\`c\\`", "<p>*a* 1. _b_ `c`</p>\n"),
    "faces": ("^_^ *yes* >_< and -_- no -_-", "<p>^_^ <em>yes</em> &gt;_&lt; and -_- no -_-</p>\n"),
    "names of files": ("see my_long_name.txt", "<p>see my_long_name.txt</p>\n"),
    "a bare address": (
        "see www.example.com and https://x.example/a_b_c.",
        (
            '<p>see <a href="http://www.example.com">www.example.com</a> and '
            '<a href="https://x.example/a_b_c">https://x.example/a_b_c</a>.</p>\n'
        ),
    ),
    "an answer below a quote": (
        "> Hi\nHello",
        "<blockquote>\n<p>Hi</p>\n</blockquote>\n<p>Hello</p>\n",
    ),
    "a row of hyphens below a paragraph": (
        "One\ntwo\n-----\nthree",
        "<p>One<br />\ntwo</p>\n<hr />\n<p>three</p>\n",
    ),
    "an underlined title": ("Bread\n=====\n\nText", "<h2>Bread</h2>\n<p>Text</p>\n"),
    "the hyphens of a long signature": ("Text\n-- \nAnn", "<p>Text</p>\n<p>--<br />\nAnn</p>\n"),
    "a remote picture is a link at most": ("![x](http://t.example/p.png)", '<p>!<a href="http://t.example/p.png">x</a></p>\n'),
    "a dangerous link is text": ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
    "code keeps its lines": ("```\na\n  b\n```", "<pre><code>a\n  b\n</code></pre>\n"),
    # lines
    "a date": ("12. April\nIt snowed.", "<p>12. April<br />\nIt snowed.</p>\n"),
    "a year": ("1986. A great year.", "<p>1986. A great year.</p>\n"),
    "the first of a month": ("1. Mai\n\nIt rained.", "<p>1. Mai</p>\n<p>It rained.</p>\n"),
    "a numbered list": ("1. rye\n2. wheat", "<ol>\n<li>rye</li>\n<li>wheat</li>\n</ol>\n"),
    "a list from seven": ("7. rye\n8. wheat", '<ol start="7">\n<li>rye</li>\n<li>wheat</li>\n</ol>\n'),
    "text after a list": (
        "We need:\n- milk\n- bread\nAnd home we went.",
        "<p>We need:</p>\n<ul>\n<li>milk</li>\n<li>bread</li>\n</ul>\n<p>And home we went.</p>\n",
    ),
    "an item that was wrapped": (
        (
            "- This is the first item, which goes on and on until it has to be wrapped to\nthe next line\n"
            "- This is the second of the items, and it is nearly as long as the other one\nwas"
        ),
        (
            "<ul>\n<li>This is the first item, which goes on and on until it has to be wrapped to\nthe next line</li>\n"
            "<li>This is the second of the items, and it is nearly as long as the other one\nwas</li>\n</ul>\n"
        ),
    ),
    "a list in a list": (
        "- a\n    - b\n- c",
        "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ul>\n",
    ),
    "bullets of a program": ("· rye\n· wheat", "<ul>\n<li>rye</li>\n<li>wheat</li>\n</ul>\n"),
    "one bullet": ("• rye", "<p>• rye</p>\n"),
    "a bullet inside a line": ("rye • wheat\nmilk • butter", "<p>rye • wheat<br />\nmilk • butter</p>\n"),
    "a name after a hyphen": ("Bye\n- Ann", "<p>Bye<br />\n- Ann</p>\n"),
    "a footnote": ("Open daily*\n\n* but Mondays", "<p>Open daily*</p>\n<p>* but Mondays</p>\n"),
    "a letter with indented paragraphs": (
        "    The snow came early.\nWe dug.\n\n    Then it melted.",
        "<p>The snow came early.<br />\nWe dug.</p>\n<p>Then it melted.</p>\n",
    ),
    "an indented poem": ("    Roses are red,\n    violets blue.", "<p>Roses are red,<br />\nviolets blue.</p>\n"),
    "verse with steps": ("One\n  two\n    three", "<p>One<br />\n\u00a0\u00a0two<br />\n\u00a0\u00a0\u00a0\u00a0three</p>\n"),
    "indented code": (
        "Like this:\n\n    if (a < b) {\n        c();\n    }\n\n    d = 1;\n\nDone.",
        (
            "<p>Like this:</p>\n<pre><code>if (a &lt; b) {\n    c();\n}\n\nd = 1;\n</code></pre>\n<p>Done.</p>\n"
        ),
    ),
    "a command": ("Run:\n\n    bake --all\n\nand wait.", "<p>Run:</p>\n<pre><code>bake --all\n</code></pre>\n<p>and wait.</p>\n"),
    "an indented address": (
        "Write to:\n\n    Ann Miller\n    12 Garden Street",
        "<p>Write to:</p>\n<p>Ann Miller<br />\n12 Garden Street</p>\n",
    ),
    "settings": (
        "Mine:\n\n    name: bread\n    kinds:\n      - rye\n      - wheat\n\nYes.",
        "<p>Mine:</p>\n<pre><code>name: bread\nkinds:\n  - rye\n  - wheat\n</code></pre>\n<p>Yes.</p>\n",
    ),
    "commands": ("We\n\n    cd bread\n    ls\n\n did.", "<p>We</p>\n<pre><code>cd bread\nls\n</code></pre>\n<p>did.</p>\n"),
    "a log": (
        "Look\n\n    Nov  1 12:00:00 oven bake[1]: done\n    2026-11-01 12:00:09 cold",
        "<p>Look</p>\n<pre><code>Nov  1 12:00:00 oven bake[1]: done\n2026-11-01 12:00:09 cold\n</code></pre>\n",
    ),
    "an indented conversation": (
        "They said\n\n    Ann: come in.\n    Ben: not from there, ls.",
        "<p>They said</p>\n<p>Ann: come in.<br />\nBen: not from there, ls.</p>\n",
    ),
    "code in a numbered list": (
        "1. a\n\n   ```\n   x = 1\n\n     y\n   ```\n\n   b\n\n2. c",
        "<ol>\n<li>\n<p>a</p>\n<pre><code>x = 1\n\n  y\n</code></pre>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ol>\n",
    ),
    "code right below an item": (
        "- a\n  ```\n  x\n  ```\n- b",
        "<ul>\n<li>a<pre><code>x\n</code></pre>\n</li>\n<li>b</li>\n</ul>\n",
    ),
    "code in a list in a list": (
        "- a\n    - b\n      ```\n  x\n      ```\n    - c",
        "<ul>\n<li>a\n<ul>\n<li>b<pre><code>x\n</code></pre>\n</li>\n<li>c</li>\n</ul>\n</li>\n</ul>\n",
    ),
    "indented code in a list": (
        "1. Type this:\n\n       bake --all\n\n2. Wait",
        "<ol>\n<li>\n<p>Type this:</p>\n<pre><code>bake --all\n</code></pre>\n</li>\n<li>\n<p>Wait</p>\n</li>\n</ol>\n",
    ),
    "code between items": (
        "1. a\n```\nx\n```\n2. b",
        '<ol>\n<li>a</li>\n</ol>\n<pre><code>x\n</code></pre>\n<ol start="2">\n<li>b</li>\n</ol>\n',
    ),
    "code between lines": ("a\n```\nx\n```\nb", "<p>a</p>\n<pre><code>x\n</code></pre>\n<p>b</p>\n"),
    "code without indentation": (
        "for (i = 0; i < n; i++) {\n    total += a[i] * b[i] * c;\n}",
        "<pre><code>for (i = 0; i &lt; n; i++) {\n    total += a[i] * b[i] * c;\n}\n</code></pre>\n",
    ),
    "a table of spaces": (
        "Name      Count\nBread     2\nMilk      12",
        "<pre><code>Name      Count\nBread     2\nMilk      12\n</code></pre>\n",
    ),
    "a table of numbers": (
        "Bread         2\nMilk         12\nAll in all   14",
        "<pre><code>Bread         2\nMilk         12\nAll in all   14\n</code></pre>\n",
    ),
    "gaps in a sentence": ("One.   Two and more.\nThree and some.   Four", "<p>One.   Two and more.<br />\nThree and some.   Four</p>\n"),
    "a cat": (" /\\_/\\\n( o.o )\n > ^ <", "<pre><code> /\\_/\\\n( o.o )\n &gt; ^ &lt;\n</code></pre>\n"),
    "a box": ("  ____\n |    |\n |____|", "<pre><code> ____\n|    |\n|____|\n</code></pre>\n"),
    "a banner": ("====\nNews\n====", "<p>====<br />\nNews</p>\n<p>====</p>\n"),
    "a table that begins like a list": ("- Rye     2\n[1]:       3", "<pre><code>- Rye     2\n[1]:       3\n</code></pre>\n"),
    "a fence in a few words": ("a\n```\nb c", "<p>a<br />\n```<br />\nb c</p>\n"),
    "a drawn table": ("+---+---+\n| a | b |\n+---+---+", "<pre><code>+---+---+\n| a | b |\n+---+---+\n</code></pre>\n"),
    "verse inside a quote": (
        "> Roses are red,\n> violets blue.",
        "<blockquote>\n<p>Roses are red,<br />\nviolets blue.</p>\n</blockquote>\n",
    ),
    "quotes of two depths": (
        ">> Hi\n> Hello\nBye",
        "<blockquote>\n<blockquote>\n<p>Hi</p>\n</blockquote>\n<p>Hello</p>\n</blockquote>\n<p>Bye</p>\n",
    ),
    "a shrug": ("So ¯\\_(ツ)_/¯", "<p>So ¯\\_(ツ)_/¯</p>\n"),
    "a folder": ("in C:\\x\\\nand more", "<p>in C:\\x\\<br />\nand more</p>\n"),
    "a definition nobody uses": (
        "[1]: https://x.example",
        '<p>[1]: <a href="https://x.example">https://x.example</a></p>\n',
    ),
    "a definition": ("see [here]\n\n[here]: https://x.example", '<p>see <a href="https://x.example">here</a></p>\n'),
    "decoration": ("one\n~~~~~~~~~~\ntwo\n~~~~~~~~~~", "<p>one<br />\n~~~~~~~~~~<br />\ntwo<br />\n~~~~~~~~~~</p>\n"),
    "a fence that is never closed": ("```\n*a*", "<p>```<br />\n<em>a</em></p>\n"),
    "the tags of old hands": ("<markdown>\n**Rye**\n</markdown>", "<p><strong>Rye</strong></p>\n"),
    "Japanese": ("花が咲いた。\n犬も来た。", "<p>花が咲いた。<br />\n犬も来た。</p>\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_plain_text_becomes_what_its_author_meant(name: str) -> None:
    text, expected = PLAIN[name]
    assert plain.to_html(text) == expected


WRAPPED = """\
The first crocus came up this morning behind the shed, where the sun
melts the snow a week before it does so anywhere else in the garden.
I counted five of them, and
by noon there were seven.

It may snow again
on Sunday."""


def test_hard_wrapped_lines_are_joined_and_short_ones_kept() -> None:
    assert plain.to_html(WRAPPED) == (
        "<p>The first crocus came up this morning behind the shed, where the sun\n"
        "melts the snow a week before it does so anywhere else in the garden.\n"
        "I counted five of them, and<br />\nby noon there were seven.</p>\n"
        "<p>It may snow again<br />\non Sunday.</p>\n"
    )


def test_lines_wrapped_raggedly_are_joined_where_the_sentence_goes_on() -> None:
    text = (
        "who died in a plane crash, as the beneficiary of this vast fortune, a foreigner\n"
        "whom nobody knew and nobody missed until that evening, came back\n"
        "and sat down at the table as if nothing had happened, and he ate\nsoup."
    )
    assert "<br" not in plain.to_html(text)


def test_a_link_below_a_line_stays_below_it() -> None:
    text = "Here is where I found it, after a long search through many old pages:\nhttps://x.example/a\n"
    assert "pages:<br />" in plain.to_html(text)


FLOWED = [
    ("a \nb\nc\n", "a b\nc\n"),
    ("> a \n> b\n> c", "> a b\n> c"),
    ("> a \n>> b", "> a\n>> b"),
    (" From space\n", "From space\n"),
    ("text \n-- \nAnn", "text\n-- \nAnn"),
    (" > is a sign\n", "\\> is a sign\n"),
]


@pytest.mark.parametrize(("text", "expected"), FLOWED)
def test_flowed_lines_are_joined(text: str, expected: str) -> None:
    assert plain.unflow(Text(text, flowed=True)) == expected


@pytest.mark.parametrize("depth", [5, 25, 2000])
def test_no_quote_is_too_deep_to_be_read(depth: int) -> None:
    assert "hello" in plain.to_html(">" * depth + " hello")
    assert "hello" in plain.to_html("> " * depth + "hello")


def test_a_line_that_begins_with_a_sign_is_no_quote_when_its_program_says_so() -> None:
    flowed = Text(" > is larger than\n> quoted", flowed=True)
    assert plain.to_html(plain.unflow(flowed)) == (
        "<p>&gt; is larger than</p>\n<blockquote>\n<p>quoted</p>\n</blockquote>\n"
    )


TABBED = {
    "Name\tCount\nOld bread\t2\nMilk\t12": "Name        Count\nOld bread       2\nMilk           12",
    "Name\tWeight\nOld bread\t2 kg\nMilk\t12 kg": "Name        Weight\nOld bread     2 kg\nMilk         12 kg",
    "\tMon\tTue\nAnn\tx\ty": "      Mon   Tue\nAnn   x     y",
    "\tOne.\n\tTwo.": "    One.\n    Two.",
    "a\tb": "a   b",
    "a\tb\nlonger\tc\td": "a   b\nlonger  c   d",
}


@pytest.mark.parametrize("text", TABBED)
def test_the_columns_of_a_spreadsheet_stand_below_each_other(text: str) -> None:
    assert without_tabs(text) == TABBED[text]


@pytest.mark.parametrize("text", ["\u05e9\u05dc\u05d5\u05dd, Ann", "- \u0623\n- \u0628", "# \u05d0", "> \u05d0"])
def test_text_from_right_to_left_is_marked(text: str) -> None:
    body = body_of(letter(f"{text}\n\nHello\n"))
    assert 'dir="rtl"' in body
    assert "<p>Hello</p>" in body


@pytest.mark.parametrize("row", ["Old bread\t2", "Old bread\t2 kg", "2\tOld bread", "x\tOld bread"])
def test_the_columns_of_a_spreadsheet_keep_their_place_in_the_post(row: str) -> None:
    text = f"a\tb\n{row}\n{row.replace('2', '12').replace('Old', 'Even older')}"
    assert body_of(letter(text)) == f"<pre><code>{without_tabs(text)}\n</code></pre>\n"


def test_everything_of_a_quote_from_right_to_left_is_marked() -> None:
    shalom = "\u05e9\u05dc\u05d5\u05dd"
    body = body_of(letter(f"> {shalom}\n>\n> - {shalom}\n> - {shalom}\n\nHello\n"))
    assert re.findall(r"<(\w+) dir=\"rtl\"", body) == ["blockquote", "p", "ul", "li", "li"]


def test_columns_of_numbers_end_at_one_line() -> None:
    body = body_of(letter("| a | b |\n|---|--:|\n| x | 2 |\n| y | 10 |\n"))
    assert re.findall(r'<t[dh] class="number">(\w+)', body) == ["b", "2", "10"]
    assert "style" not in body


def test_flowed_lines_without_spaces_are_joined_without_one() -> None:
    assert plain.unflow(Text("日本 \n語", flowed=True, delsp=True)) == "日本語"


@given(st.text(alphabet="ab *_#->|`[]()!\n\t1.=~+&<:/", max_size=120))
def test_any_plain_text_becomes_html_that_keeps_every_word(text: str) -> None:
    found = rich.text_of(rich.to_tree(plain.to_html(text)))
    for word in text.replace("`", " ").split():
        if word.isalnum() and word.isalpha():
            assert word in found or "]:" in text or "](" in text or "~" in text


def test_one_long_address_does_not_hide_that_lines_were_wrapped() -> None:
    text = (
        "The program wrapped this paragraph at seventy-two characters, as it does\n"
        f"with each, but https://x.example/{'long/' * 14} it could not\n"
        "wrap, and so that line is longer than any other of all those lines that\nit made."
    )
    assert "<br" not in plain.to_html(text)


def test_code_in_colour_keeps_every_character() -> None:
    found = plain.to_html('```python\ndef bake(bread):  # rye\n    return "<b>"\n```')
    assert '<pre><code class="language-python">' in found
    assert "<b>def</b>" in found
    assert "&lt;b&gt;" in found


@given(
    st.lists(
        st.sampled_from(
            "rye||- a|1. b|12. c|    d|  e|> f|>> g|```|~~~|--|x    y|[1]: h|• i|\\|^_^|k\tl".split("|")  # noqa: SIM905 - lines
        )
    )
)
def test_no_layout_loses_a_word(lines: list[str]) -> None:
    found = rich.text_of(rich.to_tree(plain.to_html("\n".join(lines))))
    for word in re.findall(r"[a-z]+", " ".join(lines)):
        assert word in found


STORMS = [
    "\n",
    " ",
    "> ",
    ">\n",
    "```\n",
    "```a\n",
    "~~~\n",
    "1. a\n   ```\n   b\n   ```\n",
    "      ```\n",
    "    [a\n",
    "    a.",
    "    /a",
    "1. a\n",
    "- a\n",
    "    a b\n\n",
    "a   b\n",
    "[a]: b\n",
    "f(",
    "a =",
    "• ",
    "\\",
    "> > a\n>> b\n",
    "^_",
    "\\_",
    "/\\_\n",
    "a\tb\n",
    "a    b    ",
    "| - |\n",
]


@pytest.mark.parametrize("storm", STORMS)
def test_no_text_takes_long_to_lay_out(storm: str) -> None:
    plain.to_html(without_tabs(storm * (200_000 // len(storm))))


def test_a_wide_cell_does_not_make_all_rows_as_wide() -> None:
    rows = "x" * 100_000 + "\tb\n" + "a\tb\n" * 10_000
    assert len(without_tabs(rows)) < 2 * len(rows)

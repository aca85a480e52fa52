"""The second opinion: it agrees with the sanitisers, and sees for itself what they should never let out.

What stands here is written by hand and goes past the sanitisers, straight to the verifier.
"""

import ast
import json
import os
import re
import sys
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailpost.sanitise import Unsafe, escaped, link, sanitise, verify
from mailpost.sanitise.verify import refusal
from tests.browser import vectors
from tests.test_museum import MAILS

OWN = "media/ab/cdef.jpg"
MINE = f"mailpost-media:{OWN}"
REL = 'rel="nofollow noopener noreferrer"'
FUZZ = os.environ.get("MAILPOST_FUZZ") == "1"

GOOD = [
    "",
    "words",
    "<p>a &amp; b &lt; c &gt; d&nbsp;e \" ' é 😀</p>",
    f'<p><a href="https://x.example/a?b=c&amp;d=%20#e" {REL}>a</a></p>',
    f'<a href="http://[::1]:8080/" title="a &quot;b&quot; &lt;c&gt;" {REL}>a</a>',
    f'<a href="https://xn--bcher-kva.example/ü" {REL}>a</a>',
    f'<a href="mailto:bob+x@x.example" {REL}>a</a>',
    f'<a href="{MINE}" {REL}><img src="{MINE}" alt="" title="x" width="10000" height="1" loading="lazy"></a>',
    f'<picture><source srcset="{MINE} 480w, {MINE} 960w" type="image/webp" sizes="(max-width: 38rem) 100vw, 38rem"><img src="{MINE}"></picture>',
    f'<figure class="sound"><audio controls="" preload="none" src="{MINE}"></audio><figcaption>x</figcaption></figure>',
    f'<video controls="" preload="metadata" poster="{MINE}" src="{MINE}" width="640" height="360"></video>',
    '<table>\n<caption>x</caption><thead><tr><th scope="colgroup" colspan="100">a</th></tr></thead><tbody>\n<tr><td class="number" rowspan="2"><p>a</p><table></table></td></tr></tbody></table>',
    '<ol start="-3" reversed="" type="a"><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ol>',
    "<ul><li><blockquote><ul><li>x</li></ul></blockquote></li></ul>",
    "<dl><dt>a</dt><dd>b<dl><dt>c</dt></dl></dd></dl>",
    '<p dir="rtl" lang="ar-EG">a<br>b<wbr>c</p><hr><pre><code>x</code></pre>',
    '<p class="card"><b><i><u>x</u></i></b></p><ruby>x<rp>(</rp><rt>y</rt><rp>)</rp></ruby>',
    f"<a {REL}><table><tbody><tr><td><a {REL}>x</a></td></tr></tbody></table></a>",
    '<h2>a</h2><div><h3>b</h3></div><bdi>x</bdi><bdo dir="rtl">y</bdo>',
]


def element(name: str) -> str:
    return f"<{name}></{name}>"


ELEMENTS = """
script style svg math template noscript iframe object applet frameset noframes noembed xmp plaintext textarea title head
select option button form fieldset label legend details summary dialog font center h1 marquee body html main nav section
article aside header footer address canvas portal param frame slot image nobr big strike tt colgroup optgroup datalist
output meter progress map menu dir listing foreignobject annotation custom x
"""
VOID = ["embed", "link", "meta", "base", "input", "area", "track", "col", "keygen", "bgsound", "basefont", "param"]
ATTRIBUTES = """
id name style onclick onerror onload onfocus onmouseover ontoggle onbegin srcdoc formaction action background cite
srcset sizes ping target usemap xlink xmlns is slot itemprop itemtype itemscope tabindex autofocus contenteditable draggable
hidden accesskey data download hreflang referrerpolicy crossorigin integrity border bgcolor align valign color face role
nonce part popover inert poster src href align value type
"""
HREFS = [
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", "javascript:1", "data:text/html,x", "vbscript:9", "file:///etc/passwd",
    "ftp://x.example/", "blob:https://x.example/1", "about:blank", "cid:x", "tel:1", "sms:1", "ws://x.example/", "intent:x",
    "view-source:https://x.example/", "feed:https://x.example/", "jar:https://x.example/", "ms-word:x", "", " ", "x", "/x",
    "//x.example/", "/\\x.example", "#x", "?x", "./x", "http:", "http:/", "http://", "http:x.example", "http:/x.example",
    "https:///x.example", "http:\\\\x.example", "https://x.example\\@y.example/", "https://user@x.example/",
    "https://user:pass@x.example/", "https://:80/", "https://x.example:/", "https://x.example:port/", "https://x.example:123456/",
    "HTTP://x.example/", "https://X.example/", "https://x..example/", "https://.x.example/", "https://bücher.example/",
    "https://x.example。evil.example/", "https://%65vil.example/", "https://x.example/ y", " https://x.example/",
    "https://x.example/ ", "https://x.example/\t", "https://x.example/\ny", "java\tscript:x", "java\nscript:x", "https://x.example/\u202egpj",
    "https://x\u200b.example/", "https://x.example/\u200b", "https://x.example/\xad", "https://x.example/\ufeff", "https://x.example/\u2066x",
    "https://x.example/\xa0", "https://x.example/\u3000", "https://x.example/\u2028", "https://[::1", "https://[x]/", "https://x.example<b",
    "https://x.example/" + "a" * 2048, "mailto:", "mailto:x", "mailto:x@", "mailto:@x.example", "mailto:x@y@z.example",
    "mailto:x@x.example?bcc=y@y.example", "mailto:x@x.example,y@y.example", "mailto:x%0a@x.example", "mailto:x y@x.example",
    "MAILTO:x@x.example", "mailpost-media:", "mailpost-media:media/other.jpg", f"{MINE}?x", f"{MINE}#x", f"{MINE}/../x", f"x{MINE}",
    f"MAILPOST-MEDIA:{OWN}", f"{MINE} ",
]  # fmt: skip
SOURCES = [
    "https://t.invalid/p.gif", "http://t.invalid/", "//t.invalid/p.gif", "/p.gif", "x", "", "data:image/png;base64,x", "cid:x",
    "javascript:1", "blob:x", f"{MINE}x", f"{MINE}\n", OWN, f"mailpost-media:/{OWN}", f"mailpost-media:{OWN}%00",
]  # fmt: skip
VALUES = {
    "img width": ["0", "01", "10001", "99999", "-1", "1.5", "100%", "1px", "", " 1", "１", "1\n"],
    "img height": ["0", "10001", "auto"],
    "img loading": ["eager", "LAZY", ""],
    "img alt": ["a\u202eb", "a\u2066b", "a\nb"],
    "img title": ["a\u202eb"],
    "td colspan": ["0", "101", "1000", "-1", "x", ""],
    "td rowspan": ["0", "101"],
    "th scope": ["x", "Row", "rows"],
    "ol start": ["1234567", "x", "1.5", "--1"],
    "ol reversed": ["reversed", "x"],
    "ol type": ["disc", "aa", "x"],
    "p dir": ["LTR", "x", ""],
    "p lang": ["", "a b", "e" * 36, "en_GB", "é"],
    "p class": ["", "evil", "photo gallery", "h-card", "Photo", " photo"],
    "bdo dir": ["x"],
    "audio controls": ["controls", "x"],
    "audio preload": ["auto", ""],
    "source type": ["text/html", "image/svg+xml", "image/gif", "x"],
    "source sizes": ["", "x" * 81, "calc(1px*2)", "100VW", "url(x)"],
    "source srcset": [
        "",
        "x",
        f"{MINE} 2x",
        f"{MINE}, x 1w",
        f"{MINE} 1w x",
        "https://t.invalid/ 1w",
        f"{MINE} 123456w",
    ],
}
WRITTEN = [
    "<", ">", "&", "a < b", "a > b", "a & b", "&copy;", "&#65;", "&#x41;", "&amp", "&AMP;", "&lt", "&apos;", "&nbsp", "<p", "<p ", "</p",
    "</p>", "<p>", "<p></p", "<p></P>", "<P></P>", "<p ></p>", "<p></p >", "<p/></p>", "<br/>", "<br />", "</br>", "<br></br>",
    "<img></img>", "<hr></hr>", "<b><i></b></i>", "<p><b></p></b>", "<p></p></p>", "<div><p></div>", "< p></p>", "<1></1>", "<p\n></p>",
    '<p\tclass="card"></p>', '<p  class="card"></p>', "<p class=card></p>", "<p class='card'></p>", "<p class></p>",
    '<p class ="card"></p>', '<p class= "card"></p>', '<p CLASS="card"></p>', '<p class="card" class="card"></p>',
    '<p class="card"dir="ltr"></p>', '<p dir="ltr"/></p>', '<p ="x"></p>', '<p dir="ltr></p>', '<p title="<"></p>',
    '<p dir="l"tr"></p>', '<abbr title="<b>"></abbr>', '<abbr title="a > b"></abbr>', '<abbr title="a & b"></abbr>',
    '<abbr title="a &copy; b"></abbr>', '<abbr title="&lt"></abbr>', "<!-- x -->", "<!-->", "<!doctype html>", "<![CDATA[x]]>",
    '<?xml version="1.0"?>', "<!x>", "</>", "</ p>", "<p>\x00</p>", "<p>\x0b</p>", "<p>\r</p>", "<p>\x1b[2J</p>", "<p>\x7f</p>",
    "<p>\x85</p>", "<p>\x9b</p>", "<p>\ud800</p>", "<p>\ufffe</p>", "<p>\uffff</p>", '<abbr title="\x00"></abbr>', "<p:x></p:x>",
    "<svg:p></svg:p>", '<p xml:lang="en"></p>', '<p data-x="1"></p>', '<p aria-label="x"></p>', '<p on="x"></p>',
]  # fmt: skip
PLACES = [
    "<p><p></p></p>", "<p><div></div></p>", "<p><ul></ul></p>", "<p><ol></ol></p>", "<p><hr></p>", "<p><h2></h2></p>", "<p><pre></pre></p>",
    "<p><blockquote></blockquote></p>", "<p><table></table></p>", "<p><figure></figure></p>", "<p><dl></dl></p>", "<p><li></li></p>",
    "<p><figcaption></figcaption></p>", "<p><dt></dt></p>", "<p><b><p></p></b></p>", "<p><span><i><div></div></i></span></p>",
    "<h2><h3></h3></h2>", "<h4><h4></h4></h4>", "<li><li></li></li>", "<li><div><li></li></div></li>", "<li><b><li></li></b></li>",
    "<dt><dd></dd></dt>", "<dd><dd></dd></dd>", "<dd><p></p><dt></dt></dd>", "<tr></tr>", "<td></td>", "<th></th>", "<tbody></tbody>",
    "<thead></thead>", "<tfoot></tfoot>", "<caption></caption>", "<table><tr></tr></table>", "<table><td></td></table>",
    "<table><p></p></table>", "<table><b></b></table>", "<table>x</table>", "<table>&nbsp;</table>", "<table><table></table></table>",
    "<table><tbody>x</tbody></table>", "<table><tbody><td></td></tbody></table>", "<table><tbody><tbody></tbody></tbody></table>",
    "<table><tbody><tr>x</tr></tbody></table>", "<table><tbody><tr><p></p></tr></tbody></table>", "<table><tbody><tr><tr></tr></tr></tbody></table>",
    "<table><tbody><tr><img></tr></tbody></table>", "<table><br></table>", "<p><tr></tr></p>", "<div><td></td></div>",
    "<table><tbody><tr><td><td></td></td></tr></tbody></table>", "<table><caption><tr></tr></caption></table>",
    f"<a {REL}><a {REL}></a></a>", f"<a {REL}><p><b><a {REL}></a></b></p></a>", "<a></a>", '<a rel="nofollow"></a>', '<a rel=""></a>',
    '<a rel="me nofollow noopener noreferrer"></a>', '<a rel="noreferrer noopener nofollow"></a>', '<a href="https://x.example/"></a>',
    f'<a {REL} target="_blank"></a>', "<b>" * 201 + "</b>" * 201,
]  # fmt: skip


def given_value(name: str, value: str) -> str:
    tag, attribute = name.split()
    written = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<{tag} {attribute}="{written}">' + ("" if tag in ("img", "source") else f"</{tag}>")


BAD = {
    **{f"T37-D2-{name}": element(name) for name in ELEMENTS.split()},
    **{f"T37-D2-{name}-void": f"<{name}>" for name in VOID},
    **{f"T36-D3-{name}": f'<p {name}="x">x</p>' for name in ATTRIBUTES.split()},
    **{f"T32-D5-href-{n}": given_value("a href", value).replace(">", f" {REL}>", 1) for n, value in enumerate(HREFS)},
    **{f"T58-D5-src-{n}": given_value("img src", value) for n, value in enumerate(SOURCES)},
    **{f"T58-D5-poster-{n}": given_value("video poster", value) for n, value in enumerate(SOURCES)},
    **{
        f"T28-D3-{name}-{n}": given_value(name, value)
        for name, values in VALUES.items()
        for n, value in enumerate(values)
    },
    **{f"T29-written-{n}": markup for n, markup in enumerate(WRITTEN)},
    **{f"T29-place-{n}": markup for n, markup in enumerate(PLACES)},
}


def test_there_are_enough_bad_ones() -> None:
    assert len(BAD) > 400
    assert len(set(BAD.values())) > 400


@pytest.mark.parametrize("name", BAD)
def test_what_breaks_one_rule_is_refused(name: str) -> None:
    assert refusal(BAD[name], {OWN})
    assert refusal(f"<div>{BAD[name]}</div>", {OWN})


@pytest.mark.parametrize("markup", GOOD)
def test_what_a_post_consists_of_is_accepted(markup: str) -> None:
    assert refusal(markup, {OWN}) == ""


def test_nothing_is_shown_that_is_not_the_posts_own() -> None:
    assert refusal(f'<img src="{MINE}">', {OWN}) == ""
    assert refusal(f'<img src="{MINE}">', ()) == "<img> has a wrong src"


def test_it_says_what_it_does_not_like() -> None:
    assert refusal("<p><script></script></p>", ()) == "<script> is unknown"
    assert refusal("<p><div></div></p>", ()) == "<div> would close what it is in"
    assert refusal("<table>x</table>", ()) == "there is text in <table>"
    assert refusal("<div><b></div></b>", ()) == "</div> closes something else"
    assert refusal("</b>", ()) == "</b> closes something else"
    assert refusal("<div><b>", ()) == "<b> stays open"
    assert refusal("a < b", ()) == "it is not written plainly"
    assert refusal("<p>\x1b</p>", ()) == "it has a character that no page may have"
    assert refusal("<a></a>", ()) == "<a> has no rel"
    assert refusal('<p dir="ltr" dir="ltr"></p>', ()) == "<p> has an attribute twice"
    assert refusal("<p><td></td></p>", ()) == "<td> cannot be in <p>"
    assert refusal("<i>" * 300, ()) == "it is nested too deeply"


def test_it_shares_nothing_with_the_sanitisers() -> None:
    """No code, no tables, no parser: only the standard library's regular expressions and entities."""
    tree = ast.parse(Path(str(verify.__file__)).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= {"re", "collections.abc", "functools", "html", "typing"}


def test_what_the_verifier_refuses_is_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should both sanitisers fail one day, this is the sentence."""
    monkeypatch.setattr("mailpost.sanitise._nh3", lambda content, _media: content)
    monkeypatch.setattr("mailpost.sanitise._bleach", lambda content, _media: content)
    with pytest.raises(Unsafe, match=r"the verifier refuses it: <script> is unknown"):
        sanitise("<p>a</p><script>x()</script>", ())


# ---- it agrees with what the sanitisers let out


@pytest.mark.parametrize("name", vectors.MARKUP)
def test_it_agrees_on_every_vector(corpus: Path, name: str) -> None:
    """`sanitise` raises where it does not; html5lib's trees are in `test_sanitise`."""
    for vector in json.loads((corpus / name / "vectors.json").read_bytes()):
        assert refusal(sanitise(vector["input"], ()), ()) == ""


def test_it_agrees_on_every_way_of_ours() -> None:
    for vector in vectors.own():
        assert refusal(sanitise(vector.markup, ()), ()) == ""


def test_it_agrees_on_every_post_of_the_museum() -> None:
    bodies = [path.with_suffix(".html").read_text(encoding="utf-8").rstrip("\n") for path in MAILS]
    assert len(bodies) > 100
    assert [r for body in bodies if (r := refusal(body, re.findall(r'mailpost-media:([^" ]+)', body)))] == []


@settings(deadline=None)
@given(st.text(max_size=300))
def test_it_agrees_on_any_text(text: str) -> None:
    assert refusal(escaped(text), ()) == ""


NAMES = (
    "p div b i u s a ul ol li dl dt dd table thead tbody tr td th caption h1 h2 h3 pre blockquote figure img br hr span"
)
FOREIGN = """
svg /svg math mtext mglyph style /style script /script title /title noscript /noscript form /form select option button
/button template /template xmp textarea /textarea iframe ruby rt rp font center nobr marquee picture source audio video
body html frameset colgroup col foreignObject desc annotation-xml details summary object p/ br/ /br /p
"""
SOUP = st.one_of(
    st.sampled_from([f"<{name}>" for name in NAMES.split()] + [f"</{name}>" for name in NAMES.split()]),
    st.sampled_from([f"<{name}>" for name in FOREIGN.split()]),
    st.sampled_from([*HREFS[:40], *WRITTEN]).map(lambda value: f"<a href=\"{value}\" title='{value}'>"),
    st.sampled_from(
        ["<!--", "-->", "--!>", "<![CDATA[", "]]>", "<?", "<!", '"', "'", "=", "<", ">", "&", "/", "\n", "\0", " "]
    ),
    st.sampled_from(
        [f'<img src="{MINE}" onerror=x>', f"<source srcset='{MINE} 1w, x'>", '<p class="photo" style="x" id=x dir=rtl>']
    ),
    st.text(max_size=8),
)


@settings(max_examples=20_000 if FUZZ else 2_000, deadline=None)
@given(st.lists(SOUP, max_size=25).map("".join))
def test_g03_soup_of_any_kind_is_settled_and_accepted(content: str) -> None:
    """The result is a fixpoint and the verifier agrees: a disagreement would raise."""
    found = sanitise(content, {OWN})
    assert refusal(found, {OWN}) == ""
    assert sanitise(found, {OWN}) == found


@settings(max_examples=20_000 if FUZZ else 1_000, deadline=None)
@given(
    st.sampled_from(["", "https://", "http://x.example", "mailto:", "mailto:a@"]),
    st.text(st.sampled_from("ahtps:/\\@.x[]%:?#\t\n1é。~!$&'()*+,;=-_|^`{}\"<>"), max_size=40),
)
def test_t32_it_agrees_on_every_link(beginning: str, value: str) -> None:
    found = link(beginning + value)
    if found is not None:
        written = escape(found, quote=False).replace('"', "&quot;")
        assert refusal(f'<a href="{written}" {REL}>x</a>', ()) == ""


@pytest.mark.parametrize(
    "piece", ["<b>", "<p></p>", "a", "&amp;", "<", ">", "<a ", '<a title="', ' x="', "</b>", "<i></i>", "<td>"]
)
def test_no_length_of_anything_takes_long(piece: str) -> None:
    """A million characters; the suite's time-out stops what is not linear."""
    times = 1_000_000 // len(piece)
    for content in (piece * times, "<p" + piece * times, "<p>" + piece * times + "</p>", f'<p title="{piece * times}'):
        assert isinstance(refusal(content, ()), str)
    assert sys.getrecursionlimit() <= 10_000

"""Html a stranger's browser may be given: each part of the sanitiser by itself, and its limits to the letter."""

import html
from collections.abc import Callable

import pytest

from mailpost import sanitise as door
from mailpost.post import MEDIA
from mailpost.sanitise import TooMuch, Unsafe, escaped, link, one_line, sanitise, wash, xml_text
from mailpost.sanitise.limits import limit
from mailpost.sanitise.policy import keep
from mailpost.sanitise.verify import refusal

OWN = "media/ab/cdef.jpg"
MINE = MEDIA + OWN
REL = 'rel="nofollow noopener noreferrer"'
Stage = Callable[[str, frozenset[str]], str]
STAGES: list[Stage] = [door._nh3, door._bleach]


def code_point(sign: str) -> str:
    return f"U+{ord(sign):04X}"


# ---- each of the two sanitisers is enough by itself

HARMLESS = {
    "<p>a<script>x()</script>b</p>": "x()",
    "<p onclick='x()'>a</p>": "onclick",
    "<p style='color:red' id=i class=evil>a</p>": "=",
    "<a href='javascript:x()'>a</a>": "javascript",
    "<a href='JavaScript:x()'>a</a>": "cript:",
    "<a href='data:text/html,x'>a</a>": "data:",
    "<a href='/x'>a</a>": "/x",
    "<a href='https://eve@x.example/'>a</a>": "eve",
    "<a href='https://x.example/' target='_blank' ping='https://t.example/'>a</a>": "ping",
    "<img src='https://t.example/p.gif'>": "t.example",
    f"<img src='{MEDIA}other.jpg'>": "other",
    f"<img src='{MINE}' onerror='x()'>": "onerror",
    f"<img src='{MINE}' srcset='https://t.example/p.gif 1x'>": "t.example",
    f"<picture><source srcset='{MINE} 1w, https://t.example/p.gif 2w'></picture>": "t.example",
    f"<picture><source srcset='https://t.example/p.gif 1w, {MINE} 2w'></picture>": "t.example",
    "<video poster='https://t.example/p.gif'></video>": "t.example",
    f"<video poster='{OWN}'></video>": "poster",
    "<img width='10001' height='0'>": "=",
    "<td colspan='101'>a</td>": "101",
    "<ol type='x' start='1234567'><li>a</li></ol>": "=",
    "<p lang='a b' dir='up'>a</p>": "=",
    "<!-- a --><p>b</p>": "<!",
    "<iframe src='https://t.example/'></iframe>": "iframe>",
    "<base href='https://t.example/'>": "t.example",
    "<form action='https://t.example/'>a</form>": "t.example",
    "<b title='x'>a</b>": "title",
    "<div href='https://x.example/' src='x'>a</div>": "=",
    "<img title='a\u202eb'>": "\u202e",
}


@pytest.mark.parametrize("markup", HARMLESS)
@pytest.mark.parametrize("stage", STAGES)
def test_one_sanitiser_would_do(stage: Stage, markup: str) -> None:
    """What bleach leaves of a script is escaped or plain text; it is not an element."""
    cleaned = stage(markup, frozenset({OWN}))
    gone = HARMLESS[markup]
    assert gone not in cleaned.replace(f" {REL}", "") or "script" in markup
    assert "<script" not in cleaned


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "markup",
    [
        f'<a href="https://x.example/" title="a" {REL}>b</a>',
        f'<a href="http://x.example/" {REL}>b</a>',
        f'<a href="mailto:bob@x.example" {REL}>b</a>',
        f'<a href="{MINE}" {REL}>b</a>',
        f'<img src="{MINE}" alt="a" title="b" width="10000" height="1" loading="lazy">',
        f'<picture><source srcset="{MINE} 480w, {MINE} 960w" type="image/webp" sizes="100vw"></picture>',
        f'<video src="{MINE}" controls="" preload="none" poster="{MINE}" width="4" height="3"></video>',
        f'<audio src="{MINE}" controls="" preload="metadata"></audio>',
        '<ol start="-3" reversed="" type="a"><li>x</li></ol>',
        '<abbr title="a">b</abbr>',
        '<p class="card" dir="rtl" lang="he">x</p>',
    ],
)
def test_each_sanitiser_keeps_what_a_post_consists_of(stage: Stage, markup: str) -> None:
    cleaned = stage(markup, frozenset({OWN}))
    assert sorted(cleaned.replace(">", " >").split()) == sorted(markup.replace(">", " >").split())


def test_a_link_without_our_rel_gets_it_from_one_and_a_foreign_one_from_neither() -> None:
    foreign = '<a rel="me" href="https://x.example/">a</a>'
    assert door._bleach(foreign, frozenset()) == '<a href="https://x.example/">a</a>'
    assert door._nh3(foreign, frozenset()) == f'<a href="https://x.example/" {REL}>a</a>'


@pytest.mark.parametrize(
    ("nh3", "bleach", "reason"),
    [
        (lambda _c, _m: "<p>a</p>", lambda _c, _m: "<p>b</p>", "two sanitisers disagree about it"),
        (lambda c, _m: c, lambda c, _m: c, "the verifier refuses it: <script> is unknown"),
        (lambda _c, _m: "<b>" * 151, lambda c, _m: c, "it is nested too deeply"),
        (lambda _c, _m: "x" * 9999, lambda c, _m: c, "it grows too much"),
    ],
)
def test_whatever_one_of_them_does_alone_is_not_published(
    monkeypatch: pytest.MonkeyPatch, nh3: Stage, bleach: Stage, reason: str
) -> None:
    monkeypatch.setattr(door, "_nh3", nh3)
    monkeypatch.setattr(door, "_bleach", bleach)
    with pytest.raises(Unsafe, match=f"^{reason}$"):
        sanitise("<script>x()</script>", ())


def test_they_may_need_a_second_look_and_get_no_third(monkeypatch: pytest.MonkeyPatch) -> None:
    def dropping(_content: str, _media: frozenset[str]) -> str:
        return next(steps)

    monkeypatch.setattr(door, "_bleach", lambda content, _media: content)
    monkeypatch.setattr(door, "_nh3", dropping)
    steps = iter(["<p>1</p>", "<p>2</p>", "<p>2</p>"])
    assert sanitise("<p>x</p>", ()) == "<p>2</p>"
    steps = iter(["<p>1</p>", "<p>2</p>", "<p>3</p>", "<p>3</p>"])
    with pytest.raises(Unsafe, match="disagree"):
        sanitise("<p>x</p>", ())


# ---- what the quirks of mail programs may look at

WASHED = {
    '<p class="x" id="y" style="color:red" dir="rtl" lang="he">a</p>': {'class="x"', 'id="y"', 'style="color:red"', 'dir="rtl"', 'lang="he"'},
    "<h1>a</h1>": {"<h1>"},
    '<font color="red">a</font>': {"<font>"},
    "<center>a</center>": {"<center>"},
    '<a href="https://x.example/" title="b" name="n" target="t">a</a>': {'href="https://x.example/"', 'title="b"'},
    '<a href="http://x.example/">a</a>': {'href="http://x.example/"'},
    '<a href="mailto:bob@x.example">a</a>': {'href="mailto:bob@x.example"'},
    '<img src="cid:1@x" alt="b" title="c" width="3" height="4" loading="lazy">': {
        'src="cid:1@x"', 'alt="b"', 'title="c"', 'width="3"', 'height="4"',
    },
    '<blockquote type="cite" cite="mid:1">a</blockquote>': {'type="cite"'},
    '<table border="1" width="9"><tbody><tr><td colspan="2" rowspan="3" class="c">a</td></tr></tbody></table>': {
        'border="1"', 'colspan="2"', 'rowspan="3"', 'class="c"', "<tbody>", "<tr>",
    },
    '<table><tbody><tr><th scope="row" colspan="2" rowspan="3">a</th></tr></tbody></table>': {
        "<table>", "<tbody>", "<tr>", 'scope="row"', 'colspan="2"', 'rowspan="3"',
    },
    '<ol start="3" reversed type="a"><li value="9">a</li></ol>': {'start="3"', 'reversed=""', 'type="a"', "<li>"},
    '<abbr title="b">a</abbr>': {'title="b"'},
}  # fmt: skip


@pytest.mark.parametrize("markup", WASHED)
def test_marks_by_which_a_mail_program_is_known_are_kept_until_they_were_read(markup: str) -> None:
    washed = wash(markup)
    words = {
        word if word.startswith("<") else word.partition(">")[0]
        for word in washed.split("a</")[0].replace("><", "> <").split()
    }
    names = {word for word in words if not word.startswith("<") or word.endswith(">")}
    assert names == WASHED[markup]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>a<script>x()</script><style>p{}</style><title>t</title><select><option>o</option></select>b</p>",
        "<p>a<!-- x -->b</p>",
        '<p onclick="x()" onmouseover="x()">ab</p>',
        "<p>a<svg><text>x</text></svg><math><mi>x</mi></math>b</p>",
        "<p>a<iframe>x</iframe><object>x</object><button>x</button><textarea>x</textarea>b</p>",
        "<p>a<picture><source srcset=x></picture><audio src=x></audio><video src=x></video>b</p>",
        "<p>a<input value=x><meta x><base href=x><link href=x>b</p>",
    ],
)
def test_nothing_active_is_left_for_them(markup: str) -> None:
    assert wash(markup) == "<p>ab</p>"


@pytest.mark.parametrize(
    "scheme", ["javascript:x()", "data:text/html,x", "ftp://x.example/", "file:///x", "mailpost-media:x"]
)
def test_addresses_that_no_post_may_have_are_gone_from_the_start(scheme: str) -> None:
    assert wash(f'<a href="{scheme}">a</a>') == "<a>a</a>"


@pytest.mark.parametrize("depth", [151, 200])
def test_what_is_nested_too_deeply_to_be_walked_is_refused(depth: int) -> None:
    assert wash("<b>" * 150 + "x").startswith("<b><b>")
    with pytest.raises(TooMuch, match="nested too deeply"):
        wash("<b>" * depth + "x")


# ---- limits


def refused(content: str, *, depth: int = 1024, tags: int = 40_000) -> str:
    try:
        limit(content, depth=depth, tags=tags)
    except TooMuch as trouble:
        return str(trouble)
    return ""


LETTERS = 512 * 1024
EDGES = {
    "as long as may be": ("x" * LETTERS, "x" * (LETTERS + 1), "it is too long"),
    "as many tags as may be": ("<b></b>" * 20_000, "<b></b>" * 20_000 + "<", "it has too many tags"),
    "a tag as long as may be": (
        "<p title='" + "x" * (16 * 1024 - len("p title=''>")) + "'>",
        "<p title='" + "x" * (16 * 1024 - len("p title=''>") + 1) + "'>",
        "a tag is too long",
    ),
    "as many attributes as may be": ("<p" + " a" * 256 + ">", "<p" + " a" * 257 + ">", "a tag is too long"),
    "as many ampersands as may be": ("&" * 20_000, "&" * 20_001, "it has too many ampersands"),
    "as deep as may be": ("<b>" * 1024, "<b>" * 1025, "it is nested too deeply"),
}


@pytest.mark.parametrize("name", EDGES)
def test_t53_the_limits_are_where_they_are_said_to_be(name: str) -> None:
    good, bad, reason = EDGES[name]
    assert (refused(good), refused(bad)) == ("", reason)


def test_t53_what_may_be_many_tags_is_read_eight_times_at_most() -> None:
    """A “<” in the name of a tag may begin another one; each of these is as long as all that follow."""
    good, bad = ("<b" * many + ">" for many in (2047, 2048))
    assert (refused(good, depth=40_000), refused(bad, depth=40_000)) == ("", "it is nested too deeply")


@pytest.mark.parametrize(
    ("content", "depth"),
    [
        ("", 0),
        ("a < b", 0),
        ("<br><hr><img><wbr><source>", 0),
        ("<BR><Img src=x>", 0),
        ("<b/><i x='1'/>", 0),
        ("<b>", 1),
        ("<b></b><b></b>", 1),
        ("</b></b></b><b>", 1),
        ("<b><i></i></b><b><i></i></b>", 2),
        ("<b><i></i><u><s>", 3),
        ("<b></i><u>", 2),
        ("<b></b></b><i>", 1),
        ("<b><b></b></b><i><u><s>", 3),
        ("<b><b></b><i><u>", 3),
        ("<b title='>'><i>", 2),
        ("<!-- <b> --><i>", 2),
        ("<p><p><p>", 3),
    ],
)
def test_depth_is_counted_as_a_browser_may_at_worst(content: str, depth: int) -> None:
    assert refused(content, depth=depth) == ""
    if depth:
        assert refused(content, depth=depth - 1) == "it is nested too deeply"


def test_t53_what_would_be_read_again_and_again_is_refused() -> None:
    """Each “<” begins a tag for one reader or another: a hundred of them before one end are read to there."""
    assert refused(("</a " * 100 + ">") * 150) == ""
    assert refused(("</a " * 100 + ">") * 250) == "it is nested too deeply"


# ---- values


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("href", MINE, MINE),
        ("href", f"{MINE}x", None),
        ("href", "https://X.example/", "https://x.example/"),
        ("href", OWN, None),
        ("src", MINE, MINE),
        ("src", "https://x.example/", None),
        ("src", OWN, None),
        ("poster", MINE, MINE),
        ("poster", "https://x.example/p.gif", None),
        ("srcset", f"{MINE} 1w", f"{MINE} 1w"),
        ("srcset", f"{MINE} 1w, {MINE} 2w,", f"{MINE} 1w, {MINE} 2w,"),
        ("srcset", f"{MINE} 1w, x 2w", None),
        ("srcset", "", None),
        ("srcset", " , ", None),
        ("alt", " a\u202e  b\n", "a b"),
        ("title", "a\u200bb", "ab"),
        ("class", "photo", "photo"),
        ("class", "photo card", None),
        ("class", "", None),
        ("rel", "nofollow noopener noreferrer", "nofollow noopener noreferrer"),
        ("rel", "me", None),
        ("loading", "eager", None),
        ("style", "color:red", None),
        ("onclick", "x()", None),
        ("", "", None),
    ],
)
def test_what_becomes_of_one_attribute(name: str, value: str, kept: str | None) -> None:
    assert keep({OWN}, name, value) == kept


def test_a_link_is_at_most_two_thousand_and_forty_eight_signs_long() -> None:
    address = "https://x.example/".ljust(2048, "a")
    assert link(address) == address
    assert link(f" {address}\n") == address
    assert link(address + "a") is None
    grown = "https://ä.example/".ljust(2048, "a")
    assert link(grown) is None, "its host is longer in ASCII"
    assert link(grown[:-6]) == "https://xn--4ca.example/".ljust(2048, "a")


def test_a_host_has_at_most_253_signs() -> None:
    labels = ".".join(["a" * 49] * 5)
    assert link(f"https://{labels}.ex/") == f"https://{labels}.ex/"
    assert link(f"https://{labels}.exa/") == f"https://{labels}.exa/"
    assert link(f"https://{labels}.exam/") is None


@pytest.mark.parametrize(
    ("local", "good"), [("a" * 64, True), ("a" * 65, False), (".!#$'*+/=^_`{|}~-9Z", True), ("a;b", False)]
)
def test_a_person_is_one_plain_address(local: str, *, good: bool) -> None:
    address = f"mailto:{local}@x.example"
    assert link(address) == (address if good else None)


UNSEEN = (
    "\x00\x1f \x7f\x80\x9f\xa0\xad\u061c\u115f\u1160\u180e\u2000\u200b\u200f\u2028\u202e\u202f\u205f\u2060\u2066\u206f\u3000"
    "\u3164\ufeff\uffa0\ufff0\ufffd\uffff\U000e0000\U000e0041\U000e0fff\ud800\udfff\\"
)


@pytest.mark.parametrize("sign", UNSEEN, ids=code_point)
def test_t32_nothing_in_an_address_is_unseen(sign: str) -> None:
    assert link(f"https://x.example/a{sign}b") is None
    assert link(f"https://x{sign}y.example/") is None


@pytest.mark.parametrize("sign", UNSEEN, ids=code_point)
def test_t32_nor_does_the_verifier_let_it_through(sign: str) -> None:
    assert refusal(f'<a href="https://x.example/a{sign}b" {REL}>a</a>', ())


@pytest.mark.parametrize("sign", "!é~\u0100\u2010\u2030\u2070\u3001\uff01\ufdfa\U00010000\U0001f600\U000f0000")
def test_other_signs_are_left_to_a_path(sign: str) -> None:
    assert link(f"https://x.example/a{sign}b") == f"https://x.example/a{sign}b"
    assert refusal(f'<a href="https://x.example/a{sign}b" {REL}>a</a>', ()) == ""


HOSTS = {
    "a_b.example": True,
    "_.x": True,
    "9-a.0": True,
    f"{'a' * 63}.example": True,
    f"{'a' * 64}.example": False,
    f"x.{'a' * 63}": True,
    f"x.{'a' * 64}": False,
    f"{'a' * 49}." * 5 + "abc": True,
    f"{'a' * 49}." * 5 + "abcd": False,
    "[::ffff:127.0.0.1]": True,
    "[1:2:3:4:5:6:7:8]": True,
    "a*b.example": False,
    "a,b.example": False,
}


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_a_name_or_a_number(host: str) -> None:
    address = f"https://{host}/"
    assert link(address) == (address if HOSTS[host] else None)


# ---- text


def test_escaped_text_is_paragraphs_and_line_ends() -> None:
    text = "  One < two & \"three\" 'four'\nfive\n \n\n\tsix\x00\x85seven  \n\n \n"
    found = escaped(text)
    assert found == "<p>One &lt; two &amp; \"three\" 'four'<br>five</p><p>six<br>seven</p>"
    assert refusal(found, ()) == ""
    assert escaped("") == escaped(" \n\n ") == ""
    assert html.unescape(escaped("&lt;b&gt;")) == "<p>&lt;b&gt;</p>"


@pytest.mark.parametrize(
    ("host", "ascii_host"),
    [
        ("bü-cher.example", "xn--b-cher-3ya.example"),
        ("हिन्दी.example", "xn--j2bd4cyah0f.example"),  # vowel signs are marks
        ("x.ü", "x.xn--tda"),
        ("X-9_.example", "x-9_.example"),
    ],
)
def test_a_host_of_other_letters_is_spelt_as_dns_has_it(host: str, ascii_host: str) -> None:
    assert link(f"https://{host}/XX") == f"https://{ascii_host}/XX"


@pytest.mark.parametrize("sign", ["‐", "·", "ａ", "ﬁ", "①", "☃", "\u0131\u0307\u2044"])
def test_a_host_that_a_browser_would_read_otherwise_is_none(sign: str) -> None:
    assert link(f"https://x{sign}.example/") is None


# ---- the verifier, in letters that it must not forgive


def source(value: str) -> str:
    return refusal(f'<picture><source srcset="{value}"></picture>', {OWN})


def test_a_list_of_pictures_is_written_in_one_way() -> None:
    assert source(f"{MINE} 1w, {MINE} 2w") == source(MINE) == ""
    for value in (f"{MINE} 1w,\n{MINE} 2w", f"X{MINE} 1w", f"{MINE} 1wX", f"{MINE} 1w,", f",{MINE}", f"{MINE}  1w"):
        assert source(value) == "<source> has a wrong srcset"


def test_a_target_has_at_most_2048_signs() -> None:
    for length, doubt in ((2048, ""), (2049, "<a> has a wrong href")):
        assert refusal(f'<a href="{"https://x.example/".ljust(length, "a")}" {REL}>a</a>', ()) == doubt


def test_elements_may_be_two_hundred_deep() -> None:
    assert refusal("<b>" * 200 + "</b>" * 200, ()) == ""
    assert refusal("<b>" * 201 + "</b>" * 201, ()) == "it is nested too deeply"


@pytest.mark.parametrize("sign", ["x", "X", "\u2003", "\u3000", "\x85", "-", "&amp;"])
def test_nothing_visible_stands_between_the_cells_of_a_table(sign: str) -> None:
    assert refusal(f"<table>{sign}</table>", ())
    assert refusal("<table> \t\n</table>", ()) == ""


def test_what_stands_at_the_top_is_in_nothing() -> None:
    assert refusal("<td></td>", ()) == "<td> cannot be in <>"


FORBIDDEN = [*range(9), 11, 12, *range(14, 32), 127, 128, 132, 134, 159, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]


@pytest.mark.parametrize("code", FORBIDDEN)
def test_t34_what_xml_forbids_and_terminals_obey_is_gone(code: int) -> None:
    assert xml_text(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize("code", [9, 10, 32, 126, 160, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF])
def test_what_is_next_to_it_stays(code: int) -> None:
    assert xml_text(f"a{chr(code)}b") == f"a{chr(code)}b"


SHAPELESS = "\xad\u115f\u1160\u180e\u200b\u2060\u2064\u206a\u206f\u3164\ufeff\uffa0\U000e0000\U000e0041\U000e0fff\u202a\u202e\u2066\u2069"


@pytest.mark.parametrize("sign", SHAPELESS, ids=code_point)
def test_t41_a_name_hides_nothing(sign: str) -> None:
    assert one_line(f"a{sign}b") == "ab"
    assert one_line(f"א{sign}ב") == "אב"


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("א", "ב", True),
        ("⛹", "♂", True),
        ("⛹", "👩", True),
        ("👩", "⛹", True),
        ("❤\ufe0f", "🔥", True),
        ("👩", "💻", True),
        ("a", "ב", False),
        ("א", "b", False),
        ("a", "👩", False),
        ("👩", "a", False),
        ("", "א", False),
        ("א", "", False),
    ],
)
def test_t41_a_joiner_joins_what_can_be_joined(joiner: str, before: str, after: str, *, kept: bool) -> None:
    assert one_line(before + joiner + after) == before + (joiner if kept else "") + after


def test_t41_a_flag_is_spelt_with_at_most_eight_letters() -> None:
    flag, end = "\U0001f3f4", "\U000e007f"
    for count, kept in ((1, True), (8, True), (9, False)):
        spelt = flag + "\U000e0067" * count + end
        assert one_line(spelt) == (spelt if kept else flag)
    assert one_line(flag + "\U000e002f" + end) == flag

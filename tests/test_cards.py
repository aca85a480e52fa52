"""A link that stands alone on a line becomes a card, and everything else stays what it is."""

import pytest

from mailpost.convert.cards import title_of
from tests.letters import body_of, html, letter, read

REL = 'rel="nofollow noopener noreferrer"'


def card(address: str, title: str, note: str) -> str:
    return f'<p class="card"><a href="{address}" {REL}>{title}</a> <small>{note}</small></p>'


VIDEO = "https://www.youtube.com/watch?v=abc123"
CARDS = {
    "https://youtu.be/abc123\n": card("https://youtu.be/abc123", "youtu.be/abc123", "Video · youtu.be"),
    f"{VIDEO}\n": card(VIDEO, "youtube.com/watch?v=abc123", "Video · youtube.com"),
    "https://blog.example/2026/rye-bread-for-beginners.html\n": card(
        "https://blog.example/2026/rye-bread-for-beginners.html", "Rye bread for beginners", "blog.example"
    ),
    "Look at this:\nhttps://blog.example/p/1\nIsn't it good?\n": "<p>Look at this:</p>"
    + card("https://blog.example/p/1", "blog.example/p/1", "blog.example")
    + "<p>Isn't it good?</p>",
}


@pytest.mark.parametrize("text", CARDS)
def test_a_bare_link_on_a_line_of_its_own_is_a_card(text: str) -> None:
    assert body_of(letter(text)).replace("\n", "") == CARDS[text]


HTML_CARDS = {
    f'<div>Before</div><div><br></div><div><a href="{VIDEO}">How to fold a loaf</a></div>': "<p>Before</p>"
    + card(VIDEO, "How to fold a loaf", "Video · youtube.com"),
    '<p><a href="https://blog.example/a-long-way">https://blog.example/a-long-…</a></p>': card(
        "https://blog.example/a-long-way", "A long way", "blog.example"
    ),
    '<p><a href="https://blog.example/p/2">Seven things about rye</a></p>': card(
        "https://blog.example/p/2", "Seven things about rye", "blog.example"
    ),
}


@pytest.mark.parametrize("content", HTML_CARDS)
def test_the_text_of_a_link_is_the_title_of_its_card(content: str) -> None:
    assert body_of(html(content)) == HTML_CARDS[content]


ORDINARY = [
    "<p>See <a href='https://blog.example/p/1'>https://blog.example/p/1</a> for more.</p>",
    "<p><a href='https://blog.example/'>Read more</a></p>",
    "<p><a href='mailto:somebody@else.example'>somebody@else.example</a></p>",
    "<ul><li><a href='https://blog.example/p/1'>https://blog.example/p/1</a></li></ul>",
    "<blockquote><p><a href='https://blog.example/p/1'>https://blog.example/p/1</a></p></blockquote>",
    "<p><b><a href='https://blog.example/p/1'>https://blog.example/p/1</a></b></p>",
]


@pytest.mark.parametrize("content", ORDINARY)
def test_other_links_stay_links(content: str) -> None:
    assert 'class="card"' not in body_of(html(content))


@pytest.mark.parametrize("address", [VIDEO, f"<a href='{VIDEO}'>{VIDEO}</a>"])
def test_words_around_a_card_stay_as_they_were(address: str) -> None:
    body = body_of(html(f"<div>One <b>two</b> three<br>four<br>{address}<br>five <i>six</i> 7<br>eight</div>"))
    middle = card(VIDEO, "youtube.com/watch?v=abc123", "Video · youtube.com")
    assert body == f"<p>One <b>two</b> three</p><p>four</p>{middle}<p>five <i>six</i> 7</p><p>eight</p>"


def test_a_card_that_pretends_says_where_it_leads() -> None:
    body = body_of(html('<p><a href="https://evil.example/x">https://bank.example/login/page</a></p>'))
    assert 'class="card"' not in body
    body = body_of(html('<p><a href="https://evil.example/x">My own bank account</a></p>'))
    assert body == card("https://evil.example/x", "My own bank account", "evil.example")


def test_a_mail_with_only_a_link_is_a_post_with_a_title() -> None:
    post = read(letter("https://blog.example/2026/rye-bread-for-beginners\n", {"Subject": None})).post
    assert post is not None
    assert (post.title, post.untitled) == ("Rye bread for beginners", True)
    assert post.summary == "Rye bread for beginners"


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("https://a.example/", "a.example"),
        ("https://www.a.example/x/", "a.example/x"),
        ("https://a.example/my_first_post", "My first post"),
        ("https://a.example/2026-11-23", "a.example/2026-11-23"),
        ("https://a.example/caf%C3%A9-am-see", "Café am see"),
        ("https://a.example/q?a=1", "a.example/q?a=1"),
        ("https://a.example/%E6%98%A5", "a.example/春"),
        ("https://a.example/?q=%E6%98%A5&r=%F0%9F%8C%B1", "a.example?q=春&r=🌱"),
        ("https://a.example/%E6%98", "a.example/%E6%98"),
        ("https://a.example/%E2%80%AEgnp.exe", "a.example/%E2%80%AEgnp.exe"),
        ("https://a.example/my%20first%20post%E2%80%AE", "My first post%E2%80%AE"),
        ("https://a.example/my%2520rye", "a.example/my%2520rye"),
        ("https://a.example/%00%1B%C2%9B", "a.example/%00%1B%C2%9B"),
        ("https://a.example/%20", "a.example/%20"),
        ("https://www.xn--kche-0ra.example/", "küche.example"),
        ("https://xn--e1afmkfd.example/", "xn--e1afmkfd.example"),
        ("https://xn--e1afmkfd.xn--80akhbyknj4f/", "пример.испытание"),
        ("https://xn--a.example/", "xn--a.example"),
        ("https://xn--" + "a" * 400 + ".example/", "xn--" + "a" * 66 + "…"),
        ("https://a.example/" + "x" * 90, "a.example/" + "x" * 60 + "…"),
    ],
)
def test_an_address_says_what_its_page_is_about(address: str, title: str) -> None:
    assert title_of(address) == title


def test_many_lines_of_links_cost_no_more_than_other_lines() -> None:
    text = "".join(f"https://blog.example/p/{n}\n" for n in range(2000))
    assert body_of(letter(text)).count('class="card"') == 2000

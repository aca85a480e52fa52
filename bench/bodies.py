"""Text and HTML as mail programs and newsletters write it, as long as wanted."""

import random
from collections.abc import Callable
from html import escape

TEXT = (
    "the a of and to in on at with from over under after before between behind our their this that every some many few "
    "morning evening harbour river bridge garden window kitchen train station market church street corner hill valley "
    "rain wind snow light shadow colour music bread coffee letter photograph neighbour friend child dog bicycle boat "
    "walked saw found heard wrote took gave made bought carried opened closed remembered forgot waited laughed talked "
    "small old new quiet loud bright dark slow quick warm cold green red blue white long short early late open empty "
    "perhaps always never often again still almost already together alone outside upstairs yesterday today tomorrow "
    "café Zürich naïve façade crème über Straße smörgåsbord — “quoted” it’s don’t"
)
WORDS = TEXT.split()

Writer = Callable[[random.Random, int], str]


def sentence(rng: random.Random) -> str:
    words = rng.choices(WORDS, k=rng.randint(6, 18))
    return " ".join(words).capitalize() + rng.choice((".", ".", ".", "!", "?"))


def paragraph(rng: random.Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randint(2, 6)))


def plain(rng: random.Random, size: int) -> str:
    """Paragraphs of flowing lines; now and then a list, a quotation, a link, and a signature at the end."""
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        kind = rng.random()
        if kind < 0.1:
            parts.append("\n".join(f"* {sentence(rng)}" for _ in range(3)))
        elif kind < 0.2:
            parts.append(f"See https://www.demo.example/{rng.randrange(10**6)}/page.html for more.")
        elif kind < 0.25:
            parts.append("\n".join(f"> {sentence(rng)}" for _ in range(2)))
        else:
            parts.append(_wrapped(paragraph(rng)))
    return "\n\n".join(parts)[:size] + "\n\n-- \nAnn\nhttps://www.demo.example/\n"


def _wrapped(text: str) -> str:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > 72:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _filled(piece: Callable[[], str], size: int) -> str:
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(piece())
        length += len(parts[-1])
    return "\n".join(parts)


def webmail(rng: random.Random, size: int) -> str:
    """Nested div elements, spans with fonts, and the mail it answers below."""
    style = "font-family:arial,helvetica,sans-serif;font-size:small;color:rgb(34,34,34)"

    def piece() -> str:
        text = escape(paragraph(rng))
        link = f'<a href="https://www.demo.example/{rng.randrange(10**6)}" target="_blank">{escape(sentence(rng))}</a>'
        body = rng.choice((text, f"<b>{text}</b>", f"{text} {link}", f"<ul><li>{text}</li><li>{link}</li></ul>"))
        return f'<div class="gmail_default" style="{style}"><span style="{style}">{body}</span><br></div>'

    quoted = _filled(lambda: f"<div>{escape(paragraph(rng))}<br></div>", size // 5)
    return (
        f'<div dir="ltr">{_filled(piece, size * 4 // 5)}</div><br><div class="gmail_quote">'
        '<div dir="ltr" class="gmail_attr">On Mon, Ben &lt;<a href="mailto:ben@demo.example">ben@demo.example</a>&gt; '
        'wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;'
        f'padding-left:1ex">{quoted}</blockquote></div>'
    )


def office(rng: random.Random, size: int) -> str:
    """A word processor's page: conditional comments, a style sheet, a class on every paragraph."""
    fonts = "\n".join(
        f"@font-face\n\t{{font-family:Font{number};\n\tpanose-1:2 15 5 2 2 2 4 3 2 4;}}" for number in range(12)
    )
    lists = "\n".join(
        f"@list l{number}:level1\n\t{{mso-level-number-format:bullet;\n\tmso-level-text:\uf0b7;\n\tmargin-left:36.0pt;}}"
        for number in range(20)
    )
    head = (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>'
        '<meta name="Generator" content="Microsoft Word 15 (filtered medium)"><!--[if !mso]><style>v\\:* '
        f"{{behavior:url(#default#VML);}}</style><![endif]--><style><!--\n{fonts}\np.MsoNormal, li.MsoNormal\n\t"
        f"{{margin:0cm;font-size:11.0pt;}}\n{lists}\n--></style><!--[if gte mso 9]><xml><o:shapedefaults "
        'v:ext="edit" spidmax="1026"/></xml><![endif]--></head><body lang="EN-GB" link="#0563C1">'
        '<div class="WordSection1">'
    )

    def piece() -> str:
        text = escape(paragraph(rng))
        inner = rng.choice((text, f'<b><span lang="EN-US" style="color:#1F497D">{text}<o:p></o:p></span></b>'))
        return (
            '<p class="MsoNormal" style="mso-margin-top-alt:auto;mso-margin-bottom-alt:auto"><span style='
            f"'font-size:11.0pt;font-family:\"Calibri\",sans-serif;mso-fareast-language:EN-US'>{inner}</span>"
            "<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        )

    return f"{head}{_filled(piece, size - len(head))}</div></body></html>"


def newsletter(rng: random.Random, size: int) -> str:
    """Tables in tables with a style on every cell, a hidden preview, buttons, and a counting pixel."""
    cell = "padding:12px 24px;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;color:#333333"
    rules = "\n".join(
        f".r{number}{{width:100% !important;padding:{number}px !important;display:block}}" for number in range(30)
    )
    head = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/><title>News</title><style type="text/css">'
        f"@media only screen and (max-width:480px){{{rules}}}</style></head><body style='margin:0;padding:0' "
        f"bgcolor='#f4f4f4'><div style='display:none;max-height:0;overflow:hidden'>{escape(sentence(rng))}"
        f'{"&zwnj;&nbsp;" * 60}</div><table role="presentation" border="0" cellpadding="0" cellspacing="0" width="100%">'
        '<tr><td align="center"><table border="0" cellpadding="0" cellspacing="0" width="600">'
    )

    def piece() -> str:
        number = rng.randrange(10**9)
        return (
            f'<tr><td class="r{number % 30}" valign="top" style="{cell}"><table border="0" cellpadding="0" '
            f'cellspacing="0" width="100%"><tr><td style="{cell};font-weight:bold"><h2 style="margin:0">'
            f"{escape(sentence(rng))}</h2></td></tr><tr><td style='{cell}'><p style='margin:0 0 16px'>"
            f'{escape(paragraph(rng))}</p><img src="https://img.demo.example/{number}.jpg" width="552" height="200" '
            f'alt="" style="display:block;border:0"/></td></tr><tr><td align="center" bgcolor="#0a66c2" '
            f'style="border-radius:4px"><a href="https://track.demo.example/c/{number}?u=ann&amp;c=1" '
            'style="display:inline-block;padding:10px 20px;color:#ffffff;text-decoration:none">Read more</a></td></tr>'
            "</table></td></tr>"
        )

    return (
        f"{head}{_filled(piece, size - len(head))}<tr><td style='{cell}'>You get this because you asked for it. "
        '<a href="https://track.demo.example/u">Unsubscribe</a></td></tr></table></td></tr></table>'
        '<img src="https://track.demo.example/o.gif" width="1" height="1" alt=""/></body></html>'
    )


WRITERS: tuple[Writer, ...] = (webmail, office, newsletter)

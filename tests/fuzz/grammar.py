"""Mails that no program would write: trees of parts, fields, pages and files, put together by chance."""

import base64
import zlib
from collections.abc import Callable
from functools import cache
from random import Random

from PIL import Image

from tests import pages, winmail
from tests.fuzz.mutations import CHARSETS, ENCODINGS, KINDS, TOKENS, mutated
from tests.letters import letter
from tests.pictures import bomb, encoded, heic, jpeg
from tests.test_document import TRACK, archive, gpx, office
from tests.test_film import film, webm
from tests.test_sound import FRAME, id3, ogg_file

WORDS = [
    "crocus",
    "first",
    "the",
    "Frühling",
    "雪が降る",
    "зима",
    "שלום",
    "https://garden.example/a",
    "#tag",
    "> quoted",
    "-- ",
    "*",
    "_a_",
    "<b>",
    "&amp;",
]
TAGS = [
    "p",
    "div",
    "span",
    "br",
    "b",
    "i",
    "u",
    "s",
    "a",
    "img",
    "table",
    "tr",
    "td",
    "th",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "h1",
    "h2",
    "h6",
    "font",
    "center",
    "style",
    "script",
    "title",
    "svg",
    "math",
    "template",
    "noscript",
    "iframe",
    "form",
    "input",
    "textarea",
    "select",
    "option",
    "button",
    "audio",
    "video",
    "source",
    "picture",
    "figure",
    "details",
    "xmp",
    "plaintext",
    "o:p",
    "hr",
    "dl",
    "dt",
    "dd",
    "ruby",
    "rt",
]
ATTRIBUTES = [
    'href="https://garden.example/"', 'href="javascript:alert(1)"', 'src="cid:a"', 'src="https://tracker.example/x.gif"', 'style="mso-list:l0 level1"',
    "class=gmail_quote", "class=MsoNormal", 'dir="rtl"', 'width="1"', "onclick=x", 'srcset="a 1x, b 2x"', 'style="' + "a:b;" * 40 + '"', "type=cite",
    'id="divRplyFwdMsg"', "colspan=99", 'src="data:image/png;base64,iVBORw0KGgo="', "x=" + "y" * 500,
]  # fmt: skip


@cache
def files() -> list[bytes]:
    """One of each kind that is read, and of some that are not."""
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue")]
    photo = jpeg((64, 48), comment=b"a comment")
    return [
        photo, jpeg((900, 600)), encoded(frames[0], "PNG"), encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]), encoded(frames[0], "TIFF"), encoded(frames[0], "BMP"), heic(),
        encoded(Image.new("CMYK", (50, 50)), "JPEG"), encoded(Image.new("P", (50, 50)), "PNG"), encoded(Image.new("I;16", (50, 50)), "PNG"),
        bomb(3000, 3000), bomb(30_000, 30_000), pages.pdf(), pages.pdf(pages=30, info=b"/Author (Ann)"), film(), film(picture=b"hvc1"), webm(),
        FRAME * 9, id3(b"TIT2" + bytes(40)) + FRAME * 9, ogg_file(b"\x01vorbis", bytes(60)), archive("a.txt"), office("word/document.xml"), gpx(TRACK), b"a,b\n1,2\n" * 50, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"MZ" + bytes(300), b"#EXTM3U\nfile:///etc/passwd\n",
        b"{\\rtf1{\\fonttbl{\\f0 Arial;}}Hello}", b"%!PS-Adobe-3.0 EPSF\n", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(90), bytes(5000),
        winmail.winmail(winmail.message(winmail.text(winmail.BODY, "Hello"))), winmail.winmail(winmail.attached(photo, "Sea.jpg")),
        winmail.winmail(winmail.message(winmail.binary(winmail.RICH, winmail.compressed(b"{\\rtf1 Hello}")))), zlib.compress(bytes(100_000)),
    ]  # fmt: skip


def _text(chance: Random) -> bytes:
    said = " ".join(chance.choices(WORDS, k=chance.choice([1, 8, 60, 900])))
    lines = said.replace(" ", chance.choice([" ", "\n", "\n\n", "\n> "]))
    return lines.encode(chance.choice(["utf-8", "utf-8", "utf-16", "iso-2022-jp", "koi8-r", "gb18030"]), "replace")


def _page(chance: Random) -> bytes:
    """Tags that are opened, closed and left open as they come."""
    out = []
    for _ in range(chance.choice([3, 30, 300, 3000])):
        what = chance.random()
        if what < 0.4:
            out.append(f"<{chance.choice(TAGS)} {' '.join(chance.choices(ATTRIBUTES, k=chance.randrange(3)))}>")
        elif what < 0.65:
            out.append(f"</{chance.choice(TAGS)}>")
        else:
            out.append(chance.choice(WORDS))
    page = "".join(out).encode()
    if chance.random() < 0.3:
        at = chance.randrange(len(page))
        page = page[:at] + chance.choice(TOKENS) * chance.choice([1, 50, 5000]) + page[at:]
    return page


def _deep(chance: Random) -> bytes:
    tag = chance.choice(TAGS).encode()
    return b"<%b>" % tag * chance.choice([20, 70, 400, 5000]) + b"x"


def _file(chance: Random) -> bytes:
    content = chance.choice(files())
    return mutated(content, chance.choice(files()), chance) if chance.random() < 0.6 else content


def _markdown(chance: Random) -> bytes:
    return b"".join(
        chance.choices(
            [
                b"* ",
                b"a\n",
                b"> ",
                b"1. ",
                b"```\n",
                b"[a](",
                b"![",
                b"**",
                b"__",
                b"`",
                b"| ",
                b"\t",
                b"<",
                b"\n\n",
                b"# ",
            ],
            k=500,
        )
    )


LEAVES: list[tuple[bytes, Callable[[Random], bytes]]] = [
    (b"text/plain; charset=utf-8", _text), (b"text/plain; format=flowed", _text), (b"text/html; charset=utf-8", _page), (b"text/html", _deep),
    (b"text/markdown", _markdown), (b"text/plain", _markdown), (b"image/jpeg; name=a.jpg", _file), (b"application/octet-stream; name=a.bin", _file),
    (b'image/png; name="a\xff.png"', _file), (b"application/ms-tnef; name=winmail.dat", _file),
]  # fmt: skip


def _part(chance: Random, depth: int) -> bytes:
    if chance.random() < 0.4 and depth < chance.choice([4, 4, 4, 25]):
        boundary = chance.choice([b"=_b", b"=_b1", b"=_", b"x" * chance.choice([1, 69, 71, 200]), b"%d" % depth])
        kind = chance.choice(
            [b"mixed", b"alternative", b"related", b"signed", b"parallel", b"digest", b"report", b"appledouble"]
        )
        inside = [_part(chance, depth + 1) for _ in range(chance.choice([0, 1, 2, 3, 9]))]
        delimited = b"".join(b"--" + boundary + b"\r\n" + each + b"\r\n" for each in inside)
        return (
            b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (kind, boundary)
            + delimited
            + b"--"
            + boundary
            + b"--\r\n"
        )
    kind, make = chance.choice(LEAVES)
    kind = chance.choice(KINDS) if chance.random() < 0.1 else kind
    kind = kind.replace(b"utf-8", chance.choice(CHARSETS)) if chance.random() < 0.2 else kind
    content = make(chance)
    more = chance.choice(
        [
            b"",
            b"",
            b"Content-ID: <a>\r\n",
            b"Content-Disposition: attachment; filename*0*=utf-8''%2e%2e%2f; filename*1=a\r\n",
        ]
    )
    more += b"Content-Type: text/html\r\n" if chance.random() < 0.03 else b""
    if make is _file or chance.random() < 0.2:
        return b"Content-Type: %b\r\n%bContent-Transfer-Encoding: base64\r\n\r\n" % (kind, more) + base64.encodebytes(
            content
        )
    encoding = b"Content-Transfer-Encoding: %b\r\n" % chance.choice(ENCODINGS) if chance.random() < 0.2 else b""
    return b"Content-Type: %b\r\n%b%b\r\n" % (kind, more, encoding) + content


def generated(chance: Random) -> bytes:
    subject = " ".join(
        chance.choices(
            [*WORDS, "Re:", "Fwd:", "((private))", "=?utf-8?q?=00?=", "\u202e"], k=chance.choice([0, 1, 5, 40])
        )
    )
    fields: dict[str, str | bytes | None] = {"Subject": subject, "Content-Type": None}
    if chance.random() < 0.1:
        fields["To"] = "blog+" + chance.choice(["draft", "preview", "private", "help", "x" * 50]) + "@demo.example"
    if chance.random() < 0.1:
        fields["Date"] = chance.choice(
            [
                "Sun, 1 Mar 0001 12:00:00 +0000",
                "Sun, 1 Mar 99999 12:00:00 +9999",
                "\0",
                "1 1 1 1 1",
                "Sun, 31 Feb 2026 25:61:61 -0000",
            ]
        )
    return letter(b"", fields).removesuffix(b"\r\n") + _part(chance, 0)

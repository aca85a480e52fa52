"""The readable content of a mail, in the order in which it was put there."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailpost.errors import Held, Reason, Refused
from mailpost.message import File, Message, Text, read_message
from mailpost.mime import decode
from tests.letters import html, letter, mixed, multipart

PLAIN = "Content-Type: text/plain; charset=utf-8\n\nplain\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>html</p>\n"
HTML2 = "Content-Type: text/html; charset=utf-8\n\n<p>after</p>\n"
PNG = b"\x89PNG\r\n\x1a\n0"
PICTURE = "Content-Type: image/png\nContent-Transfer-Encoding: base64\n{more}\n" + base64.b64encode(PNG).decode() + "\n"
FOOTER = "Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline\n\n_____\nlist footer\n"
CALENDAR = "Content-Type: text/calendar; charset=utf-8\n\nBEGIN:VCALENDAR\n"
AMP = "Content-Type: text/x-amp-html\n\n<html amp4email>\n"


LONG_TEXT = (
    "On the first warm day of the year we dug the bed behind our house, and found three old coins deep in its clay."
)
LONG = f"Content-Type: text/plain; charset=utf-8\n\n{LONG_TEXT}\n"


def lone(text: str) -> bytes:
    """A multipart in which there are no parts."""
    return letter(text, {"Content-Type": "multipart/mixed; boundary=gone"})


def picture(more: str = "") -> str:
    return PICTURE.format(more=more + "\n" if more else "")


def shape(raw: bytes) -> list[str]:
    """What a mail consists of: first words of its texts, names of its files."""
    return [
        piece.content.strip() if isinstance(piece, Text) else f"[{piece.name or piece.type}]"
        for piece in read_message(raw).pieces
    ]


SHAPES = {
    "plain text": (letter("plain"), ["plain"]),
    "html": (html("<p>html</p>"), ["<p>html</p>"]),
    "alternative: the richest wins": (mixed("alternative", PLAIN, HTML), ["<p>html</p>"]),
    "alternative in the wrong order": (mixed("alternative", HTML, PLAIN), ["<p>html</p>"]),
    "alternative of plain texts": (mixed("alternative", PLAIN), ["plain"]),
    "alternative with invitation": (mixed("alternative", PLAIN, HTML, CALENDAR), ["<p>html</p>"]),
    "alternative with AMP": (mixed("alternative", PLAIN, AMP, HTML), ["<p>html</p>"]),
    "alternative whose html is empty": (
        mixed("alternative", PLAIN, "Content-Type: text/html\n\n \n"),
        ["plain"],
    ),
    "related": (
        mixed("related", HTML, picture("Content-ID: <a@b>")),
        ["<p>html</p>", "[image/png]"],
    ),
    "related in alternative": (
        mixed("alternative", PLAIN, multipart("related", HTML, picture(), boundary="i")),
        ["<p>html</p>", "[image/png]"],
    ),
    "alternative in related (Outlook)": (
        mixed("related", multipart("alternative", PLAIN, HTML, boundary="i"), picture()),
        ["<p>html</p>", "[image/png]"],
    ),
    "Apple Mail: mixed inside alternative, in its order": (
        mixed("alternative", PLAIN, multipart("mixed", HTML, picture(), HTML2, boundary="i")),
        ["<p>html</p>", "[image/png]", "<p>after</p>"],
    ),
    "a file only in the plain version is kept": (
        mixed("alternative", multipart("mixed", PLAIN, picture(), boundary="i"), HTML),
        ["<p>html</p>", "[image/png]"],
    ),
    "mixed keeps the order": (mixed("mixed", PLAIN, picture(), HTML, picture()), ["plain", "[image/png]", "<p>html</p>", "[image/png]"]),
    "signed: the signature is no content": (
        mixed("signed", PLAIN, "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN\n"),
        ["plain"],
    ),
    "signed: nothing after the signed part is believed": (mixed("signed", PLAIN, HTML), ["plain"]),
    "alternative of two html versions: the last": (mixed("alternative", PLAIN, HTML2, HTML), ["<p>html</p>"]),
    "S/MIME signature in mixed": (
        mixed("mixed", PLAIN, "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nabc\n"),
        ["plain"],
    ),
    "a list's footer is a text of its own": (mixed("mixed", PLAIN, FOOTER), ["plain", "_____\nlist footer"]),
    "an attached mail is never opened": (
        mixed("mixed", PLAIN, "Content-Type: message/rfc822\n\nFrom: eve@x.example\n\nhers\n"),
        ["plain"],
    ),
    "nor is one in UTF-8": (mixed("mixed", PLAIN, "Content-Type: message/global\n\nFrom: eve@x.example\n\nhers\n"), ["plain"]),
    "an unnamed picture is kept": (mixed("mixed", PLAIN, picture()), ["plain", "[image/png]"]),
    "an unnamed PDF is kept": (mixed("mixed", PLAIN, "Content-Type: application/pdf\n\n%PDF-1.4\n"), ["plain", "[application/pdf]"]),
    "a named text is a file": (
        mixed("mixed", PLAIN, "Content-Type: text/plain; name=notes.txt\n\nnotes\n"),
        ["plain", "[notes.txt]"],
    ),
    "an attached html is a file": (
        mixed("mixed", PLAIN, "Content-Type: text/html\nContent-Disposition: attachment\n\n<p>x</p>\n"),
        ["plain", "[text/html]"],
    ),
    "an empty part is nothing": (mixed("mixed", PLAIN, "Content-Type: application/x\n\n\n"), ["plain"]),
    "a media type with a typing error": (letter("plain", {"Content-Type": "text/plain>; charset=utf-8"}), ["plain"]),
    "no media type at all": (letter("plain", {"Content-Type": None}), ["plain"]),
    "a boundary that never occurs: the text is found": (
        letter("plain", {"Content-Type": "multipart/mixed; boundary=gone"}),
        ["plain"],
    ),
    "no boundary at all: the parts are found": (
        mixed("alternative", PLAIN, HTML).replace(b'; boundary="=_b"', b""),
        ["<p>html</p>"],
    ),
    "a boundary that was changed on the way": (
        mixed("mixed", PLAIN, picture()).replace(b'boundary="=_b"', b'boundary="=_changed"'),
        ["plain", "[image/png]"],
    ),
    "a preamble is no text": (lone("This is a multi-part message in MIME format."), []),
    "nor is a longer one": (
        lone(
            "\nThis is a multi-part message in MIME format.  Since your mail reader does not understand\n"
            "this format, some or all of this message may not be legible.\n"
        ),
        [],
    ),
    "words behind a preamble are": (lone("This is a multi-part message in MIME format.\n\nplain"), ["plain"]),
    "in its line, too": (lone("This is a MIME-encapsulated message. This is a letter."), ["This is a letter."]),
    "and html": (lone("This is a multipart message in MIME format\n\n<p>html</p>"), ["<p>html</p>"]),
    "this sentence is no preamble": (lone("This is a Mimeograph."), ["This is a Mimeograph."]),
    "an end without a beginning": (lone("plain\n--gone--\n"), ["plain"]),
    "an end that is missing": (mixed("mixed", PLAIN, picture()).replace(b"--=_b--", b""), ["plain", "[image/png]"]),
    "html that says nothing": (
        mixed("alternative", PLAIN, "Content-Type: text/html\n\n<html><style>p{}</style><p>&nbsp;</p></html>\n"),
        ["plain"],
    ),
    "html of one emoji": (html("<p>\U0001f33b</p>"), ["<p>\U0001f33b</p>"]),
    "the twin before the html": (mixed("mixed", "Content-Type: text/plain\n\nhtml\n", HTML), ["<p>html</p>"]),
    "a body that has a name": (letter("plain", {"Content-Type": "text/plain; name=body.txt"}), ["plain"]),
    "a body that is attached": (letter("plain", {"Content-Disposition": "attachment"}), ["plain"]),
    "versions that have names": (
        mixed("alternative", PLAIN, HTML.replace("utf-8", "utf-8; name=a.html")),
        ["<p>html</p>"],
    ),
    "what Exchange makes of text behind a photo": (
        mixed("mixed", PLAIN, picture(), "Content-Type: text/plain; name=ATT00001.txt\nContent-Disposition: attachment\n\nmore\n"),
        ["plain", "[image/png]", "more"],
    ),
    "an html that is a stub": (mixed("alternative", LONG, HTML), [LONG_TEXT]),
    "of which the pictures are kept": (
        mixed("alternative", LONG, multipart("related", HTML, picture(), boundary="i")),
        [LONG_TEXT, "[image/png]"],
    ),
    "a short answer above a long quote": (
        mixed("alternative", LONG.replace(LONG_TEXT, "html\n\n> " + LONG_TEXT), HTML),
        ["<p>html</p>"],
    ),
    "addresses of links make no text longer": (
        mixed("alternative", LONG.replace(LONG_TEXT, "html <https://y.example/" + LONG_TEXT.replace(" ", "/") + ">"), HTML),
        ["<p>html</p>"],
    ),
    "AppleDouble: the data": (
        mixed("appledouble", "Content-Type: application/applefile\n\nx\n", picture()),
        ["[image/png]"],
    ),
    "enriched text": (letter("<bold>a <<b</bold>", {"Content-Type": "text/enriched"}), ["a <b"]),
    "a clear signature": (
        letter("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nplain\n- -- \n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"),
        ["plain\n--"],
    ),
    "a byte order mark before the mail": (b"\xef\xbb\xbf" + letter("plain"), ["plain"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_the_pieces_of_a_mail_are_found_in_order(name: str) -> None:
    raw, expected = SHAPES[name]
    assert shape(raw) == expected


def test_a_message_says_all_it_knows_of_its_pieces() -> None:
    raw = mixed(
        "alternative",
        PLAIN.replace("plain\n", "html\n"),
        multipart("related", HTML, picture('Content-ID: <p1@x>\nContent-Disposition: inline; filename="a b.png"'), boundary="i"),
    )  # fmt: skip
    assert read_message(raw) == Message(
        (Text("<p>html</p>\n", html=True), File(PNG, "a b.png", "image/png", "p1@x", inline=True)), plain="html\n"
    )


SIGNATURE = "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN\n"
VERSION = "the mail has another version of its text, which says something else: it was left out"
TOLD = {
    "an attached mail": (
        mixed("mixed", PLAIN, "Content-Type: message/rfc822\n\nFrom: eve@x.example\n\nhers\n"),
        ["an attached mail was left out: it carries other people's addresses"],
    ),
    "a text behind a signed one": (
        mixed("signed", PLAIN, SIGNATURE, PLAIN),
        ["what stands behind the signed part was left out: the signature is not for it"],
    ),
    "but not the signature": (mixed("signed", PLAIN, SIGNATURE), []),
    "a version that says something else": (mixed("alternative", PLAIN, HTML), [VERSION]),
    "the html that is a stub": (mixed("alternative", LONG, HTML), [VERSION]),
    "but not one that says less of the same": (mixed("alternative", PLAIN, PLAIN.replace("plain\n", "plain truth\n"), HTML.replace("html<", "the plain truth<")), []),
    "nor what stands for a picture and a link": (
        mixed("alternative", PLAIN.replace("plain\n", "[image: a photo.jpg]\n<https://garden.example/>\n[A child in a garden]\n"), HTML),
        [],
    ),
    "nor a stub of which each word is in the text": (mixed("alternative", LONG, HTML.replace("html<", "The first warm day<")), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_is_left_out_is_told(name: str) -> None:
    raw, expected = TOLD[name]
    assert list(read_message(raw).warnings) == expected


@pytest.mark.parametrize(
    "unit", ["This is a multi-part ", "this is a mime ", "since your mail reader ", "\n", "a.", "> ", "http://a", "["]
)
def test_a_storm_of_what_is_looked_for_passes(unit: str) -> None:
    """The time is what this is about: in linear time a second is much."""
    text = unit * (1_000_000 // len(unit) // (20 if "\n" in unit else 1))
    for raw in (
        lone(text),
        lone("This is a MIME message" + text),
        mixed("alternative", PLAIN.replace("plain\n", text), HTML),
    ):
        read_message(raw)


REFUSED = {
    "message/partial": (letter("x", {"Content-Type": "message/partial; id=x; number=1"}), Reason.PIECES),
    "external-body": (mixed("mixed", PLAIN, "Content-Type: message/external-body; access-type=URL\n\n\n"), Reason.PIECES),
    "encrypted": (mixed("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1\n"), Reason.EMPTY),
    "201 parts": (mixed("mixed", *["\nx"] * 201), Reason.STRUCTURE),
    "6000 delimiters": (mixed("mixed", *["\nx"] * 6000), Reason.STRUCTURE),
    "600,000 lines": (letter("x\n" * 600_000), Reason.STRUCTURE),
    "100 attached mails": (letter("Content-Type: message/rfc822\n\n" * 101, {"Content-Type": "message/rfc822"}), Reason.STRUCTURE),
    "a Content field of 30 kB in a part": (mixed("mixed", "Content-Type: text/plain; " + 'a=";' * 8000 + "\n\nx"), Reason.HEADER_SIZE),
    "the same behind a lone carriage return": (
        mixed("mixed", PLAIN).replace(b"plain\r\n", b"plain\r--=_b\rContent-Type: text/plain; " + b'a=";' * 8000 + b"\r\rx\r\n"),
        Reason.HEADER_SIZE,
    ),
    "the same, folded": (mixed("mixed", "Content-Type: text/plain;" + '\n a=";' * 3000 + "\n\nx"), Reason.HEADER_SIZE),
    "the same at the very top": (b"Content-Type: text/plain; " + b'a=";' * 8000 + b"\r\n\r\nx", Reason.HEADER_SIZE),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_structure_beyond_reason_is_held(name: str) -> None:
    raw, reason = REFUSED[name]
    began = time.process_time()
    with pytest.raises(Held) as held:
        read_message(raw)
    assert held.value.reason is reason
    assert time.process_time() - began < 10


def nested(kind: str, depth: int) -> bytes:
    return b"".join(f"Content-Type: multipart/{kind}; boundary=b{n}\r\n\r\n--b{n}\r\n".encode() for n in range(depth))


@pytest.mark.parametrize("kind", ["mixed", "digest", "alternative"])
@pytest.mark.parametrize("depth", [25, 490, 2000])
def test_a_nesting_beyond_reason_is_held_or_empty(kind: str, depth: int) -> None:
    """A digest opens an attached mail at every level; of those nothing is read."""
    try:
        found = read_message(nested(kind, depth))
    except Held as held:
        assert held.reason is Reason.STRUCTURE  # noqa: PT017 - either outcome is right
    else:
        assert (kind, found.pieces) == ("digest", ())


@pytest.mark.parametrize("kind", ["message/x", "message/delivery-status", "message/rfc822"])
def test_mails_in_mails_without_end_are_held_or_empty(kind: str) -> None:
    raw = f"Content-Type: {kind}\r\n\r\n".encode() * 3000
    try:
        found = read_message(raw)
    except Held as held:
        assert held.reason is Reason.STRUCTURE  # noqa: PT017 - either outcome is right
    else:
        assert found.pieces == ()


def test_twenty_levels_are_still_read() -> None:
    raw = letter(b"", {"Content-Type": None}).removesuffix(b"\r\n") + nested("mixed", 19)
    assert shape(raw + b"Content-Type: text/plain\r\n\r\ndeep\r\n") == ["deep"]


CHARSETS: list[tuple[bytes, str, str]] = [
    ("Grüße".encode(), "utf-8", "Grüße"),
    ("Grüße".encode(), "", "Grüße"),
    ("Grüße".encode(), "us-ascii", "Grüße"),
    ("Grüße".encode(), "iso-8859-1", "Grüße"),
    ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
    ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
    ("“Grüße” – 5 €".encode("cp1252"), "iso-8859-1", "“Grüße” – 5 €"),
    ("“Grüße” – 5 €".encode("cp1252"), "x-unknown", "“Grüße” – 5 €"),
    ("“Grüße”".encode("cp1252"), "", "“Grüße”"),
    ("Grüße".encode(), "iso-2022-kr", "Grüße"),
    ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
    ("Привет".encode("cp1251"), "windows-1251", "Привет"),
    ("囍 朱镕基".encode("gbk"), "gb2312", "囍 朱镕基"),
    ("똠방각하".encode("cp949"), "ks_c_5601-1987", "똠방각하"),
    ("かな".encode("iso-2022-jp"), "iso-2022-jp", "かな"),
    ("かな".encode("shift_jis"), "Shift_JIS", "かな"),
    ("かな".encode("euc-jp"), '"euc-jp"', "かな"),
    ("шум".encode("utf-16-le"), "utf-16le", "шум"),
    (b"+ADw-script+AD4-", "utf-7", "+ADw-script+AD4-"),
    (b"\\u003cscript\\u003e", "unicode_escape", "\\u003cscript\\u003e"),
    (b"\\x3cscript\\x3e", "raw_unicode_escape", "\\x3cscript\\x3e"),
    (b"PHNjcmlwdD4=", "base64", "PHNjcmlwdD4="),
    (b"<script>", "rot13", "<script>"),
    (b"xn--nxasmq6b", "punycode", "xn--nxasmq6b"),
    (b"\xef\xbb\xbfx", "utf-8", "x"),
    ("čaj žluť".encode("cp1250"), "iso-8859-2", "čaj žluť"),
    ("①かな".encode("cp932"), "shift_jis", "①かな"),
    ("朱镕基".encode("gbk"), "cp936", "朱镕基"),
    ("囍".encode("gb18030"), "gb2312", "囍"),
    ("한글 문장입니다".encode("cp949"), "unknown-8bit", "한글 문장입니다"),
    ("今日は良い天気です".encode("euc-jp"), "", "今日は良い天気です"),
    ("сегодня хорошая погода".encode("koi8-r"), "default", "сегодня хорошая погода"),
    ("Müller".encode(), "iso-8859-2", "Müller"),
    ("шум".encode("utf-16"), "utf-16", "шум"),
    ("Hi you".encode("utf-16-be"), "utf-16", "Hi you"),
    ("かな".encode("iso-2022-jp"), "", "かな"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "label", "expected"), CHARSETS)
def test_text_is_read_as_what_it_is_and_no_codec_smuggles_markup(content: bytes, label: str, expected: str) -> None:
    found = decode(content, label)
    assert found == expected if "�" not in expected else "�" in found


@given(st.binary(max_size=200), st.sampled_from([*(label for _, label, _ in CHARSETS), "idna", "hex", "zlib"]))
def test_any_bytes_under_any_label_are_a_text(content: bytes, label: str) -> None:
    assert isinstance(decode(content, label), str)


NAMES: dict[str | bytes, str] = {
    'attachment; filename="a b.pdf"': "a b.pdf",
    "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf": "Grüße.pdf",
    "attachment; filename*0=a; filename*1=b.pdf": "ab.pdf",
    'attachment; filename="=?utf-8?q?Gr=C3=BC=C3=9Fe?=.pdf"': "Grüße.pdf",
    'attachment; filename="Grüße.pdf"': "Grüße.pdf",
    'attachment; filename="管理.pdf"': "管理.pdf",
    b'attachment; filename="K\xe9relem.pdf"': "Kérelem.pdf",
    "attachment": "",
}


@pytest.mark.parametrize("disposition", NAMES)
def test_a_file_has_the_name_that_was_meant(disposition: str | bytes) -> None:
    raw = letter("x", {"Content-Type": "application/pdf", "Content-Disposition": disposition})
    assert [piece.name for piece in read_message(raw).pieces if isinstance(piece, File)] == [NAMES[disposition]]


def test_a_name_without_a_charset_is_read_in_that_of_its_part() -> None:
    name = b'attachment; filename="' + "重要.txt".encode("gbk") + b'"'
    raw = letter("x", {"Content-Type": "text/plain; charset=gb2312", "Content-Disposition": name})
    assert shape(raw) == ["[重要.txt]"]


def test_a_text_of_two_megabytes_is_cut_and_the_author_told() -> None:
    found = read_message(letter("words " * 400_000))
    assert isinstance(found.pieces[0], Text)
    assert (len(found.pieces[0].content), found.warnings) == (1024 * 1024, ("a text of more than 1 MiB was cut",))


def test_flowed_text_is_told_from_other_text() -> None:
    raw = letter("a \nb\n", {"Content-Type": "text/plain; format=flowed; delsp=yes"})
    assert read_message(raw).pieces == (Text("a \nb\n", flowed=True, delsp=True),)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_refused(raw: bytes) -> None:
    try:
        read_message(raw)
    except Refused as refusal:
        assert isinstance(refusal.reason, Reason)  # noqa: PT017 - either outcome is right


UNSORTED = ["*=a; {}*0=b", "*0*=a; {}*=b; {}*1=c", "*" + "1" * 5000 + "=a", "*=a; {}*=b; {}*0*=c"]


@pytest.mark.parametrize("pieces", UNSORTED)
@pytest.mark.parametrize("name", ["charset", "name", "format"])
def test_t51_a_parameter_in_pieces_without_order_is_none(pieces: str, name: str) -> None:
    """The library stops at them with an error of its own."""
    said = "Content-Type: text/plain; " + name + pieces.replace("{}", name)
    disposition = "Content-Disposition: inline; filename" + pieces.replace("{}", "filename")
    assert shape(mixed("mixed", f"{said}\n{disposition}\n\nplain\n")) in (["plain"], ["[a]"], ["[b]"], ["[text/plain]"])


@pytest.mark.parametrize("pieces", UNSORTED)
def test_t51_a_boundary_in_pieces_without_order_is_held(pieces: str) -> None:
    raw = letter("x", {"Content-Type": "multipart/mixed; boundary" + pieces.replace("{}", "boundary")})
    try:
        found = read_message(raw)
    except Held as held:
        assert held.detail == "a Content field cannot be read"  # noqa: PT017 - either outcome is right
    else:
        assert len(found.pieces) == 1

"""What honest programs write where a standard says something else, and what hostile ones write to keep a reader busy."""

import binascii
import time
from collections.abc import Callable
from email.message import Message as Tree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailpost import mime
from mailpost.errors import Held, Reason
from mailpost.message import File, Text, read_message
from mailpost.mime.characters import decode, meta_charset
from mailpost.mime.opaque import opened
from mailpost.mime.text import enriched, says_something, sealed, shown, unsigned
from mailpost.mime.transfer import base64, decoded, enclosed, quoted_printable, uuencoded
from mailpost.mime.words import decode_words
from tests.letters import letter, mixed

MUSEUM = Path(__file__).parent / "museum"
ENCODED: list[tuple[bytes, str, bytes]] = [
    (b"SGVsbG8=", "base64", b"Hello"),
    (b"SGVsbG8", "Base64;", b"Hello"),
    (b"SGVsbG8gV29ybGQhA", "base64", b"Hello World!"),
    (b"SGVs\r\nbG8=\r\nSGVsbG8=\r\n", "base64", b"HelloHello"),
    (b"SGVsbG8=\r\n\r\n____\r\nlist footer\r\n", "base64", b"Hello"),
    (b"It never was base64 at all.", "base64", b"It never was base64 at all."),
    (b"caf=E9 =XY 100=", "quoted printable", b"caf\xe9 =XY 100"),
    (b"soft=  \r\nbreak", "quoted-printable", b"softbreak"),
    (b"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", "x-uuencode", b"Cat"),
    (b"as it is", "8-bit", b"as it is"),
]


@pytest.mark.parametrize(("raw", "encoding", "expected"), ENCODED)
def test_a_transfer_encoding_is_read_as_it_was_meant(raw: bytes, encoding: str, expected: bytes) -> None:
    assert decoded(raw, encoding) == expected


WORDS = {
    "=?utf-8?q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe?=": "Grüße",
    "=?utf-8?q?Gr=C3?= =?utf-8?q?=BC?=": "Grü",
    "=?utf-8?Q?Hello World?=": "Hello World",
    "=?utf-8?Q?What?_now?=": "What? now",
    "=?utf-8?q?a?==?utf-8?q?b?=": "ab",
    "=?utf-8*en?q?a?=": "a",
    "=?x-unknown?q?Gr=FC=DFe?=": "Grüße",
    "=?iso-2022-kr?B?GyQpQw4+SDNnDw==?=": "안녕",
    "=?hz-gb-2312?Q?~{Dc:C~}?=": "你好",
}


@pytest.mark.parametrize("text", WORDS)
def test_an_encoded_word_is_read_as_it_was_meant(text: str) -> None:
    assert decode_words(text) == WORDS[text]


NAMES = {
    "filename*0*=utf-8''Gr%C3;\r\n filename*1*=%BC%C3%9Fe.pdf": "Grüße.pdf",
    "filename*0*=utf-8''Gr%C3%B;\r\n\tfilename*1*=C%C3%9Fe.pdf": "Grüße.pdf",
    "filename=\"utf-8''Gr%C3%BC%C3%9Fe.pdf\"": "Grüße.pdf",
    "filename=\"Ann's '50%25' list.pdf\"": "Ann's '50%25' list.pdf",
    'filename="=?utf-8?Q?Gr=C3?=\r\n =?utf-8?Q?=BC=C3=9Fe.pdf?="': "Grüße.pdf",
    'filename="the long\r\n name.pdf"': "the long name.pdf",
    "filename*=shift_jis'ja'%8D%F7.jpg": "桜.jpg",
    "filename*=utf-7''+ADw-b+AD4-.pdf": "+ADw-b+AD4-.pdf",
}


@pytest.mark.parametrize("parameters", NAMES)
def test_a_long_name_is_put_together_as_it_was_meant(parameters: str) -> None:
    part = Tree()
    part["Content-Disposition"] = f"attachment; {parameters}"
    assert mime.file_name(part) == NAMES[parameters]


SHIFTED: list[tuple[str, str, str]] = [
    ("안녕하세요 여러분\n둘째 줄", "iso2022_kr", "iso-2022-kr"),
    ("안녕하세요", "iso2022_kr", "csISO2022KR"),
    ("안녕하세요", "iso2022_kr", "us-ascii"),
    ("안녕하세요", "iso2022_kr", ""),
    ("你好，世界\n再见 ~ x", "hz", "HZ-GB-2312"),
    ("日本 한글 汉语", "iso2022_jp_2", "iso-2022-jp-2"),
    ("ﾋﾞｰﾙ 日本", "iso2022_jp_ext", "iso-2022-jp"),
]


@pytest.mark.parametrize(("text", "codec", "label"), SHIFTED)
def test_text_in_seven_bits_is_read_by_its_shifts(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


SHIFTED_BADLY: list[tuple[bytes, str, str]] = [
    (b"\x0e>H3g\x0f, Ann\n", "iso-2022-kr", "안녕, Ann\n"),  # without the header that says in what
    (b"\x1b$)C\x0e>H3g\nAnn\n", "iso-2022-kr", "안녕\nAnn\n"),  # the end of the line ends it
    (b"\x1b$)A\x0eDc:C\x0f, Ann\n", "iso-2022-cn", "你好, Ann\n"),
    (b"\x1b$)C\x0e>H3g\x0f \xff\n", "iso-2022-kr", "안녕 �\n"),
    (b"~{Dc:C\nAnn ~~ ~/notes\n", "hz-gb-2312", "你好\nAnn ~ ~/notes\n"),
    (b"~{Dc:C~}, ~\nAnn\n", "hz", "你好, Ann\n"),
    (b"<b>~/notes</b>", "hz-gb-2312", "<b>~/notes</b>"),
    (b"\x1b$BF|K\\\n\x1b(BAnn \xcb\xdf\n", "iso-2022-jp", "日本\nAnn ﾋﾟ\n"),
]


@pytest.mark.parametrize(("content", "label", "expected"), SHIFTED_BADLY)
def test_shifts_that_are_wrong_damage_no_other_line(content: bytes, label: str, expected: str) -> None:
    assert decode(content, label) == expected


@pytest.mark.parametrize("label", ["", "utf-8", "us-ascii", "iso-8859-1"])
@pytest.mark.parametrize(
    "text", ["\x1b(B\x1b[m$ ls grün", "\x1b(B\x1b[m$ ls", "grün \x1b$B!", "a \x0e shift", "~{ home }~"]
)
def test_what_a_terminal_writes_is_no_shift(text: str, label: str) -> None:
    assert decode(text.encode(), label) == text


LABELS: list[tuple[str, str, str]] = [
    ("Grüße ½", "cp850", "ibm850"),
    ("Grüße ½", "cp850", "CP-850"),
    ("Grüße", "cp437", "x-cp437"),
    ("Привет", "cp866", "IBM866"),
    ("Привет", "cp855", "ibm855"),
    ("Γειά σου", "cp737", "cp737"),
    ("žluťoučký", "cp852", "dos-852"),
    ("Blåbær", "cp865", "ibm865"),
    ("שלום", "cp862", "cp862"),
    ("Grüße “é”", "mac_roman", "macintosh"),
    ("Привет", "mac_cyrillic", "x-mac-ukrainian"),
    ("čćž", "mac_croatian", "x-mac-croatian"),
    ("ăâ", "mac_romanian", "x-mac-romanian"),
    ("žluť", "mac_latin2", "x-mac-ce"),
    ("ğış", "mac_turkish", "x-mac-turkish"),
    ("日本", "shift_jis", "x-mac-japanese"),
    ("日本", "euc_jp", "ujis"),
    ("㈱①", "cp932", "windows-932"),
    ("你好", "gbk", "windows-936"),
    ("你好", "gb2312", "euc-cn"),
    ("中文", "big5", "chinesebig5"),
    ("안녕", "cp949", "x-windows-949"),
    ("Привет", "cp1251", "win-1251"),
    ("สวัสดี", "cp874", "cp874"),
    ("ü あ", "utf-8", "cp65001"),
    ("ü あ", "utf-32", "x-unknown"),
    ("ü あ", "utf-32-be", "utf-32be"),
]


@pytest.mark.parametrize(("text", "codec", "label"), LABELS)
def test_a_label_of_another_house_is_known(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    "text",
    [
        "Zoë",
        "Åsa",
        "né",
        "été",
        "ÆØÅ",
        "5 °C",
        "Très déçue à l'île",
        "«Ça» – “à”",
        "Grüße aus Königsberg",
        "°°°°°°°° né",
        "§§§§§§§§",
        "so ———— und nicht",
    ],
)
def test_a_western_text_without_a_label_is_taken_for_no_other(text: str) -> None:
    assert decode(text.encode("cp1252"), "") == text


UNSAID = {
    "Сегодня хорошая погода, и мы посадили яблоню у забора.": ["cp1251", "koi8-r", "iso8859-5", "cp866"],
    "Сьогодні гарна погода, і ми посадили яблуню біля паркану.": ["cp1251", "koi8-u", "iso8859-5"],
    "Днес времето е хубаво и засадихме ябълка до оградата.": ["cp1251", "koi8-r"],
    "Σήμερα ο καιρός είναι καλός και φυτέψαμε μια μηλιά.": ["cp1253", "iso8859-7"],
    "היום מזג האוויר יפה ושתלנו עץ תפוח ליד הגדר, ליד הבית.": ["cp1255", "iso8859-8"],
    "الطقس جميل اليوم وقد زرعنا شجرة تفاح بجانب السياج": ["cp1256", "iso8859-6"],
    "今日は良い天気です。庭に林檎の木を植えました。": ["euc-jp", "shift_jis", "iso-2022-jp"],
    "오늘은 날씨가 좋아서 울타리 옆에 사과나무를 심었습니다.": ["euc-kr", "iso2022_kr"],
    "今天天气很好，我们在篱笆旁边种了一棵苹果树。": ["gb2312"],
    "今天天氣很好，我們在籬笆旁邊種了一棵蘋果樹。": ["big5"],
    "– “Schön”, sagte Ben; ¿qué más? C'est l'été, déjà vu…": ["cp1252"],
}


@pytest.mark.parametrize("label", ["", "us-ascii", "unknown-8bit", "utf-8"])
@pytest.mark.parametrize(("text", "codec"), [(text, codec) for text, codecs in UNSAID.items() for codec in codecs])
def test_a_sentence_is_read_though_nobody_says_in_what_it_is(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


PHOTO = bytes(range(256)) * 3


def uu(content: bytes, *, backtick: bool = True) -> bytes:
    lines = [content[at : at + 45] for at in range(0, len(content), 45)]
    return b"begin 644 the mill.jpg\n" + b"".join(binascii.b2a_uu(line, backtick=backtick) for line in lines)


@pytest.mark.parametrize("end", [b"`\nend\n", b" \nend", b"\nend\r\n", b"end\n"])
@pytest.mark.parametrize("mangle", [bytes, bytes.rstrip, lambda line: line + b"\r"])
@pytest.mark.parametrize("backtick", [True, False])
def test_a_file_inside_a_text_is_found(end: bytes, mangle: Callable[[bytes], bytes], *, backtick: bool) -> None:
    lines = [mangle(line) for line in (uu(PHOTO, backtick=backtick) + end).replace(b"\r", b"").split(b"\n")]
    text = b"before\n" + b"\n".join(lines)
    before, *files, _after = list(enclosed(text))
    assert (before, files) == ((b"", b"before\n"), [(b"the mill.jpg", PHOTO)])
    assert uuencoded(text) == PHOTO


def test_a_letter_too_many_at_the_end_of_its_lines_does_no_harm() -> None:
    """Some programs put a sum of the line there."""
    lines = [line + b"X" if line.startswith((b"M", b"#")) else line for line in uu(PHOTO).split(b"\n")]
    assert [content for name, content in enclosed(b"\n".join(lines) + b"`\nend\n") if name] == [PHOTO]


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 the work\nAND THEN\nend\n",
        b"begin 644 the work\nNOTHING OF IT\nENDS\n",
        b"begin with the roots\nM AND N\nend\n",
        uu(PHOTO),
    ],
)
def test_words_between_a_begin_and_an_end_are_no_file(text: bytes) -> None:
    assert list(enclosed(text)) == [(b"", text)]


def test_files_inside_a_text_keep_their_place() -> None:
    raw = letter(b"One:\n\n" + uu(PHOTO) + b"`\nend\n\nand two.\n", {"Content-Type": None})
    pieces = read_message(raw).pieces
    assert [p.content.strip() if isinstance(p, Text) else (p.name, p.content) for p in pieces] == [
        "One:", ("the mill.jpg", PHOTO), "and two.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "declared", ["Content-Type: image", "Content-Type: jpeg", "Content-Type: text/plain", "X-Nothing: x"]
)
@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n0", b"\xff\xd8\xff\xe0", b"%PDF-1.4\n", b"\0\0\0\x18ftypheic"])
def test_a_file_that_does_not_say_what_it_is_is_no_text(declared: str, content: bytes) -> None:
    part = f"{declared}\nContent-Transfer-Encoding: base64\n\n".encode() + binascii.b2a_base64(content)
    text, file = read_message(mixed("mixed", "\nplain\n", part)).pieces
    assert isinstance(text, Text)
    assert isinstance(file, File)
    assert file.content == content


@pytest.mark.parametrize(
    "text", ["ID3 tags explained", "The ftyp box", "RIFF raff", "GIF is a format", "PK, see below", "%PDF- what?"]
)
def test_words_that_begin_like_a_file_are_words(text: str) -> None:
    assert [p.content for p in read_message(letter(text)).pieces] == [text]


def related(*parts: str, start: str = "") -> bytes:
    return mixed("related", *parts).replace(b'boundary="=_b"', b'boundary="=_b"' + start.encode(), 1)


ROOT = "Content-Type: text/html\nContent-ID: <root@x.example>\n\n<p>root</p>\n"
OTHER = "Content-Type: image/png\nContent-ID: <a%2Bb@x.example>\n\n\x89PNG\n"


@pytest.mark.parametrize(
    "start", ['; start="<root@x.example>"', "; start=root@x.example", "; start*=utf-8''%3Croot%40x.example%3E"]
)
def test_the_root_of_a_related_comes_first(start: str) -> None:
    first, second = read_message(related(OTHER, ROOT, start=start)).pieces
    assert (isinstance(first, Text), isinstance(second, File)) == (True, True)


@pytest.mark.parametrize("start", ["", '; start="<elsewhere@x.example>"'])
def test_without_a_root_parts_keep_their_order(start: str) -> None:
    first, second = read_message(related(OTHER, ROOT, start=start)).pieces
    assert (isinstance(first, File), isinstance(second, Text)) == (True, True)


def test_an_escaped_content_id_is_the_one_it_means() -> None:
    file = read_message(related(OTHER, ROOT)).pieces[0]
    assert isinstance(file, File)
    assert file.content_id == "a+b@x.example"


def element(tag: int, *inside: bytes, endless: bool = False) -> bytes:
    """X.690: an element that says how long it is, or one that ends with two zeroes."""
    content = b"".join(inside)
    if endless:
        return bytes([tag, 0x80]) + content + b"\0\0"
    return bytes([tag, 0x82]) + len(content).to_bytes(2) + content


def opaque(content: bytes, *, endless: bool = False, kind: int = 2) -> bytes:
    """What is signed in the way of `openssl cms -sign -nodetach`, without the signatures; kind 3 is sealed."""
    name = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
    pieces = [element(4, content[:7]), element(4, content[7:])]
    octets = element(0x24, *pieces, endless=True) if endless else element(4, content)
    data = element(0x30, name + b"\x01", element(0xA0, octets, endless=endless), endless=endless)
    signed = element(0x30, b"\x02\x01\x01", element(0x31), data, element(0x31), endless=endless)
    return element(0x30, name + bytes([kind]), element(0xA0, signed, endless=endless), endless=endless)


def hidden(content: bytes, **how: bool) -> bytes:
    fields = {"Content-Type": "application/pkcs7-mime; name=smime.p7m", "Content-Transfer-Encoding": "base64"}
    return letter(binascii.b2a_base64(opaque(content, **how)), fields)


@pytest.mark.parametrize("endless", [True, False])
def test_a_signature_that_hides_its_text_is_opened(*, endless: bool) -> None:
    inside = mixed("mixed", ROOT, OTHER)
    text, file = read_message(hidden(inside, endless=endless)).pieces
    assert isinstance(text, Text)
    assert isinstance(file, File)
    assert (text.content.strip(), file.content.strip()) == ("<p>root</p>", b"\x89PNG".decode("latin-1").encode())


def test_what_a_signature_hides_has_the_same_limits() -> None:
    for inside in (mixed("mixed", *["\nx"] * 201), b"Content-Type: text/plain; " + b'a=";' * 3000 + b"\n\nx"):
        with pytest.raises(Held) as held:
            read_message(hidden(inside))
        assert held.value.reason in (Reason.STRUCTURE, Reason.HEADER_SIZE)


@pytest.mark.parametrize(
    "content", [opaque(b"x", kind=3), opaque(b"x")[:30], b"\x30\x80" * 5000, b"\x24\x80" * 5000, b"", b"no"]
)
def test_what_is_sealed_or_damaged_is_not_opened(content: bytes) -> None:
    assert opened(content) == b""


def test_a_sealed_mail_is_held_and_says_why() -> None:
    with pytest.raises(Held) as held:
        read_message((MUSEUM / "signed-outlook-smime-sealed.eml").read_bytes())
    assert (held.value.reason, held.value.detail) == (Reason.EMPTY, "it is encrypted")


# What keeps a quadratic reader busy for minutes; a linear one is done at once.
SIZE = 300_000


def filled(piece: bytes, size: int = SIZE) -> bytes:
    return (piece * (size // len(piece) + 1))[:size]


BYTES: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "base64": (base64, [b"AAAA=\n", b"=", b"= ", b"=\nA ", b"!", b" \n", b"A=\n\n"]),
    "quoted-printable": (quoted_printable, [b"=", b"= ", b"=\t", b"\r", b"=   \r\n", b"=4", b" \n"]),
    "uuencode": (uuencoded, [b"begin 644 a\n", b"begin 644 a\nM\n", b"M\n", b"\n"]),
    "files in a text": (enclosed, [b"begin 644 a\n", b"begin 644 a\n#0V%T\n", b"begin 644 a\n#0V%T\n`\nend\n", b"begin 644 ", b"M\n"]),
    "utf-8": (lambda raw: decode(raw, "utf-8"), [b"\xff", b"\xc3", b"\xc3\xbc\xff", b"\xf0\x90\x80"]),
    "no label": (lambda raw: decode(raw, ""), [b"\xff", b"\xa4\xa2", b"\x82\xa0", b"a\xff", b"\x1b$B\n"]),
    "euc-jp": (lambda raw: decode(raw, "euc-jp"), [b"\x8f", b"\xff", b"\xa4"]),
    "iso-2022-jp": (lambda raw: decode(raw, "iso-2022-jp"), [b"\x1b$B!!", b"\x1b$B\x1b(B", b"\x1b$(D!\n", b"\x1b", b"\x1b(I!\n"]),
    "iso-2022-kr": (lambda raw: decode(raw, "iso-2022-kr"), [b"\x0e\x0f", b"\x0e!!", b"\x1b$)C", b"\x0e\n"]),
    "hz": (lambda raw: decode(raw, "hz"), [b"~{", b"~{!!~}", b"~", b"~\n", b"~{!"]),
    "utf-16": (lambda raw: decode(raw, "utf-16"), [b"\xd8\x00", b"a\0", b"  "]),
    "opaque": (opened, [b"\x30\x80", b"\x24\x03\x04\x01a", b"\x04\x00", opaque(b"x" * 20)[:60] + b"\x24\x80"]),
    "meta": (meta_charset, [b"<meta", b"<meta charset  =", b"<meta "]),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_bytes_of_any_kind_are_read_in_linear_time(name: str) -> None:
    reader, storms = BYTES[name]
    for storm in storms:
        for raw in (filled(storm), b"AAAA\nbegin 644 a\n~{\x1b$)C" + filled(storm)):
            found = reader(raw)
            assert isinstance(found, bytes | str) or list(found)  # type: ignore[call-overload]


def test_pieces_that_were_encoded_one_by_one_are_joined_in_linear_time() -> None:
    spent = []
    for size in (SIZE, 16 * SIZE):
        began = time.process_time()
        base64(filled(b"AAAA=\n", size))
        spent.append(time.process_time() - began)
    assert spent[1] < 64 * spent[0] + 0.1


TEXTS: dict[str, tuple[Callable[[str], object], list[str]]] = {
    "html": (shown, ["<", "<!--", "<!-- -->", "<style>", "<style><script>", "</style>", "<a ", "&", "&#1", "<title>x</title>"]),
    "html that says nothing": (says_something, ["<img", "<style>", "&nbsp;", "<!--"]),
    "enriched": (enriched, ["<", "<<", "<param>", "<param>a", "<param></param>", "\n", "<" + "a" * 39]),
    "a clear signature": (
        unsigned,
        ["-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP SIGNED MESSAGE-----\n\n", "\n-----BEGIN PGP SIGNATURE-----", "\n- "],
    ),
    "encrypted": (sealed, [" ", "\n", "-----BEGIN PGP MESSAGE-----"]),
    "encoded words": (decode_words, ["=?", "=?a?q?", "=?a?q?x?=", "=?a?q?x?= ", "=?a?q??", "?", "=?b?b?YQ==?=\n ", "=?a?q? "]),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_letters_of_any_kind_are_read_in_linear_time(name: str) -> None:
    reader, storms = TEXTS[name]
    for storm in storms:
        text = (storm * (SIZE // len(storm)))[:SIZE]
        for said in (text, "=?a?q?" + text, "-----BEGIN PGP SIGNED MESSAGE-----\n\n" + text):
            assert isinstance(reader(said), str | bool)


def test_words_without_end_are_read_in_linear_time() -> None:
    for storm in ("=?a?q?" * 40_000, "=?a?q?x?=" + " " * 240_000, "=?a?q?" + "a?" * 100_000):
        assert isinstance(decode_words(storm), str)


LOST = {
    "delimiters of nobody": b"--" + b"x" * 190 + b"\r\n",
    "dashes": b"-",
    "lines of dashes": b"-- \r\n",
    "a delimiter and its field": b"--other\r\nContent-Type: text/plain\r\n\r\nx\r\n",
    "lines": b"x\r\n",
    "preambles": b"This is a multi-part message in MIME format.\r\n",
    "open tags": b"<p",
    "files": b"begin 644 a\r\n#0V%T\r\n",
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize(
    "field", ['multipart/mixed; boundary="gone"', "multipart/alternative", 'multipart/related; boundary="x"']
)
def test_a_boundary_that_is_lost_is_looked_for_in_linear_time(name: str, field: str) -> None:
    raw = letter(filled(LOST[name]), {"Content-Type": field})
    try:
        assert len(read_message(raw).pieces) <= 200
    except Held as held:
        assert held.reason is Reason.STRUCTURE  # noqa: PT017 - either outcome is right


PARAMETERS = ["%", "%;a*0*=", "%4;a*1*=4", "a*0*=", '"', "; ", "utf-8'", "'", "\r\n ", "=?a?q?", "\\"]


@pytest.mark.parametrize("storm", PARAMETERS)
def test_eight_kilobytes_of_parameters_are_read(storm: str) -> None:
    """More of them are held: see `gate`."""
    part = Tree()
    part["Content-Disposition"] = "attachment; filename=" + (storm * 8192)[: 8000 - 8000 % len(storm)]
    assert isinstance(mime.file_name(part), str)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_by_every_reader(raw: bytes) -> None:
    for reader, _ in BYTES.values():
        assert reader(raw) is not None

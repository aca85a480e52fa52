"""Hostile structure, fields and encodings. The names begin with the row of the threat table that they belong to."""

import base64
from collections.abc import Callable

from tests.letters import letter, mixed, multipart
from tests.pictures import part

Maker = Callable[[], bytes]

MEGA = 1_000_000
PLAIN = "Content-Type: text/plain; charset=utf-8\n\nThe first crocus.\n"
HEAD = letter(b"", {"Content-Type": None}).removesuffix(b"\r\n")


def nested(levels: int, kind: str = "mixed", boundary: str = "b{}") -> Maker:
    def make() -> bytes:
        opened = (
            f'Content-Type: multipart/{kind}; boundary="{boundary.format(n)}"\r\n\r\n--{boundary.format(n)}\r\n'
            for n in range(levels)
        )
        return HEAD + "".join(opened).encode() + PLAIN.encode()

    return make


def parts(number: int) -> Maker:
    return lambda: mixed("mixed", PLAIN, *["\nx"] * number)


def in_part(field: str) -> Maker:
    """A field of a part, beside one that has none."""
    return lambda: mixed("mixed", PLAIN, f"Content-Type: application/octet-stream\n{field}\n\nx")


def body(text: str | bytes, kind: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> Maker:
    return lambda: letter(text, {"Content-Type": kind, "Content-Transfer-Encoding": encoding})


def raw_body(content: Callable[[], bytes], kind: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> Maker:
    """Without a word about line ends."""
    return lambda: letter(b"", {"Content-Type": kind, "Content-Transfer-Encoding": encoding}) + content()


def whole(content: bytes) -> bytes:
    return HEAD + content.replace(b"\n", b"\r\n")


def related(*each: bytes | str, levels: int = 0) -> bytes:
    inside = multipart("mixed", *each, boundary="=_0")
    for level in range(levels):
        inside = multipart("mixed", inside, boundary=f"=_{level + 1}")
    return whole(inside)


STORM = 100_000
SHAPES: dict[str, Maker] = {
    **{f"T49-{kind}-{levels}-deep": nested(levels, kind) for kind in ("mixed", "digest", "related") for levels in (50, 200, 1000, 5000)},
    "T49-one-boundary-on-every-level": nested(60, boundary="same"),
    "T49-each-boundary-begins-the-next": lambda: HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n' % (b"x" * n, b"x" * n) for n in range(1, 61)),
    "T49-each-boundary-begins-the-one-before": lambda: HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n' % (b"x" * n, b"x" * n) for n in range(60, 0, -1)),
    "T49-boundary-that-looks-like-an-end": lambda: whole(multipart("mixed", PLAIN, multipart("mixed", PLAIN, boundary="=_b--"), PLAIN)),
    "T49-boundary-of-500": lambda: whole(multipart("mixed", PLAIN, boundary="x" * 500)),
    "T49-boundary-of-signs": lambda: whole(multipart("mixed", PLAIN, boundary="(.*)+[^x]{9}$|")),
    "T49-boundary-of-spaces": lambda: whole(multipart("mixed", PLAIN, boundary="    ")),
    "T49-boundary-empty": lambda: whole(multipart("mixed", PLAIN, boundary="")),
    "T49-10000-parts": parts(10_000),
    "T49-100000-parts": parts(100_000),
    "T49-100000-empty-parts": lambda: mixed("mixed", PLAIN) + b"--=_b\r\n" * 100_000,
    "T49-200-parts": parts(198),
    "T49-many-levels-many-lines": lambda: HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)) + b"x\r\n" * 60_000,
    "T49-lines-that-look-like-delimiters": body("--=_b\n--\n---- \n" * 1500),
    "T50-mail-in-mail-5000": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "T50-mail-in-mail-in-parts": lambda: related(*["Content-Type: message/rfc822\n\nFrom: eve@x.example\n\nhers\n"] * 90),
    "T50-message-of-no-kind-5000": lambda: HEAD + b"Content-Type: message/x\r\n\r\n" * 5000,
    "T50-partial": lambda: related(PLAIN, "Content-Type: message/partial; id=a; number=1; total=2\n\nx\n"),
    "T50-external-body": lambda: related(PLAIN, 'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1/"\n\nx\n'),
    "T51-two-types": lambda: related("Content-Type: text/plain\nContent-Type: text/html\n\n<b>crocus</b>\n"),
    "T51-two-encodings": lambda: related("Content-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\ncrocus\n"),
    "T51-two-names": lambda: related(PLAIN, 'Content-Disposition: attachment; filename="x.txt"; filename*=utf-8\'\'x.html\n\ncrocus\n'),
    "T51-bad-middle-of-base64": lambda: related("Content-Transfer-Encoding: base64\n\nY3Jv=Y3Vz\n====\nY3Vz\n"),
    "T51-multipart-in-base64": lambda: whole(b"Content-Transfer-Encoding: base64\n" + multipart("mixed", PLAIN)),
    **{
        f"T52-{field}-of-{what}": in_part(f"{field}: {'x; name=' if field.startswith('Content') else ''}{unit * (STORM // len(unit))}")
        for field in ("Content-Disposition", "Content-ID", "Subject", "X-Any")
        for what, unit in {
            "encoded-words": "=?utf-8?q?a?= ", "parens": "(", "dots": ".", "quotes": '"', "backslashes": "\\", "semicolons": ";a=b", "stars": ";a*0*=b",
            "percents": "%41", "question-marks": "=?", "folds": "\n x",
        }.items()
    },
    **{
        f"T52-Content-Type-just-small-enough-{what}": in_part(f"Content-Disposition: attachment; x=y{unit * (7800 // len(unit))}")
        for what, unit in {
            "semicolons": ";a=b", "pieces": ";filename*0*=a", "quotes": ';a="', "encoded-words": ";filename==?utf-8?q?a?=", "percents": ";filename=%41", "parens": "("
        }.items()
    },
    "T52-100000-fields-of-a-part": lambda: related(PLAIN, "X: y\n" * 100_000 + "\nx\n"),
    "T52-a-field-of-megabytes": in_part("X-Any: " + "y" * 5 * MEGA),
    "T55-10-MB-of-line-ends": raw_body(lambda: b"\r\n" * 5 * MEGA),
    "T55-499000-line-ends": raw_body(lambda: b"\r\n" * 499_000),
    "T55-a-line-of-25-MB": raw_body(lambda: b"x" * 25 * MEGA),
    "T55-a-line-of-25-MB-of-html": raw_body(lambda: b"x" * 25 * MEGA, "text/html"),
    "T55-25-MB-of-base64": raw_body(lambda: base64.encodebytes(bytes(18 * MEGA)), "text/plain", "base64"),
    "T55-25-MB-of-bad-base64": raw_body(lambda: b"QUJD=\xff" * 4 * MEGA, "text/plain", "base64"),
    "T55-25-MB-of-quoted-printable": raw_body(lambda: b"=C3=BC" * 4 * MEGA, encoding="quoted-printable"),
    "T55-soft-line-breaks": raw_body(lambda: b"=\r\n" * 490_000, encoding="quoted-printable"),
    "T55-equal-signs": raw_body(lambda: b"= \t" * 8 * MEGA, encoding="quoted-printable"),
    "T55-uuencoded": raw_body(lambda: b"begin 644 a\n" + (b"M" + b"!" * 60 + b"\n") * 390_000 + b"end\n", encoding="x-uuencode"),
    "T55-40000-uuencoded-files": body("begin 644 a\n#0V%T\n`\nend\n" * 40_000),
    "T55-uuencoded-without-end": body("begin 644 a\nM" * 100_000),
    "T55-yEnc": body("=ybegin line=128 size=9999999999 name=a\n" + "x" * 9000 + "\n=yend size=1\n"),
    "T55-24-texts-of-a-megabyte": lambda: related(*["Content-Type: text/plain\n\n" + "crocus " * 140_000] * 24),
    "T55-24-pages-of-half-a-megabyte": lambda: related(*["Content-Type: text/html\n\n" + "<p>crocus</p> " * 36_000] * 24),
    "T55-199-texts": lambda: related(*["Content-Type: text/plain\n\n" + "crocus\n\n" * 5000] * 199),
    "T56-spaces-before-a-name": in_part('Content-Disposition: attachment; filename="' + " " * 7000 + 'a.txt"'),
    **{
        f"T56-{label or 'empty'}": body(bytes(range(1, 256)) * 800 + b"+ADw-script+AD4- \\u003cscript\\u003e", f'text/html; charset="{label}"')
        for label in (
            "utf-8", "us-ascii", "utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna", "hex", "zlib", "bz2", "rot13", "undefined", "utf-16", "utf-32",
            "iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "hz-gb-2312", "big5", "gb18030", "johab", "shift_jis", "euc-jp", "", "no-such-thing", "x" * 2000,
        )
    },
    "T56-words-of-every-kind": lambda: letter("crocus", {"Subject": "=?punycode?q?a-b?= =?utf-7?q?+ADw-?= =?hex?q?41?= =?zlib?b?eA==?="}),
    "T49-signed-without-end": lambda: related(
        "Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(b"\x30\x80" * 200_000).decode()
    ),
    "T49-twenty-levels-of-megabytes": lambda: related(part(bytes(2 * MEGA), "application/octet-stream"), levels=18),
}  # fmt: skip

"""What honest programs write where a standard says something else."""

import pytest

from mailpost.mime.transfer import decoded
from mailpost.mime.words import decode_words

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
}


@pytest.mark.parametrize("text", WORDS)
def test_an_encoded_word_is_read_as_it_was_meant(text: str) -> None:
    assert decode_words(text) == WORDS[text]


def test_words_without_end_are_read_in_linear_time() -> None:
    for storm in ("=?a?q?" * 40_000, "=?a?q?x?=" + " " * 240_000, "=?a?q?" + "a?" * 100_000):
        assert isinstance(decode_words(storm), str)

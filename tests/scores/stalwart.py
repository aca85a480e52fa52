"""stalwart-mail-parser: which part of a mail is its body and which its files, by lists of part numbers.

Each mail is there with either line end and counts once: both must agree.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.scores import Score, count
from tests.scores.found import facts, files, opened, plain, texts

COLLECTION = "stalwart-mail-parser"
MAIL_LEFT_OUT = "an attached mail was left out"
TIMES = re.compile(r"\((\d+) times\)")
CRLF = ".crlf.json"


def scores(corpus: Path) -> list[Score]:
    body: dict[str, bool] = {}
    attached: dict[str, bool] = {}
    header: dict[str, bool] = {}
    for path in sorted((corpus / COLLECTION / "eml").glob("*/*.json")):
        raw = path.with_name(path.name[:3] + ".eml").read_bytes()
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if path.name.endswith(CRLF) else raw
        told = json.loads(path.read_text(encoding="utf-8"))
        case = f"{path.parent.name}/{path.name[:3]}"
        body[case] = _same_body(raw, told) and body.get(case, True)
        attached[case] = _same_files(raw, told) and attached.get(case, True)
        for name, right in _same_header(raw, told):
            header[f"{case} {name}"] = right and header.get(f"{case} {name}", True)
    return [
        count(COLLECTION, "mails with the same body", body, BODY),
        count(COLLECTION, "mails with the same files", attached, FILES),
        count(COLLECTION, "subjects, senders, recipients and dates", header, HEADER),
    ]


def _content(part: dict[str, Any]) -> tuple[str, Any]:
    ((kind, value),) = part["body"].items()
    return kind, bytes(value) if kind in ("Binary", "InlineBinary") else value


def _same_body(raw: bytes, told: dict[str, Any]) -> bool:
    expected = [_content(told["parts"][n]) for n in told["html_body"]]
    shown = [plain(value) for kind, value in expected if kind in ("Text", "Html")]
    return [text for text in shown if text] == [plain(t) for t in texts(opened(raw))]


def _same_files(raw: bytes, oracle: dict[str, Any]) -> bool:
    parts = [oracle["parts"][n] for n in oracle["attachments"] if not _signature(oracle["parts"][n])]
    contents = [_content(part) for part in parts]
    mails = sum(kind == "Message" for kind, _ in contents)
    expected = {_digest(value) for kind, value in contents if kind != "Message"}
    found = opened(raw)
    told = [warning for warning in found.warnings if MAIL_LEFT_OUT in warning]
    left_out = sum(int(times[1]) if (times := TIMES.search(warning)) else 1 for warning in told)
    return (expected - {_digest("")}, mails) == ({_digest(file.content) for file in files(found)}, left_out)


def _signature(part: dict[str, Any]) -> bool:
    kinds = [header["value"]["ContentType"] for header in part["headers"] if header["name"] == "content_type"]
    return any("signature" in (kind["c_type"], *(kind["c_subtype"] or "").split("-")) for kind in kinds)


def _digest(content: str | bytes) -> str:
    return plain(content.decode("latin-1") if isinstance(content, bytes) else content)


def _same_header(raw: bytes, told: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    found = facts(raw)
    for header in told["parts"][0]["headers"]:
        value: Any
        ((kind, value),) = header["value"].items() if isinstance(header["value"], dict) else (("", None),)
        if header["name"] == "subject" and kind == "Text":
            yield "subject", " ".join(value.split()) == found.subject
        elif header["name"] in ("from", "to") and kind == "Address":
            addresses = [one["address"] for one in value.get("List", []) if one["address"]]
            shown = found.senders if header["name"] == "from" else found.recipients
            yield header["name"], addresses == list(shown)[: len(addresses)]
        elif header["name"] == "date" and kind == "DateTime":
            yield "date", _moment(value) == found.sent


def _moment(value: dict[str, Any]) -> datetime:
    offset = timedelta(hours=value["tz_hour"], minutes=value["tz_minute"])
    zone = timezone(-offset if value["tz_before_gmt"] else offset)
    year, month, day = (value[name] for name in ("year", "month", "day"))
    hour, minute, second = (value[name] for name in ("hour", "minute", "second"))
    return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)


# Where we differ, read again one by one: in each the words are in our post, or what is missing from it is told.
_NO_END = "a text without a delimiter behind it is read as text; the oracle makes a file of it"
_NO_PARTS = "a multipart without any delimiter is read as the text that it is; the oracle makes a file of it"
_OUTER = (
    "a delimiter of the outer multipart ends the inner one (RFC 2046, section 5.1.2), and the text behind it is read;"
    " the oracle reads on, and makes a file of delimiters and headers"
)
_INNER = (
    "behind a delimiter of the outer multipart those of the inner one are text (RFC 2046, section 5.1.2), and shown;"
    " the oracle still parts the text there"
)
_ENRICHED = "text/enriched is shown as text, without its commands; the oracle makes a file of it"
_VERSION = "text/enriched is one version of the text, and the plain one is shown; the oracle makes a file of it besides"
_PIECES = "the mail is held: it points to files elsewhere or is a fragment; the oracle makes files of the pointers"
_BASE64 = "what is no base64 is shown as it was written; the oracle decodes the word “ignored”, and makes a file of “?garbage”"
_HELD = "its header begins again within itself: the mail is held, and this function sees no sound header"
_TWO_TYPES = (
    "of two Content-Types of a part the first is a multipart, and its html is shown; the oracle takes the second, a"
    " plain text, and shows delimiters and headers"
)
BODY = {
    "malformed/001": "an inner delimiter behind the outer one is text, “--a”; the oracle drops it",
    "malformed/002": _NO_PARTS,
    **dict.fromkeys(["malformed/003", "malformed/004", "malformed/006"], _NO_END),
    "malformed/005": "the inner delimiter is the end of the outer multipart (RFC 2046, section 5.1.2); the oracle goes on",
    "malformed/008": _NO_END,
    **dict.fromkeys(["malformed/009", "malformed/011"], _OUTER),
    "malformed/016": _INNER,
    "malformed/019": _HELD,
    **dict.fromkeys(["malformed/020", "malformed/021"], _TWO_TYPES),
    "rfc/000": _ENRICHED,
    "thirdparty/002": _BASE64,
    "thirdparty/005": "a delimiter begins a line (RFC 2046, section 5.1.1); the oracle finds one in the middle",
    "thirdparty/009": _PIECES,
}
FILES = {
    "malformed/002": _NO_PARTS,
    **dict.fromkeys(["malformed/003", "malformed/004", "malformed/006", "malformed/008"], _NO_END),
    **dict.fromkeys(["malformed/009", "malformed/011"], _OUTER),
    "malformed/012": "three attached mails are found; the oracle takes the third for a part of the second",
    "malformed/016": _INNER,
    "malformed/022": "what is declared an attached mail is left out as one; the oracle reads that it is none",
    "rfc/000": _ENRICHED,
    "rfc/003": _VERSION,
    **dict.fromkeys(["rfc/001", "thirdparty/009"], _PIECES),
    "thirdparty/002": _BASE64,
    "thirdparty/015": "three attached mails are found; the oracle takes two of them for content of the first",
}
HEADER = {
    "malformed/019 date": _HELD,
    "thirdparty/007 from": "a word without a domain is no sender",
}

"""Which part of a mail is its body, which its files, and what their bytes and its header say."""

import hashlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import getaddresses
from functools import cache
from pathlib import Path
from typing import Any

from mailpost import mime
from mailpost.errors import Reason, Refused
from mailpost.message import File, Message, Text, read_message
from mailpost.read import Rules, read_mail
from tests.letters import BLOG, SERVER, read
from tests.scores import Score, count

Checks = list[dict[str, Any]]
MAIL_LEFT_OUT = "an attached mail was left out"


def scores(corpus: Path) -> list[Score]:
    return [
        *stalwart(corpus / "stalwart-mail-parser" / "eml"),
        webklex(corpus / "webklex-php-imap"),
        mime4j(corpus / "james-mime4j" / "testmsgs"),
        enmime(corpus / "enmime"),
        mikel(corpus / "mikel-mail" / "emails"),
    ]


@cache
def opened(raw: bytes) -> Message:
    """The message; of one that is held or refused, what was found, which is nothing."""
    try:
        return read_message(raw)
    except Refused:
        return Message(())


def facts(raw: bytes) -> mime.Facts:
    return mime.facts(mime.split(raw)[0])


def texts(message: Message, *, html: bool | None = None) -> list[str]:
    return [p.content for p in message.pieces if isinstance(p, Text) and html in (None, p.html)]


def files(message: Message) -> list[File]:
    return [p for p in message.pieces if isinstance(p, File)]


def plain(text: str) -> str:
    """Line ends as we write them; what stands around a text says nothing."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


# ---- stalwart: lists of part numbers


def stalwart(folder: Path) -> Iterator[Score]:
    body: dict[str, bool] = {}
    attached: dict[str, bool] = {}
    header: dict[str, bool] = {}
    for path in sorted(folder.glob("*/*.json")):
        crlf = path.name.endswith(".crlf.json")
        raw = path.with_name(path.name[:3] + ".eml").read_bytes()
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if crlf else raw
        told = json.loads(path.read_text(encoding="utf-8"))
        case = f"{path.parent.name}/{path.name.removesuffix('.json')}"
        body[case] = _same_body(raw, told)
        attached[case] = _same_files(raw, told)
        header |= {f"{case} {name}": right for name, right in _same_header(raw, told)}
    yield count("stalwart-mail-parser", "the body", body, _by_mail(body, STALWART_BODY))
    yield count("stalwart-mail-parser", "the files", attached, _by_mail(attached, STALWART_FILES))
    yield count("stalwart-mail-parser", "subject, sender, recipients and date", header, STALWART_HEADER)


def _content(part: dict[str, Any]) -> tuple[str, Any]:
    ((kind, value),) = part["body"].items()
    return kind, bytes(value) if kind in ("Binary", "InlineBinary") else value


def _same_body(raw: bytes, told: dict[str, Any]) -> bool:
    expected = [_content(told["parts"][n]) for n in told["html_body"]]
    shown = [plain(value) for kind, value in expected if kind in ("Text", "Html")]
    return [text for text in shown if text] == [plain(t) for t in texts(opened(raw))]


def _same_files(raw: bytes, told: dict[str, Any]) -> bool:
    parts = [told["parts"][n] for n in told["attachments"] if not _signature(told["parts"][n])]
    contents = [_content(part) for part in parts]
    mails = sum(kind == "Message" for kind, _ in contents)
    expected = {_digest(value) for kind, value in contents if kind != "Message"}
    found = opened(raw)
    left_out = sum(MAIL_LEFT_OUT in warning for warning in found.warnings)
    return (expected - {_digest("")}, mails) == ({_digest(file.content) for file in files(found)}, left_out)


def _signature(part: dict[str, Any]) -> bool:
    kinds = [header["value"]["ContentType"] for header in part["headers"] if header["name"] == "content_type"]
    return any((kind["c_subtype"] or "").endswith("signature") for kind in kinds)


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


def _by_mail(results: dict[str, bool], why: dict[str, str]) -> dict[str, str]:
    """A mail with the other line ends is missed for the same reason."""
    return {case: why[case.removesuffix(".crlf")] for case in results if case.removesuffix(".crlf") in why}


_TEXT = "a text in a damaged multipart is read as text; the oracle makes a file of it"
_FOREIGN = (
    "the delimiter that ends the outer multipart ends the inner one (RFC 2046, section 5.1.2); the oracle goes on"
)
_ENRICHED = "text/enriched is read as text; the oracle makes a file of it"
_PIECES = "a mail with a pointer or a fragment in it is held"
_NOISE = "what is no base64 is shown as it is; the oracle decodes noise, or makes a file of it"
_HELD = "lines that are no header fields; the mail is held"
STALWART_BODY = {
    **dict.fromkeys(["malformed/002", "malformed/003", "malformed/004", "malformed/006", "malformed/008"], _TEXT),
    **dict.fromkeys(["malformed/009", "malformed/011", "malformed/016"], _FOREIGN),
    "malformed/001": "a delimiter inside a boundary that is used twice is shown as text",
    "malformed/005": "the delimiter of the inner multipart is the end of the outer one (RFC 2046, section 5.1.1)",
    "malformed/019": _HELD,
    **dict.fromkeys(
        ["malformed/020", "malformed/021"], "the html is found; the oracle shows the raw parts as one text"
    ),
    "rfc/000": _ENRICHED,
    "thirdparty/002": _NOISE,
    "thirdparty/005": "a delimiter begins a line (RFC 2046, section 5.1.1); the oracle finds one in the middle",
    "thirdparty/009": _PIECES,
}
STALWART_FILES = {
    **dict.fromkeys(["malformed/002", "malformed/003", "malformed/004", "malformed/006", "malformed/008"], _TEXT),
    **dict.fromkeys(["malformed/009", "malformed/011", "malformed/012", "malformed/016"], _FOREIGN),
    "malformed/022": "what is declared an attached mail is left out as one, even if it is none",
    **dict.fromkeys(["rfc/000", "rfc/003"], _ENRICHED),
    **dict.fromkeys(["rfc/001", "thirdparty/009"], _PIECES),
    "thirdparty/002": _NOISE,
    "thirdparty/006": "the second part of multipart/signed is the signature, whatever its type",
    "thirdparty/015": "three attached mails are found, the oracle finds one",
}
STALWART_HEADER = {
    **dict.fromkeys(["malformed/019.crlf date", "malformed/019 date"], _HELD),
    **dict.fromkeys(["thirdparty/007.crlf from", "thirdparty/007 from"], "a word without a domain is no sender"),
}


# ---- webklex: values of that library's tests

# What has no counterpart here: its own names for things (`type`, `id`, `part_number`, `hash`, `description`), sizes of
# bytes that are still encoded, names of people (a by-line comes from the configuration) and header fields that say
# nothing about a post.


def webklex(folder: Path) -> Score:
    results: dict[str, bool] = {}
    why: dict[str, str] = {}
    for name, checks in json.loads((folder / "expected.json").read_text(encoding="utf-8")).items():
        raw = (folder / "messages" / name).read_bytes()
        for group in _groups(checks):
            file = _which(opened(raw), group)
            for number, check in group:
                right = _agrees(raw, file, check)
                if right is not None:
                    case = f"{name} {number} {check['of']}"
                    results[case] = right
                    why |= {case: _webklex_reason(name, check, group)} if not right else {}
    return count("webklex-php-imap", "values", results, {case: text for case, text in why.items() if text})


def _groups(checks: Checks) -> list[list[tuple[int, dict[str, Any]]]]:
    """Checks of one attachment together; the first group is about the mail itself."""
    groups: list[list[tuple[int, dict[str, Any]]]] = [[]]
    seen: set[str] = set()
    for number, check in enumerate(checks, 1):
        of = _short(check["of"])
        if not of.startswith("attachment."):
            groups[0].append((number, check))
            continue
        if len(groups) == 1 or of in seen:
            groups.append([])
            seen = set()
        seen.add(of)
        groups[-1].append((number, check))
    return groups


def _short(of: str) -> str:
    found = re.search(r"attachment\.[\w()]+|message\.\w+|from\.\w+|attachments", of)
    return found.group() if found else of


def _which(message: Message, group: Sequence[tuple[int, dict[str, Any]]]) -> File | None:
    """The file that agrees best with what is expected of one."""
    candidates = files(message)
    return max(candidates, key=lambda file: sum(_of_file(file, check) is True for _, check in group), default=None)


def _agrees(raw: bytes, file: File | None, check: dict[str, Any]) -> bool | None:
    """Does it; None where there is nothing to compare."""
    if "attachment." in check["of"]:
        return _of_file(file, check)
    return _of_mail(raw, check)


def _of_file(file: File | None, check: dict[str, Any]) -> bool | None:  # noqa: PLR0911 - one line for each kind of check
    of, expected = _short(check["of"]), check.get("expected")
    if of in ("attachment.type", "attachment.part_number", "attachment.size", "attachment.id", "attachment.hash"):
        return None
    if of in ("attachment.description", "attachment.content_id"):
        return None
    if file is None:
        return False
    if "sha256" in check["of"]:
        content = file.name.encode() if "filename" in of else file.content
        return hashlib.sha256(content).hexdigest() == expected
    said = {
        "attachment.name": file.name,
        "attachment.filename": file.name,
        "attachment.getExtension()": file.name.rpartition(".")[2],
        "attachment.content_type": file.type,
        "attachment.disposition": "inline" if file.inline else "attachment",
        "attachment.content": file.content.decode("utf-8", "replace"),
    }.get(of)
    if said is None:
        return None
    if check["check"] == "stringstartswith":
        return said.startswith(str(expected))
    if check["check"] == "stringendswith":
        return said.rstrip().endswith(str(expected).rstrip())
    if check["check"] == "null":
        return of == "attachment.disposition" or not said
    return said == expected


def _of_mail(raw: bytes, check: dict[str, Any]) -> bool | None:  # noqa: PLR0911 - one line for each kind of check
    of, expected, found = check["of"], check.get("expected"), facts(raw)
    what = _short(of)
    nothing = check["check"] in ("false", "null", "empty")
    if "personal" in of or "full" in of:
        return None
    if what in ("message.subject", "message.getSubject"):
        return found.subject == " ".join(str(expected or "").split())
    if what in ("message.getTextBody", "message.getHTMLBody", "message.hasTextBody", "message.hasHTMLBody"):
        return _same_text(opened(raw), check)
    if what == "message.date":
        shown = found.sent.strftime("%Y-%m-%d %H:%M:%S") if found.sent else None
        return shown is None if nothing else shown == expected
    if what in ("message.from", "message.to", "message.cc", "from.mail", "from.mailbox", "from.host"):
        return _same_address(found, check)
    if what == "message.message_id":
        ids = re.findall(r"<([^<>\s]+)>", mime.field(mime.parse(raw), "message-id"))
        return ids[:1] == [expected]
    if "ttachments" in of:
        return len(files(opened(raw))) == expected
    return None


def _same_text(message: Message, check: dict[str, Any]) -> bool:
    html = "HTML" in check["of"]
    shown = texts(message, html=html) or ([] if html or not message.plain else [message.plain])
    if check["check"] == "false":
        return not shown
    if "hash" in check["of"] or "md5" in check["of"]:
        return any(check["expected"] in _hashes(text) for text in ("\n".join(shown), *shown))
    return plain("\n".join(shown)) == plain(str(check["expected"]))


def _hashes(text: str) -> set[str]:
    variants = {v.replace("\n", end) for v in (text, text.strip()) for end in ("\n", "\r\n")}
    return {
        digest
        for v in variants
        for digest in (
            hashlib.sha256(v.encode()).hexdigest(),
            hashlib.md5(v.encode(), usedforsecurity=False).hexdigest(),
        )
    }


def _same_address(found: mime.Facts, check: dict[str, Any]) -> bool:
    of, expected = check["of"], check.get("expected")
    shown = found.senders if "from" in of else found.recipients
    if check["check"] == "false":
        return not shown
    local, _, host = (shown[0] if shown else "").partition("@")
    if "mailbox" in of or ".host" in of:
        return (host if ".host" in of else local) == expected
    return [address for _, address in getaddresses([str(expected)])][:1] == list(shown[:1])


def _webklex_reason(name: str, check: dict[str, Any], group: Sequence[tuple[int, dict[str, Any]]]) -> str:
    expected = {_short(one["of"]): one.get("expected") for _, one in group}
    kind, file = str(expected.get("attachment.content_type", "")), str(expected.get("attachment.name", ""))
    if kind.startswith("message/") or file.endswith(".eml"):
        return "an attached mail is never opened and no file of a post: it carries other people's addresses"
    if "signature" in kind:
        return "a signature is no file of a post"
    return WEBKLEX.get(f"{name} {_short(check['of'])}", WEBKLEX.get(name, ""))


_COUNTED = "attached mails and signatures, which are no files of a post, are counted there"
_NO_HOST = "what is no address (without a domain, or with a space in it) is no sender"
_INVENTED = "a name is invented there for a file that has none, or has it in another field"
WEBKLEX = {
    "attachment_long_filename.eml": "the two fields name the file differently; Content-Disposition counts (RFC 2183)",
    "attachment_no_disposition.eml": _INVENTED,
    "inline_attachment.eml": _INVENTED,
    "date-template.eml": "the date is a template that the other project fills in first",
    **dict.fromkeys(["email_address.eml", "references.eml", "issue-462.eml"], _NO_HOST),
    **dict.fromkeys(
        ["embedded_email.eml", "embedded_email_without_content_disposition.eml", "example_bounce.eml",
         "four_nested_emails.eml", "nestes_embedded_with_attachment.eml", "pec.eml"],
        _COUNTED,
    ),
    "plain_text_attachment.eml": "a part without a type is text/plain (RFC 2045, section 5.2)",
    "issue-414.eml": "folders are cut from a name later, where it is shown",
}  # fmt: skip


# ---- mime4j: decoded bodies


def mime4j(folder: Path) -> Score:
    results = {}
    for path in sorted(folder.glob("*.msg")):
        found = opened(path.read_bytes())
        seen = " ".join([*texts(found), found.plain, *(f.content.decode("utf-8", "replace") for f in files(found))])
        ours, theirs = _bodies(path)
        results[path.stem] = all(_squeezed(text) in _squeezed(seen) for text in ours) and not any(
            len(_squeezed(text)) > 20 and _squeezed(text) in _squeezed(seen) for text in theirs
        )
    return count("james-mime4j", "mails with every text of theirs, and none of a mail in them", results, MIME4J)


def _bodies(path: Path) -> tuple[list[str], list[str]]:
    """The texts of a mail, and those of the mails attached to it."""
    tree = ET.parse(path.with_name(f"{path.stem}_decoded.xml")).getroot()
    inside = {body.get("name") for mail in tree.iter("message") if mail is not tree for body in mail.iter("text-body")}
    every = {body.get("name", ""): path.with_name(body.get("name", "")) for body in tree.iter("text-body")}
    content = {name: mime.decode(file.read_bytes()) for name, file in every.items()}
    return [t for n, t in content.items() if n not in inside], [t for n, t in content.items() if n in inside]


def _squeezed(text: str) -> str:
    return "".join(text.split())


_SPACE = "its boundary ends with a space, which RFC 2046 forbids; mail servers drop it, so a line without it counts"
MIME4J = {
    "malformedHeaderStartsBody-nocrlfcrlf": "the line after the malformed one is text too; the mail is held",
    "qp-body": "the oracle's file is in ISO-8859-15, ours in Unicode; both have the euro sign",
    **dict.fromkeys(["very-long-boundary", "very-very-long-boundary", "weird-boundary"], _SPACE),
}


# ---- enmime: names say what is wrong with a mail


def enmime(folder: Path) -> Score:
    results = {}
    said = {name: phrase for phrase, names in ENMIME.items() for name in names.split()}
    for path in sorted(folder.rglob("*.raw")):
        reading = read(path.read_bytes(), received=None)
        name = path.stem if path.parent.name != "parts" else f"parts/{path.stem}"
        held = ENMIME_NOT.get(name)
        if held is not None:
            results[name] = reading.reason is held
        else:
            phrase = said.get(name, "A text section")
            seen = " ".join(f"{reading.post.text} {reading.post.trimmed}".split()) if reading.post else ""
            shown = [a.name for a in reading.post.attachments] if reading.post else []
            results[name] = reading.post is not None and phrase in (shown if "." in phrase else seen)
    return count("enmime", "mails with their text, or held for what is wrong with them", results, ENMIME_WHY)


# What each mail says, or the name of the file that is all it has.
ENMIME = {
    "[human-readable explanation goes here]": "delayed_dsn dsn_with_multipart_alternative multi_recipient_dsn simple_dsn "
    "simple_dsn_with_html",
    "Test of HTML section": "html-only-inline html-mime-bad-charset-inline html-mime-bad-unknown-charset-inline "
    "html-mime-inline",
    "Using Unicode/UTF-8, you can write": "incorrect-charset",
    "A plain text email": "missing-content-type",
    "Hello World!": "unk-charset-html-only",
    "Hello World": "parts/extra-base64-character",
    "Just some html content": "attachment-only-inline-quoted-printable",
    "favicon.jpg": "attachment-only-inline attachment-only-no-disposition attachment-only",
    "test.csv": "attachment-only-text-attachment",
    "What's next? Head over to the Quick Start": "ctype-bug",
    "Simple text": "inlinemultipart malformed-multiple-address-header-values",
    "Section one Section two": "mime-alternative mime-mixed mime-signed parts/multimixed parts/multiother",
    "Text part": "mime-bad-8bit-filename",
    "This is an example": "mime-bad-content-transfer-encoding",
    "Thank you for booking with easyHotel": "mime-bad-content-type mime-blank-media-name mime-duplicate-param "
    "mime-unquoted-tspecials-param",
    "html1 html2": "mime-mixed-related",
    "I'm multipart message without boundary": "multipart-wo-boundary",
    "Test Müller": "non-mime-html-charset-header-only",
    "This is a test mailing": "non-mime non-mime-html qp-ascii-header",
    "Unencoded Euro Sign": "non-mime-missing-charset",
    "HTML text": "other-multi-related",
    "": "header-only",
    "Lorem ipsum dolor sit amet": "qp-utf8-header-recursed qp-utf8-header quoted-printable-mime quoted-printable",
    "An HTML section": "parts/badboundary parts/empty-header parts/html-with-boundary parts/missing-ctype "
    "parts/multialtern parts/nestedmulti",
    "Section one An HTML section": "parts/similar-boundary",
    "Loggen Sie sich ein, um die Einladung zu akzeptieren": "parts/chardet-detection",
    "和弟弟": "parts/chardet-fail-not-long-enough",
    "rzkly.gif": "parts/chardet-fail-non-txt",
    "rzkly.txt": "parts/chardet-fail",
    "顏之推": "parts/chardet-success-big-5",
    "DIE Drachenköpfe unserer Boote bogen um das gelbe Segel": "parts/chardet-success-iso-8859-1",
    "Test of text/plain section": "parts/ctype-invalid-characters parts/textplain",
    "Use the View Invoices function": "parts/empty-ctype-bad-content",
    "According to RFC 822, content type defaults to text/plain": "parts/missing-ctype-root",
    "Section one I'm section without headers Section two": "parts/multi-malformed",
    "Hello,": "parts/multimixed-no-closing-boundary",
    "Stuffs": "parts/quoted-printable-invalid",
    "Start=ABC=Finish": "parts/quoted-printable",
}
ENMIME_NOT = {
    "bad-header-start": Reason.HEADER_NAME,
    "erroneous": Reason.HEADER_NAME,
    "qp-utf8-header-no-break": Reason.HEADER_NAME,
    **dict.fromkeys(
        ["parts/barren-content-type", "parts/header-only", "parts/malformed-content-type-params",
         "parts/missing-closing-param-quote", "parts/unquoted-ctype-param-special"],
        Reason.EMPTY,
    ),
}  # fmt: skip
ENMIME_WHY: dict[str, str] = {}


# ---- mikel-mail: nothing breaks the reader


def mikel(folder: Path) -> Score:
    results = {}
    for path in sorted(folder.rglob("*.eml")):
        report = path.parent.name == "multipart_report_emails"
        rules = Rules((BLOG,), BLOG.name, (SERVER,), trust=not report)
        reading = read_mail(path.read_bytes(), path.stem, None, rules, lambda _name: None)
        name = f"{path.parent.name}/{path.stem}"
        results[name] = (
            reading.reason is Reason.AUTOMATIC if report else (reading.post is None) != (reading.reason is None)
        )
    return count("mikel-mail", "mails that become a post or have a reason; reports are refused", results, {})

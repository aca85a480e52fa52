"""webklex-php-imap: 636 values that the tests of that library ask for, mail by mail."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from mailpost import mime
from mailpost.message import File, Message
from mailpost.mime.words import decode_words
from tests.scores import Score, count
from tests.scores.found import facts, files, opened, plain, texts

COLLECTION = "webklex-php-imap"
ABSENT: Mapping[str, str] = {  # and how many of them there are
    "attachment.size": "31: the size of the bytes in their transfer encoding; we only know that of the file",
    "attachment.type": "30: “text” for everything that is no attached mail",
    "attachment.part_number": "30: that library's own counting",
    "attachment.description": "4: Content-Description is not read",
    "attachment.id": "3: made up by that library",
    "attachment.hash": "1: made up by that library",
    "personal": "7: names of people; a by-line comes from the configuration",
    "full": "6: the same, with the address",
    "true": "1: asks for nothing",
}

Check = dict[str, Any]


def scores(corpus: Path) -> list[Score]:
    results: dict[str, bool] = {}
    why: dict[str, str] = {}
    for name, checks in expected(corpus).items():
        raw = (corpus / COLLECTION / "messages" / name).read_bytes()
        for group in _groups(checks):
            file = _which(opened(raw), group)
            for number, check in group:
                if absent(check):
                    continue
                case = f"{name} {number} {check['of']}"
                results[case] = _of_file(file, check) if "attachment." in check["of"] else _of_mail(raw, check)
                why[case] = _reason(name, check, group)
    said = f"values; {sum(map(absent, _all(corpus)))} more have no counterpart here (tests/scores/webklex.py)"
    return [count(COLLECTION, said, results, {case: text for case, text in why.items() if text})]


def expected(corpus: Path) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = json.loads((corpus / COLLECTION / "expected.json").read_text(encoding="utf-8"))
    return found


def absent(check: Check) -> bool:
    """Is what this asks for something that we do not have?"""
    return bool({_short(check["of"]), check["of"].rpartition(".")[2]} & ABSENT.keys())


def _all(corpus: Path) -> list[Check]:
    return [check for checks in expected(corpus).values() for check in checks]


def _groups(checks: list[Check]) -> list[list[tuple[int, Check]]]:
    """Checks of one attachment together; the first group is about the mail itself."""
    groups: list[list[tuple[int, Check]]] = [[]]
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


def _which(message: Message, group: Sequence[tuple[int, Check]]) -> File | None:
    """The file that agrees best with what is expected of one."""
    asked = [check for _, check in group if "attachment." in check["of"] and not absent(check)]
    return max(files(message), key=lambda file: sum(_of_file(file, check) for check in asked), default=None)


def _of_file(file: File | None, check: Check) -> bool:
    of, wanted = _short(check["of"]), check.get("expected")
    if file is None:
        return False
    if "sha256" in check["of"]:
        content = file.name.encode() if "filename" in of else file.content
        return hashlib.sha256(content).hexdigest() == wanted
    said = {
        "attachment.name": file.name,
        "attachment.filename": file.name,
        "attachment.getExtension()": file.name.rpartition(".")[2],
        "attachment.content_type": file.type,
        "attachment.content_id": file.content_id and f"<{file.content_id}>",
        "attachment.disposition": "inline" if file.inline else "attachment",
        "attachment.content": file.content.decode("utf-8", "replace"),
    }[of]
    if check["check"] == "stringstartswith":
        return said.startswith(str(wanted))
    if check["check"] == "stringendswith":
        return said.rstrip().endswith(str(wanted).rstrip())
    if check["check"] in ("null", "empty"):
        return of == "attachment.disposition" or not said
    return bool(said == wanted)


def _of_mail(raw: bytes, check: Check) -> bool:
    what = _short(check["of"])
    if "Body" in what:
        return _same_text(opened(raw), check)
    if "ttachments" in check["of"]:
        return bool(len(files(opened(raw))) == check["expected"])
    if what in ("message.from", "message.to", "message.cc", "from.mail", "from.mailbox", "from.host"):
        return _same_address(facts(raw), check)
    if what == "message.date":
        return _same_date(facts(raw), check)
    if what in ("message.subject", "message.getSubject"):
        return facts(raw).subject == " ".join(str(check.get("expected") or "").split())
    return _same_field(raw, check)


def _same_date(found: mime.Facts, check: Check) -> bool:
    shown = found.sent.strftime("%Y-%m-%d %H:%M:%S") if found.sent else None
    return shown is None if check["check"] in ("false", "null", "empty") else shown == check["expected"]


def _same_field(raw: bytes, check: Check) -> bool:
    """Any other field of the header; of the content type without its parameters, of addresses only the first."""
    quoted = re.search(r'get\("([\w-]+)"\)', check["of"])
    name = (quoted[1] if quoted else _short(check["of"]).removeprefix("message.")).replace("_", "-").lower()
    wanted = str(check.get("expected") or "")
    tree = mime.parse(raw)
    if name == "content-type":
        return mime.content_type(tree) == wanted
    said = " ".join(mime.field(tree, name).split())
    if "sha256" in check["of"]:
        return hashlib.sha256(said.encode()).hexdigest() == wanted
    if name in ("bcc", "reply-to", "sender", "return-path"):
        return said.rpartition("<")[2].rstrip(">") == wanted.rpartition("<")[2].rstrip(">")
    return wanted in (said, decode_words(said), said.strip("<>"))


def _same_text(message: Message, check: Check) -> bool:
    html = "HTML" in check["of"]
    shown = texts(message, html=html) or ([] if html or not message.plain else [message.plain])
    if check["check"] == "false":
        return not shown
    if check["check"] == "true":
        return bool(shown)
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


def _same_address(found: mime.Facts, check: Check) -> bool:
    of, wanted = check["of"], check.get("expected")
    shown = found.senders if "from" in of else found.recipients
    if check["check"] == "false":
        return not shown
    local, _, host = (shown[0] if shown else "").partition("@")
    if "mailbox" in of or ".host" in of:
        return (host if ".host" in of else local) == wanted
    return [address for _, address in getaddresses([str(wanted)])][:1] == list(shown[:1])


def _reason(name: str, check: Check, group: Sequence[tuple[int, Check]]) -> str:
    wanted = {_short(one["of"]): one.get("expected") for _, one in group}
    kind, file = str(wanted.get("attachment.content_type", "")), str(wanted.get("attachment.name", ""))
    if kind.startswith("message/") or file.endswith(".eml"):
        return "an attached mail is never opened and no file of a post: it carries other people's addresses"
    if "signature" in kind:
        return "a signature is no file of a post"
    return WHY.get(f"{name} {_short(check['of'])}", WHY.get(name, ""))


_COUNTED = "attached mails and signatures, which are no files of a post, are counted there"
_NO_HOST = "what is no address (without a domain, or with a space in it) is no sender"
_INVENTED = "a name is invented there for a file that has none, or has it in another field"
WHY = {
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

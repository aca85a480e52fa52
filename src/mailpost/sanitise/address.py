"""Addresses that links may lead to."""

import re
import unicodedata
from urllib.parse import unquote, urlsplit

LONGEST = 2048
HIDDEN = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u061c\u115f\u1160\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\uffa0"
    "\ufff0-\uffff\U000e0000-\U000e0fff\ud800-\udfff\\\\]"
)
HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|\[[0-9a-f:.]{2,45}\]")
PERSON = re.compile(r"[A-Za-z0-9.!#$'*+/=^_`{|}~-]{1,64}")


def link(value: str) -> str | None:
    """An absolute address that is what it looks like, its host in ASCII; or None."""
    value = value.strip("\t\n\f\r ")
    if len(value) > LONGEST or HIDDEN.search(value):
        return None
    scheme, _, rest = value.partition(":")
    try:
        whole = FORMS[scheme.lower()](scheme.lower(), rest)
    except (KeyError, ValueError):  # an unknown scheme, or what the library takes for no address
        return None
    return whole if whole and len(whole) <= LONGEST else None


def _web(scheme: str, rest: str) -> str | None:
    parts = urlsplit(f"{scheme}:{rest}")
    host, port = _host(parts.hostname or ""), parts.port
    if host is None or "@" in parts.netloc or ("[" in parts.netloc) != ("[" in host):
        return None
    behind = rest[len("//" + parts.netloc) :]
    return f"{scheme}://{host}{'' if port is None else f':{port}'}{behind}"


def _mailto(scheme: str, rest: str) -> str | None:
    """One person; no subject, no copies."""
    local, at, domain = unquote(re.split("[?,]", rest, maxsplit=1)[0]).rpartition("@")
    host = None if ":" in domain else _host(domain)
    return f"{scheme}:{local}@{host}" if at and host and PERSON.fullmatch(local) else None


def _host(name: str) -> str | None:
    """A host in lower-case ASCII; a name of other letters is spelt as browsers do (RFC 3492), or refused if they map it."""
    if len(name) > 253:
        return None
    labels = []
    for label in name.lower().split("."):
        if label.isascii():
            labels.append(label)
        elif all(c.isalnum() or c == "-" or unicodedata.category(c)[0] == "M" for c in label) and (
            unicodedata.is_normalized("NFKC", label)
        ):
            labels.append("xn--" + label.encode("punycode").decode())
        else:
            return None
    host = ".".join(labels)
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if HOST.fullmatch(bracketed) else None


FORMS = {"http": _web, "https": _web, "mailto": _mailto}

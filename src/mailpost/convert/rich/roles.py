"""What mail programs say of the parts of a mail by class and id."""

import re
from enum import Enum, auto

from lxml.html import HtmlElement


class Role(Enum):
    """What a program says of an element, by its class or id."""

    QUOTE = auto()  # all of it is another mail
    CITED = auto()  # a blockquote as programs make it around another mail, and some of them for their authors
    REPLY = auto()  # an introduction and then a blockquote; whatever stands after that is the author's
    INTRODUCTION = auto()
    REST = auto()  # another mail begins here, and nothing says where it ends
    SIGNATURE = auto()


# Whole words of a class, or the whole id. Yahoo puts the name of its style sheet before its own.
ROLES: dict[str, Role] = {
    "gmail_quote": Role.REPLY,
    "gmail_quote_container": Role.REPLY,
    "protonmail_quote": Role.REPLY,
    "zmail_extra": Role.REPLY,
    "k9mail-quote": Role.REPLY,
    "yahoo_quoted": Role.QUOTE,
    "olk_src_body_section": Role.QUOTE,
    "mail-editor-reference-message-container": Role.QUOTE,
    "ms-outlook-mobile-reference-message": Role.QUOTE,
    "moz-cite-prefix": Role.INTRODUCTION,
    "gmail_attr": Role.INTRODUCTION,
    "reply-intro": Role.INTRODUCTION,
    "divrplyfwdmsg": Role.REST,
    "gmail_signature": Role.SIGNATURE,
    "gmail_signature_prefix": Role.SIGNATURE,
    "moz-signature": Role.SIGNATURE,
    "protonmail_signature_block": Role.SIGNATURE,
    "k9mail-signature": Role.SIGNATURE,
    "composer_signature": Role.SIGNATURE,
    "signature": Role.SIGNATURE,
    "_rc_sig": Role.SIGNATURE,
    "zm-_id_-sgn": Role.SIGNATURE,
    "ms-outlook-mobile-signature": Role.SIGNATURE,
    "ymail_android_signature": Role.SIGNATURE,
    "applemailsignature": Role.SIGNATURE,
    "linebreakatbeginningofsignature": Role.SIGNATURE,
}
STYLE_SHEET = re.compile(r"ydp[0-9a-f]{1,20}")
BORDER = re.compile(r"border-(?:top|left)(?:-\w{1,8})?\s*:(?!\s*(?:none|0))", re.IGNORECASE)


def role_of(element: HtmlElement) -> Role | None:
    if element.tag == "blockquote":
        return Role.CITED if element.get("type") == "cite" or element.get("class") == "tutanota_quote" else None
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    return next((role for name in names if (role := ROLES.get(STYLE_SHEET.sub("", name))) is not None), None)


def is_box(element: HtmlElement) -> bool:
    """Is there a drawn line above it or beside it?"""
    return BORDER.search(element.get("style") or "") is not None

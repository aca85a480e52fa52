"""Codecs tried in turn, as one label stands for several: the standard's and what mail programs really write."""

import codecs
import re

C1 = re.compile("[\x80-\x84\x86-\x9f]")


def first_of(names: tuple[str, ...], content: bytes) -> str:
    """Text by the first codec that leaves no byte unread and makes no control character of any, else by the last."""
    for name in names:
        try:
            text = content.decode(name)
        except UnicodeError:
            continue
        if name == names[-1] or not C1.search(text):
            return text
    # A single byte that fits nowhere was most likely put there by a program that thinks in Windows-1252.
    return content.decode(names[0], "mailpost.stray")


def _stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    at, single = error.start, error.end - error.start == 1
    western = error.encoding in ("utf-8", "utf8") or error.object[at] == 0x80  # the euro sign of Windows, everywhere
    return error.object[at : error.end].decode("cp1252", "replace") if single and western else "\ufffd", error.end


codecs.register_error("mailpost.stray", _stray)

"""Text that pages, feeds, logs and terminals can carry without harm."""

import re
import unicodedata

# Characters that XML 1.0 forbids, and lone surrogates: one of them in a title would stop the feed of a whole blog. And
# the second set of controls, which terminals obey.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
ENDING = re.compile("\r\n?|\x85")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What has no shape of its own. The flag of England is spelt with such letters; the joiners are, between letters of a
# script that joins or between pictures, part of a word's spelling.
FLAG = "\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f"
SHAPELESS = re.compile(
    f"({FLAG})|(?<![\u0590-\u1fff\u231a-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
    "|[\u200c\u200d](?![\u0590-\u1fff\u231a-\u2bff\U0001f000-\U0001faff])"
    "|[\xad\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e0fff]"
)


def xml_text(text: str) -> str:
    """Text that every page, feed and log can carry."""
    return ENDING.sub("\n", UNWRITABLE.sub("", text))


def one_line(text: str) -> str:
    """A title or a name: on one line, every sign in it seen, and none that turns around whatever stands behind it."""
    seen = SHAPELESS.sub(lambda found: found[1] or "", TURNING.sub("", xml_text(text)))
    return " ".join(unicodedata.normalize("NFC", seen).split())

"""What a PDF says about itself (ISO 32000-1, 14.3): blanked where it stands, since its tables count bytes.

Only what lies open can be blanked. A file that is signed or locked stays as it is: the signature would be broken, and
words that are locked are not to be told from others.
"""

import re
from itertools import islice

WHOLE = (b"/ByteRange", b"/Encrypt")
INFO = re.compile(rb"/Info\s{0,8}(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}R")
HEXADECIMAL = re.compile(rb"<([0-9A-Fa-f][0-9A-Fa-f\s]{0,65536})>")
REVISIONS = 20  # of the file, each of which may say it again
LARGEST = 65_536  # bytes of a dictionary
XMP, XMP_END = b"<?xpacket begin", b"<?xpacket end"
METADATA = re.compile(rb"<<[^<>]{0,400}/Type\s{0,8}/Metadata\b[^<>]{0,400}>>")


def scrub(content: bytes) -> bytes:
    """The same pages; author, title, programs and dates are blank."""
    if any(word in content for word in WHOLE):
        return content
    out = bytearray(content)
    for number, generation in {(m[1], m[2]) for m in islice(INFO.finditer(content), REVISIONS)}:
        named = re.compile(rb"(?<!\d)%b\s{1,8}%b\s{1,8}obj\s{0,8}<<" % (number, generation))
        for found in islice(named.finditer(content), REVISIONS):
            end = content.find(b"endobj", found.end(), found.end() + LARGEST)
            _blank_strings(out, found.end(), end)
    at = content.find(XMP)
    while (end := content.find(XMP_END, at)) > at >= 0:
        start = min(content.find(b"?>", at) + 2, end)
        out[start:end] = b" " * (end - start)
        at = content.find(XMP, end)
    return bytes(out)


def is_packed(content: bytes) -> bool:
    """Whether it describes itself in XML that is compressed, and so cannot be blanked where it stands."""
    return any(b"/Filter" in head for head in METADATA.findall(content))


def _blank_strings(out: bytearray, start: int, end: int) -> None:
    """Strings stand in round brackets, which may hold others, or as hexadecimal digits in angle brackets."""
    depth, escaped = 0, False
    for at in range(start, end):
        byte = b"" if escaped else out[at : at + 1]
        depth -= byte == b")" and depth > 0
        if depth:
            out[at] = ord(" ")
        depth += byte == b"("
        escaped = byte == b"\\" and depth > 0
    out[start:end] = HEXADECIMAL.sub(lambda m: b"<" + b" " * len(m[1]) + b">", out[start:end])

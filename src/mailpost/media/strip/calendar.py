"""Calendar entries (RFC 5545) without the people in them: what happens when and where stays, line by line as it was.

Programs write who invites whom, whose calendar it is, and links that let one answer in somebody's name.
"""

import hashlib
import re
from collections.abc import Iterator

BEGINNING = b"BEGIN:VCALENDAR"
PARTS = frozenset({b"VCALENDAR", b"VEVENT", b"VTODO", b"VJOURNAL", b"VTIMEZONE", b"STANDARD", b"DAYLIGHT"})
KEPT = frozenset(
    b"VERSION CALSCALE DTSTAMP DTSTART DTEND DUE DURATION COMPLETED SUMMARY DESCRIPTION LOCATION GEO STATUS TRANSP"
    b" CATEGORIES PRIORITY SEQUENCE RRULE RDATE EXDATE RECURRENCE-ID CREATED LAST-MODIFIED PERCENT-COMPLETE TZID TZNAME"
    b" TZOFFSETFROM TZOFFSETTO".split()
)
LINE = re.compile(rb'([A-Za-z0-9-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):', re.DOTALL)
FOLD = re.compile(rb"\r?\n[ \t]")
PARAMETER = re.compile(rb';((?:TZID|VALUE|LANGUAGE|RANGE)=(?:"[^"]*"|[^;:"]*))', re.IGNORECASE)


def scrub(content: bytes) -> bytes:
    return b"".join(_kept(content))


def _kept(content: bytes) -> Iterator[bytes]:
    inside: list[bytes] = []  # of parts that go, such as alarms
    for line in _lines(content):
        whole = FOLD.sub(b"", line)
        match = LINE.match(whole)
        if match is None:
            continue
        name, value = match[1].upper(), whole[match.end() :]
        part = value.strip().upper()
        if name == b"BEGIN" and (inside or part not in PARTS):
            inside.append(part)
        elif name == b"END" and inside:
            inside.pop()
        elif inside:
            continue
        elif name in (b"BEGIN", b"END"):
            yield line
        elif name == b"UID":  # the same as before, and yet nobody's
            end = value[len(value.rstrip()) :]
            yield b"UID:" + hashlib.sha256(value.strip()).hexdigest()[:32].encode() + end
        elif name in KEPT:
            said = b"".join(b";" + each for each in PARAMETER.findall(match[2]))
            yield line if said == match[2] else match[1] + said + b":" + value


def _lines(content: bytes) -> Iterator[bytes]:
    """Each with its end and what of it was folded."""
    line: list[bytes] = []
    for physical in content.splitlines(keepends=True):
        if line and not physical.startswith((b" ", b"\t")):
            yield b"".join(line)
            line = []
        line.append(physical)
    yield b"".join(line)

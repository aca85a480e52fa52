"""What would keep the parser of mails busy, by counting bytes before it sees them.

The counts are upper bounds that hold whatever the syntax around them: whoever nests parts must write "boundary" and
delimiters, or "message/", as often as he nests. How deep and how many the parts really are is counted in the tree.
"""

from mailpost.errors import Held, Reason
from mailpost.mime import fields

LINES = 500_000
DELIMITERS = 5000  # lines that begin like one: of parts, and of texts that have lines of dashes
BOUNDARIES = 500
MAILS = 100  # attached
CONTENT_FIELD = 8 * 1024
# The parser holds every line against each boundary that is open.
COMPARISONS = 20_000_000


def gate(raw: bytes) -> None:
    """Hold a mail that is too much for the parser; linear in its length."""
    # The parser takes a lone carriage return for a line end too.
    low = b"\n" + raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lower()
    boundaries, lines = low.count(b"boundary"), low.count(b"\n")
    if low.count(b"\n--") > DELIMITERS or boundaries > BOUNDARIES or low.count(b"message/rfc822") > MAILS:
        raise Held(Reason.STRUCTURE)
    if lines > LINES:
        raise Held(Reason.STRUCTURE, "too many lines")
    if boundaries * lines > COMPARISONS:
        raise Held(Reason.STRUCTURE, "too many lines in too many parts")
    at = low.find(b"\ncontent-")
    while at >= 0:
        # Parameters are parsed in quadratic time, wherever in the mail the field stands.
        if len(next(fields(low[at + 1 : at + 2 + 2 * CONTENT_FIELD]))) > CONTENT_FIELD:
            raise Held(Reason.HEADER_SIZE, "a Content field")
        at = low.find(b"\ncontent-", at + 1)

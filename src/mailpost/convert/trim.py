"""What a mail program added to the author's words: signatures, quotes, footers.

Cutting the author's own words is a failure, leaving a quote is a blemish: everything here works from the end of the
text backwards, on shapes that programs write and people do not. What is cut is returned, never thrown away.
"""

import re
from dataclasses import dataclass

# Whole lines, at the very end of a mail.
DEVICE = (
    r"(?:i(?:phone|pad|pod|mac)|mac(?:book)?\b|apple|android|samsung|galaxy|pixel|huawei|xiaomi|redmi|motorola|nokia|sony|xperia"
    r"|oneplus|oppo|blackberry|windows|outlook|yahoo|gmail|aol|gmx|web\.de|proton|fastmail|hey\b|fairemail|k-9|thunderbird|mailspring"
    r"|spark|superhuman|bluemail|typeapp|mail\.ru|mobil|handy|smart|tablet|phone|téléphone|teléfono|telefon|celular|dispositiv)"
)
FOOTERS = re.compile(
    r"(?:sent (?:from|via|with|using)|get (?=.{0,40}for (?:ios|android))|gesendet (?:von|mit|über)|von (?=.{1,40}gesendet)"
    r"|envoyé (?:de|depuis|avec|à partir d[e'’])|enviado (?:desde|do|a partir do|com|con)|inviato (?:da|dal|con)"
    r"|verzonden (?:vanaf|met)|verstuurd (?:vanaf|met)|skickat från|sendt fra|lähetetty|wysłane? z|odesláno z"
    r"|отправлено (?:с|из)|надіслано з)\s?.{0,20}" + DEVICE + r".{0,60}"
    r"|iphoneから送信|从我的.{1,20}发送|[发發]自我的.{1,20}|나의 .{1,20}에서 보냄",
    re.IGNORECASE,
)
# "On … wrote:" in the languages of the programs that write it; the line must hold a date or an address.
WROTE = re.compile(
    r"(?:on|am|le|el|il|em|op|den|dne|w dniu|dnia|на|в)\b.{0,200}"
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napsala?|napisał\(?a?\)?|пишет|написал\(?а?\)?)\b.{0,80}:\s*",
    re.IGNORECASE | re.DOTALL,
)
NAMED = re.compile(r".{0,120}(?:wrote|schrieb|写道|のメール|님이 작성)\s?[::]\s*", re.IGNORECASE)
FACT = re.compile(r"\d{1,4}[./:年-]\s?\d{1,2}|\b\d{4}\b|\S+@\S+")
ORIGINAL = re.compile(
    r"\s*-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale"
    r"|oorspronkelijk bericht|originalmeddelande|исходное сообщение)\s*-{2,}\s*",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"^\s*(?:-{3,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato"
    r"|doorgestuurd bericht)\s*-{3,}|begin forwarded message:|anfang der weitergeleiteten nachricht:"
    r"|début du message transféré\s?:)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|vb|pd|doorst)\s*:\s", re.IGNORECASE)
ADDRESS = re.compile(r"<?\b[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}\b>?")
SIGNATURE_LINES = 12


@dataclass(frozen=True, slots=True)
class Cut:
    """A text and what was cut from its end."""

    kept: str
    trimmed: str


def is_forward(subject: str, text: str) -> bool:
    return bool(FORWARD_SUBJECT.match(subject) or FORWARDED.search(text))


def is_footer(line: str) -> bool:
    return len(line) < 120 and FOOTERS.fullmatch(line.strip()) is not None


def is_attribution(line: str) -> bool:
    said = WROTE.fullmatch(line.strip()) or NAMED.fullmatch(line.strip())
    return len(line) < 300 and said is not None and FACT.search(line) is not None


def mask(text: str) -> str:
    """Other people's addresses in a forwarded mail are theirs, not ours to publish."""
    return ADDRESS.sub("", text)


def from_text(text: str, *, forward: bool) -> Cut:
    """Cut quote, signature and footers from the end of a plain text."""
    lines = text.rstrip().split("\n")
    end = len(lines)
    if not forward:
        end = _before_quote(lines, end)
    end = _before_signature(lines, end)
    end = _before_footers(lines, end)
    return Cut("\n".join(lines[:end]).rstrip(), "\n".join(lines[end:]).strip())


def _before_quote(lines: list[str], end: int) -> int:
    """The last run of quoted lines with the line that introduces it, if only blank lines or a signature follow."""
    original = next((n for n, line in enumerate(lines) if ORIGINAL.fullmatch(line)), None)
    if original is not None:
        return original
    last = end
    while last and not lines[last - 1].strip():
        last -= 1
    quoted = last
    while quoted and (lines[quoted - 1].startswith(">") or not lines[quoted - 1].strip()):
        quoted -= 1
    if quoted == last or not any(line.startswith(">") for line in lines[quoted:last]):
        return end
    first = next(line for line in lines[quoted:last] if line.startswith(">"))
    if is_attribution(first.lstrip("> ")) and any(line.strip() for line in lines[:quoted]):
        return quoted  # some programs quote their own introduction
    # The introduction may be wrapped over up to three lines.
    for height in (1, 2, 3):
        above = " ".join(lines[quoted - height : quoted]) if quoted >= height else ""
        if WROTE.fullmatch(above.strip()) and is_attribution(above):
            return quoted - height
    if quoted and is_attribution(lines[quoted - 1]):
        return quoted - 1
    # A quote without an introduction may be the author's own citation: it stays.
    return end


def _before_signature(lines: list[str], end: int) -> int:
    """The last line of two hyphens (RFC 3676, section 4.3), if not more follows than a signature has."""
    for at in range(end - 1, max(-1, end - SIGNATURE_LINES - 2), -1):
        if lines[at] in ("-- ", "--") and (lines[at] == "-- " or at >= end - 6):
            return at
    return end


def _before_footers(lines: list[str], end: int) -> int:
    while True:
        at = end
        while at and not lines[at - 1].strip():
            at -= 1
        if at and is_footer(lines[at - 1]):
            end = at - 1
        else:
            return min(at, end)

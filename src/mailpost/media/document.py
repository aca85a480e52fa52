"""Documents: a download with a name and a size, never something a browser would run."""

from contextlib import closing, suppress
from typing import Any

from mailpost.attachment import Kind
from mailpost.media import gpx, photo
from mailpost.media.made import LeftOut, Made, Version
from mailpost.media.strip import calendar, pdf

try:
    import pypdfium2
except ImportError:  # the extra `pdf`
    pypdfium2 = None

OFFICE = "application/vnd.openxmlformats-officedocument"
PDF, GPX, CALENDAR = "application/pdf", "application/gpx+xml", "text/calendar"
ENDINGS = {
    PDF: "pdf",
    "application/zip": "zip",
    "application/epub+zip": "epub",
    "application/rtf": "rtf",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    f"{OFFICE}.wordprocessingml.document": "docx",
    f"{OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{OFFICE}.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.apple.pages": "pages",
    "application/vnd.apple.numbers": "numbers",
    "application/vnd.apple.keynote": "key",
    "audio/midi": "mid",
    "text/plain": "txt",
    "text/csv": "csv",
    CALENDAR: "ics",
    "text/markdown": "md",
    GPX: "gpx",
}
TYPES = frozenset(ENDINGS)
# Programs write their user's name into these, or the names of folders.
SIGNED = frozenset(t for t in ENDINGS if t.startswith(("application/", "audio/"))) - {PDF, GPX}
TOLD = (b"/Info", b"/Metadata", b"/ObjStm")  # where a PDF says something, or may hide that it does
UNCHANGED = "what is inside it is published as it was sent"
# Archives that are documents, by the ending of their names, and a name every one of them has inside.
ARCHIVES = {
    **{ending: (type_, b"[Content_Types].xml") for type_, ending in ENDINGS.items() if type_.startswith(OFFICE)},
    **{ending: (type_, b"Index/Document.iwa") for type_, ending in ENDINGS.items() if ".apple." in type_},
}
TEXTS = {"txt": "text/plain", "log": "text/plain", "csv": "text/csv", "ics": "text/calendar", "md": "text/markdown"}
BLANK = b" \t\r\n\xef\xbb\xbf"  # with the mark of UTF-8
PAGE = 960, 1360  # pixels: the picture of a first page


def make(content: bytes, type_: str, name: str) -> Made:
    if type_ == PDF:
        return _pdf(pdf.scrub(content), name)
    if type_ == GPX:
        content = gpx.rewrite(content, name or "a track")
    if type_ == CALENDAR:
        return _calendar(content, name or "a calendar")
    notes = (f"{name or 'a document'} may say who wrote it: {UNCHANGED}",) if type_ in SIGNED else ()
    return Made(Kind.DOCUMENT, (Version(content, type_, ENDINGS[type_]),), notes=notes)


def _calendar(content: bytes, label: str) -> Made:
    if not content.lstrip(BLANK).upper().startswith(calendar.BEGINNING):
        raise LeftOut(f"{label} was left out: it is no calendar")
    clean = calendar.scrub(content.lstrip(BLANK))
    notes = () if clean == content else (f"{label} is published without the people in it",)
    return Made(Kind.DOCUMENT, (Version(clean, CALENDAR, ENDINGS[CALENDAR]),), notes=notes)


def undrawn(content: bytes, name: str, why: str) -> Made:
    """A PDF whose first page could not be drawn because `why`."""
    note = f"{name or 'a PDF'} is shown without a picture of its first page: {why}"
    return Made(Kind.DOCUMENT, (Version(pdf.scrub(content), PDF, ENDINGS[PDF]),), notes=(note,))


def zip_type(content: bytes, name: str) -> str:
    """Office documents are archives; not every program puts the telling file at the beginning."""
    type_, inside = ARCHIVES.get(name.rpartition(".")[2].lower(), ("", b""))
    return type_ if type_ and inside in content else "application/zip"


def text_type(content: bytes, name: str) -> str:
    """The type of a file that has no signature: a text of a harmless kind, or nothing we publish."""
    ending = name.rpartition(".")[2].lower()
    if content.lstrip(BLANK)[:1] == b"<":
        return GPX if ending == "gpx" and b"<gpx" in content[:2000] else "application/xml"
    if content.lstrip(BLANK)[:11].upper() == b"BEGIN:VCARD":
        return "text/vcard"
    return TEXTS.get(ending, "application/octet-stream") if b"\0" not in content else "application/octet-stream"


def _pdf(content: bytes, name: str) -> Made:
    told, pages = _looked_at(content)
    notes = (f"{name or 'a PDF'} may say who wrote it: {UNCHANGED}",) if told else ()
    return Made(Kind.DOCUMENT, (Version(content, PDF, ENDINGS[PDF]), *pages), notes=notes)


def _looked_at(content: bytes) -> tuple[bool, tuple[Version, ...]]:
    """Whether it says something about itself, for all we know, and its first page as a picture, if it can be drawn."""
    told = any(word in content for word in TOLD)
    pages: tuple[Version, ...] = ()
    if pypdfium2 is None:
        return told, pages
    with suppress(Exception), closing(pypdfium2.PdfDocument(content)) as opened:  # locked, damaged, empty
        told = pdf.is_packed(content) or any(said.strip(" \0") for said in opened.get_metadata_dict().values())
        pages = _first_page(opened)
    return told, pages


def _first_page(opened: Any) -> tuple[Version, ...]:
    page = opened[0]
    across, down = page.get_size()
    scale = min(PAGE[0] / across, PAGE[1] / down)
    if min(across, down) * scale < 1:
        return ()
    return photo.pictures(page.render(scale=scale, may_draw_forms=False).to_pil())

"""Documents: a download with a name and a size, never something a browser would run."""

from mailpost.attachment import Kind
from mailpost.media.made import Made, Version

OFFICE = "application/vnd.openxmlformats-officedocument"
ENDINGS = {
    "application/pdf": "pdf",
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
    "text/plain": "txt",
    "text/csv": "csv",
    "text/calendar": "ics",
    "text/markdown": "md",
}
TYPES = frozenset(ENDINGS)
ARCHIVES = {ending: type_ for type_, ending in ENDINGS.items() if type_.startswith(OFFICE)}
TEXTS = {"txt": "text/plain", "log": "text/plain", "csv": "text/csv", "ics": "text/calendar", "md": "text/markdown"}


def make(content: bytes, type_: str, _name: str) -> Made:
    return Made(Kind.DOCUMENT, (Version(content, type_, ENDINGS[type_]),))


def zip_type(content: bytes, name: str) -> str:
    """Word, Excel and PowerPoint files are archives; not every program puts the telling file at the beginning."""
    named = ARCHIVES.get(name.rpartition(".")[2].lower(), "")
    return named if named and b"[Content_Types].xml" in content else "application/zip"


def text_type(content: bytes, name: str) -> str:
    """The type of a file that has no signature: a text of a harmless kind, or nothing we publish."""
    ending = name.rpartition(".")[2].lower()
    if ending not in TEXTS or b"\0" in content or content.lstrip()[:1] == b"<":
        return "application/octet-stream"
    return TEXTS[ending]

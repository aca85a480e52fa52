"""The html that shows a file: figures, galleries, players and downloads. Plain links and no script."""

from collections.abc import Sequence
from html import escape

from mailpost.attachment import Attachment, Kind
from mailpost.post import MEDIA

SIZES = "(min-width: 60rem) 60rem, 100vw"
GALLERY_SIZES = "(min-width: 60rem) 30rem, 50vw"


def show(attachments: Sequence[Attachment], *, gallery: bool) -> str:
    """Files that stood next to each other in the mail: photos together, everything in the order of the mail."""
    out: list[str] = []
    photos: list[Attachment] = []
    for attachment in (*attachments, None):
        if attachment is not None and attachment.kind is Kind.PHOTO:
            photos.append(attachment)
            continue
        if len(photos) > 1 and gallery:
            out.append('<div class="gallery">' + "".join(photo(p, GALLERY_SIZES) for p in photos) + "</div>")
        else:
            out += [photo(p) for p in photos]
        photos = []
        if attachment is not None:
            out.append(_OTHERS[attachment.kind](attachment))
    return "".join(out)


def photo(attachment: Attachment, sizes: str = SIZES) -> str:
    """A link to the large picture around the one that fits the reader's screen."""
    best, *small = attachment.renditions
    source = ""
    if small:
        widths = ", ".join(f"{MEDIA}{r.path} {r.width}w" for r in small)
        source = f'<source type="{small[0].type}" srcset="{widths}" sizes="{sizes}">'
    image = (
        f'<img src="{MEDIA}{best.path}" alt="{escape(alternative(attachment))}" width="{best.width}" height="{best.height}"'
        ' loading="lazy">'
    )
    caption = f"<figcaption>{escape(attachment.caption, quote=False)}</figcaption>" if attachment.caption else ""
    return (
        f'<figure class="photo"><a href="{MEDIA}{best.path}"><picture>{source}{image}</picture></a>{caption}</figure>'
    )


def alternative(attachment: Attachment) -> str:
    """What is said in place of a photo: its caption, or a file name that a person has given."""
    if attachment.caption:
        return attachment.caption
    stem = attachment.name.rpartition(".")[0].replace("_", " ").replace("-", " ").strip()
    letters = sum(c.isalpha() for c in stem)
    camera = stem.lower().startswith(
        ("img", "dsc", "dcim", "image", "photo", "pxl", "screenshot", "unnamed", "attachment", "p10")
    )
    return stem if letters >= 4 and letters > len(stem) / 2 and not camera else ""


def _sound(attachment: Attachment) -> str:
    name = escape(_stem(attachment), quote=False)
    return (
        f'<figure class="sound"><audio controls preload="none" src="{MEDIA}{attachment.main.path}"></audio>'
        f"<figcaption>{name}</figcaption></figure>"
    )


def _film(attachment: Attachment) -> str:
    return (
        f'<figure class="film"><video controls preload="metadata" src="{MEDIA}{attachment.main.path}"></video></figure>'
    )


def _document(attachment: Attachment) -> str:
    name = escape(attachment.name or "Document", quote=False)
    ending = attachment.main.path.rpartition(".")[2].upper()
    return f'<p class="file"><a href="{MEDIA}{attachment.main.path}">{name}</a> <small>{ending}, {size(attachment.size)}</small></p>'


def size(count: int) -> str:
    """Bytes as people write them."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000 or unit == "MB":
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
        count = round(count / 1000, 1)  # type: ignore[assignment]
    return ""


def _stem(attachment: Attachment) -> str:
    return attachment.name.rpartition(".")[0].replace("_", " ") or "Recording"


_OTHERS = {Kind.SOUND: _sound, Kind.FILM: _film, Kind.DOCUMENT: _document}

"""The html that shows a file: figures, galleries, players and downloads. Plain links and no script."""

from collections.abc import Callable
from html import escape
from itertools import groupby

from lxml import html
from lxml.html import HtmlElement

from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.convert.rich.paragraphs import UNDER
from mailpost.post import MEDIA

SIZES = "(min-width: 60rem) 60rem, 100vw"
GALLERY_SIZES = "(min-width: 60rem) 30rem, 50vw"
SMALL = 200  # pixels
CAMERAS = ("img", "dsc", "dcim", "image", "photo", "pxl", "screenshot", "unnamed", "attachment", "p10")


def show(attachment: Attachment, *, alternative: str = "") -> str:
    """One file; `alternative` is what the mail itself says in place of a picture."""
    if attachment.kind is Kind.PHOTO:
        return _photo(attachment, alternative)
    return {Kind.SOUND: _sound, Kind.FILM: _film, Kind.DOCUMENT: _document}[attachment.kind](attachment)


def gather(tree: HtmlElement) -> None:
    """Photos that stand directly one after the other become a gallery: a grid of plain links.

    Icons and thumbnails stay as they are, since a grid would only blow them up.
    """
    for alone, run in [(key, list(run)) for key, run in groupby(tree, _is_photo)]:
        if not alone or len(run) < 2 or all(_width(photo) <= SMALL for photo in run):
            continue
        gallery = html.Element("div", {"class": "gallery"})
        run[0].addprevious(gallery)
        for photo in run:
            gallery.append(photo)
            for source in photo.iter("source"):
                source.set("sizes", GALLERY_SIZES)


def describe(tree: HtmlElement, caption: Callable[[str, str], None]) -> None:
    """The line right under a picture is its caption; `caption` is told the path of the picture and the words.

    A picture that nobody has described goes by its number, since it is a link.
    """
    described: set[HtmlElement] = set()
    for line in list(tree.find_class(UNDER)):
        photo = line.getprevious()
        del line.attrib["class"]
        image = None if photo is None else photo.find(".//img")
        if photo is None or image is None or not _is_photo(photo) or photo in described:
            continue
        described.add(photo)
        for old in photo.findall("figcaption"):
            photo.remove(old)
        line.tag = "figcaption"
        line.tail = None
        photo.append(line)
        words = " ".join("".join(line.itertext()).split())
        image.set("alt", words)
        caption((image.get("src") or "").removeprefix(MEDIA), words)
    _name(tree)


def named(attachment: Attachment) -> str:
    """A name that a person has given a file, without its ending; empty for what a camera or a program makes up."""
    stem = attachment.name.rpartition(".")[0] or attachment.name
    stem = " ".join(stem.replace("_", " ").replace("-", " ").split())
    letters = sum(c.isalpha() for c in stem)
    return stem if letters >= 4 and letters > len(stem) / 2 and not stem.lower().startswith(CAMERAS) else ""


def size(count: int) -> str:
    """Bytes as people write them."""
    if count < 1000:
        return f"{count} bytes"
    kilo = count / 1000
    value, unit = (kilo, "kB") if round(kilo) < 1000 else (kilo / 1000, "MB")
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def clock(seconds: int) -> str:
    """A duration as players show it: 3:07, 1:02:45."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _is_photo(element: HtmlElement) -> bool:
    return element.tag == "figure" and element.get("class") == "photo" and not (element.tail or "").strip()


def _name(tree: HtmlElement) -> None:
    photos = [image for photo in tree.iter("figure") if photo.get("class") == "photo" for image in photo.iter("img")]
    for number, image in enumerate(photos, 1):
        if not image.get("alt"):
            image.set("alt", f"Photo {number} of {len(photos)}" if len(photos) > 1 else "Photo")


def _width(photo: HtmlElement) -> int:
    """In pixels, of the picture that was sent."""
    return max((int(image.get("width") or 0) for image in photo.iter("img")), default=0)


def _photo(attachment: Attachment, alternative: str) -> str:
    image = _image(attachment.renditions, alternative or attachment.caption or named(attachment))
    link = f'<a href="{MEDIA}{attachment.main.path}">{image}</a>'
    caption = f"<figcaption>{_text(attachment.caption)}</figcaption>" if attachment.caption else ""
    return f'<figure class="photo">{link}{caption}</figure>'


def _image(renditions: tuple[Rendition, ...], alternative: str) -> str:
    """The picture that fits the reader's screen."""
    best, *small = renditions
    source = ""
    if small:
        widths = ", ".join(f"{MEDIA}{r.path} {r.width}w" for r in small)
        source = f'<source type="{small[0].type}" srcset="{widths}" sizes="{SIZES}">'
    image = (
        f'<img src="{MEDIA}{best.path}" alt="{escape(alternative)}" width="{best.width}" height="{best.height}"'
        ' loading="lazy">'
    )
    return f"<picture>{source}{image}</picture>"


def _sound(attachment: Attachment) -> str:
    name = _text(attachment.caption or named(attachment) or "Recording")
    length = f" <small>{clock(attachment.seconds)}</small>" if attachment.seconds else ""
    return (
        f'<figure class="sound"><audio controls preload="none" src="{MEDIA}{attachment.main.path}"></audio>'
        f"<figcaption>{name}{length}</figcaption></figure>"
    )


def _film(attachment: Attachment) -> str:
    film, pictures = attachment.main, attachment.pictures
    poster = f' poster="{MEDIA}{pictures[0].path}"' if pictures else ""
    sides = f' width="{film.width}" height="{film.height}"' if film.width and film.height else ""
    preload = "none" if pictures else "metadata"
    caption = f"<figcaption>{_text(attachment.caption)}</figcaption>" if attachment.caption else ""
    return (
        f'<figure class="film"><video controls preload="{preload}" src="{MEDIA}{film.path}"{poster}{sides}></video>'
        f"{caption}</figure>"
    )


def _document(attachment: Attachment) -> str:
    address = f"{MEDIA}{attachment.main.path}"
    ending = attachment.main.path.rpartition(".")[2].upper()
    label = (
        f'<a href="{address}">{_text(attachment.name or "Document")}</a>'
        f" <small>{ending}, {size(attachment.size)}</small>"
    )
    pictures = attachment.pictures
    if not pictures:
        return f'<p class="file">{label}</p>'
    image = _image(pictures, f"First page of {attachment.name or 'the document'}")
    return f'<figure class="file"><a href="{address}">{image}</a><figcaption>{label}</figcaption></figure>'


def _text(words: str) -> str:
    return escape(words, quote=False)

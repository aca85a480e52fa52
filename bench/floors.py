"""The least each part of the work can cost here: plain loops over the same mails, with nothing around them."""

import email
import io
import os
from collections.abc import Iterator, Sequence
from email.message import Message
from pathlib import Path
from typing import Any

import bleach
import nh3
from PIL import Image, ImageOps

from bench.measure import Cost, Meter, each
from tests.dovecot import Dovecot

BATCH = 50
TAGS = (
    "a abbr b blockquote br caption code dd del div dl dt em figure figcaption h2 h3 h4 hr i img ins kbd li ol p pre q s "
    "samp small span strong sub sup table tbody td tfoot th thead tr u ul var"
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
SCHEMES = frozenset({"http", "https", "mailto", "cid"})

# What mailpost makes of a photo: mailpost/media/photo.py.
LARGEST = 1600
WIDTHS = (LARGEST, 960, 480)


def download(server: Dovecot, user: str) -> Cost:
    """Every mail of the INBOX by imapclient in batches, the bytes thrown away."""
    meter = Meter()
    with meter, server.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for start in range(0, len(uids), BATCH):
            client.fetch(uids[start : start + BATCH], ["BODY.PEEK[]"])
    return meter.cost(len(uids))


def parse(mails: Sequence[Path]) -> Cost:
    """The standard library's compat32 parser, and every part decoded."""

    def work(raw: bytes) -> None:
        for part in leaves(raw):
            part.get_payload(decode=True)

    return _over(work, (path.read_bytes() for path in mails), len(mails))


def write(mails: Sequence[Path], folder: Path) -> Cost:
    """Every mail to a file of its own, fsynced: what keeping it first costs at least."""

    def work(raw: bytes) -> None:
        with (folder / "draft").open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())

    return _over(work, (path.read_bytes() for path in mails), len(mails))


def sanitise(mails: Sequence[Path]) -> tuple[int, dict[str, Cost]]:
    """How many HTML bodies there are, and what each way of cleaning them costs, spread over all mails."""
    pages = [page for path in mails for page in bodies(path.read_bytes())]

    def by_nh3(page: str) -> str:
        return nh3.clean(page, tags=set(TAGS.split()), attributes=ATTRIBUTES, url_schemes=set(SCHEMES), link_rel=None)

    def by_bleach(page: str) -> str:
        # One for each page, as its documentation of threads demands; building it costs nothing.
        cleaner = bleach.Cleaner(
            tags=TAGS.split(), attributes=ATTRIBUTES, protocols=SCHEMES, strip=True, strip_comments=True
        )
        return str(cleaner.clean(page))

    def by_both(page: str) -> str:
        return by_bleach(by_nh3(page))

    ways = {"bleach": by_bleach, "nh3": by_nh3, "nh3, then bleach": by_both}
    return len(pages), {name: _over(way, pages, len(mails)) for name, way in ways.items()}


def photos(mails: Sequence[Path]) -> tuple[int, dict[str, Cost]]:
    """How many photos there are, and what they cost: one JPEG each, and all that mailpost makes of them."""
    one, all_ = Meter(), Meter()
    for path in mails:
        for data in pictures(path.read_bytes()):
            each(one, one_size, [data])
            each(all_, every_size, [data])
    return one.items, {"one JPEG": one.cost(len(mails)), "every width": all_.cost(len(mails))}


def one_size(data: bytes) -> None:
    image = upright(data)
    image.thumbnail((LARGEST, LARGEST))
    encoded(image, "JPEG", quality=82)


def every_size(data: bytes) -> None:
    """Each width from the next larger one: the cheapest order."""
    image = upright(data)
    top = min(image.width, LARGEST * image.width // max(image.size))
    for index, width in enumerate([top, *(width for width in WIDTHS if width < top * 0.9)]):
        height = round(image.height * width / image.width)
        image = image.resize((width, height), Image.Resampling.HAMMING)
        if index == 0:
            encoded(image, "JPEG", quality=82)
        encoded(image, "WEBP", quality=78, method=1)


def upright(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    return ImageOps.exif_transpose(image).convert("RGB")


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def leaves(raw: bytes) -> Iterator[Message]:
    return (part for part in email.message_from_bytes(raw).walk() if not part.is_multipart())


def bodies(raw: bytes) -> Iterator[str]:
    for part in leaves(raw):
        if part.get_content_type() == "text/html":
            yield _content(part).decode()


def pictures(raw: bytes) -> Iterator[bytes]:
    return (_content(part) for part in leaves(raw) if part.get_content_maintype() == "image")


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _over(work: Any, things: Any, items: int) -> Cost:
    meter = Meter()
    each(meter, work, things)
    return meter.cost(items)

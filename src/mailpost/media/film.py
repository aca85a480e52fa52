"""Film: in a form every browser plays, with a picture to show before it does, and without what says where it was taken.

Only a program of its own can do all that, and whoever runs mailpost may not have it: then the film stays as it was
sent, without what can be blanked in it, and is a download where browsers could not play it.
"""

from collections.abc import Callable
from contextlib import suppress

from mailpost.attachment import Kind
from mailpost.media import photo
from mailpost.media.made import LeftOut, Made, Version
from mailpost.media.strip import boxes, chunks, ebml, ogg
from mailpost.media.studio import Filmed, NotFilmed

MP4, WEBM = "video/mp4", "video/webm"
ENDINGS = {
    MP4: "mp4",
    WEBM: "webm",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/ogg": "ogv",
    "video/mpeg": "mpg",
    "video/mp2t": "ts",
    "video/x-ms-asf": "wmv",
    "video/x-flv": "flv",
}
TYPES = frozenset(ENDINGS)
BOXED = frozenset({MP4, "video/quicktime", "video/3gpp"})
MATROSKA = frozenset({WEBM, "video/x-matroska"})
PLAYED = frozenset({b"avc1", b"avc3", b"av01", b"vp09"})  # codecs in MP4 that browsers play
HEARD = frozenset({b"mp4a", b".mp3", b"Opus", b"fLaC"})


def make(content: bytes, type_: str, name: str, film: Callable[[bytes, str], Filmed]) -> Made:
    label = name or "a film"
    try:
        return _filmed(film(content, type_))
    except NotFilmed as problem:
        why = str(problem)
    try:
        return _as_sent(content, type_, label, why)
    except (ValueError, IndexError) as problem:
        raise LeftOut(f"{label} was left out: the film is damaged") from problem


def _filmed(film: Filmed) -> Made:
    version = Version(film.content, film.type, ENDINGS[film.type], film.width, film.height)
    poster: tuple[Version, ...] = ()
    with suppress(Exception):  # a film without a picture before it is still a film
        poster = photo.frame(film.poster)
    return Made(Kind.FILM, (version, *poster), seconds=film.seconds)


def _as_sent(content: bytes, type_: str, label: str, why: str) -> Made:
    clean, notes = content, []
    if type_ in BOXED:
        clean = boxes.scrub(content)
    elif type_ in MATROSKA:
        clean = ebml.scrub(content)
    elif type_ == "video/x-msvideo":
        clean = chunks.avi(content)
    elif type_ == "video/ogg":
        clean = ogg.scrub(content)
    else:
        notes.append(f"{label} may still say where and with what it was taken: {why}")
    kind = Kind.FILM if _plays(content, type_) else Kind.DOCUMENT
    if kind is Kind.DOCUMENT:
        notes.append(f"{label} is offered as a download, since not every browser can play it: {why}")
    # The boxes of a telephone's 3GP are those of MP4; browsers go by the name.
    served = MP4 if kind is Kind.FILM and type_ == "video/3gpp" else type_
    seconds = boxes.seconds(content) if type_ in BOXED else 0
    version = Version(clean, served, ENDINGS[served], *_sides(content, type_))
    return Made(kind, (version,), seconds=seconds, notes=tuple(notes))


def _plays(content: bytes, type_: str) -> bool:
    """Whether browsers can play it as it is."""
    if type_ not in BOXED:
        return type_ == WEBM
    tracks = boxes.tracks(content)
    seen = {t.codec for t in tracks if t.handler == b"vide"}
    heard = {t.codec for t in tracks if t.handler == b"soun"}
    return bool(seen) and seen <= PLAYED and heard <= HEARD


def _sides(content: bytes, type_: str) -> tuple[int, int]:
    if type_ in MATROSKA:
        return ebml.sides(content)
    seen = [t for t in boxes.tracks(content) if t.handler == b"vide"] if type_ in BOXED else []
    return (seen[0].width, seen[0].height) if seen else (0, 0)

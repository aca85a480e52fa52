"""What a file is, by its bytes and never by what it is called or declared to be."""

import filetype

from mailpost.media import document
from mailpost.media.strip import boxes, ebml, mp3

BEGINNINGS = {
    b"fLaC": "audio/flac",
    b"#!AMR": "audio/amr",
    b"MThd": "audio/midi",
    b"\x00\x00\x01\xba": "video/mpeg",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "video/x-ms-asf",
    b"\x78\x9f\x3e\x22": "application/ms-tnef",
}
# Chunked files say what they are in the third word.
CHUNKED = {
    (b"RIFF", b"WAVE"): "audio/wav",
    (b"RIFF", b"AVI "): "video/x-msvideo",
    (b"RIFF", b"WEBP"): "image/webp",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}
# The brands of ISO/IEC 14496-12, by the first of them that we know.
BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "image/heic"),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "audio/mp4"),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash"), "video/mp4"),
    **dict.fromkeys((b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"f4v ", b"XAVC", b"mmp4"), "video/mp4"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3ge6", b"3gg6", b"3g2a", b"3g2b", b"3g2c"), "video/3gpp"),
    b"qt  ": "video/quicktime",
}
OLD_QUICKTIME = frozenset({b"moov", b"wide", b"mdat", b"pnot"})  # before there were brands
LAYER_3 = frozenset({0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2})  # second byte of a frame of MP3
ADTS = frozenset({0xF1, 0xF0, 0xF9, 0xF8})  # and of AAC
PACKET, SYNC = 188, b"G"  # of an MPEG transport stream; cameras put four bytes before each packet


def detect(content: bytes, name: str) -> str:
    """The media type. `name` only chooses between texts that are all harmless, and between archives."""
    known = _film_or_sound(content) or _by_beginning(content) or _picture(content) or filetype.guess_mime(content)
    if known == "application/zip":
        return document.zip_type(content, name)
    return str(known) if known else document.text_type(content, name)


def _film_or_sound(content: bytes) -> str:
    """Boxes that may hold either are opened: a telephone's voice recorder writes what looks like a film."""
    if content[4:8] == b"ftyp":
        type_ = _brand(content)
    elif content[4:8] in OLD_QUICKTIME and boxes.tracks(content):
        type_ = "video/quicktime"
    elif content[:4] == b"\x1a\x45\xdf\xa3":
        type_ = "video/webm" if b"webm" in content[:64] else "video/x-matroska"
        return "audio/webm" if type_ == "video/webm" and _only_sound(content) else type_
    else:
        return ""
    handlers = {track.handler for track in boxes.tracks(content)} if type_.startswith("video/") else set()
    return "audio/mp4" if b"soun" in handlers and b"vide" not in handlers else type_


def _only_sound(content: bytes) -> bool:
    try:
        codecs = ebml.codecs(content)
    except ValueError:
        return False
    return bool(codecs) and not any(codec.startswith("V_") for codec in codecs)


def _brand(content: bytes) -> str:
    end = min(int.from_bytes(content[:4], "big"), 200, len(content))
    brands = [content[8:12], *(content[at : at + 4] for at in range(16, end, 4))]
    return next((BRANDS[brand] for brand in brands if brand in BRANDS), "")


def _by_beginning(content: bytes) -> str:
    if content[:4] == b"OggS":
        return "video/ogg" if b"\x80theora" in content[:512] else "audio/ogg"
    if content[:3] == b"ID3":
        at = mp3.begin(content)  # these tags may stand before other sound than theirs
        return (_by_beginning(content[at : at + 16]) if at else "") or "audio/mpeg"
    if content[:1] == b"\xff":
        second = content[1] if len(content) > 1 else 0
        return "audio/mpeg" if second in LAYER_3 else "audio/aac" if second in ADTS else ""
    if any(
        {content[at + n * step : at + n * step + 1] for n in range(4)} == {SYNC}
        for at, step in ((0, PACKET), (4, PACKET + 4))
    ):
        return "video/mp2t"
    chunked = CHUNKED.get((content[:4], content[8:12]))
    return chunked or next((type_ for begin, type_ in BEGINNINGS.items() if content.startswith(begin)), "")


def _picture(content: bytes) -> str:
    """A moving PNG is a PNG; the detector has a type of its own for it."""
    return "image/png" if content.startswith(b"\x89PNG\r\n\x1a\n") else ""

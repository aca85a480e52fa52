"""Mails with private data in every place where it can hide, each with a word that stands nowhere else.

All words begin alike, so that one search finds them all, in whatever spelling: `found` names the places they come from.
"""

import base64
import codecs
import email
import email.policy
import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from urllib.parse import quote

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests import test_film, winmail
from tests.boxed import box
from tests.given import CANARY as GIVEN
from tests.pages import pdf, written
from tests.pictures import encoded, heic, jpeg, wide_profile

BEGIN = "qzkanari"
SECRET = BEGIN + "secrettag7"
AUTHOR = f"{BEGIN}auth@demo.example"
BLOG = f"blog+{SECRET}@demo.example"
ADDRESSES = ["198.51.100.177", "198.51.100.178", "2001:db8:7ea1::77"]
PHONE = "7946 0177"

PLACES: dict[str, str] = {SECRET: "the secret tag", AUTHOR.partition("@")[0]: "the author's address"}


def word(place: str) -> str:
    """The canary of a place, the same whenever asked."""
    made = BEGIN + hashlib.sha256(place.encode()).hexdigest()[:6]
    assert PLACES.setdefault(made, place) == place, f"{place} and {PLACES[made]} have one word"
    return made


def address(place: str) -> str:
    return f"{word(place)}@elsewhere.example"


def spellings() -> list[bytes]:
    """How the beginning of a canary may be written."""
    plain = BEGIN.encode()
    based = [base64.b64encode(b"." * n + plain)[(n * 8 + 5) // 6 : -3 - (2 - n) % 3] for n in range(3)]
    return [
        plain,
        plain.upper(),
        *based,
        plain.hex().encode(),
        "".join(f"={byte:02X}" for byte in plain).encode(),
        "".join(f"%{byte:02X}" for byte in plain).encode(),
        "".join(f"&#{byte};" for byte in plain).encode(),
        codecs.encode(BEGIN, "rot13").encode(),
        *(each.encode() for each in (*ADDRESSES, PHONE)),
    ]


SPELLINGS = spellings()
PLAIN = re.compile(BEGIN.encode() + rb"(?:[0-9a-f]{6}|secrettag7|auth)", re.IGNORECASE)
FOLD = re.compile(rb"=?\r?\n[ \t]?")


def found(content: bytes, *, at: str = "") -> set[str]:
    """The places whose canaries these bytes hold, packed or not, and where they do."""
    places = set()
    for layer in layers(content):
        for spelling in SPELLINGS:
            places |= {_named(layer, place.start(), at) for place in re.finditer(re.escape(spelling), layer)}
    return places


def _named(content: bytes, start: int, at: str) -> str:
    match = PLAIN.match(content, start)
    near = content[max(0, start - 30) : start + 60]
    place = PLACES.get(match[0].decode().lower()) if match else None
    return f"{place or repr(near)}{at and f' in {at}'}"


def layers(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes themselves, without what may stand between letters, and what is packed in them."""
    yield content
    for between in (rb"\0", FOLD):
        thinned = re.sub(between, b"", content)
        if thinned != content:
            yield thinned
    if depth > 2:
        return
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from layers(archive.read(name), depth + 1)
    for begin in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        try:
            yield zlib.decompressobj().decompress(content[begin.start() :], 1 << 20)
        except zlib.error:
            continue


def decoded(raw: bytes) -> bytes:
    """A mail as somebody reads it who looks everywhere."""
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    fields = b"\n".join(str(value).encode(errors="replace") for part in parsed.walk() for value in part.values())
    parts = [part.get_payload(decode=True) for part in parsed.walk() if not part.is_multipart()]
    return b"\n".join([raw, fields, *(part for part in parts if isinstance(part, bytes))])


# ---- the mails


def mail(name: str, flag: str, build: Callable[[EmailMessage], None]) -> bytes:
    """A mail with canaries in its header; `build` gives it a content. `flag` is a part of the blog's address."""
    made = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=900))
    to = BLOG.replace("@", f"+{flag}@") if flag else BLOG
    sender = ("Return-Path", f"<{address('Return-Path')}>"), ("Delivered-To", to), ("X-Original-To", to)
    received = (
        f"from {word('HELO')}.example ({word('host name')}.example [{ADDRESSES[0]}]) by mx.demo.example (ESMTPS)"
        f" id {word('id of a server')} for <{to}>; Mon, 02 Nov 2026 08:00:05 +0000"
    )
    for key, value in (
        *sender,
        ("Received", received),
        ("Received", f"from [{ADDRESSES[2]}] by mail.demo.example; Mon, 02 Nov 2026 08:00:01 +0000"),
        ("X-Originating-IP", f"[{ADDRESSES[1]}]"),
        ("Authentication-Results", f"mx.elsewhere.example; spf=pass smtp.mailfrom={address('Authentication-Results')}"),
        ("From", f'"{word("From name")}" <{AUTHOR}>'),
        ("Sender", f'"{word("Sender name")}" <{AUTHOR}>'),
        ("Reply-To", f'"{word("Reply-To name")}" <{AUTHOR}>'),
        ("To", f'The blog <{to}>, "{word("To name")}" <{address("To")}>'),
        ("Cc", f'"{word("Cc name")}" <{address("Cc")}>'),
        ("Bcc", address("Bcc")),
        ("Subject", name),
        ("Date", "Mon, 02 Nov 2026 08:00:00 +0000"),
        (
            "Message-ID",
            f"<{word('Message-ID')}.{zlib.crc32((name + flag).encode())}@{word('host of Message-ID')}.example>",
        ),
        ("References", f"<{word('References')}@elsewhere.example>"),
        ("X-Mailer", word("X-Mailer")),
        ("User-Agent", word("User-Agent")),
        ("Organization", word("Organization")),
        ("X-Sender", address("X-Sender")),
        ("Thread-Topic", word("Thread-Topic")),
        ("X-Face", word("X-Face")),
    ):
        made[key] = value
    build(made)
    return made.as_bytes()


PERCENT = quote(AUTHOR, safe="")
SAID = f"""The beans are up. Ask {AUTHOR} or {BLOG} or <{AUTHOR.upper()}>, or look at
https://elsewhere.example/?from={PERCENT} and https://elsewhere.example/{SECRET}/x and
https://elsewhere.example/?to={quote(BLOG, safe="")} today.

{SECRET}
"""
QUOTED = f"""
On Mon, 2 Nov 2026 at 07:00, {word("name in an attribution")} <{address("attribution")}> wrote:
> {word("quoted words")} from {address("quoted text")}
> Cc: {address("quoted Cc")}
"""
SIGNED = f"""
-- \n{word("name in a signature")}
+44 20 {PHONE}
{address("signature")}
"""
FORWARDED = f"""Look what came.

---------- Forwarded message ---------
From: Bea <{address("From of a forward")}>
Date: Sun, 1 Nov 2026 at 18:00
Subject: Seeds
To: Cem <{address("To of a forward")}>, {address("another To of a forward")}
Cc: <{address("Cc of a forward")}>
Reply-To: {address("Reply-To of a forward")}

The seeds are here, says Bea. Write to {address("text of a forward")} for some.
"""
HTML = f"""<html><head><title>{word("title of html")}</title><meta name="author" content="{word("meta of html")}">
<style>/* {word("style")} */ .a {{ background: url(https://elsewhere.example/{word("style address")}) }}</style></head>
<body data-owner="{word("attribute")}" background="https://elsewhere.example/{word("background")}">
<!-- {word("comment")} --><!--[if gte mso 9]><xml><o:Author>{word("Office settings")}</o:Author></xml><![endif]-->
<p id="{word("id")}" class="{word("class")}">The peas are up. Ask <a href="mailto:{AUTHOR}">me</a>,
<a href="mailto:{AUTHOR}?subject=x">{AUTHOR}</a>, {AUTHOR.replace("@", "&#64;")}, <b>{AUTHOR[:4]}</b>{AUTHOR[4:]},
<a href="https://elsewhere.example/?from={PERCENT}">here</a> or
<a href="https://elsewhere.example/?to={quote(BLOG, safe="")}">there</a>; {SECRET}.</p>
<img src="https://elsewhere.example/{word("picture elsewhere")}.gif?{PERCENT}" width="1" height="1">
<img src="file:///C:/Users/{word("folder of a user")}/beans.jpg" alt="beans">
<p>Goodbye.</p>
<div class="gmail_quote"><div class="gmail_attr">On Mon, 2 Nov 2026, {word("name in html")} &lt;<a
href="mailto:{address("html attribution")}">{address("html attribution")}</a>&gt; wrote:<br></div>
<blockquote class="gmail_quote"><p>{word("quoted html")} {address("quoted html address")}</p></blockquote></div>
<div class="gmail_signature">{word("html signature")}<br>{address("html signature")}</div></body></html>"""
CARD = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{word('vCard name')}\r\nEMAIL:{address('vCard')}\r\nEND:VCARD\r\n".encode()
EVENT = f"""BEGIN:VCALENDAR
PRODID:-//{word("program of a calendar")}//EN
X-WR-CALNAME:{word("name of a calendar")}
X-WR-RELCALID:{word("id of a calendar")}
BEGIN:VEVENT
UID:{word("UID of an event")}@elsewhere.example
DTSTART:20261103T180000Z
SUMMARY:Seed swap
ORGANIZER;CN="{word("name of an organizer")}":mailto:{address("organizer")}
ATTENDEE;CN={word("name of an attendee")};ROLE=REQ-PARTICIPANT:MAILTO:{word("attendee")[:12]}
 {word("attendee")[12:]}@elsewhere.example
ATTENDEE;SENT-BY="mailto:{address("SENT-BY")}":mailto:{address("second attendee")}
CONTACT:{word("contact of an event")}
X-MS-OLK-SENDER;CN={word("sender in Outlook")}:mailto:{address("sender in Outlook too")}
ATTACH:https://elsewhere.example/{word("file of an event")}
BEGIN:VALARM
ACTION:EMAIL
ATTENDEE:mailto:{address("alarm")}
END:VALARM
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()
GPX = f"""<?xml version="1.0"?><!-- {word("comment of a track")} -->
<gpx xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="urn:x" version="1.1" creator="{word("creator of a track")}">
<metadata><name>Walk</name><author><name>{word("author of a track")}</name><email id="{word("address of a track")}"
domain="elsewhere.example"/></author><copyright author="{word("copyright of a track")}"/>
<link href="https://elsewhere.example/{word("link of a track")}"/></metadata>
<trk><name>Walk</name><extensions><x:device>{word("device of a track")}</x:device></extensions>
<trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>""".encode()


def exif(kind: str) -> Image.Exif:
    made = Image.Exif()
    for tag in (0x010F, 0x0110, 0x013B, 0x8298, 0x9C9D, 0xC62F):  # make, model, artist, copyright, XPAuthor, serial
        made[tag] = word(f"{kind} EXIF {tag:x}")
    inner = made.get_ifd(0x8769)
    for tag in (0x927C, 0x9286, 0xA430, 0xA431, 0xA435, 0xA420):  # MakerNote, comment, owner, serials, id
        inner[tag] = word(f"{kind} EXIF {tag:x}").encode() if tag in (0x927C, 0x9286) else word(f"{kind} EXIF {tag:x}")
    made.get_ifd(0x8825).update({18: word(f"{kind} GPS"), 27: word(f"{kind} GPS method").encode()})
    return made


def xmp(kind: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{word(f"{kind} XMP")}</dc:creator></x:xmpmeta>'.encode()


def iptc(kind: str) -> bytes:
    said = word(f"{kind} IPTC").encode()
    record = b"\x1c\x02\x50" + struct.pack(">H", len(said)) + said  # by-line
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record
    return b"\xff\xed" + struct.pack(">H", len(block) + 16) + b"Photoshop 3.0\0" + block


def photos() -> dict[str, bytes]:
    scene = Image.effect_noise((64, 48), 60).convert("RGB")
    small = jpeg((16, 12), comment=word("thumbnail").encode())
    profile = wide_profile().replace(b"Wide\0" + bytes(20), word("colour profile").encode().ljust(25, b"\0"))
    photo = encoded(
        scene, "JPEG", exif=exif("JPEG"), xmp=xmp("JPEG"), comment=word("JPEG comment"), icc_profile=profile
    )
    photo = photo[:2] + iptc("JPEG") + photo[2:] + small + word("behind the JPEG").encode()
    beside = PngInfo()
    beside.add_text("Author", word("PNG tEXt"))
    beside.add_text("Author", word("PNG zTXt"), zip=True)
    beside.add_itxt("XML:com.adobe.xmp", word("PNG iTXt"), zip=True)
    drawn = (
        encoded(scene, "PNG", pnginfo=beside, exif=exif("PNG"), icc_profile=profile) + word("behind the PNG").encode()
    )
    moving = encoded(
        scene.convert("P"),
        "GIF",
        save_all=True,
        append_images=[scene.rotate(90).convert("P")],
        comment=word("GIF comment"),
    )
    return {
        f"/home/{word('folder of a photo')}/beans.jpg": photo,
        f"C:\\Users\\{word('folder of a drawing')}\\peas.png": drawn,
        "leek.gif": moving,
        "kale.webp": encoded(scene, "WEBP", exif=exif("WebP"), xmp=xmp("WebP"), icc_profile=profile),
        "rocket.avif": encoded(scene, "AVIF", exif=exif("AVIF"), xmp=xmp("AVIF")),
        "chard.heic": heic(b"Exif\0\0" + exif("HEIC").tobytes().removeprefix(b"Exif\0\0")),
        f"{AUTHOR} and {SECRET}.jpg": jpeg((60, 44), "green"),
    }


FRAME = b"\xff\xfb\x90\x64" + bytes(413)


def sounds() -> dict[str, bytes]:
    from tests.test_sound import ape, id3, ogg_file  # they are there; a module of their own would say no more

    def frame(name: bytes, kind: str) -> bytes:
        said = b"\0" + word(kind).encode()
        return name + struct.pack(">IH", len(said), 0) + said

    tags = id3(frame(b"TPE1", "ID3 artist") + frame(b"COMM", "ID3 comment") + frame(b"TIT3", "ID3 more") + bytes(50))
    song = tags + FRAME * 8 + ape(word("APE").encode()) + b"TAG" + bytes(30) + word("ID3v1").encode().ljust(95, b"\0")
    comments = struct.pack("<I", len(word("Opus maker"))) + word("Opus maker").encode() + struct.pack("<I", 1)
    entry = b"ARTIST=" + word("Opus comment").encode()
    spoken = ogg_file(b"OpusHead\1\1", b"OpusTags" + comments + struct.pack("<I", len(entry)) + entry)
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    told = b"INFOIART" + struct.pack("<I", len(word("WAV artist"))) + word("WAV artist").encode()
    waves = form + b"LIST" + struct.pack("<I", len(told)) + told + b"data" + struct.pack("<I", 800) + bytes(800)
    flac = (
        b"fLaC\0\0\0\x22" + bytes(34) + b"\x84" + struct.pack(">I", len(comments))[1:] + word("FLAC comment").encode()
    )
    return {
        "kettle.mp3": song,
        "voice.opus": spoken,
        "bell.wav": b"RIFF" + struct.pack("<I", 4 + len(waves)) + b"WAVE" + waves,
        "drum.flac": flac.ljust(8 + 34 + 4 + len(comments), b"\0") + bytes(200),
        "horn.m4a": test_film.film(b"M4A ").replace(GIVEN, word("M4A atoms").encode().ljust(24)),
    }


def films() -> dict[str, bytes]:
    def told(content: bytes, kind: str) -> bytes:
        assert GIVEN in content
        return content.replace(GIVEN, word(kind).encode().ljust(len(GIVEN)))

    return {
        "sea.mp4": told(test_film.film(), "MP4 atoms"),
        "lake.mov": told(test_film.film(b"qt  "), "MOV atoms"),
        "brook.webm": told(test_film.webm(), "Matroska tags"),
        "pond.mp4": box(b"ftyp", b"isom") + box(b"free", word("MP4 without a film").encode()),
    }


def documents() -> dict[str, bytes]:
    told = f"/Author ({word('PDF author')}) /Producer ({word('PDF producer')}) /Title ({word('PDF title')})"
    return {
        "menu.pdf": pdf(info=told.encode()),
        "walk.gpx": GPX,
        "swap.ics": EVENT,
        "me.vcf": CARD,
    }


def outlook() -> bytes:
    """What Outlook says about people in a winmail.dat."""
    people = winmail.text(0x0C1A, word("TNEF sender")), winmail.text(0x0C1F, address("TNEF sender address"))
    more = winmail.text(0x0E04, word("TNEF To")), winmail.text(0x1035, word("TNEF Message-ID"))
    said = winmail.text(winmail.BODY, "The leeks are up.")
    old = winmail.attribute(1, 0x8000, 0, word("TNEF From").encode() + b"\0")
    photo = winmail.attached(jpeg((50, 40), comment=word("photo in TNEF")), "leeks.jpg")
    return winmail.winmail(old, winmail.message(said, *people, *more), photo)


EXCEPTIONS = {"compressed PDF", "Word author", "folder in an archive", "MIDI copyright", "RTF author"}


def exceptions() -> dict[str, bytes]:
    """What is published as it was sent, of which the author is told: see docs/decisions.md, “What is still bad”."""
    hidden = zlib.compress(f"<x:xmpmeta><dc:creator>{word('compressed PDF')}</dc:creator></x:xmpmeta>".encode())
    head = b"<< /Type /Metadata /Subtype /XML /Filter /FlateDecode /Length %d >>" % len(hidden)
    packed = written(
        b"<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>",
        head + b"\nstream\n" + hidden + b"\nendstream",
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>" * 200)
        archive.writestr("docProps/core.xml", f"<dc:creator>{word('Word author')}</dc:creator>")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"home/{word('folder in an archive')}/x.txt", "x")
    return {
        "packed.pdf": packed,
        "letter.docx": out.getvalue(),
        "all.zip": zipped.getvalue(),
        "song.mid": b"MThd" + bytes(10) + b"MTrk\xff\x02" + word("MIDI copyright").encode(),
        "letter.rtf": rb"{\rtf1{\info{\author " + word("RTF author").encode() + b"}}x}",
    }


def _attached(files: Mapping[str, bytes]) -> Callable[[EmailMessage], None]:
    def build(made: EmailMessage) -> None:
        made.set_content("What grew this week.\n")
        for number, (name, content) in enumerate(files.items()):
            made.add_attachment(content, "application", "octet-stream", filename=name)
            part = list(made.iter_attachments())[-1]
            part["Content-ID"] = f"<{word('Content-ID')}{number}@{word('host of Content-ID')}.example>"
            part["Content-Description"] = word("Content-Description")
            part["X-Attachment-Id"] = word("X-Attachment-Id")
            part["Content-Location"] = f"file:///home/{word('Content-Location')}/{number}"
        made.set_boundary(f"{word('boundary')}_{len(files)}")

    return build


def _text(text: str, encoding: str = "8bit", subtype: str = "plain") -> Callable[[EmailMessage], None]:
    return lambda made: made.set_content(text, subtype=subtype, cte=encoding)


def _both(made: EmailMessage) -> None:
    made.set_content(SAID + QUOTED + SIGNED)
    made.add_alternative(HTML, subtype="html")


CONTENTS: Mapping[str, Callable[[EmailMessage], None]] = {
    "Plain": _text(SAID + QUOTED + SIGNED),
    "Plain in base64": _text(SAID + QUOTED + SIGNED, "base64"),
    "Plain in quoted-printable": _text(SAID.replace("beans", "Böhnchen") + QUOTED + SIGNED, "quoted-printable"),
    "Formatted": _both,
    "Formatted in base64": _text(HTML, "base64", "html"),
    "Fwd: Seeds": _text(FORWARDED),
    "Photos": _attached(photos()),
    "Sounds": _attached(sounds()),
    "Films": _attached(films()),
    "Documents": _attached(documents()),
    "Outlook": _attached({"winmail.dat": outlook()}),
}


def others() -> list[bytes]:
    """What is no post: from a stranger, and from the author but without proof."""
    ours = mail("Plain", "other", CONTENTS["Plain"])
    stranger = ours.replace(f"<{AUTHOR}>".encode(), f"<{address('a stranger')}>".encode())
    return [stranger, ours.replace(f"+{SECRET}+other".encode(), b"")]


def mails(flag: str) -> dict[str, bytes]:
    """One of each, by subject. `flag` is empty, draft or private."""
    return {name: mail(name, flag, build) for name, build in CONTENTS.items()}

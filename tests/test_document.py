"""Documents: a download that says what it is, and nothing that a browser would run."""

import zipfile
from io import BytesIO
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mailpost.attachment import Kind
from mailpost.media import document
from mailpost.media.made import LeftOut
from mailpost.media.strip import pdf as strip_pdf
from tests.given import CANARY, given_file, left_out, main
from tests.pages import pdf, written

ACTIVE = {
    "page.html": b"<!DOCTYPE html><html><script>x()</script></html>",
    "page.txt": b" \n<script>x()</script>",
    "marked.txt": b"\xef\xbb\xbf<html><script>x()</script>",
    "track.gpx": b"<html><script>x()</script></html>",
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
    "picture.jpg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
    "script.js": b"alert(1)",
    "program.exe": b"MZ" + bytes(200),
    "program": b"\x7fELF" + bytes(200),
    "program.wasm": b"\0asm" + bytes(100),
    "film.swf": b"CWS" + bytes(100),
    "run.sh": b"#!/bin/sh\nrm -rf /\n",
    "x.php": b"<?php phpinfo();",
    ".htaccess": b"AddType text/html .jpg",
    "old.tiff": b"II*\0" + bytes(100),
    "x.bmp": b"BM" + bytes(100),
    "x.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "x.jp2": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(100),
    "nothing": b"what is this",
    "binary.txt": b"a\0b",
    "x.rar": b"Rar!\x1a\x07\x00" + bytes(50),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_a_browser_might_run_is_left_out(name: str) -> None:
    markup = ACTIVE[name].lstrip(b" \n\xef\xbb\xbf")[:1] == b"<"
    reason = "files a browser might run are not published" if markup else "files of this type are not published"
    assert left_out(ACTIVE[name], name) == f"{name} was left out: {reason}"


def archive(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name in names:
            written.writestr(name, "application/epub+zip" if name == "mimetype" else "<x/>" * 200)
    return out.getvalue()


def office(first: str) -> bytes:
    return archive(*sorted(["[Content_Types].xml", "word/document.xml", "docProps/app.xml"], key=lambda n: n != first))


DOCUMENTS = [
    ("Loaf.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf", "pdf"),
    ("notes.txt", b"some notes", "text/plain", "txt"),
    ("table.csv", b"a,b\n1,2", "text/csv", "csv"),
    ("party.ics", b"BEGIN:VCALENDAR", "text/calendar", "ics"),
    ("read.md", b"# Read", "text/markdown", "md"),
    ("tune.mid", b"MThd" + bytes(20), "audio/midi", "mid"),
    ("x.pages", archive("Index/Document.iwa", "preview.jpg"), "application/vnd.apple.pages", "pages"),
    ("lie.pages", archive("x.html"), "application/zip", "zip"),
    ("x.epub", archive("mimetype"), "application/epub+zip", "epub"),
    ("x.zip", b"PK\x03\x04" + bytes(60), "application/zip", "zip"),
    ("lie.docx", b"PK\x03\x04" + bytes(60), "application/zip", "zip"),
    ("lie.jpg", b"%PDF-1.4\n%%EOF\n", "application/pdf", "pdf"),
    ("a.docx", office("[Content_Types].xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("b.docx", office("docProps/app.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "type_", "ending"), DOCUMENTS, ids=[d[0] for d in DOCUMENTS])
def test_a_document_is_offered_as_what_it_is(name: str, content: bytes, type_: str, ending: str) -> None:
    prepared = given_file(content, name)
    assert (prepared.attachment.kind, prepared.attachment.type) == (Kind.DOCUMENT, type_)
    assert [(path.rpartition(".")[2], made) for path, made in prepared.files.items()] == [(ending, content)]


def test_a_visiting_card_is_left_out_whatever_it_is_called() -> None:
    """Programs attach it by themselves, with everything that is in it."""
    for name in ("ann.vcf", "ann.txt"):
        assert left_out(b"BEGIN:VCARD\r\nTEL:1\r\n", name) == f"{name} was left out: a visiting card holds addresses"


def test_the_first_page_of_a_pdf_is_shown_as_a_picture() -> None:
    prepared = given_file(pdf(pages=3), "Loaf.pdf")
    found = prepared.attachment
    assert [(r.type, r.width, r.height) for r in found.renditions] == [
        ("application/pdf", 0, 0),
        ("image/png", 960, 480),
        ("image/webp", 480, 240),
        ("image/webp", 960, 480),
    ]
    assert (found.kind, main(prepared), found.pictures) == (Kind.DOCUMENT, pdf(pages=3), found.renditions[1:])
    image = Image.open(BytesIO(prepared.files[found.renditions[1].path])).convert("RGB")
    assert (image.getpixel((100, 400)), image.getpixel((800, 100))) == ((255, 0, 0), (255, 255, 255))


@pytest.mark.parametrize("sides", [(14_400, 14_400), (20, 14_400), (14_400, 20), (0.1, 0.1)])
def test_no_page_is_drawn_larger_than_it_is_shown(sides: tuple[float, float]) -> None:
    for shown in given_file(pdf(sides=sides), "x.pdf").attachment.pictures:
        assert (shown.width <= 960, shown.height <= 1360) == (True, True)


@pytest.mark.parametrize("content", [b"%PDF-1.4\n%%EOF\n", pdf()[:200], pdf(pages=0), b"%PDF-1.7 /Encrypt"])
def test_a_pdf_that_cannot_be_drawn_is_still_a_download(content: bytes) -> None:
    prepared = given_file(content, "x.pdf")
    assert list(prepared.files.values()) == [content]


def test_without_the_extra_a_pdf_is_a_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "pypdfium2", None)
    assert len(given_file(pdf(), "x.pdf").files) == 1


SAID = CANARY.decode().replace("-", " (about) ").encode()
INFO = (
    b"/Author (\\(%b\\)) /Title <%b> /Producer(%b) /CreationDate (D:%b\\\\) /More << /Nested (%b) >> /Trapped /False"
    % (*(SAID, SAID.hex().encode(), SAID, SAID, SAID),)
)
XMP = b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta>' + CANARY + b"</x:xmpmeta><?xpacket end='w'?>"
UNCHANGED = "x.pdf may say who wrote it: what is inside it is published as it was sent"


def test_a_pdf_says_nothing_about_itself_and_its_pages_stay() -> None:
    content = pdf(info=INFO)
    prepared = given_file(content, "x.pdf")
    clean = main(prepared)
    assert pypdfium2.PdfDocument(content).get_metadata_dict(skip_empty=True).keys() == {
        *("Author", "Title", "Producer", "CreationDate"),
    }
    assert (b"about" in content, b"about" in clean, SAID.hex().encode() in clean) == (True, False, False)
    assert (len(clean), clean.count(b"/Trapped /False")) == (len(content), 1)
    assert clean[: content.index(b"/Author")] == content[: content.index(b"/Author")]
    assert (len(prepared.attachment.pictures), prepared.notes) == (3, ())


def test_what_a_pdf_says_in_xml_goes_too() -> None:
    stream = b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%b\nendstream" % (len(XMP), XMP)
    clean = main(given_file(written(stream, stream), "x.pdf"))
    assert (CANARY in clean, clean.count(b"<?xpacket"), len(clean)) == (False, 4, len(written(stream, stream)))


@pytest.mark.parametrize("whole", [b"/ByteRange [0 1 2 3]", b"/Encrypt 9 0 R"])
def test_a_pdf_that_is_signed_or_locked_stays_whole_and_its_author_is_told(whole: bytes) -> None:
    content = pdf(info=INFO + whole)
    prepared = given_file(content, "x.pdf")
    assert (main(prepared), prepared.notes) == (content, (UNCHANGED,))


def test_what_cannot_be_looked_into_may_say_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given_file(b"%PDF-1.4\n/Type /ObjStm", "x.pdf").notes == (UNCHANGED,)
    assert given_file(b"%PDF-1.4\n%%EOF\n", "x.pdf").notes == ()
    assert given_file(office("docProps/app.xml"), "x.docx").notes == (UNCHANGED.replace("pdf", "docx"),)
    monkeypatch.setattr(document, "pypdfium2", None)
    assert given_file(pdf(info=INFO), "x.pdf").notes == (UNCHANGED,)


STORMS = {
    "brackets": pdf(info=b"/Author " + b"(" * 300_000),
    "angles": pdf(info=b"/Author " + b"<0" * 150_000),
    "digits": pdf(info=b"/Author <" + b"0 " * 150_000),
    "names": b"%PDF-1.4\n" + b"/Info 1 0 R " * 30_000 + b"1 0 obj <<" * 30_000,
    "packets": b"%PDF-1.4\n" + b"<?xpacket begin" * 20_000,
}


@pytest.mark.parametrize("name", STORMS)
def test_a_storm_in_a_pdf_is_over_soon(name: str) -> None:
    assert len(strip_pdf.scrub(STORMS[name])) == len(STORMS[name])


@given(st.binary(max_size=200))
def test_whatever_a_pdf_says_about_itself_nothing_moves(info: bytes) -> None:
    content = pdf(info=b"/Author " + info)
    assert len(strip_pdf.scrub(content)) == len(content)


GPX = "http://www.topografix.com/GPX/1/1"
XHTML = "http://www.w3.org/1999/xhtml"


def gpx(inside: str, *, before: str = "", root: str = f'<gpx xmlns="{GPX}" version="1.1" creator="Device 7">') -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}{root}{inside}</gpx>'.encode()


TRACK = '<trk><name>Round the lake</name><trkseg><trkpt lat="52.1" lon="13.2"><ele>40</ele></trkpt></trkseg></trk>'


def test_a_track_keeps_its_places_and_loses_who_walked_there() -> None:
    told = f"<metadata><author><name>{CANARY.decode()}</name></author><time>2026-03-01T12:00:00Z</time></metadata>"
    content = gpx(told + TRACK.replace("</trkpt>", f"<extensions><x>{CANARY.decode()}</x></extensions></trkpt>"))
    prepared = given_file(content, "walk.gpx")
    root = ET.fromstring(main(prepared))
    assert (prepared.attachment.main.type, root.tag) == ("application/gpx+xml", f"{{{GPX}}}gpx")
    assert [e.tag.rpartition("}")[2] for e in root.iter()] == [
        "gpx",
        "metadata",
        "time",
        "trk",
        "name",
        "trkseg",
        "trkpt",
        "ele",
    ]
    assert root.attrib == {"version": "1.1", "creator": "mailpost"}
    assert root.find(f".//{{{GPX}}}trkpt").attrib == {"lat": "52.1", "lon": "13.2"}  # type: ignore[union-attr]
    assert CANARY not in main(prepared)


@pytest.mark.parametrize(
    "active",
    [
        gpx(f'<script xmlns="{XHTML}">x()</script>' + TRACK),
        gpx(f'<trk><h:script xmlns:h="{XHTML}">x()</h:script></trk>'),
        gpx(TRACK, before='<?xml-stylesheet type="text/xsl" href="x.xsl"?>'),
        gpx(TRACK.replace("<ele>", '<ele onload="x()">')),
        gpx(TRACK.replace("Round", "<![CDATA[<script>x()</script>]]>")),
    ],
)
def test_nothing_of_a_track_can_be_run(active: bytes) -> None:
    """Browsers show files of types that end in +xml as documents, with everything in them."""
    written = main(given_file(active, "walk.gpx"))
    assert not [
        told for told in (b"<script", b":script", b"onload", b"xhtml", b"stylesheet", b"CDATA") if told in written
    ]


@pytest.mark.parametrize(
    "content",
    [
        gpx(TRACK, before='<!DOCTYPE gpx [<!ENTITY a "b">]>'),
        gpx(TRACK, root=f'<html xmlns="{XHTML}"><gpx>').replace(b"</gpx>", b"</gpx></html>"),
        gpx(TRACK, root="<gpx>"),
        gpx(TRACK)[:-20],
        gpx(TRACK, before="<!-- <gpx -->").replace(b"UTF-8", b"cp037"),
        b"<gpx" + b"<trk>" * 50_000,
    ],
)
def test_what_only_calls_itself_a_track_is_left_out_or_harmless(content: bytes) -> None:
    try:
        written = main(given_file(content, "walk.gpx"))
    except LeftOut:
        return
    assert b"<!" not in written

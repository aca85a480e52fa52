"""Tracks of satellite receivers (GPX 1.0 and 1.1, topografix.com), written anew with nothing but places and times.

A browser that is given XML looks for scripts in it, in whatever namespace, whatever the type is called; and recorders
write who walked there, and with which device. Only elements and attributes that we know come through.
"""

from xml.etree import ElementTree as ET

from mailpost.media.made import LeftOut

SPACES = ("http://www.topografix.com/GPX/1/1", "http://www.topografix.com/GPX/1/0")
SHAPES = frozenset({"gpx", "metadata", "bounds", "wpt", "rte", "rtept", "trk", "trkseg", "trkpt"})
FACTS = frozenset({"name", "desc", "cmt", "time", "ele", "sym", "type", "number", "keywords", "src"})
FIXES = frozenset({"fix", "sat", "hdop", "vdop", "pdop", "magvar", "geoidheight"})
NAMES = SHAPES | FACTS | FIXES
ATTRIBUTES = frozenset({"lat", "lon", "minlat", "minlon", "maxlat", "maxlon"})
DEPTH = 5


def rewrite(content: bytes, label: str) -> bytes:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise LeftOut(f"{label} was left out: files a browser might run are not published")
    try:
        # Whatever encoding it claims, it is read in the one in which we have looked for entities.
        parser = ET.XMLParser(encoding="utf-8")  # noqa: S314 - there are no entities to expand
        parser.feed(content)
        root = _known(parser.close())
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise LeftOut(f"{label} was left out: the track is damaged") from problem
    if root is None or root.tag != "gpx":
        raise LeftOut(f"{label} was left out: files a browser might run are not published")
    root.attrib |= {"xmlns": SPACES[0], "version": "1.1", "creator": "mailpost"}
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _known(element: ET.Element, depth: int = 0) -> ET.Element | None:
    """A copy with what we know of it; the namespace is that of its root."""
    space, _, name = element.tag.removeprefix("{").rpartition("}")
    if name not in NAMES or space not in SPACES or depth > DEPTH:
        return None
    known = ET.Element(name)
    known.attrib.update({key: value for key, value in element.attrib.items() if key in ATTRIBUTES})
    known.text = element.text
    known.extend(copy for child in element if (copy := _known(child, depth + 1)) is not None)
    return known

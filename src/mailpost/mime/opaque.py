"""S/MIME that is signed and hides its text, without being sealed (RFC 8551, section 3.5.2; RFC 5652, section 5).

The signature is not looked at: who wrote the mail is proven, or not, by other means.
"""

DEPTH = 12
SIGNED = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  # the name of signedData, 1.2.840.113549.1.7.2
CONSTRUCTED = 0x20
ENDLESS = 0x80
END = b"\0\0"

Element = tuple[int, int, int, int]
"""Its tag, where its content begins and ends, and where the next element begins (X.690, which allows it both ways)."""


def opened(content: bytes) -> bytes:
    """The mail part that was signed; nothing where it is sealed, or not of this kind at all."""
    try:
        kind, wrapped = _inside(content, _element(content, 0))
        if content[kind[1] : kind[2]] != SIGNED:
            return b""
        signed = _inside(content, _only(content, wrapped))
        _, data = _inside(content, signed[2])
        return _octets(content, _only(content, data))
    except (IndexError, ValueError):
        return b""


def _element(content: bytes, at: int, depth: int = 0) -> Element:
    tag, length, start = content[at], content[at + 1], at + 2
    if depth > DEPTH:
        raise ValueError
    if length == ENDLESS:
        stop = start
        while content[stop : stop + 2] != END:
            stop = _element(content, stop, depth + 1)[3]
        return tag, start, stop, stop + 2
    if length > ENDLESS:
        digits = length - ENDLESS
        length, start = int.from_bytes(content[start : start + digits]), start + digits
    if start + length > len(content):
        raise ValueError
    return tag, start, start + length, start + length


def _inside(content: bytes, outer: Element) -> list[Element]:
    _, at, stop, _ = outer
    found = []
    while at < stop:
        found.append(_element(content, at))
        at = found[-1][3]
    return found


def _only(content: bytes, outer: Element) -> Element:
    (inner,) = _inside(content, outer)
    return inner


def _octets(content: bytes, element: Element, depth: int = 0) -> bytes:
    """A string of octets, which may be given in pieces."""
    tag, start, stop, _ = element
    if depth > DEPTH:
        raise ValueError
    if not tag & CONSTRUCTED:
        return content[start:stop]
    return b"".join(_octets(content, piece, depth + 1) for piece in _inside(content, element))

"""The tags around MP3 and AAC frames: ID3v2 (id3.org) before them; ID3v1, Lyrics3 and APE behind, in any order."""

LYRICS = b"LYRICS200"
APE = b"APETAGEX"
APE_LENGTH = 32  # of its head, and of its foot
ID3V1, ID3V1_MORE = 128, 227  # bytes; the second stands before the first


def scrub(content: bytes) -> bytes:
    """Only the frames. Nothing in them counts bytes of the file."""
    start, end = begin(content), len(content)
    while (before := _before(content, start, end)) < end:
        end = before
    return content[start:end]


def begin(content: bytes) -> int:
    """Where the tags before the sound end."""
    start = 0
    while (after := _after(content, start)) > start:
        start = after
    return start


def _after(content: bytes, at: int) -> int:
    """Where a tag that begins here ends."""
    head = content[at : at + APE_LENGTH]
    if head[:3] == b"ID3" and len(head) >= 10:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        footer = 10 if head[5] & 0x10 else 0
        return min(at + 10 + size + footer, len(content))
    if head[:8] == APE and len(head) == APE_LENGTH:
        return min(at + APE_LENGTH + int.from_bytes(head[12:16], "little"), len(content))
    return at


def _before(content: bytes, start: int, end: int) -> int:
    """Where a tag that ends here begins."""
    length = 0
    tail = content[max(start, end - ID3V1 - ID3V1_MORE) : end]
    if tail[-ID3V1:][:3] == b"TAG" and len(tail) >= ID3V1:
        length = len(tail) if tail[:4] == b"TAG+" and len(tail) == ID3V1 + ID3V1_MORE else ID3V1
    elif tail[-9:] == LYRICS and tail[-15:-9].isdigit():
        length = int(tail[-15:-9]) + 15
    elif tail[-APE_LENGTH:-24] == APE:
        has_head = tail[-9] & 0x80
        length = int.from_bytes(tail[-20:-16], "little") + (APE_LENGTH if has_head else 0)
    elif tail[-10:-7] == b"3DI":
        size = 0
        for byte in tail[-4:]:
            size = size << 7 | byte & 0x7F
        length = size + 20
    return max(start, end - length)

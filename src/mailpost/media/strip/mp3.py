"""The tags around MP3 and AAC frames: ID3v2 (id3.org) before them; ID3v1, Lyrics3 and APE behind, in any order.

One file may have been put behind another, tags and all.
"""

LYRICS = b"LYRICS200"
APE = b"APETAGEX"
APE_LENGTH = 32  # of its head, and of its foot
VERSIONS = (2, 3, 4)  # of ID3v2
ID3V1, ID3V1_MORE = 128, 227  # bytes; the second stands before the first


def scrub(content: bytes) -> bytes:
    """Only the frames. Nothing in them counts bytes of the file."""
    kept, start, at = [], begin(content), 0
    while (at := content.find(b"ID3", max(at, start))) >= 0:
        after = _sound_after(content, at)
        if after:
            kept.append(content[start : _end(content, start, at)])
            start = after
        at = max(at + 3, after)
    return b"".join([*kept, content[start : _end(content, start, len(content))]])


def begin(content: bytes) -> int:
    """Where the tags before the sound end."""
    start = 0
    while (after := _after(content, start)) > start:
        start = after
    return start


def _end(content: bytes, start: int, end: int) -> int:
    """Where the sound that begins at `start` ends, if nothing follows its tags but `end`."""
    while (before := _before(content, start, end)) < end:
        end = before
    return end


def _sound_after(content: bytes, at: int) -> int:
    """Where sound or one more tag goes on behind the tag that begins here; 0 if it only reads like one."""
    head = content[at + 3 : at + 10]
    if len(head) < 7 or head[0] not in VERSIONS or max(head[3:]) > 0x7F:
        return 0
    after = _after(content, at)
    next_ = content[after : after + 3]
    return after if next_ == b"ID3" or (next_[:1] == b"\xff" and next_[1:2] >= b"\xe0") else 0


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

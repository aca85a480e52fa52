"""Files that are a row of chunks: WAV, AVI (RIFF), AIFF (IFF) and FLAC. Only the chunks that are sound or picture stay."""

from collections.abc import Iterator
from typing import Literal

SOUND = frozenset({b"fmt ", b"fact", b"data", b"COMM", b"SSND", b"FVER"})
AVI = frozenset({b"avih", b"strh", b"strf", b"idx1", b"indx", b"vprp"})
AVI_LISTS = frozenset({b"hdrl", b"strl", b"odml"})
FLAC_BLOCKS = frozenset({0, 3})  # stream info, seek table


def wav(content: bytes) -> bytes:
    return _rebuilt(content, "little")


def aiff(content: bytes) -> bytes:
    return _rebuilt(content, "big")


def avi(content: bytes) -> bytes:
    """Blanked where it stands: the index of a film counts bytes."""
    out = bytearray(content)
    _blank(out, 12, len(out))
    return bytes(out)


def flac(content: bytes) -> bytes:
    """Nothing before the first sound counts bytes from the beginning, so blocks can be cut (xiph.org, FLAC format)."""
    blocks: list[tuple[int, bytes]] = []
    at, last = 4, False
    while not last and at + 4 <= len(content):
        kind, last = content[at] & 0x7F, bool(content[at] & 0x80)
        end = at + 4 + int.from_bytes(content[at + 1 : at + 4], "big")
        if kind in FLAC_BLOCKS:
            blocks.append((kind, content[at + 1 : end]))
        at = end
    heads = [bytes([kind | (0x80 if number == len(blocks) else 0)]) for number, (kind, _) in enumerate(blocks, start=1)]
    return content[:4] + b"".join(head + body for head, (_, body) in zip(heads, blocks, strict=True)) + content[at:]


def _rebuilt(content: bytes, order: Literal["little", "big"]) -> bytes:
    parts = []
    for name, start, end in _chunks(content, 12, len(content), order):
        if name in SOUND:
            body = content[start:end]
            parts.append(name + len(body).to_bytes(4, order) + body + bytes(len(body) % 2))
    kept = content[8:12] + b"".join(parts)
    return content[:4] + len(kept).to_bytes(4, order) + kept


def _blank(out: bytearray, start: int, end: int) -> None:
    for name, inside, stop in _chunks(out, start, end, "little"):
        if name in (b"LIST", b"RIFF"):
            kind = bytes(out[inside : inside + 4])
            if kind in AVI_LISTS:
                _blank(out, inside + 4, stop)
                continue
            if kind in (b"movi", b"AVIX"):
                continue
        elif name in AVI:
            continue
        out[inside - 8 : inside - 4] = b"JUNK"
        out[inside:stop] = bytes(stop - inside)


def _chunks(
    content: bytes | bytearray, start: int, end: int, order: Literal["little", "big"]
) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning and end of each content. A recorder that was cut off says more than there is, or nothing at all."""
    at = start
    while at + 8 <= end:
        size = int.from_bytes(content[at + 4 : at + 8], order)
        name = bytes(content[at : at + 4])
        stop = min(at + 8 + size, end)
        if name == b"data" and size == 0:
            stop = end
        yield name, at + 8, stop
        at = stop + size % 2

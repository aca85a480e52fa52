"""Boxes of MP4, QuickTime and HEIC for tests."""

import struct


def box(name: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + name + body

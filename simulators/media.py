"""Small valid files: a picture whose pixels follow from words, a tone, and a picture that is a bomb. Pure."""

import math
import struct
import zlib
from hashlib import sha256


def png(seed: str, width: int = 16, height: int = 16) -> bytes:
    """A valid PNG; the same seed makes the same bytes. Sizes of any number cost a row each."""
    shades = sha256(seed.encode()).digest()
    row = b"\x00" + b"".join(bytes(shades[(x * 3 + at) % 32] for at in range(3)) for x in range(width))
    return _png(width, height, row * height)


def bomb_png(side: int = 50_000) -> bytes:
    """A PNG of a few bytes whose header promises `side` times `side` pixels: gigabytes, once decoded."""
    return _png(side, side, b"\x00" * 16)


def wav(seed: str, seconds: float = 0.1, rate: int = 8000) -> bytes:
    """A tone whose height follows from the seed: 8 bits, one channel."""
    tone = 200 + sha256(seed.encode()).digest()[0] * 4
    data = bytes(int(128 + 100 * math.sin(2 * math.pi * tone * at / rate)) for at in range(int(seconds * rate)))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

"""A picture made of a prompt's letters and a seed only: a symmetric mosaic, which does not show what the words say."""

import struct
import zlib
from hashlib import shake_128

CELLS = 8  # across one half, and CELLS * 2 down
COLOURS = 5
LEAST, MOST, USUAL = 64, 1024, 512  # pixels of a side


def pattern(prompt: str, seed: int, width: int = USUAL, height: int = USUAL) -> bytes:
    """A PNG, the same bytes for the same words, seed and size."""
    width, height = (min(MOST, max(LEAST, each)) for each in (width, height))
    random = shake_128(f"{seed}\n{prompt}".encode("utf-8", "replace")).digest(COLOURS * 3 + CELLS * CELLS * 2)
    colours = [random[at : at + 3] for at in range(0, COLOURS * 3, 3)]
    cells = random[COLOURS * 3 :]
    down = CELLS * 2
    rows = [
        _row([colours[each % COLOURS] for each in cells[at * CELLS : (at + 1) * CELLS]], width) for at in range(down)
    ]
    return _png(width, height, b"".join(rows[y * down // height] for y in range(height)))


def _row(colours: list[bytes], width: int) -> bytes:
    """One line of pixels, the same to the left and to the right of its middle."""
    across = [*colours, *reversed(colours)]
    return b"\x00" + b"".join(across[x * len(across) // width] for x in range(width))  # no filter


def _png(width: int, height: int, lines: bytes) -> bytes:
    """PNG (W3C, third edition): 8 bits for each of red, green and blue."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inference.counterparts.pattern import LEAST, MOST, pattern
from bot.inference.images import picture


def pixels(data: bytes) -> tuple[int, int, list[bytes]]:
    """(width, height, lines of red, green, blue) of a PNG without filters; every checksum is looked at."""
    at, lines, size = 8, b"", (0, 0)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        lines += zlib.decompress(body) if kind == b"IDAT" else b""
        at += 12 + length
    wide = 1 + size[0] * 3
    assert len(lines) == wide * size[1]
    assert set(lines[::wide]) == {0}
    return *size, [lines[start + 1 : start + wide] for start in range(0, len(lines), wide)]


def test_a_valid_picture_symmetric_and_of_many_colours() -> None:
    width, height, lines = pixels(pattern("a cat", 1, 96, 64))
    assert (width, height) == (96, 64)
    for line in lines:
        left = [line[at : at + 3] for at in range(0, len(line), 3)]
        assert left == left[::-1]
    assert len({line[at : at + 3] for line in lines for at in range(0, len(line), 3)}) > 2


def test_the_same_words_and_seed_make_the_same_picture_and_others_another() -> None:
    assert pattern("a", 1) == pattern("a", 1)
    assert len({pattern("a", 1), pattern("a", 2), pattern("b", 1)}) == 3


@settings(max_examples=20)
@given(st.text(), st.integers(), st.integers(-10, 5000), st.integers(-10, 5000))
def test_whatever_is_asked_for_is_a_picture_within_bounds(prompt: str, seed: int, width: int, height: int) -> None:
    media = picture(pattern(prompt, seed, width, height), "m", 2**20)
    assert media.media_type == "image/png"


@pytest.mark.parametrize("side", [LEAST, MOST])
def test_the_bounds(side: int) -> None:
    assert pixels(pattern("a", 1, side, side))[:2] == (side, side)

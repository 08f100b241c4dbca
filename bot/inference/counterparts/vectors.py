"""A text as a vector of its words and their parts, hashed: texts that share words are near each other (pure)."""

import math
from collections.abc import Iterator
from zlib import crc32

from bot.inference.counterparts.language import ENGLISH, FOREIGN, words

DIMENSIONS = 256
LITTLE, PART = 0.2, 0.3  # the weights of a little word and of three letters, against 1 for a word


def vector(text: str) -> list[float]:
    """Of length 1; all zero where the text has no word. The same on every machine."""
    made = [0.0] * DIMENSIONS
    for feature, weight in _features(text):
        code = crc32(feature.encode())
        made[code % DIMENSIONS] += weight if code >> 16 & 1 else -weight  # so that what collides does not add up
    length = math.sqrt(sum(each * each for each in made))
    return [each / length for each in made] if length else made


def likeness(one: list[float], other: list[float]) -> float:
    """From -1 to 1, of two vectors of length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in words(text):
        little = word in ENGLISH or word in FOREIGN
        yield word, LITTLE if little else 1.0
        if not little:
            bounded = f"<{word}>"
            yield from ((f"…{bounded[at : at + 3]}", PART) for at in range(len(bounded) - 2))

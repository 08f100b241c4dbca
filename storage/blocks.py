"""Vectors as bytes, and the search through blocks of them (pure).

A record is the `HEAD` of `vectors.py`, a scale, and a vector of length 1, each component a whole number from -127 to
127. Against floats of 32 bits that is a quarter of the bytes, which is what a search waits for, and moves a cosine by
less than 0.002 (100,000 random vectors of 384 components, measured 2026-11-20). NumPy has no fast product of such
numbers: they are made floats a few at a time, which stay in the processor's cache.
"""

from collections.abc import Collection, Iterable, Sequence
from heapq import nlargest
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 127
AT_ONCE = 2**18  # components: OpenBLAS shares more out to threads, which on a busy machine wait for each other (0.3.31)


def packed(vectors: Collection[Sequence[float]]) -> list[bytes]:
    """What follows the head of each one's record. They have one length; their norms do not matter."""
    given = np.array(list(vectors), np.float64)
    unit = given / _not_zero(np.linalg.norm(given, axis=1, keepdims=True))
    scales = np.abs(unit).max(axis=1, keepdims=True) / LARGEST
    whole = np.rint(unit / _not_zero(scales)).astype(np.int8)
    return [scale.tobytes() + vector.tobytes() for scale, vector in zip(scales[:, 0].astype("<f4"), whole, strict=True)]


def nearest(
    blocks: Iterable[bytes], vector: Sequence[float], count: int, conversation: int | None = None
) -> list[tuple[float, str]]:
    """(cosine, turn) of the `count` turns most like this vector, none of them unlike; the most like it first.

    `conversation`: only those of that one.
    """
    given = np.array(vector, np.float64)
    query = (given / _not_zero(np.linalg.norm(given))).astype(np.float32)
    room = np.empty((max(1, AT_ONCE // len(query)), len(query)), np.float32)
    found: list[tuple[float, str]] = []
    for block in blocks:
        records = np.frombuffer(block, _record(len(query)))
        cosines = _cosines(records["vector"], query, room) * records["scale"]
        if conversation is not None:
            cosines[records["conversation"] != conversation] = 0
        places = np.argpartition(cosines, -count)[-count:] if count < len(cosines) else np.arange(len(cosines))
        found += [(float(cosines[at]), records["turn"][at].decode()) for at in places if cosines[at] > 0]
    return nlargest(count, found)


def _cosines(vectors: "NDArray[np.int8]", query: "NDArray[np.float32]", room: "NDArray[np.float32]") -> Any:
    """But for their scales. `room` is where so many of them at once are made floats."""
    made = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), len(room)):
        piece = vectors[start : start + len(room)]
        floats = room[: len(piece)]
        floats[...] = piece
        np.dot(floats, query, out=made[start : start + len(piece)])
    return made


def _record(dimensions: int) -> "np.dtype[np.void]":
    return np.dtype([("turn", "S16"), ("conversation", "<i8"), ("scale", "<f4"), ("vector", "i1", (dimensions,))])


def _not_zero(values: "NDArray[np.float64] | np.floating") -> "NDArray[np.float64]":
    """To divide by: what is nothing stays nothing."""
    return np.where(values > 0, values, 1.0)

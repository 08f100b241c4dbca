"""Vectors as bytes, and the search through blocks of them (pure).

A record is the `HEAD` of `vectors.py`, a scale, and a vector of length 1, each component a whole number from -127 to
127. Against floats of 32 bits that is a quarter of the bytes, which is what a search waits for, and moves a cosine by
less than 0.002 (100,000 random vectors of 384 components, measured 2026-11-20). NumPy has no fast product of such
numbers: they are made floats a block at a time, which stays in the processor's cache.
"""

from collections.abc import Collection, Iterable, Sequence
from heapq import nlargest

import numpy as np
from numpy.typing import NDArray

LARGEST = 127


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
    found: list[tuple[float, str]] = []
    for block in blocks:
        records = np.frombuffer(block, _record(len(query)))
        cosines = (records["vector"].astype(np.float32) @ query) * records["scale"]
        if conversation is not None:
            cosines[records["conversation"] != conversation] = 0
        places = np.argpartition(cosines, -count)[-count:] if count < len(cosines) else np.arange(len(cosines))
        found += [(float(cosines[at]), records["turn"][at].decode()) for at in places if cosines[at] > 0]
    return nlargest(count, found)


def _record(dimensions: int) -> "np.dtype[np.void]":
    return np.dtype([("turn", "S16"), ("conversation", "<i8"), ("scale", "<f4"), ("vector", "i1", (dimensions,))])


def _not_zero(values: "NDArray[np.float64] | np.floating") -> "NDArray[np.float64]":
    """To divide by: what is nothing stays nothing."""
    return np.where(values > 0, values, 1.0)

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.blocks import AT_ONCE, nearest, packed
from storage.vectors import HEAD

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
of_eight = st.lists(numbers, min_size=8, max_size=8)


def block(vectors: list[list[float]], conversations: list[int] | None = None) -> bytes:
    """Of turns that are named by their places."""
    heads = [HEAD.pack(str(at).encode(), (conversations or [0] * len(vectors))[at]) for at in range(len(vectors))]
    return b"".join(head + body for head, body in zip(heads, packed(vectors), strict=True))


@settings(max_examples=50)
@given(st.lists(of_eight, min_size=1, max_size=20), of_eight)
def test_cosines_are_those_of_floats(vectors: list[list[float]], query: list[float]) -> None:
    found = {turn: cosine for cosine, turn in nearest([block(vectors)], query, len(vectors))}
    for at, vector in enumerate(vectors):
        norms = float(np.linalg.norm(vector) * np.linalg.norm(query))
        exact = float(np.dot(vector, query)) / norms if norms else 0.0
        assert found.get(str(at), 0.0) == pytest.approx(max(exact, 0.0), abs=0.02)


def test_the_best_come_first_out_of_all_blocks() -> None:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((5000, 96))  # more than are made floats at once
    assert len(vectors) > AT_ONCE // 96
    query = vectors[4711] + 0.1
    exact = vectors @ query / np.linalg.norm(vectors, axis=1)
    blocks = [block(vectors.tolist())]
    found = nearest(blocks, query.tolist(), 5)
    assert [turn for _, turn in found] == [str(at) for at in np.argsort(-exact)[:5]]
    assert all(one > other for (one, _), (other, _) in pairwise(found))
    assert nearest([*blocks, block([query.tolist()])], query.tolist(), 1)[0][1] == "0"


def test_fewer_than_wanted_are_all() -> None:
    assert [turn for _, turn in nearest([block([[1, 0], [1, 1], [-1, 0]])], [1, 0], 10)] == ["0", "1"]
    assert nearest([], [1, 0], 10) == []


def test_only_those_of_one_conversation() -> None:
    made = block([[1, 0], [1, 1], [1, 2]], [7, 2**40, 7])
    assert [turn for _, turn in nearest([made], [1, 0], 10, 7)] == ["0", "2"]
    assert [turn for _, turn in nearest([made], [1, 0], 1, 2**40)] == ["1"]


def test_enormous_numbers_do_no_harm() -> None:
    assert [turn for _, turn in nearest([block([[1e150, 0], [0, 1e-150]])], [1e150, 1e150], 2)] == ["1", "0"]

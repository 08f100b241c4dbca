from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.backend import Entity, Label
from bot.inference.results import READERS, Malformed, address, entities, labels, text, vectors

GOOD, BAD = {"label": "good", "score": 0.8}, {"label": "bad", "score": 0.2}
BOTH = (Label("good", 0.8), Label("bad", 0.2))


@pytest.mark.parametrize(
    "answer",
    [
        [[BAD, GOOD]],  # hf-inference
        [BAD, GOOD],  # text-embeddings-inference
        {"sequence": "x", "labels": ["bad", "good"], "scores": [0.2, 0.8]},  # zero-shot, as it used to be
        [{"labels": ["bad", "good"], "scores": [0.2, 0.8]}][0],
        [{"token_str": " good", "score": 0.8, "token": 1}, {"token_str": "bad", "score": 0.2}],  # a missing word
        [[{"token_str": "good", "score": 0.8}, {"token_str": "bad", "score": 0.2}], [{"token_str": "x", "score": 1}]],
    ],
)
def test_labels_in_every_shape_largest_first(answer: Any) -> None:
    assert labels(answer) == BOTH


def test_one_label_alone_and_scores_within_their_bounds() -> None:
    assert labels({"answer": "Ada", "score": 1.0000001, "start": 0, "end": 3}) == (Label("Ada", 1.0),)
    assert labels([{"label": "x", "score": -1e-9}]) == (Label("x", 0.0),)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "good",
        [None],
        [{"label": "good"}],
        [{"score": 0.5}],
        [{"label": "good", "score": "high"}],
        [{"label": "good", "score": True}],
        [{"label": "good", "score": float("nan")}],
        {"labels": ["a", "b"], "scores": [1.0]},
        {"labels": ["a"]},
    ],
)
def test_what_are_no_labels(answer: Any) -> None:
    with pytest.raises(Malformed):
        labels(answer)


TEXT = "Zoë Kravitz lebt 👋 in São Paulo."


def group(word: str, start: Any, end: Any, kind: str = "PER") -> dict[str, Any]:
    return {"entity_group": kind, "word": word, "start": start, "end": end, "score": 0.9}


def test_entities_stand_in_the_order_of_the_text() -> None:
    found = entities([group("São Paulo", 22, 31, "LOC"), group("Zoë Kravitz", 0, 11)], TEXT)
    assert found == (Entity("PER", "Zoë Kravitz", 0, 11, 0.9), Entity("LOC", "São Paulo", 22, 31, 0.9))


@pytest.mark.parametrize(
    ("start", "end"),
    [(27, 37), (None, None), (-3, 2), (22, 999), ("22", "31"), (0, 3)],  # bytes, none, nonsense
)
def test_offsets_that_do_not_fit_are_found_anew(start: Any, end: Any) -> None:
    (found,) = entities([group("são paulo", start, end)], TEXT)
    assert (found.text, found.start, found.end) == ("São Paulo", 22, 31)


def test_a_word_that_is_written_otherwise_keeps_its_offsets() -> None:
    (found,) = entities([group("Sao Paulo", 22, 31)], TEXT)
    assert found.text == "São Paulo"


def test_what_is_not_in_the_text_is_left_out() -> None:
    assert entities([group("Rome", None, None)], TEXT) == ()


def piece(kind: str, word: str, start: int, end: int, score: float = 0.9) -> dict[str, Any]:
    return {"entity": kind, "word": word, "start": start, "end": end, "score": score}


def test_pieces_of_names_are_put_together() -> None:
    pieces = [
        piece("B-PER", "Zo", 0, 2),
        piece("I-PER", "##ë", 2, 3, 0.5),
        piece("I-PER", "Kravitz", 4, 11),
        piece("B-LOC", "São", 22, 25),
        piece("I-LOC", "Paulo", 26, 31),
    ]
    assert entities(pieces, TEXT) == (
        Entity("PER", "Zoë Kravitz", 0, 11, 0.5),
        Entity("LOC", "São Paulo", 22, 31, 0.9),
    )


def test_names_apart_stay_apart() -> None:
    text = "Ada, Bob and Eve"
    found = entities([piece("I-PER", "Ada", 0, 3), piece("I-PER", "Bob", 5, 8), piece("B-PER", "Eve", 13, 16)], text)
    assert [each.text for each in found] == ["Ada", "Bob", "Eve"]


@pytest.mark.parametrize("answer", [None, [1], [{"word": "x"}], [{"entity_group": "PER", "word": "Zoë"}], {"a": 1}])
def test_what_are_no_entities(answer: Any) -> None:
    with pytest.raises(Malformed):
        entities(answer, TEXT)


@pytest.mark.parametrize(
    ("answer", "count", "made"),
    [
        ([[1, 0.5], [0, 1]], 2, [[1.0, 0.5], [0.0, 1.0]]),
        ([[1.0, 0.5]], 1, [[1.0, 0.5]]),
        ([1.0, 0.5], 1, [[1.0, 0.5]]),  # flat
        ([[[1, 0], [0, 1]], [[2, 2]]], 2, [[0.5, 0.5], [2.0, 2.0]]),  # one for every token
        ([[[[1, 0], [0, 1]]]], 1, [[0.5, 0.5]]),
        ([[1, 0], [0, 1]], 1, [[0.5, 0.5]]),
    ],
)
def test_vectors_in_every_shape(answer: Any, count: int, made: list[list[float]]) -> None:
    assert vectors(answer, count) == made


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (None, 1),
        ([], 1),
        ([[]], 1),
        ([[1.0]], 2),
        ([[1.0], [1.0, 2.0]], 2),
        ([["x"]], 1),
        ([[float("inf")]], 1),
        ([[True]], 1),
        ([[[1.0], [1.0, 2.0]]], 1),
        ([[1.0, [2.0]]], 1),
    ],
)
def test_what_are_no_vectors(answer: Any, count: int) -> None:
    with pytest.raises(Malformed):
        vectors(answer, count)


@pytest.mark.parametrize(
    "answer",
    [
        [{"generated_text": "words"}],
        [{"summary_text": "words"}],
        [{"translation_text": "words"}],
        {"text": "words", "chunks": []},
        {"choices": [{"text": "words", "finish_reason": "stop"}]},
        "words",
        ["words"],
    ],
)
def test_text_in_every_shape(answer: Any) -> None:
    assert text(answer) == "words"


def test_half_a_surrogate_pair_is_no_character() -> None:
    assert text("\ud83d\udc4b \ud83d") == "👋 \ufffd"
    assert labels([{"label": "\ud83d", "score": 1}]) == (Label("\ufffd", 1.0),)


@pytest.mark.parametrize("answer", [None, [], {}, [{"other": "x"}], {"text": 1}, {"choices": []}, 7])
def test_what_is_no_text(answer: Any) -> None:
    with pytest.raises(Malformed):
        text(answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"images": [{"url": "https://f/1"}]},
        {"audio": {"url": "https://f/1"}},
        {"output": ["https://f/1"]},
        {"output": "https://f/1"},
    ],
)
def test_where_a_file_is(answer: Any) -> None:
    assert address(answer) == "https://f/1"


@pytest.mark.parametrize("answer", [None, {}, {"images": []}, {"images": [{}]}, {"output": None}, {"output": [1]}])
def test_no_address(answer: Any) -> None:
    with pytest.raises(Malformed):
        address(answer)


FIELDS = ["label", "score", "labels", "scores", "word", "start", "end", "entity", "entity_group", "text", "choices"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["Zoë", "B-PER"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=10,
)


@given(st.sampled_from(sorted(READERS)), JSON)
def test_whatever_comes_is_read_or_refused(task: str, answer: Any) -> None:
    try:
        made = READERS[task](answer, TEXT)
    except Malformed:
        return
    for each in made:
        if isinstance(each, Entity):
            assert TEXT[each.start : each.end] == each.text
        if isinstance(each, Label):
            assert 0 <= each.score <= 1

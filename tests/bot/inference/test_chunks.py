import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ParleyError
from bot.inference.chunks import Answer
from bot.inference.failures import ModelUnavailable
from bot.inference.sse import ServerSentEvent
from bot.replies import Delta


def chunk(delta: Any = None, finish: Any = None, **more: Any) -> dict[str, Any]:
    return {"model": "served/name", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def take(answer: Answer, *chunks: Any) -> list[Delta]:
    events = [ServerSentEvent(each if isinstance(each, str) else json.dumps(each)) for each in chunks]
    return [delta for event in events if (delta := answer.take(event)) is not None]


def text_of(*chunks: Any, max_bytes: int = 10_000) -> str:
    return "".join(delta.text for delta in take(Answer("asked", max_bytes), *chunks))


def test_an_ordinary_answer() -> None:
    answer = Answer("asked/name", 1000)
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    deltas = take(
        answer,
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hello"}),
        chunk({"content": " you"}),
        chunk({}, "stop"),
        {"choices": [], "usage": usage},
        " [DONE] ",
    )
    assert deltas == [Delta(text="Hello", model="served/name"), Delta(text=" you", model="served/name")]
    assert answer.done
    assert answer.last() == Delta(finish="stop", tokens=(9, 2), model="served/name")


def test_who_answers_is_who_was_asked_until_the_server_says_otherwise() -> None:
    answer = Answer("asked/name", 1000)
    nameless = {"choices": [{"delta": {"content": "x"}}]}
    assert [delta.model for delta in take(answer, nameless, chunk({"content": "y"}))] == ["asked/name", "served/name"]
    take(answer, {**nameless, "model": "two\nlines"}, {**nameless, "model": 7})
    assert answer.last().model == "served/name"
    take(answer, {**nameless, "model": "x" * 1000})
    assert answer.last().model == "x" * 100


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_is_kept_apart(field: str) -> None:
    answer = Answer("m", 1000)
    (thought,) = take(answer, chunk({field: "hm", "content": None}))
    assert (thought.thought, thought.text) == ("hm", "")
    assert not answer.said


def test_reasoning_under_both_names_comes_once() -> None:
    (delta,) = take(Answer("m", 1000), chunk({"reasoning": "hm", "reasoning_content": "hm"}))
    assert delta.thought == "hm"


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("eos_token", "stop"),
        ("stop_sequence", "stop"),
        ("tool_calls", "stop"),
        ("length", "length"),
        ("content_filter", "cut"),
        ("abort", "cut"),
        ("anything else", "cut"),
        (None, "cut"),
        ("", "cut"),
    ],
)
def test_how_an_answer_ended(reason: Any, finish: str) -> None:
    answer = Answer("m", 1000)
    take(answer, chunk({"content": "x"}), chunk({}, reason))
    assert answer.last().finish == finish
    assert (answer.finish is None) == (not reason)


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": None},
        {"choices": {}},
        {"choices": [None]},
        {},
        [],
        "null",
        "7",
        '"words"',
        chunk(None),
        chunk("words"),
        chunk({"content": 7}),
        chunk({"content": ["x"]}),
        chunk({"content": "", "reasoning": {}}),
        {"usage": {"prompt_tokens": "many"}},
        {"usage": {"prompt_tokens": 1, "completion_tokens": 10**400}},
        {"usage": {"prompt_tokens": -1, "completion_tokens": 1}},
        {"usage": 7, "model": 7},
        {"error": None},
    ],
)
def test_what_says_nothing_is_passed_over(odd: Any) -> None:
    answer = Answer("m", 1000)
    deltas = take(answer, chunk({"content": "a"}), odd, chunk({"content": "b"}))
    assert "".join(delta.text for delta in deltas) == "ab"
    assert answer.last().tokens is None


@pytest.mark.parametrize("garbage", ["{", "not json", "", "[" * 200_000, '{"a": 1}{"b": 2}'])
def test_what_is_no_json_breaks_the_answer(garbage: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        take(Answer("m", 1000), garbage)
    assert (caught.value.again, caught.value.starts) == ("once", 1)


def test_an_error_is_raised_with_and_without_its_name() -> None:
    with pytest.raises(ParleyError):
        take(Answer("m", 1000), {"error": {"message": "no"}})
    with pytest.raises(ParleyError):
        Answer("m", 1000).take(ServerSentEvent('{"message": "no"}', "error"))


def test_a_surrogate_pair_in_two_pieces_is_one_character() -> None:
    assert text_of(chunk({"content": "a\ud83d"}), chunk({"content": "\udc4bb"})) == "a👋b"
    assert text_of(chunk({"content": "\ud83d"}), chunk({"content": "x"})) == "\ufffdx"
    assert text_of(chunk({"content": "\udc4b"})) == "\ufffd"


@given(st.lists(st.text(st.characters(), max_size=5)), st.integers(0, 30))
def test_text_can_always_be_encoded_and_never_exceeds_its_room(pieces: list[str], room: int) -> None:
    answer = Answer("m", room)
    text = ""
    for piece in pieces:
        if not answer.done:
            text += "".join(delta.text for delta in take(answer, chunk({"content": piece})))
    assert len(text.encode()) <= room
    if answer.done:
        assert answer.last().finish == "cut"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.lists(st.integers(0, 60), max_size=5))
def test_text_is_the_same_however_it_is_cut_even_inside_of_characters(text: str, cuts: list[int]) -> None:
    units = text.encode("utf-16-le")
    borders = [0, *sorted(2 * cut for cut in cuts if 2 * cut < len(units)), len(units)]
    parts = [units[a:b].decode("utf-16-le", "surrogatepass") for a, b in pairwise(borders)]
    assert text_of(*(chunk({"content": part}) for part in parts)) == text


def test_thoughts_count_towards_the_room() -> None:
    answer = Answer("m", 5)
    deltas = take(answer, chunk({"reasoning": "abc"}), chunk({"content": "defgh"}))
    assert [(delta.thought, delta.text) for delta in deltas] == [("abc", ""), ("", "de")]
    assert answer.done


def test_a_whole_answer_instead_of_a_stream() -> None:
    answer = Answer("m", 1000)
    message = {"role": "assistant", "content": "Hello", "reasoning_content": "hm"}
    choice = {"message": message, "finish_reason": "length"}
    body = {"model": "n", "choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    assert answer.take_whole(json.dumps(body).encode()) == Delta(text="Hello", thought="hm", model="n")
    assert answer.last() == Delta(finish="length", tokens=(1, 2), model="n")
    with pytest.raises(ParleyError):
        Answer("m", 1000).take_whole(b'{"error": "no"}')
    with pytest.raises(ModelUnavailable):
        Answer("m", 1000).take_whole(b"\xff")


FIELDS = ["choices", "delta", "message", "content", "reasoning", "finish_reason", "usage", "model", "error", "index"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=15,
)


@given(JSON, st.sampled_from(["", "error", "ping"]))
def test_no_shape_of_json_is_a_bug(body: Any, kind: str) -> None:
    answer = Answer("m", 1000)
    try:
        answer.take(ServerSentEvent(json.dumps(body), kind))
    except ParleyError:
        return
    assert answer.last().finish

from typing import Any

import pytest

from bot.errors import ParleyError
from bot.inference.continuation import Continuation, address, as_openai, base_of, for_tgi, form_of
from bot.inference.sse import ServerSentEvent
from bot.replies import Delta


def taken(*events: str) -> tuple[str, Delta]:
    answer = Continuation("m", 1000)
    deltas = [answer.take(ServerSentEvent(event)) for event in events]
    return "".join(delta.text for delta in deltas if delta), answer.last()


def test_a_stream_of_tgi() -> None:
    said, last = taken(
        '{"index":1,"token":{"text":" one","logprob":-0.1,"special":false},"generated_text":null,"details":null}',
        '{"index":2,"token":{"text":"</s>","logprob":-0.1,"special":true},"generated_text":" one",'
        '"details":{"finish_reason":"eos_token","generated_tokens":2,"seed":null}}',
    )
    assert (said, last.finish) == (" one", "stop")


@pytest.mark.parametrize(("reason", "finish"), [("length", "length"), ("stop_sequence", "stop"), ("eos_token", "stop")])
def test_how_tgi_ends(reason: str, finish: str) -> None:
    event = f'{{"token":{{"text":"x"}},"generated_text":"x","details":{{"finish_reason":"{reason}"}}}}'
    assert taken(event)[1].finish == finish


def test_a_stream_of_openais_kind() -> None:
    said, last = taken(
        '{"object":"text_completion","model":"b","choices":[{"index":0,"text":" one","finish_reason":null}]}',
        '{"choices":[{"index":0,"text":"","finish_reason":"length"}]}',
        '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}',
        "[DONE]",
    )
    assert said == " one"
    assert last == Delta(finish="length", tokens=(3, 1), model="b")


@pytest.mark.parametrize(
    ("body", "text", "finish"),
    [
        (b'[{"generated_text": "one"}]', "one", "stop"),
        (b'{"generated_text": "one", "details": {"finish_reason": "length"}}', "one", "length"),
        (b'{"choices": [{"text": "one", "finish_reason": "length"}]}', "one", "length"),
    ],
)
def test_an_answer_that_came_as_a_whole(body: bytes, text: str, finish: str) -> None:
    answer = Continuation("m", 1000)
    delta = answer.take_whole(body)
    assert delta is not None
    assert (delta.text, answer.last().finish) == (text, finish)


@pytest.mark.parametrize("chunk", ["[]", "null", "7", '{"choices": 7}', '{"choices": [7]}', '{"token": 7}', "{}"])
def test_odd_pieces_say_nothing(chunk: str) -> None:
    assert taken(chunk) == ("", Delta(finish="cut", model="m"))


def test_an_error_in_the_stream_is_raised() -> None:
    with pytest.raises(ParleyError):
        taken('{"error":"Model is overloaded","error_type":"overloaded"}')


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"temperature": 0}, {"do_sample": False}),
        ({"temperature": 0.5, "top_p": 1.0, "seed": None}, {"temperature": 0.5}),
        ({"stop": ["a", "", "b", "c", "d", "e"]}, {"stop": ["a", "b", "c", "d"]}),
        ({"stop": []}, {}),
    ],
)
def test_parameters_within_the_bounds_of_tgi(given: Any, sent: Any) -> None:
    assert for_tgi(given) == {**sent, "return_full_text": False, "details": True}


def test_the_same_in_openais_words() -> None:
    body = {"prompt": "x", **for_tgi({"temperature": 0, "max_new_tokens": 5, "stop": ["a"]})}
    assert as_openai(body) == {"prompt": "x", "temperature": 0, "max_tokens": 5, "stop": ["a"]}
    assert as_openai({"max_tokens": 5}) == {"max_tokens": 5}
    assert as_openai({"max_tokens": None}) == {}


@pytest.mark.parametrize(
    ("url", "form", "base"),
    [
        ("http://h:1", None, "http://h:1"),
        ("http://h:1/", None, "http://h:1"),
        ("http://h:1/tgi", None, "http://h:1/tgi"),
        ("http://h:1/generate", "tgi", "http://h:1"),
        ("http://h:1/a/generate_stream", "tgi", "http://h:1/a"),
        ("http://h:1/v1", "openai", "http://h:1"),
        ("http://h:1/v1/", "openai", "http://h:1"),
        ("http://h:1/v1/completions", "openai", "http://h:1"),
        ("http://h:1/a/v1/chat/completions", "openai", "http://h:1/a"),
    ],
)
def test_addresses(url: str, form: Any, base: str) -> None:
    assert (form_of(url), base_of(url)) == (form, base)
    assert address(url, "tgi") == f"{base}/generate_stream"
    assert address(url, "openai") == f"{base}/v1/completions"

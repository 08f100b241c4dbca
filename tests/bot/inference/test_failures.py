import inspect
import json
import ssl
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ParleyError, Refused
from bot.inference.backend import ContextTooLong
from bot.inference.failures import (
    EXCEPTIONS,
    FOREIGN,
    ModelUnavailable,
    broken,
    in_words,
    of_error,
    of_exception,
    of_status,
    retry_after,
)

MODEL = "org/model"
SECRET = "the person's own words"


def refusal(message: str, code: str | int = "", **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"{message} {SECRET}", "code": code, **more}}


CONTEXT = "This model's maximum context length is 4096 tokens."
NOT_SERVED = "The requested model 'org/model' is not supported by any provider you have enabled."
WORDS: Any = {  # every status of platforms.md: (body, class, again, scope, alarm)
    (400, "not served"): (refusal(NOT_SERVED, "model_not_supported"), "never", "model", False),
    (400, "provider"): (refusal("Model not supported by provider hf-inference"), "never", "model", False),
    (401, ""): (refusal("Invalid username or password."), "never", "host", True),
    (402, ""): (refusal("You have exceeded your monthly included credits"), "never", "host", True),
    (403, ""): (refusal("Access to this model is gated"), "never", "model", True),
    (404, ""): (None, "never", "model", False),
    (429, ""): (refusal("Too many requests"), "later", "model", False),
    (429, "no money"): (refusal("You exceeded your quota", "insufficient_quota"), "never", "host", True),
    (400, "no money"): (refusal("NOT_ENOUGH_BALANCE"), "never", "host", True),
    (500, ""): (None, "once", "model", False),
    (502, ""): (None, "once", "model", False),
    (503, ""): (refusal("loading"), "once", "model", False),
    (504, ""): (None, "never", "model", False),
    (529, ""): (None, "once", "model", False),
    (599, ""): (None, "once", "model", False),
    (307, ""): (None, "never", "host", False),
    (405, ""): (None, "never", "host", False),
}


@pytest.mark.parametrize(("status", "why"), WORDS)
def test_what_a_status_becomes(status: int, why: str) -> None:
    body, again, scope, alarm = WORDS[status, why]
    failure = of_status(status, {}, body, MODEL)
    assert isinstance(failure, ModelUnavailable)
    assert (failure.again, failure.scope, failure.alarm) == (again, scope, alarm)
    assert f"status={status}" in failure.detail


@pytest.mark.parametrize("status", [400, 409, 418, 422])
def test_a_request_that_the_model_does_not_understand_is_refused(status: int) -> None:
    failure = of_status(status, {}, refusal("temperature must be 1"), MODEL)
    assert type(failure) is Refused
    assert MODEL in failure.message


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, refusal("Too much", "context_length_exceeded")),
        (400, refusal(CONTEXT)),
        (400, {"object": "error", "message": CONTEXT, "type": "BadRequestError", "code": 400}),
        (400, refusal("the request exceeds the available context size", type="exceed_context_size_error")),
        (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096."}),
        (
            422,
            {"error": "Input validation error: `inputs` must have less than 1024 tokens.", "error_type": "validation"},
        ),
        (400, refusal("prompt is too long: 9000 tokens > 8192 maximum")),
        (413, None),
    ],
)
def test_a_prompt_that_is_too_long_may_be_halved(status: int, body: Any) -> None:
    failure = of_status(status, {}, body, MODEL)
    assert type(failure) is ContextTooLong
    assert "/new" in failure.message


def test_a_retry_after_makes_it_worth_waiting_and_is_said() -> None:
    for status in (429, 503):
        failure = of_status(status, {"retry-after": "7"}, None, MODEL)
        assert isinstance(failure, ModelUnavailable)
        assert (failure.again, failure.retry_after) == ("later", 7)
        assert failure.message.endswith("Please try again in 7 s.")
    assert of_status(504, {"retry-after": "7"}, None, MODEL).again == "never"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0.07", 0.07),
        (" 120 ", 120),
        ("-5", 0),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 20 Nov 2026 13:00:00 +0100", 0),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("1e999", None),
    ],
)
def test_both_forms_of_retry_after(value: str, seconds: float | None) -> None:
    now = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
    assert retry_after({"retry-after": value}, now) == seconds


@given(st.text())
def test_no_header_breaks_it(value: str) -> None:
    seconds = retry_after({"retry-after": value}, datetime(2026, 11, 20, tzinfo=UTC))
    assert seconds is None or seconds >= 0


def test_the_budget_names_the_day_on_which_it_returns() -> None:
    failure = of_status(402, {}, None, MODEL)
    assert failure.message.endswith(f"returns on 1 {first_of_next_month():%B %Y}.")


def first_of_next_month() -> datetime:
    now = datetime.now(UTC)
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)


def test_the_table_knows_every_exception_of_aiohttp() -> None:
    public = {each for _, each in inspect.getmembers(aiohttp, inspect.isclass) if issubclass(each, aiohttp.ClientError)}
    assert public | {TimeoutError, OSError, ssl.SSLCertVerificationError} == set(EXCEPTIONS)


@pytest.mark.parametrize(
    ("error", "again", "scope", "alarm"),
    [
        (TimeoutError(), "never", "model", False),
        (OSError(), "once", "host", False),
        (ConnectionRefusedError(), "once", "host", False),
        (aiohttp.ServerDisconnectedError(), "once", "host", False),
        (aiohttp.ClientPayloadError(), "once", "model", False),
        (ssl.SSLCertVerificationError(), "never", "host", True),
        (ssl.SSLEOFError(), "once", "host", False),
        (aiohttp.InvalidURL("x"), "never", "host", False),
    ],
)
def test_what_an_exception_becomes(error: BaseException, again: str, scope: str, alarm: bool) -> None:
    assert isinstance(error, FOREIGN)
    failure = of_exception(error, MODEL)
    assert (failure.again, failure.scope, failure.alarm) == (again, scope, alarm)
    assert type(error).__name__ in failure.detail


@pytest.mark.parametrize(
    ("error", "again"),
    [
        ({"error": {"message": "gone", "code": 503}}, "once"),
        ({"error": {"message": "slow down", "code": "429"}}, "later"),
        ({"error": "overloaded", "error_type": "overloaded"}, "once"),
        ({"message": "the provider went away"}, "once"),
        ({"error": ["odd"]}, "once"),
        (None, "once"),
        ("just words", "once"),
    ],
)
def test_an_error_inside_of_a_stream(error: Any, again: str) -> None:
    failure = of_error(error, MODEL)
    assert isinstance(failure, ModelUnavailable)
    assert (failure.again, failure.starts) == (again, 1)


def test_an_error_inside_of_a_stream_can_be_about_the_context() -> None:
    assert type(of_error(refusal(CONTEXT, 400), MODEL)) is ContextTooLong
    assert type(of_error({"error": "no", "error_type": "validation"}, MODEL)) is Refused


FIELDS = ["error", "message", "code", "type", "error_type", "detail", "other"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(SECRET) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)


@given(st.integers(300, 599), JSON)
def test_whatever_a_server_says_it_is_never_repeated(status: int, body: Any) -> None:
    for failure in (of_status(status, {"x-request-id": SECRET}, body, MODEL), of_error(body, MODEL)):
        assert isinstance(failure, ParleyError)
        assert SECRET not in failure.message + failure.detail


def test_codes_and_request_ids_reach_the_log() -> None:
    headers = {"x-request-id": "Root=1-67ee3d50-44017165644014b531529bab;db652428"}
    detail = of_status(422, headers, refusal("no", "bad_thing", type="invalid_request_error"), MODEL).detail
    assert detail == f"status=422 code=bad_thing type=invalid_request_error request={headers['x-request-id']}"


def test_alarms_say_what_the_operator_can_do() -> None:
    assert "HF_TOKEN" in of_status(401, {}, None, MODEL).detail
    assert "credit" in of_status(402, {}, None, MODEL).detail
    assert "Inference Providers" in of_status(403, {}, None, MODEL).detail
    assert "inference.base_url" in of_status(308, {}, None, MODEL).detail


def test_a_model_without_a_name_is_just_the_model() -> None:
    assert broken("", "x").message == "The model has a problem at the moment."
    assert json.dumps(broken(MODEL, "x").message) == '"The model org/model has a problem at the moment."'


@pytest.mark.parametrize(("seconds", "words"), [(0.05, "1 s"), (7, "7 s"), (6.2, "7 s"), (99, "99 s"), (120, "2 min")])
def test_waiting_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words

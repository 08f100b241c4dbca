"""One unreadable update never costs its batch, and no person's text reaches a log."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update
from telegram.error import TelegramError

from adapters.telegram.request import Request, UpdatesRequest, quieten

GOOD: dict[str, Any] = {
    "update_id": 2,
    "message": {
        "message_id": 5,
        "date": 1_700_000_000,
        "chat": {"id": 1, "type": "private", "first_name": "Alice"},
        "from": {"id": 1, "is_bot": False, "first_name": "Alice"},
        "text": "hello",
        "entities": [{"type": "bold", "offset": 0, "length": 2}],
    },
}


def received(*updates: Any) -> Any:
    return UpdatesRequest.parse_json_payload(json.dumps({"ok": True, "result": updates}).encode())["result"]


@pytest.mark.parametrize(
    "bad",
    [
        {"update_id": 1, "message": {"text": "a secret"}},
        {"update_id": 1, "message": {**GOOD["message"], "date": "a secret"}},
        {"update_id": 1, "message": {**GOOD["message"], "date": 10**18}},
        {"update_id": 1, "message": {**GOOD["message"], "chat": "a secret"}},
        {"update_id": 1, "message": ["a secret"]},
        {"update_id": 1, "callback_query": {"data": "a secret"}},
    ],
)
def test_a_bad_update_is_replaced_by_its_bare_id(bad: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    assert received(bad, GOOD) == [{"update_id": 1}, GOOD]
    assert "update 1 cannot be read" in caplog.text
    assert "a secret" not in caplog.text


def test_what_has_no_id_cannot_be_confirmed_and_is_left_out() -> None:
    assert received({"message": {}}, "text", None, {"update_id": "7"}, GOOD) == [GOOD]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path, *(found for key in keys for found in paths(value[key], (*path, key)))]


@given(st.sampled_from(paths(GOOD["message"])[1:]), json_values)
def test_the_library_reads_whatever_is_left(path: tuple[Any, ...], value: Any) -> None:
    update = json.loads(json.dumps(GOOD))
    inner = update["message"]
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    Update.de_list(received(update))


@pytest.mark.parametrize(
    "payload", [b"<html>a secret</html>", b'{"a": "a secret"', b"[1]", b'"a secret"', b"{}", b"\xff"]
)
def test_an_unreadable_answer_is_an_error_without_its_text(payload: bytes, caplog: pytest.LogCaptureFixture) -> None:
    for request in (Request, UpdatesRequest):
        with pytest.raises(TelegramError) as raised:
            request.parse_json_payload(payload)
        assert "a secret" not in str(raised.value)
    assert caplog.text == ""


def test_errors_are_left_to_the_library() -> None:
    refusal = {"ok": False, "error_code": 409, "description": "Conflict"}
    assert UpdatesRequest.parse_json_payload(json.dumps(refusal).encode()) == refusal


def test_what_prints_the_token_is_silenced() -> None:
    quieten()
    assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in ("httpx", "httpcore", "telegram"))

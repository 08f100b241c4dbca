"""What the library's errors mean for us."""

import inspect
import json
from datetime import timedelta

import httpx
import pytest
from telegram import error as errors
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from adapters.telegram.failures import (
    CLASSES,
    FLOOD_SECONDS,
    Trouble,
    describe,
    retry_after,
    translate,
    trouble_of,
    trouble_of_answer,
)
from bot.errors import Barred, Gone, Unavailable


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def test_the_table_knows_every_error_of_the_library() -> None:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, TelegramError)]
    assert set(CLASSES) == set(classes)


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        ("Message is not modified: specified new message content and reply markup are exactly the same", "unmodified"),
        ("There is no text in the message to edit", "captioned"),
        ("Message to edit not found", "gone"),
        ("Message can't be edited", "fixed"),
        ("MESSAGE_ID_INVALID", "gone"),
        ("Chat not found", "unreachable"),
        ("TOPIC_CLOSED", "unreachable"),
        ("Message thread not found", "gone"),
        ("TOPIC_DELETED", "gone"),
        ("Not enough rights to send text messages to the chat", "unreachable"),
        ("CHAT_SEND_PLAIN_FORBIDDEN", "unreachable"),
        ("Can't parse entities: can't find end of the entity starting at byte offset 3", "entities"),
        ("Can't parse MessageEntity: wrong offset or length specified", "entities"),
        ("Entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 5", "entities"),
        ("Entity begins or ends in a middle of a UTF-16 symbol at UTF-16 offset 1", "entities"),
        ("ENTITIES_TOO_LONG", "entities"),
        ("ENTITY_BOUNDS_INVALID", "entities"),
        ("Message to be replied not found", "reply"),
        ("Query is too old and response timeout expired or query id is invalid", "late"),
        ("Message text is empty", "refused"),
        ("Message is too long", "refused"),
    ],
)
def test_a_400_means_what_its_words_say(words: str, trouble: Trouble) -> None:
    assert trouble_of(BadRequest(f"Bad Request: {words}")) == trouble
    assert trouble_of(BadRequest(words)) == trouble
    answer = {"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}
    assert trouble_of_answer(400, json.dumps(answer).encode()) == trouble


@pytest.mark.parametrize(
    ("status", "answer", "trouble"),
    [
        (400, b"<html>", "refused"),
        (400, b"[]", "refused"),
        (401, b"", "login"),
        (403, b"", "unreachable"),
        (404, b"", "login"),
        (409, b"", "conflict"),
        (413, b"", "refused"),
        (429, b"", "flood"),
        (502, b"", "unsent"),
        (504, b"", "unknown"),
    ],
)
def test_any_other_answer_means_what_its_status_says(status: int, answer: bytes, trouble: Trouble) -> None:
    assert trouble_of_answer(status, answer) == trouble


@pytest.mark.parametrize(
    ("cause", "trouble"),
    [
        (httpx.ConnectError("no route"), "unsent"),
        (httpx.ConnectTimeout("slow"), "unsent"),
        (httpx.PoolTimeout("full"), "unsent"),
        (httpx.ReadTimeout("slow"), "unknown"),
        (httpx.WriteError("reset"), "unknown"),
        (httpx.RemoteProtocolError("closed"), "unknown"),
        (RuntimeError("client is closed"), "unknown"),
    ],
)
def test_whether_a_call_left_is_known_from_its_cause(cause: Exception, trouble: Trouble) -> None:
    for kind in (TimedOut, NetworkError):
        error = kind("trouble")
        error.__cause__ = cause
        assert trouble_of(error) == trouble


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        ("Bad Gateway", "unsent"),
        ("Internal Server Error: restart", "unsent"),
        ("Gateway Timeout (504). Parsing the server response b'<html>' failed", "unknown"),
        ("Too Many Requests (429). Parsing the server response b'<html>' failed", "flood"),
        ("Request Entity Too Large", "refused"),
    ],
)
def test_a_status_of_the_server_is_known_from_its_words(words: str, trouble: Trouble) -> None:
    error = NetworkError(words)
    error.__cause__ = TelegramError("unreadable")
    assert trouble_of(error) == trouble


def test_how_long_to_wait() -> None:
    assert retry_after(RetryAfter(7)) == 7.0
    assert retry_after(RetryAfter(timedelta(milliseconds=250))) == 0.25
    assert retry_after(NetworkError("Too Many Requests (429)")) == FLOOD_SECONDS
    assert retry_after(Forbidden("Forbidden: bot was blocked by the user")) is None


def test_how_long_to_wait_is_read_as_the_library_gives_it_without_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "false")
    with pytest.warns(DeprecationWarning, match="retry_after"):
        assert retry_after(RetryAfter(7)) == 7.0


def test_in_our_words() -> None:
    flood = translate(RetryAfter(7))
    assert isinstance(flood, Unavailable)
    assert flood.retry_after == 7.0
    assert isinstance(translate(TimedOut()), Unavailable)
    assert isinstance(translate(InvalidToken()), Unavailable)
    assert isinstance(translate(Forbidden("Forbidden: bot was kicked")), Barred)
    assert isinstance(translate(BadRequest("Bad Request: chat not found")), Barred)
    assert isinstance(translate(BadRequest("Bad Request: message to edit not found")), Gone)


def test_no_text_and_no_token_in_what_is_logged() -> None:
    said = NetworkError("Bad Gateway (502). Parsing the server response b'a secret' failed")
    assert describe(said) == "NetworkError: Bad Gateway (502)"
    assert describe(InvalidToken("The token `1:abc` was rejected by the server.")) == "InvalidToken"

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Unavailable
from bot.log import BLOT, Formatter, question_id

SECRET = "own-server-key-12345"


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bot.test", logging.INFO, "", 0, message, arguments, exc_info)


@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        "hf_AbCdEfGhIjKlMnOp",
        "123456789:AAabcdefghijklmnopqrstuvwxyz0123456",
        "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB",
        "https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb246MTIzNDU2/messages/@original",
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_secrets_are_blotted_out(secret: str, as_json: bool) -> None:
    line = Formatter([SECRET], as_json=as_json).format(record("sent with %s here", secret))
    assert BLOT in line
    assert secret not in line
    assert "aW50ZXJhY3Rpb246MTIzNDU2" not in line
    assert "here" in line


def test_a_record_carries_the_question() -> None:
    token = question_id.set("q42")
    try:
        assert "[q42] hello" in Formatter([]).format(record("hello"))
        assert json.loads(Formatter([], as_json=True).format(record("hello")))["question"] == "q42"
    finally:
        question_id.reset(token)


def test_a_traceback_says_where_but_not_what_the_person_wrote() -> None:
    written = "yraid"[::-1]
    try:
        int(written)
    except ValueError:
        error = sys.exc_info()[1]
    text = Formatter([]).format(record("a bug", error=error))
    assert "test_log.py" in text
    assert "ValueError" in text
    assert "diary" not in text


def test_our_own_errors_keep_their_sentence() -> None:
    text = Formatter([]).format(record("x", error=Unavailable("Try later.", detail="status 503")))
    assert "Try later. status 503" in text


@given(st.text())
def test_whatever_is_logged_stays_on_one_line(text: str) -> None:
    line = Formatter([]).format(record("%s", text))
    assert line.isprintable()
    assert len(line.splitlines()) == 1

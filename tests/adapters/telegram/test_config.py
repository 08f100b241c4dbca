"""The section [telegram]."""

import pytest
from pydantic import ValidationError

from adapters.telegram.config import TelegramConfig


def test_files_come_from_the_same_server() -> None:
    assert TelegramConfig().file_url == "https://api.telegram.org/file/bot"
    assert TelegramConfig(api_url="http://127.0.0.1:8081/bot").file_url == "http://127.0.0.1:8081/file/bot"


@pytest.mark.parametrize(
    "wrong", [{"api_url": "https://api.telegram.org"}, {"poll_seconds": 51}, {"group_edit_seconds": -1}, {"tokn": "x"}]
)
def test_what_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TelegramConfig.model_validate(wrong)


def test_bots_are_named_in_one_variable() -> None:
    assert TelegramConfig.model_validate({"answer_bots": "@one_bot, 55"}).answer_bots == ("@one_bot", "55")

import pytest

from bot.commands import COMMANDS
from bot.commands.help import document, explain, overview
from bot.errors import Mistaken

BY_NAME = {command.name: command for command in COMMANDS if not command.hidden}


def test_the_overview_names_every_command_with_its_summary() -> None:
    text = overview(COMMANDS)
    for command in BY_NAME.values():
        assert f"`/{command.name}`" in text
        assert command.summary in text


@pytest.mark.parametrize("name", ["chat", "/chat", " CHAT "])
def test_one_command_is_explained(name: str) -> None:
    text = explain(BY_NAME, name)
    assert "`/chat <text>`" in text
    assert "What you want to say" in text
    assert BY_NAME["chat"].example in text


def test_a_command_that_does_not_exist() -> None:
    with pytest.raises(Mistaken, match="/help"):
        explain(BY_NAME, "dance")


def test_the_document_has_a_section_for_every_command() -> None:
    assert [line[4:] for line in document(COMMANDS).splitlines() if line.startswith("## ")] == list(BY_NAME)

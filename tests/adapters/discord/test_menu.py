"""The menu of slash commands."""

from dataclasses import replace
from typing import Annotated, Literal

import pytest

from adapters.discord.menu import digest, menu
from bot.commands.command import About, Command, Parameter, command
from bot.events import Attachment
from bot.replies import Reply
from simulators.discord.commands import check_all

NO_FILE = Attachment("", "", 0, "")


@command()
async def plain(call: object) -> Reply:
    """Do it."""
    return Reply("")


@command(role="admin")
async def everything(
    call: object,
    text: Annotated[str, About("Some words", rest=True)],
    count: Annotated[int, About("How many", bounds=(1, 4))] = 1,
    share: Annotated[float, About("How much", bounds=(0.5, 2))] = 1.0,
    tone: Annotated[Literal["dry", "warm"], About("Which tone")] = "dry",
    model: Annotated[str, About("Which model", completes="models")] = "",
    loud: Annotated[bool, About("Shout")] = False,
    file: Annotated[Attachment, About("A file")] = NO_FILE,
) -> Reply:
    """Take all there is."""
    return Reply("")


def test_a_plain_command() -> None:
    assert menu([plain]) == [
        {
            "type": 1,
            "name": "plain",
            "description": "Do it.",
            "options": [],
            "contexts": [0, 1, 2],
            "integration_types": [0, 1],
        }
    ]


def test_every_kind_of_parameter() -> None:
    (payload,) = menu([everything])
    assert payload["default_member_permissions"] == "32"
    shapes = {
        each["name"]: {k: v for k, v in each.items() if k not in ("name", "description")} for each in payload["options"]
    }
    assert shapes == {
        "text": {"type": 3, "required": True, "max_length": 6000},
        "count": {"type": 4, "required": False, "min_value": 1, "max_value": 4},
        "share": {"type": 10, "required": False, "min_value": 0.5, "max_value": 2},
        "tone": {"type": 3, "required": False, "choices": [{"name": n, "value": n} for n in ("dry", "warm")]},
        "model": {"type": 3, "required": False, "max_length": 6000, "autocomplete": True},
        "loud": {"type": 5, "required": False},
        "file": {"type": 11, "required": False},
    }


def test_discord_would_take_it() -> None:
    check_all(menu([plain, everything]))


def test_a_command_may_stand_in_the_menu_of_messages_too() -> None:
    typed, on_message = menu([replace(plain, on_message="Do it here", role="admin")])
    assert typed["name"] == "plain"
    assert on_message == {
        "type": 3,
        "name": "Do it here",
        "contexts": [0, 1, 2],
        "integration_types": [0, 1],
        "default_member_permissions": "32",
    }
    check_all([typed, on_message])


def test_a_hidden_command_stands_in_none() -> None:
    assert menu([replace(plain, hidden=True, on_message="Do it here")]) == []


def test_required_options_come_first() -> None:
    first, second = Parameter("a", "A", "text", required=False), Parameter("b", "B", "text")
    (payload,) = menu([replace(plain, parameters=(first, second))])
    assert [each["name"] for each in payload["options"]] == ["b", "a"]


def test_more_choices_than_a_list_shows_are_completed() -> None:
    many = Parameter("a", "A", "choice", choices=tuple(map(str, range(26))))
    (payload,) = menu([replace(plain, parameters=(many,))])
    assert payload["options"][0]["autocomplete"] is True
    assert "choices" not in payload["options"][0]


def test_what_discord_would_refuse_is_refused_here() -> None:
    with pytest.raises(ValueError, match="100 commands"):
        menu([plain] * 101)
    with pytest.raises(ValueError, match="15 commands"):
        menu([replace(plain, on_message="Do it here")] * 16)
    with pytest.raises(ValueError, match="32 characters"):
        menu([replace(plain, on_message="x" * 33)])
    long = Parameter("a", "A", "choice", choices=tuple("x" * 99 + chr(65 + n) for n in range(25)))
    with pytest.raises(ValueError, match="8000 characters"):
        menu([replace(plain, parameters=(long, replace(long, name="b")))])


def test_the_digest_changes_with_the_menu_only() -> None:
    def of(*commands: Command) -> str:
        return digest(menu(commands))

    assert of(plain) == of(plain)
    assert of(plain) != of(plain, everything)
    assert of(plain) != of(replace(plain, summary="Do it now."))

from typing import Annotated

import pytest

from bot.commands import COMMANDS
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.completion import MOST, completions
from bot.inference.catalogue import Catalogue, Offer
from bot.replies import Reply
from tests.house import House


@command()
async def choose(
    call: Call,
    model: Annotated[str, About("Which one", completes="models")] = "",
    word: Annotated[str, About("Any word")] = "",
) -> Reply:
    """Choose a model."""
    return Reply(model + word)


@command(hidden=True)
async def chosen(call: Call) -> Reply:
    """Be ordered by a reply."""
    return Reply("")


NAMES = ("Qwen/Qwen3-32B", "openai/gpt-oss-20b", *(f"many/model-{number}" for number in range(40)))
HOUSE = House(
    commands=(*COMMANDS, choose, chosen),
    catalogue=Catalogue(
        {name: (Offer("p", live=True),) for name in NAMES} | {"openai/gone": (Offer("p", live=False),)}
    ),
)


@pytest.mark.parametrize(
    ("name", "parameter", "typed", "found"),
    [
        ("help", "command", " /RET", ["retry"]),
        ("help", "command", "cho", ["choose"]),  # not what only a reply orders
        ("choose", "model", "qwen", ["Qwen/Qwen3-32B"]),
        ("choose", "model", "gpt oss", ["openai/gpt-oss-20b"]),
        ("choose", "model", "gone", []),
        ("choose", "word", "q", []),
        ("choose", "nothing", "q", []),
        ("nothing", "model", "q", []),
    ],
)
def test_what_a_typed_beginning_is_completed_to(name: str, parameter: str, typed: str, found: list[str]) -> None:
    assert list(completions(HOUSE.services, name, parameter, typed)) == found


def test_no_more_than_a_platform_shows() -> None:
    assert len(completions(HOUSE.services, "choose", "model", "many")) == MOST

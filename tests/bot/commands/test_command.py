from typing import Annotated, Literal

import pytest

from bot.commands import COMMANDS
from bot.commands.command import NAME, About, Command, Parameter, command
from bot.replies import Reply


async def paint(
    call: object,
    prompt: Annotated[str, About("What to paint", rest=True)],
    count: Annotated[int, About("How many", bounds=(1, 4))] = 1,
    style: Annotated[Literal["photo", "comic"], About("How it looks")] = "photo",
    spoiler: Annotated[bool, About("Hide it at first")] = False,
) -> Reply:
    """Paint a picture.

    More about it, which menus do not show.
    """
    return Reply(prompt)


def test_a_function_says_everything_about_its_command() -> None:
    described = command("/paint a cat", private=True)(paint)
    assert described == Command(
        name="paint",
        summary="Paint a picture.",
        parameters=(
            Parameter("prompt", "What to paint", "text", rest=True),
            Parameter("count", "How many", "int", required=False, default=1, bounds=(1, 4)),
            Parameter("style", "How it looks", "choice", required=False, default="photo", choices=("photo", "comic")),
            Parameter("spoiler", "Hide it at first", "flag", required=False, default=False),
        ),
        run=paint,
        example="/paint a cat",
        private=True,
    )


async def Shout(call: object) -> Reply:  # noqa: N802
    """A name that no platform takes."""
    return Reply("")


async def silent(call: object) -> Reply:
    return Reply("")


async def wordy(call: object) -> Reply:
    """One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen."""
    return Reply("")


async def bare(call: object, text: str) -> Reply:
    """Take a parameter of which nothing is said."""
    return Reply(text)


@pytest.mark.parametrize("run", [Shout, silent, wordy, bare])
def test_what_a_platform_would_refuse_is_refused_when_it_is_defined(run: object) -> None:
    with pytest.raises(ValueError, match=r"name|summary|Annotated"):
        command()(run)  # type: ignore[arg-type]


def test_every_command_has_its_own_name_and_an_example_of_itself() -> None:
    assert len({each.name for each in COMMANDS}) == len(COMMANDS)
    for each in COMMANDS:
        assert NAME.fullmatch(each.name)
        assert each.example.startswith(f"/{each.name}")

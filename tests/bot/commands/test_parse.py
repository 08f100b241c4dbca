from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import COMMANDS
from bot.commands.command import Command, Parameter
from bot.commands.parse import bind_line, bind_values, usage
from bot.errors import Mistaken
from bot.events import Attachment
from bot.replies import Reply


async def nothing(call: object, **values: Any) -> Reply:
    return Reply("")


PAINT = Command(
    "paint",
    "Paint.",
    (
        Parameter("prompt", "What to paint", "text"),
        Parameter("count", "How many", "int", required=False, default=1, bounds=(1, 4)),
        Parameter("guidance", "How strictly", "float", required=False),
        Parameter("style", "How it looks", "choice", required=False, default="photo", choices=("photo", "comic")),
        Parameter("spoiler", "Hide it", "flag", required=False, default=False),
        Parameter("image", "A picture to start from", "file", required=False),
    ),
    nothing,
    '/paint "a red cat" --count 2',
)
SAY = Command(
    "say",
    "Say.",
    (
        Parameter("loud", "Louder", "flag", required=False, default=False),
        Parameter("text", "What to say", "text", rest=True),
    ),
    nothing,
    "/say hello",
)
PLAIN = {"count": 1, "guidance": None, "style": "photo", "spoiler": False, "image": None}


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("cat", {"prompt": "cat"}),
        ('"a red cat" 3', {"prompt": "a red cat", "count": 3}),
        ("'a red cat' --count=2", {"prompt": "a red cat", "count": 2}),
        ("“a red cat” —count 2", {"prompt": "a red cat", "count": 2}),
        (r'"a \"red\" cat"', {"prompt": 'a "red" cat'}),
        ("--style comic --spoiler cat", {"prompt": "cat", "style": "comic", "spoiler": True}),
        ("--spoiler no cat", {"prompt": "cat"}),
        ("cat --guidance 7.5", {"prompt": "cat", "guidance": 7.5}),
        ("  cat\n2 ", {"prompt": "cat", "count": 2}),
    ],
)
def test_a_line_is_understood(line: str, values: dict[str, Any]) -> None:
    assert bind_line(PAINT, line) == PLAIN | values


def test_a_file_fills_its_parameter() -> None:
    file = Attachment("cat.png", "image/png", 10, "ref")
    assert bind_line(PAINT, "cat", [file])["image"] == file


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "prompt is missing"),
        ("cat many", "count must be a whole number"),
        ("cat 9", "from 1 to 4"),
        ("cat --style oil", "one of photo, comic"),
        ("cat --size 3", "no --size"),
        ("cat --count 1 --count 2", "given twice"),
        ("cat --count", "--count needs a value"),
        ("cat 1 2 photo what else", "nothing more was expected"),
        ('"cat', "quotation mark"),
        ('""', "prompt is empty"),
    ],
)
def test_a_mistake_names_what_was_expected_and_an_example(line: str, expected: str) -> None:
    with pytest.raises(Mistaken) as mistake:
        bind_line(PAINT, line)
    assert expected in mistake.value.message
    assert usage(PAINT) in mistake.value.message
    assert PAINT.example in mistake.value.message


def test_the_rest_is_taken_as_it_stands() -> None:
    line = '--loud it\'s "quoted"  twice --and --so on\n  indented'
    assert bind_line(SAY, line) == {"loud": True, "text": 'it\'s "quoted"  twice --and --so on\n  indented'}


def test_values_that_a_platform_typed_are_checked_too() -> None:
    assert bind_values(PAINT, {"prompt": "cat", "count": 4}) == PLAIN | {"prompt": "cat", "count": 4}
    with pytest.raises(Mistaken, match="from 1 to 4"):
        bind_values(PAINT, {"prompt": "cat", "count": 5})


@given(st.text())
def test_whatever_is_typed_is_understood_or_answered(line: str) -> None:
    for command in (PAINT, SAY, *COMMANDS):
        with suppress(Mistaken):
            assert set(bind_line(command, line)) == {each.keyword or each.name for each in command.parameters}


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("hello there --loud", {"loud": True, "text": "hello there"}),
        ("hello --loud there", {"loud": False, "text": "hello --loud there"}),
        ("hello --loud no", {"loud": False, "text": "hello"}),
        ("hello--loud", {"loud": False, "text": "hello--loud"}),
        ("hello --loud --loud", {"loud": True, "text": "hello --loud"}),
        ("hello --quiet --loud", {"loud": True, "text": "hello --quiet"}),
    ],
)
def test_options_behind_a_text_are_options(line: str, values: dict[str, object]) -> None:
    assert bind_line(SAY, line) == values


def has_no_option(text: str) -> bool:
    return bool(text.strip()) and "-loud" not in text and "—loud" not in text


@given(st.text().filter(has_no_option))
def test_free_text_survives_whole(text: str) -> None:
    assert bind_line(SAY, text)["text"] == text.strip()

"""docs/admins.md: every line that it tells people to send is understood."""

import re
from pathlib import Path

import pytest

from bot.commands import COMMANDS
from bot.commands.parse import bind_line

DOC = (Path(__file__).parents[3] / "docs" / "admins.md").read_text("utf-8")
BY_NAME = {command.name: command for command in COMMANDS}
LINES = sorted({*re.findall(r"^    (/\S.*)$", DOC, re.MULTILINE), *re.findall(r"\| `(/[^`]+)` \|", DOC)})


@pytest.mark.parametrize("line", LINES)
def test_an_example_is_understood(line: str) -> None:
    name, _, rest = line[1:].partition(" ")
    bind_line(BY_NAME[name], rest)


def test_every_command_that_is_named_exists() -> None:
    assert len(LINES) > 30
    assert set(re.findall(r"`/([a-z]+)[ `]", DOC)) <= {*BY_NAME}


def test_every_command_for_those_in_charge_is_named() -> None:
    ours = {"claim", "open", "allow", "deny", "ban", "access", "whoami", "usage", "limit", "model", "models"}
    assert all(f"/{name}" in DOC for name in ours | {"settings", "persona"})

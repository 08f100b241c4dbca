"""All parts are looked at together, and nothing keeps another from being seen."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from bot.checking import PATIENCE, WANTING, WELL, look_at, tell
from bot.errors import Misconfigured
from bot.finding import Clocks, Finding
from tests.virtual_time import run

FINE = Finding("fine", "Disk", "there is room.")


async def look(seconds: float, outcome: Finding | Exception) -> Sequence[Finding]:
    await asyncio.sleep(seconds)
    if isinstance(outcome, Exception):
        raise outcome
    return [outcome]


def test_each_part_has_its_own_deadline_and_what_it_raises_is_found() -> None:
    async def scenario() -> tuple[Sequence[Finding], float]:
        begun = asyncio.get_running_loop().time()
        found = await look_at(
            {
                "Slow": partial(look, 3600, FINE),
                "Late": partial(look, PATIENCE - 1, FINE),
                "Wrong": partial(look, 0, Misconfigured("Mend the setting.")),
                "Buggy": partial(look, 0, LookupError("what somebody wrote")),
                "Disk": partial(look, 0, FINE),
            }
        )
        return found, asyncio.get_running_loop().time() - begun

    found, seconds = run(scenario())
    slow, late, wrong, buggy, disk = found
    assert (slow.mark, slow.part) == ("mend", "Slow")
    assert "within 15 s" in slow.text
    assert (late, disk) == (FINE, FINE)
    assert wrong == Finding("mend", "Wrong", "Mend the setting.")
    assert "LookupError" in buggy.text
    assert "somebody" not in buggy.text
    assert seconds == PATIENCE


def test_it_is_told_in_one_line_each_and_whether_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell([FINE, Finding("note", "Disk", "it\nis  old.")])
    assert capsys.readouterr().out == f"fine  Disk: there is room.\nnote  Disk: it is old.\n{WELL}\n"
    assert not tell([Finding("mend", "Disk", "make room."), FINE, Finding("off", "Web port", "none.")])
    assert capsys.readouterr().out.splitlines() == [
        "mend  Disk: make room.",
        "fine  Disk: there is room.",
        "off   Web port: none.",
        WANTING,
    ]


@pytest.mark.parametrize(
    ("ahead", "mark", "word"),
    [
        ({}, "off", "nobody"),
        ({"Discord": 59.0, "Telegram": -59.0}, "fine", "Discord and Telegram"),
        ({"Discord": 300.0, "Telegram": 301.0, "Hugging Face": 0.0}, "mend", "300 s slow"),
        ({"Discord": 0.0, "Telegram": 1.0, "Hugging Face": -4000.0}, "fine", "as those of"),  # it is their clock
        ({"Discord": -90.0}, "mend", "90 s fast"),
    ],
)
def test_clocks_are_judged_by_most_of_them(ahead: dict[str, float], mark: str, word: str) -> None:
    found = Clocks(ahead).finding()
    assert found.mark == mark
    assert word in found.text


def test_a_date_that_cannot_be_read_is_not_heard() -> None:
    clocks = Clocks()
    clocks.hear("Discord", {})
    clocks.hear("Discord", {"Date": "yesterday"})
    clocks.hear("Telegram", {"Date": "Sun, 29 Nov 2026 13:00:00 GMT"})
    assert list(clocks.ahead) == ["Telegram"]

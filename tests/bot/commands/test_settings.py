from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from bot.access import AccessConfig
from bot.replies import Delta
from tests.bot.commands.test_grants import ADMIN, BOB, ELSEWHERE, OWNER, said
from tests.fakes import an_event
from tests.house import House, in_virtual_time


class Thinking:
    """Thinks first, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.asked.append(task)
        yield Delta(thought="hm")
        yield Delta("well")
        yield Delta(finish="stop")


def house() -> House:
    return House(Thinking(), access=AccessConfig(open=True, owners=("fake:root",)))


@in_virtual_time
async def test_all_settings_and_whose_choice_they_are() -> None:
    its = house()
    text = await said(its, "/settings", BOB)
    for line in (
        "- reasoning: folded (as configured)",
        "- streaming: on (as configured)",
        "- temperature: the model's own (as configured)",
        "- persona: none (as configured)",
        "- model: `org/model` (as configured; `/model` has",
    ):
        assert line in text, line
    await said(its, "/settings streaming off --scope here", ADMIN)
    await said(its, "/settings temperature 0.50", BOB)
    text = await said(its, "/settings", BOB)
    assert "- streaming: off (this chat's choice)" in text
    assert "- temperature: 0.5 (your choice)" in text
    assert "- streaming: on" in await said(its, "/settings", BOB, chat=ELSEWHERE)


@in_virtual_time
async def test_a_setting_changes_the_next_answer() -> None:
    its = house()
    assert await said(its, "/settings reasoning SHOWN", BOB) == "Reasoning is shown for you now."
    await said(its, "/settings temperature 1,5", BOB)
    _, screen = await its.answered(an_event("hi", author=BOB))
    assert (screen.pages[0].thought, screen.pages[0].unfolded) == ("hm", True)
    assert its.backend.asked[-1]["temperature"] == 1.5
    assert await said(its, "/settings reasoning hidden", BOB) == "Reasoning is hidden for you now, instead of shown."
    _, screen = await its.answered(an_event("hi", author=BOB))
    assert screen.pages[0].thought == ""
    assert "no longer set for you, instead of 1.5" in await said(its, "/settings temperature default", BOB)
    await its.answered(an_event("hi", author=BOB))
    assert "temperature" not in its.backend.asked[-1]


@in_virtual_time
async def test_changes_are_audited() -> None:
    its = house()
    await said(its, "/settings streaming off --scope everywhere", OWNER)
    assert [(each.who, each.scope, each.name, each.after) for each in its.settings.changes] == [
        ("person:fake:root", "instance", "streaming", "off")
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/settings reasoning loud", "folded, shown, hidden or default"),
        ("/settings streaming maybe", "on, off or default"),
        ("/settings temperature hot", "from 0 (sober) to 2 (wild)"),
        ("/settings temperature 2.1", "from 0 (sober) to 2 (wild)"),
        ("/settings temperature nan", "from 0 (sober) to 2 (wild)"),
        ("/settings all on", "Name a setting"),
        ("/settings model org/model", "/model NAME"),
        ("/settings persona pirate", "/persona use NAME"),
        ("/settings colour red", "name must be one of"),
        ("/settings streaming off --scope here", "Only those in charge"),
        ("/settings streaming off --scope everywhere", "Only this bot's owners"),
    ],
)
def test_mistakes_change_nothing(line: str, answer: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house()
        assert answer in await said(its, line, BOB)
        assert its.settings.changes == []

    scenario()

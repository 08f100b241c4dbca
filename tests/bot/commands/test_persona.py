from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.personas import BUILT_IN, LONGEST, MOST, NAME, Persona, restored, stored
from bot.events import Attachment, Author
from tests.bot.commands.test_grants import ADMIN, BOB, ELSEWHERE, OWNER, said
from tests.bot.commands.test_settings import Thinking, house
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time

PIRATE = "/persona new pirate: You are a pirate.\nArr."


async def told(its: House, author: Author = BOB, **changes: Any) -> tuple[str, float | None]:
    """The system prompt and the temperature of an answer."""
    await its.answered(an_event("hi", author=author, **changes))
    assert isinstance(its.backend, Thinking)
    task = its.backend.asked[-1]
    system = task["messages"][0]["content"].partition("\n\nIn this group chat")[0]
    return ("usual" if system.startswith("You are Parley") else system), task.get("temperature")


@in_virtual_time
async def test_a_persona_is_made_used_and_put_away() -> None:
    its = house()
    assert "`pirate` is kept for you" in await said(its, PIRATE, BOB)
    assert await told(its) == ("usual", None)
    assert "I am `pirate` for you" in await said(its, "/persona use Pirate", BOB)
    assert await told(its) == ("You are a pirate.\nArr.", None)
    assert await told(its, chat=ELSEWHERE) == ("You are a pirate.\nArr.", None)
    assert await told(its, ADMIN) == ("usual", None)
    assert "- persona: pirate (your choice)" in await said(its, "/settings", BOB)
    assert await said(its, "/persona show", BOB) == "**pirate**, your choice\n\nYou are a pirate.\nArr."
    assert "No persona is in use for you any more." in await said(its, "/persona off", BOB)
    assert await told(its) == ("usual", None)


@in_virtual_time
async def test_built_in_personas_have_their_own_temperature() -> None:
    its = house()
    await said(its, "/persona use brief", BOB)
    assert await told(its) == (BUILT_IN["brief"].prompt, 0.3)
    assert "- temperature: 0.3 (the persona's)" in await said(its, "/settings", BOB)
    await said(its, "/persona use teacher", BOB)
    assert await told(its) == (BUILT_IN["teacher"].prompt, None)


@in_virtual_time
async def test_an_own_temperature() -> None:
    its = house()
    await said(its, "/persona new --temperature 1.5 bard: You sing.", BOB)
    await said(its, "/persona use bard", BOB)
    assert await told(its) == ("You sing.", 1.5)
    assert "temperature 1.5" in await said(its, "/persona show bard", BOB)


@in_virtual_time
async def test_admins_make_and_choose_them_for_the_chat() -> None:
    its = house()
    await said(its, "/persona new --scope here guide: You show people round.", ADMIN)
    assert "this chat's: `guide`" in await said(its, "/persona", BOB)
    assert "guide" not in await said(its, "/persona", BOB, chat=ELSEWHERE)
    await said(its, "/persona use guide --scope here", ADMIN)
    assert await told(its) == ("You show people round.", None)
    assert await told(its, chat=ELSEWHERE) == ("usual", None)
    await said(its, "/persona use brief", BOB)
    assert (await told(its))[1] == 0.3
    assert "now is `guide` (this chat's choice)" in await said(its, "/persona off", BOB)
    await said(its, "/persona use teacher --scope everywhere", OWNER)
    assert await told(its, chat=ELSEWHERE) == (BUILT_IN["teacher"].prompt, None)


@in_virtual_time
async def test_the_list_marks_the_one_in_use() -> None:
    its = house()
    await said(its, PIRATE, BOB)
    await said(its, "/persona use pirate", BOB)
    text = await said(its, "/persona list", BOB)
    assert "- yours: `pirate` **← in use**" in text
    assert "- built in: `brief`, `coder`" in text


@in_virtual_time
async def test_changing_the_one_in_use_takes_effect() -> None:
    its = house()
    await said(its, PIRATE, BOB)
    await said(its, "/persona use pirate", BOB)
    assert "changed for you, and in use" in await said(its, "/persona new pirate: Ahoy.", BOB)
    assert (await told(its))[0] == "Ahoy."


@in_virtual_time
async def test_deleting_one_leaves_it_in_use() -> None:
    its = house()
    await said(its, PIRATE, BOB)
    await said(its, "/persona use pirate", BOB)
    assert "deleted for you" in await said(its, "/persona delete pirate", BOB)
    assert "yours" not in await said(its, "/persona", BOB)
    assert (await told(its))[0].startswith("You are a pirate")


@in_virtual_time
async def test_a_long_persona_comes_as_a_file() -> None:
    its = house()
    attached = (Attachment("pirate.txt", "text/plain", 9, "ref"),)
    event = an_event("new pirate", command="persona", author=BOB, attachments=attached)
    screen = Screen(files={"ref": b"You sail."})
    await its.ask(event, screen)
    await its.quiet()
    assert "is kept for you" in screen.text
    assert "You sail." in await said(its, "/persona show pirate", BOB)


@in_virtual_time
async def test_there_may_be_so_many() -> None:
    its = house()
    for number in range(MOST):
        assert "is kept" in await said(its, f"/persona new p{number}: x", BOB)
    assert "already" in await said(its, "/persona new another: x", BOB)
    assert "is kept" in await said(its, "/persona new p0: y", BOB)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/persona use nobody", "There is no persona `nobody`"),
        ("/persona use", "A persona's name has"),
        ("/persona new Käpt'n: x", "A persona's name has"),
        ("/persona new pirate:", "nothing to work on"),
        ("/persona new brief: x", "built in"),
        ("/persona new guide: Be kind. --scope here", "Only those in charge"),
        (f"/persona new long: {'x' * (LONGEST + 1)}", "too long"),
        ("/persona new --temperature 3 hot: x", "temperature must be a number from 0 to 2"),
        ("/persona new --scope here guide: x", "Only those in charge"),
        ("/persona use brief --scope everywhere", "Only this bot's owners"),
        ("/persona delete pirate", "There is no persona"),
        ("/persona off", "No persona is in use"),
        ("/persona show", "No persona is in use"),
        ("/persona show nobody", "There is no persona"),
        ("/persona dance", "action must be one of"),
    ],
)
def test_mistakes_change_nothing(line: str, answer: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house()
        assert answer in await said(its, line, BOB)
        assert its.settings.changes == []

    scenario()


@given(st.text(), st.none() | st.floats(0, 2))
def test_a_persona_comes_back_as_it_was_stored(prompt: str, temperature: float | None) -> None:
    assert restored(stored(Persona(prompt, temperature))) == Persona(prompt, temperature)


def test_built_in_personas_can_be_named() -> None:
    assert all(NAME.fullmatch(name) and len(its.prompt) <= LONGEST for name, its in BUILT_IN.items())

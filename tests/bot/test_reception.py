"""Who comes in, and what buttons do: the core in memory, with commands of its own."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

from bot.access import BANNED, DENIED, STRANGER, AccessConfig
from bot.commands.call import Call
from bot.commands.command import About, Press, command
from bot.errors import Unavailable
from bot.events import Author, Chat, Question
from bot.outcome import RETRY
from bot.reception import NOT_YOURS, NOTHING
from bot.replies import Button, Delta, Media, Order, Reply
from bot.settings import INSTANCE
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time, press

EVE = Author("eve", "Eve", admin=False)
OWNER = "person:fake:boss"
PICTURE = Media(b"png", "image/png", "cat.png")


async def _again(call: Call, target: Question) -> Reply:
    return Reply(f"again: {target.event.text}")


async def _vote(call: Call, target: Question) -> Reply:
    return Reply(f"{call.event.author.name} voted on {target.event.author.name}'s")


@command(presses={"redo": Press(_again, "Again"), "vote": Press(_vote, anyone=True, passing=True)})
async def draw(call: Call, text: Annotated[str, About("What", rest=True)]) -> Reply:
    """Draw something."""

    async def body() -> AsyncGenerator[Delta, None]:
        yield Delta(progress="drawing")
        yield Delta(f"a {text}", media=(PICTURE,), note="seed 1")
        if text == "broken":
            raise Unavailable("The pen broke.")
        yield Delta(finish="stop")

    return Reply(body())


@command(in_lane=False, hidden=True)
async def part(call: Call, number: Annotated[int, About("Which")]) -> Reply:
    """One part."""
    return Reply(f"part {number}")


@command()
async def parts(call: Call) -> Reply:
    """Several answers beside each other."""
    return Reply("here they come", (Button("vote", "1"),), orders=tuple(Order("part", {"number": n}) for n in (1, 2)))


@command(in_lane=False)
async def hum(call: Call) -> Reply:
    """Hum for ever, beside the lane."""

    async def body() -> AsyncGenerator[Delta, None]:
        while True:
            await asyncio.sleep(1)
            yield Delta("hm ")

    return Reply(body())


@command(role="admin")
async def govern(call: Call) -> Reply:
    """For those in charge."""
    return Reply("as you wish")


@command(role="stranger")
async def policy(call: Call) -> Reply:
    """For everybody."""
    return Reply("the policy")


def a_house(**changes: object) -> House:
    commands = (*House().commands, draw, hum, part, parts, govern, policy)
    return House(commands=tuple({each.name: each for each in commands}.values()), **changes)  # type: ignore[arg-type]


def a_closed_house() -> House:
    return a_house(access=AccessConfig(owners=("fake:boss",)))


@in_virtual_time
async def test_a_stranger_hears_one_sentence_costs_nothing_and_the_owner_is_asked_once() -> None:
    house = a_closed_house()
    await house.open()
    question, screen = await house.answered(an_event("hello", author=EVE))
    assert (screen.text, screen.buttons, house.end(question)) == (STRANGER, (), "refused")
    told = house.told["boss"]
    assert "Eve" in told.text
    assert "fake:eve" in told.text
    assert [button.label for button in told.buttons] == ["Allow", "Deny"]
    assert await house.refused(an_event("hello again", author=EVE)) == STRANGER
    assert told.finished == 1
    assert house.ledger.spent == {}
    assert len(house.memory.questions) == 1


@in_virtual_time
async def test_a_strangers_name_is_shown_as_it_is() -> None:
    house = a_closed_house()
    await house.open()
    await house.answered(an_event("hello", author=Author("eve", "[Allow](https://evil.example)", username="e_v_e")))
    assert house.told["boss"].text.startswith(r"\[Allow\](https://evil.example) (@e\_v\_e) would like")


@in_virtual_time
async def test_strangers_who_asked_before_there_was_an_owner_are_told_of_when_they_ask_again() -> None:
    house = a_house(access=AccessConfig())
    await house.open()
    await house.answered(an_event("hello", author=EVE))
    assert house.told == {}
    boss = an_event(author=Author("boss", "Boss"), chat=Chat("boss", "boss", private=True))
    assert await house.services.access.claim(boss, house.services.access.new_code())
    await house.answered(an_event("hello again", author=EVE))
    assert "fake:eve" in house.told["boss"].text


@in_virtual_time
async def test_what_everybody_may_ask_is_answered_to_strangers() -> None:
    house = a_closed_house()
    assert (await house.answered(an_event(command="policy", author=EVE)))[1].text == "the policy"


@in_virtual_time
async def test_who_is_in_charge_of_a_space_is_let_in_there_and_nowhere_else() -> None:
    house = a_closed_house()
    unknown = Author("eve", "Eve", admin=None)
    question = await house.ask(an_event(command="govern", author=unknown), Screen(admin=True))
    await house.quiet()
    assert house.screens[question.id].text == "as you wish"
    private = an_event("hello", author=Author("eve", "Eve", admin=True), chat=Chat("eve", "eve", private=True))
    assert (await house.answered(private))[1].text == STRANGER


@in_virtual_time
async def test_commands_for_those_in_charge_are_refused_to_others() -> None:
    house = a_house()
    question, screen = await house.answered(an_event(command="govern", author=EVE))
    assert screen.text.startswith("Only those in charge")
    assert house.end(question) == "failed-told"


@in_virtual_time
async def test_who_is_banned_hears_so_and_nothing_is_stored() -> None:
    house = a_house()
    await house.services.access.grant(OWNER, INSTANCE, "person:fake:eve", "", "ban")
    assert await house.refused(an_event("hello", author=EVE)) == BANNED
    assert house.memory.questions == {}


@in_virtual_time
async def test_a_command_that_is_switched_off() -> None:
    house = a_house()
    await house.services.access.grant(OWNER, "space:fake:space", "everyone", "draw", "deny")
    assert await house.refused(an_event("cat", command="draw", author=EVE)) == DENIED
    elsewhere = an_event("cat", command="draw", author=EVE, chat=Chat("other", "chat"))
    assert (await house.answered(elsewhere))[1].text == "a cat"


@in_virtual_time
async def test_a_commands_buttons_stand_under_its_whole_answer_and_work_again_and_again() -> None:
    house = a_house()
    question, screen = await house.answered(an_event("cat", command="draw"))
    assert (screen.text, screen.note, screen.media) == ("a cat", "seed 1", [PICTURE])
    assert screen.buttons == (Button("redo", "Again"),)
    for _ in range(2):
        assert (await house.answered(press("redo", question)))[1].text == "again: cat"
    assert await house.refused(press("redo", question, author=EVE)) == NOT_YOURS
    assert await house.refused(press("jump", question)) == NOTHING


@in_virtual_time
async def test_a_command_that_broke_is_done_again_by_retry() -> None:
    house = a_house()
    question, screen = await house.answered(an_event("broken", command="draw"))
    assert (screen.text, screen.buttons, house.end(question)) == ("a broken", (RETRY,), "partial-told")
    assert "The pen broke." in screen.note
    again, screen = await house.answered(press("retry", question))
    assert (screen.text, house.end(again)) == ("a broken", "partial-told")


@in_virtual_time
async def test_a_passing_press_is_answered_at_once_to_anyone_and_not_stored() -> None:
    house = a_house()
    question, _ = await house.answered(an_event("cat", command="draw"))
    assert await house.refused(press("vote", question, author=EVE)) == "Eve voted on Ada's"
    assert len(house.memory.questions) == 1


@in_virtual_time
async def test_answers_beside_each_other_are_questions_of_their_own() -> None:
    house = a_house()
    await house.open()
    question, screen = await house.answered(an_event(command="parts"))
    assert screen.text == "here they come"
    assert screen.buttons == (Button("vote", "1"),)
    others = [other for other in house.memory.questions.values() if other.id != question.id]
    assert sorted(house.screens[other.id].text for other in others) == ["part 1", "part 2"]
    assert {house.end(other) for other in others} == {"answered"}
    assert {other.key for other in others} == {question.key}


@in_virtual_time
async def test_only_a_reply_may_order_a_hidden_command() -> None:
    assert "not for people" in await a_house().refused(an_event("1", command="part"))


@in_virtual_time
async def test_stop_reaches_answers_beside_the_lane() -> None:
    house = a_house()
    question = await house.ask(an_event(command="hum"))
    await asyncio.sleep(3.5)
    _, screen = await house.answered(an_event(command="stop"))
    assert screen.text == "Stopped."
    assert (house.screens[question.id].text, house.end(question)) == ("hm hm hm", "cancelled")


@in_virtual_time
async def test_media_that_were_made_before_a_restart_are_shown_after_it() -> None:
    house = a_house()
    question = await house.dispatcher.accept(an_event("cat", command="draw"))
    assert isinstance(question, Question)
    await house.memory.conclude(question.id, "a cat", "stop", (), (PICTURE,))
    after = a_house(memory=house.memory)
    await after.open()
    await after.quiet()
    screen = after.screens[question.id]
    assert (screen.text, screen.media, screen.buttons) == ("a cat", [PICTURE], (Button("redo", "Again"),))
    assert after.end(question) == "answered"

"""Where answers can stand besides the chat of their question, who is in charge there, and how messages are found."""

import pytest
from telegram import Bot
from telegram import Chat as TelegramChat

from adapters.telegram.addresses import Addresses
from adapters.telegram.admins import Admins
from adapters.telegram.gate import Gate
from adapters.telegram.pace import Pace
from bot.errors import Unavailable, Unreachable
from bot.events import Chat, Question
from bot.replies import Button, Page, Surface
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import Door, serving
from tests.adapters.telegram.test_surface import ours, refusal
from tests.polling import until

ADMINS, ACTIONS = r"/getChatAdministrators$", r"/sendChatAction$"


async def test_an_answer_beside_another_has_messages_of_its_own(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("one")])
        assert door.revive
        beside = door.revive(Question("q9", question.key, question.event, private=False, handle=surface.beside()))
        await beside.open([Page("two")], [Button("vote", "Vote")])
        await surface.finish([Page("one, done")])

    door = Door(answering=answer)
    async with serving(sim, door):
        asked = sim.say(sim.alice, sim.group, "/chat hello")
        await until(lambda: door.running)
    assert [(each.text, each.reply_to) for each in ours(sim, sim.group)] == [("one, done", asked.id), ("two", asked.id)]
    assert ours(sim, sim.group)[1].reply_markup == {"inline_keyboard": [[{"text": "Vote", "callback_data": "vote:q9"}]]}


async def test_a_person_who_started_the_bot_is_reached(sim: TelegramSimulator) -> None:
    door = Door()
    async with serving(sim, door):
        await until(lambda: door.reach)
        assert door.reach
        surface = await door.reach(str(sim.alice.id), "q7")
        await surface.open([Page("A stranger asks.")], [Button("allow", "Allow")])
        assert not await surface.author_is_admin()
        (message,) = sim.messages(sim.private(sim.alice))
        assert message.reply_markup == {"inline_keyboard": [[{"text": "Allow", "callback_data": "allow:q7"}]]}


async def test_who_cannot_be_reached(sim: TelegramSimulator) -> None:
    carol = sim.add_user("Carol", "carol_new")
    sim.block(sim.bob)
    door = Door()
    async with serving(sim, door):
        await until(lambda: door.reach)
        assert door.reach
        for account in (carol.id, sim.bob.id, 77, sim.group.id, "", "0", "ada"):
            with pytest.raises(Unreachable):
                await door.reach(str(account), "q7")
    assert [entry.status for entry in sim.seen(ACTIONS)] == [403, 403, 400]


async def test_messages_are_found_by_their_links(sim: TelegramSimulator) -> None:
    found: dict[str, str] = {}

    async def answer(question: Question, surface: Surface) -> None:
        found[question.event.text] = surface.link(question.event.chat, question.event.message)

    door = Door(answering=answer)
    closed, public = sim.add_group("Closed"), sim.add_group("Public", username="parley_garden")
    async with serving(sim, door):
        sim.say(sim.alice, sim.private(sim.alice), "private")
        sim.say(sim.alice, sim.group, "/chat basic")
        first = sim.say(sim.alice, closed, "/chat closed")
        second = sim.say(sim.alice, public, "/chat public")
        await until(lambda: len(door.running) == 4)
    assert found == {
        "private": "",
        "basic": "",
        "closed": f"https://t.me/c/{str(closed.id).removeprefix('-100')}/{first.id}",
        "public": f"https://t.me/parley_garden/{second.id}",
    }


def test_a_name_that_was_given_up_is_forgotten_and_not_all_are_kept() -> None:
    known = Addresses(most=2)
    for number in range(3):
        known.learn(TelegramChat(-1001 - number, "supergroup", username=f"name{number}"))
    assert known.of(Chat("-1001", "-1001"), "5") == "https://t.me/c/1/5"
    assert known.of(Chat("-1003", "-1003"), "5") == "https://t.me/name2/5"
    known.learn(TelegramChat(-1003, "supergroup"))
    assert known.of(Chat("-1003", "-1003"), "5") == "https://t.me/c/3/5"


async def test_who_is_in_charge_is_asked_once_for_all(sim: TelegramSimulator) -> None:
    found: dict[tuple[str, bool], bool] = {}

    async def answer(question: Question, surface: Surface) -> None:
        found[question.event.author.name, question.event.chat.private] = await surface.author_is_admin()

    door = Door(answering=answer)
    sim.join(sim.bob, sim.group, "creator")
    async with serving(sim, door):
        for person in (sim.alice, sim.admin, sim.bob):
            sim.say(person, sim.group, "/chat")
            sim.say(person, sim.private(person), "/chat")
        await until(lambda: len(door.running) == 6)
    assert found == {
        **{(name, True): False for name in ("Alice", "Ada", "Bob")},
        ("Alice", False): False,
        ("Ada", False): True,
        ("Bob", False): True,
    }
    assert len(sim.seen(ADMINS)) == 1


async def test_who_is_in_charge_is_remembered_for_a_while(sim: TelegramSimulator) -> None:
    other = sim.add_group("Other")
    async with Bot(sim.token, sim.api_url) as bot:
        gate = Gate(Pace(0, 0))
        kept, fresh = Admins(bot, gate, most=1), Admins(bot, gate, kept_seconds=0)
        for known in (kept, fresh):
            assert not await known.include(sim.group.id, sim.alice.id)
        sim.join(sim.alice, sim.group, "administrator")
        assert not await kept.include(sim.group.id, sim.alice.id)
        assert await fresh.include(sim.group.id, sim.alice.id)
        assert await kept.include(other.id, sim.admin.id)  # of two groups one is remembered
        assert await kept.include(sim.group.id, sim.alice.id)
        sim.faults.append(refusal(ADMINS, 500, "Internal Server Error"))
        with pytest.raises(Unavailable):
            await fresh.include(sim.group.id, sim.alice.id)
        sim.kick(sim.group)
        assert not await fresh.include(sim.group.id, sim.alice.id)

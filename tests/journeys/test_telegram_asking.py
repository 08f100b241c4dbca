"""Ways to ask on Telegram besides writing to the bot: edits, forwards, quotes, inline and guest queries; and menus."""

from pathlib import Path

from simulators.completions import Script
from simulators.telegram.values import Message
from tests.journeys.answers import long_answer
from tests.journeys.rows import tell
from tests.journeys.stored import letters, read_aloud, states, until_ended
from tests.journeys.test_telegram import texts
from tests.journeys.world import a_world
from tests.polling import until


def key(message: Message) -> str:
    """Where the button under a message leads."""
    assert message.reply_markup
    return str(message.reply_markup["inline_keyboard"][0][0]["url"])


def told(request: dict[str, object]) -> list[str]:
    """What a model was told, without the system prompt."""
    messages = request["messages"]
    assert isinstance(messages, list)
    return [each["content"] for each in messages[1:]]


async def test_an_edited_question_is_answered_anew_and_an_older_one_is_not(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        older = sim.say(sim.alice, home, "an older question")
        await until_ended(world, 1)
        tell(world, {"what is 2 + 3?": Script("word " * 3000, rate=40)})
        asked = sim.say(sim.alice, home, "what is 2 + 3?")
        await until(lambda: len(texts(world, home)) == 2)
        sim.edit(asked, "what is 2 + 4?")
        await until_ended(world, 3)
        assert states(world.database) == {"answered": 2, "cancelled": 1}
        assert world.hf.open_streams == 0
        assert told(world.hf.requests[-1]) == ["an older question", "You said: an older question", "what is 2 + 4?"]
        sim.edit(older, "an older question, changed")
        sim.edit(asked, "what is 2 + 4?")  # Telegram also tells of what is no change of the text
        sim.say(sim.alice, home, "and now?")
        await until_ended(world, 4)
        assert told(world.hf.requests[-1])[2:] == ["what is 2 + 4?", "You said: what is 2 + 4?", "and now?"]


async def test_in_a_group_what_was_not_for_the_bot_may_become_so_by_an_edit(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        message = sim.say(sim.alice, sim.group, "what time is it?")
        sim.edit(message, f"@{sim.bot.username} what time is it?")
        await until_ended(world, 1)
        assert texts(world, sim.group) == ["You said: what time is it?"]


async def test_what_is_forwarded_and_quoted_is_other_peoples_words(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        theirs = sim.say(sim.bob, sim.group, "the meeting is at nine")
        sim.forward(sim.alice, home, theirs.text, sim.bob)
        await until_ended(world, 1)
        assert told(world.hf.requests[-1])[-1].startswith("[Quoted from Bob")
        assert "the meeting is at nine" in told(world.hf.requests[-1])[-1]
        sim.say(sim.alice, sim.group, "/chat when?", reply_to=theirs)
        await until_ended(world, 2)
        said = told(world.hf.requests[-1])[-1]
        assert "untrusted" in said
        assert said.endswith("when?")
        sim.attach(sim.alice, home, "plan.txt", b"Dig, then plant.", "text/plain", "what comes first?")
        await until_ended(world, 3)
        said = told(world.hf.requests[-1])[-1]
        assert "Dig, then plant." in said
        assert said.endswith("what comes first?")


async def test_a_question_is_asked_and_answered_in_chats_where_the_bot_is_not(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram", start=False) as world:
        sim = world.telegram
        sim.world.inline = sim.world.knows_guests = True
        sim.world.scale = 1.0  # an inline query lives for 30 s here too, so that a busy machine answers in time
        await world.start()
        tell(world, {"an inline question": Script(" ".join(f"word{number}" for number in range(60)), rate=60)})

        async def chosen(text: str) -> Message:
            query = sim.ask_inline(sim.alice, text)
            await until(lambda: query.results is not None)
            return sim.choose(sim.alice, query, 0, sim.elsewhere())

        message = await chosen("an inline question")
        await until_ended(world, 1)
        assert letters(message.text).endswith("word59")
        assert len(message.history) > 3
        assert all(text.startswith("an inline question") for text in message.history)

        second = await chosen("another one")
        await until_ended(world, 2)
        assert second.text == "another one\n\nYou said: another one"
        assert told(world.hf.requests[-1]) == ["another one"]  # nothing of the first is known here

        tell(world, {"a long one": Script(long_answer(6000), rate=4000)})
        third = await chosen("a long one")
        await until_ended(world, 3)
        assert "more does not fit" in third.text
        sim.say(sim.alice, sim.private(sim.alice), f"/start {key(third).rpartition('=')[2]}")
        await until_ended(world, 4)
        assert letters("".join(texts(world, sim.private(sim.alice)))) == read_aloud(long_answer(6000))

        query = sim.summon(sim.bob, sim.elsewhere(), f"@{sim.bot.username} a guest question")
        await until_ended(world, 5)
        assert query.answer
        assert query.answer.text == "You said: a guest question"
        assert told(world.hf.requests[-1]) == ["a guest question"]
        assert states(world.database) == {"answered": 5}


async def test_who_becomes_an_owner_gets_the_owners_menu(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram", PARLEY_ACCESS__OWNERS="telegram:1001") as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        assert sim.alice.id == 1001
        sim.say(sim.alice, home, "hello")
        await until(lambda: "limit" in {each["command"] for each in sim.menu(sim.alice, home)})
        assert "limit" not in {each["command"] for each in sim.menu(sim.bob, sim.private(sim.bob))}
        assert "limit" in {each["command"] for each in sim.menu(sim.admin, sim.group)}
        assert "limit" not in {each["command"] for each in sim.menu(sim.bob, sim.group)}
        await until_ended(world, 1)

"""Groups on Telegram: homes, topics apart and topics of the bot's own, and what one person alone sees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.dispatcher import WAITED
from tests.journeys.stored import states, until_ended
from tests.journeys.test_telegram import texts
from tests.journeys.world import a_world
from tests.polling import until


def told(request: Mapping[str, Any]) -> list[str]:
    """What a model was told, without the system prompt."""
    return [each["content"] for each in request["messages"][1:]]


async def test_a_home_needs_no_mention_and_says_what_it_does_not_hear(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        sim.say(sim.alice, sim.group, "/here on")
        await until_ended(world, 1)
        assert "You may not" in texts(world, sim.group)[-1] or "those in charge" in texts(world, sim.group)[-1]
        sim.say(sim.admin, sim.group, "/here on")
        await until_ended(world, 2)
        assert "/setprivacy" in texts(world, sim.group)[-1]
        sim.promote(sim.group)  # an administrator hears everything, privacy mode or not
        sim.say(sim.alice, sim.group, "just so")
        await until_ended(world, 3)
        assert texts(world, sim.group)[-1] == "You said: just so"
        sim.say(sim.admin, sim.group, "/here off")
        await until_ended(world, 4)
        assert "/setprivacy" not in texts(world, sim.group)[-1]


async def test_topics_are_apart_and_a_new_one_needs_no_mention(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        forum = sim.add_group("Forum", topics=True)
        first, second = forum.topics
        for number, (topic, text) in enumerate(((first, "in the first"), (second, "in the second")), 1):
            sim.say(sim.alice, forum, f"/chat {text}", topic=topic)
            await until_ended(world, number)
            assert told(world.hf.requests[-1]) == [text]
        assert [each.topic for each in sim.messages(forum) if each.sender is sim.bot] == [first, second]

        sim.say(sim.alice, forum, "/thread A week in Vienna", topic=first)
        await until_ended(world, 3)
        assert "manage topics" in texts(world, forum)[-1]

        sim.promote(forum, "can_manage_topics")
        sim.say(sim.alice, forum, "/thread A week in Vienna", topic=first)
        await until_ended(world, 5)
        (new,) = [topic for topic, name in forum.topics.items() if name == "A week in Vienna"]
        assert [each.text for each in sim.messages(forum) if each.topic == new][1:] == ["You said: A week in Vienna"]
        sim.say(sim.alice, forum, "and the food?", topic=new)
        await until_ended(world, 6)
        assert told(world.hf.requests[-1]) == ["A week in Vienna", "You said: A week in Vienna", "and the food?"]
        plain = sim.add_group("Plain")
        sim.say(sim.alice, plain, "/thread A week in Vienna")
        await until_ended(world, 7)
        assert "no topics" in texts(world, plain)[-1]


async def test_what_is_private_only_its_reader_sees_where_the_server_knows_how(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram", start=False) as world:
        sim = world.telegram
        sim.world.knows_ephemeral = True
        sim.world.scale = 1.0  # Telegram's 15 s are as long here, so that a busy machine answers in time
        await world.start()
        await until(lambda: [each for each in sim.menu(sim.alice, sim.group) if each.get("is_ephemeral")])
        sim.whisper(sim.alice, sim.group, "/whoami")
        await until_ended(world, 1)
        shown = sim.ephemerals(sim.group, sim.alice)[1:]
        assert str(sim.alice.id) in "".join(each.text for each in shown)
        assert texts(world, sim.group) == []
        sim.say(sim.alice, sim.group, "/whoami")  # an older client
        await until_ended(world, 2)
        (link,) = texts(world, sim.group)
        assert f"https://t.me/{sim.bot.username}?start=" in str(sim.messages(sim.group)[-1].entities) + link
        assert str(sim.alice.id) not in link


async def test_what_is_private_and_came_too_late_waits_for_its_reader(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram", start=False) as world:
        sim = world.telegram
        sim.world.knows_ephemeral = True
        sim.world.scale = 1.0
        await world.start()
        await until(lambda: [each for each in sim.menu(sim.bob, sim.group) if each.get("is_ephemeral")])
        await world.stop()
        sim.whisper(sim.alice, sim.group, "/whoami")
        sim.advance(20.0)  # Telegram takes the first answer for 15 s
        await world.start()
        await until_ended(world, 1)
        assert states(world.database) == {"undeliverable": 1}
        assert len(sim.ephemerals(sim.group, sim.alice)) == 1

        sim.say(sim.alice, sim.group, "/chat what everybody may read")
        sim.whisper(sim.bob, sim.group, "/whoami")
        await until_ended(world, 3)
        assert states(world.database) == {"undeliverable": 1, "answered": 2}
        assert len(sim.ephemerals(sim.group, sim.bob)) == 2

        sim.whisper(sim.alice, sim.group, "/whoami")
        await until(lambda: states(world.database) == {"answered": 4}, 30)
        _, _, new, kept = sim.ephemerals(sim.group, sim.alice)
        assert str(sim.alice.id) in new.text
        assert kept.text.endswith(WAITED)
        assert str(sim.alice.id) in kept.text
        assert texts(world, sim.group) == ["You said: what everybody may read"]

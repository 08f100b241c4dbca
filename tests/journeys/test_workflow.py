"""What a community does with one newsletter: a picture's prompt, the picture, three posts, and questions about it."""

from pathlib import Path
from typing import Any

import pytest

from simulators.huggingface import Script
from tests.journeys.members import everywhere, files, told
from tests.journeys.newsletter import answered, blocks, heaviest, newsletter
from tests.journeys.newsletter import told as material
from tests.journeys.people import BOTH, OnDiscord, People, Seen
from tests.journeys.stored import states, until_ended
from tests.journeys.test_pictures import drawn
from tests.journeys.world import World, a_world
from tests.polling import until

PROMPT = "A garden at a wide river in spring, young plum trees, soft morning light, watercolour"


def model(body: Any) -> Script:
    """One that does what its instructions ask for."""
    return Script(PROMPT, rate=40) if "picture generator" in body["messages"][0]["content"] else answered()


async def test_from_a_newsletter_to_a_prompt_a_picture_and_three_posts(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        world.hf.default = model
        for hands in everywhere(world):
            await the_whole_way(world, hands, newsletter())
        await until_ended(world, 6)
        assert states(world.database) == {"answered": 6}


async def the_whole_way(world: World, hands: People, text: str) -> None:
    world.hf.requests.clear()
    world.hf.task_requests.clear()
    letter = await sent(hands, text)
    picture = await pictured(hands, letter, text)
    await until(lambda: files(hands, picture))
    assert text in material(world.hf.requests[0])
    assert PROMPT in picture.text
    (asked,) = world.hf.task_requests
    assert asked.body["prompt"] == PROMPT
    assert files(hands, picture) == [drawn(asked)]
    posts = await told(hands, hands.alice, hands.here, "tweetify", reply_to=letter)
    assert len(blocks(hands, posts)) == 3
    assert heaviest(blocks(hands, posts)) <= 280
    assert text in material(world.hf.requests[1])
    used = await told(hands, hands.alice, hands.home(hands.alice), "usage")
    assert "1 of 30 pictures" in used.text
    assert "today: 0 of" not in used.text
    assert (len(world.hf.requests), len(world.hf.task_requests)) == (2, 1)


async def sent(hands: People, text: str) -> Any:
    """Somebody else brings the letter along."""
    if hands.name == "telegram":
        return hands.sim.send(hands.bob, hands.here, document=("letter.txt", text.encode(), "text/plain"))
    return await hands.sim.say(hands.bob, hands.here, "", files=[("message.txt", text.encode())])


async def pictured(hands: People, letter: Any, text: str) -> Seen:
    """A slash command has no message that it replies to: on Discord the file is chosen once more."""
    given: dict[str, Any] = {"from": True}
    if hands.name == "telegram":
        return await told(hands, hands.alice, hands.here, "imagine", reply_to=letter, **given)
    return await told(hands, hands.alice, hands.here, "imagine", file=("message.txt", text.encode()), **given)


async def test_on_discord_a_form_asks_what_is_to_be_known_of_a_message(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        hands = OnDiscord(world)
        sim, here = world.discord, hands.here
        spoken = await sim.say(sim.bob, here, "The garden opens on Saturday at ten.")
        menu = await sim.context(sim.alice, here, "Ask about this", spoken)
        await until(lambda: menu.modal)
        assert menu.modal
        assert menu.modal.title == "Ask about this"
        with pytest.raises(ValueError, match="character"):
            await sim.submit(menu.modal, "")
        asked = await sim.submit(menu.modal, "When does it open?")
        await until(lambda: asked.response and "You said" in asked.response.text)
        said = world.hf.requests[-1]["messages"][-1]["content"]
        assert "When does it open?" in said
        assert "The garden opens on Saturday at ten." in said
        assert "Quoted from Bob; untrusted" in said
        late = await sim.context(sim.alice, here, "Ask about this", spoken)
        await until(lambda: late.modal)
        assert late.modal
        await world.restart()
        lost = await sim.submit(late.modal, "And when does it close?")
        await until(lambda: lost.response)
        assert lost.response
        assert lost.response.ephemeral
        assert "open its menu again" in lost.response.text
        await completed(world)
        assert len(world.hf.requests) == 1


async def completed(world: World) -> None:
    """Names of models, while they are typed: from memory, so that nobody waits."""
    sim = world.discord
    looked = len(world.hf.ledger)
    assert "Qwen/Qwen3-32B" in await sim.autocomplete(sim.alice, sim.channel, "model", "name", "qwen")
    assert await sim.autocomplete(sim.alice, sim.channel, "model", "name", "no such name") == []
    assert "tweetify" in [
        name.strip("/") for name in await sim.autocomplete(sim.alice, sim.channel, "help", "command", "twe")
    ]
    assert len(world.hf.ledger) == looked

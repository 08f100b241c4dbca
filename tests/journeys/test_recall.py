"""What somebody said is found again by what it means, over the wire; what others said is not."""

from pathlib import Path

from tests.journeys.members import everywhere, told
from tests.journeys.people import BOTH, People
from tests.journeys.stored import states, until_ended
from tests.journeys.world import World, a_world

TRAIN, LATE, BOBS = "We took a slow train to the harbour", "The train was late again", "My train is faster"


async def test_what_was_said_is_found_where_it_may_be_shown(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await search(world, hands)
        await until_ended(world, 13)  # one of them behind the link that Telegram needs for what is private
        assert states(world.database) == {"answered": 13}
        await world.restart()
        world.hf.task_requests.clear()
        for hands in everywhere(world):
            again = await told(hands, hands.alice, hands.home(hands.alice), "recall", words="a slow train")
            assert TRAIN in again.text
        read = [each.body["inputs"] for each in world.hf.task_requests]
        assert read == [["query: a slow train"]] * 2  # nothing is read again


async def search(world: World, hands: People) -> None:
    alice, home, here, asked = hands.alice, hands.home(hands.alice), hands.here, world.hf.task_requests
    asked.clear()
    await told(hands, alice, home, "chat", text=TRAIN)
    await told(hands, alice, here, "chat", text=LATE)
    await told(hands, hands.bob, here, "chat", text=BOBS)
    first, second = (await told(hands, alice, home, "recall", words="slow train harbour", count=2)).text.split("2.")
    assert TRAIN in first
    assert "you said here" in first
    assert "I said here" in second
    assert asked[0].body["inputs"] == ["query: slow train harbour"]
    said = {f"passage: {before}{text}" for before in ("", "You said: ") for text in (TRAIN, LATE)}
    assert set(asked[1].body["inputs"]) == said
    there = (await told(hands, alice, here, "recall", words="train")).text
    assert LATE in there
    assert (f"/{here.id}/" in there) == (hands.name == "discord")  # a basic group's messages have no address
    assert (TRAIN in there) == (hands.name == "discord")  # which shows it to her alone
    assert "faster" not in there
    bobs = await told(hands, hands.bob, hands.home(hands.bob), "recall", words="xylophone")
    assert "I found nothing like that" in bobs.text

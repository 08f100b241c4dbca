"""Messages that people write on Discord while no bot is there: each is answered once when it comes back."""

import signal
from pathlib import Path

from simulators.completions import Script
from tests.journeys.rows import tell
from tests.journeys.stored import states, until_ended
from tests.journeys.test_discord import texts
from tests.journeys.world import a_world
from tests.polling import until


async def test_what_was_written_while_the_bot_was_killed_is_answered_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        direct, quiet = sim.dm(sim.bob), sim.add_channel("quiet")
        thread = sim.open_thread(sim.bob, sim.channel, "a thread")
        await sim.say(sim.alice, sim.channel, "answered before", mention=True)
        await sim.slash(sim.alice, quiet, "chat", text="by command")
        await sim.say(sim.bob, direct, "in private before")
        await sim.say(sim.bob, thread, "in a thread before", mention=True)
        await until_ended(world, 4)
        await world.stop(signal.SIGKILL)
        await sim.say(sim.alice, sim.channel, "written while it was away", mention=True)
        await sim.say(sim.bob, sim.channel, "talk among people that is not meant for it")
        await sim.say(sim.alice, quiet, "after a command only", mention=True)
        many = [f"in private while it was away, number {number}" for number in range(8)]
        for each in many:
            await sim.say(sim.bob, direct, each)
        await sim.say(sim.bob, thread, "in the thread while it was away", mention=True)
        await world.start()
        await until_ended(world, 15)
        assert texts(world, sim.channel) == ["You said: answered before", "You said: written while it was away"]
        assert texts(world, quiet)[1:] == ["You said: after a command only"]
        assert texts(world, direct)[1:] == [f"You said: {each}" for each in many]
        assert texts(world, thread)[1:] == ["You said: in the thread while it was away"]
        asked = len(world.hf.requests)
        await world.restart(signal.SIGKILL)
        await sim.say(sim.bob, direct, "and at last")
        await until_ended(world, 16)
        assert len(world.hf.requests) == asked + 1
        assert states(world.database) == {"answered": 16}


async def test_a_question_that_was_deleted_while_the_bot_was_away_is_not_answered(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        tell(world, {"deleted soon": Script("too late", first=60.0)})
        asked = await sim.say(sim.alice, sim.channel, "deleted soon", mention=True)
        await until(lambda: world.hf.open_streams == 1)
        await world.stop(signal.SIGKILL)
        await sim.delete(asked)
        tell(world, {})
        await world.start()
        await until_ended(world, 1)
        assert states(world.database) == {"cancelled": 1}
        assert texts(world, sim.channel) == []

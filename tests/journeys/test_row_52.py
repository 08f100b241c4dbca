"""Row 52 of the fault matrix, over the wire: ten thousand updates wait when the bot comes back."""

import re
import time
from pathlib import Path

from simulators.telegram.values import User
from tests.journeys.stored import states, until_ended
from tests.journeys.world import World, a_world
from tests.polling import until

HOURS = 3600
BACKLOG = 10_000


async def test_row_52_a_backlog_after_an_outage(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim, people = world.telegram, (world.telegram.alice, world.telegram.bob)
        memory = _memory(world)
        await world.stop()
        for number in range(BACKLOG):
            _wrote(world, people[number % 2], f"waits for long: {number}", 7 * HOURS)
        for person in people:
            for words, hours in (("one", 2), ("two", 1)):
                _wrote(world, person, f"{person.first_name} {words}", hours * HOURS)
        await world.start()
        await until(lambda: sim.pending == 0, 60)
        await until_ended(world, 6)
        for person in people:
            shown = [each.text for each in sim.messages(sim.private(person)) if each.sender is sim.bot]
            assert "send again what you still want to know" in shown[0]
            assert shown[1:] == [f"You said: {person.first_name} {words}" for words in ("one", "two")], "oldest first"
        assert states(world.database) == {"answered": 6}
        assert len(world.hf.requests) == 4
        assert _memory(world) - memory < 50 * 2**20


def _wrote(world: World, person: User, text: str, ago: float) -> None:
    """So many seconds ago, in private."""
    sim = world.telegram
    chat = {"id": person.id, "type": "private", "first_name": person.first_name}
    message = {"message_id": next(sim.world.ids), "date": int(time.time() - ago), "chat": chat}
    sim.world.updates.put({"message": {**message, "from": person.json, "text": text}}, age=ago)


def _memory(world: World) -> int:
    """Bytes that the bot holds."""
    assert world.process
    status = Path(f"/proc/{world.process.pid}/status").read_text("utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found.group(1)) * 1024

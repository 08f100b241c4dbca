"""Files that people sent, fetched over the wire."""

import json
from typing import Any

import pytest

from bot.errors import Mistaken, Unavailable
from bot.events import Attachment, Question
from bot.replies import Surface
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import Door, serving
from tests.adapters.telegram.test_surface import answered, refusal
from tests.polling import until


def file_of(size: int, **fields: Any) -> list[Fault]:
    """What the simulator lacks: a file of this size, to be fetched once."""
    result = {"file_id": "f", "file_unique_id": "u", "file_path": "docs/f", **fields}
    described = json.dumps({"ok": True, "result": result}).encode()
    return [
        Fault(r"/getFile$", "status", status=200, body=described),
        Fault(r"^GET /file/bot[^/]+/docs/f$", "status", status=200, body=b"x" * size),
    ]


async def fetch(sim: TelegramSimulator, attachment: Attachment, limit: int) -> bytes:
    fetched: list[bytes] = []

    async def answer(question: Question, surface: Surface) -> None:
        fetched.append(await surface.fetch(attachment, limit))

    await answered(sim, answer)
    return fetched[0]


async def test_an_attachment_is_fetched(sim: TelegramSimulator) -> None:
    sim.faults.extend(file_of(9))
    assert await fetch(sim, Attachment("a.txt", "text/plain", 9, "f"), 9) == b"x" * 9


@pytest.mark.parametrize(
    ("said", "fields", "size"), [(11, {}, 0), (0, {"file_size": 11}, 0), (0, {}, 11)], ids=["event", "getFile", "file"]
)
async def test_an_attachment_that_is_too_large_is_told(
    sim: TelegramSimulator, said: int, fields: dict[str, int], size: int
) -> None:
    sim.faults.extend(file_of(size, **fields))
    with pytest.raises(Mistaken, match=r"a\.txt is too large"):
        await fetch(sim, Attachment("a.txt", "text/plain", said, "f"), 10)


async def test_a_file_that_telegram_does_not_give_is_told(sim: TelegramSimulator) -> None:
    sim.faults.append(refusal("/getFile$", 400, "Bad Request: file is too big"))
    with pytest.raises(Mistaken, match=r"a\.txt is too large"):
        await fetch(sim, Attachment("a.txt", "text/plain", 0, "f"), 10)
    sim.faults.append(refusal("/getFile$", 500, "Internal Server Error"))
    with pytest.raises(Unavailable):
        await fetch(sim, Attachment("a.txt", "text/plain", 0, "f"), 10)


async def test_what_a_person_sends_is_fetched_also_from_the_message_replied_to(sim: TelegramSimulator) -> None:
    fetched: dict[str, bytes] = {}

    async def answer(question: Question, surface: Surface) -> None:
        (attachment,) = question.event.attachments
        fetched[question.event.text or attachment.name] = await surface.fetch(attachment, 100)

    door = Door(answering=answer)
    home = sim.private(sim.alice)
    async with serving(sim, door):
        first = sim.send(sim.alice, home, "/chat read it", document=("a.txt", b"letters", "text/plain"))
        sim.send(sim.alice, home, voice=b"OggS speech")
        sim.say(sim.alice, home, "and that?", reply_to=first)
        await until(lambda: len(door.running) == 3)
    assert fetched == {"read it": b"letters", "voice.ogg": b"OggS speech", "and that?": b"letters"}
    assert [event.command for event in door.events] == ["chat", "", ""]

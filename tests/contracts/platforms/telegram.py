"""python-telegram-bot against the simulated Bot API: alone with somebody, and in a group."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar, Self

from bot.events import Attachment, Handle, Question
from bot.replies import Surface
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from simulators.telegram.refusals import DURING
from simulators.telegram.values import Chat
from tests.adapters.telegram.rig import SCALE, Door, serving
from tests.contracts.platforms import Platform, Shown, Trouble
from tests.polling import until

WRITES = r"/(send(Message(Draft)?|Photo|Audio|Voice|Document|MediaGroup)|editMessage\w+)$"

FINAL_IS_SENT = "the answer is sent at its end, and what is sent may be lost or stand there twice, then marked"
NOTHING_TO_DELETE = "there is no message before the end that a person could delete"


async def nothing(question: Question, surface: Surface) -> None:
    """Leaves the surface to the test."""


class OnTelegram(Platform):
    name = "telegram"
    previews: ClassVar[str] = "edits"

    def __init__(self, sim: TelegramSimulator, door: Door) -> None:
        self.sim = sim
        self.door = door
        self.place: Chat = sim.private(sim.alice)

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        door = Door(answering=nothing)
        async with TelegramSimulator(scale=SCALE) as sim, serving(sim, door, previews=cls.previews):
            await until(lambda: door.revive)
            yield cls(sim, door)

    async def asked(self) -> Surface:
        before, number = len(self.door.surfaces), len(self.door.surfaces)
        person = self.sim.add_user(f"Person {number}", f"person_{number}", started=True)
        self.place = self.sim.private(person)
        self.sim.say(person, self.place, "hello")
        await until(lambda: len(self.door.surfaces) > before)
        return self.door.surfaces[-1]

    def revived(self, handle: Handle) -> Surface:
        assert self.door.revive
        return self.door.revive(replace(list(self.door.questions.values())[-1], handle=handle))

    def shown(self) -> Sequence[Shown]:
        return [
            Shown(
                each.text,
                tuple(
                    button["callback_data"].partition(":")[0]
                    for row in (each.reply_markup or {}).get("inline_keyboard", [])
                    for button in row
                ),
                (each.data,) if each.data else (),
            )
            for each in self.sim.messages(self.place)
            if each.sender is self.sim.bot
        ]

    def writes(self) -> int:
        return len(self.sim.seen(WRITES))

    async def given(self, name: str, data: bytes) -> tuple[Surface, Attachment]:
        before = len(self.door.surfaces)
        self.sim.attach(self.sim.alice, self.sim.private(self.sim.alice), name, data, "text/plain")
        await until(lambda: len(self.door.surfaces) > before)
        (file,) = self.door.events[-1].attachments
        return self.door.surfaces[-1], file

    def trouble(self, kind: Trouble, times: int = 1, skip: int = 0) -> None:
        body = json.dumps({"ok": False, "error_code": 500, "description": "Internal Server Error"}).encode()
        fault = "status" if kind == "error" else kind
        self.sim.faults.append(Fault(WRITES, fault, times=times, skip=skip, status=500, body=body))

    def close_for(self, seconds: float) -> None:
        self.sim.hold(self.place, seconds / SCALE)

    async def delete(self) -> None:
        self.sim.remove(next(each for each in self.sim.messages(self.place) if each.sender is self.sim.bot))

    async def block(self) -> None:
        self.place.closed = "bot was blocked by the user"

    def manners(self) -> list[str]:
        ours = [each for each in self.sim.world.messages.values() if each.sender is self.sim.bot]
        early = [each.request for each in self.sim.ledger if each.verdict == DURING]
        previewed = [each.text for each in ours if not each.previews_off]
        return [*early, *self.sim.findings, *previewed, *(name for each in ours for name in each.pings)]


class OnTelegramInAGroup(OnTelegram):
    name = "telegram, in a group"
    variant = True

    async def asked(self) -> Surface:
        before = len(self.door.surfaces)
        self.place = self.sim.add_group(f"Group {before}")
        self.sim.say(self.sim.alice, self.place, "/chat hello")
        await until(lambda: len(self.door.surfaces) > before)
        return self.door.surfaces[-1]

    async def block(self) -> None:
        self.place.closed = "bot was kicked from the supergroup chat"


class OnTelegramWithDrafts(OnTelegram):
    """What is still being written is a draft, until the answer is posted.

    Exempt is what follows from that; what is promised instead is tested in `tests/adapters/telegram/test_drafts.py`.
    """

    name = "telegram, with drafts"
    previews = "drafts"
    variant = True
    exempt: ClassVar[Mapping[str, str]] = {
        "test_the_same_messages_go_on": "a draft shows what is new when it arrives, not when it was asked for",
        "test_the_end_arrives_whole_and_once[lose request]": FINAL_IS_SENT,
        "test_the_end_arrives_whole_and_once[lose response]": FINAL_IS_SENT,
        "test_a_preview_is_dropped_and_says_so[lose request]": FINAL_IS_SENT,
        "test_a_preview_is_dropped_and_says_so[lose response]": FINAL_IS_SENT,
        "test_nothing_goes_before_a_time_that_was_asked_for": "the draft that is told to wait goes in the background",
        "test_a_deleted_answer_is_wanted_no_more[preview]": NOTHING_TO_DELETE,
        "test_a_deleted_answer_is_wanted_no_more[finish]": NOTHING_TO_DELETE,
        "test_a_place_that_is_closed_to_us_is_left_at_once[open]": "a refused draft is tried once more as a message",
    }

    def shown(self) -> Sequence[Shown]:
        drafts = [Shown(each.text, ("stop",) if each.can_stop else ()) for each in self.sim.drafts(self.place)]
        return [*super().shown(), *drafts]

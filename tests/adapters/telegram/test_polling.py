"""Taking updates in: nothing lost, nothing doubled, whatever happens between Telegram and the database."""

import asyncio
import logging

import pytest
from telegram import Bot

from adapters.telegram.line import Line
from adapters.telegram.pasting import Bundle, Intake
from adapters.telegram.polling import Polling
from adapters.telegram.request import Request, UpdatesRequest
from bot.errors import Misconfigured
from bot.events import Event, Question
from bot.replies import Reply
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import SCALE, Door, check_manners, serving
from tests.polling import until

POLLS = r"/getUpdates$"


def texts(door: Door) -> list[str]:
    return [event.text for event in door.events]


async def test_the_offset_moves_only_after_everything_is_stored() -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        door = Door(gate=asyncio.Event())
        assert door.gate
        for number in range(3):
            sim.say(sim.alice, sim.private(sim.alice), f"{number}")
        async with serving(sim, door):
            await until(lambda: sim.seen(POLLS))
            door.away = 1
            door.gate.set()
            await until(lambda: not door.away)
            assert (sim.pending, sim.confirmed) == (3, 0)
            await until(lambda: sim.pending == 0)
            assert texts(door) == ["0", "1", "2"]
            assert all("offset" not in entry.body for entry in sim.seen(POLLS)[:1])
        check_manners(sim)


class Stuck(Door):
    """Stores twenty events, and then no more."""

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        if len(self.events) == 20:
            await asyncio.Event().wait()
        return await super().accept(event, within)


async def test_what_was_not_confirmed_goes_to_the_next_process_once() -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        stuck = Stuck()
        chat = sim.private(sim.alice)
        for number in range(50):
            sim.say(sim.bob, sim.private(sim.bob), f"{number}")
        async with serving(sim, stuck) as running:
            await until(lambda: len(stuck.events) == 20)
            running.cancel()
        assert (sim.confirmed, sim.pending) == (0, 50)
        door = Door(questions=stuck.questions)  # the database outlives the process
        sim.say(sim.alice, chat, "another")
        async with serving(sim, door):
            await until(lambda: sim.pending == 0)
            await door.settled()
        assert len(door.questions) == 51
        assert len(door.surfaces) == 31
        assert texts(door) == [*(f"{number}" for number in range(50)), "another"]
        assert len([each for each in sim.messages(sim.private(sim.bob)) if each.from_id == sim.bot.id]) == 50


async def test_a_process_that_was_stopped_while_storing_confirms_nothing() -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        door = Door(gate=asyncio.Event())
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        async with serving(sim, door) as running:
            await until(lambda: sim.seen(POLLS))
            running.cancel()
        assert (sim.pending, texts(door)) == (1, [])


async def test_a_repeated_update_is_answered_once() -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        door = Door()
        chat = sim.private(sim.alice)
        sim.faults.append(Fault(POLLS, "lose response", times=2))
        sim.say(sim.alice, chat, "hello")
        update = dict(sim.world.updates.pending[0])
        async with serving(sim, door):
            await until(lambda: door.questions)
            await until(lambda: sim.pending == 0)
            sim.put(update)
            await until(lambda: sim.pending == 0)
        assert [each.text for each in sim.messages(chat)] == ["hello", "Hello, Alice."]


async def test_an_unreadable_update_in_the_middle_is_confirmed_with_its_neighbours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        door = Door()
        sim.say(sim.alice, sim.private(sim.alice), "first")
        bad = sim.put({"message": {"text": "a secret"}})
        weird = sim.put({"message": {**sim.world.updates.pending[0]["message"], "text": ["a secret"]}})
        sim.say(sim.alice, sim.private(sim.alice), "last")
        async with serving(sim, door):
            await until(lambda: sim.pending == 0)
            await until(lambda: len(door.events) == 2)
        assert texts(door) == ["first", "last"]
        assert f"update {bad} cannot be read" in caplog.text
        assert f"update {weird} cannot be read" in caplog.text
        assert "a secret" not in caplog.text
        assert not [record for record in caplog.records if record.levelno >= logging.CRITICAL]


async def test_an_outage_is_said_once_and_ends_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "adapters")
    async with TelegramSimulator(scale=SCALE) as sim:
        door = Door()
        sim.faults.append(Fault(r"/getMe$", "lose request"))
        sim.faults.append(Fault(POLLS, "status", status=502, body=b"<html>", content_type="text/html"))
        sim.faults.append(Fault(POLLS, "status", status=500, body=b"{}"))
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        async with serving(sim, door):
            await until(lambda: door.questions)
        said = [record.message for record in caplog.records if record.name == "adapters.telegram.line"]
        assert len([each for each in said if "does not answer" in each]) == 2
        assert len([each for each in said if "answers again" in each]) == 2
        assert not [record for record in caplog.records if sim.token in record.getMessage()]


async def test_a_refused_token_names_its_setting() -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        for token in ("123456789:AAanotherTokenOfTheRightForm00000000", "nonsense"):
            async with serving(sim, Door(), token=token) as running:
                with pytest.raises(Misconfigured, match=r"TELEGRAM_TOKEN.*@BotFather") as refused:
                    await running
                assert token not in str(refused.value)


async def test_a_token_that_is_revoked_ends_the_polling() -> None:
    async with TelegramSimulator(scale=SCALE) as sim, serving(sim, Door(), poll_seconds=1) as running:
        await until(lambda: sim.seen(POLLS))
        sim.token = "123456789:AAnewTokenNewTokenNewTokenNewToken000"
        with pytest.raises(Misconfigured, match="TELEGRAM_TOKEN"):
            await running


class Watch:
    """Two processes would be two of these."""

    def __init__(self, sim: TelegramSimulator, webhook_seconds: float = 60.0) -> None:
        self.requests = (Request(), UpdatesRequest())
        bot = Bot(sim.token, sim.api_url, request=self.requests[0], get_updates_request=self.requests[1])
        self.line = Line(bot)
        self.polling = Polling(self.line, 5, sim.api_url, look_seconds=0.02, webhook_seconds=webhook_seconds)
        self.taken: list[int] = []
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watch":
        self.task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.wait({self.task})
        for request in self.requests:
            await request.shutdown()

    async def _run(self) -> None:
        await self.line.log_in()
        await self.polling.run(self._take, Intake())

    async def _take(self, bundle: Bundle) -> None:
        self.taken.extend(update.update_id for update in bundle.updates)


async def test_of_two_processes_one_stands_by_and_takes_over(caplog: pytest.LogCaptureFixture) -> None:
    async with TelegramSimulator(scale=SCALE) as sim, Watch(sim) as first:
        await until(lambda: len(sim.seen(POLLS)) == 1)
        async with Watch(sim) as second:
            await until(lambda: "standing by" in caplog.text)
            ids = [sim.say(sim.alice, sim.private(sim.alice), "hello") and sim.world.updates.pending[-1]["update_id"]]
            await until(lambda: second.taken == ids and sim.pending == 0)
            assert (first.taken, caplog.text.count("standing by")) == ([], 1)
            polls = len(sim.seen(POLLS))
            await until(lambda: len(sim.seen(r"/getWebhookInfo$")) > 10)
            assert len(sim.seen(POLLS)) == polls  # it looks, and never asks while somebody else does
        sim.say(sim.alice, sim.private(sim.alice), "again")
        ids.append(sim.world.updates.pending[-1]["update_id"])
        await until(lambda: sim.pending == 0)
        assert second.taken + first.taken == ids


async def test_a_webhook_left_behind_is_said_with_its_remedy(caplog: pytest.LogCaptureFixture) -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        sim.world.webhook = {"url": "https://example.com/old"}
        async with Watch(sim) as watch:
            await until(lambda: "deleteWebhook" in caplog.text)
            sim.world.webhook = {}
            sim.put({})
            await until(lambda: watch.taken)
            assert sim.token not in caplog.text


async def test_a_webhook_that_stays_is_the_operators_to_remove() -> None:
    async with TelegramSimulator(scale=SCALE) as sim:
        sim.world.webhook = {"url": "https://example.com/old"}
        async with Watch(sim, webhook_seconds=0.1) as watch:
            assert watch.task
            with pytest.raises(Misconfigured, match=r"curl http://.*/bot\$TELEGRAM_TOKEN/deleteWebhook"):
                await watch.task

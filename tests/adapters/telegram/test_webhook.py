"""What is posted to us: nobody else's posts, nothing lost, nothing doubled, whatever happens in between."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from telegram import Bot, Update

from adapters.telegram.config import TelegramConfig
from adapters.telegram.line import Line
from adapters.telegram.request import Request
from adapters.telegram.webhook import HEADER, LARGEST, Webhook, secret_of
from bot.errors import Misconfigured
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import Door, serving
from tests.adapters.telegram.test_pastes import LONG, NEWSLETTER, Crashing, texts
from tests.adapters.web.test_server import a_free_port
from tests.fakes import Settings
from tests.polling import until

URL = "https://parley.example/telegram"
SETS = r"/setWebhook$"


@dataclass
class Poster:
    """Posts what the simulator's queue holds, as Telegram does: of each chat one update after the other."""

    sim: TelegramSimulator
    session: aiohttp.ClientSession
    port: int
    statuses: list[int] = field(default_factory=list)

    async def post(self, body: bytes, secret: str | None = None) -> aiohttp.ClientResponse:
        own = secret_of(self.sim.token, URL) if secret is None else secret
        async with self.session.post(
            "/telegram", data=io.BytesIO(body), headers={HEADER: own} if own else {}
        ) as response:
            return response

    async def deliver(self) -> None:
        """Everything that waits; what is refused is posted again."""
        while pending := self.sim.world.updates.pending:
            response = await self.post(json.dumps(pending[0]).encode())
            self.statuses.append(response.status)
            if response.status == 200:
                self.confirm(pending[0])

    def confirm(self, update: dict[str, Any]) -> None:
        self.sim.world.updates._confirm(update["update_id"] + 1)


@asynccontextmanager
async def hooked(
    sim: TelegramSimulator, door: Door, settings: Settings | None = None
) -> AsyncIterator[tuple[Poster, "asyncio.Task[None]"]]:
    port, before = a_free_port(), len(sim.seen(SETS))
    async with (
        serving(sim, door, settings=settings, port=port, webhook_url=URL) as running,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        await until(lambda: [entry for entry in sim.seen(SETS)[before:] if entry.status == 200] or running.done())
        yield Poster(sim, session, port), running


async def test_the_webhook_is_set_each_time_the_same(sim: TelegramSimulator) -> None:
    for _ in range(2):
        async with hooked(sim, Door()):
            pass
    first, second = sim.seen(SETS)
    assert first.body == second.body
    assert first.body["url"] == URL
    assert first.body["secret_token"] == secret_of(sim.token, URL)
    assert "drop_pending_updates" not in first.body
    assert sim.token not in first.body["secret_token"]
    assert sim.seen("/getUpdates$") == []


async def test_row_51_only_telegram_is_heard_and_only_what_can_be_read(
    sim: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door()
    async with hooked(sim, door) as (poster, _):
        sim.say(sim.alice, sim.private(sim.alice), "a secret question")
        update = json.dumps(sim.world.updates.pending[0]).encode()
        refused = {
            401: [await poster.post(update, ""), await poster.post(update, "wrong"), await poster.post(b"{", "é")],
            413: [await poster.post(b"x" * (5 * 2**20)), await poster.post(b"x" * (LARGEST + 1))],
            400: [await poster.post(each) for each in (b"", b"{", b"\xff", b"[]", b'"x"', b"{}", b"[" * 100_000)],
        }
        for status, responses in refused.items():
            assert [response.status for response in responses] == [status] * len(responses)
        assert door.events == []
        async with poster.session.get("/telegram") as response:
            assert response.status == 405
        assert (await poster.post(update)).status == 200
        assert texts(door) == ["a secret question"]
    assert "secret" not in caplog.text


async def test_a_header_that_is_no_text_is_no_secret(sim: TelegramSimulator) -> None:
    async with hooked(sim, Door()) as (poster, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", poster.port)
        head = f"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{HEADER}: "
        writer.write(head.encode() + b"\xff\xfe\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"401"
        writer.close()
        await writer.wait_closed()


async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(sim: TelegramSimulator) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2 * LARGEST // 65536):
            yield b"x" * 65536

    async with hooked(sim, Door()) as (poster, _):
        secret = {HEADER: secret_of(sim.token, URL)}
        async with poster.session.post("/telegram", data=endless(), headers=secret) as response:
            assert response.status == 413


async def test_two_hundred_only_after_the_commit_and_503_where_there_is_none(sim: TelegramSimulator) -> None:
    door = Door(gate=asyncio.Event())
    assert door.gate
    async with hooked(sim, door) as (poster, _):
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        update = json.dumps(sim.world.updates.pending[0]).encode()
        posting = asyncio.create_task(poster.post(update))
        sim.say(sim.bob, sim.private(sim.bob), "another chat waits for nobody")
        other = asyncio.create_task(poster.post(json.dumps(sim.world.updates.pending[1]).encode()))
        assert not (await asyncio.wait({posting, other}, timeout=0.1))[0]
        door.gate.set()
        assert ((await posting).status, (await other).status) == (200, 200)
        door.away = 1
        sim.say(sim.alice, sim.private(sim.alice), "again")
        refused = await poster.post(json.dumps(sim.world.updates.pending[2]).encode())
        assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (503, True)
        await poster.deliver()
    assert texts(door) == ["hello", "another chat waits for nobody", "again"]


async def test_a_full_house_leaves_messages_with_telegram_and_takes_what_is_pressed(sim: TelegramSimulator) -> None:
    door = Door(full=True)
    async with hooked(sim, door) as (poster, _):
        message = sim.say(sim.alice, sim.private(sim.alice), "hello")
        sim.press(sim.alice, message, "stop:q0")
        asked, pressed = (json.dumps(each).encode() for each in sim.world.updates.pending)
        refused = await poster.post(asked)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
        assert (await poster.post(pressed)).status == 200
        assert [event.kind for event in door.events] == ["press"]
        door.full = False
        assert (await poster.post(asked)).status == 200
    assert [event.kind for event in door.events] == ["press", "ask"]


async def test_row_48_what_is_posted_three_times_is_answered_once(sim: TelegramSimulator) -> None:
    door = Door()
    async with hooked(sim, door) as (poster, _):
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        update = json.dumps(sim.world.updates.pending[0]).encode()
        assert [(await poster.post(update)).status for _ in range(3)] == [200, 200, 200]
    assert [message.text for message in sim.messages(sim.private(sim.alice))] == ["hello", "Hello, Alice."]


async def test_an_unreadable_update_is_passed_over(sim: TelegramSimulator) -> None:
    door = Door()
    async with hooked(sim, door) as (poster, _):
        sim.put({"message": {"text": ["a secret"]}})
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        await poster.deliver()
        assert poster.statuses == [200, 200]
    assert texts(door) == ["hello"]


async def test_a_paste_is_one_question_although_its_parts_are_confirmed_one_by_one(sim: TelegramSimulator) -> None:
    door, settings = Door(), Settings()
    async with hooked(sim, door, settings) as (poster, _):
        sim.paste(sim.alice, sim.private(sim.alice), f"/chat {NEWSLETTER}")
        sim.say(sim.bob, sim.private(sim.bob), LONG)
        last = sim.world.updates.pending[1]
        await poster.deliver()
        assert texts(door) == [NEWSLETTER]
        assert (await poster.post(json.dumps(last).encode())).status == 200  # Telegram did not hear our 200
        await until(lambda: len(door.questions) == 2)
        await until(lambda: not [name for (_, name), value in settings.values.items() if ".held." in name and value])
    assert texts(door) == [NEWSLETTER, LONG]


@pytest.mark.parametrize("also_the_rest", [False, True])
async def test_a_part_that_was_confirmed_outlives_the_process(sim: TelegramSimulator, also_the_rest: bool) -> None:
    """The first process takes the first part, or both, and stores no question; or stores it and ends."""
    settings = Settings()
    crashing = Crashing() if also_the_rest else Door(away=10**6)
    home = sim.private(sim.alice)
    sim.paste(sim.alice, home, NEWSLETTER)
    updates = [json.dumps(each).encode() for each in sim.world.updates.pending]
    async with hooked(sim, crashing, settings) as (poster, _):
        assert (await poster.post(updates[0])).status == 200
        if also_the_rest:
            stuck = asyncio.create_task(poster.post(updates[1]))
            await until(lambda: crashing.questions)
            stuck.cancel()
    door = Door(questions=crashing.questions)
    async with hooked(sim, door, settings) as (poster, _):
        assert (await poster.post(updates[1])).status == 200
        await until(lambda: not [name for (_, name), value in settings.values.items() if ".held." in name and value])
    assert texts(door) == [NEWSLETTER]


async def test_from_polling_to_a_webhook_and_back_nothing_is_lost(sim: TelegramSimulator) -> None:
    settings = Settings()
    home = sim.private(sim.alice)
    sim.say(sim.alice, home, "while asleep")
    door = Door()
    async with hooked(sim, door, settings) as (poster, _):
        await poster.deliver()
        sim.say(sim.alice, home, "not delivered")
    again = Door(questions=door.questions)
    async with serving(sim, again, settings=settings):
        await until(lambda: sim.pending == 0)
    assert sim.world.webhook == {}
    assert texts(again) == ["while asleep", "not delivered"]
    async with hooked(sim, Door(questions=door.questions), settings) as (poster, _):
        sim.say(sim.alice, home, "by webhook again")
        await poster.deliver()
    assert texts(again) == ["while asleep", "not delivered", "by webhook again"]


async def test_a_webhook_of_somebody_else_is_left_to_a_person(
    sim: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings()
    async with hooked(sim, Door(), settings):
        pass
    sim.world.webhook = {"url": "https://example.com/other"}
    async with serving(sim, Door(), settings=settings):
        await until(lambda: "deleteWebhook" in caplog.text)
    assert sim.world.webhook == {"url": "https://example.com/other"}


async def test_an_address_that_telegram_refuses_is_the_operators_to_mend(sim: TelegramSimulator) -> None:
    body = json.dumps({"ok": False, "error_code": 400, "description": "Bad Request: bad webhook: port not allowed"})
    sim.faults.append(Fault(SETS, "status", status=400, body=body.encode()))
    async with hooked(sim, Door()) as (_, running):
        with pytest.raises(Misconfigured, match=r"telegram\.webhook_url .*port not allowed"):
            await running


async def test_what_telegram_cannot_resolve_yet_is_tried_again(
    sim: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "adapters")
    words = "Bad Request: bad webhook: Failed to resolve host: Temporary failure in name resolution"
    body = json.dumps({"ok": False, "error_code": 400, "description": words}).encode()
    sim.faults.append(Fault(SETS, "status", status=400, body=body))
    async with hooked(sim, Door()):
        assert [entry.status for entry in sim.seen(SETS)] == [400, 200]
    assert "trying again" in caplog.text


@pytest.mark.parametrize(("info", "said"), [
    ({"url": ""}, "somebody removed or changed the webhook"),
    ({"url": URL, "pending_update_count": 3, "last_error_message": "Connection refused", "last_error_date": 2**31 - 1},
     "Connection refused"),
])  # fmt: skip
async def test_what_telegram_says_of_its_posting_is_the_trouble(
    sim: TelegramSimulator, info: dict[str, Any], said: str
) -> None:

    async def post(update: Update, posted: str) -> None:
        raise AssertionError

    requests: Sequence[Request] = (Request(), Request())
    line = Line(Bot(sim.token, sim.api_url, request=requests[0], get_updates_request=requests[1]))
    webhook = Webhook(line, sim.token, TelegramConfig(webhook_url=URL), Settings(), look_seconds=0.02)
    await line.log_in()
    running = asyncio.create_task(webhook.run(post, lambda: False))
    try:
        await until(lambda: len(sim.seen("/getWebhookInfo$")) > 1)
        assert line.trouble == ""
        sim.world.webhook = info
        await until(lambda: said in line.trouble)
        sim.world.webhook = {"url": URL}
        await until(lambda: line.trouble == "")
    finally:
        running.cancel()
        await asyncio.wait({running})
        for request in requests:
            await request.shutdown()

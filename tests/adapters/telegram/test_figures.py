"""What Telegram took, limited and refused is counted, and nothing else."""

from contextlib import suppress

from telegram import Bot
from telegram.error import TelegramError

from adapters.telegram.request import Request, UpdatesRequest, quieten
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.figures import Figures

FLOOD = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}'


async def test_messages_edits_limits_and_errors_are_counted(sim: TelegramSimulator) -> None:
    quieten()
    figures, home = Figures(), sim.private(sim.alice).id
    requests = (Request(meter=figures), UpdatesRequest(connections=2, meter=figures))
    bot = Bot(sim.token, sim.api_url, request=requests[0], get_updates_request=requests[1])
    preview = {"link_preview_options": {"is_disabled": True}}
    sim.say(sim.alice, home, "hello")
    await bot.get_updates(timeout=0)
    await bot.send_chat_action(home, "typing")
    message = await bot.send_message(home, "one", api_kwargs=preview)
    sim.advance(5)
    await bot.edit_message_text("two", home, message.message_id, api_kwargs=preview)
    assert figures.told == [("wrote", "telegram", "send"), ("wrote", "telegram", "edit")]

    figures.told.clear()
    sim.faults += [
        Fault("/sendMessage", "status", status=429, body=FLOOD),
        Fault("/sendMessage", "status", status=502),
        Fault("/sendMessage", "lose response"),
    ]
    for _ in range(3):
        sim.advance(5)
        with suppress(TelegramError):
            await bot.send_message(home, "three", api_kwargs=preview)
    sim.advance(5)
    for text in ("two", ""):  # it shows that already; there is nothing to show
        with suppress(TelegramError):
            await bot.edit_message_text(text, home, message.message_id, api_kwargs=preview)
    sim.block(sim.alice)
    with suppress(TelegramError):
        await bot.send_message(home, "four", api_kwargs=preview)
    assert figures.told == [
        ("limited", "telegram"),
        ("failed", "telegram", "unsent"),
        ("failed", "telegram", "unknown"),
        ("failed", "telegram", "refused"),
        ("failed", "telegram", "unreachable"),
    ]
    for request in requests:
        await request.shutdown()

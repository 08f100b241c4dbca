"""What Discord took, limited and refused is counted, and nothing else."""

from contextlib import suppress

from adapters.discord import routes
from adapters.discord.client import prepare_library
from adapters.discord.config import DiscordConfig
from adapters.discord.wire import Wire
from bot.errors import ParleyError
from simulators.discord import DiscordSimulator
from simulators.simulator import Fault
from tests.figures import Figures

PLAIN = {"allowed_mentions": {"parse": []}, "flags": 4}
FLOOD = b'{"message": "You are being rate limited.", "retry_after": 0.01, "global": false}'
VIA = {"Via": "1.1 google", "Retry-After": "0.01", "X-RateLimit-Bucket": "b", "X-RateLimit-Scope": "user"}


async def test_messages_edits_limits_and_errors_are_counted(sim: DiscordSimulator) -> None:
    figures = Figures()
    wire, channel = Wire(figures), sim.channel.id
    prepare_library(DiscordConfig(api_url=sim.api_url, gateway_url=sim.gateway_url))
    await wire.open(sim.token)
    await wire.request(routes.typing(channel))
    message = await wire.request(routes.messages(channel), {"content": "one", **PLAIN})
    await wire.request(routes.message("PATCH", channel, message["id"]), {"content": "two", **PLAIN})
    assert figures.told == [("wrote", "discord", "send"), ("wrote", "discord", "edit")]

    figures.told.clear()
    sim.faults.append(Fault("POST .*/messages", "status", status=429, headers=VIA, body=FLOOD))
    await wire.request(routes.messages(channel), {"content": "three", **PLAIN})  # the library waits, and asks again
    assert figures.told == [("limited", "discord"), ("wrote", "discord", "send")]

    figures.told.clear()
    for route in (routes.message("PATCH", channel, "4711"), routes.messages("4711")):
        with suppress(ParleyError):
            await wire.request(route, {"content": "four", **PLAIN})
    sim.faults.append(Fault("POST .*/messages", "lose request", times=9))
    with suppress(ParleyError):
        await wire.request(routes.messages(channel), {"content": "five", **PLAIN})
    assert [told[:2] for told in figures.told] == [("failed", "discord")] * 3
    assert figures.told[0] == ("failed", "discord", "gone")
    assert figures.told[2] == ("failed", "discord", "unavailable")
    await wire.close()

"""What the ledgers must show at the end of every journey: nobody was called, nothing went out too early or wrongly.

What is deleted by now is looked at too: the simulators keep all that was ever written.
"""

from collections.abc import Iterator, Sequence

from simulators.discord import DiscordSimulator
from simulators.discord.server import EARLY
from simulators.simulator import Simulator
from simulators.telegram import DURING, TelegramSimulator

BUDGET, BUDGET_SECONDS = 10_000, 600.0  # of invalid requests; then Cloudflare bans (topics/rate-limits, 2026-11-20)
INVALID = (401, 403, 429)
MALFORMED = "50035"  # Discord's code for a body that it does not take
UNASKED = "[message_reference: Unknown message]"  # the same code, where the message that is answered was deleted


def faults(*simulators: Simulator) -> list[str]:
    """Every breach in a few words; none, where all is as it should be."""
    return [each for simulator in simulators for each in _faults(simulator)]


def most_within(times: Sequence[float], seconds: float) -> int:
    """How many of these times, which are in order, lie within so many seconds at the most."""
    most = first = 0
    for number, time in enumerate(times):
        while time - times[first] > seconds:
            first += 1
        most = max(most, number - first + 1)
    return most


def _faults(simulator: Simulator) -> Iterator[str]:
    yield from (f"too early: {each.request}" for each in simulator.ledger if each.verdict in (EARLY, DURING))
    most = most_within([each.at for each in simulator.ledger if each.status in INVALID], BUDGET_SECONDS)
    if most >= BUDGET / 100:
        yield f"{most} invalid requests in ten minutes"
    if isinstance(simulator, DiscordSimulator):
        yield from _on_discord(simulator)
    if isinstance(simulator, TelegramSimulator):
        yield from _on_telegram(simulator)


def _on_discord(sim: DiscordSimulator) -> Iterator[str]:
    yield from sim.findings
    malformed = [
        each for each in sim.ledger if each.verdict.startswith(MALFORMED) and not each.verdict.endswith(UNASKED)
    ]
    yield from (f"{each.request}: {each.verdict}" for each in malformed)
    for message in sim.world.messages.values():
        if message.author_id == sim.bot.id:
            yield from (f"pings {each}: {message.content}" for each in message.pings)
            yield from (f"shows a preview of {each}: {message.content}" for each in message.previews)


def _on_telegram(sim: TelegramSimulator) -> Iterator[str]:
    yield from sim.findings
    for message in sim.written:
        yield from (f"pings {each}: {message.text}" for each in message.pings)
        if not message.previews_off:
            yield f"may show a preview: {message.text}"

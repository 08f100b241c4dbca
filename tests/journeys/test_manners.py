"""The check that ends every journey finds what it is to find."""

import aiohttp
import pytest

from simulators.discord import DiscordSimulator
from simulators.discord.server import EARLY
from simulators.simulator import Entry
from simulators.telegram import DURING, TelegramSimulator
from tests.journeys import manners


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": "https://example.com"}, "may show a preview"),
        ({"text": "hello @bob_builder", "link_preview_options": '{"is_disabled": true}'}, "pings"),
    ],
)
async def test_a_breach_on_telegram_though_it_was_deleted(fields: dict[str, str], told: str) -> None:
    async with TelegramSimulator() as sim, aiohttp.ClientSession() as session:
        sim.start(sim.alice)
        assert manners.faults(sim) == []
        call = f"{sim.api_url}{sim.token}/sendMessage"
        async with session.post(call, data={"chat_id": str(sim.alice.id), **fields}) as sent:
            assert sent.status == 200
        sim.remove(sim.written[0])
        assert any(told in each for each in manners.faults(sim))


@pytest.mark.parametrize("verdict", [EARLY, DURING, "50035 Invalid Form Body [content: too long]"])
def test_a_request_that_was_wrong(verdict: str) -> None:
    sim = DiscordSimulator()
    assert manners.faults(sim) == []
    sim.ledger.append(Entry(1.0, "PATCH /api/v10/channels/1/messages/2", {"content": ""}, 400, verdict))
    assert len(manners.faults(sim)) == 1


def test_invalid_requests_have_a_budget() -> None:
    sim = DiscordSimulator()
    sim.ledger.extend(Entry(10.0 * number, "GET /", None, 403) for number in range(99))
    assert manners.faults(sim) == []
    sim.ledger.extend(Entry(1000.0, "GET /", None, 429) for _ in range(60))
    assert manners.faults(sim) == ["119 invalid requests in ten minutes"]

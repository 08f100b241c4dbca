from typing import Any

from bot.access import AccessConfig
from bot.events import Chat
from tests.bot.commands.test_grants import BOB, ELSEWHERE, said
from tests.house import House, in_virtual_time

IN_PRIVATE: dict[str, Any] = {"chat": Chat("dm", "dm", private=True)}


@in_virtual_time
async def test_the_first_with_the_code_owns_the_bot() -> None:
    house = House(access=AccessConfig())
    code = house.services.access.new_code()
    assert "not the code" in await said(house, "/claim 0000000000", BOB, **IN_PRIVATE)
    assert "in a private chat" in await said(house, f"/claim {code}", BOB, chat=ELSEWHERE)
    welcome = await said(house, f"/claim {code.lower()}", BOB, **IN_PRIVATE)
    assert all(step in welcome for step in ("yours", "/open", "/allow", "/limit", "/access"))
    assert "yours already" in await said(house, f"/claim {code}", BOB, **IN_PRIVATE)
    assert await said(house, "chat hello", BOB) == "you said hello"


@in_virtual_time
async def test_without_a_code_there_is_nothing_to_claim() -> None:
    house = House(access=AccessConfig())
    assert "not the code" in await said(house, "/claim x", BOB, **IN_PRIVATE)
    assert "code is missing" in await said(house, "/claim", BOB, **IN_PRIVATE)

"""What may be spent: limits that nothing overruns, an empty account, and another token, over the wire."""

import re
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.budgets import renewal
from simulators.completions import prompt_tokens
from simulators.huggingface import Script, echo
from tests.journeys.people import BOTH, People, people
from tests.journeys.stored import states, until_ended
from tests.journeys.test_admins import FOR_ADMINS, FOR_OWNERS, owned, tried
from tests.journeys.world import API_KEY, World, a_world
from tests.polling import until

QUESTION = "What is the answer to everything?"


def tomorrow() -> str:
    again = renewal("day", datetime.now(UTC))
    return f"It begins anew on {again.day} {again:%B %Y} (UTC)."


async def said(hands: People, user: Any, place: Any) -> str:
    """The words of the answer, without the mark of a note on Discord."""
    return (await hands.told(user, place, "chat", text=QUESTION)).text.removeprefix("-# ")


async def used(hands: People, user: Any, place: Any, whose: str = "me") -> int:
    """Tokens of today, as /usage tells."""
    text = (await hands.told(user, place, "usage", whose=whose)).text
    found = re.search(r"today: ([\d,]+) (?:of [\d,]+ )?tokens", text)
    assert found, text
    return int(found[1].replace(",", ""))


async def test_neither_racing_questions_nor_sigkill_overrun_a_budget(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH, PARLEY_BUDGETS__PERSON="4000 tokens a day") as world:
        both = [people(world, platform) for platform in BOTH]
        for hands in both:
            await _race(world, hands)
        await _die(world, both)


async def _race(world: World, hands: People) -> None:
    """Alice asks in two chats at once; her budget is enough for one longest answer."""
    asked, ended = len(world.hf.requests), sum(states(world.database).values()) if world.database.exists() else 0
    slowly = world.hf.default = Script("word " * 30, rate=50)
    racing = [
        await hands.ask(hands.alice, place, "chat", text=QUESTION) for place in (hands.home(hands.alice), hands.here)
    ]
    await until_ended(world, ended + 2)
    shown = [seen.text for each in racing if (seen := each())]
    assert len(shown) == 2
    assert sum("Your budget of 4,000 tokens a day" in text and tomorrow() in text for text in shown) == 1
    assert len(world.hf.requests) == asked + 1
    world.hf.default = echo
    assert "You said" in await said(hands, hands.alice, hands.here)  # what was reserved and not used is free again
    mine = world.hf.requests[-1]
    counted = await used(hands, hands.alice, hands.home(hands.alice))
    assert prompt_tokens(mine) + len(echo(mine).said()) + 30 <= counted < 1000
    ended, world.hf.default = sum(states(world.database).values()), slowly
    models = "openai/gpt-oss-20b,Qwen/Qwen3-32B"
    await hands.ask(hands.alice, hands.here, "compare", prompt="Why is the sky blue?", models=models)
    await until_ended(world, ended + 3)
    assert len(world.hf.requests) == asked + 3  # not asked + 4: they race, too
    assert sum("Your budget of 4,000 tokens a day" in each.text for each in hands.shown(hands.here)[-2:]) == 1


async def _die(world: World, both: Sequence[People]) -> None:
    """Bob's answers grow when the process is killed: what was reserved for them stays counted."""
    asked, ended = len(world.hf.requests), sum(states(world.database).values())
    world.hf.default = Script("word " * 5000, rate=40)
    before = {}
    for hands in both:
        growing = await hands.ask(hands.bob, hands.home(hands.bob), "chat", text=QUESTION)
        await until(lambda: (seen := growing()) and seen.text.count("word") > 5)  # noqa: B023
        before[hands] = await used(hands, hands.bob, hands.here)
        assert before[hands] > 2048
    await world.restart(signal.SIGKILL)
    await until_ended(world, ended + 5)  # on Telegram one of them leads into the private chat, where it is asked again
    assert states(world.database)["partial-told"] == 2
    for hands in both:
        assert await used(hands, hands.bob, hands.here) == before[hands]
        assert "Your budget of 4,000 tokens a day" in await said(hands, hands.bob, hands.here)
    assert len(world.hf.requests) == asked + 2


async def test_limits_are_set_while_the_bot_runs(tmp_path: Path) -> None:
    async with owned(tmp_path) as (world, both):
        for hands in both:
            alice, home, bobs = hands.alice, hands.home(hands.alice), hands.home(hands.bob)
            assert await tried(hands, alice, "limit", who="here", amount="off") in ("", FOR_ADMINS)
            elsewhere = await tried(hands, hands.admin, "limit", who=hands.id(alice), amount="5 tokens a day")
            assert elsewhere == FOR_OWNERS
            assert "You said" in await said(hands, alice, home)
            spent = prompt_tokens(world.hf.requests[-1]) + len(echo(world.hf.requests[-1]).said())
            assert await used(hands, alice, home) == spent
            await hands.told(hands.bob, bobs, "limit", who=hands.id(alice), amount="5 tokens a day")
            await hands.told(hands.admin, hands.here, "limit", who="here", amount="7 tokens a day")
        await world.restart()
        asked = len(world.hf.requests)
        for hands in both:
            alice, home, bobs = hands.alice, hands.home(hands.alice), hands.home(hands.bob)
            refusal = await said(hands, alice, home)
            assert refusal.startswith("Your budget of 5 tokens a day is used up, or this would exceed it.")
            assert tomorrow() in refusal
            assert "This chat's budget of 7 tokens a day" in await said(hands, hands.admin, hands.here)
            assert "of 5 tokens" in (await hands.told(alice, home, "usage")).text
            assert "of 7 tokens" in (await hands.told(alice, hands.here, "usage", whose="here")).text
            assert len(world.hf.requests) == asked
            lifted = await hands.told(hands.bob, bobs, "limit", who=hands.id(alice), amount="default")
            assert "configured budget holds again" in lifted.text
            assert "You said" in await said(hands, alice, home)
            asked += 1
            assert await used(hands, hands.bob, bobs, "everywhere") > 0


async def test_an_empty_account_is_asked_once_until_another_token_is_taken_up(tmp_path: Path) -> None:
    renewed, file = "another-key-of-an-own-server", tmp_path / ".env"
    file.write_text(f"INFERENCE_API_KEY={API_KEY}\n")
    async with owned(tmp_path, INFERENCE_API_KEY=None) as (world, both):
        assert "You said" in await said(both[0], both[0].alice, both[0].here)
        world.hf.default = Script(status=402)
        people = [(hands, user) for hands in both for user in (hands.alice, hands.admin)]
        heard = {await said(hands, user, place) for hands, user in people for place in (hands.home(user), hands.here)}
        assert len(heard) == 1
        assert "budget for models is used up" in heard.pop()
        assert len(world.hf.requests) == 2
        for hands in both:
            await until(lambda: hands.shown(hands.home(hands.bob)))  # noqa: B023
            (notice,) = hands.shown(hands.home(hands.bob))
            assert "https://huggingface.co/settings/billing" in notice.text

        world.hf.default, world.hf.tokens = echo, {renewed}
        file.write_text(f"INFERENCE_API_KEY={renewed}\n")
        process = world.process
        assert process
        process.send_signal(signal.SIGHUP)
        await until(lambda: "another token was taken up" in world.log)
        for hands in both:
            assert "You said" in await said(hands, hands.alice, hands.here)
            assert world.hf.headers[-1]["Authorization"] == f"Bearer {renewed}"
        assert world.process is process
        assert renewed not in world.log

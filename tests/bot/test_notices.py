import asyncio
import logging
from collections.abc import Sequence

import pytest

from bot.errors import Unreachable
from bot.inference.failures import of_status
from bot.inference.policies import Breaker
from bot.notices import Notices
from bot.replies import Button, Surface
from tests.bot.inference.test_policies import Scripted, failure_of
from tests.fakes import Screen
from tests.house import in_virtual_time

OWNERS = ("person:fake:ada", "person:fake:bob")


class Private:
    """The private chats with owners, by account."""

    def __init__(self, away: Sequence[str] = ()) -> None:
        self.away = set(away)
        self.screens: dict[str, Screen] = {}
        self.asked: list[tuple[str, str]] = []

    async def reach(self, account: str, question: str) -> Surface:
        self.asked.append((account, question))
        if account in self.away:
            raise Unreachable("They have blocked the bot.")
        return self.screens.setdefault(account, Screen())


def attached(private: Private) -> Notices:
    notices = Notices()
    notices.attach("fake", private.reach)
    return notices


@in_virtual_time
async def test_every_owner_is_told_in_private() -> None:
    private = Private()
    attached(private).tell(OWNERS, "rise", "Look.", (Button("let_in", "Allow"),), "q7")
    await asyncio.sleep(1)
    assert {who: screen.text for who, screen in private.screens.items()} == {"ada": "Look.", "bob": "Look."}
    assert private.screens["ada"].buttons == (Button("let_in", "Allow"),)
    assert private.asked == [("ada", "q7"), ("bob", "q7")]


@in_virtual_time
async def test_nothing_is_told_twice_a_day() -> None:
    private = Private()
    notices = attached(private)
    for key in ("rise", "rise", "alarm"):
        notices.tell(OWNERS[:1], key, "Look.")
        await asyncio.sleep(1)
    assert len(private.asked) == 2


@in_virtual_time
async def test_one_who_cannot_be_reached_keeps_nothing_from_the_others() -> None:
    private = Private(away=["ada"])
    notices = attached(private)
    for _ in range(2):
        notices.tell(OWNERS, "rise", "Look.")
        await asyncio.sleep(1)
    assert private.screens["bob"].finished == 1
    assert len(private.asked) == 2


@in_virtual_time
async def test_what_reached_nobody_is_tried_again_when_it_comes_up_again() -> None:
    private = Private(away=["ada"])
    notices = attached(private)
    notices.tell(OWNERS[:1], "rise", "Look.")
    await asyncio.sleep(1)
    private.away.clear()
    notices.tell(OWNERS[:1], "rise", "Look.")
    await asyncio.sleep(1)
    assert private.screens["ada"].text == "Look."


def test_what_cannot_be_told_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    @in_virtual_time
    async def scenario() -> None:
        notices = Notices()
        notices.tell((), "rise", "Look.")
        notices.tell(("person:elsewhere:1",), "alarm", "Look.")
        await asyncio.sleep(1)

    with caplog.at_level(logging.WARNING):
        scenario()
    assert ["owns" in caplog.messages[0], "elsewhere" in caplog.messages[1]] == [True, True]
    assert "Look." not in caplog.text


@in_virtual_time
async def test_a_notice_that_is_on_its_way_ends_with_the_program() -> None:
    async def never(account: str, question: str) -> Surface:
        await asyncio.sleep(1e9)
        raise AssertionError

    notices = Notices()
    notices.attach("fake", never)
    notices.tell(OWNERS, "rise", "Look.")
    await asyncio.sleep(1)
    await notices.close()
    assert len(asyncio.all_tasks()) == 1


@in_virtual_time
async def test_used_up_credit_is_told_once_with_the_way_to_buy_more() -> None:
    private = Private()
    notices = attached(private)
    backend = Scripted(then=lambda model: of_status(402, {}, None, model))
    breaker = Breaker(backend, 3, 30.0, lambda key, text: notices.tell(OWNERS[:1], key, text))
    sentences = set()
    for _ in range(5):
        sentences.add((await failure_of(breaker)).message)
        await asyncio.sleep(1000)  # long enough for one question to try it again
    assert len(sentences) == 1
    assert len(backend.asked) > 1
    assert private.screens["ada"].finished == 1
    assert "https://huggingface.co/settings/billing" in private.screens["ada"].text

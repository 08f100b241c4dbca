"""The Surface contract: whatever goes wrong on the way, the end arrives whole and once, and nobody is bothered."""

import asyncio

import pytest

from bot.errors import Gone, Unavailable, Unreachable
from bot.events import Attachment
from tests.contracts.platforms import Platform, Trouble
from tests.contracts.surfaces import RETRY, STOP, by_wire, pages, previewed, texts, where_it_refuses
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TROUBLES: tuple[Trouble, ...] = ("lose request", "lose response", "error")


@by_wire
class TestTrouble:
    @pytest.mark.parametrize("kind", TROUBLES)
    async def test_the_end_arrives_whole_and_once(self, platform: Platform, kind: Trouble) -> None:
        surface = await platform.asked()
        await surface.open(pages("One", "two"), [STOP])
        platform.trouble(kind, times=2)
        await surface.finish(pages("One.", "two."), [RETRY])
        assert texts(platform) == ["One.", "two."]
        assert [each.buttons for each in platform.shown()] == [(), ("retry",)]

    @pytest.mark.parametrize("kind", TROUBLES)
    async def test_a_first_message_is_there_at_most_one_more_time_and_then_marked(
        self, platform: Platform, kind: Trouble
    ) -> None:
        surface = await platform.asked()
        platform.trouble(kind)
        await surface.open(pages("One"), [STOP])
        await surface.finish(pages("One."), [RETRY])
        *more, last = texts(platform)
        assert last.startswith("One.")
        assert len(more) == ("Sentagain" in last and kind == "lose response")

    @pytest.mark.parametrize("kind", TROUBLES)
    async def test_a_preview_is_dropped_and_says_so(self, platform: Platform, kind: Trouble) -> None:
        surface = await platform.asked()
        await surface.open(pages("One"), [STOP])
        platform.trouble(kind)
        assert not await previewed(surface, pages("One two"), [STOP])
        await surface.finish(pages("One"), [RETRY])
        assert texts(platform) == ["One"]

    async def test_nothing_goes_before_a_time_that_was_asked_for(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open(pages("One"), [STOP])
        loop = asyncio.get_running_loop()
        began = loop.time()
        platform.close_for(0.4)
        if not await previewed(surface, pages("One two"), [STOP]):  # others wait
            assert surface.wait(loop.time(), final=False) > 0
            before = platform.writes()
            assert not await surface.preview(pages("One two three"), [STOP])
            assert platform.writes() == before
        await surface.finish(pages("One two three four."), [RETRY])
        assert loop.time() - began >= 0.4
        assert texts(platform) == ["Onetwothreefour."]
        assert platform.manners() == []

    async def test_who_was_asked_to_wait_here_goes_on_elsewhere(self, platform: Platform) -> None:
        held = await platform.asked()
        await held.open(pages("One"), [STOP])
        loop, before = asyncio.get_running_loop(), platform.writes()
        await asyncio.sleep(held.wait(loop.time(), final=False))
        until_then = loop.time() + 1.5
        platform.close_for(1.5)
        waiting = asyncio.create_task(held.preview(pages("One two")))
        await until(lambda: platform.writes() > before)
        other = await platform.asked()
        await other.open(pages("Other"))
        await other.finish(pages("Other."))
        assert loop.time() < until_then
        await waiting
        await held.finish(pages("One two."))
        assert loop.time() >= until_then

    async def test_a_file_from_elsewhere_is_never_fetched(self, platform: Platform) -> None:
        surface = await platform.asked()
        for ref in ("https://evil.test/a", "http://169.254.169.254/latest", "1/2/3"):
            with pytest.raises((Unreachable, Unavailable)):
                await surface.fetch(Attachment("a", "text/plain", 1, ref), 100)


@where_it_refuses
class TestRefusals:
    @pytest.mark.parametrize("verb", ["preview", "finish"])
    async def test_a_deleted_answer_is_wanted_no_more(self, platform: Platform, verb: str) -> None:
        surface = await platform.asked()
        await surface.open(pages("One"), [STOP])
        await platform.delete()
        await asyncio.sleep(surface.wait(asyncio.get_running_loop().time(), final=False))
        with pytest.raises(Gone):
            await getattr(surface, verb)(pages("One two"))
        assert texts(platform) == []

    @pytest.mark.parametrize("verb", ["open", "finish"])
    async def test_a_place_that_is_closed_to_us_is_left_at_once(self, platform: Platform, verb: str) -> None:
        surface = await platform.asked()
        if verb == "finish":
            await surface.open(pages("One"), [STOP])
        before = platform.writes()
        await platform.block()
        with pytest.raises(Unreachable) as refusal:
            await getattr(surface, verb)(pages("One two"))
        assert refusal.value.detail
        assert platform.writes() <= before + 1

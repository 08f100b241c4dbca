"""The Surface contract: what stands at every place where an answer may appear, over the wire wherever there is one.

What is true of large pages is in `test_surface_fits.py`, of trouble in `test_surface_trouble.py`.
"""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import Mistaken, Unreachable
from bot.events import Chat, Handle
from bot.replies import Media, Page
from simulators.media import png
from tests.contracts.platforms import Platform
from tests.contracts.surfaces import (
    RETRY,
    STOP,
    everywhere,
    pages,
    previewed,
    texts,
    where_files_are_counted,
    where_files_come,
    where_it_revives,
    where_it_rewrites,
    whole,
    words,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "@everyone @here <@1> <@&2> @alice_liddell https://x.test/a [this](https://y.test) tg://user?id=1001 "


@everywhere
class TestWhatStandsThere:
    async def test_an_answer_grows_and_is_whole_at_the_end(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open(pages("One"), [STOP])
        assert words("One") in whole(platform)
        if await previewed(surface, pages("One two"), [STOP]):
            assert "Onetwo" in whole(platform)
        await surface.finish(pages("One two three."), [RETRY])
        assert whole(platform).startswith("Onetwothree.")
        assert [each.buttons for each in platform.shown()] == [("retry",)]

    async def test_every_page_stands_there_and_the_last_one_has_the_buttons(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open(pages("One"), [STOP])
        await surface.open(pages("One", "two"), [STOP])
        await surface.open(pages("One", "two", "three"), [STOP])
        await surface.finish(pages("One", "two", "three."), [RETRY])
        assert whole(platform).startswith("Onetwothree.")
        if platform.rewrites:
            assert texts(platform) == ["One", "two", "three."]
            assert [each.buttons for each in platform.shown()] == [(), (), ("retry",)]

    async def test_a_repeat_converges(self, platform: Platform) -> None:
        surface = await platform.asked()
        for _ in range(2):
            await surface.open(pages("One", "two"), [STOP])
        for _ in range(3):
            await surface.finish(pages("One", "two."), [RETRY])
        assert whole(platform).startswith("Onetwo.")
        assert whole(platform).count("One") == 1
        assert len(platform.shown()) == (2 if platform.rewrites else 1)

    async def test_what_stands_there_is_not_written_again(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open(pages("One", "two"), [STOP])
        await surface.finish(pages("One", "two."), [RETRY])
        before = platform.writes()
        await surface.finish(pages("One", "two."), [RETRY])
        await previewed(surface, pages("One", "two."), [RETRY])
        await surface.open(pages("One", "two."), [RETRY])
        assert platform.writes() == before

    async def test_a_note_stands_under_the_answer_and_a_thought_above(self, platform: Platform) -> None:
        surface = await platform.asked()
        page = Page("The answer.", note="A note.", thought="Let me think about this.", unfolded=True)
        await surface.open([replace(page, markdown="")])
        await surface.finish([page])
        text = whole(platform)
        assert "Theanswer." in text
        assert text.endswith("Anote.") or "Anote.)" in text
        assert text.index("Letmethink") < text.index("Theanswer.") < text.index("Anote.")

    async def test_a_note_alone_says_that_something_is_coming(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open([Page("", note="Still waiting.")], [STOP])
        assert "Stillwaiting." in whole(platform)
        await surface.finish(pages("Here."))
        assert whole(platform).endswith("Here.")

    async def test_nobody_is_called_and_no_link_is_shown_as_a_preview(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open(pages(HOSTILE, HOSTILE))
        await previewed(surface, pages(HOSTILE, HOSTILE * 2))
        page = Page(HOSTILE * 3, note=HOSTILE, thought=HOSTILE)
        await surface.finish([page, page])
        assert platform.manners() == []

    async def test_the_pace_is_told(self, platform: Platform) -> None:
        surface = await platform.asked()
        now = asyncio.get_running_loop().time()
        assert surface.wait(now, final=True) == 0.0
        await surface.open(pages("One"))
        now = asyncio.get_running_loop().time()
        assert 0.0 <= surface.wait(now, final=True) <= surface.wait(now, final=False)
        assert isinstance(await surface.author_is_admin(), bool)

    async def test_an_answer_beside_it_has_messages_of_its_own(self, platform: Platform) -> None:
        surface = await platform.asked()
        beside = platform.revived(surface.beside())
        await surface.open(pages("One"))
        await surface.finish(pages("One."))
        await beside.open(pages("Other"))
        await beside.finish(pages("Other."))
        if platform.places:
            assert "One." in whole(platform)
        assert "Other." in whole(platform)

    async def test_what_is_not_heard_here_is_said_with_its_remedy(self, platform: Platform) -> None:
        deafness = (await platform.asked()).deafness
        assert not deafness or (deafness[0].isupper() and deafness.endswith("."))

    async def test_a_thread_is_a_place_of_its_own_or_there_is_none(self, platform: Platform) -> None:
        surface = await platform.asked()
        if not platform.threads:
            with pytest.raises(Mistaken, match=r"\.$"):
                await surface.branch("A title")
            return
        chat, handle = await surface.branch("A title")
        assert chat.thread
        inside = platform.revived(handle)
        await inside.open(pages("Inside"))
        await inside.finish(pages("Inside."))
        assert "Inside." not in whole(platform)

    async def test_an_invitation_leads_to_the_private_chat_or_nowhere(self, platform: Platform) -> None:
        invitation = (await platform.asked()).invitation("aB3-_xyz")
        assert invitation == "" or (invitation.startswith("https://") and "aB3-_xyz" in invitation)

    async def test_a_link_leads_to_a_message_or_nowhere(self, platform: Platform) -> None:
        surface = await platform.asked()
        link = surface.link(Chat("-1001234567890", "-1001234567890"), "77")
        assert link == "" or (link.startswith("https://") and link.endswith("/77"))


class TestFiles:
    @where_files_come
    async def test_a_file_is_fetched_up_to_its_limit(self, platform: Platform) -> None:
        surface, file = await platform.given("a.txt", b"abc" * 1000)
        assert await surface.fetch(file, 3000) == b"abc" * 1000
        for attachment in (file, replace(file, size=1)):  # who lies about the size gets no further
            with pytest.raises(Mistaken, match=r"a\.txt"):
                await surface.fetch(attachment, 2999)

    @everywhere
    async def test_as_many_as_there_is_room_for_and_each_once(self, platform: Platform) -> None:
        surface = await platform.asked()
        media = [Media(png(str(number)), "image/png", f"{number}.png") for number in range(min(surface.can.files, 3))]
        await surface.open(pages(""))
        for _ in range(2):
            await surface.finish(pages("Here."), (), media)
        assert [data for each in platform.shown() for data in each.files] == [each.data for each in media]
        assert whole(platform).count("Here.") == 1

    @where_files_are_counted
    async def test_more_than_there_is_room_for_is_told(self, platform: Platform) -> None:
        surface = await platform.asked()
        media = [Media(png(str(number)), "image/png", f"{number}.png") for number in range(surface.can.files + 1)]
        await surface.open(pages(""))
        await surface.finish(pages("Here."), (), media)
        assert len([data for each in platform.shown() for data in each.files]) == surface.can.files
        assert "file" in whole(platform)


@where_it_rewrites
class TestPages:
    async def test_a_shorter_answer_leaves_nothing_behind(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open(pages("One", "two", "three"), [STOP])
        await surface.finish(pages("Only one."), [RETRY])
        assert texts(platform) == ["Onlyone."]
        assert platform.shown()[0].buttons == ("retry",)

    async def test_an_earlier_page_can_change(self, platform: Platform) -> None:
        surface = await platform.asked()
        await surface.open(pages("One", "two"))
        await surface.finish(pages("First", "two"))
        assert texts(platform) == ["First", "two"]


@where_it_revives
class TestRestarts:
    async def test_the_same_messages_go_on(self, platform: Platform) -> None:
        handle = await (await platform.asked()).open(pages("One", "two", "three"), [STOP])
        revived = platform.revived(handle)
        assert await revived.open(pages("One", "two", "three and"), [STOP])
        assert texts(platform) == ["One", "two", "threeand"]
        await revived.finish(pages("One", "two."), [RETRY])
        assert texts(platform) == ["One", "two."]
        await platform.revived(await revived.open(pages("One", "two."), [RETRY])).finish(pages("One", "two."), [RETRY])
        assert texts(platform) == ["One", "two."]

    async def test_what_was_never_begun_begins(self, platform: Platform) -> None:
        surface = await platform.asked()
        revived = platform.revived(surface.beside())
        await revived.open(pages("One"))
        await revived.finish(pages("One."))
        assert texts(platform)[-1] == "One."

    @pytest.mark.parametrize("handle", ["", "garbage", "{}", "[]", '{"chat": 1}', "null", '{"v": 99}'])
    async def test_a_handle_that_is_none_leads_nowhere(self, platform: Platform, handle: str) -> None:
        await platform.asked()
        with pytest.raises(Unreachable):
            platform.revived(Handle(handle or "nothing"))

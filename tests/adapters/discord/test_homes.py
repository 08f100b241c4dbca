"""Where no mention is needed, and whose talk is left alone there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.discord.homes import TOLD_DAYS, Homes
from bot.errors import Unavailable
from bot.events import Chat
from bot.settings import home_setting
from tests.adapters.discord.library import BOT, CHANNEL, DIRECT, GUILD, OWN_THREAD, THREAD, Library, user
from tests.adapters.discord.test_events import FORWARD, ME, replying_to
from tests.fakes import Settings

SPACE = f"space:discord:{GUILD}"
BOB = user("2009", "bob")
OTHER = user("3001", "otherbot", bot=True)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def settings(homes: dict[str, str]) -> Settings:
    return Settings({(SPACE, home_setting(place)): value for place, value in homes.items()})


async def heard(library: Library, content: str = "hello", stored: Settings | None = None, **fields: Any) -> bool:
    homes = Homes(stored or settings({CHANNEL: "yes"}))
    return await homes.includes(library.message(content, **fields), library.bot)


class TestPlaces:
    async def test_a_home_and_its_threads(self, library: Library) -> None:
        assert await heard(library)
        assert await heard(library, channel_id=THREAD)
        assert not await heard(library, stored=settings({"77": "yes"}))
        assert not await heard(library, stored=settings({CHANNEL: "no"}))
        assert not await heard(library, channel_id=DIRECT)

    async def test_a_thread_that_the_bot_opened(self, library: Library) -> None:
        nowhere = settings({})
        assert await heard(library, stored=nowhere, channel_id=OWN_THREAD)
        assert not await heard(library, stored=nowhere, channel_id=THREAD)

    async def test_a_threads_own_word_goes_before_its_channels(self, library: Library) -> None:
        away = settings({CHANNEL: "yes", THREAD: "no", OWN_THREAD: "no"})
        assert not await heard(library, stored=away, channel_id=THREAD)
        assert not await heard(library, stored=away, channel_id=OWN_THREAD)
        assert await heard(library, stored=settings({THREAD: "yes"}), channel_id=THREAD)

    async def test_what_is_known_holds_while_the_database_is_away(self, library: Library) -> None:
        class Away(Settings):
            away = False

            async def beginning(self, prefix: str) -> Any:
                if self.away:
                    raise Unavailable("The database is away.")
                return await super().beginning(prefix)

        stored = Away({(SPACE, home_setting(CHANNEL)): "yes"})
        homes = Homes(stored)
        assert await homes.includes(library.message("one"), library.bot)
        stored.away = True
        homes._until = 0.0
        assert await homes.includes(library.message("two"), library.bot)


class TestTalk:
    async def test_of_people_with_each_other(self, library: Library) -> None:
        assert not await heard(library, "<@2009> what do you think?", mentions=[BOB])
        assert not await heard(library, **replying_to(BOB))
        assert not await heard(library, "@everyone lunch!", mention_everyone=True)
        assert not await heard(library, "<@&11> help", mention_roles=["11"])

    async def test_with_the_bot(self, library: Library) -> None:
        assert await heard(library, **replying_to(ME))
        assert await heard(library, f"<@{BOT}> and you?", mentions=[ME])
        assert await heard(library, "", **FORWARD)

    async def test_a_sticker_is_no_question(self, library: Library) -> None:
        wave = [{"id": "5", "name": "Wave", "format_type": 1}]
        assert not await heard(library, "", sticker_items=wave)
        assert await heard(library, "what is this?", sticker_items=wave)

    @pytest.mark.parametrize("content", ["!play something", "?rank", "/chat hello", "$help me", ".ping", "!!skip"])
    async def test_that_is_another_bots(self, library: Library, content: str) -> None:
        assert not await heard(library, content)

    @pytest.mark.parametrize("content", ["!", "?!", "$5 is enough", "...and?", "/", "> quoted", "-1 + 2", "~~no~~"])
    async def test_that_only_looks_like_it(self, library: Library, content: str) -> None:
        assert await heard(library, content)


class TestTelling:
    async def test_once_in_a_place_and_again_much_later(self) -> None:
        stored = Settings()
        here, there = Chat(GUILD, CHANNEL), Chat(GUILD, CHANNEL, OWN_THREAD)
        homes = Homes(stored)
        assert [await homes.may_tell(each) for each in (here, here, there, there)] == [True, False, True, False]
        assert not await Homes(stored).may_tell(here)
        long_ago = datetime.now(UTC) - timedelta(days=TOLD_DAYS + 1)
        stored.values = dict.fromkeys(stored.values, long_ago.isoformat())
        assert await Homes(stored).may_tell(here)

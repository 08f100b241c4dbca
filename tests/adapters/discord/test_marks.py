"""How far channels were read: what counts, what is kept, and what a crash leaves."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from discord.utils import time_snowflake

from adapters.discord.marks import OPEN_DAYS, Gap, Marks
from bot.errors import Unavailable
from tests.fakes import Settings
from tests.virtual_time import run

NOW = time_snowflake(datetime.now(UTC) - timedelta(minutes=1))
AT = ("instance", "discord.read.7")


def marks_of(settings: Settings, most: int = 10) -> Marks:
    return Marks(settings, "7", most)


async def reopened(settings: Settings) -> Marks:
    marks = marks_of(settings)
    await marks.load()
    return marks


def after(marks: Marks, channel: str = "20") -> int:
    return next(gap.after for gap in marks.gaps(24) if gap.channel == channel)


async def test_the_next_process_reads_on_from_the_last_message() -> None:
    settings = Settings()
    marks = marks_of(settings)
    marks.opened("20", "10", NOW)
    marks.opened("30", "", NOW + 1)
    with marks.reading("20", NOW + 5):
        pass
    await marks.save()
    assert (await reopened(settings)).gaps(24) == [Gap("30", "", NOW + 1), Gap("20", "10", NOW + 5)]


async def test_where_nobody_speaks_to_the_bot_nothing_is_read() -> None:
    settings = Settings()
    marks = marks_of(settings)
    with marks.reading("20", NOW):
        pass
    await marks.save()
    assert marks.gaps(24) == []
    assert settings.values == {}


async def test_a_message_in_hand_and_all_after_it_are_read_again_after_a_crash() -> None:
    settings = Settings()
    marks = marks_of(settings)
    marks.opened("20", "10", NOW)
    with marks.reading("20", NOW + 5):
        with marks.reading("20", NOW + 6):
            pass
        await marks.save()
        assert after(await reopened(settings)) == NOW + 4
    await marks.save()
    assert after(await reopened(settings)) == NOW + 6


async def test_live_messages_do_not_hide_what_is_still_to_be_caught_up_with() -> None:
    settings = Settings()
    marks = marks_of(settings)
    marks.opened("20", "10", NOW)
    assert after(marks) == NOW
    with marks.reading("20", NOW + 100):
        pass
    await marks.save()
    assert after(await reopened(settings)) == NOW
    marks.caught_up("20", NOW + 50)
    await marks.save()
    assert after(await reopened(settings)) == NOW + 50
    marks.done("20")
    await marks.save()
    assert after(await reopened(settings)) == NOW + 100


async def test_bounds_in_channels_hours_and_days() -> None:
    settings = Settings()
    marks = marks_of(settings, most=2)
    for number in range(5):
        marks.opened(str(number), "10", NOW + number)
    await marks.save()
    assert set(json.loads(settings.values[AT])) == {"3", "4"}
    assert marks.gaps(1 / 3600)[0].after > NOW + 4
    old = time_snowflake(datetime.now(UTC) - timedelta(days=OPEN_DAYS + 1))
    marks.opened("3", "10", old)
    assert len(marks.gaps(24)) == 2
    settings.values[AT] = json.dumps({"9": ["10", NOW, old]})
    assert (await reopened(settings)).gaps(24) == []


async def test_switched_off_it_keeps_nothing() -> None:
    marks = marks_of(Settings(), most=0)
    marks.opened("20", "10", NOW)
    assert marks.gaps(24) == []


def test_a_new_channel_is_written_at_once_and_progress_seldom() -> None:
    async def hours() -> tuple[list[int], int]:
        writes: list[int] = []

        class Counting(Settings):
            async def write(self, scope: str, name: str, value: str) -> None:
                writes.append(len(json.loads(value)))
                await super().write(scope, name, value)

        marks = marks_of(Counting())
        keeping = asyncio.create_task(marks.keep())
        marks.opened("20", "10", NOW)
        await asyncio.sleep(0.1)
        first = list(writes)
        for number in range(100):
            with marks.reading("20", NOW + number):
                await asyncio.sleep(0.1)
        keeping.cancel()
        return first, len(writes)

    first, total = run(hours())
    assert first == [1]
    assert 2 <= total <= 4


async def test_a_database_that_is_away_costs_a_few_messages_read_again() -> None:
    class Away(Settings):
        async def write(self, scope: str, name: str, value: str) -> None:
            raise Unavailable("The database is away.")

    marks = marks_of(Away())
    marks.opened("20", "10", NOW)
    await marks.save()
    assert after(marks) == NOW


async def test_a_channel_that_is_gone_is_forgotten() -> None:
    settings = Settings()
    marks = marks_of(settings)
    marks.opened("20", "10", NOW)
    marks.opened("21", "10", NOW)
    marks.forget("20")
    await marks.save()
    assert set(json.loads(settings.values[AT])) == {"21"}

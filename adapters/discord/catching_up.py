"""Messages written while the bot was away: read from where each channel was left, and taken in like any other.

Discord repeats what a connection missed only to a session that goes on (RESUMED); a new one (READY) begins with what is
written from then on. Bounded in channels, messages and hours; live messages do not wait for it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import discord
from discord.http import Route

from adapters.discord import routes
from adapters.discord.config import DiscordConfig
from adapters.discord.hearing import Hearing
from adapters.discord.marks import Gap, Marks
from adapters.discord.surface import DiscordSurface
from adapters.discord.wire import Wire
from bot.errors import ParleyError, Unreachable

PAGE = 100  # messages that Discord gives at once (developers/resources/message, checked 2026-11-29)
PAUSE_SECONDS = 0.2  # between two requests: answers go first
PATIENCE_SECONDS = 120.0
OPEN_EACH = 2  # unseen answers of one person in one channel; the core refuses more than four open questions
LATER_SECONDS = (0.0, 2.0, 10.0, 60.0, 600.0)  # when what could not be read is tried again

Payload = Mapping[str, Any]

log = logging.getLogger(__name__)


class CatchingUp:
    def __init__(self, wire: Wire, marks: Marks, hearing: Hearing, config: DiscordConfig) -> None:
        self._wire = wire
        self._marks = marks
        self._hearing = hearing
        self._config = config
        self._task: asyncio.Task[None] | None = None
        self._taking: set[asyncio.Task[DiscordSurface | None]] = set()
        self._members: dict[tuple[str, str], Payload] = {}  # (guild, account), while one catching up lasts

    def begin(self, client: discord.Client) -> None:
        """At the first moment of a new session, before any of its messages."""
        gaps = self._marks.gaps(self._config.catch_up_hours)
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._read(client, gaps))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self, client: discord.Client, gaps: Sequence[Gap]) -> None:
        """What can't be read now is tried later, and at the next session: its marks stay where they are."""
        for pause in LATER_SECONDS:
            await asyncio.sleep(pause)
            gaps = [gap for gap in gaps if not await self._caught_up(client, gap)]
            self._members.clear()
            if not gaps:
                return
        log.warning("%d channels were not caught up with", len(gaps))

    async def _caught_up(self, client: discord.Client, gap: Gap) -> bool:
        """False: it can't be read now."""
        if gap.guild:
            await client.wait_until_ready()  # threads and roles are known from then on
            if client.get_guild(int(gap.guild)) is None:  # not told of yet, or Discord has an outage
                return False
        try:
            await self._channel(client, gap)
        except Unreachable as gone:
            log.info("a channel can't be read any more: %s %s", gone.message, gone.detail)
            self._marks.forget(gap.channel)
        except ParleyError as trouble:
            log.warning("a channel can't be read now: %s %s", trouble.message, trouble.detail)
            return False
        return True

    async def _channel(self, client: discord.Client, gap: Gap) -> None:
        after, left = self._marks.position(gap), self._config.catch_up_messages
        coming: dict[str, deque[DiscordSurface]] = {}  # answers, by whose question they answer
        while left > 0:
            size = min(left, PAGE)
            page = await self._ask(routes.history(gap.channel, after, size))
            for payload in sorted(page, key=lambda each: int(each["id"])):
                author = str(payload["author"]["id"])
                await _its_turn(coming.setdefault(author, deque()))
                if surface := await self._take_whole(client, gap, payload):
                    coming[author].append(surface)
                after = int(payload["id"])
                self._marks.caught_up(gap.channel, after)
            left -= size
            if len(page) < size:
                break
        else:
            log.warning("more than %d messages were missed in one channel", self._config.catch_up_messages)
        self._marks.done(gap.channel)

    async def _take_whole(self, client: discord.Client, gap: Gap, payload: Payload) -> DiscordSurface | None:
        """Taking in is not broken off in the middle; a message that meets a bug of ours does not hold up the others."""
        task = asyncio.create_task(self._take(client, gap, payload))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        await asyncio.wait({task})
        trouble = task.exception()
        if isinstance(trouble, ParleyError):
            raise trouble
        if trouble is not None:
            log.error("a bug in catching up", exc_info=trouble)
            return None
        return task.result()

    async def _take(self, client: discord.Client, gap: Gap, payload: Payload) -> DiscordSurface | None:
        if client.user is None:
            return None
        place = {"guild_id": gap.guild} if gap.guild else {}
        message = made_of(client, {**payload, **place})
        if gap.guild and await self._hearing.concerns(message, client.user):
            member = await self._member(gap.guild, str(payload["author"]["id"]))
            message = made_of(client, {**payload, **place, **member})
        return await self._hearing.message(message, client.user)

    async def _member(self, guild: str, account: str) -> Payload:
        """Who somebody is in this server, which the gateway tells with each message, and REST does not."""
        if (guild, account) not in self._members:
            try:
                self._members[guild, account] = {"member": await self._ask(routes.member(guild, account))}
            except Unreachable:  # has left it since
                self._members[guild, account] = {}
        return self._members[guild, account]

    async def _ask(self, route: Route) -> Any:
        await asyncio.sleep(PAUSE_SECONDS)
        return await self._wire.insist(route, patience=PATIENCE_SECONDS)


async def _its_turn(coming: deque[DiscordSurface]) -> None:
    """Nobody may have many questions open: of one person's, the next is taken when one of the last can be seen."""
    if len(coming) < OPEN_EACH:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await coming.popleft().appeared.wait()


def made_of(client: discord.Client, payload: Payload) -> discord.Message:
    """A message that was fetched, as the library would have made it of the gateway's event."""
    state: Any = client._connection  # noqa: SLF001 - the library has no other way for what it did not fetch itself
    channel, _ = state._get_guild_channel(payload)  # noqa: SLF001
    return discord.Message(state=state, channel=channel, data=payload)  # type: ignore[arg-type]

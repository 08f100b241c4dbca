"""What the page shows, as one piece: the whole state whenever something has changed, never the change alone.

So a reload, a lost connection or a slow reader needs no care: the newest state is all there is to know.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence

from playground.discord_pane import DiscordPane
from playground.process import Process
from playground.shapes import Json
from playground.stage import Stage
from playground.telegram_pane import TelegramPane
from playground.wire import Wire
from simulators.simulator import Changes

GAP_SECONDS = 0.12  # between two states for one reader
LOOK_SECONDS = 1.0  # how often is looked for what changes by time alone: typing ends, an interaction has failed
MOST_BYTES = 400_000  # of one state; beyond it the places show half as many messages, and half of those


class Watching:
    def __init__(self, stage: Stage, process: Process, discord: DiscordPane, telegram: TelegramPane) -> None:
        self.run_id = secrets.token_urlsafe(6)  # a page of another run is out of date
        self._stage = stage
        self._process = process
        self._panes: Mapping[str, DiscordPane | TelegramPane] = {"discord": discord, "telegram": telegram}
        self._wire = Wire({"discord": stage.discord, "telegram": stage.telegram, "model": stage.door})
        self._sources: Sequence[Changes] = (process.changes, *(part.changes for part in stage.parts))

    async def states(self) -> AsyncGenerator[bytes, None]:
        """The present state at once, then each that differs from the one before. Never more often than the gap."""
        before = b""
        while True:
            seen = [each.revision for each in self._sources]
            now = self._state()
            if now != before:
                yield now
                before = now
                await asyncio.sleep(GAP_SECONDS)
            await self._change(seen)

    async def _change(self, seen: Sequence[int]) -> None:
        waiting = [asyncio.create_task(each.after(at)) for each, at in zip(self._sources, seen, strict=True)]
        try:
            await asyncio.wait(waiting, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _state(self) -> bytes:
        state = self.whole()
        made = encoded(state)
        while len(made) > MOST_BYTES and _halved(state):
            made = encoded(state)
        return made

    def whole(self) -> Json:
        process, door = self._process, self._stage.door
        panes = {name: pane.state() for name, pane in self._panes.items()}
        online = all(pane["online"] for pane in panes.values())
        return {
            "run": self.run_id,
            "bot": {
                "state": "starting" if process.state == "running" and not online else process.state,
                "starts": process.starts,
                "reason": process.reason,
            },
            "model": {"offline": door.upstream.offline, "name": door.upstream.name},
            "armed": {
                "cut": door.cut,
                "slow": door.slow,
                "429-discord": any(each.times for each in self._stage.discord.faults),
                "429-telegram": any(each.times for each in self._stage.telegram.faults),
            },
            **panes,
            "wire": self._wire.lines(),
        }


def encoded(state: Json) -> bytes:
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _halved(state: Json) -> bool:
    """Let go of the older half of every place's messages. False: there is nothing more to let go of."""
    places = [place for name in ("discord", "telegram") for place in state[name]["places"]]
    for place in places:
        place["messages"] = place["messages"][(len(place["messages"]) + 1) // 2 :]
    return any(place["messages"] for place in places)

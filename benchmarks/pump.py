"""The least that a streaming bot can be: what is left to gain when Parley is measured against it.

It reads the model's stream with aiohttp and edits evenly within the platforms' limits, by raw requests: no bot library,
no history, no markup, no storage, and no heartbeats on the gateway (the simulator does not insist).
Run by `benchmarks.streaming` as a process of its own: `python -m benchmarks.pump PLATFORM MODEL KEY API TOKEN GATEWAY`.
"""

import asyncio
import json
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import aiohttp

GAP_SECONDS = 1.25  # between two edits of one answer: of five in five seconds, the fifth is for the last words
SHARE = 0.8  # of what all chats together may write: the rest is for last words
DIRECT_MESSAGES = 1 << 12


class Budget:
    """At most `count` writes in any so many seconds, and a little slack: they do not arrive as evenly as they go."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds + 0.02
        self._times = deque([float("-inf")] * count, count)

    def wait(self, share: float = 1.0) -> float:
        return self._times[-int(len(self._times) * share)] + self._seconds - time.monotonic()

    def take(self) -> None:
        self._times.append(time.monotonic())


class Platform(ABC):
    per_second: int  # writes, all chats together

    def __init__(self, session: aiohttp.ClientSession, api_url: str, token: str, gateway_url: str) -> None:
        self.session, self.api_url, self.token, self.gateway_url = session, api_url, token, gateway_url

    @abstractmethod
    def heard(self) -> AsyncGenerator[tuple[Any, str], None]:
        """What people write: (chat, text)."""

    @abstractmethod
    async def write(self, chat: Any, message: Any, text: str) -> Any:
        """Send, or edit where there is a message. Its id; what was there before when the platform said 429."""


class Discord(Platform):
    per_second = 50

    async def heard(self) -> AsyncGenerator[tuple[Any, str], None]:
        async with self.session.ws_connect(f"{self.gateway_url}?v=10&encoding=json") as socket:
            identity = {"token": self.token, "intents": DIRECT_MESSAGES, "properties": {}}
            await socket.send_json({"op": 2, "d": identity})
            async for frame in socket:
                event = json.loads(frame.data)
                if event.get("t") == "MESSAGE_CREATE" and not event["d"]["author"].get("bot"):
                    yield event["d"]["channel_id"], event["d"]["content"]

    async def write(self, chat: Any, message: Any, text: str) -> Any:
        method, url = ("PATCH", f"/{message}") if message else ("POST", "")
        url, headers = f"{self.api_url}/channels/{chat}/messages{url}", {"Authorization": f"Bot {self.token}"}
        async with self.session.request(method, url, json={"content": text}, headers=headers) as response:
            answer = await response.json()
        if response.status == 429:
            await asyncio.sleep(answer["retry_after"])
            return message
        return answer["id"]


class Telegram(Platform):
    per_second = 30

    async def heard(self) -> AsyncGenerator[tuple[Any, str], None]:
        offset = 0
        while True:
            for update in (await self._call("getUpdates", offset=offset, timeout=30))["result"]:
                offset = update["update_id"] + 1
                yield update["message"]["chat"]["id"], update["message"]["text"]

    async def write(self, chat: Any, message: Any, text: str) -> Any:
        if message:
            answer = await self._call("editMessageText", chat_id=chat, message_id=message, text=text)
        else:
            answer = await self._call("sendMessage", chat_id=chat, text=text)
        if not answer["ok"]:
            await asyncio.sleep(answer["parameters"]["retry_after"])
            return message
        return answer["result"]["message_id"]

    async def _call(self, method: str, **parameters: Any) -> Any:
        async with self.session.post(f"{self.api_url}{self.token}/{method}", json=parameters) as response:
            return await response.json()


class Answer:
    def __init__(self) -> None:
        self.text = ""
        self.begun = asyncio.Event()

    async def read(self, session: aiohttp.ClientSession, url: str, key: str, asked: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        body = {"model": MODEL, "messages": [{"role": "user", "content": asked}], "stream": True}
        rest = b""
        async with session.post(f"{url}/chat/completions", json=body, headers=headers) as response:
            async for data in response.content.iter_any():
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    if line.startswith(b"data: {"):
                        self.text += json.loads(line[6:])["choices"][0]["delta"]["content"]
                        self.begun.set()

    async def show(self, reader: asyncio.Task[None], platform: Platform, chat: Any, together: Budget) -> None:
        alone, message, shown, last = Budget(5, 5.0), None, "", float("-inf")
        await self.begun.wait()
        while not (reader.done() and shown == self.text):
            wait = max(alone.wait(), together.wait())
            if not reader.done():
                wait = max(wait, together.wait(SHARE), last + GAP_SECONDS - time.monotonic())
            if wait > 0:
                await (asyncio.sleep(wait) if reader.done() else asyncio.wait({reader}, timeout=wait))
                continue
            last, text = time.monotonic(), self.text
            alone.take()
            together.take()
            written = await platform.write(chat, message, text)
            message, shown = written, text if written else shown
        await reader


MODEL = "openai/gpt-oss-20b"
PLATFORMS: Mapping[str, type[Platform]] = {"discord": Discord, "telegram": Telegram}


async def main(name: str, model_url: str, key: str, *where: str) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session, asyncio.TaskGroup() as tasks:
        platform = PLATFORMS[name](session, *where)
        together = Budget(platform.per_second, 1.0)
        async for chat, text in platform.heard():
            answer = Answer()
            reader = tasks.create_task(answer.read(session, model_url, key, text))
            tasks.create_task(answer.show(reader, platform, chat, together))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

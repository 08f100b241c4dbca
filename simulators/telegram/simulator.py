"""A Bot API on loopback with one bot, and the hands by which a test moves the people who talk to it."""

import inspect
from typing import Any

from aiohttp import web

from simulators.simulator import ENTRY, Entry, Simulator
from simulators.telegram.methods import METHODS
from simulators.telegram.parameters import Parameters
from simulators.telegram.people import People
from simulators.telegram.places import id_of
from simulators.telegram.refusals import Refusal
from simulators.telegram.values import Chat, Draft, Json, Message, User
from simulators.telegram.world import World

TOKEN = "123456789:AAsimulatedTelegramTokenForTests0000000"  # noqa: S105 - it opens nothing


class TelegramSimulator(People, Simulator):
    """What is accepted, refused and delivered is decided in the modules beside this one, what people do in `people`.

    Every chat argument is a `Chat` or its id. `scale` shortens flood limits, holds, the life of presses and the pause
    before a repeated 409; how long a poll waits is the caller's own wish and stays as it is.
    """

    def __init__(self, port: int = 0, scale: float = 1.0, token: str = TOKEN) -> None:
        Simulator.__init__(self, port, scale)
        People.__init__(self, World(scale, self.clock, self.changes))
        self.token = token

    async def __aexit__(self, *exc: object) -> None:
        if self.world.delivery is not None:
            await self.world.delivery.close()
        await super().__aexit__(*exc)

    @property
    def api_url(self) -> str:
        """What python-telegram-bot calls `base_url`."""
        return f"{self.url}/bot"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token:[^/]*}/{method}", self._serve),
            web.get("/file/bot{token:[^/]*}/files/{file_id}", self._download),
        ]

    def messages(self, chat: Chat | int) -> list[Message]:
        """What can be seen in this chat now, in order."""
        return [each for each in self.world.messages.values() if each.chat_id == id_of(chat)]

    @property
    def written(self) -> list[Message]:
        """Everything that the bot ever wrote, for whomever: what was deleted, and inline messages, included."""
        return self.world.written

    def ephemerals(self, chat: Chat | int, user: User) -> list[Message]:
        """What this person alone sees in this chat, in order."""
        return [each for key, each in self.world.ephemerals.items() if key[:2] == (id_of(chat), user.id)]

    @property
    def knows_ephemeral(self) -> bool:
        """Whether this server has ephemeral messages; at first it has not."""
        return self.world.knows_ephemeral

    @knows_ephemeral.setter
    def knows_ephemeral(self, knows: bool) -> None:
        self.world.knows_ephemeral = knows

    def drafts(self, chat: Chat | int) -> list[Draft]:
        """What this private chat shows of messages that are still being written."""
        now = self.clock.now()
        drafts = [each for each in self.world.drafts.values() if each.chat.id == id_of(chat)]
        return [each for each in drafts if each.until > now and (each.keep_on_stop or not each.stopped)]

    def action(self, chat: Chat | int, topic: int = 0) -> str:
        """What the bot is seen to do here now: "typing"; "" for nothing."""
        name, until = self.world.actions.get((id_of(chat), topic), ("", 0.0))
        return name if until > self.clock.now() else ""

    def albums(self, chat: Chat | int) -> list[list[Message]]:
        """The albums that can be seen in this chat, in order."""
        grouped: dict[str, list[Message]] = {}
        for message in self.messages(chat):
            if message.album:
                grouped.setdefault(message.album, []).append(message)
        return list(grouped.values())

    @property
    def pending(self) -> int:
        return len(self.world.updates.pending)

    @property
    def confirmed(self) -> int:
        return self.world.updates.confirmed

    @property
    def menus(self) -> dict[tuple[str, str], list[Json]]:
        return self.world.menus

    @property
    def menu_calls(self) -> list[str]:
        """The names of all calls about menus, in order."""
        return self.world.menu_calls

    @property
    def findings(self) -> list[str]:
        """What was accepted although this house does not want it, or although Telegram describes it otherwise."""
        return self.world.findings

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        entry: Entry = request[ENTRY]
        try:
            result = await self._answer(request, entry)
        except Refusal as refusal:
            entry.verdict, entry.hold = refusal.verdict, refusal.hold
            headers = {"Retry-After": f"{refusal.hold:g}"} if refusal.hold else {}
            return web.json_response(refusal.json, status=refusal.code, headers=headers)
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["file_id"]
        data = self.world.files.get(file_id)
        expired = self.world.links.get(file_id, 0.0) <= self.clock.now()
        if request.match_info["token"] != self.token or data is None or expired:
            return web.json_response(Refusal(404, "Not Found").json, status=404)
        return web.Response(body=data, content_type="application/octet-stream")

    async def _answer(self, request: web.Request, entry: Entry) -> Any:
        if ":" not in request.match_info["token"]:
            raise Refusal(404, "Not Found")
        if request.match_info["token"] != self.token:
            raise Refusal(401, "Unauthorized")
        name = request.match_info["method"].lower()
        known = next((each for each in METHODS if each.lower() == name), None)
        if known is None or not self.world.knows(known):
            raise Refusal(404, "Not Found: method not found")
        call = Parameters(request.query, entry.body)
        result = METHODS[known](self.world, call)
        result = await result if inspect.isawaitable(result) else result
        self.world.compare(lambda api: api.call(known, call.values))
        if known != "getUpdates":  # a test may have put anything there
            self.world.compare(lambda api: api.result(known, result))
        return result

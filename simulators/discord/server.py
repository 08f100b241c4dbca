"""The HTTP side: who may ask, which bucket pays, how an answer or a refusal goes back and into the ledger."""

import json
import math
from dataclasses import replace
from typing import Any

from aiohttp import web

from simulators.discord import payloads
from simulators.discord.access import Access
from simulators.discord.buckets import VIA, Buckets, Key, Verdict
from simulators.discord.cloudflare import Cloudflare, page
from simulators.discord.description import description
from simulators.discord.gateway import Gateway
from simulators.discord.interactions import Interactions
from simulators.discord.messages import Messages
from simulators.discord.portal import Portal
from simulators.discord.refusals import Refusal, method_not_allowed, not_found, unauthorized
from simulators.discord.replying import json_response
from simulators.discord.rest import Rest
from simulators.discord.sessions import Session
from simulators.discord.threads import Threads
from simulators.discord.world import Intent, World
from simulators.simulator import ENTRY, Entry, Handler, Simulator

ROOT = "/api/v10"
TOKEN = "MTIzNDU2Nzg5.simul.discordtoken"  # noqa: S105 - opens nothing but this simulator
LIMITED = ("/channels/{channel_id}/messages", "/channels/{channel_id}/typing", "/webhooks/")
WITH_OWN_TOKEN = ("/interactions/", "/webhooks/")  # the interaction's token is the right to use them
EARLY = "before retry_after"


class DiscordServer(Simulator):
    def __init__(self, port: int = 0, scale: float = 1.0) -> None:
        super().__init__(port, scale)
        self.portal = Portal()
        self.world = World(self.clock, self.changes)
        self.gateway = Gateway(TOKEN, self._introduce, self.portal, self.clock, self.changes, scale)
        self.access = Access(self.world, scale)
        self.board = Messages(self.world, self.gateway, self.access, lambda: self.url)
        self.threads = Threads(self.board)
        self.rest = Rest(self.world, self.board, self.portal, lambda: self.gateway_url)
        self.interactions = Interactions(self.world, self.board)
        self.findings: list[str] = []  # what was taken here although Discord's own description does not know it
        self.buckets = Buckets(scale, self.clock.now, self.clock.wall)
        self.cloudflare = Cloudflare()

    @property
    def token(self) -> str:
        """The bot's; too many identifies in a day reset it."""
        return self.gateway.token

    @property
    def invalid_requests(self) -> int:
        """Requests of the last ten minutes that ended with 401, 403 or 429; 10,000 lead to a ban."""
        return self.cloudflare.count(self.clock.now())

    @property
    def api_url(self) -> str:
        return self.url + ROOT

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway/"

    def routes(self) -> list[web.RouteDef]:
        return [
            *self.rest.routes(ROOT),
            *self.threads.routes(ROOT),
            *self.interactions.routes(ROOT),
            web.get("/gateway/", self.gateway.connect),
            web.get("/gateway/resume/", self.gateway.connect),
            web.get("/attachments/{attachment_id}/{name}", self._attachment),
        ]

    async def __aexit__(self, *exc: object) -> None:
        self.gateway.close(1001)
        await super().__aexit__(*exc)

    @web.middleware
    async def _keep(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        key = key_of(request)
        now = self.clock.now()
        early = self.buckets.early(key) or self.cloudflare.ignored(now, self.buckets.crossing)

        async def judged(request: web.Request) -> web.StreamResponse:
            return await self._judge(request, handler, key)

        response = await super()._keep(request, judged)
        entry: Entry = request[ENTRY]
        if request.path.startswith(ROOT) and not self.cloudflare.banned(self.clock.now()):
            self.cloudflare.note(response, self.clock.now())
        if early:
            entry.verdict = EARLY
        if response.status == 429 and not entry.hold:  # a scripted one: from now on it binds as Discord's own would
            entry.hold, everywhere = announced(response)
            self.buckets.hold(key, entry.hold, everywhere=everywhere)
        return response

    async def _judge(self, request: web.Request, handler: Handler, key: Key) -> web.StreamResponse:
        if not request.path.startswith(ROOT):
            return await handler(request)
        entry: Entry = request[ENTRY]
        verdict = Verdict(VIA)
        if wait := self.cloudflare.banned(self.clock.now()):
            entry.hold, entry.verdict = wait, "banned by Cloudflare"
            return page(wait)
        try:
            self._authenticate(request)
            verdict = self.buckets.take(key)
            if verdict.retry_after is not None:
                return self._limited(entry, verdict)
            response = await handler(request)
            self._compare(request, entry)
        except web.HTTPMethodNotAllowed:
            response = _refused(entry, method_not_allowed())
        except web.HTTPNotFound:
            response = _refused(entry, not_found())
        except Refusal as refusal:
            response = _refused(entry, refusal)
            if refusal.retry_after is not None:
                self._hold(entry, key, refusal)
                verdict = replace(verdict, headers={**verdict.headers, **waiting(refusal.retry_after, "user")})
        response.headers.update(verdict.headers)
        return response

    def _authenticate(self, request: web.Request) -> None:
        trusted = request.path.removeprefix(ROOT).startswith(WITH_OWN_TOKEN)
        if not trusted and request.headers.get("Authorization") != f"Bot {self.token}":
            raise unauthorized()

    def _compare(self, request: web.Request, entry: Entry) -> None:
        """Hold a request that was taken against Discord's description, where the tests have it."""
        known = description()
        if known is not None:
            faults = known.request_faults(request.method, path_of(request), request.query, entry.body)
            self.findings += [f"{entry.request}: {each}" for each in faults]

    def _limited(self, entry: Entry, verdict: Verdict) -> web.Response:
        wait = verdict.retry_after or 0.0
        entry.hold, entry.verdict = wait, f"rate limited ({verdict.scope})"
        everywhere = verdict.scope == "global"
        whose = "The resource is" if verdict.scope == "shared" else "You are"
        body = {"message": f"{whose} being rate limited.", "retry_after": wait, "global": everywhere}
        response = json_response(body, 429)
        response.headers.update({**verdict.headers, **waiting(wait, verdict.scope)})
        return response

    def _hold(self, entry: Entry, key: Key, refusal: Refusal) -> None:
        """A 429 that only some requests of a route meet (slow mode, old messages) binds those alone."""
        entry.hold = refusal.retry_after or 0.0
        apart = Key(f"code {refusal.code}", key.major, global_exempt=True)
        if self.buckets.early(apart):
            entry.verdict = EARLY
        self.buckets.hold(apart, entry.hold)

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self.threads.archive_idle()

    def _introduce(self, session: Session) -> None:
        """READY, then the guild, as a new session gets them."""
        session.add(
            "READY",
            {
                "v": 10,
                "user": payloads.bot_user(self.world),
                "guilds": [{"id": self.world.guild_id, "unavailable": True}] if self.world.in_guild else [],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": self.gateway_url + "resume/",
                "application": {"id": self.world.bot.id, "flags": 0},
                "private_channels": [],
                "relationships": [],
                "user_settings": {},
                "_trace": [],
                **({"shard": session.shard} if session.shard else {}),
            },
        )
        if session.intents & Intent.GUILDS and self.world.in_guild:
            session.add("GUILD_CREATE", payloads.guild_create(self.world))

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        found, until = self.world.files.get(request.match_info["attachment_id"]), request.query.get("ex", "0")
        if found is None or int(until, 16) <= self.clock.wall():
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=found.data, content_type=found.media_type)


def key_of(request: web.Request) -> Key:
    """Requests of one method and path template share a bucket for every channel or interaction."""
    path = path_of(request)
    parts = request.match_info
    return Key(
        f"{request.method} {path}",
        parts.get("webhook_token") or parts.get("channel_id") or parts.get("guild_id") or "",
        limited=path.startswith(LIMITED),
        global_exempt=path.startswith(WITH_OWN_TOKEN),
    )


def path_of(request: web.Request) -> str:
    """The route's path with names in braces for its parameters."""
    resource = request.match_info.route.resource
    return (resource.canonical if resource is not None else request.path).removeprefix(ROOT)


def waiting(seconds: float, scope: str) -> dict[str, str]:
    return {"Retry-After": str(math.ceil(seconds)), "X-RateLimit-Scope": scope}


def announced(response: web.StreamResponse) -> tuple[float, bool]:
    """The seconds that a scripted 429 asks for, and whether of everybody: global, or not even Discord's own."""
    body: Any = None
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        try:
            body = json.loads(response.body)
        except ValueError:
            body = None
    if not isinstance(body, dict):
        return float(response.headers.get("Retry-After", 0)), True
    everywhere = bool(body.get("global")) or "Via" not in response.headers
    return float(body.get("retry_after", 0)), everywhere


def _refused(entry: Entry, refusal: Refusal) -> web.Response:
    entry.verdict = refusal.verdict
    return json_response(refusal.body, refusal.status)

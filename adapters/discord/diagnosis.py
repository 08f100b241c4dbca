"""What keeps the bot from working on Discord, as far as its API tells; nothing is identified, so a bot that runs keeps
its session.

Fields as in Discord's OpenAPI and developers/resources/application (2026-11-29).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import partial
from math import ceil
from typing import Any

import aiohttp

from adapters.discord.client import invitation
from adapters.discord.config import DiscordConfig
from adapters.discord.failures import CODES, PORTAL
from adapters.discord.rights import THREADS, lacking, rights_in
from adapters.looking import FOREIGN, LIVE, Answer, Look, field, host
from bot.finding import Finding, Place
from bot.version import NAME, VERSION

PART = "Discord"
TOKEN = re.compile(r"[\w-]{10,}\.[\w-]{5,}\.[\w-]{10,}", re.ASCII)
COPY = f"Copy the token from {PORTAL} (Bot, Reset Token) into .env."
MESSAGE_CONTENT = 1 << 18 | 1 << 19  # flags GATEWAY_MESSAGE_CONTENT and ..._LIMITED: either is enough
DIRECT = (1, 3)  # types of channels: private chats
SUPPRESS_EMBEDS = 1 << 2
HELLO = 10

LOOKALIKES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\d{15,21}"), "is an application's (or a user's) id"),
    (re.compile(r"[0-9a-f]{64}"), "is the application's public key"),
    (re.compile(r"[\w-]{32}"), "looks like the client secret of OAuth2"),
    (re.compile(r"(?i:bot|bearer)\s.*"), "begins with “Bot”, which does not belong to it"),
    (re.compile(r".*[\s\"'].*"), "has a blank or a quotation mark in it"),
)
NOT_SET = "DISCORD_TOKEN is not set: docs/discord.md says where to get it."
REFUSED = f"Discord refuses DISCORD_TOKEN: it was reset, or belongs to a deleted bot. {COPY}"
UNREACHABLE = "{url} cannot be reached ({error}): check this machine's network, and discord.{setting}."
STRANGE = "what answers at {url} is not Discord's API (status {status}): mend discord.api_url."
NO_GATEWAY = "what answers at {url} is not Discord's gateway: mend discord.gateway_url, or leave it empty."
INTENT = (
    "discord.message_content is on, but the Message Content Intent is not, so the gateway refuses the bot: switch it "
    f"on at {PORTAL} (Bot, Privileged Gateway Intents), or set discord.message_content = false."
)
DEAF = (
    "in its home channels (/here) it can read only what mentions it: switch the Message Content Intent on at "
    f"{PORTAL} (Bot, Privileged Gateway Intents) and set discord.message_content = true."
)
ENDPOINT = (
    "an Interactions Endpoint URL is set ({host}), so slash commands and buttons go there and not to us: empty it at "
    f"{PORTAL} (General Information)."
)
CODE_GRANT = f"“Requires OAuth2 Code Grant” is on, so that nobody can invite the bot: switch it off at {PORTAL} (Bot)."
NO_SERVER = "it is in no server. Invite it: {link}"
NO_STARTS = (
    "Discord allows no more starts of this bot today: a loop of restarts used them up; stop it and wait {hours} h."
)
NOT_SYNCED = "the menu of slash commands is not there yet; the first start sends it."
LACKING = (
    "in channel {channel} the bot lacks {rights}: give its role these rights in the channel's or the server's settings."
)
HOME_GONE = (
    "channel {channel}, one of its homes (/here), is gone or hidden from the bot: give its role View Channel there, or "
    "invite it again."
)
NO_CHANNEL = (
    "Discord knows no such channel of this bot. The id is that of a channel, not of a person or a server: Discord's "
    "settings, Advanced, Developer Mode, then right-click the channel, Copy Channel ID."
)
REMEDIES: Mapping[int, str] = {  # of the codes that a message to a channel may meet
    10003: NO_CHANNEL,
    50001: "Give its role View Channel there, or invite it to that server.",
    50008: "This is a category or a forum: name a text channel.",
    50013: "Give its role Send Messages in the channel's settings.",
    50083: "Reopen the thread.",
    160005: "Unlock the thread.",
}

_fine = partial(Finding, "fine", PART)
_note = partial(Finding, "note", PART)
_mend = partial(Finding, "mend", PART)


async def diagnose(config: DiscordConfig, token: str, look: Look) -> Sequence[Finding]:
    if not TOKEN.fullmatch(token):
        return [_mend(_malformed(token) if token else NOT_SET)]
    try:
        return await _Diagnosis(config, token, look).findings()
    except FOREIGN as error:
        return [_mend(UNREACHABLE.format(url=host(config.api_url), error=type(error).__name__, setting="api_url"))]


async def send(config: DiscordConfig, token: str, look: Look, chat: str) -> Finding:
    """One real message to a channel, by its id."""
    body = {"content": LIVE, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS}
    if not chat.isdecimal():
        return _mend(NO_CHANNEL)
    try:
        answer = await _Diagnosis(config, token, look).ask(f"/channels/{chat}/messages", body)
    except FOREIGN as error:
        return _mend(UNREACHABLE.format(url=host(config.api_url), error=type(error).__name__, setting="api_url"))
    if answer.status < 300:
        return _fine(f"a message arrived in channel {chat}.")
    return _mend(f"channel {chat} took no message: {_why_not(answer)}")


@dataclass(frozen=True, slots=True)
class _Diagnosis:
    config: DiscordConfig
    token: str
    look: Look
    _known: dict[str, Answer] = dataclass_field(default_factory=dict)  # by path: of servers, which many channels share

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        headers = {"Authorization": f"Bot {self.token}", "User-Agent": f"DiscordBot ({NAME}, {VERSION})"}
        return await self.look.ask(PART, self.config.api_url + path, headers, body)

    async def _once(self, path: str) -> Any:
        if path not in self._known:
            self._known[path] = await self.ask(path)
        return self._known[path].body

    async def findings(self) -> Sequence[Finding]:
        application = await self.ask("/applications/@me")
        if application.status != 200 or not field(application.body, "id"):
            return [_mend(self._refusal(application))]
        number, account = str(field(application.body, "id")), str(field(application.body, "bot", "id"))
        name = field(application.body, "bot", "username") or field(application.body, "name")
        return [
            _fine(f"signed in as {name}."),
            *self._settings(application.body),
            *await self._servers(application.body, number),
            *await self._gateway(),
            *await self._menu(number),
            *[found for place in self.look.places for found in await self._rights(place, account)],
        ]

    def _refusal(self, answer: Answer) -> str:
        if answer.status == 401:
            return REFUSED
        if answer.status == 429:
            return "Discord asks this machine to wait, after too many mistakes: try again in some minutes."
        if answer.status >= 500:
            return f"Discord has trouble of its own (status {answer.status}): try again later."
        return STRANGE.format(url=host(self.config.api_url), status=answer.status)

    def _settings(self, application: Mapping[str, Any]) -> Sequence[Finding]:
        """What the portal's settings say."""
        found = []
        heard = self.config.message_content and bool(int(application.get("flags") or 0) & MESSAGE_CONTENT)
        if endpoint := application.get("interactions_endpoint_url"):
            found.append(_mend(ENDPOINT.format(host=host(endpoint))))
        if self.config.message_content and not heard:
            found.append(_mend(INTENT))
        elif not heard and any(place.home for place in self.look.places):
            found.append(_mend(DEAF))
        if application.get("bot_require_code_grant"):
            found.append(_mend(CODE_GRANT))
        return found

    async def _servers(self, application: Mapping[str, Any], number: str) -> Sequence[Finding]:
        servers = (await self.ask("/users/@me/guilds")).body
        if not isinstance(servers, list):
            return ()
        if not servers and not application.get("approximate_user_install_count"):
            return [_mend(NO_SERVER.format(link=invitation(number)))]
        return [_fine(f"it is in {len(servers)} server{'s' if len(servers) != 1 else ''}.")]

    async def _gateway(self) -> Sequence[Finding]:
        """Whether it greets; nothing is said to it."""
        told = (await self.ask("/gateway/bot")).body
        limit = field(told, "session_start_limit")
        if field(limit, "remaining") == 0:
            return [_mend(NO_STARTS.format(hours=ceil((field(limit, "reset_after") or 1) / 3_600_000)))]
        url = self.config.gateway_url or str(field(told, "url") or "")
        try:
            async with self.look.session.ws_connect(
                f"{url}?v=10&encoding=json", timeout=aiohttp.ClientWSTimeout(5.0)
            ) as socket:
                greeting = await socket.receive_json(timeout=5.0)
        except FOREIGN as error:
            return [_mend(UNREACHABLE.format(url=host(url), error=type(error).__name__, setting="gateway_url"))]
        except (TypeError, ValueError):  # aiohttp's word for what is not JSON, and for an address that is none
            greeting = None
        return () if field(greeting, "op") == HELLO else [_mend(NO_GATEWAY.format(url=host(url)))]

    async def _menu(self, number: str) -> Sequence[Finding]:
        commands = (await self.ask(f"/applications/{number}/commands")).body
        return () if commands else [_note(NOT_SYNCED)]

    async def _rights(self, place: Place, account: str) -> Sequence[Finding]:
        answer = await self.ask(f"/channels/{place.chat}")
        channel = answer.body
        if answer.status in (403, 404):
            return [_mend(HOME_GONE.format(channel=place.chat))] if place.home else ()
        if answer.status != 200 or not isinstance(channel, Mapping) or channel.get("type") in DIRECT:
            return ()
        thread = channel.get("type") in THREADS
        ruled = (await self.ask(f"/channels/{channel.get('parent_id')}")).body if thread else channel
        server = await self._once(f"/guilds/{channel.get('guild_id')}")
        member = await self._once(f"/guilds/{channel.get('guild_id')}/members/{account}")
        if not (isinstance(ruled, Mapping) and field(server, "id") and isinstance(field(member, "roles"), list)):
            return ()  # nobody knows
        missing = lacking(rights_in(server, member["roles"], ruled, account), thread=thread)
        return [_mend(LACKING.format(channel=place.chat, rights=", ".join(missing)))] if missing else ()


def _malformed(token: str) -> str:
    what = next((what for form, what in LOOKALIKES if form.fullmatch(token)), "is no token")
    return f"DISCORD_TOKEN {what}. {COPY}"


def _why_not(answer: Answer) -> str:
    code = field(answer.body, "code")
    if answer.status == 401:
        return REFUSED
    if answer.status == 429:
        return "Discord asks to wait, or the channel is in slow mode: try again in a minute."
    said = CODES[code][1] if isinstance(code, int) and code in CODES else f"Discord refuses it (code {code})."
    return f"{said} {REMEDIES.get(code, '')}".strip() if isinstance(code, int) else f"status {answer.status}."

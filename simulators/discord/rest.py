"""REST routes that ask for the bot's token: the bot itself, its commands, channels, messages, members."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulators.discord import drafts, payloads
from simulators.discord.access import writing
from simulators.discord.commands import check_all
from simulators.discord.mentions import REGULAR
from simulators.discord.messages import Messages
from simulators.discord.portal import Portal
from simulators.discord.refusals import (
    invalid,
    invalid_json,
    invalid_recipients,
    missing_access,
    no_common_guild,
    not_the_author,
    takes_no_messages,
    too_many_creates,
    unknown_guild,
    unknown_message,
    unknown_user,
)
from simulators.discord.replying import json_response, no_content
from simulators.discord.rights import Right
from simulators.discord.world import Flag, Message, World

CREATES_A_DAY, DAY = 200, 86_400.0
SETTABLE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.IS_COMPONENTS_V2


class Rest:
    def __init__(self, world: World, messages: Messages, portal: Portal, gateway_url: Callable[[], str]) -> None:
        self.world = world
        self.messages = messages
        self.access = messages.access
        self.gateway_url = gateway_url
        self.portal = portal
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self._created: list[float] = []  # when commands were created

    def routes(self, root: str) -> list[web.RouteDef]:
        channel, guild = root + "/channels/{channel_id}", root + "/guilds/{guild_id}"
        commands = root + "/applications/{application_id}/commands"
        return [
            web.get(root + "/users/@me", self.me),
            web.post(root + "/users/@me/channels", self.open_direct_channel),
            web.get(root + "/users/@me/guilds", self.guilds),
            web.get(root + "/users/{user_id}", self.user),
            web.get(root + "/oauth2/applications/@me", self.application),
            web.get(root + "/applications/@me", self.application),
            web.get(root + "/gateway/bot", self.gateway_bot),
            web.get(commands, self.list_commands),
            web.put(commands, self.put_commands),
            web.get(guild, self.guild),
            web.get(guild + "/channels", self.guild_channels),
            web.get(guild + "/members/{user_id}", self.member),
            web.get(channel, self.channel),
            web.post(channel + "/typing", self.typing),
            web.get(channel + "/messages", self.list_messages),
            web.post(channel + "/messages", self.create),
            web.get(channel + "/messages/{message_id}", self.get),
            web.patch(channel + "/messages/{message_id}", self.patch),
            web.delete(channel + "/messages/{message_id}", self.delete),
        ]

    async def me(self, _request: web.Request) -> web.StreamResponse:
        return json_response(payloads.bot_user(self.world))

    async def user(self, request: web.Request) -> web.StreamResponse:
        found = self.world.users.get(request.match_info["user_id"])
        if found is None:
            raise unknown_user()
        return json_response(payloads.user(found))

    async def open_direct_channel(self, request: web.Request) -> web.StreamResponse:
        draft = await drafts.read(request)
        wanted = str(draft.fields.get("recipient_id"))
        if not wanted.isdecimal():
            raise invalid("recipient_id", f'Value "{wanted}" is not snowflake.', "NUMBER_TYPE_COERCE")
        found = self.world.users.get(wanted)
        if found is None or found.bot:
            raise invalid_recipients()
        return json_response(payloads.channel(self.world, self.world.direct_channel(found)))

    async def application(self, _request: web.Request) -> web.StreamResponse:
        return json_response(payloads.application(self.world, self.messages.gateway.privileged) | self.portal.json)

    async def guilds(self, _request: web.Request) -> web.StreamResponse:
        return json_response(self.portal.servers(self.world))

    async def gateway_bot(self, _request: web.Request) -> web.StreamResponse:
        starts, now = self.messages.gateway.starts, self.world.clock.now()
        limit = {
            "total": self.portal.starts,
            "remaining": starts.left(now, self.portal.starts),
            "reset_after": int(starts.resets_after(now) * 1000),
            "max_concurrency": starts.concurrency,
        }
        return json_response({"url": self.gateway_url(), "shards": 1, "session_start_limit": limit})

    async def list_commands(self, request: web.Request) -> web.StreamResponse:
        self._own(request)
        return json_response(self.commands)

    async def put_commands(self, request: web.Request) -> web.StreamResponse:
        self._own(request)
        try:
            given = await request.json()
        except ValueError:
            raise invalid_json() from None
        check_all(given)
        self._count_new(given)
        known = {(each["type"], each["name"]): each["id"] for each in self.commands}
        version = self.world.new_id()
        self.commands = [
            {
                "default_member_permissions": None,
                "nsfw": False,
                "contexts": None,
                **each,
                "description": each.get("description") or "",
                "options": each.get("options") or [],
                "integration_types": each.get("integration_types") or [0, 1],
                "type": each.get("type") or 1,
                "id": known.get((each.get("type") or 1, each["name"])) or self.world.new_id(),
                "application_id": self.world.bot.id,
                "version": version,
            }
            for each in given
        ]
        self.syncs += 1
        return json_response(self.commands)

    def _count_new(self, given: list[dict[str, Any]]) -> None:
        """200 commands may be created in a day; those that were there before are not new."""
        now, known = self.world.clock.now(), {(each["type"], each["name"]) for each in self.commands}
        self._created = [each for each in self._created if each > now - DAY]
        new = [each for each in given if (each.get("type") or 1, each["name"]) not in known]
        if len(self._created) + len(new) > CREATES_A_DAY:
            raise too_many_creates(CREATES_A_DAY)
        self._created += [now] * len(new)

    async def guild(self, request: web.Request) -> web.StreamResponse:
        self._in_guild(request)
        return json_response(payloads.guild(self.world))

    async def guild_channels(self, request: web.Request) -> web.StreamResponse:
        self._in_guild(request)
        return json_response([payloads.channel(self.world, each) for each in self.world.places() if not each.thread])

    async def member(self, request: web.Request) -> web.StreamResponse:
        self._in_guild(request)
        found = self.world.users.get(request.match_info["user_id"])
        if found is None:
            raise unknown_user()
        return json_response(payloads.member(self.world, found) | {"user": payloads.user(found)})

    async def channel(self, request: web.Request) -> web.StreamResponse:
        return json_response(payloads.channel(self.world, self.access.channel(request.match_info["channel_id"])))

    async def typing(self, request: web.Request) -> web.StreamResponse:
        place = self.access.channel(request.match_info["channel_id"])
        self.access.need(place, writing(place))
        return no_content()

    async def list_messages(self, request: web.Request) -> web.StreamResponse:
        """Newest first, as Discord does; `after` takes the messages that follow it directly."""
        place = self.access.channel(request.match_info["channel_id"])
        limit = request.query.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise invalid("limit", "int value should be between 1 and 100.", "NUMBER_TYPE_RANGE")
        readable = self.access.has(place, Right.READ_MESSAGE_HISTORY)  # without it Discord answers with an empty list
        found = [each for each in self.world.visible(place) if readable and not each.ephemeral]
        edge = {name: int(request.query[name]) for name in ("before", "after", "around") if name in request.query}
        found, most = [each for each in found if _within(edge, int(each.id))], int(limit)
        if "after" in edge:
            found = found[:most]
        elif "around" in edge:
            middle = sum(int(each.id) < edge["around"] for each in found)
            start = max(0, middle - most // 2)
            found = found[start : start + most]
        return json_response([self.messages.json(each) for each in reversed(found[-most:])])

    async def create(self, request: web.Request) -> web.StreamResponse:
        place = self.access.channel(request.match_info["channel_id"])
        draft = await drafts.read(request)
        drafts.check(draft, settable=SETTABLE)
        self.access.to_write(place, draft)
        if place.recipient is not None and not place.recipient.takes_messages:
            raise takes_no_messages()
        if place.private and not self.world.in_guild:
            raise no_common_guild()
        return json_response(self.messages.json(self.messages.create(place, draft)))

    async def get(self, request: web.Request) -> web.StreamResponse:
        message = self._message(request)
        self.access.need(self.world.channels[message.channel_id], Right.READ_MESSAGE_HISTORY)
        return json_response(self.messages.json(message))

    async def patch(self, request: web.Request) -> web.StreamResponse:
        message = self._message(request)
        draft = await drafts.read(request)
        if message.author_id != self.world.bot.id:
            raise not_the_author()
        if message.loading:  # not verified whether Discord lets a channel edit fill it: nobody should rely on that
            raise unknown_message()
        drafts.check_edit(draft, message)
        self.access.to_edit(self.world.channels[message.channel_id])
        self.access.to_edit_old(message)
        self.messages.edit(message, draft, REGULAR)
        return json_response(self.messages.json(message))

    async def delete(self, request: web.Request) -> web.StreamResponse:
        message = self._message(request)
        place = self.world.channels[message.channel_id]
        if message.author_id != self.world.bot.id:
            self.access.need(place, Right.MANAGE_MESSAGES)
        if place.archived:  # deleting is all that may be done there, and in a locked one not even that
            self.access.to_answer(place)
        self.messages.delete(message)
        return no_content()

    def _message(self, request: web.Request) -> Message:
        place = self.access.channel(request.match_info["channel_id"])
        return self.messages.find(place.id, request.match_info["message_id"])

    def _own(self, request: web.Request) -> None:
        if request.match_info["application_id"] != self.world.bot.id:
            raise missing_access()

    def _in_guild(self, request: web.Request) -> None:
        if request.match_info["guild_id"] != self.world.guild_id or not self.world.in_guild:
            raise unknown_guild()


def _within(edge: dict[str, int], id: int) -> bool:
    return edge.get("after", 0) < id < edge.get("before", id + 1)

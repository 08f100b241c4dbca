"""Threads: how they are opened, changed, archived and left, by the bot over REST and by people.

developers/topics/threads and developers/resources/channel, read on 2026-11-29. Not documented, and so a choice here:
the author of a thread's first message (its opener), and the order of the events (the thread, then the messages).
"""

from typing import Any

from aiohttp import web

from simulators.discord import announcing, drafts, payloads
from simulators.discord.components import size
from simulators.discord.messages import Messages
from simulators.discord.places import Channel, User
from simulators.discord.refusals import bad_length, has_a_thread, invalid, missing_access, wrong_kind_of_channel
from simulators.discord.replying import json_response, no_content
from simulators.discord.rights import Right
from simulators.discord.world import Flag, Message

DURATIONS = (60, 1440, 4320, 10080)
PUBLIC, PRIVATE = 11, 12
THREAD_CREATED, THREAD_STARTER = 18, 21


class Threads:
    def __init__(self, messages: Messages) -> None:
        self.messages = messages
        self.world, self.gateway, self.access = messages.world, messages.gateway, messages.access

    def routes(self, root: str) -> list[web.RouteDef]:
        channel = root + "/channels/{channel_id}"
        return [
            web.post(channel + "/messages/{message_id}/threads", self.from_message),
            web.post(channel + "/threads", self.without_message),
            web.patch(channel, self.patch),
            web.delete(channel, self.delete),
            web.put(channel + "/thread-members/@me", self.join),
            web.delete(channel + "/thread-members/@me", self.leave),
            web.get(root + "/guilds/{guild_id}/threads/active", self.active),
        ]

    async def from_message(self, request: web.Request) -> web.StreamResponse:
        parent, fields = await self._parent(request)
        self.access.need(parent, Right.CREATE_PUBLIC_THREADS)
        message = self.messages.find(parent.id, request.match_info["message_id"])
        if message.thread is not None:
            raise has_a_thread()
        place = self.open(self.world.bot, parent, fields["name"], message)
        place.archive_after = fields.get("auto_archive_duration") or place.archive_after
        return json_response(payloads.thread(self.world, place), 201)

    async def without_message(self, request: web.Request) -> web.StreamResponse:
        parent, fields = await self._parent(request)
        kind = fields.get("type") or PRIVATE
        if kind not in (PUBLIC, PRIVATE):
            raise invalid("type", f"Value must be one of {(PUBLIC, PRIVATE)}.", "BASE_TYPE_CHOICES")
        secret = kind == PRIVATE
        self.access.need(parent, Right.CREATE_PRIVATE_THREADS if secret else Right.CREATE_PUBLIC_THREADS)
        place = self.open(self.world.bot, parent, fields["name"], secret=secret)
        place.archive_after = fields.get("auto_archive_duration") or place.archive_after
        return json_response(payloads.thread(self.world, place), 201)

    async def _parent(self, request: web.Request) -> tuple[Channel, dict[str, Any]]:
        parent = self.access.channel(request.match_info["channel_id"])
        fields = (await drafts.read(request)).fields
        if parent.private or parent.thread:
            raise wrong_kind_of_channel()
        _check(fields, name=True)
        return parent, fields

    async def patch(self, request: web.Request) -> web.StreamResponse:
        place = self.access.channel(request.match_info["channel_id"])
        fields = (await drafts.read(request)).fields
        if place.parent is None:
            self.access.need(place, Right.MANAGE_CHANNELS)
            raise wrong_kind_of_channel()  # nothing of ours changes channels, and so it is not simulated
        _check(fields)
        self._may_change(place, fields)
        if fields.get("name"):
            place.name = fields["name"]
        place.locked = fields.get("locked", place.locked)
        place.slow_mode = fields.get("rate_limit_per_user", place.slow_mode)
        place.archive_after = fields.get("auto_archive_duration") or place.archive_after
        announcing.archived(self.world, self.gateway, place, bool(fields.get("archived", place.archived)))
        return json_response(payloads.thread(self.world, place))

    def _may_change(self, place: Channel, fields: dict[str, Any]) -> None:
        """Its opener may rename and archive it; whoever is in it may only wake it, and not if it is locked."""
        if self.access.has(place, Right.MANAGE_THREADS):
            return
        wakes = fields.keys() == {"archived"} and not fields["archived"] and self.world.bot in place.members
        for_moderators = {"locked", "rate_limit_per_user"} & fields.keys() or (place.locked and not wakes)
        if for_moderators or not (place.owner is self.world.bot or (wakes and not place.locked)):
            self.access.need(place, Right.MANAGE_THREADS)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        place = self.access.channel(request.match_info["channel_id"])
        self.access.need(place, Right.MANAGE_THREADS if place.thread else Right.MANAGE_CHANNELS)
        shown = payloads.channel(self.world, place)
        announcing.removed(self.world, self.gateway, place)
        return json_response(shown)

    async def join(self, request: web.Request) -> web.StreamResponse:
        place = self._thread(request)
        self.access.to_edit(place)
        announcing.joined(self.world, self.gateway, place, self.world.bot)
        return no_content()

    async def leave(self, request: web.Request) -> web.StreamResponse:
        place = self._thread(request)
        self.access.to_edit(place)
        announcing.left(self.world, self.gateway, place)
        return no_content()

    async def active(self, request: web.Request) -> web.StreamResponse:
        """All threads of the guild that are not archived and that the bot can see, newest first."""
        if request.match_info["guild_id"] != self.world.guild_id or not self.world.in_guild:
            raise missing_access()
        places = [each for each in self.world.places() if each.thread and payloads.active(self.world, each)]
        places.sort(key=lambda each: int(each.id), reverse=True)
        mine = [payloads.thread_member(each, self.world.bot) for each in places if self.world.bot in each.members]
        shown = [payloads.thread(self.world, each) for each in places]
        return json_response({"threads": shown, "members": mine, "has_more": False})

    def _thread(self, request: web.Request) -> Channel:
        place = self.access.channel(request.match_info["channel_id"])
        if not place.thread:
            raise wrong_kind_of_channel()
        return place

    def open(
        self, owner: User, parent: Channel, name: str, message: Message | None = None, *, secret: bool = False
    ) -> Channel:
        """From a message a thread has the message's id; without one, a public one is told of in the channel."""
        place = Channel(message.id if message else self.world.new_id(), name, joined=parent.joined)
        place.parent, place.owner, place.secret, place.members = parent, owner, secret, [owner]
        place.active, place.moved = self.world.clock.now(), self.world.today()
        self.world.take_up(place)
        announcing.told(self.world, self.gateway, "THREAD_CREATE", place, newly_created=True)
        if message is not None:
            message.thread, message.flags = place, message.flags | Flag.HAS_THREAD
            self.messages.announce("MESSAGE_UPDATE", message)
            self.messages.service(owner, place, THREAD_STARTER, reference=message.id, elsewhere=parent.id)
        elif not secret:
            self.messages.service(owner, parent, THREAD_CREATED, content=name, elsewhere=place.id)
        return place

    def archive_idle(self) -> None:
        """Threads in which nothing happened for as long as each says."""
        now = self.world.clock.now()
        for each in self.world.places():
            if each.thread and not each.archived and now - each.active >= each.archive_after * 60:
                announcing.archived(self.world, self.gateway, each, True)


def _check(fields: dict[str, Any], *, name: bool = False) -> None:
    if (name or fields.get("name") is not None) and not 1 <= size(str(fields.get("name") or "")) <= 100:
        raise bad_length("name", 1, 100)
    if fields.get("auto_archive_duration") not in (None, *DURATIONS):
        raise invalid("auto_archive_duration", f"Value must be one of {DURATIONS}.", "BASE_TYPE_CHOICES")

"""What people in charge do in the simulated guild: channels, rights, threads, slow mode, filters, throwing out."""

import re

from simulators.discord import announcing, payloads
from simulators.discord.places import Block, Channel, Role, User
from simulators.discord.rights import EVERYONE, Overwrite, Right
from simulators.discord.server import DiscordServer
from simulators.discord.world import Intent, Message

AUTOMOD, HARMFUL_LINK = 200000, 240000


class Moderation(DiscordServer):
    """Every method does at once what it says, and the bot hears of it as it would from Discord."""

    def add_channel(self, name: str, *, joined: bool = True) -> Channel:
        """A channel of the guild; not `joined`: the bot comes there only by a person's own install."""
        channel = self.world.add_channel(name, joined=joined)
        announcing.told(self.world, self.gateway, "CHANNEL_CREATE", channel)
        return channel

    def close_channel(self, place: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        announcing.removed(self.world, self.gateway, place)

    def deny(self, place: Channel, right: Right, who: User | Role | None = None) -> None:
        """Take a right from somebody (nobody named: the bot) by an overwrite of the channel."""
        self._overwrite(place, who or self.world.bot, deny=right)

    def allow(self, place: Channel, right: Right, who: User | Role | None = None) -> None:
        """Give a right to somebody (nobody named: the bot) by an overwrite of the channel."""
        self._overwrite(place, who or self.world.bot, allow=right)

    def _overwrite(self, place: Channel, who: User | Role, *, allow: int = 0, deny: int = 0) -> None:
        old = place.overwrites.get(who.id, Overwrite(who.id, 1 if isinstance(who, User) else 0))
        allowed, denied = (old.allow | allow) & ~deny, (old.deny | deny) & ~allow
        place.overwrites[who.id] = Overwrite(who.id, old.type, allowed, denied)
        announcing.changed(self.world, self.gateway, place)

    def add_role(self, name: str, rights: int = EVERYONE) -> Role:
        role = self.world.add_role(name, rights)
        data = {"guild_id": self.world.guild_id, "role": payloads.role(role.id, role.name, rights, 1)}
        self.gateway.dispatch("GUILD_ROLE_CREATE", data, Intent.GUILDS)
        return role

    def give(self, user: User, role: Role) -> None:
        """Of people nobody hears of it: the bot has not the intent for members. Of itself the bot always hears."""
        user.roles.append(role)
        if user is self.world.bot:
            data = {"guild_id": self.world.guild_id, **payloads.member(self.world, user), "user": payloads.user(user)}
            self.gateway.dispatch("GUILD_MEMBER_UPDATE", data)

    def kick(self) -> None:
        """Throw the bot out of the guild."""
        for each in self.world.places():
            each.joined = False
        self.world.in_guild = False
        self.gateway.dispatch("GUILD_DELETE", {"id": self.world.guild_id}, Intent.GUILDS, by_person=True)

    def invite(self) -> None:
        """Take the bot into the guild again, with all its channels."""
        self.world.in_guild = True
        for each in self.world.channels.values():
            each.joined = True
        self.gateway.dispatch("GUILD_CREATE", payloads.guild_create(self.world), Intent.GUILDS, by_person=True)

    def outage(self) -> None:
        """The guild is not reachable for a while: looks like being kicked, and is not (`unavailable`)."""
        gone = {"id": self.world.guild_id, "unavailable": True}
        self.gateway.dispatch("GUILD_DELETE", gone, Intent.GUILDS)

    def slow_mode(self, place: Channel, seconds: int, *, bots: bool = False) -> None:
        """A pause between two messages of one person. Bots are exempt (developers/resources/channel); with `bots` they
        meet it too, for the sake of what must be done if they ever do."""
        place.slow_mode, place.slow_for_bots = seconds, bots
        announcing.changed(self.world, self.gateway, place)

    def overload(self, place: Channel, seconds: float) -> None:
        """For so long everybody's requests there meet a 429 of scope "shared" (times the scale)."""
        self.buckets.overload(place.id, seconds * self.scale)

    def ban(self, seconds: float) -> None:
        """Cloudflare bans the bot's address for so long (times the scale): HTML, without a Via header."""
        self.cloudflare.ban(self.clock.now(), seconds * self.scale)

    def block_words(self, *words: str) -> None:
        """AutoMod refuses messages and edits with one of these (regardless of case)."""
        self.world.blocks += [Block(re.escape(each), AUTOMOD) for each in words]

    def block_links(self, *hosts: str) -> None:
        """The filter of harmful links refuses those to one of these hosts."""
        self.world.blocks += [Block(rf"https?://{re.escape(each)}", HARMFUL_LINK) for each in hosts]

    def open_thread(
        self, owner: User, parent: Channel, name: str, message: Message | None = None, *, secret: bool = False
    ) -> Channel:
        """As a person: from a message, or without one; a `secret` one is private. ValueError where a client refuses."""
        if parent.private or parent.thread or (message is not None and message.thread is not None):
            raise ValueError(f"no thread can be opened at {parent.name}")
        return self.threads.open(owner, parent, name, message, secret=secret)

    def add_to_thread(self, place: Channel, who: User) -> None:
        announcing.joined(self.world, self.gateway, place, who)

    def archive(self, place: Channel, *, locked: bool = False) -> None:
        place.locked = locked
        announcing.archived(self.world, self.gateway, place, True)

    def unarchive(self, place: Channel) -> None:
        place.locked = False
        announcing.archived(self.world, self.gateway, place, False)

    def lock(self, place: Channel) -> None:
        """An active thread in which moderators alone may write."""
        place.locked = True
        announcing.changed(self.world, self.gateway, place)

    def purge(self, *messages: Message) -> None:
        """A moderator deletes several messages at once: one event for all."""
        for each in messages:
            each.deleted = True
        place = self.world.channels[messages[0].channel_id]
        if place.joined:
            data = {
                "ids": [each.id for each in messages],
                "channel_id": place.id,
                "guild_id": self.world.guild_id,
            }
            self.gateway.dispatch("MESSAGE_DELETE_BULK", data, Intent.GUILD_MESSAGES, by_person=True)

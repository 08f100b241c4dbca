"""The simulated Discord with its people: what they say, type and press, and what goes wrong with the gateway."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from simulators.discord import message_payloads
from simulators.discord.access import writing
from simulators.discord.choosing import about, chosen, picked, typing
from simulators.discord.components import size
from simulators.discord.modals import filled
from simulators.discord.moderation import Moderation
from simulators.discord.places import Channel, User
from simulators.discord.rights import Right
from simulators.discord.sessions import Op
from simulators.discord.world import Interaction, InteractionType, Message, Modal, walk


class DiscordSimulator(Moderation):
    """Discord on loopback. `scale` shortens rate limits and their retry_after.

    It does not shorten `deadline` (3 s for the first response) and `token_life` (15 min): those are times that a bot
    has, not times that it must wait. Both may be set, and so may `gateway.heartbeat_interval` (seconds) and
    `gateway.privileged` (the privileged intents that the application was granted; message content at first).
    """

    def __init__(self, port: int = 0, scale: float = 1.0) -> None:
        super().__init__(port, scale)
        self.deadline = 3.0
        self.bot = self.world.bot
        self.admin = self.world.add_user("admin", admin=True)
        self.alice = self.world.add_user("alice")
        self.bob = self.world.add_user("bob")
        self.other_bot = self.world.add_user("otherbot", bot=True)
        self.channel = self.world.add_channel("general")

    @property
    def application_id(self) -> str:
        return self.bot.id

    @property
    def token_life(self) -> float:
        return self.interactions.token_life

    @token_life.setter
    def token_life(self, seconds: float) -> None:
        self.interactions.token_life = seconds

    @property
    def commands(self) -> list[dict[str, Any]]:
        """The synced global commands."""
        return self.rest.commands

    @property
    def syncs(self) -> int:
        return self.rest.syncs

    def dm(self, user: User) -> Channel:
        return self.world.direct_channel(user)

    def between(self, *people: User) -> Channel:
        """A direct channel of two people, or a group of more: the bot is there by their own installs alone."""
        channel = self.world.add_channel(" and ".join(each.name for each in people), joined=False)
        channel.group = people
        return channel

    def files(self, message: Message) -> list[bytes]:
        return [each.data for each in message.attachments]

    def messages(self, channel: Channel) -> list[Message]:
        """What is visible there, oldest first; somebody's ephemeral messages included."""
        return self.world.visible(channel)

    async def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        reply_to: Message | None = None,
        mention: bool = False,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Message:
        """Write as a person or another bot; `mention` puts @bot before the text. ValueError where a client refuses.

        Of a longer paste a client makes a file message.txt.
        """
        content = f"{self.bot.mention} {text}".strip() if mention else text
        if channel.recipient not in (None, user):
            raise ValueError(f"{user.name} has no part in the direct channel of {channel.name}")
        if not (content or files) or size(content) > 2000:
            raise ValueError("a message has 1 to 2000 characters")
        self._let_write(user, channel)
        if not channel.private and self.access.blocked(content):
            raise ValueError(f"a rule of the guild blocks what {user.name} says")
        return self.board.spoken(user, channel, content, reply_to, files)

    def _let_write(self, user: User, channel: Channel) -> None:
        moderator = self.access.has(channel, Right.MANAGE_THREADS, user)
        if channel.group:
            if user not in channel.group:
                raise ValueError(f"{user.name} has no part in {channel.name}")
            return
        if channel.deleted or not self.access.has(channel, writing(channel), user):
            raise ValueError(f"{user.name} may not write in {channel.name}")
        if channel.locked and not moderator:
            raise ValueError(f"{channel.name} is locked")
        if self.access.pause(channel, user) > 0:
            raise ValueError(f"slow mode holds {user.name} in {channel.name}")

    def _let_use(self, user: User, channel: Channel) -> None:
        outside = channel.group and user not in channel.group
        if outside or not (channel.private or self.access.has(channel, Right.USE_APPLICATION_COMMANDS, user)):
            raise ValueError(f"commands are not offered to {user.name} in {channel.name}")

    async def forward(self, user: User, message: Message, channel: Channel) -> Message:
        """Forward a message to a channel; its author does not go with it."""
        self._let_write(user, channel)
        return self.board.forwarded(user, channel, message)

    async def unfurl(self, message: Message, **embed: Any) -> None:
        """The preview of a link is ready: an update of the message that is nobody's edit."""
        message.embeds = [{"type": "link", **embed}]
        self.board.announce("MESSAGE_UPDATE", message)

    async def edit(self, message: Message, text: str) -> None:
        """Its author changes a message."""
        self.board.rewritten(message, text)

    async def delete(self, message: Message) -> None:
        """A person (its author, a moderator) deletes a message."""
        self.board.delete(message, by_person=True)

    async def slash(self, user: User, channel: Channel, command: str, /, **options: Any) -> Interaction:
        """Choose a synced command; `command` may name a subcommand ("model set"). ValueError where a client refuses.

        People and channels are given as `User` and `Channel`, files as (name, bytes).
        """
        self._let_use(user, channel)
        choice = picked(self.commands, command, user, channel)
        options = {
            name: self.world.add_file(*value) if isinstance(value, tuple) else value for name, value in options.items()
        }
        data = chosen(choice, {name: getattr(value, "id", value) for name, value in options.items()})
        if resolved := message_payloads.resolved(self.world, self.url, user, channel, options.values()):
            data["resolved"] = resolved
        return self._interact(InteractionType.COMMAND, user, channel, data)

    async def context(self, user: User, channel: Channel, name: str, message: Message) -> Interaction:
        """Choose a command in a message's own menu. ValueError where a client offers none."""
        self._let_use(user, channel)
        data = about(self.commands, name, user, channel, message)
        target = message_payloads.message(self.world, self.url, message, nested=True)
        data["resolved"] = {"messages": {message.id: target}}
        return self._interact(InteractionType.COMMAND, user, channel, data)

    async def submit(self, modal: Modal, text: str) -> Interaction:
        """Fill in a form's first text input and send it. ValueError where a client refuses."""
        cause, data = modal.interaction, filled(modal, text)
        return self._interact(InteractionType.MODAL, cause.user, cause.channel, data, cause.source, cause)

    async def autocomplete(self, user: User, channel: Channel, command: str, option: str, typed: str) -> list[str]:
        """The names that are offered for what is typed into an option. TimeoutError where none come in time."""
        interaction = await self.complete(user, channel, command, option, typed)
        async with asyncio.timeout(self.deadline):
            await interaction.acknowledged.wait()
        return [str(each["name"]) for each in interaction.choices or ()]

    async def complete(self, user: User, channel: Channel, command: str, option: str, typed: str) -> Interaction:
        """Type into an option that completes; the answer arrives in the interaction's `choices`."""
        self._let_use(user, channel)
        data = typing(picked(self.commands, command, user, channel), option, typed)
        return self._interact(InteractionType.AUTOCOMPLETE, user, channel, data)

    async def press(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Press a button; ValueError where a client shows no such button."""
        button = next((each for each in walk(message.components) if each.get("custom_id") == custom_id), None)
        if message.deleted or button is None or button.get("disabled"):
            raise ValueError(f"no button {custom_id!r} to press")
        if message.ephemeral and message.interaction is not None and message.interaction.user is not user:
            raise ValueError(f"{user.name} does not see this message")
        channel = self.world.channels[message.channel_id]
        if channel.deleted:
            raise ValueError(f"{channel.name} is closed")
        data = {"custom_id": custom_id, "component_type": button["type"]}
        return self._interact(InteractionType.COMPONENT, user, channel, data, message)

    def _interact(
        self,
        type: InteractionType,
        user: User,
        channel: Channel,
        data: dict[str, Any],
        source: Message | None = None,
        cause: Interaction | None = None,
    ) -> Interaction:
        interaction = Interaction(
            self.world.new_id(),
            secrets.token_urlsafe(48),
            type,
            user,
            channel,
            data,
            self.clock,
            self.clock.now() + self.deadline,
            self.clock.now(),
            source,
            cause,
        )
        self.world.interactions[interaction.token] = interaction
        payload = message_payloads.interaction(self.world, self.url, interaction)
        self.gateway.dispatch("INTERACTION_CREATE", payload, by_person=True)
        return interaction

    async def ready(self) -> None:
        """Wait until the bot is identified on the gateway and has its session."""
        await self.gateway.live.wait()

    @property
    def identifies(self) -> int:
        return self.gateway.identifies

    @property
    def resumes(self) -> int:
        return self.gateway.resumes

    @property
    def mute_acks(self) -> bool:
        return self.gateway.mute_acks

    @mute_acks.setter
    def mute_acks(self, mute: bool) -> None:
        self.gateway.mute_acks = mute

    async def drop(self, code: int = 4000) -> None:
        """Close the gateway's connections; what happens meanwhile is replayed if the code leaves the session alive."""
        self.gateway.close(code)

    async def op7(self) -> None:
        """Ask the bot to reconnect and resume."""
        for connection in self.gateway.connections:
            connection.send(Op.RECONNECT)

    async def op9(self, resumable: bool) -> None:
        """Say that the session is invalid; unless `resumable` it is gone."""
        for connection in list(self.gateway.connections):
            if connection.session is not None and not resumable:
                self.gateway.forget(connection.session)
            connection.send(Op.INVALID_SESSION, resumable)

    async def replay(self, n: int) -> None:
        """Close with 4000; when the bot resumes, send again from the n-th last event of a person on. Waits."""
        for session in self.gateway.sessions.values():
            session.rewind = n
        self.gateway.close(4000)
        await self.gateway.live.wait()

"""What exists in the simulated Discord: people, channels, messages, interactions. State only.

The rules are elsewhere.
"""

import asyncio
import mimetypes
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import Any

from simulators.clock import Clock
from simulators.discord.places import Block, Channel, Role, User
from simulators.discord.rights import ADMINISTRATOR, AMONG_PEOPLE, EVERYONE, Right, effective
from simulators.simulator import Changes

EPOCH = 1420070400000  # the first millisecond of 2015, from which Discord counts
ATTACHMENT_LIMIT = 10 * 2**20


class Flag(IntFlag):
    """Message flags that matter here."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


class Intent(IntFlag):
    """Gateway intents that matter here."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


@dataclass(eq=False, slots=True)
class Attachment:
    id: str
    name: str
    data: bytes
    media_type: str
    description: str = ""  # what a screen reader says


@dataclass(eq=False, slots=True)
class Message:
    id: str
    channel_id: str
    author_id: str
    content: str = ""
    components: list[dict[str, Any]] = field(default_factory=list)
    embeds: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str | int | None = None
    reference: str | None = None  # the id of the message that it replies to, forwards, or began a thread with
    elsewhere: str | None = None  # the channel of what it refers to, where that is another
    snapshot: "Message | None" = field(default=None, repr=False)  # what it forwards, as it was then
    thread: Channel | None = field(default=None, repr=False)  # what was opened at it
    mentions: list[str] = field(default_factory=list)  # ids of people, as the payload lists them
    interaction: "Interaction | None" = field(default=None, repr=False)  # what it answers
    created: float = 0.0  # by the simulator's clock
    edited: datetime | None = None
    edits: int = 0
    deleted: bool = False
    history: list[str] = field(default_factory=list)  # every content that it ever had, the present one last
    pings: list[str] = field(default_factory=list)  # whom its contents would have pinged, as written
    previews: list[str] = field(default_factory=list)  # links whose preview would have shown

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & Flag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Still "thinking": deferred and not yet filled in."""
        return bool(self.flags & Flag.LOADING)

    @property
    def text(self) -> str:
        return shown_text(self.content, self.components)

    @property
    def at(self) -> datetime:
        return born(self.id)


@dataclass(eq=False, slots=True)
class Modal:
    """A form that the bot opened for the person of an interaction."""

    custom_id: str
    title: str
    components: list[dict[str, Any]]
    interaction: "Interaction" = field(repr=False)


@dataclass(eq=False, slots=True)
class Interaction:
    id: str
    token: str
    type: InteractionType
    user: User
    channel: Channel
    data: dict[str, Any]
    clock: Clock = field(repr=False)
    deadline: float  # the moment of its clock until which the first response is taken
    created: float
    source: Message | None = field(default=None, repr=False)  # the message whose component was pressed
    cause: "Interaction | None" = field(default=None, repr=False)  # of a modal's submission: what opened the modal
    acknowledged_at: float | None = None
    deferred: bool = False
    ephemeral: bool = False
    response: Message | None = None
    followups: list[Message] = field(default_factory=list, repr=False)
    choices: list[dict[str, Any]] | None = None  # what an autocomplete was answered
    modal: Modal | None = None
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def failed(self) -> bool:
        """Whether the person sees "the application did not respond"."""
        return self.acknowledged_at is None and self.clock.now() > self.deadline


def shown_text(content: str, components: list[dict[str, Any]]) -> str:
    """What a person reads: the content, or the text displays of a components-v2 message, one below the other."""
    return content or "\n".join(str(each["content"]) for each in walk(components) if each.get("type") == 10)


def born(id: str) -> datetime:
    """When the thing of this id came into being."""
    return datetime.fromtimestamp(((int(id) >> 22) + EPOCH) / 1000, UTC)


def walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All components of a message or modal, those inside others, accessories and labelled ones included."""
    found = []
    for each in components:
        single = [each[name] for name in ("accessory", "component") if each.get(name)]
        inner = [*each.get("components", []), *single]
        found += [each, *walk(inner)]
    return found


class World:
    """One guild, its channels and members, and everything that was written."""

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self.clock = clock
        self.changes = changes
        self._last_id = 0
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.history: dict[str, list[Message]] = {}
        self.messages: dict[str, Message] = {}
        self.files: dict[str, Attachment] = {}
        self.interactions: dict[str, Interaction] = {}  # by token
        self.guild_id = self.new_id()
        self.admin_role_id = self.new_id()
        self.roles: list[Role] = []
        self.everyone = EVERYONE  # the rights of @everyone
        self.blocks: list[Block] = []
        self.in_guild = True  # False: the bot was kicked
        self.attachment_limit = ATTACHMENT_LIMIT  # what interactions announce and take; more where people pay for it
        self.bot = self.add_user("parley", bot=True)

    def new_id(self) -> str:
        """A snowflake: the time in its upper bits, ever growing."""
        milliseconds = int(self.clock.wall() * 1000) - EPOCH
        self._last_id = max(milliseconds << 22, self._last_id + 1)
        return str(self._last_id)

    def today(self) -> datetime:
        return datetime.fromtimestamp(self.clock.wall(), UTC)

    def add_user(self, name: str, *, bot: bool = False, admin: bool = False) -> User:
        user = User(self.new_id(), name, bot, admin)
        self.users[user.id] = user
        return user

    def add_role(self, name: str, rights: int = EVERYONE) -> Role:
        self.roles.append(Role(self.new_id(), name, rights))
        return self.roles[-1]

    def rights(self, who: User, place: Channel) -> int:
        """What somebody may do there; of a direct channel, what its two sides may."""
        if place.group:
            return AMONG_PEOPLE
        if place.private:
            return EVERYONE
        channel = place.parent or place
        base = self.everyone | (ADMINISTRATOR if who.admin else 0)
        for each in who.roles:
            base |= each.rights
        roles = [each.id for each in who.roles]
        found = effective(base, who.id, roles, self.guild_id, channel.overwrites.values())
        outside = place.secret and who not in place.members and not found & Right.MANAGE_THREADS
        return 0 if outside else found

    def places(self) -> list[Channel]:
        """The guild's channels and threads in which the bot is a member."""
        return [each for each in self.channels.values() if each.joined and not (each.private or each.deleted)]

    def add_channel(self, name: str, recipient: User | None = None, *, joined: bool = True) -> Channel:
        return self.take_up(Channel(self.new_id(), name, recipient, joined))

    def take_up(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        self.history[channel.id] = []
        return channel

    def add_file(self, name: str, data: bytes, media_type: str = "", description: str = "") -> Attachment:
        guessed = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        attachment = Attachment(self.new_id(), name, data, guessed, description)
        self.files[attachment.id] = attachment
        return attachment

    def direct_channel(self, user: User) -> Channel:
        found = next((each for each in self.channels.values() if each.recipient is user), None)
        return found or self.add_channel(user.name, user)

    def keep(self, message: Message) -> None:
        message.created = self.clock.now()
        self.messages[message.id] = message
        self.history[message.channel_id].append(message)
        place = self.channels[message.channel_id]
        place.sent, place.active = place.sent + 1, message.created
        self.changes.note()

    def last_message(self, channel: Channel) -> str | None:
        """The id of the newest message, also of one that was deleted, as Discord has it."""
        return next((each.id for each in reversed(self.history[channel.id]) if not each.ephemeral), None)

    def visible(self, channel: Channel) -> list[Message]:
        return [each for each in self.history[channel.id] if not each.deleted]

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
from simulators.simulator import Changes

EPOCH = 1420070400000  # the first millisecond of 2015, from which Discord counts
ADMINISTRATOR = 1 << 3
# What @everyone may do in the simulated guild: view, send, embed, attach, read history, use commands.
EVERYONE = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 31
ATTACHMENT_LIMIT = 10 * 2**20


class Flag(IntFlag):
    """Message flags that matter here."""

    SUPPRESS_EMBEDS = 1 << 2
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
class Role:
    """One that gives no rights; the one with ADMINISTRATOR goes by `User.admin`."""

    id: str
    name: str


@dataclass(eq=False, slots=True)
class User:
    id: str
    name: str
    bot: bool = False
    admin: bool = False  # holds a role with ADMINISTRATOR in the guild
    locale: str = "en-US"
    roles: list[Role] = field(default_factory=list)
    takes_messages: bool = True  # False: direct messages of bots are switched off

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False, slots=True)
class Channel:
    id: str
    name: str
    recipient: User | None = None  # whom a direct channel with the bot belongs to
    joined: bool = True  # False: the bot is no member there; it comes in through a person who installed it

    @property
    def private(self) -> bool:
        return self.recipient is not None


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
    reference: str | None = None  # the id of the message that it replies to
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
        """What a person reads: the content, or the text displays of a components-v2 message, one below the other."""
        return self.content or "\n".join(
            str(each["content"]) for each in walk(self.components) if each.get("type") == 10
        )

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(((int(self.id) >> 22) + EPOCH) / 1000, UTC)


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

    def add_role(self, name: str) -> Role:
        self.roles.append(Role(self.new_id(), name))
        return self.roles[-1]

    def add_channel(self, name: str, recipient: User | None = None, *, joined: bool = True) -> Channel:
        channel = Channel(self.new_id(), name, recipient, joined)
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
        self.changes.note()

    def visible(self, channel: Channel) -> list[Message]:
        return [each for each in self.history[channel.id] if not each.deleted]

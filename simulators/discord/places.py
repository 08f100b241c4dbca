"""Who and where: roles, people, channels and threads, and the guild's filters. State only."""

from dataclasses import dataclass, field
from datetime import datetime

from simulators.discord.rights import EVERYONE, Overwrite


@dataclass(eq=False, slots=True)
class Role:
    """The one with ADMINISTRATOR goes by `User.admin`."""

    id: str
    name: str
    rights: int = EVERYONE


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
    """A text channel of the guild, a direct channel, or (with a parent) a thread."""

    id: str
    name: str
    recipient: User | None = None  # whom a direct channel with the bot belongs to
    joined: bool = True  # False: the bot is no member there; it comes in through a person who installed it
    group: tuple[User, ...] = ()  # who talks there without the bot: a direct or group channel of people alone
    deleted: bool = False
    overwrites: dict[str, Overwrite] = field(default_factory=dict)  # by the role's or member's id
    slow_mode: int = 0  # seconds that a person must wait between two messages
    slow_for_bots: bool = False
    parent: "Channel | None" = field(default=None, repr=False)
    owner: User | None = field(default=None, repr=False)  # who opened the thread
    secret: bool = False  # a private thread: its members and moderators alone see it
    members: list[User] = field(default_factory=list, repr=False)
    archived: bool = False
    locked: bool = False
    archive_after: int = 1440  # minutes without a message
    moved: datetime | None = None  # when a thread was last opened, archived or unarchived
    active: float = 0.0  # the moment of the last activity in a thread, by the simulator's clock
    sent: int = 0  # messages that were ever sent in a thread

    @property
    def private(self) -> bool:
        return self.recipient is not None or bool(self.group)

    @property
    def thread(self) -> bool:
        return self.parent is not None


@dataclass(frozen=True, slots=True)
class Block:
    """A filter of the guild: what matches is refused with this code."""

    pattern: str
    code: int

"""The same hands on both platforms: somebody gives a command, reads what stands there, presses a button."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simulators.discord.choosing import offered
from simulators.discord.world import Interaction, walk
from tests.journeys.world import World
from tests.polling import until

Name = Literal["discord", "telegram"]
BOTH: tuple[Name, ...] = ("discord", "telegram")
REST = ("text", "prompt")  # parameters that take the rest of a typed line


@dataclass(frozen=True, slots=True)
class Seen:
    """One message of the bot, as it stands there now."""

    text: str
    buttons: frozenset[str]  # their actions
    id: str
    message: Any  # the platform's own

    @property
    def whole(self) -> bool:
        return bool(self.text) and "stop" not in self.buttons


class People(ABC):
    """On one platform. `here` is a place with many people, whose admin is `admin`; `home` is somebody's private one."""

    name: Name

    def __init__(self, world: World) -> None:
        self.world = world
        self.sim: Any = getattr(world, self.name)
        self.alice, self.bob, self.admin = self.sim.alice, self.sim.bob, self.sim.admin

    def id(self, user: Any) -> str:
        """As people type it."""
        return f"{self.name}:{user.id}"

    async def told(self, user: Any, place: Any, command: str, /, **values: Any) -> Seen:
        """Give a command, and wait for its answer."""
        answer = await self.ask(user, place, command, **values)
        await until(lambda: (seen := answer()) and seen.whole)
        seen = answer()
        assert seen
        return await self.led(user, place, seen)

    async def led(self, user: Any, place: Any, seen: Seen) -> Seen:
        """What stands behind the link into the private chat, where the answer is one; else the answer."""
        return seen

    @property
    @abstractmethod
    def here(self) -> Any: ...

    @abstractmethod
    def newcomer(self, name: str) -> Any:
        """Somebody else, who may be written to."""

    @abstractmethod
    def home(self, user: Any) -> Any: ...

    def hidden(self, user: Any, command: str) -> bool:
        """Whether `here` the platform does not even offer this command to this person."""
        return False

    @abstractmethod
    def shown(self, place: Any) -> Sequence[Seen]:
        """The bot's messages that everybody there sees, oldest first."""

    @abstractmethod
    async def ask(self, user: Any, place: Any, command: str, /, **values: Any) -> Callable[[], Seen | None]:
        """Give a command; what comes back shows the answer as soon as there is one."""

    @abstractmethod
    async def press(self, user: Any, seen: Seen, action: str) -> Callable[[], str]:
        """Press the button with this action; what comes back is the notice that its presser gets."""

    async def pressed(self, user: Any, seen: Seen, action: str) -> str:
        """Press, and wait for the notice."""
        notice = await self.press(user, seen, action)
        await until(notice)
        return notice()


class OnDiscord(People):
    name = "discord"

    @property
    def here(self) -> Any:
        return self.sim.channel

    def newcomer(self, name: str) -> Any:
        return self.sim.world.add_user(name)

    def home(self, user: Any) -> Any:
        return self.sim.dm(user)

    def hidden(self, user: Any, command: str) -> bool:
        return not any(offered(each, user, self.here) for each in self.sim.commands if each["name"] == command)

    def shown(self, place: Any) -> Sequence[Seen]:
        its = (each for each in self.sim.messages(place) if each.author_id == self.sim.bot.id)
        return [_on_discord(each) for each in its if not each.loading and not each.ephemeral]

    async def ask(self, user: Any, place: Any, command: str, /, **values: Any) -> Callable[[], Seen | None]:
        asked = await self.sim.slash(user, place, command, **values)
        return lambda: _on_discord(asked.response) if asked.response and not asked.response.loading else None

    async def press(self, user: Any, seen: Seen, action: str) -> Callable[[], str]:
        wanted = next(each for each in _custom_ids(seen.message) if each.startswith(f"{action}:"))
        made: Interaction = await self.sim.press(user, seen.message, wanted)
        return lambda: made.response.text if made.response and made.response is not seen.message else ""


class OnTelegram(People):
    name = "telegram"

    @property
    def here(self) -> Any:
        return self.sim.group

    def newcomer(self, name: str) -> Any:
        user = self.sim.add_user(name, f"{name}_newcomer", started=True)
        self.sim.join(user, self.here)
        return user

    def home(self, user: Any) -> Any:
        return self.sim.private(user)

    async def led(self, user: Any, place: Any, seen: Seen) -> Seen:
        links = [each["url"] for each in seen.message.entities if each.get("url", "").startswith("https://t.me/")]
        if not links or place is self.home(user):
            return seen
        followed = self.sim.follow(user, links[0])
        await until(lambda: (last := self._after(followed, self.home(user))) and last.whole)
        seen_there = self._after(followed, self.home(user))
        assert seen_there
        return seen_there

    def _after(self, said: Any, place: Any) -> Seen | None:
        return next((each for each in self.shown(place) if each.message.id > said.id), None)

    def shown(self, place: Any) -> Sequence[Seen]:
        return [_on_telegram(each) for each in self.sim.messages(place) if each.sender is self.sim.bot]

    async def ask(self, user: Any, place: Any, command: str, /, **values: Any) -> Callable[[], Seen | None]:
        ordered = sorted(values.items(), key=lambda value: value[0] in REST)
        words = (str(value) if name in REST else f'--{name} "{value}"' for name, value in ordered)
        said = self.sim.say(user, place, " ".join((f"/{command}", *words)))
        return lambda: self._after(said, place)

    async def press(self, user: Any, seen: Seen, action: str) -> Callable[[], str]:
        wanted = next(each for each in _callbacks(seen.message) if each.startswith(f"{action}:"))
        query = self.sim.press(user, seen.message, wanted)
        return lambda: query.answered or ""


def people(world: World, name: Name) -> People:
    return OnDiscord(world) if name == "discord" else OnTelegram(world)


def _on_discord(message: Any) -> Seen:
    return Seen(message.text, _actions(_custom_ids(message)), message.id, message)


def _on_telegram(message: Any) -> Seen:
    return Seen(message.text, _actions(_callbacks(message)), str(message.id), message)


def _actions(ids: Sequence[str]) -> frozenset[str]:
    return frozenset(each.partition(":")[0] for each in ids)


def _custom_ids(message: Any) -> Sequence[str]:
    return [each["custom_id"] for each in walk(message.components) if each.get("custom_id")]


def _callbacks(message: Any) -> Sequence[str]:
    rows = (message.reply_markup or {}).get("inline_keyboard", [])
    return [each["callback_data"] for row in rows for each in row]

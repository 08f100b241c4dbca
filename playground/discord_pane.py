"""Discord's pane: what its people see, and what they can do, as their client would let them."""

import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from playground.discord_text import read
from playground.shapes import MOST_MESSAGES, MOST_PLACES, Json, excerpt, file, grows, shown
from playground.stage import PEOPLE, Person
from playground.texts import Tree, element
from simulators.discord import Channel, DiscordSimulator, Interaction, Message, User
from simulators.discord.choosing import CHAT, ON_MESSAGE, offered
from simulators.discord.world import born, walk
from simulators.simulator import Fault

ROW, BUTTON, TEXT_INPUT = 1, 2, 4  # types of components
LINK_STYLE = 5
OPENED_THREAD = 18  # a type of messages; its content is the thread's name
TYPING_SECONDS = 10.0  # that one typing request shows (developers/resources/channel, checked 2026-11-29)
REMEMBERED = 40  # interactions
DID_NOT_RESPOND = "The application did not respond"
WRITES = r"^(POST|PATCH) .*/messages(/|$)"  # what a scripted 429 refuses: an answer's messages


class DiscordPane:
    def __init__(self, sim: DiscordSimulator) -> None:
        self._sim = sim
        self._people: Mapping[Person, User] = {"member": sim.alice, "admin": sim.admin}
        self._interactions: deque[Interaction] = deque(maxlen=REMEMBERED)
        self._forms: dict[str, Interaction] = {}  # the open ones
        self._closed: deque[str] = deque(maxlen=REMEMBERED)
        for user in self._people.values():
            sim.dm(user)

    # What is shown

    def state(self) -> Json:
        self._open_forms()
        return {
            "people": {person: user.name for person, user in self._people.items()},
            "bot": self._sim.bot.name,
            "online": self._sim.gateway.live.is_set(),
            "places": [self._place(channel) for channel in self._channels()],
            "commands": self._commands(),
            "forms": [self._form(each) for each in self._forms.values()],
        }

    def _channels(self) -> list[Channel]:
        people = self._people.values()
        private = [each for each in self._sim.world.channels.values() if each.recipient in people]
        return [each for each in self._sim.world.places() if not each.archived][:MOST_PLACES] + private

    def _place(self, channel: Channel) -> Json:
        messages = [self._message(each) for each in self._sim.messages(channel)[-MOST_MESSAGES:]]
        failed = [self._failure(each) for each in self._interactions if each.failed and each.channel is channel]
        return {
            "id": channel.id,
            "name": "Direct" if channel.private else f"{'↳ ' if channel.thread else '#'}{channel.name}",
            "private": next((name for name, user in self._people.items() if user is channel.recipient), ""),
            "typing": self._is_typing(channel),
            "messages": sorted(messages + failed, key=lambda each: float(each["at"])),
        }

    def _message(self, message: Message) -> Json:
        author = self._sim.world.users[message.author_id]
        buttons = self._buttons(message)
        asked = message.interaction
        reader = (self._person(asked.user) or "nobody here") if message.ephemeral and asked else ""
        return shown(
            message.id,
            author.name,
            message.at.timestamp(),
            self._body(message),
            mine=self._person(author),
            bot=author is self._sim.bot,
            edited=message.edited is not None and author is not self._sim.bot,
            growing=message.loading or grows(buttons),
            source=message.content if self._person(author) else "",
            thinking=message.loading,
            only=reader,
            reply=self._reply(message),
            used=f"{asked.user.name} used /{_line(asked)}" if asked and asked.data.get("name") else "",
            files=[
                file(
                    f"/files/discord/{each.id}", each.name, each.data, alt=each.description,
                    spoiler=each.name.startswith("SPOILER_"),
                )
                for each in message.attachments
            ],
            buttons=buttons,
        )  # fmt: skip

    def _body(self, message: Message) -> Tree:
        if message.type == OPENED_THREAD:
            return [element("subtext", [f"opened the thread “{message.text}”"])]
        return read((message.snapshot or message).text, self._named)

    def _reply(self, message: Message) -> Json | None:
        target = self._sim.world.messages.get(message.reference or "")
        if target is None:
            return None
        author = self._sim.world.users[target.author_id].name
        return {"author": author, "text": "(deleted)"} if target.deleted else excerpt(author, self._body(target))

    def _failure(self, interaction: Interaction) -> Json:
        return shown(
            f"failed-{interaction.id}", "Discord", born(interaction.id).timestamp(), [DID_NOT_RESPOND],
            only=self._person(interaction.user), system=True,
        )  # fmt: skip

    def _named(self, mark: str, id: str) -> str:
        world = self._sim.world
        if mark == "@":
            return world.users[id].name if id in world.users else ""
        if mark == "#":
            return world.channels[id].name if id in world.channels else ""
        return next((role.name for role in world.roles if role.id == id), "")

    def _buttons(self, message: Message) -> list[list[Json]]:
        rows = [each for each in walk(message.components) if each.get("type") == ROW]
        made = [[_button(each) for each in row.get("components", ()) if each.get("type") == BUTTON] for row in rows]
        return [row for row in made if row]

    def _is_typing(self, channel: Channel) -> bool:
        line, now = f"/channels/{channel.id}/typing", self._sim.clock.now()
        at = next((each.at for each in reversed(self._sim.ledger[-100:]) if each.request.endswith(line)), None)
        spoken = any(each.created >= at for each in self._sim.messages(channel)[-3:]) if at is not None else False
        return at is not None and not spoken and now - at < TYPING_SECONDS

    def _commands(self) -> list[Json]:
        group = self._sim.channel
        return [
            {
                "name": each["name"],
                "about": each["type"] == ON_MESSAGE,
                "summary": each.get("description", ""),
                "options": each.get("options", []),
                "for": [name for name, user in self._people.items() if offered(each, user, group)],
                "alone": [name for name, user in self._people.items() if offered(each, user, self._sim.dm(user))],
            }
            for each in self._sim.commands
            if each["type"] in (CHAT, ON_MESSAGE)
        ]

    def _open_forms(self) -> None:
        for each in self._interactions:
            if each.modal is not None and each.id not in self._closed:
                self._forms[each.id] = each

    def _form(self, interaction: Interaction) -> Json:
        modal = interaction.modal
        assert modal is not None  # noqa: S101 - only forms are kept
        fields = [each for each in walk(modal.components) if each.get("type") == TEXT_INPUT]
        labels = [each for each in walk(modal.components) if each.get("component")]
        label = (labels[0].get("label") if labels else "") or fields[0].get("label") or modal.title
        return {
            "id": interaction.id,
            "person": self._person(interaction.user),
            "title": modal.title,
            "label": label,
            "value": fields[0].get("value") or "",
            "placeholder": fields[0].get("placeholder") or "",
            "most": fields[0].get("max_length") or 4000,
        }

    # What people do: ValueError where their client would not let them

    async def say(
        self, person: Person, place: str, text: str, reply_to: str = "", upload: tuple[str, bytes] | None = None
    ) -> None:
        user, channel = self._people[person], self._channel(place)
        content = text.replace(f"@{self._sim.bot.name}", self._sim.bot.mention)  # as the client's completion does
        target = self._found(reply_to) if reply_to else None
        await self._sim.say(user, channel, content, target, files=[upload] if upload else ())

    async def press(self, person: Person, message: str, button: str) -> None:
        self._keep(await self._sim.press(self._people[person], self._found(message), button))

    async def command(self, person: Person, place: str, line: str, options: Mapping[str, Any]) -> None:
        self._keep(await self._sim.slash(self._people[person], self._channel(place), line, **options))

    async def about(self, person: Person, place: str, name: str, message: str) -> None:
        """A command in a message's own menu."""
        user, channel = self._people[person], self._channel(place)
        self._keep(await self._sim.context(user, channel, name, self._found(message)))

    async def complete(self, person: Person, place: str, line: str, option: str, typed: str) -> list[str]:
        try:
            return await self._sim.autocomplete(self._people[person], self._channel(place), line, option, typed)
        except TimeoutError:
            return []  # the bot is not there: a client shows that loading the options failed

    async def submit(self, person: Person, form: str, text: str) -> None:
        interaction = self._forms.get(form)
        if interaction is None or interaction.modal is None or interaction.user is not self._people[person]:
            raise ValueError("this form is closed")
        self._keep(await self._sim.submit(interaction.modal, text))
        await self.dismiss(person, form)

    async def dismiss(self, person: Person, form: str) -> None:  # noqa: ARG002 - as every action
        self._closed.append(form)
        self._forms.pop(form, None)

    async def edit(self, person: Person, message: str, text: str) -> None:
        await self._sim.edit(self._own(person, message), text)

    async def delete(self, person: Person, message: str) -> None:
        found = self._found(message)
        if person != "admin":
            self._own(person, message)
        await self._sim.delete(found)

    def refuse(self, seconds: float) -> None:
        """The next write of an answer meets a 429."""
        wait = seconds * self._sim.scale
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
        headers = {"Via": "1.1 google", "Retry-After": f"{max(1, round(wait))}", "X-RateLimit-Scope": "shared"}
        self._sim.faults.append(
            Fault(WRITES, "status", status=429, headers=headers, body=json.dumps(body).encode())
        )  # fmt: skip

    def file(self, id: str) -> tuple[str, bytes] | None:
        found = self._sim.world.files.get(id)
        return (found.name, found.data) if found else None

    def _keep(self, interaction: Interaction) -> None:
        self._interactions.append(interaction)

    def _channel(self, place: str) -> Channel:
        found = next((each for each in self._channels() if each.id == place), None)
        if found is None:
            raise ValueError("there is no such channel any more")
        return found

    def _found(self, message: str) -> Message:
        found = self._sim.world.messages.get(message)
        if found is None or found.deleted:
            raise ValueError("this message is gone")
        return found

    def _own(self, person: Person, message: str) -> Message:
        found = self._found(message)
        if found.author_id != self._people[person].id:
            raise ValueError("only its author can do that")
        return found

    def _person(self, user: User) -> str:
        return next((name for name in PEOPLE if self._people[name] is user), "")


def _button(component: Json) -> Json:
    emoji = (component.get("emoji") or {}).get("name") or ""
    label = f"{emoji} {component.get('label') or ''}".strip()
    made = {"label": label, "id": component.get("custom_id", ""), "style": component.get("style", 2)}
    if component.get("style") == LINK_STYLE:
        made["url"] = component.get("url", "")
    return made | ({"disabled": True} if component.get("disabled") else {})


def _line(interaction: Interaction) -> str:
    return str(interaction.data["name"])

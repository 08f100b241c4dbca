"""Telegram's pane: what its people see, and what they can do, as their client would let them."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from playground.shapes import MOST_MESSAGES, MOST_PLACES, Json, excerpt, file, grows, media_type, shown
from playground.stage import PEOPLE, Person
from playground.telegram_text import apart, read
from simulators.simulator import Fault
from simulators.telegram import Chat, Message, Query, TelegramSimulator, User
from simulators.telegram.menus import menu_of
from simulators.telegram.refusals import Refusal
from simulators.telegram.values import Draft

TYPING_SECONDS = 5.0  # that one chat action shows (core.telegram.org/bots/api#sendchataction, checked 2026-11-29)
REMEMBERED = 20  # notices
WRITES = r"/(sendMessage|editMessage\w+)$"  # what a scripted 429 refuses: an answer's messages
PICTURES = ("image/png", "image/jpeg")


class TelegramPane:
    def __init__(self, sim: TelegramSimulator) -> None:
        self._sim = sim
        self._people: Mapping[Person, User] = {"member": sim.alice, "admin": sim.admin}
        self._queries: deque[Query] = deque(maxlen=REMEMBERED)

    # What is shown

    def state(self) -> Json:
        chats = self._chats()
        return {
            "people": {person: user.first_name for person, user in self._people.items()},
            "bot": self._sim.bot.username,
            "online": self._is_polled(),
            "places": [self._place(chat) for chat in chats],
            "menus": self._menus(chats),
            "notices": [
                {"id": each.id, "person": self._person(each.user), "text": each.answered}
                for each in self._queries
                if each.answered
            ],
        }

    def _menus(self, chats: Sequence[Chat]) -> Json:
        """By person and chat, as their clients show them."""
        seen = [
            (person, user, chat)
            for person, user in self._people.items()
            for chat in chats
            if chat.type != "private" or chat.id == user.id
        ]
        return {f"{person} {chat.id}": _menu(menu_of(self._sim.world, chat, user)) for person, user, chat in seen}

    def _chats(self) -> list[Chat]:
        groups = [each for each in self._sim.world.chats.values() if each.type != "private" and not each.moved_to]
        return groups[:MOST_PLACES] + [self._sim.private(user) for user in self._people.values()]

    def _place(self, chat: Chat) -> Json:
        return {
            "id": str(chat.id),
            "name": "Private" if chat.type == "private" else chat.title,
            "private": self._person(self._sim.world.users[chat.id]) if chat.type == "private" else "",
            "typing": self._is_typing(chat),
            "messages": [
                *(self._message(each) for each in self._sim.messages(chat)[-MOST_MESSAGES:] if each.text or each.file),
                *(self._draft(each) for each in self._sim.drafts(chat)),
            ],
        }

    def _draft(self, draft: Draft) -> Json:
        body = apart(read(draft.text, draft.entities))
        bot, now = self._sim.bot.first_name, self._sim.clock.wall()
        return shown(f"draft-{draft.id}", bot, now, body, bot=True, growing=True, thinking=not draft.text, draft=True)

    def _message(self, message: Message) -> Json:
        buttons = [[_button(each) for each in row] for row in (message.reply_markup or {}).get("inline_keyboard", ())]
        return shown(
            f"{message.chat_id}:{message.id}",
            message.sender.first_name,
            message.date,
            apart(read(message.text, message.entities)),
            mine=self._person(message.sender),
            bot=message.sender is self._sim.bot,
            edited=bool(message.edited) and message.sender is not self._sim.bot,
            growing=grows(buttons),
            source=message.text if self._person(message.sender) else "",
            reply=self._reply(message),
            files=[self._file(message)] if message.file else [],
            buttons=buttons,
        )

    def _reply(self, message: Message) -> Json | None:
        target = self._sim.world.messages.get((message.chat_id, message.reply_to or 0))
        return excerpt(target.sender.first_name, read(target.text, target.entities)) if target else None

    def _file(self, message: Message) -> Json:
        one = message.file[message.kind]
        where = f"/files/telegram/{(one[-1] if isinstance(one, list) else one)['file_id']}"
        return file(where, message.name, message.data, alt=message.text, spoiler=message.spoiler)

    def _is_polled(self) -> bool:
        """Whether the bot waits for updates now."""
        polls = (each for each in reversed(self._sim.ledger[-100:]) if each.request.endswith("/getUpdates"))
        last = next(polls, None)
        return last is not None and not (last.verdict or last.status >= 300)

    def _is_typing(self, chat: Chat) -> bool:
        now = self._sim.clock.now()
        actions = [each for each in self._sim.ledger[-100:] if each.request.endswith("/sendChatAction")]
        at = next(
            (each.at for each in reversed(actions) if str((each.body or {}).get("chat_id")) == str(chat.id)), None
        )
        if at is None or now - at >= TYPING_SECONDS:
            return False
        last = self._sim.messages(chat)[-1:]
        return not (last and last[0].sender is self._sim.bot and self._sim.clock.wall() - last[0].date < now - at)

    # What people do: ValueError where their client would not let them

    async def say(
        self, person: Person, place: str, text: str, reply_to: str = "", upload: tuple[str, bytes] | None = None
    ) -> None:
        user, chat = self._people[person], self._chat(place)
        target = self._found(reply_to) if reply_to else None
        if upload is None:
            if not text.strip():
                raise ValueError("there is nothing to send")
            self._sim.paste(user, chat, text, target)
        else:
            self._send(user, chat, text, target, *upload)

    def _send(self, user: User, chat: Chat, text: str, target: Message | None, name: str, data: bytes) -> None:
        kind = media_type(data)
        try:
            if kind in PICTURES:
                self._sim.send(user, chat, text, photo=data, reply_to=target)
            else:
                self._sim.send(user, chat, text, document=(name, data, kind), reply_to=target)
        except Refusal as refusal:
            raise ValueError(f"Telegram does not take this file: {refusal.verdict}") from None

    async def press(self, person: Person, message: str, button: str) -> None:
        found = self._found(message)
        rows = (found.reply_markup or {}).get("inline_keyboard", ())
        if not any(each.get("callback_data") == button for row in rows for each in row):
            raise ValueError("this button is gone")
        self._queries.append(self._sim.press(self._people[person], found, button))

    async def edit(self, person: Person, message: str, text: str) -> None:
        if not text.strip():
            raise ValueError("a message cannot be empty")
        self._sim.edit(self._own(person, message), text)

    async def delete(self, person: Person, message: str) -> None:
        self._sim.remove(self._found(message) if person == "admin" else self._own(person, message))

    def refuse(self, seconds: float) -> None:
        """The next write of an answer meets a 429."""
        wait = seconds * self._sim.scale
        said = f"Too Many Requests: retry after {wait:g}"
        body = {"ok": False, "error_code": 429, "description": said, "parameters": {"retry_after": wait}}
        self._sim.faults.append(Fault(WRITES, "status", status=429, body=json.dumps(body).encode()))

    def file(self, id: str) -> tuple[str, bytes] | None:
        data = self._sim.world.files.get(id)
        return (id, data) if data is not None else None

    def _chat(self, place: str) -> Chat:
        found = next((each for each in self._chats() if str(each.id) == place), None)
        if found is None:
            raise ValueError("there is no such chat any more")
        return found

    def _found(self, message: str) -> Message:
        chat, _, number = message.partition(":")
        known = chat.lstrip("-").isdecimal() and number.isdecimal()
        found = self._sim.world.messages.get((int(chat), int(number))) if known else None
        if found is None:
            raise ValueError("this message is gone")
        return found

    def _own(self, person: Person, message: str) -> Message:
        found = self._found(message)
        if found.sender is not self._people[person]:
            raise ValueError("only its author can do that")
        return found

    def _person(self, user: User) -> str:
        return next((name for name in PEOPLE if self._people[name] is user), "")


def _menu(commands: Sequence[Json]) -> list[Json]:
    return [{"name": each["command"].lstrip("/"), "summary": each["description"]} for each in commands]


def _button(button: Mapping[str, Any]) -> Json:
    made = {"label": button["text"], "id": button.get("callback_data", "")}
    return made | ({"url": button["url"]} if "url" in button else {})

"""What the page may ask for, each a small JSON object. ValueError: a sentence about why it cannot be done."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from playground.discord_pane import DiscordPane
from playground.process import Process
from playground.stage import PEOPLE, Person, Stage
from playground.telegram_pane import TelegramPane
from playground.wire import REFUSED_SECONDS

Given = Mapping[str, Any]
UPLOAD_LIMIT = 8 * 2**20  # bytes
TEXT_LIMIT = 20_000


class Actions:
    def __init__(self, stage: Stage, process: Process, discord: DiscordPane, telegram: TelegramPane) -> None:
        self._stage = stage
        self._process = process
        self._discord = discord
        self._panes: Mapping[str, DiscordPane | TelegramPane] = {"discord": discord, "telegram": telegram}
        self._known: Mapping[str, Callable[[Given], Awaitable[Any]]] = {
            "say": self._say,
            "press": self._press,
            "edit": self._edit,
            "delete": self._delete,
            "command": self._command,
            "about": self._about,
            "complete": self._complete,
            "submit": self._submit,
            "dismiss": self._dismiss,
            "trouble": self._trouble,
        }

    async def do(self, given: Any) -> Any:
        """What it brings, which is nothing but for completions."""
        if not isinstance(given, dict) or not isinstance(given.get("do"), str) or given["do"] not in self._known:
            raise ValueError("the page asked for something unknown: reload it")
        try:
            return await self._known[given["do"]](given)
        finally:
            for part in self._stage.parts:
                part.changes.note()

    async def _say(self, given: Given) -> None:
        upload = _upload(given["file"]) if given.get("file") else None
        await self._pane(given).say(
            _person(given), _text(given, "place"), _text(given, "text"), _text(given, "reply"), upload
        )

    async def _press(self, given: Given) -> None:
        await self._pane(given).press(_person(given), _text(given, "message"), _text(given, "button"))

    async def _edit(self, given: Given) -> None:
        await self._pane(given).edit(_person(given), _text(given, "message"), _text(given, "text"))

    async def _delete(self, given: Given) -> None:
        await self._pane(given).delete(_person(given), _text(given, "message"))

    async def _command(self, given: Given) -> None:
        options = given.get("options")
        if not isinstance(options, dict):
            raise ValueError("the options are missing")
        values = {name: _upload(value) if isinstance(value, dict) else value for name, value in options.items()}
        await self._discord.command(_person(given), _text(given, "place"), _text(given, "name"), values)

    async def _about(self, given: Given) -> None:
        place, name = _text(given, "place"), _text(given, "name")
        await self._discord.about(_person(given), place, name, _text(given, "message"))

    async def _complete(self, given: Given) -> list[str]:
        place, name = _text(given, "place"), _text(given, "name")
        option, typed = _text(given, "option"), _text(given, "typed")
        return await self._discord.complete(_person(given), place, name, option, typed)

    async def _submit(self, given: Given) -> None:
        await self._discord.submit(_person(given), _text(given, "form"), _text(given, "text"))

    async def _dismiss(self, given: Given) -> None:
        await self._discord.dismiss(_person(given), _text(given, "form"))

    async def _trouble(self, given: Given) -> None:
        match _text(given, "kind"):
            case "cut" | "slow" as kind:
                self._stage.door.trouble(kind)
            case "429":
                self._pane(given).refuse(REFUSED_SECONDS)
            case "kill":
                self._process.kill()
            case _:
                raise ValueError("there is no such trouble")

    def _pane(self, given: Given) -> DiscordPane | TelegramPane:
        name = _text(given, "platform")
        if name not in self._panes:
            raise ValueError("there is no such platform")
        return self._panes[name]


def _person(given: Given) -> Person:
    if given.get("person") not in PEOPLE:
        raise ValueError("there is no such person")
    return cast(Person, given["person"])


def _text(given: Given, name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise ValueError(f"{name} is no text of up to {TEXT_LIMIT} characters")
    return value


def _upload(value: Any) -> tuple[str, bytes]:
    """A file, as the page sends it: its name, and its bytes in base64."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not isinstance(value.get("data"), str):
        raise ValueError("this is no file")
    try:
        data = base64.b64decode(value["data"], validate=True)
    except binascii.Error:
        raise ValueError("this is no file") from None
    if not data or len(data) > UPLOAD_LIMIT:
        raise ValueError(f"a file has 1 byte to {UPLOAD_LIMIT // 2**20} MB here")
    return value["name"][-100:] or "file", data

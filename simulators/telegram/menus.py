"""Menus of commands, per scope and language."""

import re
from collections.abc import Iterator

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.values import Chat, Json, User
from simulators.telegram.world import World

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
COMMAND_LIMIT, DESCRIPTION_LIMIT = 100, 256
SCOPES = {
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators",
    "chat_member",
}  # fmt: skip


def set_my_commands(world: World, call: Parameters) -> bool:
    key = _menu(world, call, "setMyCommands")
    commands = call.array("commands")
    if len(commands) > COMMAND_LIMIT:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for each in commands:
        if not COMMAND.fullmatch(str(each.get("command", "")).removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(each.get("description", ""))) <= DESCRIPTION_LIMIT:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    world.menus[key] = commands
    return True


def get_my_commands(world: World, call: Parameters) -> list[Json]:
    return world.menus.get(_menu(world, call, "getMyCommands"), [])


def delete_my_commands(world: World, call: Parameters) -> bool:
    world.menus.pop(_menu(world, call, "deleteMyCommands"), None)
    return True


def _menu(world: World, call: Parameters, method: str) -> tuple[str, str]:
    """Which menu a call is about: (scope, language). A scope about one chat reads "chat:-100:7"."""
    world.menu_calls.append(method)
    scope = call.mapping("scope") or {"type": "default"}
    if scope.get("type") not in SCOPES:
        raise bad("can't parse BotCommandScope: unsupported type specified")
    language = call.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad("invalid language code specified")
    if "chat_id" in scope:
        world.chat(int(scope["chat_id"]))
    parts = [scope["type"], *(str(scope[name]) for name in ("chat_id", "user_id") if name in scope)]
    return ":".join(parts), language


def menu_of(world: World, chat: Chat, user: User) -> list[Json]:
    """What this person is shown in this chat: by the first scope that is about them, in their language before none."""
    for scope in _scopes(chat, user):
        for language in (user.language_code, ""):
            if commands := world.menus.get((scope, language)):
                return commands
    return []


def _scopes(chat: Chat, user: User) -> Iterator[str]:
    """The narrowest first (Bot API 10.1, "Determining list of commands")."""
    if chat.type == "private":
        yield from (f"chat:{chat.id}", "all_private_chats")
    else:
        in_charge = chat.members.get(user.id) in ("administrator", "creator")
        yield f"chat_member:{chat.id}:{user.id}"
        yield from (f"chat_administrators:{chat.id}",) if in_charge else ()
        yield f"chat:{chat.id}"
        yield from ("all_chat_administrators",) if in_charge else ()
        yield "all_group_chats"
    yield "default"

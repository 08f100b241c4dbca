"""Every method that this Bot API has, and those that do not write into a chat."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulators.telegram import drafts, files, members, polling, sending, topics
from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.text import units
from simulators.telegram.values import Json
from simulators.telegram.world import World

Method = Callable[[World, Parameters], Any | Awaitable[Any]]

QUERY_LIFE = 150.0  # seconds in which a press can be answered
NOTICE_LIMIT = 200
DOWNLOAD_LIMIT = 20 * 2**20  # bytes
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
COMMAND_LIMIT, DESCRIPTION_LIMIT = 100, 256
SCOPES = {
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators",
    "chat_member",
}  # fmt: skip


def get_me(world: World, _: Parameters) -> Json:
    return {
        **world.bot.json,
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": world.private_topics,
    }


def get_file(world: World, call: Parameters) -> Json:
    file_id = call.text("file_id")
    data = world.files.get(file_id)
    if data is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if len(data) > DOWNLOAD_LIMIT:
        raise bad("file is too big")
    return {
        "file_id": file_id,
        "file_unique_id": f"u{file_id}",
        "file_size": len(data),
        "file_path": f"files/{file_id}",
    }


def answer_callback_query(world: World, call: Parameters) -> bool:
    query = world.queries.get(call.text("callback_query_id"))
    if query is None or world.clock.now() - query.at > QUERY_LIFE * world.scale:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if units(call.text("text")) > NOTICE_LIMIT:
        raise bad("MESSAGE_TOO_LONG")
    query.answered = call.text("text")
    query.alert = call.flag("show_alert")
    return True


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


METHODS: Mapping[str, Method] = {
    "getUpdates": polling.get_updates,
    "setWebhook": polling.set_webhook,
    "deleteWebhook": polling.delete_webhook,
    "getWebhookInfo": polling.get_webhook_info,
    "getMe": get_me,
    "getChat": members.get_chat,
    "getChatMember": members.get_chat_member,
    "getChatAdministrators": members.get_chat_administrators,
    "getFile": get_file,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "createForumTopic": topics.create_forum_topic,
    "sendMessage": sending.send_message,
    "sendRichMessage": sending.send_rich_message,
    "sendMessageDraft": drafts.send_message_draft,
    "sendRichMessageDraft": drafts.send_rich_message_draft,
    "sendPhoto": files.send_photo,
    "sendDocument": files.send_document,
    "sendAudio": files.send_audio,
    "sendVoice": files.send_voice,
    "sendMediaGroup": files.send_media_group,
    "editMessageMedia": files.edit_message_media,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": sending.edit_message_text,
    "editMessageCaption": sending.edit_message_caption,
    "editMessageReplyMarkup": sending.edit_message_reply_markup,
    "deleteMessage": sending.delete_message,
}

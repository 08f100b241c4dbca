"""Every method that this Bot API has, and those that do not write into a chat."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulators.telegram import drafts, ephemeral, files, inline, members, menus, polling, sending, topics
from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.text import units
from simulators.telegram.updates import LIVES
from simulators.telegram.values import Json
from simulators.telegram.world import World

Method = Callable[[World, Parameters], Any | Awaitable[Any]]

NOTICE_LIMIT = 200
DOWNLOAD_LIMIT = 20 * 2**20  # bytes
LINK_SECONDS = 3600.0  # that a file's link is good at least


def get_me(world: World, _: Parameters) -> Json:
    return {
        **world.bot.json,
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": world.inline,
        **({"supports_guest_queries": True} if world.knows_guests else {}),
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
    world.links[file_id] = world.clock.now() + LINK_SECONDS
    return {
        "file_id": file_id,
        "file_unique_id": f"u{file_id}",
        "file_size": len(data),
        "file_path": f"files/{file_id}",
    }


def answer_callback_query(world: World, call: Parameters) -> bool:
    query = world.queries.get(call.text("callback_query_id"))
    if query is None or world.clock.now() - query.at > LIVES["callback_query"] * world.scale:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if units(call.text("text")) > NOTICE_LIMIT:
        raise bad("MESSAGE_TOO_LONG")
    query.answered = call.text("text")
    query.alert = call.flag("show_alert")
    return True


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
    "setMyCommands": menus.set_my_commands,
    "getMyCommands": menus.get_my_commands,
    "deleteMyCommands": menus.delete_my_commands,
    "answerInlineQuery": inline.answer_inline_query,
    "answerGuestQuery": inline.answer_guest_query,
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
    "editEphemeralMessageText": ephemeral.edit_ephemeral_message_text,
    "deleteEphemeralMessage": ephemeral.delete_ephemeral_message,
    "deleteMessage": sending.delete_message,
}

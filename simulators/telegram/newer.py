"""What the Bot API has and its description of 10.1 does not: the named exceptions of the check against it.

Written as the description writes it, so that these are checked as well; each with the version that brought it. Names
and shapes as the reference pages of aiogram 3.31 (docs.aiogram.dev) and grammY (grammy.dev/ref/types) give them, read
2026-11-29: ephemeral messages are of 10.2 (July 14, 2026), what stops a draft and `ephemeral_message_parameters`, in
place of `receiver_user_id` and `callback_query_id`, of 10.3 (August 24, 2026).
"""

from collections.abc import Mapping
from typing import Any


def _field(name: str, *types: str, required: bool = False, since: str) -> dict[str, Any]:
    return {"name": name, "types": list(types), "required": required, "description": f"Since Bot API {since}"}


RECEIVER = (
    _field("chat_id", "Integer", "String", required=True, since="10.2"),
    _field("receiver_user_id", "Integer", required=True, since="10.2"),
    _field("ephemeral_message_id", "Integer", required=True, since="10.2"),
)
EPHEMERAL = (
    _field("receiver_user_id", "Integer", since="10.2"),
    _field("callback_query_id", "String", since="10.2"),
    _field("ephemeral_message_parameters", "EphemeralMessageParameters", since="10.3"),
)
STOPPABLE = (_field("can_stop", "Boolean", since="10.3"), _field("keep_on_stop", "Boolean", since="10.3"))

METHODS: Mapping[str, Mapping[str, Any]] = {
    "editEphemeralMessageText": {
        "returns": ["Boolean"],
        "fields": [
            *RECEIVER,
            _field("text", "String", since="10.2"),
            _field("parse_mode", "String", since="10.2"),
            _field("entities", "Array of MessageEntity", since="10.2"),
            _field("link_preview_options", "LinkPreviewOptions", since="10.2"),
            _field("rich_message", "InputRichMessage", since="10.3"),
            _field("reply_markup", "InlineKeyboardMarkup", since="10.2"),
        ],
    },
    "deleteEphemeralMessage": {"returns": ["Boolean"], "fields": [*RECEIVER]},
}
TYPES: Mapping[str, Mapping[str, Any]] = {
    "EphemeralMessageParameters": {
        "fields": [
            _field("receiver_user_id", "Integer", required=True, since="10.3"),
            _field("callback_query_id", "String", since="10.3"),
            _field("replace_callback_query_message", "Boolean", since="10.3"),
        ]
    },
    "MessageGenerationStopped": {
        "fields": [
            _field("chat", "Chat", required=True, since="10.3"),
            _field("message_thread_id", "Integer", since="10.3"),
            _field("draft_id", "Integer", required=True, since="10.3"),
        ]
    },
}
FIELDS: Mapping[str, tuple[Mapping[str, Any], ...]] = {  # a method or type that is known -> what it has more
    "sendMessageDraft": STOPPABLE,
    "sendRichMessageDraft": STOPPABLE,
    **dict.fromkeys(
        ("sendMessage", "sendRichMessage", "sendPhoto", "sendDocument", "sendAudio", "sendVoice"), EPHEMERAL
    ),
    "ReplyParameters": (_field("ephemeral_message_id", "Integer", since="10.2"),),
    "BotCommand": (_field("is_ephemeral", "Boolean", since="10.2"),),
    "Message": (
        _field("ephemeral_message_id", "Integer", since="10.2"),
        _field("receiver_user", "User", since="10.2"),
    ),
    "Update": (_field("stopped_message_generation", "MessageGenerationStopped", since="10.3"),),
}
OPTIONAL = {("ReplyParameters", "message_id"): "10.2: not with ephemeral_message_id"}
"""What the description requires and a later version does not, with the reason."""

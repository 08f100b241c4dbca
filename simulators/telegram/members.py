"""Who is in a chat and what they may do there: the methods that tell, and what a writer is refused.

Words of TDLib where they are known (get_chat.can_send..., read 2026-11-29 in reports of bots that met them).
"""

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.values import Chat, Json
from simulators.telegram.world import World

RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_pin_messages", "can_manage_topics",
)  # fmt: skip
PERMISSIONS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users",
    "can_pin_messages", "can_manage_topics",
)  # fmt: skip
SENDS = {  # kind of message -> (what is forbidden by this name, how a refusal calls it)
    "text": ("can_send_messages", "text messages"),
    "photo": ("can_send_photos", "photos"),
    "document": ("can_send_documents", "documents"),
    "audio": ("can_send_audios", "music"),
    "voice": ("can_send_voice_notes", "voice notes"),
}


def get_chat(world: World, call: Parameters) -> Json:
    chat = world.open_chat(call.chat_id())
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    return {**chat.json, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(world: World, call: Parameters) -> Json:
    chat = world.open_chat(call.chat_id())
    if call.integer("user_id") not in world.users:
        raise bad("user not found")
    return member_of(world, chat, call.integer("user_id"))


def get_chat_administrators(world: World, call: Parameters) -> list[Json]:
    chat = world.open_chat(call.chat_id())
    if chat.type == "private":
        raise bad("there are no administrators in the private chat")
    in_charge = [each for each, status in chat.members.items() if status in ("administrator", "creator")]
    ours = world.bot.id  # of bots only this one
    return [member_of(world, chat, each) for each in in_charge if not world.users[each].is_bot or each == ours]


def member_of(world: World, chat: Chat, user_id: int) -> Json:
    """A ChatMember."""
    status = chat.members.get(user_id, "left")
    member: Json = {"status": status, "user": world.users[user_id].json}
    if status == "creator":
        return {**member, "is_anonymous": False}
    if status == "administrator":
        held = chat.rights.get(user_id, frozenset())
        return {**member, **{each: each in held for each in RIGHTS}}
    if status == "restricted":
        allowed = {each: each not in chat.forbidden for each in PERMISSIONS}
        return {**member, "is_member": True, "until_date": 0, **allowed}
    return {**member, "until_date": 0} if status == "kicked" else member


def has_right(world: World, chat: Chat, right: str) -> bool:
    """Whether the bot may do there what only administrators may."""
    return chat.members.get(world.bot.id) == "administrator" and right in chat.rights.get(world.bot.id, ())


def check_may_send(chat: Chat, kind: str) -> None:
    """Raises `Refusal` where the bot must not send what this call sends."""
    permission, name = SENDS[kind]
    if permission in chat.forbidden:
        raise bad(f"not enough rights to send {name} to the chat")

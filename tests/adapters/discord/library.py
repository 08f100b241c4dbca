"""Real objects of discord.py, made of payloads without a connection."""

from typing import Any, cast

import discord

BOT, ALICE, MOD, STRANGER_BOT = "1001", "2001", "2002", "3001"
GUILD, CHANNEL, THREAD, OWN_THREAD, DIRECT, EVERYBODY, MODERATORS = "10", "20", "21", "22", "30", "10", "11"
MEMBER = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}
MAY_WRITE = 1 << 10 | 1 << 11 | 1 << 38  # view, send, send in threads
MANAGE_GUILD = 1 << 5


def user(id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "username": name, "global_name": name.title(), "discriminator": "0", "avatar": None, **more}


def role(id: str, name: str, permissions: int) -> dict[str, Any]:
    colours = {"color": 0, "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}}
    flags = {"hoist": False, "managed": False, "mentionable": False, "flags": 0}
    return {"id": id, "name": name, "permissions": str(permissions), "position": 0, **colours, **flags}


TEXT_CHANNEL = {"id": CHANNEL, "type": 0, "name": "general", "position": 0, "permission_overwrites": [], "nsfw": False}
THREAD_CHANNEL = {
    "id": THREAD,
    "type": 11,
    "guild_id": GUILD,
    "parent_id": CHANNEL,
    "owner_id": ALICE,
    "name": "a thread",
    "message_count": 0,
    "member_count": 1,
    "thread_metadata": {
        "archived": False,
        "auto_archive_duration": 60,
        "archive_timestamp": "2026-01-01T00:00:00+00:00",
        "locked": False,
    },
}
GUILD_DATA: dict[str, Any] = {
    "id": GUILD,
    "name": "A guild",
    "owner_id": "1",
    "roles": [role(EVERYBODY, "@everyone", MAY_WRITE), role(MODERATORS, "Moderators", MANAGE_GUILD)],
    "channels": [TEXT_CHANNEL],
    "threads": [THREAD_CHANNEL, {**THREAD_CHANNEL, "id": OWN_THREAD, "owner_id": BOT}],
    "members": [],
    "member_count": 3,
    "preferred_locale": "en-US",
    "emojis": [],
    "stickers": [],
    "features": [],
    "premium_tier": 0,
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw_level": 0,
    "system_channel_flags": 0,
}


class Library:
    """A client that knows one guild with a channel and a thread, and was told of the bot's own account."""

    def __init__(self) -> None:
        self.client = discord.Client(
            intents=discord.Intents.default(), max_messages=None, member_cache_flags=discord.MemberCacheFlags.none()
        )
        self.state = cast(Any, self.client._connection)
        self.state.user = discord.ClientUser(state=self.state, data=user(BOT, "parley", bot=True))  # type: ignore[arg-type]
        self.state._add_guild_from_data(GUILD_DATA)

    @property
    def bot(self) -> discord.ClientUser:
        assert self.client.user
        return self.client.user

    def message(self, content: str, author: dict[str, Any] | None = None, **fields: Any) -> discord.Message:
        """In the guild's channel unless `channel_id` says otherwise; without a guild where that is the direct one."""
        data: dict[str, Any] = {
            "id": "1180000000000000000",
            "channel_id": CHANNEL,
            "author": author or user(ALICE, "alice"),
            "content": content,
            "timestamp": "2026-11-20T12:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            **fields,
        }
        if data["channel_id"] != DIRECT:
            data = {"guild_id": GUILD, "member": MEMBER, **data}
        channel, _ = self.state._get_guild_channel(data)
        return discord.Message(state=self.state, channel=channel, data=data)  # type: ignore[arg-type]

    def interaction(self, data: dict[str, Any], kind: int = 2, **fields: Any) -> discord.Interaction[Any]:
        """By alice in the guild's channel, where the bot was installed by the guild."""
        payload: dict[str, Any] = {
            "id": "1190000000000000000",
            "application_id": BOT,
            "type": kind,
            "token": "interaction-token",
            "version": 1,
            "data": data,
            "channel": {**TEXT_CHANNEL, "guild_id": GUILD},
            "guild_id": GUILD,
            "member": {**MEMBER, "user": user(ALICE, "alice"), "permissions": str(MAY_WRITE)},
            "locale": "de",
            "app_permissions": str(MAY_WRITE),
            "attachment_size_limit": 1,
            "authorizing_integration_owners": {"0": GUILD},
            "context": 0,
            **fields,
        }
        return discord.Interaction(data=payload, state=self.state)  # type: ignore[arg-type]

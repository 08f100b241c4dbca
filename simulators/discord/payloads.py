"""World -> the JSON of Discord's API v10. Shapes checked against the published OpenAPI on 2026-11-20."""

from collections.abc import Iterable
from typing import Any

from simulators.discord.world import (
    ADMINISTRATOR,
    ATTACHMENT_LIMIT,
    EVERYONE,
    Attachment,
    Channel,
    Flag,
    Interaction,
    InteractionType,
    Message,
    User,
    World,
)

Json = dict[str, Any]
MESSAGE_CONTENT = 1 << 15


def user(who: User) -> Json:
    return {
        "id": who.id,
        "username": who.name,
        "global_name": None if who.bot else who.name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": who.bot,
        "public_flags": 0,
        "flags": 0,
    }


def bot_user(world: World) -> Json:
    """What /users/@me and READY say of the bot."""
    return {**user(world.bot), "verified": True, "mfa_enabled": False, "locale": "en-US", "email": None}


def member(world: World, who: User) -> Json:
    return {
        "roles": [world.admin_role_id] if who.admin else [],
        "nick": None,
        "avatar": None,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def permissions(who: User) -> str:
    return str(EVERYONE | (ADMINISTRATOR if who.admin else 0))


def application(world: World, privileged: int) -> Json:
    return {
        "id": world.bot.id,
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 1 << 19 if privileged & MESSAGE_CONTENT else 0,  # GATEWAY_MESSAGE_CONTENT_LIMITED
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(next(each for each in world.users.values() if each.admin)),
        "team": None,
        "integration_types_config": {"0": {}, "1": {}},
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
    }


def role(id: str, name: str, rights: int, position: int) -> Json:
    return {
        "id": id,
        "name": name,
        "permissions": str(rights),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel(world: World, place: Channel) -> Json:
    if place.recipient is not None:
        return {"id": place.id, "type": 1, "recipients": [user(place.recipient)], "last_message_id": None, "flags": 0}
    return {
        "id": place.id,
        "type": 0,
        "guild_id": world.guild_id,
        "name": place.name,
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "parent_id": None,
        "topic": None,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "flags": 0,
    }


def guild(world: World) -> Json:
    owner = next(each for each in world.users.values() if each.admin)
    return {
        "id": world.guild_id,
        "name": "Simulated guild",
        "icon": None,
        "splash": None,
        "owner_id": owner.id,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [
            role(world.guild_id, "@everyone", EVERYONE, 0),
            role(world.admin_role_id, "Admins", EVERYONE | ADMINISTRATOR, 1),
        ],
    }


def guild_create(world: World) -> Json:
    """GUILD_CREATE. Without the members intent Discord lists the bot alone."""
    own = {**member(world, world.bot), "user": user(world.bot)}
    places = [each for each in world.channels.values() if not each.private and each.joined]
    return {
        **guild(world),
        "joined_at": "2026-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": len(world.users),
        "members": [own],
        "channels": [channel(world, each) for each in places],
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment(url: str, one: Attachment) -> Json:
    where = f"{url}/attachments/{one.id}/{one.name}"
    return {
        "id": one.id,
        "filename": one.name,
        "size": len(one.data),
        "content_type": one.media_type,
        "url": where,
        "proxy_url": where,
    }


def message(world: World, url: str, one: Message, *, nested: bool = False) -> Json:
    """A message as REST shows it; `nested` leaves out what it replies to."""
    payload: Json = {
        "id": one.id,
        "channel_id": one.channel_id,
        "type": one.type,
        "author": user(world.users[one.author_id]),
        "content": one.content,
        "timestamp": one.at.isoformat(),
        "edited_timestamp": one.edited.isoformat() if one.edited else None,
        "tts": False,
        "mention_everyone": "@everyone" in one.pings or "@here" in one.pings,
        "mentions": [user(world.users[each]) for each in one.mentions],
        "mention_roles": [],
        "attachments": [attachment(url, each) for each in one.attachments],
        "embeds": one.embeds,
        "components": one.components,
        "pinned": False,
        "flags": one.flags,
    }
    if one.nonce is not None:
        payload["nonce"] = one.nonce
    if one.interaction is not None:
        payload |= {"application_id": world.bot.id, "webhook_id": world.bot.id}
        payload["interaction_metadata"] = metadata(world, one.interaction)
    if one.reference is not None:
        payload["message_reference"] = {"type": 0, "message_id": one.reference, "channel_id": one.channel_id}
        if not world.channels[one.channel_id].private:
            payload["message_reference"]["guild_id"] = world.guild_id
        if not nested:
            target = world.messages[one.reference]
            payload["referenced_message"] = None if target.deleted else message(world, url, target, nested=True)
    return payload


def metadata(world: World, source: Interaction) -> Json:
    payload: Json = {
        "id": source.id,
        "type": int(source.type),
        "user": user(source.user),
        "authorizing_integration_owners": owners(world, source),
    }
    if source.source is not None:
        payload["interacted_message_id"] = source.source.id
    return payload


def owners(world: World, source: Interaction) -> Json:
    """Who installed the app there: under "0" the guild ("0" in a direct channel), under "1" the person."""
    if source.channel.private:
        return {"0": "0"}
    return {"0": world.guild_id} if source.channel.joined else {"1": source.user.id}


def redacted(world: World, url: str, one: Message) -> Json:
    """A message as an app without the message content intent gets it."""
    payload = message(world, url, one)
    shown = one.author_id == world.bot.id or world.channels[one.channel_id].private or world.bot.id in one.mentions
    if not shown:
        payload |= {"content": "", "embeds": [], "attachments": [], "components": []}
    if payload.get("referenced_message"):
        payload["referenced_message"] = redacted(world, url, world.messages[payload["referenced_message"]["id"]])
        payload["referenced_message"].pop("referenced_message", None)
    return payload


def interaction(world: World, url: str, one: Interaction) -> Json:
    """INTERACTION_CREATE."""
    place = one.channel
    payload: Json = {
        "id": one.id,
        "application_id": world.bot.id,
        "type": int(one.type),
        "token": one.token,
        "version": 1,
        "data": one.data,
        "channel_id": place.id,
        "channel": channel(world, place) | {"permissions": permissions(one.user)},
        "locale": one.user.locale,
        "entitlements": [],
        "app_permissions": str(EVERYONE),
        "attachment_size_limit": ATTACHMENT_LIMIT,
        "authorizing_integration_owners": owners(world, one),
        "context": 1 if place.private else 0,
    }
    if place.private:
        payload["user"] = user(one.user)
    else:
        payload |= {
            "guild_id": world.guild_id,
            "guild": {"id": world.guild_id, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": {**member(world, one.user), "user": user(one.user), "permissions": permissions(one.user)},
        }
    if one.type is InteractionType.COMPONENT and one.source is not None:
        payload["message"] = message(world, url, one.source) | {"flags": one.source.flags & ~Flag.LOADING}
    return payload


def resolved(world: World, url: str, values: Iterable[object]) -> Json:
    """The people, channels and files that a command's options name."""
    found: Json = {}
    for each in values:
        if isinstance(each, User):
            found.setdefault("users", {})[each.id] = user(each)
            found.setdefault("members", {})[each.id] = member(world, each) | {"permissions": permissions(each)}
        elif isinstance(each, Channel):
            found.setdefault("channels", {})[each.id] = channel(world, each) | {"permissions": str(EVERYONE)}
        elif isinstance(each, Attachment):
            found.setdefault("attachments", {})[each.id] = attachment(url, each)
    return found

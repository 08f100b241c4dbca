"""Messages, files and interactions as JSON of API v10. Shapes checked against the published OpenAPI on 2026-11-20."""

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from simulators.discord import payloads
from simulators.discord.places import Channel, User
from simulators.discord.world import Attachment, Flag, Interaction, Message, World

Json = dict[str, Any]
SIGNED_SECONDS = 86_400
SNAPSHOT = (
    "type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions", "mention_roles",
    "components",
)  # fmt: skip
HIDDEN: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def attachment(world: World, url: str, one: Attachment) -> Json:
    """Its address is signed anew each time, and good for a day (developers/reference, signed attachment URLs)."""
    now = int(world.clock.wall())
    signed = f"ex={now + SIGNED_SECONDS:x}&is={now:x}&hm={hashlib.sha256(one.id.encode()).hexdigest()}"
    where = f"{url}/attachments/{one.id}/{quote(one.name)}?{signed}"
    return {
        "id": one.id,
        "filename": one.name,
        "size": len(one.data),
        "content_type": one.media_type,
        "url": where,
        "proxy_url": where,
        **({"description": one.description} if one.description else {}),
    }


def message(world: World, url: str, one: Message, *, nested: bool = False) -> Json:
    """A message as REST shows it; `nested` leaves out what it replies to."""
    payload: Json = {
        "id": one.id,
        "channel_id": one.channel_id,
        "type": one.type,
        "author": payloads.user(world.users[one.author_id]),
        "content": one.content,
        "timestamp": one.at.isoformat(),
        "edited_timestamp": one.edited.isoformat() if one.edited else None,
        "tts": False,
        "mention_everyone": "@everyone" in one.pings or "@here" in one.pings,
        "mentions": [payloads.user(world.users[each]) for each in one.mentions],
        "mention_roles": [],
        "attachments": [attachment(world, url, each) for each in one.attachments],
        "embeds": one.embeds,
        "components": one.components,
        "pinned": False,
        "flags": one.flags,
    }
    if one.thread is not None:
        payload["thread"] = payloads.thread(world, one.thread)
    if one.snapshot is not None:
        payload["message_snapshots"] = [{"message": snapshot(world, url, one.snapshot)}]
    if one.nonce is not None:
        payload["nonce"] = one.nonce
    if one.interaction is not None:
        payload |= {"application_id": world.bot.id, "webhook_id": world.bot.id}
        payload["interaction_metadata"] = metadata(world, one.interaction)
    if one.reference is not None or one.elsewhere is not None:
        payload["message_reference"] = reference(world, one)
    if one.reference is not None and one.snapshot is None and not nested:
        target = world.messages[one.reference]
        payload["referenced_message"] = None if target.deleted else message(world, url, target, nested=True)
    return payload


def reference(world: World, one: Message) -> Json:
    """Where a message points: to one that it answers or forwards, or to a thread that was opened."""
    place = one.elsewhere or one.channel_id
    guild = {} if world.channels[place].private else {"guild_id": world.guild_id}
    target = {"message_id": one.reference} if one.reference is not None else {}
    return {"type": 0 if one.snapshot is None else 1, "channel_id": place, **target, **guild}


def snapshot(world: World, url: str, one: Message) -> Json:
    """What a forward shows: without author and id (developers/resources/message, message snapshot structure)."""
    whole = message(world, url, one, nested=True)
    return {name: whole[name] for name in SNAPSHOT}


def metadata(world: World, source: Interaction) -> Json:
    payload: Json = {
        "id": source.id,
        "type": int(source.type),
        "user": payloads.user(source.user),
        "authorizing_integration_owners": owners(world, source),
    }
    if source.cause is not None:
        payload["triggering_interaction_metadata"] = metadata(world, source.cause)
    elif source.source is not None:
        payload["interacted_message_id"] = source.source.id
    return payload


def owners(world: World, source: Interaction) -> Json:
    """Who installed the app there: under "0" the guild ("0" in a direct channel), under "1" the person."""
    if source.channel.group:
        return {"1": source.user.id}
    if source.channel.private:
        return {"0": "0"}
    return {"0": world.guild_id} if source.channel.joined else {"1": source.user.id}


def redacted(world: World, url: str, one: Message) -> Json:
    """A message as an app without the message content intent gets it."""
    payload = message(world, url, one)
    shown = one.author_id == world.bot.id or world.channels[one.channel_id].private or world.bot.id in one.mentions
    if not shown:
        payload |= HIDDEN
        for each in payload.get("message_snapshots", ()):
            each["message"] |= HIDDEN
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
        "channel": payloads.channel(world, place) | {"permissions": payloads.rights(world, one.user, place)},
        "locale": one.user.locale,
        "entitlements": [],
        "app_permissions": payloads.rights(world, world.bot, place),
        "attachment_size_limit": world.attachment_limit,
        "authorizing_integration_owners": owners(world, one),
        "context": 2 if place.group else 1 if place.private else 0,
    }
    if place.private:
        payload["user"] = payloads.user(one.user)
    else:
        payload |= {
            "guild_id": world.guild_id,
            "guild": {"id": world.guild_id, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": {
                **payloads.member(world, one.user),
                "user": payloads.user(one.user),
                "permissions": payloads.rights(world, one.user, place),
            },
        }
    if one.source is not None:
        payload["message"] = message(world, url, one.source) | {"flags": one.source.flags & ~Flag.LOADING}
    return payload


def resolved(world: World, url: str, by: User, place: Channel, values: Iterable[object]) -> Json:
    """The people, channels and files that a command's options name, as somebody in this place chose them."""
    found: Json = {}
    for each in values:
        if isinstance(each, User):
            found.setdefault("users", {})[each.id] = payloads.user(each)
            found.setdefault("members", {})[each.id] = payloads.member(world, each) | {
                "permissions": payloads.rights(world, each, place)
            }
        elif isinstance(each, Channel):
            shown = payloads.channel(world, each) | {"permissions": payloads.rights(world, by, each)}
            found.setdefault("channels", {})[each.id] = shown
        elif isinstance(each, Attachment):
            found.setdefault("attachments", {})[each.id] = attachment(world, url, each)
    return found

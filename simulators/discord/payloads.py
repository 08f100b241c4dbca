"""People, places and the application as JSON of API v10. Shapes checked against the published OpenAPI on 2026-11-20."""

from typing import Any

from simulators.discord.places import Channel, User
from simulators.discord.rights import ADMINISTRATOR, EVERYONE
from simulators.discord.world import Intent, World, born

Json = dict[str, Any]
NONE_OF_THESE = (  # what the simulated guild does not have
    "icon",
    "splash",
    "discovery_splash",
    "home_header",
    "banner",
    "description",
    "afk_channel_id",
    "application_id",
    "incidents_data",
    "max_presences",
    "public_updates_channel_id",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "system_channel_id",
    "vanity_url_code",
    "widget_channel_id",
)


def user(who: User) -> Json:
    return {
        "id": who.id,
        "username": who.name,
        "global_name": None if who.bot else who.name.title(),
        "discriminator": "0",
        "avatar": None,
        "primary_guild": None,
        "bot": who.bot,
        "public_flags": 0,
        "flags": 0,
    }


def bot_user(world: World) -> Json:
    """What /users/@me and READY say of the bot."""
    return {**user(world.bot), "verified": True, "mfa_enabled": False, "locale": "en-US", "email": None}


def member(world: World, who: User) -> Json:
    return {
        "roles": [*([world.admin_role_id] if who.admin else []), *(each.id for each in who.roles)],
        "nick": None,
        "avatar": None,
        "banner": None,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def application(world: World, privileged: int) -> Json:
    flags = 1 << 19 if privileged & Intent.MESSAGE_CONTENT else 0  # GATEWAY_MESSAGE_CONTENT_LIMITED
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
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(next(each for each in world.users.values() if each.admin)),
        "team": None,
        "integration_types_config": {"0": {}, "1": {}},
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }


def role(id: str, name: str, rights: int, position: int) -> Json:
    return {
        "id": id,
        "name": name,
        "permissions": str(rights),
        "position": position,
        "icon": None,
        "unicode_emoji": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel(world: World, place: Channel) -> Json:
    if place.recipient is not None:
        last = world.last_message(place)
        return {"id": place.id, "type": 1, "recipients": [user(place.recipient)], "last_message_id": last, "flags": 0}
    if place.group:
        people = [user(each) for each in place.group]
        kind = 1 if len(people) <= 2 else 3
        return {"id": place.id, "type": kind, "recipients": people, "last_message_id": None, "flags": 0}
    if place.parent is not None:
        return thread(world, place)
    return {
        "id": place.id,
        "type": 0,
        "guild_id": world.guild_id,
        "name": place.name,
        "position": 0,
        "permission_overwrites": [
            {"id": each.id, "type": each.type, "allow": str(each.allow), "deny": str(each.deny)}
            for each in place.overwrites.values()
        ],
        "nsfw": False,
        "parent_id": None,
        "topic": None,
        "rate_limit_per_user": place.slow_mode,
        "last_message_id": world.last_message(place),
        "flags": 0,
    }


def thread(world: World, place: Channel) -> Json:
    """A thread; with the bot's own membership where it has one."""
    assert place.parent is not None  # noqa: S101
    assert place.owner is not None  # noqa: S101
    return {
        "id": place.id,
        "type": 12 if place.secret else 11,
        "guild_id": world.guild_id,
        "parent_id": place.parent.id,
        "owner_id": place.owner.id,
        "name": place.name,
        "last_message_id": world.last_message(place),
        "rate_limit_per_user": place.slow_mode,
        "message_count": len(world.visible(place)),
        "total_message_sent": place.sent,
        "member_count": min(50, len(place.members)),
        "flags": 0,
        "thread_metadata": {
            "archived": place.archived,
            "locked": place.locked,
            "auto_archive_duration": place.archive_after,
            "archive_timestamp": (place.moved or world.today()).isoformat(),
            "create_timestamp": born(place.id).isoformat(),
            **({"invitable": True} if place.secret else {}),
        },
        **({"member": thread_member(place, world.bot)} if world.bot in place.members else {}),
    }


def thread_member(place: Channel, who: User) -> Json:
    joined = born(place.id).isoformat()
    return {"id": place.id, "user_id": who.id, "join_timestamp": joined, "flags": 1}


def rights(world: World, who: User, place: Channel) -> str:
    """What somebody may do there, as payloads say it."""
    return str(world.rights(who, place))


def guild(world: World) -> Json:
    owner = next(each for each in world.users.values() if each.admin)
    return {
        "id": world.guild_id,
        "name": "Simulated guild",
        **dict.fromkeys(NONE_OF_THESE),
        "owner_id": owner.id,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "premium_subscription_count": 0,
        "region": "simulated",
        "widget_enabled": False,
        "nsfw": False,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "system_channel_flags": 0,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [
            role(world.guild_id, "@everyone", world.everyone, 0),
            role(world.admin_role_id, "Admins", EVERYONE | ADMINISTRATOR, 1),
            *(role(each.id, each.name, each.rights, 1) for each in world.roles),
        ],
    }


def active(world: World, place: Channel) -> bool:
    """Whether the bot is told of this thread when it connects."""
    return not place.archived and world.rights(world.bot, place) != 0


def guild_create(world: World) -> Json:
    """GUILD_CREATE. Without the members intent Discord lists the bot alone."""
    own = {**member(world, world.bot), "user": user(world.bot)}
    places = world.places()
    return {
        **guild(world),
        "joined_at": "2026-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": len(world.users),
        "members": [own],
        "channels": [channel(world, each) for each in places if not each.thread],
        "threads": [thread(world, each) for each in places if each.thread and active(world, each)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }

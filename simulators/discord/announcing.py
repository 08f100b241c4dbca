"""What the bot hears of channels and threads: the gateway's events about places."""

from typing import Any

from simulators.discord import payloads
from simulators.discord.gateway import Gateway
from simulators.discord.places import Channel, User
from simulators.discord.rights import Right
from simulators.discord.world import Intent, World


def told(world: World, gateway: Gateway, name: str, place: Channel, **more: Any) -> None:
    """ "CHANNEL_CREATE", "THREAD_UPDATE" and their like; of a thread that the bot cannot see it hears nothing."""
    if not place.joined or (place.thread and not world.rights(world.bot, place) & Right.VIEW_CHANNEL):
        return
    gateway.dispatch(name, payloads.channel(world, place) | more, Intent.GUILDS, by_person=True)


def changed(world: World, gateway: Gateway, place: Channel) -> None:
    told(world, gateway, "THREAD_UPDATE" if place.thread else "CHANNEL_UPDATE", place)


def archived(world: World, gateway: Gateway, place: Channel, shut: bool) -> None:
    """A thread is archived, or opened again."""
    place.archived, place.moved, place.active = shut, world.today(), world.clock.now()
    changed(world, gateway, place)


def removed(world: World, gateway: Gateway, place: Channel) -> None:
    """A channel is deleted, and its threads with it, or a thread alone."""
    if place.parent is not None:
        gone = {"id": place.id, "guild_id": world.guild_id, "parent_id": place.parent.id, "type": 11 + place.secret}
        if world.rights(world.bot, place) & Right.VIEW_CHANNEL and place.joined:
            gateway.dispatch("THREAD_DELETE", gone, Intent.GUILDS, by_person=True)
    else:
        told(world, gateway, "CHANNEL_DELETE", place)
    for each in world.channels.values():
        if each is place or each.parent is place:
            each.deleted = True


def joined(world: World, gateway: Gateway, place: Channel, who: User) -> None:
    """Somebody is in a thread from now on; the bot hears of itself alone, without the intent for members."""
    if who in place.members:
        return
    place.members.append(who)
    if who is world.bot:
        own = {**payloads.thread_member(place, who), "presence": None, "member": payloads.member(world, who)}
        data = {"id": place.id, "guild_id": world.guild_id, "member_count": len(place.members), "added_members": [own]}
        if place.secret:
            told(world, gateway, "THREAD_CREATE", place)
        gateway.dispatch("THREAD_MEMBERS_UPDATE", data, Intent.GUILDS)


def left(world: World, gateway: Gateway, place: Channel) -> None:
    """The bot is in a thread no more."""
    if world.bot in place.members:
        place.members.remove(world.bot)
        data = {"id": place.id, "guild_id": world.guild_id, "member_count": len(place.members)}
        gateway.dispatch("THREAD_MEMBERS_UPDATE", data | {"removed_member_ids": [world.bot.id]}, Intent.GUILDS)

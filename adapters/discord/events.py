"""What discord.py hands us, as events of the core (pure: the library's objects in, values out).

Whether an event may be answered at all is partly decided here, because only here it is known who wrote it: the bot
itself never, other bots only where the configuration names them.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import discord

from adapters.discord.place import Place
from bot.events import Attachment, Author, Chat, Event, Handle

if TYPE_CHECKING:  # the library has these names for type checkers only
    from discord.abc import MessageableChannel
    from discord.interactions import InteractionChannel

PLATFORM = "discord"
WRITTEN = (discord.MessageType.default, discord.MessageType.reply)
FILE_OPTION = 11
FORWARDED = "a forwarded message"
MENTION = re.compile(r"<@!?(\d+)>")


def from_message(
    message: discord.Message, bot: discord.abc.User, answer_bots: Collection[str], *, at_home: bool = False
) -> Event | None:
    """A question in plain text: a mention of the bot, a reply to it, a direct message. None: not for us.

    `at_home`: it was found to be for us without any of these.
    """
    replied = message.reference.resolved if message.reference else None
    original = replied if isinstance(replied, discord.Message) else None
    personal = isinstance(message.channel, discord.DMChannel)
    answered = original is not None and original.author.id == bot.id
    addressed = at_home or personal or answered or bot in message.mentions
    if not addressed or message.type not in WRITTEN or not _answerable(message, bot, answer_bots):
        return None
    chat = chat_of(message.channel, personal)
    author = replace(_person(message.author), admin=_manages(message.author))
    place = Place(
        chat.thread or chat.id,
        author.id,
        bool(author.admin),
        asked=str(message.id),
        personal=personal,
        guild=str(message.guild.id) if message.guild else "",
        parent=chat.id if chat.thread else "",
    )
    return Event(
        platform=PLATFORM,
        bot=str(bot.id),
        id=str(message.id),
        message=str(message.id),
        kind="ask",
        author=author,
        chat=chat,
        at=message.created_at,
        handle=place.dump(),
        text=spoken(message, bot.id),
        quotes=_quotes(message, original, bot),
        attachments=_attachments(message) or (_attachments(original, original.author.display_name) if original else ()),
        people=_people(message, original, bot),
    )


def changed(event: Event, at: datetime) -> Event:
    """The same message, changed by its author: each change is an event of its own."""
    return replace(event, id=f"{event.message}:{int(at.timestamp() * 1000)}", kind="edit")


def gone(id: int, channel: int, guild: int | None, bot: discord.abc.User) -> Event:
    """A message that was deleted; Discord does not say by whom, nor whose it was."""
    return Event(
        platform=PLATFORM,
        bot=str(bot.id),
        id=f"{id}:deleted",
        message=str(id),
        kind="delete",
        author=Author("", ""),
        chat=Chat(space=str(guild or channel), id=str(channel)),
        at=discord.utils.snowflake_time(id),
        handle=Handle(""),
    )


def from_command(interaction: discord.Interaction[Any], bot: discord.abc.User) -> Event:
    """A slash command, its values typed by Discord."""
    data = cast(Mapping[str, Any], interaction.data)
    values, users = _values(data), data.get("resolved", {}).get("users", {})
    named = dict.fromkeys(one for each in values.values() if isinstance(each, str) for one in MENTION.findall(each))
    people = tuple(person_of(users.get(one, {"id": one})) for one in named if one != str(bot.id))
    return from_interaction(interaction, bot, command=data["name"], values=values, people=people)


def from_press(interaction: discord.Interaction[Any], bot: discord.abc.User) -> Event | None:
    """A button of ours, `action:question id`. None: some other component."""
    data = cast(Mapping[str, Any], interaction.data)
    action, _, question = str(data.get("custom_id", "")).partition(":")
    if not action or not question:
        return None
    message = str(interaction.message.id) if interaction.message else ""
    return from_interaction(interaction, bot, kind="press", press=(action, question), message=message)


def author_of(interaction: discord.Interaction[Any]) -> Author:
    rights = interaction.permissions
    admin = rights.administrator or rights.manage_guild
    return replace(_person(interaction.user), locale=interaction.locale.value, admin=admin)


def person_of(user: Mapping[str, Any]) -> Author:
    """Somebody who is only named, as Discord sent it; of whom nothing but the id is known, it is the name too."""
    name = user.get("global_name") or user.get("username") or user["id"]
    return Author(user["id"], name, username=user.get("username", ""))


def chat_of(channel: "MessageableChannel | InteractionChannel", personal: bool = False) -> Chat:
    """A thread is a memory of its own inside its channel; what is not in a server is a space of its own."""
    here = str(channel.id)
    match channel:
        case discord.DMChannel() | discord.GroupChannel():
            return Chat(space=here, id=here, private=personal)
        case discord.Thread():
            return Chat(space=str(channel.guild.id), id=str(channel.parent_id), thread=here)
        case discord.PartialMessageable():
            return Chat(space=str(channel.guild_id or here), id=here)
    return Chat(space=str(channel.guild.id), id=here)


def spoken(message: discord.Message, bot: int) -> str:
    """The text without the mention that called the bot; other people's mentions by their names."""
    return said(message.content, {str(each.id): each.display_name for each in message.mentions}, bot)


def said(content: str, names: Mapping[str, str], bot: int) -> str:
    text = re.sub(rf"^\s*<@!?{bot}>[,:]?\s*| ?<@!?{bot}>", "", content)
    return MENTION.sub(lambda match: f"@{names[match[1]]}" if match[1] in names else match[0], text).strip()


def _answerable(message: discord.Message, bot: discord.abc.User, answer_bots: Collection[str]) -> bool:
    if message.author.id == bot.id:
        return False
    machine = message.author.bot or message.webhook_id is not None
    return not machine or str(message.author.id) in answer_bots


def _manages(author: discord.abc.User) -> bool:
    """Whether this person is in charge of the server; in private chats nobody is."""
    rights = author.guild_permissions if isinstance(author, discord.Member) else discord.Permissions.none()
    return rights.administrator or rights.manage_guild


def from_interaction(interaction: discord.Interaction[Any], bot: discord.abc.User, **more: Any) -> Event:
    author, channel, personal = author_of(interaction), interaction.channel, _personal(interaction)
    nowhere = str(interaction.guild_id or interaction.user.id)  # a kind of channel that the library does not know
    chat = chat_of(channel, personal) if channel is not None else Chat(space=nowhere, id=nowhere)
    place = Place.of_interaction(
        chat.thread or chat.id,
        author.id,
        bool(author.admin),
        str(interaction.application_id),
        interaction.token,
        posts=personal or _may_post(interaction),
        personal=personal,
        file_bytes=interaction.filesize_limit,
        guild=str(interaction.guild_id or ""),
        parent=chat.id if chat.thread else "",
    )
    return Event(
        platform=PLATFORM,
        bot=str(bot.id),
        id=str(interaction.id),
        author=author,
        chat=chat,
        at=interaction.created_at,
        handle=place.dump(),
        **{"kind": "ask", "message": str(interaction.id)} | more,
    )


def _personal(interaction: discord.Interaction[Any]) -> bool:
    """Alone with the bot; a direct channel may also be one of two people, of whom one has installed it."""
    return isinstance(interaction.channel, discord.DMChannel) and interaction.context.dm_channel


def _may_post(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot is a member here and may write; a person's own install alone gives it the token only."""
    rights = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    writes = rights.send_messages_in_threads if in_thread else rights.send_messages
    return interaction.channel is not None and interaction.is_guild_integration() and rights.view_channel and writes


def _values(data: Mapping[str, Any]) -> dict[str, Any]:
    files = data.get("resolved", {}).get("attachments", {})
    return {each["name"]: _value(each, files) for each in data.get("options", ()) if "value" in each}


def _value(option: Mapping[str, Any], files: Mapping[str, Any]) -> Any:
    value = option["value"]
    if option["type"] == discord.AppCommandOptionType.number.value:
        return float(value)
    if option["type"] != FILE_OPTION:
        return value
    file = files[value]  # no message holds it: the address that came with it is the only way to it
    return attachment_of(file, file["url"])


def attachment_of(file: Mapping[str, Any], ref: str, author: str = "") -> Attachment:
    return Attachment(file["filename"], file.get("content_type") or "", file["size"], ref, author)


def _quotes(
    message: discord.Message, original: discord.Message | None, bot: discord.abc.User
) -> tuple[tuple[str, str], ...]:
    """What the message answers, and what it passes on: of that, Discord tells the words but not whose they are."""
    answered = [(original.author.display_name, spoken(original, bot.id))] if original and original.content else []
    passed_on = [(FORWARDED, said(each.content, {}, bot.id)) for each in message.message_snapshots if each.content]
    return (*answered, *passed_on)


def _attachments(message: discord.Message, author: str = "") -> tuple[Attachment, ...]:
    where = f"{message.channel.id}/{message.id}"  # addresses expire; the message gives a new one
    passed_on = (each for snapshot in message.message_snapshots for each in snapshot.attachments)
    return tuple(
        Attachment(each.filename, each.content_type or "", each.size, f"{where}/{each.id}", author)
        for each in (*message.attachments, *passed_on)
    )


def _people(message: discord.Message, original: discord.Message | None, bot: discord.abc.User) -> tuple[Author, ...]:
    named = [*message.mentions, *([original.author] if original else ())]
    return tuple({each.id: _person(each) for each in named if each.id != bot.id}.values())


def _person(user: discord.abc.User) -> Author:
    roles = user.roles if isinstance(user, discord.Member) else ()
    held = tuple(str(each.id) for each in roles if not each.is_default())
    return Author(str(user.id), user.display_name, username=user.name, roles=held)

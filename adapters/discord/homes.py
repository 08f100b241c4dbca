"""Where no mention is needed: threads that the bot opened, and what of the talk there is meant for it.

People who talk to each other there are left alone: a message that mentions or answers somebody else is theirs, one that
begins like a command of another bot is that bot's. Whoever mentions the bot is heard all the same (`events.py`).
"""

import re

import discord

OTHER_COMMAND = re.compile(r"[!?.$%&;+=/\\~]{1,2}[a-z][\w-]*(\s|$)")  # "!play", "?rank": the usual signs of bots


class Homes:
    async def includes(self, message: discord.Message, bot: discord.abc.User) -> bool:
        """Whether this is for the bot although nothing in it says so."""
        return _own_thread(message, bot) and not _of_others(message, bot)


def _own_thread(message: discord.Message, bot: discord.abc.User) -> bool:
    return isinstance(message.channel, discord.Thread) and message.channel.owner_id == bot.id


def _of_others(message: discord.Message, bot: discord.abc.User) -> bool:
    named = [each for each in message.mentions if each.id != bot.id]
    to_many = message.mention_everyone or message.role_mentions
    return bool(named or to_many or _answers_somebody(message, bot) or OTHER_COMMAND.match(message.content))


def _answers_somebody(message: discord.Message, bot: discord.abc.User) -> bool:
    if message.type is not discord.MessageType.reply or message.reference is None:
        return False
    original = message.reference.resolved
    return not (isinstance(original, discord.Message) and original.author.id == bot.id)

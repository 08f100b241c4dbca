"""What went wrong at Discord, in our words: one table for its error codes, one for the library's exceptions.

Codes: developers/topics/opcodes-and-status-codes; exceptions: discord.py 2.7.1 and aiohttp 3.14 as installed (both
checked 2026-11-20).
"""

import json
from collections.abc import Mapping
from typing import Literal

import aiohttp
import discord

from bot.errors import Barred, Gone, Misconfigured, ParleyError, Unavailable, Unreachable

PORTAL = "https://discord.com/developers/applications"
BAN_SECONDS = 60.0  # how long to keep away after a 429 that does not say how long
SLOW_MODE_SECONDS = 5.0


class Expired(Unreachable):
    """An interaction's token is not taken (any more); the channel may still be."""


class Frozen(Unreachable):
    """A message can't be edited any more, say because it is older than an hour; a new one can take its place."""


class Blocked(Unreachable):
    """A rule of the server (AutoMod, the link filter) refused the text."""


class Unquotable(Unreachable):
    """The bot may write in this channel, but not as a reply."""


class Archived(Unreachable):
    """The thread is archived: a new message wakes it up, an edit is refused."""


class Branched(Unreachable):
    """This message has a thread already."""


class Full(Unreachable):
    """An interaction takes no more messages: where the bot is no member, five."""


class Acknowledged(ParleyError):
    """This interaction has been responded to before."""


CODES: Mapping[int, tuple[type[ParleyError], str]] = {
    10003: (Barred, "The channel no longer exists."),
    10004: (Barred, "The server no longer exists, or the bot has left it."),
    10008: (Gone, "The message was deleted."),
    10013: (Unreachable, "The person no longer exists."),
    10015: (Expired, "The interaction has expired."),
    10062: (Expired, "The interaction was not acknowledged in time."),
    20009: (Unreachable, "Discord's filter for explicit pictures refused it."),
    20016: (Unavailable, "This channel is in slow mode."),
    20026: (Unavailable, "Discord allows no more edits here for now."),
    20028: (Unavailable, "This channel takes no more messages for now."),
    20029: (Unavailable, "This server takes no more messages for now."),
    30046: (Frozen, "Discord allows no more edits of this old message."),
    40003: (Unavailable, "Discord opens no more private chats for now."),
    40005: (Unreachable, "Discord takes no files of this size here."),
    40060: (Acknowledged, "The interaction was acknowledged before."),
    40094: (Full, "This interaction takes no more messages."),
    50001: (Barred, "The bot has no access to this channel."),
    50005: (Frozen, "The message belongs to somebody else."),
    50007: (Barred, "This person takes no messages from the bot."),
    50013: (Unreachable, "The bot lacks a permission in this channel."),
    50024: (Unreachable, "This kind of channel has none."),
    50027: (Expired, "The interaction has expired."),
    50033: (Barred, "This account takes no private messages."),
    50083: (Archived, "The thread is archived."),
    50278: (Barred, "The bot shares no server with this person any more."),
    160002: (Unquotable, "The bot may not read this channel's history."),
    160004: (Branched, "This message has a thread already."),
    160005: (Barred, "The thread is locked."),
    160006: (Unreachable, "This server has as many open threads as Discord allows."),
    200000: (Blocked, "A rule of this server blocked the answer."),
    200001: (Blocked, "A rule of this server blocked the answer."),
    240000: (Blocked, "Discord's link filter blocked the answer."),
}

UNASKED = "message_reference: Unknown message"  # in the words of a 50035, as discord.py puts them

Treatment = Literal["by code", "later", "again", "operator", "bug"]

TREATMENTS: Mapping[type[BaseException], Treatment] = {
    # discord.py: what a request raises
    discord.HTTPException: "by code",
    discord.Forbidden: "by code",
    discord.NotFound: "by code",
    discord.DiscordServerError: "by code",
    discord.RateLimited: "later",
    # discord.py: what logging in and the gateway raise
    discord.LoginFailure: "operator",
    discord.PrivilegedIntentsRequired: "operator",
    discord.ConnectionClosed: "operator",  # what the library gives up on; it reconnects by itself from all others
    discord.GatewayNotFound: "again",
    # discord.py: parts that we do not use, or use wrongly
    discord.DiscordException: "bug",
    discord.ClientException: "bug",
    discord.InvalidData: "bug",
    discord.InteractionResponded: "bug",
    discord.MissingApplicationID: "bug",
    discord.FFmpegProcessError: "bug",
    discord.opus.OpusError: "bug",
    discord.opus.OpusNotLoaded: "bug",
    discord.oggparse.OggError: "bug",
    discord.app_commands.AppCommandError: "bug",
    # below it: connections that are refused, reset or silent
    aiohttp.ClientError: "again",
    aiohttp.InvalidURL: "bug",
    aiohttp.RedirectClientError: "bug",
    aiohttp.NonHttpUrlClientError: "bug",
    OSError: "again",  # TimeoutError is one
    # what the library raises where something that is not Discord answers in its place
    json.JSONDecodeError: "again",
    UnicodeDecodeError: "again",
}

FOREIGN = (discord.DiscordException, aiohttp.ClientError, OSError, json.JSONDecodeError, UnicodeDecodeError)
"""All of them, for the few places that talk to Discord: `except FOREIGN as error`, then `translate`."""

REFUSED_CLOSES: Mapping[int, str] = {
    4004: f"Discord's gateway refuses the token in DISCORD_TOKEN. Make a new one at {PORTAL} (Bot, Reset Token).",
    4010: "Discord refuses this shard. Run one process of this bot.",
    4011: "This bot is in too many servers for one connection: it needs sharding.",
    4012: "Discord no longer speaks this version of its API. Update discord.py.",
    4013: "Discord does not know the intents that were asked for. Update discord.py.",
}


def treatment(error: BaseException) -> Treatment:
    """By the nearest class of the table."""
    return next((TREATMENTS[kind] for kind in type(error).__mro__ if kind in TREATMENTS), "bug")


def translate(error: BaseException) -> ParleyError | None:
    """What the error means to us; None: it is a bug of ours and should stay what it is."""
    match treatment(error):
        case "again":
            return Unavailable("Discord cannot be reached.", detail=type(error).__name__)
        case "later" if isinstance(error, discord.RateLimited):
            return Unavailable("Discord asks us to wait.", retry_after=error.retry_after, detail="RateLimited")
        case "by code" if isinstance(error, discord.HTTPException):
            return _by_code(error)
        case "operator":
            return Misconfigured(_remedy(error), detail=type(error).__name__)
    return None


def _by_code(error: discord.HTTPException) -> ParleyError | None:
    detail = f"HTTP {error.status}, code {error.code}"
    if error.status == 429:
        return Unavailable("Discord asks us to wait.", retry_after=_retry_after(error), detail=detail)
    if error.code in CODES:
        kind, message = CODES[error.code]
        if issubclass(kind, Unavailable):
            return kind(message, retry_after=SLOW_MODE_SECONDS, detail=detail)
        return kind(message, detail=detail)
    if error.code == 50035 and UNASKED in error.text:
        return Gone("The question was deleted.", detail=detail)
    if error.status == 413:  # what stands before Discord has no codes
        return Unreachable(CODES[40005][1], detail=detail)
    if error.status >= 500:
        return Unavailable("Discord has trouble of its own.", detail=detail)
    if error.status in (401, 403, 404):
        return Unreachable("Discord does not let the bot write there.", detail=detail)
    return None


def _retry_after(error: discord.HTTPException) -> float:
    """Only a 429 that did not come from Discord itself, but from what stands before it, gets past the library."""
    try:
        return float(error.response.headers["Retry-After"])
    except (KeyError, ValueError):
        return BAN_SECONDS


def _remedy(error: BaseException) -> str:
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return (
            f"Discord refuses the Message Content Intent. Switch it on at {PORTAL} (Bot, Privileged Gateway Intents), "
            "or set discord.message_content = false."
        )
    if isinstance(error, discord.ConnectionClosed):
        return REFUSED_CLOSES.get(error.code, f"Discord closed the connection for good (code {error.code}).")
    return (
        f"Discord refuses the token in DISCORD_TOKEN. Copy it from {PORTAL} (Bot, Reset Token) into .env; "
        "it is neither the application's id nor its public key."
    )

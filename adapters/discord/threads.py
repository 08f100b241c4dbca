"""Threads: those that the bot opens for an answer, and those that fell asleep before the answer was whole.

Rules: developers/topics/threads, checked 2026-11-29.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import discord

from adapters.discord import routes
from adapters.discord.composing import cut
from adapters.discord.failures import Branched
from adapters.discord.place import Place
from adapters.discord.wire import Wire
from bot.errors import Barred, Mistaken, Unreachable
from bot.events import Chat

NAME_LIMIT = 100
UNNAMED = "Question"
PUBLIC_THREAD = 11
ARCHIVE_MINUTES = 1440  # of silence, after which Discord archives it; whoever writes there opens it again
PATIENCE_SECONDS = 20.0
PRIVATE = "There are no threads in private chats: this is one conversation already, and /new begins another."
INSIDE = "This is a thread already. Open another one in its channel."
STRANGER = "I am no member here, so I cannot open a thread. Somebody who manages the server can add me to it."
CLOSED = "The thread is closed."
FORBIDDEN = (
    "I cannot open a thread here. Somebody who manages the server can give my role the permissions Create Public "
    "Threads and Send Messages in Threads. (Discord says: {})"
)


async def open_thread(wire: Wire, place: Place, title: str) -> tuple[Chat, Place]:
    """Where what is answered in it goes. Raises `Mistaken` where there can be none.

    A repeat finds the thread of the message, which has the message's id; where there is no message, a response that was
    lost may leave one empty thread.
    """
    if not place.guild:
        raise Mistaken(PRIVATE)
    if place.parent:
        raise Mistaken(INSIDE)
    if not place.posts:
        raise Mistaken(STRANGER)
    body = {"name": name_of(title), "auto_archive_duration": ARCHIVE_MINUTES}
    if place.asked:
        route = routes.thread_from(place.channel, place.asked)
    else:
        route, body = routes.thread_in(place.channel), body | {"type": PUBLIC_THREAD}
    try:
        opened = await wire.insist(route, body, patience=PATIENCE_SECONDS)
        thread = str(opened["id"])
    except Branched:
        thread = place.asked
    except Unreachable as refusal:
        raise Mistaken(FORBIDDEN.format(refusal.message), detail=refusal.detail) from refusal
    return Chat(space=place.guild, id=place.channel, thread=thread), place.branched(thread)


async def reopen(wire: Wire, place: Place) -> None:
    """Wake up a thread that Discord archived for its silence. Raises `Barred` where a person closed or locked it."""
    if not place.posts:
        raise Barred(CLOSED)
    found = await wire.insist(routes.channel("GET", place.channel), patience=PATIENCE_SECONDS)
    if found["thread_metadata"]["locked"] or not _fell_asleep(found):
        raise Barred(CLOSED)
    await wire.insist(routes.channel("PATCH", place.channel), {"archived": False}, patience=PATIENCE_SECONDS)


def _fell_asleep(thread: Mapping[str, Any]) -> bool:
    """Whether it was archived by time: as long after its last message as it was set to wait."""
    metadata = thread["thread_metadata"]
    spoken = discord.utils.snowflake_time(int(thread["last_message_id"] or thread["id"]))
    silence = datetime.fromisoformat(metadata["archive_timestamp"]) - spoken
    return silence >= timedelta(minutes=metadata["auto_archive_duration"] - 1)


def name_of(title: str) -> str:
    """One line that Discord takes. A name pings nobody, so an @ may stay."""
    return cut(" ".join(title.split()), NAME_LIMIT).strip() or UNNAMED

"""A look at the gateway's connection from outside the library, which sometimes is connected and deaf.

It goes by the library's public `latency`, which changes with every heartbeat that is answered (discord.py 2.7.1).
"""

import asyncio
import math
import threading
from collections.abc import Collection

import discord
from discord.gateway import KeepAliveHandler

CLOSE_SECONDS = 3.0  # for a farewell; then the connection is dropped
LOOKS = 20  # at least, before a connection is called deaf
LONGEST_LOOK = 5.0  # seconds between two looks


async def live(client: discord.Client, token: str, patience: float) -> bool:
    """Keep the client connected; return when no heartbeat was answered for `patience` seconds.

    Whether one ever was. Raises what the connection raises.
    """
    connection = asyncio.create_task(client.start(token))
    silence = asyncio.create_task(_silence(client, patience))
    try:
        await asyncio.wait({connection, silence}, return_when=asyncio.FIRST_COMPLETED)
        if connection.done():
            connection.result()
            return True
        return silence.result()
    finally:
        connection.cancel()
        silence.cancel()
        await asyncio.wait({connection, silence}, timeout=CLOSE_SECONDS)


async def discard(client: discord.Client, seconds: float = CLOSE_SECONDS) -> None:
    """Close the client; one that hangs for so many seconds loses its connections and is left. Its heart stops."""
    hearts = _hearts_of(client)
    closing = asyncio.create_task(_close(client, hearts))
    await asyncio.wait({closing}, timeout=seconds)
    if not closing.done():
        await asyncio.wait({asyncio.create_task(client.http.close())}, timeout=seconds)
        closing.cancel()
        await asyncio.wait({closing}, timeout=seconds)
    for heart in hearts:
        heart.stop()
        await asyncio.to_thread(heart.join, seconds)


async def _close(client: discord.Client, hearts: Collection[KeepAliveHandler]) -> None:
    """The client, and the connection that it forgets where it is cut off before it identifies (discord.py 2.7.1)."""
    for heart in hearts:
        if heart.ws is not client.ws:
            await heart.ws.close()
    await client.close()


def _hearts_of(client: discord.Client) -> Collection[KeepAliveHandler]:
    """The threads that send its heartbeats. The library waits for none to end: the event loop may be closed by then."""
    threads = [each for each in threading.enumerate() if isinstance(each, KeepAliveHandler)]
    return [each for each in threads if each.ws._connection is client._connection]  # noqa: SLF001 - says whose it is


async def _silence(client: discord.Client, patience: float) -> bool:
    """Looks are counted, not time: while this process stands still itself it hears nothing, whatever Discord says."""
    pause = min(patience / LOOKS, LONGEST_LOOK)
    silent, ever, pulse = 0.0, False, _pulse(client)
    while silent < patience:
        await asyncio.sleep(pause)
        silent += pause
        if (now := _pulse(client)) != pulse:
            pulse, silent, ever = now, 0.0, ever or math.isfinite(now)
    return ever


def _pulse(client: discord.Client) -> float:
    return math.inf if math.isnan(client.latency) else client.latency

"""The bytes of a file that a person attached: only from Discord's own hosts, never more than was allowed."""

import aiohttp
import yarl
from discord.http import Route

from adapters.discord import routes
from adapters.discord.failures import translate
from adapters.discord.wire import REQUEST_SECONDS, Wire
from bot.errors import Mistaken, Unavailable, Unreachable
from bot.events import Attachment

HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
CHUNK = 64 * 1024


async def download(wire: Wire, attachment: Attachment, limit: int) -> bytes:
    """Raises `Mistaken` where it is larger than `limit` bytes, `Unreachable` where it is gone."""
    if attachment.size > limit:
        raise _too_large(attachment, limit)
    address = yarl.URL(attachment.ref if "://" in attachment.ref else await _address(wire, attachment))
    if address.host not in (*HOSTS, yarl.URL(Route.BASE).host):
        raise Unreachable("The file is not at Discord.", detail=f"host {address.host}")
    data = bytearray()
    timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise Unreachable("The file is gone.", detail=f"HTTP {response.status}")
            async for chunk in response.content.iter_chunked(CHUNK):
                data += chunk
                if len(data) > limit:
                    raise _too_large(attachment, limit)
    except (aiohttp.ClientError, OSError) as error:
        raise translate(error) or Unavailable("Discord cannot be reached.") from error
    return bytes(data)


async def _address(wire: Wire, attachment: Attachment) -> str:
    """Addresses are signed and expire; the message gives a fresh one."""
    channel, message, file = attachment.ref.split("/")
    found = await wire.insist(routes.message("GET", channel, message), patience=REQUEST_SECONDS)
    passed_on = [snapshot["message"] for snapshot in found.get("message_snapshots", ())]
    for each in (attached for holder in (found, *passed_on) for attached in holder["attachments"]):
        if each["id"] == file:
            return str(each["url"])
    raise Unreachable("The file is gone.")


def _too_large(attachment: Attachment, limit: int) -> Mistaken:
    return Mistaken(f"{attachment.name} is larger than {limit // 2**20} MiB, which is the most I can take.")

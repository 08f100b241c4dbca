"""What all surfaces of one bot share."""

from collections.abc import Callable
from dataclasses import dataclass

from telegram import Bot

from adapters.telegram.addresses import Addresses
from adapters.telegram.admins import Admins
from adapters.telegram.drafts import Drafts
from adapters.telegram.gate import Gate
from adapters.telegram.uploads import Uploads
from adapters.telegram.writing import Writer

Heed = Callable[[int, int], None]
"""Called when a group turns out to have another id: (the old one, the new one)."""


@dataclass(frozen=True, slots=True)
class Shared:
    bot: Bot
    gate: Gate
    writer: Writer
    uploads: Uploads
    admins: Admins
    addresses: Addresses
    drafts: Drafts
    heed: Heed


def shared(bot: Bot, gate: Gate, drafts: Drafts, heed: Heed) -> Shared:
    return Shared(bot, gate, Writer(bot, gate), Uploads(bot, gate), Admins(bot, gate), Addresses(), drafts, heed)

"""What all surfaces of one bot share."""

from collections.abc import Callable
from dataclasses import dataclass

from telegram import Bot

from adapters.telegram.addresses import Addresses
from adapters.telegram.admins import Admins
from adapters.telegram.gate import Gate
from adapters.telegram.uploads import Uploads
from adapters.telegram.writing import Writer


@dataclass(frozen=True, slots=True)
class Shared:
    bot: Bot
    gate: Gate
    writer: Writer
    uploads: Uploads
    admins: Admins
    addresses: Addresses
    heed: Callable[[int, int], None]  # a group has another id now: (the old one, the new one)


def shared(bot: Bot, gate: Gate, heed: Callable[[int, int], None]) -> Shared:
    return Shared(bot, gate, Writer(bot, gate), Uploads(bot, gate), Admins(bot, gate), Addresses(), heed)

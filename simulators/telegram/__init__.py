"""Telegram's Bot API on loopback: accepts and refuses as the real one does, as far as Parley goes."""

from simulators.telegram.refusals import DURING
from simulators.telegram.simulator import TelegramSimulator
from simulators.telegram.values import Chat, Draft, Message, Query, User

__all__ = ["DURING", "Chat", "Draft", "Message", "Query", "TelegramSimulator", "User"]

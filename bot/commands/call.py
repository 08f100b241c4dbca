"""What a command is handed: the question it answers, and the services it may use."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.commands.command import Command
from bot.conversation.archive import Archive
from bot.conversation.chat import Chat
from bot.events import Question
from bot.inbox import Inbox
from bot.lanes import Lanes


@dataclass(frozen=True, slots=True)
class Services:
    """Opened once by the composition root, the same for every call."""

    chat: Chat
    archive: Archive
    inbox: Inbox
    lanes: Lanes
    commands: Mapping[str, Command]
    offline: bool  # no model is configured: the built-in guide answers


@dataclass(frozen=True, slots=True)
class Call:
    question: Question
    services: Services

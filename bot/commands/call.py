"""What a command is handed: the question it answers, the place where, and the services it may use."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from bot.access import Access, Action, Standing, Where
from bot.budgets import Budgets, Purse
from bot.commands.command import Command
from bot.conversation.archive import Archive
from bot.conversation.chat import Chat
from bot.conversation.memory import Memory
from bot.errors import Mistaken, Unreachable
from bot.events import Attachment, Event, Question
from bot.inbox import Inbox
from bot.inference.backend import Backend
from bot.inference.catalogue import Models
from bot.lanes import Lanes
from bot.ledger import Ledger
from bot.notices import Notices
from bot.replies import Delta, Surface
from bot.selection import Preferences, Selection
from bot.settings import Settings, of_person, of_space
from bot.votes import Votes

NO_TEXT = ("image/", "audio/", "video/")
FILE_LIMIT = 1_048_576  # bytes of an attached text


@dataclass(frozen=True, slots=True)
class Services:
    """Opened once by the composition root, the same for every call."""

    chat: Chat
    archive: Archive
    inbox: Inbox
    lanes: Lanes
    commands: Mapping[str, Command]
    offline: bool  # no model is configured: the built-in guide and its kin answer
    backend: Backend  # every task, chat too; paid for only through `Call.ask`
    models: Models
    selection: Selection
    access: Access
    budgets: Budgets
    ledger: Ledger
    settings: Settings
    votes: Votes
    memory: Memory
    notices: Notices
    pipeline_of: Callable[[str], Awaitable[str]]  # the Hub's tag of a model; "" where it is not known


@dataclass(frozen=True)
class Call:
    question: Question
    surface: Surface | None  # None: a passing press, which has no place of its own
    services: Services
    purse: Purse = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "purse", self.services.budgets.purse(self.question.id, self.event))

    @property
    def event(self) -> Event:
        return self.question.event

    @cached_property
    def me(self) -> str:
        """The scope of this person's settings."""
        return of_person(self.event.platform, self.event.author.id)

    @cached_property
    def here(self) -> str:
        return of_space(self.event.platform, self.event.chat.space)

    async def authorize(self, action: Action, where: Where) -> Standing:
        """What the author is here. Raises `Refused`, with the sentence who may."""
        return await self.services.access.require(self.event, action, where, self.event.command, self.surface)

    async def preferences(self) -> Preferences:
        return await self.services.selection.preferences(self.event)

    def ask(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """Have a task done, and pay for it. Raises what the backend raises, and `OverBudget`."""
        return self.purse.stream(self.services.backend, model, task)

    async def read(self, attachment: Attachment, limit: int) -> bytes:
        """Raises `Mistaken` where the file is larger than `limit` bytes."""
        if self.surface is None:
            raise Mistaken("A button takes no file.")
        try:
            return await self.surface.fetch(attachment, limit)
        except Unreachable as lost:  # the file, not the place of the answer
            raise Mistaken(f"{attachment.name} is not there any more. Attach it again.", detail=lost.detail) from lost

    async def read_text(self, attachment: Attachment) -> str:
        """The text of an attached file. Raises `Mistaken` where it is none, or too large."""
        data = await self.read(attachment, FILE_LIMIT)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Mistaken(f"{attachment.name} is not a text file (UTF-8). Save it as plain text.") from None
        if "\0" in text:
            raise Mistaken(f"{attachment.name} is not a text file. Save it as plain text.")
        return text

    async def quoting(self) -> Question:
        """The question, with the text files that came with it among what is quoted.

        Pictures, sounds and films are not looked at. Raises `Mistaken` where any other file of the author is no text.
        """
        read = [
            (f"{each.author or self.event.author.name}, in the file {each.name}", await self._quoted(each))
            for each in self.event.attachments
            if not each.media_type.startswith(NO_TEXT)
        ]
        return replace(self.question, event=replace(self.event, quotes=(*self.event.quotes, *read)))

    async def material(self, text: str = "", file: Attachment | None = None) -> str:
        """What the command is to work on: the words given, a text file, or the message replied to, in this order.

        Raises `Mistaken` where there is nothing.
        """
        if text.strip():
            return text.strip()
        for each in (file,) if file else self._attached_texts():
            if said := (await self.read_text(each)).strip():
                return said
        quoted = "\n".join(said for _, said in self.event.quotes).strip()
        if not quoted:
            raise Mistaken("There is nothing to work on: write the text, attach a text file, or reply to a message.")
        return quoted

    async def _quoted(self, attachment: Attachment) -> str:
        try:
            return await self.read_text(attachment)
        except Mistaken as reason:
            if not attachment.author:
                raise
            return f"({reason.message})"  # who did not send it cannot send another one

    def _attached_texts(self) -> Sequence[Attachment]:
        """Where words were quoted, the pictures and sounds beside them are not what is meant."""
        attached = self.event.attachments
        return [each for each in attached if not (self.event.quotes and each.media_type.startswith(NO_TEXT))]

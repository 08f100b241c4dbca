"""Taking in: what an event is, whether its author may, and the commit that makes it a question.

What becomes of a question after that is `dispatcher.py`'s concern.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar, get_args

from bot.access import BANNED, STRANGER, authorize
from bot.admission import Admission
from bot.backlog import MISSED
from bot.commands.call import NO_TEXT, Call, Services
from bot.commands.command import Command
from bot.commands.parse import bind, named
from bot.errors import Mistaken, Refused, Unavailable
from bot.events import Event, Question
from bot.lanes import Reason
from bot.replies import End, Reply

NOT_YOURS = "This button belongs to somebody else's question."
TOO_OLD = "This button is too old; I no longer know what it belonged to."
NOTHING = "This button does nothing any more."
AWAY = "I cannot take questions at this moment. Please try again in a minute."
AGAIN = ("retry", "continue")  # the buttons that work once under every answer
MOST_EDITS = 20  # of one message that are followed back to its first answer
COMMIT_TRIES = 30  # one a second, while the database is away and an answer is being shown

T = TypeVar("T")

log = logging.getLogger(__name__)


class Reception:
    def __init__(self, services: Services, admission: Admission, open_: MutableMapping[str, Question]) -> None:
        """`open_`: the questions that this process works on, by id."""
        self._services = services
        self._admission = admission
        self._open = open_
        self._presses = {
            action: press for command in services.commands.values() for action, press in command.presses.items()
        }
        self._late: set[asyncio.Task[None]] = set()

    async def take(self, event: Event, within: float | None) -> Question | Reply | None:
        """A stored question, a reply that is not stored, or None: nothing is to be said. Raises `Unavailable`."""
        try:
            match event.kind:
                case "ask" | "edit" if self._admission.backlog.includes(event, now := datetime.now(UTC)):
                    return await self._miss(event, now)
                case "ask":
                    return await self._ask(event, within)
                case "edit":
                    return await self._edit(event, within)
                case "press":
                    return await self._press(event, within)
                case "delete":
                    await self._delete(event)
                case "moved":
                    await self._move(event)
            return None
        except (Mistaken, Refused) as refusal:
            return Reply(refusal.message)

    async def _ask(self, event: Event, within: float | None) -> Question | None:
        command = named(self._services.commands, event.command or "chat")
        if command.hidden:
            raise Mistaken(f"/{command.name} is not for people. /help lists what there is.")
        if not _brings_material(event):
            bind(command, event)
        if not self._admits(event):
            return None
        await self._let_in(event, command)
        return await self.commit(event, command.private and not event.chat.private, within)

    def _admits(self, event: Event) -> bool:
        """False: there is no room, but this is a repeat of what is being answered. Raises `Refused`."""
        try:
            self._admission.admit(event)
        except Refused:
            its = (event.platform, event.bot, event.id)
            if any((each.event.platform, each.event.bot, each.event.id) == its for each in self._open.values()):
                return False
            raise
        return True

    async def _miss(self, event: Event, now: datetime) -> Question | None:
        """Too old to be answered: its chat is told so, once. Raises `Unavailable`; the event is to be offered again."""
        try:
            await self._let_in(event, self._services.commands[MISSED])
        except Refused:
            return None
        notice = self._admission.backlog.notice(event, now)
        if notice is None:
            return None
        try:
            return await self.commit(notice, private=False)
        except Unavailable:
            self._admission.backlog.forget(notice)
            raise

    async def _edit(self, event: Event, within: float | None) -> Question | None:
        """The latest question is asked anew; what was edited before it was a question is asked now."""
        inbox = self._services.inbox
        commands = ["", *(each.name for each in self._services.commands.values() if not each.hidden)]
        before = await inbox.latest(event.key, commands)
        if before is None or before.event.message != event.message:
            known = await inbox.latest(event.key, commands, event.message)
            return None if known else await self._ask(replace(event, kind="ask"), within)
        if (before.event.command, before.event.text) == (event.command, event.text):
            return None
        chain = (before.id, *before.event.supersedes)[:MOST_EDITS]
        edited = await self._ask(replace(event, supersedes=chain), within)
        if edited is not None:
            await self._withdraw(lambda each: each.key == event.key and each.id != edited.id, event, "edited")
        return edited

    async def _delete(self, event: Event) -> None:
        place = event.chat.thread or event.chat.id
        await self._withdraw(lambda each: place == (each.event.chat.thread or each.event.chat.id), event, "deleted")

    async def _withdraw(self, of_these: Callable[[Question], bool], event: Event, reason: Reason) -> None:
        """Stop what is being answered to this message, durably: a restart is not to begin it again."""
        about = (event.platform, event.bot, event.message)
        for each in list(self._open.values()):
            its = each.event
            if its.kind != "press" and (its.platform, its.bot, its.message) == about and of_these(each):
                self._services.lanes.stop(each.id, reason)
                await self._keep_stopped(each)

    async def _keep_stopped(self, question: Question) -> None:
        """Best effort: it is said already, and what was accepted instead must be answered."""
        try:
            await self._services.inbox.stop(question.id)
        except Unavailable as trouble:
            log.warning("that %s is to be stopped was not stored: %s", question.id, trouble.detail or trouble.message)

    async def _move(self, event: Event) -> None:
        where = (event.platform, event.bot, event.chat.id, event.text)
        await self._services.inbox.move(*where)
        self._services.lanes.move(*where)
        for question in list(self._open.values()):  # what waits must find its conversation
            key, its = question.key, question.event
            if (key.platform, key.bot, key.chat) == where[:3]:
                moved = replace(its, chat=its.chat.moved(event.text))
                self._open[question.id] = replace(question, key=replace(key, chat=event.text), event=moved)
        await self._services.access.refresh(0.0)

    async def commit(
        self, event: Event, private: bool, within: float | None = None, target: Question | None = None
    ) -> Question | None:
        """`target`: the question to whose conversation this belongs."""
        accept = self._services.inbox.accept(event, target.key if target else event.key, private)
        commit = asyncio.create_task(accept)
        done, _ = await asyncio.wait({commit}, timeout=within)
        if not done:
            late = asyncio.create_task(self._refuse_late(commit))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            raise Unavailable(AWAY)
        return commit.result()

    async def _let_in(self, event: Event, command: Command) -> None:
        """Bans, and strangers of whom the owner knows, come no further. The rest is decided where it is answered."""
        access = self._services.access
        standing = await access.standing(event, bool(event.author.admin), command.name)
        if standing == "banned" and command.role != "stranger":
            raise Refused(BANNED)
        sure = event.author.admin is not None or event.chat.private
        if standing == "stranger" and command.role != "stranger" and sure and access.has_asked(event):
            raise Refused(STRANGER)

    async def _press(self, event: Event, within: float | None) -> Question | Reply | None:
        action, pressed = event.press or ("", "")
        target = await self._services.inbox.find(pressed)
        press = self._presses.get(action)
        announced = press is not None and press.anyone  # such a button may stand on another platform too
        if target is None or ((target.key.platform, target.key.bot) != (event.platform, event.bot) and not announced):
            raise Mistaken(TOO_OLD)
        if target.event.author.id != event.author.id and not announced:
            raise Refused(NOT_YOURS)
        if action == "stop":
            return await self._stop(target)
        if press is None and action not in AGAIN:
            raise Mistaken(NOTHING)
        once = press is None or press.once  # a second press is a repeat of the first
        unique = f"{action}:{pressed}" if once else f"{action}:{pressed}:{event.id}"
        if not self._admits(replace(event, id=unique)):
            return None
        standing = await self._services.access.standing(event, bool(event.author.admin), target.event.command)
        if event.author.admin is not None or event.chat.private:
            authorize(standing, "ask", "here")
        event = replace(event, command=target.event.command)
        if press is not None and press.passing:
            passing = Question("", target.key, event, private=True)
            return await press.run(Call(passing, None, self._services), target)
        return await self.commit(replace(event, id=unique), target.private, within, target)

    async def _stop(self, target: Question) -> Reply:
        """At once where it is answered here; for all others, and for the time after a restart, it is kept."""
        here = self._services.lanes.stop(target.id)
        if here:
            await self._keep_stopped(target)
        elif target.state in get_args(End):
            return Reply("This answer has already ended.")
        else:
            await self._services.inbox.stop(target.id)
        return Reply("Stopped.")

    async def _refuse_late(self, commit: "asyncio.Task[Question | None]") -> None:
        """The person was told that we could not take this: a commit that comes later must not be answered."""
        try:
            question = await commit
        except Unavailable:
            return
        if question is not None:
            await durably(partial(self._services.inbox.end, question.id, "refused"))


def _brings_material(event: Event) -> bool:
    """Whether a message without words of its own, such as a forwarded one, gives the model something to read."""
    texts = [each for each in event.attachments if not each.media_type.startswith(NO_TEXT)]
    return not event.command and not event.text.strip() and bool(event.quotes or texts)


async def durably(commit: Callable[[], Awaitable[T]]) -> T:
    """Commit, through a database's short absence. Raises `Unavailable` when it stays away."""
    for remaining in range(COMMIT_TRIES, 0, -1):
        try:
            return await commit()
        except Unavailable:
            if remaining == 1:
                raise
            await asyncio.sleep(1.0)
    raise AssertionError  # the loop returns or raises

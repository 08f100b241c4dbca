"""The one door: accept -> admit -> command or conversation -> deliver -> end; every apology is spoken here.

What adapters see of it is `adapters.adapter.Dispatcher`. How an answer is shown is `streaming/delivery.py`, what an end
means for the reader is `outcome.py`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from bot.admission import Admission
from bot.commands.call import Call, Services
from bot.commands.parse import bind, named
from bot.conversation.turns import Turn
from bot.errors import Mistaken, ParleyError, Refused, Unavailable, Unreachable
from bot.events import Author, Event, Handle, Question
from bot.lanes import Stop
from bot.log import question_id
from bot.outcome import RETRY, STOP, Outcome, outcome
from bot.replies import PAGE_BREAK, Exchange, Finish, Reply, Surface
from bot.streaming.delivery import Answer, Delivery

ATTEMPTS = 3  # starts of work on one question, over restarts
RUN_AGAIN_SECONDS = 600.0  # after a restart, older questions are not answered unasked
CONVERSING = ("", "chat", "retry")  # commands whose answer is part of the conversation
COMMIT_TRIES = 30  # one a second, while the database is away and an answer is being shown

TOO_OFTEN = "I could not answer this, although I tried several times. Please ask differently."
TOO_LATE = "A restart came between, so this was not answered. Press Retry if you still want to know."
NOT_YOURS = "This button belongs to somebody else's question."

T = TypeVar("T")

log = logging.getLogger(__name__)


class Dispatcher:
    def __init__(self, services: Services, admission: Admission) -> None:
        self._services = services
        self._inbox = services.inbox
        self._admission = admission
        self._open: set[str] = set()  # accepted or taken up by this process, and not ended
        self._late: set[asyncio.Task[None]] = set()

    @property
    def model(self) -> str:
        return self._services.chat.model

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        try:
            if event.kind == "press":
                return await self._press(event, within)
            if event.kind != "ask":
                return None
            command = named(self._services.commands, event.command or "chat")
            bind(command, event)
            self._admission.admit(event)
            return await self._commit(event, command.private and not event.chat.private, within)
        except (Mistaken, Refused) as refusal:
            return Reply(refusal.message)

    def answer(self, question: Question, surface: Surface) -> None:
        self._enter(question, partial(self._answer, question, surface))

    async def resume(self, platform: str, bot: str, revive: Callable[[Question], Surface]) -> None:
        for question in await self._inbox.unfinished(platform, bot):
            if question.id in self._open:
                continue
            try:
                surface = revive(question)
            except Unreachable as reason:
                await self._inbox.end(question.id, "undeliverable", reason.message)
                continue
            self._open.add(question.id)
            self._enter(question, partial(self._take_up, question, surface))

    async def complete(self, command: str, parameter: str, typed: str, author: Author) -> Sequence[str]:  # noqa: ARG002
        if command == "help" and parameter == "command":
            return [name for name in self._services.commands if name.startswith(typed.strip().lstrip("/"))]
        return ()

    async def drain(self, grace: float) -> None:
        """Before the process ends, after the adapters stopped taking in."""
        await self._services.lanes.drain(grace)

    # Taking in

    async def _press(self, event: Event, within: float | None) -> Question | Reply | None:
        action, pressed = event.press or ("", "")
        target = await self._inbox.find(pressed)
        if target is None or (target.key.platform, target.key.bot) != (event.platform, event.bot):
            raise Mistaken("This button is too old; I no longer know what it belonged to.")
        if target.event.author.id != event.author.id:
            raise Refused(NOT_YOURS)
        if action == "stop":
            return Reply("Stopped." if self._services.lanes.stop(pressed) else "This answer has already ended.")
        if action not in ("retry", "continue"):
            raise Mistaken("This button does nothing any more.")
        self._admission.admit(event)
        # Each of these buttons works once: a second press is a repeat of the first.
        return await self._commit(replace(event, id=f"{action}:{pressed}"), target.private, within, target)

    async def _commit(
        self, event: Event, private: bool, within: float | None, target: Question | None = None
    ) -> Question | None:
        commit = asyncio.create_task(self._inbox.accept(event, target.key if target else event.key, private))
        done, _ = await asyncio.wait({commit}, timeout=within)
        if not done:
            late = asyncio.create_task(self._refuse_late(commit))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            raise Unavailable("I cannot take questions at this moment. Please try again in a minute.")
        question = commit.result()
        if question is not None:
            self._open.add(question.id)
        return question

    async def _refuse_late(self, commit: "asyncio.Task[Question | None]") -> None:
        """The person was told that we could not take this: a commit that comes later must not be answered."""
        try:
            question = await commit
        except Unavailable:
            return
        if question is not None:
            await self._durably(partial(self._inbox.end, question.id, "refused"))

    # Answering

    def _enter(self, question: Question, work: Callable[[Stop], Awaitable[None]]) -> None:
        command = self._services.commands.get(question.event.command or "chat")
        in_lane = command is None or command.in_lane
        self._services.lanes.enter(question.key if in_lane else None, question.id, work)

    async def _answer(self, question: Question, surface: Surface, stop: Stop) -> None:
        delivery = self._delivery(question, surface)
        await self._settle(question, delivery, partial(self._work, question, delivery, stop))

    async def _take_up(self, question: Question, surface: Surface, stop: Stop) -> None:
        """Go on with what an earlier process began (contract.md, recovery rule)."""
        delivery = self._delivery(question, surface)
        age = (datetime.now(UTC) - question.event.at).total_seconds()
        if question.state == "delivering":
            delivery.answer = _stored(question)
            work = partial(self._finish, question, delivery, outcome(delivery.answer))
        elif question.partial:
            delivery.answer = replace(_stored(question), finish="cut")
            work = partial(self._show_partial, question, delivery)
        elif age > RUN_AGAIN_SECONDS:
            work = partial(self._apologise, question, delivery, TOO_LATE)
        else:
            work = partial(self._work, question, delivery, stop)
        await self._settle(question, delivery, work)

    async def _settle(self, question: Question, delivery: Delivery, work: Callable[[], Awaitable[Outcome]]) -> None:
        """Do the work and bring the question to its one end, whatever is raised. A job of a lane: never raises."""
        question_id.set(question.id)
        try:
            if await self._durably(partial(self._inbox.attempt, question.id)) > ATTEMPTS:
                work = partial(self._apologise, question, delivery, TOO_OFTEN)
            ended = await self._spoken(question, delivery, work)
            if ended.end:
                await self._durably(partial(self._inbox.end, question.id, ended.end))
        except Unreachable as reason:
            log.info("undeliverable: %s %s", reason.message, reason.detail)
            await self._durably(partial(self._inbox.end, question.id, "undeliverable", reason.message))
        except Unavailable as trouble:
            log.error("left open: %s %s", trouble.message, trouble.detail)
        finally:
            self._open.discard(question.id)

    async def _spoken(self, question: Question, delivery: Delivery, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Whatever is raised by the work is said once, under what was already shown."""
        try:
            return await work()
        except Unreachable:
            raise
        except ParleyError as trouble:
            if trouble.detail:
                log.warning("%s: %s", type(trouble).__name__, trouble.detail)
            return await self._apologise(question, delivery, trouble.message)
        except Exception:  # a bug: the reader gets the id under which the log has the rest
            log.exception("a bug")
            return await self._apologise(question, delivery, f"Something went wrong here. (Number {question.id})")

    async def _work(self, question: Question, delivery: Delivery, stop: Stop) -> Outcome:
        reply = await self._reply(question)
        if not isinstance(reply.body, AsyncGenerator):
            text = reply.body if isinstance(reply.body, str) else PAGE_BREAK.join(reply.body)
            delivery.answer = Answer(text=text, finish="stop")
            return await self._finish(question, delivery, Outcome("answered", buttons=reply.buttons))
        trouble = ""
        try:
            await delivery.grow(reply.body, stop, (STOP,))
        except Unreachable:
            raise
        except ParleyError as error:
            trouble = error.message
            log.warning("%s: %s", type(error).__name__, error.detail or error.message)
        return await self._finish(question, delivery, outcome(delivery.answer, stop.reason, trouble), reply.exchange)

    async def _reply(self, question: Question) -> Reply:
        event = question.event
        if event.press and event.press[0] == "retry":
            return await self._services.chat.again(await self._pressed(question))
        if event.press or not event.command:
            return await self._services.chat.exchange(question)
        command = named(self._services.commands, event.command)
        return await command.run(Call(question, self._services), **bind(command, event))

    async def _pressed(self, question: Question) -> Question:
        """The question whose answer is to be made anew, through retries of retries."""
        while question.event.press and question.event.press[0] == "retry":
            target = await self._inbox.find(question.event.press[1])
            if target is None:
                raise Mistaken("That question is no longer stored. Please ask it again.")
            question = target
        return question

    async def _finish(
        self, question: Question, delivery: Delivery, ended: Outcome, exchange: Exchange | None = None
    ) -> Outcome:
        """Store the final answer and its turns, then show it: a crash in between only shows it again."""
        answer = delivery.answer
        if ended.end and answer.text:
            finish: Finish = "stopped" if ended.end == "cancelled" else answer.finish
            turns = _turns(exchange, answer, finish) if exchange else ()
            await self._durably(partial(self._inbox.conclude, question.id, answer.text, finish, turns))
        await delivery.finish(ended.note, ended.buttons)
        if ended.end is None:
            await delivery.keep()
        return ended

    async def _show_partial(self, question: Question, delivery: Delivery) -> Outcome:
        reply = await self._reply(question)
        if isinstance(reply.body, AsyncGenerator):
            await reply.body.aclose()  # never begun: only what the exchange was is wanted
        return await self._finish(question, delivery, outcome(delivery.answer), reply.exchange)

    async def _apologise(self, question: Question, delivery: Delivery, message: str) -> Outcome:
        if delivery.answer.text:
            return await self._finish(question, delivery, outcome(delivery.answer, trouble=message))
        delivery.answer = Answer(text=message)
        buttons = (RETRY,) if question.event.command in CONVERSING else ()
        await delivery.finish(buttons=buttons)
        return Outcome("failed-told")

    def _delivery(self, question: Question, surface: Surface) -> Delivery:
        return Delivery(surface, partial(self._checkpoint, question.id))

    async def _checkpoint(self, id: str, text: str, handle: Handle) -> None:
        try:
            await self._inbox.checkpoint(id, text, handle)
        except Unavailable as trouble:  # the answer goes on in memory
            log.warning("no checkpoint: %s", trouble.detail or trouble.message)

    async def _durably(self, commit: Callable[[], Awaitable[T]]) -> T:
        """Commit, through a database's short absence. Raises `Unavailable` when it stays away."""
        for remaining in range(COMMIT_TRIES, 0, -1):
            try:
                return await commit()
            except Unavailable:
                if remaining == 1:
                    raise
                await asyncio.sleep(1.0)
        raise AssertionError  # the loop returns or raises


def _stored(question: Question) -> Answer:
    finishes: dict[str, Finish] = {"stop": "stop", "length": "length", "stopped": "stopped"}
    return Answer(text=question.partial, finish=finishes.get(question.finish, "cut"))


def _turns(exchange: Exchange, answer: Answer, finish: Finish) -> Sequence[Turn]:
    return (
        Turn("user", exchange.prompt, parent=exchange.follows),
        Turn("assistant", answer.text, finish, answer.model, answer.tokens, answer.seconds),
    )

"""The one door: accept -> admit -> command or conversation -> deliver -> end; every apology is spoken here.

What adapters see of it is `adapters.adapter.Dispatcher`. How an answer is shown is `streaming/delivery.py`, what an end
means for the reader is `outcome.py`.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bot.access import Action, NotLetIn, Where
from bot.admission import Admission
from bot.commands.call import Call, Services
from bot.commands.command import Role
from bot.commands.introduction import DECISIONS, introduction
from bot.commands.parse import bind, named
from bot.completion import completions
from bot.conversation.turns import Turn
from bot.errors import Gone, Mistaken, ParleyError, Unavailable, Unreachable
from bot.events import Author, Event, Handle, Question
from bot.lanes import Stop
from bot.log import question_id
from bot.meter import SILENT, Meter
from bot.notices import Reach
from bot.outcome import RETRY, STOP, Outcome, outcome
from bot.reception import Reception, durably
from bot.replies import PAGE_BREAK, Button, End, Exchange, Finish, Order, Reply, Surface
from bot.settings import of_person
from bot.streaming.delivery import Answer, Delivery

ATTEMPTS = 3  # starts of work on one question, over restarts
RUN_AGAIN_SECONDS = 600.0  # after a restart, older questions are not answered unasked
CONVERSING = ("", "chat", "retry")  # commands whose answer is part of the conversation
NEEDS: dict[Role, tuple[Action, Where]] = {
    "stranger": ("read about me", "me"),
    "anyone": ("ask", "here"),
    "admin": ("govern", "here"),
    "owner": ("govern", "everywhere"),
}

TOO_OFTEN = "I could not answer this, although I tried several times. Please ask differently."
TOO_LATE = "A restart came between, so this was not answered. Press Retry if you still want to know."

Revive = Callable[[Question], Surface]

log = logging.getLogger(__name__)


class Dispatcher:
    def __init__(self, services: Services, admission: Admission, meter: Meter = SILENT) -> None:
        self._services = services
        self._meter = meter
        self._inbox = services.inbox
        self._reception = Reception(services, admission)
        self._open: set[str] = set()  # accepted or taken up by this process, and not ended
        self._revive: dict[tuple[str, str], Revive] = {}  # by platform and bot

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        taken = await self._reception.take(event, within)
        if isinstance(taken, Question):
            self._opened(taken)
        return taken

    def answer(self, question: Question, surface: Surface) -> None:
        self._enter(question, partial(self._answer, question, surface))

    async def resume(self, platform: str, bot: str, revive: Revive, reach: Reach) -> None:
        self._revive[platform, bot] = revive
        self._services.notices.attach(platform, reach)
        for question in await self._inbox.unfinished(platform, bot):
            if question.id in self._open:
                continue
            try:
                surface = revive(question)
            except Unreachable as reason:
                await self._inbox.end(question.id, "undeliverable", reason.message)
                self._meter.ended(question.id, platform, "undeliverable")
                continue
            self._open.add(question.id)
            self._enter(question, partial(self._take_up, question, surface))

    async def complete(self, command: str, parameter: str, typed: str, author: Author) -> Sequence[str]:  # noqa: ARG002
        return completions(self._services, command, parameter, typed)

    async def drain(self, grace: float) -> None:
        """Before the process ends, after the adapters stopped taking in."""
        await self._services.lanes.drain(grace)

    # Answering

    def _enter(self, question: Question, work: Callable[[Stop], Awaitable[None]]) -> None:
        command = self._services.commands.get(question.event.command or "chat")
        waits = command is None or command.in_lane
        self._services.lanes.enter(question.key, question.id, work, waits=waits)

    async def _answer(self, question: Question, surface: Surface, stop: Stop) -> None:
        delivery = self._delivery(question, surface)
        await self._settle(question, delivery, partial(self._work, question, delivery, surface, stop))

    async def _take_up(self, question: Question, surface: Surface, stop: Stop) -> None:
        """Go on with what an earlier process began (contract.md, recovery rule)."""
        delivery = self._delivery(question, surface)
        age = (datetime.now(UTC) - question.event.at).total_seconds()
        if question.state == "delivering":
            delivery.answer = replace(_stored(question), media=list(await self._inbox.media(question.id)))
            work = partial(self._finish, question, delivery, self._outcome(question, delivery.answer))
        elif question.partial:
            delivery.answer = replace(_stored(question), finish="cut")
            work = partial(self._show_partial, question, delivery, surface)
        elif age > RUN_AGAIN_SECONDS:
            work = partial(self._apologise, question, delivery, TOO_LATE)
        else:
            work = partial(self._work, question, delivery, surface, stop)
        await self._settle(question, delivery, work)

    async def _settle(self, question: Question, delivery: Delivery, work: Callable[[], Awaitable[Outcome]]) -> None:
        """Do the work and bring the question to its one end, whatever is raised. A job of a lane: never raises."""
        question_id.set(question.id)
        end: End | None = None
        try:
            if await durably(partial(self._inbox.attempt, question.id)) > ATTEMPTS:
                work = partial(self._apologise, question, delivery, TOO_OFTEN)
            ended = await self._spoken(question, delivery, work)
            if ended.end:
                await durably(partial(self._inbox.end, question.id, ended.end))
            end = ended.end
        except Unreachable as reason:
            log.info("not to be delivered: %s %s", reason.message, reason.detail)
            fate: End = "cancelled" if isinstance(reason, Gone) else "undeliverable"
            await durably(partial(self._inbox.end, question.id, fate, reason.message))
            end = fate
        except Unavailable as trouble:
            log.error("left open: %s %s", trouble.message, trouble.detail)
        finally:
            self._open.discard(question.id)
            self._meter.ended(question.id, question.key.platform, end)

    async def _spoken(self, question: Question, delivery: Delivery, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Whatever is raised by the work is said once, under what was already shown."""
        try:
            return await work()
        except Unreachable:
            raise
        except NotLetIn as refusal:
            await self._introduce(question)
            return await self._apologise(question, delivery, refusal.message, "refused")
        except ParleyError as trouble:
            if trouble.detail:
                log.warning("%s: %s", type(trouble).__name__, trouble.detail)
            return await self._apologise(question, delivery, trouble.message)
        except Exception:  # a bug: the reader gets the id under which the log has the rest
            log.exception("a bug")
            return await self._apologise(question, delivery, f"Something went wrong here. (Number {question.id})")

    async def _work(self, question: Question, delivery: Delivery, surface: Surface, stop: Stop) -> Outcome:
        reply = await self._reply(question, surface)
        try:
            asides = await self._orders(question, reply.orders, surface)
        except Unavailable:  # no room beside an answer that has not appeared yet
            ended = await self._deliver(question, reply, delivery, stop)
            asides = await self._orders(question, reply.orders, surface)
        else:
            ended = await self._deliver(question, reply, delivery, stop)
        for aside in asides:
            self.answer(aside, self._revive[aside.key.platform, aside.key.bot](aside))
        return ended

    async def _deliver(self, question: Question, reply: Reply, delivery: Delivery, stop: Stop) -> Outcome:
        delivery.thoughts = reply.thoughts
        if not isinstance(reply.body, AsyncGenerator):
            text = reply.body if isinstance(reply.body, str) else PAGE_BREAK.join(reply.body)
            delivery.answer = Answer(text=text, finish="stop")
            return await self._finish(question, delivery, Outcome("answered", buttons=reply.buttons))
        trouble = ""
        try:
            await delivery.grow(reply.body, stop, (STOP,), quiet=not reply.grows)
        except Unreachable:
            raise
        except ParleyError as error:
            trouble = error.message
            log.warning("%s: %s", type(error).__name__, error.detail or error.message)
        ended = self._outcome(question, delivery.answer, stop, trouble, reply.buttons)
        return await self._finish(question, delivery, ended, reply.exchange)

    def _outcome(
        self,
        question: Question,
        answer: Answer,
        stop: Stop | None = None,
        trouble: str = "",
        buttons: Sequence[Button] = (),
    ) -> Outcome:
        command = self._services.commands.get(question.event.command)
        own = tuple(buttons) or (command.buttons if command else ()) or (RETRY,)
        conversing = question.event.command in CONVERSING
        return outcome(answer, stop.reason if stop else "", trouble, buttons=own, goes_on=conversing)

    async def _orders(self, question: Question, orders: Sequence[Order], surface: Surface) -> Sequence[Question]:
        """The questions that a reply asks in its person's name, but those that an earlier process has stored."""
        asides: list[Question] = []
        for number, order in enumerate(orders):
            event = replace(
                question.event,
                id=f"{question.event.id}/{number}",
                kind="ask",
                press=None,
                command=order.command,
                values=order.values,
                handle=surface.beside(),
            )
            aside = await durably(partial(self._reception.commit, event, question.private, None, question))
            if aside is not None:
                self._opened(aside)
                asides.append(aside)
        return asides

    async def _reply(self, question: Question, surface: Surface) -> Reply:
        """What the question's command, or the button that was pressed, says."""
        event = question.event
        command = named(self._services.commands, event.command or "chat")
        await self._services.access.require(event, *NEEDS[command.role], command.name, surface)
        action, pressed = event.press or ("", "")
        if action == "retry":
            target = await self._pressed(question)
            if target.event.command in CONVERSING and target.event.command != "retry":
                return await self._services.chat.again(target)
            return await self._reply(replace(question, event=target.event), surface)
        if action == "continue" or not event.command:
            return await self._services.chat.exchange(question)
        call = Call(question, surface, self._services)
        if action:
            return await command.presses[action].run(call, await self._found(pressed))
        return await command.run(call, **bind(command, event))

    async def _pressed(self, question: Question) -> Question:
        """The question whose answer is to be made anew, through retries of retries."""
        while question.event.press and question.event.press[0] == "retry":
            question = await self._found(question.event.press[1])
        return question

    async def _found(self, id: str) -> Question:
        target = await self._inbox.find(id)
        if target is None:
            raise Mistaken("That question is no longer stored. Please ask it again.")
        return target

    async def _finish(
        self, question: Question, delivery: Delivery, ended: Outcome, exchange: Exchange | None = None
    ) -> Outcome:
        """Store the final answer and its turns, then show it: a crash in between only shows it again."""
        answer = delivery.answer
        if ended.end and (answer.text or answer.media):
            finish: Finish = "stopped" if ended.end == "cancelled" else answer.finish
            turns = _turns(exchange, answer, finish) if exchange and answer.text else ()
            await durably(partial(self._inbox.conclude, question.id, answer.text, finish, turns, answer.media))
        await delivery.finish(ended.note, ended.buttons)
        if ended.end is None:
            await delivery.keep()
        return ended

    async def _show_partial(self, question: Question, delivery: Delivery, surface: Surface) -> Outcome:
        exchange = None
        if question.event.command in CONVERSING:
            reply = await self._reply(question, surface)
            if isinstance(reply.body, AsyncGenerator):
                await reply.body.aclose()  # never begun: only what the exchange was is wanted
            exchange = reply.exchange
        return await self._finish(question, delivery, self._outcome(question, delivery.answer), exchange)

    async def _apologise(
        self, question: Question, delivery: Delivery, message: str, end: End = "failed-told"
    ) -> Outcome:
        if delivery.answer.text:
            return await self._finish(question, delivery, self._outcome(question, delivery.answer, trouble=message))
        delivery.answer = Answer(text=message)
        await delivery.finish(buttons=(RETRY,) if question.event.command in CONVERSING and end != "refused" else ())
        return Outcome(end)

    async def _introduce(self, question: Question) -> None:
        """The owners decide about a stranger, of whom they hear once, as soon as there are any."""
        event, owners = question.event, self._services.access.owners
        if not owners or not await self._services.access.first_asks(event):
            return
        person = of_person(event.platform, event.author.id)
        self._services.notices.tell(owners, person, introduction(event), DECISIONS, question.id)

    def _delivery(self, question: Question, surface: Surface) -> Delivery:
        return Delivery(surface, partial(self._checkpoint, question.id))

    def _opened(self, question: Question) -> None:
        self._open.add(question.id)
        self._meter.accepted(question.id, question.key.platform)

    async def _checkpoint(self, id: str, text: str, handle: Handle) -> None:
        self._meter.shown(id)
        try:
            await self._inbox.checkpoint(id, text, handle)
        except Unavailable as trouble:  # the answer goes on in memory
            log.warning("no checkpoint: %s", trouble.detail or trouble.message)


def _stored(question: Question) -> Answer:
    finishes: dict[str, Finish] = {"stop": "stop", "length": "length", "stopped": "stopped"}
    return Answer(text=question.partial, finish=finishes.get(question.finish, "cut"))


def _turns(exchange: Exchange, answer: Answer, finish: Finish) -> Sequence[Turn]:
    return (
        Turn("user", exchange.prompt, parent=exchange.follows),
        Turn("assistant", answer.text, finish, answer.model, answer.tokens, answer.seconds),
    )

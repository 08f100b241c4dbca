"""An answer on its way: made, stored, shown whole. What is said of trouble is `dispatcher.py`'s concern."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.commands.call import Services
from bot.conversation.turns import Turn
from bot.errors import Barred, Gone, ParleyError, Refused, Unavailable, Unreachable
from bot.events import Event, Handle, Question
from bot.lanes import Stop
from bot.meter import Meter
from bot.outcome import RETRY, STOP, Outcome, outcome
from bot.reception import durably
from bot.replies import PAGE_BREAK, Button, End, Exchange, Finish, Reply, Surface
from bot.streaming.delivery import Answer, Delivery

CONVERSING = ("", "chat", "retry")  # commands whose answer is part of the conversation
WITHDRAWN = ("edited", "deleted")  # whose answer nobody waits for any more

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Showing:
    """One question's answer and its place."""

    question: Question
    surface: Surface
    delivery: Delivery
    stop: Stop


class Answers:
    def __init__(self, services: Services, meter: Meter, elsewhere: Callable[[Event], Awaitable[bool]]) -> None:
        """`elsewhere`: whether an answer whose chat is closed to us is wanted in private."""
        self._elsewhere = elsewhere
        self._meter = meter
        self._inbox = services.inbox
        self._lanes = services.lanes
        self._commands = services.commands

    def showing(self, question: Question, surface: Surface, stop: Stop) -> Showing:
        checkpoint, worthwhile = partial(self._checkpoint, question.id), partial(self._worthwhile, question)
        return Showing(question, surface, Delivery(surface, checkpoint, worthwhile), stop)

    async def deliver(self, showing: Showing, reply: Reply) -> Outcome:
        """Show the reply as it is made, and store it. Raises `Unreachable`."""
        delivery, stop = showing.delivery, showing.stop
        delivery.thoughts = reply.thoughts
        if not isinstance(reply.body, AsyncGenerator):
            text = reply.body if isinstance(reply.body, str) else PAGE_BREAK.join(reply.body)
            delivery.answer = Answer(text=text, finish="stop")
            return await self.finish(showing, Outcome("answered", buttons=reply.buttons))
        trouble = ""
        try:
            await delivery.grow(reply.body, stop, (STOP,), quiet=not reply.grows)
        except Unreachable:
            raise
        except ParleyError as error:
            trouble = error.message
            log.warning("%s: %s", type(error).__name__, error.detail or error.message)
        return await self.finish(showing, self.outcome(showing, trouble, reply.buttons), reply.exchange)

    async def finish(self, showing: Showing, ended: Outcome, exchange: Exchange | None = None) -> Outcome:
        """Store the final answer and its turns, then show it: a crash in between only shows it again."""
        answer, withdrawn = showing.delivery.answer, showing.stop.reason in WITHDRAWN and ended.end == "cancelled"
        if ended.end and (answer.text or answer.media):
            finish: Finish = "stopped" if ended.end == "cancelled" else answer.finish
            turns = _turns(exchange, answer, finish) if exchange and answer.text and not withdrawn else ()
            await durably(partial(self._inbox.conclude, showing.question.id, answer.text, finish, turns, answer.media))
        if withdrawn and not showing.delivery.begun and not showing.question.attempts:
            return ended  # nobody has seen anything of it
        try:
            await showing.delivery.finish(ended.note, ended.buttons)
        except Refused as rule:  # which was shown in the answer's place
            log.info("refused where it was to be shown: %s %s", rule.message, rule.detail)
            return Outcome("failed-told")
        if ended.end is None:
            await showing.delivery.keep()
        return ended

    async def show_again(self, showing: Showing, remark: str = "") -> Outcome:
        """A stored answer, of which nobody knows whether it was shown; the remark stands under it."""
        question, delivery = showing.question, showing.delivery
        delivery.answer = replace(stored(question), media=list(await self._inbox.media(question.id)))
        ended = self.outcome(showing)
        return await self.finish(showing, replace(ended, note="\n".join(filter(None, (ended.note, remark)))))

    async def show_cut(self, showing: Showing, exchange: Exchange | None) -> Outcome:
        """What an earlier process had shown of an answer that it could not end."""
        showing.delivery.answer = stored(showing.question)
        return await self.finish(showing, self.outcome(showing), exchange)

    async def apologise(self, showing: Showing, message: str, end: End = "failed-told") -> Outcome:
        """Say this, under what was already shown."""
        if showing.delivery.answer.text:
            return await self.finish(showing, self.outcome(showing, message))
        showing.delivery.answer = Answer(text=message)
        again = showing.question.event.command in CONVERSING and end != "refused"
        await showing.delivery.finish(buttons=(RETRY,) if again else ())
        return Outcome(end)

    def outcome(self, showing: Showing, trouble: str = "", buttons: Sequence[Button] = ()) -> Outcome:
        name = showing.question.event.command
        command = self._commands.get(name)
        own = tuple(buttons) or (command.buttons if command else ()) or (RETRY,)
        return outcome(showing.delivery.answer, showing.stop.reason, trouble, buttons=own, goes_on=name in CONVERSING)

    async def _worthwhile(self, question: Question, lost: Unreachable) -> bool:
        """What only this question's way was lost of is kept for the next contact."""
        if isinstance(lost, Barred):
            return await self._elsewhere(question.event)
        return not isinstance(lost, Gone)

    async def _checkpoint(self, id: str, text: str, handle: Handle) -> None:
        self._meter.shown(id)
        try:
            if await self._inbox.checkpoint(id, text, handle):
                self._lanes.stop(id)
        except Unavailable as trouble:  # the answer goes on in memory
            log.warning("no checkpoint: %s", trouble.detail or trouble.message)


def stored(question: Question) -> Answer:
    finishes: dict[str, Finish] = {"stop": "stop", "length": "length", "stopped": "stopped"}
    return Answer(text=question.partial, finish=finishes.get(question.finish, "cut"))


def _turns(exchange: Exchange, answer: Answer, finish: Finish) -> Sequence[Turn]:
    return (
        Turn("user", exchange.prompt, parent=exchange.follows),
        Turn("assistant", answer.text, finish, answer.model, answer.tokens, answer.seconds),
    )

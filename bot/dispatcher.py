"""The one door: accept -> admit -> command or conversation -> deliver -> end; every apology is spoken here.

What adapters see of it is `adapters.adapter.Dispatcher`. What is said is `replying.py`, how an answer is stored and
shown `answers.py` and `streaming/delivery.py`, what an end means for the reader `outcome.py`.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bot.access import NotLetIn
from bot.admission import Admission
from bot.answers import CONVERSING, WITHDRAWN, Answers, Showing
from bot.commands.call import Services
from bot.commands.introduction import DECISIONS, introduction
from bot.completion import completions
from bot.elsewhere import Elsewhere
from bot.errors import Barred, Gone, ParleyError, Unavailable, Unreachable
from bot.events import Author, Event, Question
from bot.lanes import Stop
from bot.log import question_id
from bot.meter import SILENT, Meter
from bot.notices import Reach
from bot.outcome import Outcome
from bot.reception import Reception, durably
from bot.replies import End, Exchange, Order, Reply, Surface
from bot.replying import Replying
from bot.settings import of_person

ATTEMPTS = 3  # starts of work on one question, over restarts
RUN_AGAIN_SECONDS = 600.0  # after a restart, older questions are not answered unasked

KEPT_AT_ONCE = 3  # answers that waited for their person

WAITED = "This answer was waiting for you: it could not be shown when it was ready."
TOO_OFTEN = "I could not answer this, although I tried several times. Please ask differently."
TOO_LATE = "A restart came between, so this was not answered. Press Retry if you still want to know."

Revive = Callable[[Question], Surface]

log = logging.getLogger(__name__)


class Dispatcher:
    def __init__(self, services: Services, admission: Admission, meter: Meter = SILENT) -> None:
        self._services = services
        self._admission = admission
        self._meter = meter
        self._inbox = services.inbox
        self._open: dict[str, Question] = {}  # accepted or taken up by this process, and not ended
        self._reception = Reception(services, admission, self._open)
        self._replying = Replying(services)
        self._elsewhere = Elsewhere(services)
        self._answers = Answers(services, meter, self._elsewhere.wanted)
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
        left = await self._inbox.unfinished(platform, bot)
        for question in left:
            if question.id not in self._open:
                self._open[question.id] = question
                self._go_on(question, revive)
        for superseded in {each for question in left for each in question.event.supersedes}:
            self._services.lanes.stop(superseded, "edited")

    @property
    def full(self) -> bool:
        return self._admission.full

    def owners(self, platform: str) -> Collection[str]:
        prefix = of_person(platform, "")
        return [each.removeprefix(prefix) for each in self._services.access.owners if each.startswith(prefix)]

    async def complete(self, command: str, parameter: str, typed: str, author: Author) -> Sequence[str]:  # noqa: ARG002
        return completions(self._services, command, parameter, typed)

    async def drain(self, grace: float) -> None:
        """Before the process ends, after the adapters stopped taking in."""
        await self._services.lanes.drain(grace)

    def _enter(self, question: Question, work: Callable[[Stop], Awaitable[None]]) -> None:
        command = self._services.commands.get(question.event.command or "chat")
        waits = command is None or command.in_lane
        self._services.lanes.enter(question.key, question.id, work, waits=waits)

    def _go_on(self, question: Question, revive: Revive, remark: str = "") -> None:
        """Queue what has no surface yet. The remark stands under an answer that is only shown again."""
        try:
            surface = revive(question)
        except Unreachable as reason:
            self._enter(question, partial(self._give_up, question, reason))
        else:
            self._enter(question, partial(self._take_up, question, surface, remark))

    async def _answer(self, question: Question, surface: Surface, stop: Stop) -> None:
        question = self._open.get(question.id, question)  # its chat may have moved while it waited
        showing = self._answers.showing(question, surface, stop)
        withdrawn = stop.reason in WITHDRAWN
        await self._settle(showing, partial(self._show_partial if withdrawn else self._work, showing))

    async def _take_up(self, question: Question, surface: Surface, remark: str, stop: Stop) -> None:
        """Go on with what an earlier process began (contract.md, recovery rule)."""
        showing = self._answers.showing(question, surface, stop)
        age = (datetime.now(UTC) - question.event.at).total_seconds()
        if question.state == "delivering":
            work = partial(self._answers.show_again, showing, remark)
        elif question.partial or question.finish == "stopped" or stop.reason in WITHDRAWN:
            work = partial(self._show_partial, showing)
        elif age > RUN_AGAIN_SECONDS:
            work = partial(self._answers.apologise, showing, TOO_LATE)
        else:
            work = partial(self._work, showing)
        await self._settle(showing, work)

    async def _give_up(self, question: Question, reason: Unreachable, stop: Stop) -> None:  # noqa: ARG002 - a job's
        """There is no place for it any more."""
        question_id.set(question.id)
        end: End | None = None
        try:
            end = await self._lose(question, reason)
        except Unavailable as trouble:
            log.error("left open: %s %s", trouble.message, trouble.detail)
        finally:
            self._closed(question.id, question.key.platform, end)

    async def _settle(self, showing: Showing, work: Callable[[], Awaitable[Outcome]]) -> None:
        """Do the work and bring the question to its one end, whatever is raised. A job of a lane: never raises."""
        question = showing.question
        question_id.set(question.id)
        end: End | None = None
        try:
            if await durably(partial(self._inbox.attempt, question.id)) > ATTEMPTS:
                work = partial(self._answers.apologise, showing, TOO_OFTEN)
            ended = await self._spoken(showing, work)
            if ended.end:
                await durably(partial(self._inbox.end, question.id, ended.end))
            end = ended.end
        except Unreachable as reason:
            log.info("not to be delivered: %s %s", reason.message, reason.detail)
            end = await self._lose(question, reason)
        except Unavailable as trouble:
            log.error("left open: %s %s", trouble.message, trouble.detail)
        finally:
            self._closed(question.id, question.key.platform, end)

    async def _lose(self, question: Question, reason: Unreachable) -> End:
        """The question ends without a word here; where its chat is closed to us, so do those that wait behind it."""
        if not isinstance(reason, Gone) and (told := await self._elsewhere.send(question, self._answers)):
            await durably(partial(self._inbox.end, question.id, told, reason.message))
            return told
        end: End = "cancelled" if isinstance(reason, Gone) else "undeliverable"
        await durably(partial(self._inbox.end, question.id, end, reason.message))
        if isinstance(reason, Barred):
            for waiting in self._services.lanes.clear(question.key):
                await durably(partial(self._inbox.end, waiting, end, reason.message))
                self._closed(waiting, question.key.platform, end)
        return end

    async def _spoken(self, showing: Showing, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Whatever is raised by the work is said once, under what was already shown."""
        try:
            return await work()
        except Unreachable:
            raise
        except NotLetIn as refusal:
            await self._introduce(showing.question)
            return await self._answers.apologise(showing, refusal.message, "refused")
        except ParleyError as trouble:
            if trouble.detail:
                log.warning("%s: %s", type(trouble).__name__, trouble.detail)
            return await self._answers.apologise(showing, trouble.message)
        except Exception:  # a bug: the reader gets the id under which the log has the rest
            log.exception("a bug")
            number = f"Something went wrong here. (Number {showing.question.id})"
            return await self._answers.apologise(showing, number)

    async def _work(self, showing: Showing) -> Outcome:
        question, surface = showing.question, showing.surface
        reply = await self._replying.reply(question, surface)
        try:
            asides = await self._orders(question, reply.orders, surface)
        except Unavailable:  # no room beside an answer that has not appeared yet
            ended = await self._answers.deliver(showing, reply)
            asides = await self._orders(question, reply.orders, surface)
        else:
            ended = await self._answers.deliver(showing, reply)
        for aside in asides:
            self.answer(aside, self._revive[aside.key.platform, aside.key.bot](aside))
        await self._offer_kept(question, surface)
        return ended

    async def _offer_kept(self, question: Question, surface: Surface) -> None:
        """Answers that could not be shown when they were ready are shown beside this one, after it."""
        revive = self._revive.get((question.key.platform, question.key.bot))
        if revive is None:  # earlier questions are not even taken up yet
            return
        try:
            for each in reversed(await self._inbox.kept(question.key, KEPT_AT_ONCE)):
                kept = await self._inbox.find(each)
                if kept is None or (kept.private and not (surface.can.private or question.event.chat.private)):
                    continue
                if again := await self._inbox.reopen(each, surface.beside()):
                    self._opened(again)
                    self._go_on(again, revive, WAITED)
        except Unavailable as trouble:
            log.warning("kept answers were not looked for: %s", trouble.detail or trouble.message)

    async def _orders(self, question: Question, orders: Sequence[Order], surface: Surface) -> Sequence[Question]:
        """The questions that a reply asks in its person's name, but those that an earlier process has stored."""
        asides: list[Question] = []
        for number, order in enumerate(orders):
            chat, handle = order.branch or (question.event.chat, surface.beside())
            event = replace(
                question.event,
                id=f"{question.event.id}/{number}",
                kind="ask",
                press=None,
                command=order.command,
                values=order.values,
                chat=chat,
                handle=handle,
            )
            target = None if order.branch else question
            aside = await durably(partial(self._reception.commit, event, question.private, None, target))
            if aside is not None:
                self._opened(aside)
                asides.append(aside)
        return asides

    async def _show_partial(self, showing: Showing) -> Outcome:
        return await self._answers.show_cut(showing, await self._exchange(showing))

    async def _exchange(self, showing: Showing) -> Exchange | None:
        """What was asked of the model, where something of its answer is to be remembered."""
        question = showing.question
        if question.event.command not in CONVERSING or not question.partial:
            return None
        reply = await self._replying.reply(question, showing.surface)
        if isinstance(reply.body, AsyncGenerator):
            await reply.body.aclose()  # never begun: only what the exchange was is wanted
        return reply.exchange

    async def _introduce(self, question: Question) -> None:
        """The owners decide about a stranger, of whom they hear once, as soon as there are any."""
        event, owners = question.event, self._services.access.owners
        if not owners or not await self._services.access.first_asks(event):
            return
        person = of_person(event.platform, event.author.id)
        self._services.notices.tell(owners, person, introduction(event), DECISIONS, question.id)

    def _opened(self, question: Question) -> None:
        self._open[question.id] = question
        self._meter.accepted(question.id, question.key.platform)

    def _closed(self, id: str, platform: str, end: End | None) -> None:
        """`end` None: it is left open for another process."""
        self._open.pop(id, None)
        self._meter.ended(id, platform, end)

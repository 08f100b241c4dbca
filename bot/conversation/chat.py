"""One exchange with the model: what was said before, what fits, and the stream of the answer.

Showing the answer and storing both turns is not this file's concern: the reply says what the exchange was.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

from pydantic import Field

from bot.budgets import Budgets, OverBudget, Purse
from bot.conversation.archive import Archive
from bot.conversation.context import budget
from bot.conversation.prompt import Prompt, asked, speaking, with_quotes
from bot.conversation.turns import Turn
from bot.events import Question
from bot.inference.backend import Backend, ContextTooLong
from bot.replies import Delta, Exchange, Reply
from bot.section import Section
from bot.selection import Preferences, Selection


class ChatConfig(Section):
    system_prompt: str = Field(
        "You are Parley, a helpful assistant in a chat. Answer in the language of the question. Be brief and exact.",
        description="what the model is told before every conversation",
    )
    history_turns: int = Field(
        100, ge=0, description="how many earlier turns are looked at; what fits the window is sent"
    )
    quoted_bytes: int = Field(
        200_000,
        ge=1000,
        description="bytes of quotes and attached texts that are sent; never more than half the window",
    )


class Sizes(Protocol):
    """What is asked of the catalogue."""

    def window(self, model: str) -> int:
        """In tokens."""
        ...

    def cheaper(self, model: str, among: Sequence[str]) -> Sequence[str]:
        """Those of these models whose known price is lower, the dearest of them first."""
        ...


class Chat:
    """Answers with the model that was chosen, `max_tokens` of whose window are kept for the answer."""

    def __init__(
        self,
        config: ChatConfig,
        backend: Backend,
        archive: Archive,
        selection: Selection,
        budgets: Budgets,
        sizes: Sizes,
        max_tokens: int,
    ) -> None:
        self._config = config
        self._backend = backend
        self._archive = archive
        self._selection = selection
        self._budgets = budgets
        self._sizes = sizes
        self._max_tokens = max_tokens

    async def exchange(self, question: Question) -> Reply:
        """Say something new in this question's conversation, or, where Continue was pressed, go on.

        An edited question takes the place of what it was before, as a branch.
        """
        return await self._reply(await self._followed(question, *question.event.supersedes), question)

    async def again(self, question: Question) -> Reply:
        """Answer an earlier question anew, as a branch beside its first answer."""
        turns = await self._followed(question, question.id, *question.event.supersedes)
        return await self._reply(turns, question)

    async def _followed(self, question: Question, *asked: str) -> Sequence[Turn]:
        """The turns before the first of these questions that left any, else the conversation's last."""
        for each in asked:
            turns = await self._archive.before(each, self._config.history_turns)
            if turns is not None:
                return turns
        return await self._archive.recent(question.key, self._config.history_turns)

    async def _reply(self, turns: Sequence[Turn], question: Question) -> Reply:
        event = question.event
        preferences = await self._selection.preferences(event)
        room = budget(self._sizes.window(self._selection.choice("chat", preferences).model), self._max_tokens)
        said = with_quotes(asked(event), event.quotes, min(self._config.quoted_bytes, room // 2))
        system = speaking(preferences.persona or self._config.system_prompt, event)
        prompt = Prompt(system, turns, said, preferences.temperature)
        return Reply(
            self._stream(prompt, preferences, self._budgets.purse(question.id, event)),
            exchange=Exchange(said, turns[-1].id if turns else ""),
            grows=preferences.grows,
            thoughts=preferences.thoughts,
        )

    async def _stream(self, prompt: Prompt, preferences: Preferences, purse: Purse) -> AsyncGenerator[Delta, None]:
        """Where the money is too short for the model, a cheaper one answers."""
        choice = self._selection.choice("chat", preferences)
        if farewell := await self._selection.farewell("chat", choice):
            yield Delta(note=farewell)
        cheaper = self._sizes.cheaper(choice.model, self._selection.defaults("chat"))
        names = [choice.model, *filter(preferences.permits, cheaper)]
        for name in names:
            try:
                async with aclosing(self._ask(name, prompt, purse)) as deltas:
                    async for delta in deltas:
                        yield delta
                return
            except OverBudget as over:
                if over.limit.unit != "micros" or name == names[-1]:
                    raise
                yield Delta(note=f"A cheaper model answers, because the budget does not suffice for {choice.model}.")

    async def _ask(self, model: str, prompt: Prompt, purse: Purse) -> AsyncGenerator[Delta, None]:
        """A server that still finds the request too long is asked once more, with half of the history."""
        fits = prompt.fitting(budget(self._sizes.window(model), self._max_tokens))
        try:
            async with aclosing(purse.stream(self._backend, model, fits.request())) as deltas:
                async for delta in deltas:
                    yield delta
        except ContextTooLong:
            if not fits.turns:
                raise
            async with aclosing(purse.stream(self._backend, model, fits.halved().request())) as deltas:
                async for delta in deltas:
                    yield delta

"""One exchange with the model: what was said before, what fits, and the stream of the answer.

Showing the answer and storing both turns is not this file's concern: the reply says what the exchange was.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from pydantic import Field

from bot.conversation.archive import Archive
from bot.conversation.context import budget, fitting, size
from bot.conversation.prompt import asked, messages, with_quotes
from bot.conversation.turns import Turn
from bot.events import ConversationKey, Event, Question
from bot.inference.backend import Backend, ContextTooLong
from bot.replies import Delta, Exchange, Reply
from bot.section import Section


class ChatConfig(Section):
    system_prompt: str = Field(
        "You are Parley, a helpful assistant in a chat. Answer in the language of the question. Be brief and exact.",
        description="what the model is told before every conversation",
    )
    history_turns: int = Field(
        100, ge=0, description="how many earlier turns are looked at; what fits the window is sent"
    )


class Chat:
    """Answers with one model: `window` is its context in tokens, `max_tokens` of which are kept for the answer."""

    def __init__(
        self, config: ChatConfig, backend: Backend, archive: Archive, model: str, window: int, max_tokens: int
    ) -> None:
        self.model = model
        self._config = config
        self._backend = backend
        self._archive = archive
        self._room = budget(window, max_tokens)

    async def exchange(self, question: Question) -> Reply:
        """Say something new in this question's conversation, or, where Continue was pressed, go on."""
        return self._reply(await self._recent(question.key), question.event)

    async def again(self, question: Question) -> Reply:
        """Answer an earlier question anew, as a branch beside its first answer."""
        turns = await self._archive.before(question.id, self._config.history_turns)
        if turns is None:  # its first answer left nothing behind
            turns = await self._recent(question.key)
        return self._reply(turns, question.event)

    async def _recent(self, key: ConversationKey) -> Sequence[Turn]:
        return await self._archive.recent(key, self._config.history_turns)

    def _reply(self, turns: Sequence[Turn], event: Event) -> Reply:
        prompt = with_quotes(asked(event), event.quotes)
        exchange = Exchange(prompt, turns[-1].id if turns else "")
        return Reply(self._stream(turns, prompt), exchange=exchange)

    async def _stream(self, turns: Sequence[Turn], prompt: str) -> AsyncGenerator[Delta, None]:
        fits = fitting(turns, self._room - size(self._config.system_prompt) - size(prompt))
        try:
            async with aclosing(self._ask(fits, prompt)) as deltas:
                async for delta in deltas:
                    yield delta
        except ContextTooLong:
            if not fits:
                raise
            half = fitting(fits, sum(size(turn.text) for turn in fits) // 2)
            async with aclosing(self._ask(half, prompt)) as deltas:
                async for delta in deltas:
                    yield delta

    def _ask(self, turns: Sequence[Turn], prompt: str) -> AsyncGenerator[Delta, None]:
        return self._backend.stream(self.model, {"messages": messages(self._config.system_prompt, turns, prompt)})

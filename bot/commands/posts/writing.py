"""Posts by a chat model: with a schema where it can, once more where it broke the rules, and never oftener.

What is asked and what the answers mean is the concern of `request.py` and `draft.py`.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from bot.budgets import OverBudget
from bot.commands.posts.draft import Draft, faults, read
from bot.commands.posts.request import RESPONSE_FORMAT, Wanted, messages, once_more
from bot.commands.posts.sentences import beginning
from bot.errors import ParleyError, Refused, Unavailable
from bot.inference.backend import ContextTooLong
from bot.replies import Delta

GENERATIONS = 3  # of one answer: 1 + 2 (contract.md)
POST = '"text"'  # stands in the answer once for each post

Ask = Callable[[Mapping[str, Any]], AsyncGenerator[Delta, None]]


class Writer:
    """Writes once. Afterwards `draft` holds the posts, `material` what of the text the model has seen."""

    def __init__(self, ask: Ask, material: str, wanted: Wanted) -> None:
        self.material = material
        self.draft: Draft | None = None
        self.tokens: tuple[int, int] | None = None
        self.model = ""
        self._ask = ask
        self._wanted = wanted
        self._left = GENERATIONS
        self._schema = True
        self._answer = ""

    async def write(self) -> AsyncGenerator[Delta, None]:
        """Deltas that tell of the progress. Raises where there is nothing to show in the end."""
        async with aclosing(self._first()) as deltas:
            async for delta in deltas:
                yield delta
        self.draft = read(self._answer)
        wrong = self._wrong(self.draft)
        if wrong and self._left:
            async with aclosing(self._second(wrong)) as deltas:
                async for delta in deltas:
                    yield delta
        if self.draft is None:
            raise Unavailable("The model wrote no posts. Please try again, or choose another with /model.")

    async def _first(self) -> AsyncGenerator[Delta, None]:
        """Where the material is too long for the model after all, half of it is asked about."""
        try:
            async with aclosing(self._generate(self._asked())) as deltas:
                async for delta in deltas:
                    yield delta
        except ContextTooLong:
            if not self._left:
                raise
            self.material = beginning(self.material, len(self.material.encode("utf-8", "replace")) // 2)
            async with aclosing(self._generate(self._asked())) as deltas:
                async for delta in deltas:
                    yield delta

    async def _second(self, wrong: Sequence[str]) -> AsyncGenerator[Delta, None]:
        """The better one of the two drafts is kept; what goes wrong here costs nothing that is there."""
        yield Delta(progress="That did not keep to the rules, writing once more …")
        try:
            async with aclosing(self._generate(once_more(self._asked(), self._answer, wrong))) as deltas:
                async for delta in deltas:
                    yield delta
        except ParleyError:
            if self.draft is None:
                raise
            return
        draft = read(self._answer)
        if draft and (self.draft is None or len(self._wrong(draft)) <= len(wrong)):
            self.draft = draft

    async def _generate(self, asked: Sequence[Mapping[str, str]]) -> AsyncGenerator[Delta, None]:
        """A server that refuses a schema is asked without one."""
        try:
            async with aclosing(self._stream(asked)) as deltas:
                async for delta in deltas:
                    yield delta
        except OverBudget:
            raise
        except Refused:
            if not self._schema or not self._left:
                raise
            self._schema = False
            async with aclosing(self._stream(asked)) as deltas:
                async for delta in deltas:
                    yield delta

    async def _stream(self, asked: Sequence[Mapping[str, str]]) -> AsyncGenerator[Delta, None]:
        """One generation: its progress, its text in `_answer`."""
        self._left -= 1
        self._answer, begun, count = "", 0, self._wanted.count
        form = {"response_format": RESPONSE_FORMAT} if self._schema else {}
        async with aclosing(self._ask({"messages": asked, **form})) as deltas:
            async for delta in deltas:
                self._answer += delta.text
                self._count(delta)
                if delta.progress:
                    yield Delta(progress=delta.progress)
                if begun < (now := min(count, self._answer.count(POST))):
                    begun = now
                    yield Delta(progress=f"Writing post {begun} of {count} …")

    def _count(self, delta: Delta) -> None:
        self.model = delta.model or self.model
        if delta.tokens:
            read, written = self.tokens or (0, 0)
            self.tokens = (read + delta.tokens[0], written + delta.tokens[1])

    def _asked(self) -> list[dict[str, str]]:
        return messages(self.material, self._wanted)

    def _wrong(self, draft: Draft | None) -> Sequence[str]:
        if draft is None:
            return ["There were no posts in the answer."]
        return faults(draft, self._wanted.count, self._wanted.limit)

"""What a person and the bot said, searched by what it means.

Each message gets a vector from a model, once; messages that have none yet are read first, the newest first. How vectors
are kept and compared is the concern of whoever keeps the promises of `conversation/memory.py`.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated, Literal

from bot.budgets import OverBudget
from bot.commands.bars import escaped, percent, shortened
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.conversation.memory import Found
from bot.errors import Mistaken, Unavailable
from bot.replies import Delta, Reply

BATCH = 64  # texts in one request
MOST, MOST_BYTES = 2048, 200_000  # messages, and bytes of them, that one /recall reads: a third of a day's usual budget
CUTS = (1500, 500)  # bytes of a text that are looked at, and where that is too long: most models read 512 tokens
EXCERPT, BEFORE = 280, 80  # characters of a message that are shown, and how many of them before a word that is sought
E5 = re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])", re.IGNORECASE)  # models that want to be told which text is which
WORD = re.compile(r"\w{3,}")
MARKS = re.compile(r"\*\*|`+|^[#>]+ ", re.MULTILINE)  # of Markdown, which would be read as signs in an excerpt
FAINT = 0.15  # cosines below that are chance, whichever model it is

Kind = Literal["query", "passage"]


@command("/recall --count 3 the train to the harbour", private=True)
async def recall(
    call: Call,
    words: Annotated[str, About("What it was about, in any words", rest=True)],
    count: Annotated[int, About("How many messages to show", bounds=(1, 10))] = 5,
) -> Reply:
    """Find what you and I said, by its meaning."""
    return Reply(_recalled(call, words, count))


@dataclass(slots=True)
class _Reader:
    """Asks the model for vectors; what it said last is kept here."""

    call: Call
    model: str
    prefixed: bool
    vectors: Sequence[Sequence[float]] = ()
    who: str = ""
    note: str = ""

    @property
    def space(self) -> str:
        return f"{self.who}:{len(self.vectors[0])}"

    async def read(self, kind: Kind, texts: Sequence[str]) -> AsyncGenerator[Delta, None]:
        """Tells of waiting only. Texts that are too long are read again, their beginnings only."""
        self.vectors = ()
        for most in CUTS:
            prefix = f"{kind}: " if self.prefixed else ""
            inputs = [prefix + _cut(text, most) for text in texts]
            task = {"task": "feature-extraction", "inputs": inputs, "alone": True}
            try:
                async with aclosing(self.call.ask(self.model, task)) as deltas:
                    async for delta in deltas:
                        self.vectors = delta.result or self.vectors
                        self.who, self.note = delta.model or self.who or self.model, delta.note or self.note
                        if delta.progress:
                            yield Delta(progress=delta.progress)
            except Mistaken:
                if most == CUTS[-1]:
                    raise
            else:
                break
        if len(self.vectors) != len(texts):
            raise Unavailable("The model gave no answer. Please try again.")


@dataclass(slots=True)
class _Library:
    """A person's messages; those without a vector are read before the search."""

    reader: _Reader
    space: str
    query: Sequence[float]
    left: int = 0  # messages that have not been read yet
    notes: list[str] = field(default_factory=list)

    async def catch_up(self) -> AsyncGenerator[Delta, None]:
        """Tells how far it is. Where the budget ends, the search makes do with what has been read."""
        read = size = 0
        while (batch := await self._next()) and read < MOST and size < MOST_BYTES:
            yield Delta(progress=f"Reading your older messages, {read:,} of {min(read + self.left, MOST):,} …")
            try:
                async with aclosing(self._index(batch)) as deltas:
                    async for delta in deltas:
                        yield delta
            except OverBudget as over:
                self.notes.append(over.message)
                break
            read += len(batch)
            size += sum(len(_cut(text, CUTS[0])) for text in batch.values())
        if self.left:
            self.notes.append(f"Older messages not read yet: {self.left:,}. The next /recall goes on with them.")

    async def _next(self) -> dict[str, str]:
        call = self.reader.call
        unindexed = await call.services.memory.unindexed(call.me, self.space, BATCH)
        self.left = unindexed.count
        return {passage.turn: passage.text for passage in unindexed.passages}

    async def _index(self, batch: dict[str, str]) -> AsyncGenerator[Delta, None]:
        vectors: dict[str, Sequence[float]] = dict.fromkeys(batch, [0.0] * len(self.query))  # of those without words
        telling = {turn: text for turn, text in batch.items() if text.strip()}
        if telling:
            async with aclosing(self.reader.read("passage", list(telling.values()))) as deltas:
                async for delta in deltas:
                    yield delta
            if self.reader.space != self.space:
                raise Unavailable("Another model answers now. Please try again.")
            vectors |= zip(telling, self.reader.vectors, strict=True)
        call = self.reader.call
        await call.services.memory.index(call.me, self.space, vectors)


async def _recalled(call: Call, words: str, count: int) -> AsyncGenerator[Delta, None]:
    model = call.services.selection.choice("recall", await call.preferences()).model
    reader = _Reader(call, model, prefixed=bool(E5.search(model)) and not call.services.offline)
    async with aclosing(reader.read("query", [words])) as deltas:
        async for delta in deltas:
            yield delta
    library = _Library(reader, reader.space, reader.vectors[0])
    async with aclosing(library.catch_up()) as deltas:
        async for delta in deltas:
            yield delta
    if not _unseen(call):
        library.notes.append("Only this conversation was searched; everything else I search in our private chat.")
    found = await _search(call, library, count)
    listed = [_entry(call, number, each, words) for number, each in enumerate(found, 1)]
    yield Delta("\n\n".join(listed) or "I found nothing like that in what we said.")
    yield Delta(note="\n".join([*library.notes, reader.note or reader.who]), finish="stop")


async def _search(call: Call, library: _Library, count: int) -> Sequence[Found]:
    """The same words, as they are said again for another answer, count once."""
    within = None if _unseen(call) else call.question.key
    found = await call.services.memory.search(call.me, library.space, library.query, 3 * count, within)
    different: dict[str, Found] = {}
    for each in found:
        if each.likeness >= FAINT:
            different.setdefault(each.turn.text, each)
    return list(islice(different.values(), count))


def _unseen(call: Call) -> bool:
    """Whether nobody but the author sees the answer: then it may tell of other chats."""
    alone = call.question.private and call.surface is not None and call.surface.can.private
    return call.event.chat.private or alone


def _entry(call: Call, number: int, found: Found, words: str) -> str:
    when = f"{found.at.day} {found.at:%B %Y, %H:%M} UTC"
    link = call.surface.link(found.chat, found.message) if call.surface and found.chat else ""
    who = "you said" if found.turn.role == "user" else "I said"
    head = (
        f"**{number}.** {f'[{when}]({link})' if link else when}, {who}{_where(call, found)} · {percent(found.likeness)}"
    )
    return f"{head}\n> {escaped(excerpt(found.turn.text, words))}"


def _where(call: Call, found: Found) -> str:
    if found.chat is None:
        return ""
    if found.chat == call.event.chat:
        return " here"
    return " in private" if found.chat.private else " in another chat"


def excerpt(text: str, words: str) -> str:
    """A line out of a text: from a little before the first word that is sought, or else its beginning."""
    line, sought = " ".join(MARKS.sub("", text).split()), {each.casefold() for each in WORD.findall(words)}
    first = next((each.start() for each in WORD.finditer(line) if each[0].casefold() in sought), 0)
    if len(line) <= EXCERPT or first < EXCERPT - BEFORE:
        return shortened(line, EXCERPT)
    start = line.rfind(" ", 0, first - BEFORE) + 1
    return f"…{shortened(line[start:], EXCERPT - 1)}"


def _cut(text: str, most: int) -> str:
    """So many bytes of it, without halves of characters."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")

"""What one stream has used so far: as the backend counted it, or else reckoned from what was seen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

from bot.errors import ParleyError, Refused
from bot.inference.failures import ModelUnavailable
from bot.ledger import Amount
from bot.replies import Delta

BYTES_PER_TOKEN = 3  # as `conversation/context.py` reckons


@dataclass(slots=True)
class Reckoning:
    """`read` every delta; what it returns is the whole use so far."""

    amount: Callable[[str, int, int, str], Amount]  # of a model, tokens in and out, and the name it goes by
    model: str
    prompt: int  # tokens
    begun: Amount  # what is used before the first word
    answered: str = ""  # the name by which the model that answers calls itself
    heard: bool = False
    bytes: int = 0
    pictures: int = 0
    in_vain: int = 0  # generations
    counted: tuple[int, int] | None = None  # tokens

    def read(self, delta: Delta) -> Amount:
        self.in_vain += delta.starts
        return sum([self.begun] * self.in_vain, self._answer(delta))

    def _answer(self, delta: Delta) -> Amount:
        self.heard = self.heard or bool(delta.text or delta.thought or delta.media or delta.result is not None)
        self.bytes += len((delta.text + delta.thought).encode("utf-8", "surrogatepass"))
        self.pictures += len(delta.media)
        self.answered = delta.model or self.answered
        self.counted = delta.tokens or self.counted
        if self.begun.pictures and self.counted is None:
            return replace(self.begun, pictures=max(self.pictures, 0 if delta.finish else self.begun.pictures))
        return self.amount(self.model, *self.tokens, self.answered)

    @property
    def tokens(self) -> tuple[int, int]:
        """Of the prompt and of the answer."""
        return self.counted or (self.prompt, ceil(self.bytes / BYTES_PER_TOKEN))

    def broken(self, trouble: ParleyError) -> Amount:
        """After an error: what was seen; else what the generations begun in vain have used."""
        if self.heard or self.counted is not None:
            return self.read(Delta())
        flagged = isinstance(trouble, Refused)  # what a provider will not show, it may have made
        starts = trouble.starts if isinstance(trouble, ModelUnavailable) else int(flagged)
        return sum([self.begun] * max(starts, self.in_vain), Amount())

"""What a model's server sends into deltas: the pieces of one chat completion, streamed or whole (no I/O, no clock).

Field by field it believes nothing: servers that call themselves OpenAI-compatible differ in all of them (seen
2026-11-20). How long to wait for the next piece is `huggingface.py`'s concern.
"""

import json
from collections.abc import Mapping
from typing import Any

from bot.inference.failures import broken, of_error
from bot.inference.sse import ServerSentEvent
from bot.replies import Delta, Finish

DONE = "[DONE]"
FINISHES: Mapping[str, Finish] = {
    **dict.fromkeys(("stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete", "completed"), "stop"),
    **dict.fromkeys(("tool_calls", "function_call"), "stop"),  # we offer no tools: it said what it had to say
    **dict.fromkeys(("length", "max_tokens", "model_length"), "length"),
}  # any other reason (content_filter, error, abort, ...) means that somebody cut the answer
NAME_LIMIT = 100  # characters of a model's name as the server tells it
MOST_TOKENS = 10**9  # what a server counts beyond that is not believed


class Answer:
    """One answer as it arrives. `model` is the one that was asked, until the server names another."""

    def __init__(self, model: str, max_bytes: int) -> None:
        self.finish: Finish | None = None
        self.said = False  # text has come
        self.done = False  # nothing more is to be read
        self._asked = self._model = model
        self._room = max_bytes
        self._tokens: tuple[int, int] | None = None
        self._half = ""  # the first half of a surrogate pair, whose other half comes in the next piece

    def take(self, event: ServerSentEvent) -> Delta | None:
        """The next event of a stream. Raises what `failures.of_error` makes of an error inside of it."""
        if event.data.strip() == DONE:
            self.done = True
            return None
        chunk = self._decoded(event.data)
        if event.event == "error" or (isinstance(chunk, Mapping) and chunk.get("error")):
            raise of_error(chunk, self._asked)
        return self._piece(chunk, "delta")

    def take_whole(self, data: bytes) -> Delta | None:
        """An answer that came as one JSON object, although a stream was asked for."""
        chunk = self._decoded(data.decode("utf-8", "replace"))
        if isinstance(chunk, Mapping) and chunk.get("error"):
            raise of_error(chunk, self._asked)
        self.done = True
        return self._piece(chunk, "message")

    def last(self) -> Delta:
        """The delta that ends the answer; without a finish_reason it was cut."""
        return Delta(finish=self.finish or "cut", tokens=self._tokens, model=self._model)

    def _decoded(self, data: str) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise broken(self._asked, "what came was not JSON") from None

    def _piece(self, chunk: Any, part: str) -> Delta | None:
        if not isinstance(chunk, Mapping):
            return None
        self._note(chunk)
        choice = _choice(chunk)
        if reason := choice.get("finish_reason"):
            self.finish = FINISHES.get(str(reason).lower(), "cut")
        fields = choice.get(part)
        said = fields if isinstance(fields, Mapping) else {}
        thought = self._fitting(_text(said.get("reasoning_content")) or _text(said.get("reasoning")))
        text = self._fitting(self._joined(_text(said.get("content"))))
        if not text and not thought:
            return None
        self.said = self.said or bool(text)
        return Delta(text=text, thought=thought, model=self._model)

    def _note(self, chunk: Mapping[str, Any]) -> None:
        name = _text(chunk.get("model"))[:NAME_LIMIT]
        self._model = name if name and name.isprintable() else self._model
        usage = chunk.get("usage")
        if isinstance(usage, Mapping):
            counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
            known = [count for count in counts if isinstance(count, int) and 0 <= count <= MOST_TOKENS]
            if len(known) == len(counts):
                self._tokens = (known[0], known[1])

    def _joined(self, text: str) -> str:
        """Surrogate pairs as the characters that they are, also over the border of two pieces."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return _whole(text)

    def _fitting(self, text: str) -> str:
        """As much of it as the answer may still hold."""
        raw = _whole(text).encode()
        if len(raw) > self._room:
            self.done, self.finish = True, "cut"
            raw = raw[: self._room]
        self._room -= len(raw)
        return raw.decode("utf-8", "ignore")


def _choice(chunk: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice, or nothing: the chunk with the usage has none."""
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """Text that can be encoded: what JSON's \\ud83d leaves behind is joined to its other half or replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

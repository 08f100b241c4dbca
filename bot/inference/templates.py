"""Messages as one prompt, for servers that know no chat: the formats that open models were trained on (pure).

Each follows its model's published chat template (which one, stands beside the tests' data), but for two things. The
token that begins every text (<s>) is left to the server, which puts it there itself; and what a person writes cannot
pass for a mark of the format.
"""

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bot.inference.backend import Backend
from bot.inference.config import InferenceConfig
from bot.replies import Delta

Said = tuple[str, str]  # role, text
LINE, EMPTY_LINES = "\n", re.compile(r"(?:\r?\n)+")
PARAMETERS = ("temperature", "top_p", "top_k", "seed", "frequency_penalty")


@dataclass(frozen=True, slots=True)
class Template:
    """`write` makes the prompt of a system text ("": none) and turns that alternate, a user's first and last.

    An answer ends before any of `stops`; `marks` are what the text between them may not hold.
    """

    write: Callable[[str, Sequence[Said]], str]
    stops: tuple[str, ...]
    marks: tuple[str, ...]

    def prompt(self, messages: Iterable[Mapping[str, Any]]) -> str:
        said = [(str(each["role"]), without(self.marks, text_of(each["content"]))) for each in messages]
        system = "\n\n".join(text for role, text in said if role == "system" and text)
        return self.write(system, alternating([each for each in said if each[0] != "system"]))


class Templated:
    """A `Backend` that chats by way of one that only continues texts; any other task is passed on as it is."""

    def __init__(self, backend: Backend, template: Template, config: InferenceConfig) -> None:
        self._backend = backend
        self._template = template
        self._config = config

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        async with aclosing(self._backend.stream(model, self._written(task))) as deltas:
            async for delta in deltas:
                yield delta

    def _written(self, task: Mapping[str, Any]) -> Mapping[str, Any]:
        if "messages" not in task:
            return task
        known = {name: task.get(name, getattr(self._config, name)) for name in (*PARAMETERS, "max_tokens", "stop")}
        stops, most = known.pop("stop") or (), known.pop("max_tokens")
        parameters = {**known, "max_new_tokens": most, "stop": [*stops, *self._template.stops]}
        return {
            "task": "text-generation",
            "inputs": self._template.prompt(task["messages"]),
            "parameters": {name: value for name, value in parameters.items() if value is not None},
        }


def text_of(content: Any) -> str:
    """A message's text; of one in parts, the text among them."""
    if isinstance(content, str):
        return content.strip()
    return "\n".join(part["text"] for part in content if part.get("type") == "text").strip()


def without(marks: Sequence[str], text: str) -> str:
    """The text without these marks, also without those that only appear when others are taken out."""
    pattern = re.compile("|".join(map(re.escape, marks)))
    count = 1
    while count:
        text, count = pattern.subn("", text)
    return text


def alternating(said: Iterable[Said]) -> list[Said]:
    """Turns of the same side in a row become one; it begins with a user's, as the models were trained."""
    turns = [(role, "\n\n".join(text for _, text in group)) for role, group in groupby(said, key=lambda each: each[0])]
    return turns if turns and turns[0][0] == "user" else [("user", ""), *turns]


def _llama2(system: str, turns: Sequence[Said]) -> str:
    head = f"<<SYS>>\n{system}\n<</SYS>>\n\n" if system else ""
    first, *rest = turns
    written = "".join(f"<s>[INST] {text} [/INST]" if role == "user" else f" {text} </s>" for role, text in rest)
    return f"[INST] {head}{first[1]} [/INST]{written}"


def _mistral(system: str, turns: Sequence[Said]) -> str:
    first, *rest = turns
    opened = f"{system}\n\n{first[1]}" if system else first[1]
    return "".join(
        f" [INST] {text} [/INST]" if role == "user" else f" {text}</s>" for role, text in [("user", opened), *rest]
    )


def _chatml(system: str, turns: Sequence[Said]) -> str:
    return _blocks("<|im_start|>{role}\n{text}<|im_end|>\n", system, turns) + "<|im_start|>assistant\n"


def _zephyr(system: str, turns: Sequence[Said]) -> str:
    return _blocks("<|{role}|>\n{text}</s>\n", system, turns) + "<|assistant|>\n"


def _blocks(form: str, system: str, turns: Sequence[Said]) -> str:
    head = [("system", system)] if system else []
    return "".join(form.format(role=role, text=text) for role, text in [*head, *turns])


def _vicuna(system: str, turns: Sequence[Said]) -> str:
    said = "".join(f"USER: {text} " if role == "user" else f"ASSISTANT: {text}</s>" for role, text in turns)
    return f"{system} {said}ASSISTANT:".lstrip()


def _falcon(system: str, turns: Sequence[Said]) -> str:
    said = "".join(f"\n\n{role.title()}: {EMPTY_LINES.sub(LINE, text)}" for role, text in turns)
    return f"{system}{said}\n\nAssistant:"


TEMPLATES: Mapping[str, Template] = {
    "llama2": Template(_llama2, ("</s>", "[INST]"), ("<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>")),
    "chatml": Template(_chatml, ("<|im_end|>", "<|im_start|>"), ("<|im_start|>", "<|im_end|>")),
    "zephyr": Template(
        _zephyr,
        ("</s>", "<|user|>", "<|system|>"),
        ("<s>", "</s>", "<|user|>", "<|system|>", "<|assistant|>"),
    ),
    "mistral": Template(_mistral, ("</s>", "[INST]"), ("<s>", "</s>", "[INST]", "[/INST]")),
    "vicuna": Template(_vicuna, ("</s>", "USER:"), ("<s>", "</s>", "USER:", "ASSISTANT:")),
    "falcon": Template(_falcon, ("<|endoftext|>", "\nUser:"), ("<|endoftext|>", "\nUser:", "\nAssistant:")),
}

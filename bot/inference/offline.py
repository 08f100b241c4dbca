"""The built-in backend: a guide to Parley that needs no token and no network, and the tests' double.

It is not a language model, and says so. The same words always get the same answer. How a passage of the documentation
is found is `guide.py`'s concern; what it remembers and shows off is in `tricks.py`.
"""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.inference.guide import Guide
from bot.inference.tricks import Message, own_words, perform, remember
from bot.replies import Delta

logger = logging.getLogger(__name__)

Script = Callable[[Sequence[Message]], str | Iterable[Delta]]

NAME = "offline guide"
ECHO = "offline echo"
TOP = ("README.md", "PRIVACY.md", "SECURITY.md")
INTRODUCTION = "I am Parley's built-in offline guide, not a language model: I look things up in Parley's documentation."
MARK = "*Offline guide, not a language model*"
# Prices as Hugging Face's documentation had them on 2026-08-22 (huggingface.co/docs/inference-providers/pricing).
REAL_MODEL = """\
**Get a real model in three steps**

1. Make a token at https://huggingface.co/settings/tokens with the permission “Make calls to Inference Providers”.
2. Put it into the file `.env` as `HF_TOKEN=...`.
3. Start Parley again.

A free account has $0.10 of credit a month, a PRO account $2; what you use beyond that is paid as you go. A server of \
your own, named by `base_url`, costs nothing at Hugging Face."""
EXAMPLES = "- How do I add Discord?\n- Where is my data?\n- What commands are there?"
GREETING = f"""\
Ask me how to run and use Parley, for example:

{EXAMPLES}

“Count to 20” and “write something long” show an answer that grows; “what did I say before?” shows that I remember."""
AT_A_LOSS = f"""\
I found nothing about that in Parley's documentation, and I make nothing up. I know English words only, and can answer \
for example:

{EXAMPLES}"""
NO_DOCS = (
    "Parley's documentation (README.md, PRIVACY.md, SECURITY.md and docs/) is missing, so I cannot look anything up."
)
WHOLE = "There is nothing to go on with: my last answer was whole."

GREETS = re.compile(
    r"(?:hi|hello|hey|good \w+|help|test|(?:who|what) are you|are you .{1,40}|what can (?:you do|i ask)(?: you)?)\W*",
    re.IGNORECASE,
)
WANTS_MODEL = re.compile(r"\b(?:real|actual|proper|true) (?:\w+ )?(?:model|ai|llm|answer)s?\b", re.IGNORECASE)
GOES_ON = re.compile(r"(?:please )?(?:go on|continue)(?: exactly where .*)?\W*", re.IGNORECASE | re.DOTALL)


class Offline:
    """A `Backend`.

    `docs` is the folder that holds README.md and docs/, or (file name, Markdown) pairs; what is missing is
    left out. `pace` is in words a second, 0 is without pauses. An `answer` speaks instead of the guide: a text, or the
    very deltas of the stream; what it raises, the stream raises.
    """

    def __init__(
        self, docs: Path | Iterable[tuple[str, str]] = (), pace: float = 60.0, answer: Script | None = None
    ) -> None:
        self._guide = Guide(read(docs) if isinstance(docs, Path) else docs)
        self._pause = 1 / pace if pace else 0.0
        self._answer = answer or self._speak

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        said = self._echo(task["messages"]) if model == ECHO else self._answer(task["messages"])
        now = asyncio.get_running_loop().time
        due = now()
        for delta in in_words(said, model) if isinstance(said, str) else said:
            yield delta
            due += self._pause
            await asyncio.sleep(max(0.0, due - now()))

    def _echo(self, messages: Sequence[Message]) -> str:
        """A second voice, so that comparing and switching can be tried without a model."""
        return f"*Offline echo, not a language model*\n\n{own_words(messages[-1])}"

    def _speak(self, messages: Sequence[Message]) -> str:
        *before, last = (each for each in messages if each["role"] != "system")
        if before and GOES_ON.fullmatch(own_words(last)):
            return self._rest(before[:-1], before[-1]["content"])
        reply = self._reply(own_words(last), before)
        if any(each["role"] == "assistant" for each in before):
            return f"{MARK}\n\n{reply}"
        return f"{INTRODUCTION}\n\n{reply}" + ("" if REAL_MODEL in reply else f"\n\n{REAL_MODEL}")

    def _rest(self, asked: Sequence[Message], shown: str) -> str:
        """What was still to come when an answer was broken off: the same question gets the same answer."""
        whole = self._speak(asked) if asked else ""
        return (whole.startswith(shown) and whole[len(shown) :].strip()) or WHOLE

    def _reply(self, question: str, before: Sequence[Message]) -> str:
        if GREETS.fullmatch(question):
            return GREETING
        if WANTS_MODEL.search(question):
            more = self._guide.find("Hugging Face token")
            return f"{REAL_MODEL}\n\nMore: {more.reference}" if more else REAL_MODEL
        return (
            remember(question, before)
            or perform(question, self._guide)
            or self._guide.answer(question)
            or (AT_A_LOSS if self._guide.passages else NO_DOCS)
        )


def read(root: Path) -> Iterator[tuple[str, str]]:
    """The documentation below a folder. A file that is missing is left out, one that cannot be read is logged too."""
    for file in (*(root / name for name in TOP), *sorted(root.glob("docs/*.md"))):
        name = file.relative_to(root).as_posix()
        try:
            yield name, file.read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            logger.warning("%s cannot be read: the offline guide goes without it.", name)


def in_words(text: str, model: str = NAME) -> Iterator[Delta]:
    name = ECHO if model == ECHO else NAME
    for word in re.findall(r"\S+\s*|\s+", text):
        yield Delta(word, model=name)
    yield Delta(finish="stop", model=name)

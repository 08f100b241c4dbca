from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Annotated, Any

from bot.commands.bars import signature
from bot.commands.call import Call
from bot.commands.command import About, Press, command
from bot.commands.parse import bind
from bot.commands.permits import permitted
from bot.commands.presses import origin
from bot.errors import Mistaken
from bot.events import Attachment, Question
from bot.replies import Delta, Reply

STOPS = 4  # what most servers take (checked 2026-11-20)
STOP_LIMIT = 100  # characters of each


async def _again(call: Call, target: Question) -> Reply:
    first = await origin(call, target)
    return await complete.run(first.call, **bind(complete, first.call.event))


@command(
    "/complete --temperature 0.9 --max_tokens 100 Once upon a time",
    presses={"complete_again": Press(_again, "Again")},
)
async def complete(
    call: Call,
    prompt: Annotated[str, About("How the text begins; left out: the message replied to", rest=True)] = "",
    temperature: Annotated[float, About("0 is sober, 2 is wild", bounds=(0, 2))] = 0.7,
    top_p: Annotated[float, About("Only the likeliest words that make up this share", bounds=(0.01, 1))] = 1.0,
    top_k: Annotated[int, About("Only so many of the likeliest words; 0: all of them", bounds=(0, 1000))] = 0,
    max_tokens: Annotated[int, About("The longest that is written", bounds=(1, 2048))] = 200,
    stop: Annotated[str, About("Where it ends; several with | between them, \\n is a line end")] = "",
    frequency_penalty: Annotated[float, About("Above 0, words grow rarer with each use", bounds=(-2, 2))] = 0.0,
    echo: Annotated[bool, About("Show the prompt before what follows it")] = False,
    model: Annotated[str, About("Another model, for this once", completes="models")] = "",
    file: Annotated[Attachment | None, About("A text file that is the prompt")] = None,
) -> Reply:
    """Let a base model go on with a text, instead of answering it."""
    preferences = await call.preferences()
    name = permitted(preferences, model) or call.services.selection.choice("complete", preferences).model
    text = await call.material(prompt, file)
    parameters = {
        "temperature": temperature,
        "top_p": top_p if top_p < 1 else None,
        "top_k": top_k or None,
        "max_new_tokens": max_tokens,
        "stop": stops(stop) or None,
        "frequency_penalty": frequency_penalty or None,
    }
    task = {
        "task": "text-generation",
        "inputs": text,
        "parameters": {name: value for name, value in parameters.items() if value is not None},
        "alone": bool(model),
    }
    return Reply(_continued(call, name, task, text if echo else ""))


def stops(typed: str) -> list[str]:
    """Raises `Mistaken`."""
    found = [each.replace("\\n", "\n") for each in typed.split("|") if each]
    if len(found) > STOPS or any(len(each) > STOP_LIMIT for each in found):
        raise Mistaken(f"stop may name up to {STOPS} places of up to {STOP_LIMIT} characters, with | between them.")
    return found


async def _continued(call: Call, model: str, task: Mapping[str, Any], prompt: str) -> AsyncGenerator[Delta, None]:
    """`prompt` is shown before the first words, and not where there are none."""
    tokens: tuple[int, int] | None = None
    who, note = model, ""
    async with aclosing(call.ask(model, task)) as deltas:
        async for delta in deltas:
            tokens, who, note = delta.tokens or tokens, delta.model or who, delta.note or note
            if prompt and delta.text:
                yield Delta(prompt)
                prompt = ""
            yield delta
    yield Delta(note="\n".join(filter(None, (signature(who, tokens), note))))

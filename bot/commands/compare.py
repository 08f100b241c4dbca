"""Models answer the same prompt, each in a message of its own, and people vote for the best one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated

from bot.budgets import MICROS
from bot.commands.call import Call
from bot.commands.command import About, Press, command
from bot.commands.presses import origin
from bot.errors import Mistaken, Refused
from bot.events import Question
from bot.replies import Delta, Order, Reply
from bot.settings import of_person

LEAST, MOST = 2, 4


async def _vote(call: Call, target: Question) -> Reply:
    values = (await origin(call, target)).call.event.values or {}
    model, others = values["model"], str(values["others"]).split()
    voter = of_person(call.event.platform, call.event.author.id)
    await call.services.votes.cast(values["comparison"], voter, model, others)
    return Reply(f"Your vote in this comparison goes to {model}. /models rank shows all votes.")


@command("/compare --models openai/gpt-oss-20b,Qwen/Qwen3-32B Why is the sky blue?")
async def compare(
    call: Call,
    prompt: Annotated[str, About("What all of them are to answer", rest=True)],
    models: Annotated[str, About("Two to four models, separated by commas", completes="models")] = "",
) -> Reply:
    """Let two to four models answer the same prompt, and vote for the best answer."""
    names = await _candidates(call, models)
    orders = (
        Order(
            "compared",
            {
                "text": prompt,
                "model": name,
                "others": " ".join(each for each in names if each != name),
                "comparison": call.question.id,
            },
        )
        for name in names
    )
    listed = "\n".join(f"{number}. `{name}`" for number, name in enumerate(names, 1))
    head = f"{len(names)} models answer this, without looking at what was said before:"
    return Reply(f"{head}\n\n{listed}", orders=tuple(orders))


@command(in_lane=False, hidden=True, presses={"vote": Press(_vote, "Best answer", anyone=True, passing=True)})
async def compared(
    call: Call,
    text: Annotated[str, About("The prompt")],
    model: Annotated[str, About("Who answers")],
    others: Annotated[str, About("Who else does")],  # noqa: ARG001 - for the votes
    comparison: Annotated[str, About("The question that began it")],  # noqa: ARG001 - for the votes
) -> Reply:
    """Answer as one of the models that are compared."""
    return Reply(_answer(call, model, text))


async def _candidates(call: Call, models: str) -> Sequence[str]:
    """Raises `Mistaken`, `Refused`."""
    preferences, selection = await call.preferences(), call.services.selection
    named = list(dict.fromkeys(models.replace(",", " ").split()))
    if forbidden := [each for each in named if not preferences.permits(each)]:
        raise Refused(f"{forbidden[0]} may not be used here. /models shows which may.")
    chosen = selection.choice("chat", preferences).model
    usual = [each for each in dict.fromkeys((chosen, *selection.defaults("chat"))) if preferences.permits(each)]
    names = named if len(named) >= LEAST else [*named, *(each for each in usual if each not in named)][:LEAST]
    if not LEAST <= len(names) <= MOST:
        raise Mistaken(f"Name {LEAST} to {MOST} models, separated by commas: /compare --models ONE,OTHER your prompt")
    return names


async def _answer(call: Call, model: str, text: str) -> AsyncGenerator[Delta, None]:
    now = asyncio.get_running_loop().time
    began, first, tokens = now(), None, None
    task = {"messages": [{"role": "user", "content": text}], "alone": True}
    heading = f"**{model}**\n\n"
    async with aclosing(call.ask(model, task)) as deltas:
        async for delta in deltas:
            if first is None and (delta.text or delta.thought):
                first = now() - began
            tokens = delta.tokens or tokens
            if delta.finish:
                yield Delta(note=_figures(call, model, first, now() - began, tokens))
            if delta.text and heading:  # only now: an answer that has not begun is not one that was cut off
                yield Delta(heading)
                heading = ""
            yield delta


def _figures(call: Call, model: str, first: float | None, seconds: float, tokens: tuple[int, int] | None) -> str:
    parts = [] if first is None else [f"first words after {first:.1f} s"]
    parts.append(f"{tokens[1]} tokens in {seconds:.1f} s" if tokens else f"{seconds:.1f} s")
    price = call.services.models.price(model)
    if price and tokens:
        parts.append(f"${call.services.budgets.amount(model, *tokens).micros / MICROS:.6f}")
    return " · ".join(parts)

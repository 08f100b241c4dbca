"""A model is switched only after it has done a tiny task of its kind; a switch that fails changes nothing."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from bot.access import Where
from bot.commands.call import Call
from bot.commands.facts import facts
from bot.errors import Mistaken, ParleyError, Refused, Unavailable
from bot.replies import Delta, Finish
from bot.selection import Source, Task, setting_of
from bot.settings import scopes_of

SECONDS = 60.0  # the longest that the trial may take
NEAR = 3
# An address would make us call whomever a person likes: those are for the operator's configuration.
NAME = re.compile(r"(?:spaces/)?[\w.-]{1,96}(?:/[\w.-]{1,96})?(?::[\w.-]{1,40})?", re.ASCII)
PLACES: Mapping[Where, str] = {"me": "for you", "here": "in this chat", "everywhere": "everywhere"}
SOURCES: Mapping[Source, str] = {
    "me": "your choice",
    "here": "this chat's choice",
    "everywhere": "the owners' choice",
    "config": "as configured",
}
ONE_TOKEN = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1, "alone": True}
TRIALS: Mapping[Task, Mapping[str, Any]] = {
    "chat": ONE_TOKEN,
    "tweetify": ONE_TOKEN,
    "sentiment": {"task": "text-classification", "inputs": "I like it.", "parameters": {}},
    "entities": {"task": "token-classification", "inputs": "Ada lives in London.", "parameters": {}},
    "complete": {"task": "text-generation", "inputs": "Hello", "parameters": {"max_new_tokens": 1}},
    "recall": {"task": "feature-extraction", "inputs": ["Hello"], "parameters": {}},
}


def scope_of(call: Call, where: Where) -> str:
    me, here, everywhere = scopes_of(call.event)
    return {"me": me, "here": here, "everywhere": everywhere}[where]


async def authorized(call: Call, where: Where) -> str:
    """The scope. Raises `Refused` where the author may not choose there."""
    await call.authorize("choose", where)
    if where == "me" and not (await call.preferences()).own_choice:
        raise Refused("Here people do not choose models for themselves: /model own on would change that.")
    return scope_of(call, where)


async def resolved(call: Call, name: str, task: Task) -> str:
    """The model that is meant. Raises `Mistaken` with names that are near, and `Refused` where it is forbidden."""
    model = _known(call, name, task)
    if not (await call.preferences()).permits(model):
        raise Refused(f"`{model}` may not be chosen here. `/model allow` and `/model deny` say which may.")
    return model


def _known(call: Call, name: str, task: Task) -> str:
    models, chats = call.services.models, task in ("chat", "tweetify")
    if call.services.offline and not chats:
        raise Mistaken("Without a token what is built in does that; there is nothing to choose from.")
    if call.services.offline:
        names = call.services.selection.defaults(task)
        if name.lower() not in names:
            raise Mistaken(f"Without a token there is only {' or '.join(f'`{each}`' for each in names)}.")
        return name.lower()
    if chats and models.catalogue.offers:
        if found := models.find(name):
            return found
        near = " or ".join(f"`{each}`" for each in models.near(name, NEAR))
        hint = f" Did you mean {near}?" if near else " `/models` lists what there is."
        raise Mistaken(f"There is no model “{name[:100]}” now.{hint}")
    if not NAME.fullmatch(name):
        raise Mistaken("A model is named like its page at huggingface.co, OWNER/NAME.")
    return name


async def switched(call: Call, model: str, where: Where, task: Task) -> AsyncGenerator[Delta, None]:
    """Try it, and take it. Raises `Mistaken` with why it was not taken."""
    scope, setting = scope_of(call, where), setting_of(task)
    yield Delta(progress=f"trying {model}")
    try:
        tried = await _tried(call, model, task)
    except ParleyError as trouble:
        sentence = f"{trouble.message} So nothing was changed."
        raise Mistaken(sentence, detail=trouble.detail) from trouble
    settings = call.services.settings
    before = await settings.read(scope, setting)
    if before != model:
        await settings.change(call.me, scope, setting, model)
    yield Delta(
        "\n".join(filter(None, [_sentence(model, before, where, task), tried, await _overridden(call, model, task)]))
    )
    yield Delta(finish="stop")


async def _tried(call: Call, model: str, task: Task) -> str:
    """What to say of the trial. Raises what the model raises."""
    if task == "imagine":
        return await _looked_up(call, model)
    finish: Finish = "cut"
    try:
        async with asyncio.timeout(SECONDS), aclosing(call.ask(model, TRIALS[task])) as deltas:
            async for delta in deltas:
                finish = delta.finish or finish
    except TimeoutError:
        raise Unavailable(f"`{model}` did not answer within {SECONDS:.0f} seconds.") from None
    if finish == "cut":
        raise Unavailable(f"`{model}` broke off in the middle of its answer.")
    return facts(call.services.models.traits(model))


async def _looked_up(call: Call, model: str) -> str:
    """A picture is not drawn on trial: it costs."""
    tag = "" if model.startswith("spaces/") else await call.services.pipeline_of(model.partition(":")[0])
    if tag and tag != "text-to-image":
        raise Mistaken(f"`{model}` does not draw: it is for {tag}.")
    return "It was looked up." if tag else "It was not tried: the next /imagine will show whether it draws."


def _sentence(model: str, before: str, where: Where, task: Task) -> str:
    if before == model:
        return f"`{model}` was chosen for {task} {PLACES[where]} already, and works."
    instead = f", instead of `{before}`" if before else ""
    return f"`{model}` works, and is now chosen for {task} {PLACES[where]}{instead}. `/model undo` takes that back."


async def _overridden(call: Call, model: str, task: Task) -> str:
    """Where a nearer choice hides this one from whoever made it."""
    choice = call.services.selection.choice(task, await call.preferences())
    if choice.model == model:
        return ""
    whence = "by the configuration" if choice.source == "config" else PLACES[choice.source]
    return f"You yourself still get `{choice.model}`, which was chosen {whence}."

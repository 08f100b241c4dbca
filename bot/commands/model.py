"""/model: who does what, and how that is changed, undone, bounded and looked back on.

How a model is tried before it is taken is `switching.py`'s concern.
"""

import re
from typing import Annotated, get_args

from bot.access import Where
from bot.commands.audit import line
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.facts import facts
from bot.commands.switching import PLACES, SOURCES, authorized, resolved, scope_of, switched
from bot.errors import Mistaken
from bot.replies import Reply
from bot.selection import ALLOW, DENY, OWN_CHOICE, Task, setting_of

WORDS = ("undo", "reset", "history", "allow", "deny", "own")  # never taken for models
PATTERN = re.compile(r"[\w./:*?-]{1,100}", re.ASCII)
PATTERNS = 50
CHANGES = 10


@command("/model openai/gpt-oss-20b --scope here", private=True, in_lane=False)
async def model(
    call: Call,
    name: Annotated[str, About("A model; or undo, reset, history, allow, deny, own", completes="models")] = "",
    argument: Annotated[
        str, About("With allow and deny: a pattern like openai/*, -PATTERN or off; with own: on, off")
    ] = "",
    scope: Annotated[Where, About("For yourself, this chat (its admins) or everywhere (owners)")] = "me",
    for_: Annotated[Task, About("What the model is to do")] = "chat",
) -> Reply:
    """Show or change the model that answers: it is tried first, and can be undone."""
    match name.lower():
        case "":
            return Reply(await _shown(call))
        case "undo":
            return await _undo(call, scope, for_)
        case "reset":
            return await _reset(call, scope, for_)
        case "history":
            return await _history(call, scope)
        case "allow" | "deny" as word:
            return await _patterns(call, ALLOW if word == "allow" else DENY, argument, scope)
        case "own":
            return await _own(call, argument, scope)
    await authorized(call, scope)
    found = await resolved(call, f"{name} {argument}".strip(), for_)
    return Reply(switched(call, found, scope, for_))


async def _shown(call: Call) -> str:
    preferences, selection = await call.preferences(), call.services.selection
    choices = {task: selection.choice(task, preferences) for task in get_args(Task)}
    lines = [f"- {task}: {_called(choice.model)} ({SOURCES[choice.source]})" for task, choice in choices.items()]
    about = facts(call.services.models.traits(choices["chat"].model))
    built_in = "No model is configured, so built-in counterparts answer." if call.services.offline else ""
    how = "`/model NAME` chooses another for you, `/models` lists them."
    return "\n".join(["**Who answers you here**", *lines, *filter(None, ["", built_in, about]), how])


def _called(model: str) -> str:
    return f"`{model}`" if model else "whichever the server chooses"


async def _undo(call: Call, where: Where, task: Task) -> Reply:
    """Back to what was before the last change; that is a change too, so a second undo brings it back."""
    scope = await authorized(call, where)
    last = await call.services.settings.history(scope, setting_of(task), 1)
    if not last:
        raise Mistaken(f"The model for {task} has never been changed {PLACES[where]}.")
    return await _put(call, scope, where, task, last[0].before)


async def _reset(call: Call, where: Where, task: Task) -> Reply:
    scope = await authorized(call, where)
    if not await call.services.settings.read(scope, setting_of(task)):
        raise Mistaken(f"No model for {task} is chosen {PLACES[where]}.")
    return await _put(call, scope, where, task, "")


async def _put(call: Call, scope: str, where: Where, task: Task, chosen: str) -> Reply:
    before = await call.services.settings.change(call.me, scope, setting_of(task), chosen)
    was = f" It was `{before}`." if before else ""
    if chosen:
        now = f"`{chosen}` is chosen for {task} {PLACES[where]} again.{was}"
    else:
        now = f"No model for {task} is chosen {PLACES[where]} any more.{was}"
    choice = call.services.selection.choice(task, await call.preferences())
    answers = "" if choice.model == chosen else f" You get {_called(choice.model)} ({SOURCES[choice.source]})."
    return Reply(now + answers)


async def _history(call: Call, where: Where) -> Reply:
    changes = await call.services.settings.history(scope_of(call, where), "model", CHANGES)
    if not changes:
        return Reply(f"Nothing about models has been changed {PLACES[where]}.")
    return Reply("\n".join([f"**Changes {PLACES[where]}** (UTC, the last first)", *map(line, changes)]))


async def _governed(call: Call, where: Where) -> tuple[Where, str]:
    """Bounds are for others, so `me` means here; in private, an owner bounds everything. Raises `Refused`."""
    place: Where = "everywhere" if where == "everywhere" or call.event.chat.private else "here"
    await call.authorize("govern", place)
    return place, scope_of(call, place)


async def _patterns(call: Call, setting: str, argument: str, where: Where) -> Reply:
    place, scope = await _governed(call, where)
    patterns = (await call.services.settings.read(scope, setting)).split()
    if argument:
        patterns = _changed(patterns, argument.strip())
        await call.services.settings.change(call.me, scope, setting, " ".join(patterns))
    listed = ", ".join(f"`{each}`" for each in patterns)
    if setting == ALLOW:
        return Reply(
            f"Only these may be chosen {PLACES[place]}: {listed}."
            if patterns
            else f"Any model may be chosen {PLACES[place]}."
        )
    return Reply(
        f"These may not be chosen {PLACES[place]}: {listed}." if patterns else f"No model is forbidden {PLACES[place]}."
    )


def _changed(patterns: list[str], argument: str) -> list[str]:
    """off: none; -PATTERN: without this one; else with it. Raises `Mistaken`."""
    if argument.lower() == "off":
        return []
    if argument.startswith("-"):
        if argument[1:] not in patterns:
            raise Mistaken(f"“{argument[1:][:60]}” is not in the list.")
        return [each for each in patterns if each != argument[1:]]
    if not PATTERN.fullmatch(argument) or len(patterns) >= PATTERNS:
        raise Mistaken(
            f"A pattern is a model's name, in which * stands for anything: openai/*. There may be {PATTERNS}."
        )
    return list(dict.fromkeys([*patterns, argument]))


async def _own(call: Call, argument: str, where: Where) -> Reply:
    place, scope = await _governed(call, where)
    word = argument.strip().lower()
    if word not in ("on", "off"):
        raise Mistaken("Say `/model own off` or `/model own on`: whether people may choose models for themselves.")
    await call.services.settings.change(call.me, scope, OWN_CHOICE, "off" if word == "off" else "")
    may = "may choose models for themselves" if word == "on" else "get the model that is chosen for all"
    return Reply(f"People {may} {PLACES[place]}.")

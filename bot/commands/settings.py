"""/settings: how answers are shown and made, for me or for this chat."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, get_args

from bot.access import Where
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.switching import PLACES, SOURCES, scope_of
from bot.errors import Mistaken
from bot.replies import Reply, Thoughts
from bot.selection import Preferences

Name = Literal["all", "reasoning", "streaming", "temperature", "elsewhere", "model", "persona"]

ELSEWHERE_TOO: Literal["elsewhere"] = "elsewhere"
SHOWN = ("reasoning", "streaming", "temperature", "persona", ELSEWHERE_TOO)
DEFAULT = "default"
HIGHEST = 2.0  # temperature
ELSEWHERE: Mapping[Name, str] = {"model": "/model NAME", "persona": "/persona use NAME"}


@command("/settings reasoning shown", private=True, in_lane=False)
async def settings(
    call: Call,
    name: Annotated[Name, About("Which setting; all of them are shown if left out")] = "all",
    value: Annotated[str, About("folded, shown or hidden; on or off; 0 to 2; default takes it back")] = "",
    scope: Annotated[Where, About("For yourself, this chat (its admins) or everywhere (owners)")] = "me",
) -> Reply:
    """Show or change how I answer: reasoning, streaming, temperature, and elsewhere if a chat closes."""
    if name in ELSEWHERE and value:
        raise Mistaken(f"That goes by its own command: `{ELSEWHERE[name]}`.")
    if not value:
        return Reply(await _shown(call))
    if name == "all":
        raise Mistaken("Name a setting: reasoning, streaming, temperature or elsewhere.")
    if name == ELSEWHERE_TOO and scope != "me":
        raise Mistaken("Whether I may write to somebody in private is for each to say: leave the scope out.")
    await call.authorize("choose", scope)
    stored = "" if value.strip().lower() == DEFAULT else _checked(name, value.strip().lower())
    before = await call.services.settings.change(call.me, scope_of(call, scope), name, stored)
    was = f", instead of {before}" if before and before != stored else ""
    if stored:
        return Reply(f"{name.title()} is {stored} {PLACES[scope]} now{was}.")
    return Reply(f"{name.title()} is no longer set {PLACES[scope]}{was}.")


def _checked(name: Name, value: str) -> str:
    """As it is stored. Raises `Mistaken` with what is possible."""
    possible: Mapping[str, tuple[str, ...]] = {
        "reasoning": get_args(Thoughts),
        "streaming": ("on", "off"),
        ELSEWHERE_TOO: ("on", "off"),
    }
    if name in possible:
        if value not in possible[name]:
            raise Mistaken(f"{name.title()} is {', '.join(possible[name])} or {DEFAULT}.")
        return value
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number <= HIGHEST:
        raise Mistaken(f"The temperature is a number from 0 (sober) to {HIGHEST:g} (wild), or {DEFAULT}.")
    return f"{number:g}"


async def _shown(call: Call) -> str:
    preferences = await call.preferences()
    choice = call.services.selection.choice("chat", preferences)
    lines = [f"- {name}: {_value(preferences, name)}" for name in SHOWN]
    model = f"- model: {f'`{choice.model}`' if choice.model else 'whichever the server chooses'}"
    lines.append(f"{model} ({SOURCES[choice.source]}; `/model` has those of the other tasks)")
    return "\n".join(["**How I answer you here**", *lines, "", "`/settings reasoning shown` changes one for you."])


def _value(preferences: Preferences, name: str) -> str:
    """What holds, and whose choice it was."""
    words: Mapping[str, Callable[[], str]] = {
        "reasoning": lambda: preferences.thoughts,
        "streaming": lambda: "on" if preferences.grows else "off",
        "temperature": lambda: "the model's own" if preferences.temperature is None else f"{preferences.temperature:g}",
        "persona": lambda: preferences.value("persona.name") or "none",
        ELSEWHERE_TOO: lambda: preferences.value(ELSEWHERE_TOO) or "off",
    }
    set_by = {"persona": "persona.name"}.get(name, name)
    value, source = preferences.from_where(set_by)
    if not value and name == "temperature" and preferences.temperature is not None:
        return f"{words[name]()} (the persona's)"
    return f"{words[name]()} ({SOURCES[source]})"

"""/persona: an own system prompt and temperature, chosen by name."""

from collections.abc import Mapping
from typing import Annotated, Literal

from bot.access import Where
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.personas import BUILT_IN, LONGEST, MOST, STORED, Persona, name_of, restored, stored
from bot.commands.switching import PLACES, SOURCES, scope_of
from bot.errors import Mistaken
from bot.replies import Reply
from bot.selection import SOURCES as PLACES_OF_SCOPES

Action = Literal["list", "use", "new", "show", "off", "delete"]

PROMPT, TEMPERATURE, NAME = "persona.prompt", "persona.temperature", "persona.name"


@command("/persona new pirate: You are a pirate. Answer like one.", private=True, in_lane=False)
async def persona(
    call: Call,
    action: Annotated[Action, About("What to do")] = "list",
    name: Annotated[str, About("The persona's name")] = "",
    text: Annotated[str, About("With new: what the model is told, instead of the usual", rest=True)] = "",
    temperature: Annotated[
        float,  # noqa: RUF013 - a parameter's kind is a plain type; None: not given
        About("With new: 0 is sober, 2 is wild; if left out, as usual", bounds=(0, 2)),
    ] = None,  # type: ignore[assignment]
    scope: Annotated[Where, About("For yourself, this chat (its admins) or everywhere (owners)")] = "me",
) -> Reply:
    """List, use or make personas: what the model is told before it answers you."""
    match action:
        case "use":
            return await _use(call, name_of(name), scope)
        case "new":
            return await _new(call, name_of(name), Persona(await call.material(text), temperature), scope)
        case "delete":
            return await _delete(call, name_of(name), scope)
        case "off":
            return await _off(call, scope)
        case "show":
            return await _show(call, name_of(name) if name else "")
    return await _list(call)


async def _list(call: Call) -> Reply:
    preferences = await call.preferences()
    current = preferences.value(NAME)
    lines = []
    for title, personas in (await _known(call)).items():
        named = [f"`{name}`{' **← in use**' if name == current else ''}" for name in sorted(personas)]
        lines += [f"- {title}: {', '.join(named)}"] if named else []
    how = "`/persona use NAME` takes one, `/persona new NAME: text` makes one, `/persona show NAME` shows it."
    return Reply("\n".join(["**Personas**", *lines, "", how]))


async def _use(call: Call, name: str, where: Where) -> Reply:
    await call.authorize("choose", where)
    chosen = await _named(call, name)
    await _take(call, name, chosen, where)
    return Reply(f"From now on I am `{name}` {PLACES[where]}. `/persona off` ends that; `/new` forgets what was said.")


async def _new(call: Call, name: str, made: Persona, where: Where) -> Reply:
    scope = scope_of(call, where)
    await call.authorize("choose", where)
    if name in BUILT_IN:
        raise Mistaken(f"`{name}` is built in. Give yours another name.")
    if len(made.prompt) > LONGEST:
        raise Mistaken(
            f"That is too long: a persona may have up to {LONGEST:,} characters, since every request has it."
        )
    there = (await call.services.settings.of([scope]))[scope]
    if STORED + name not in there and sum(each.startswith(STORED) for each in there) >= MOST:
        raise Mistaken(f"There are {MOST} personas {PLACES[where]} already. `/persona delete NAME` makes room.")
    await call.services.settings.change(call.me, scope, STORED + name, stored(made))
    if there.get(NAME) == name:
        await _take(call, name, made, where)
        return Reply(f"`{name}` is changed {PLACES[where]}, and in use.")
    flag = "" if where == "me" else f" --scope {where}"
    return Reply(f"`{name}` is kept {PLACES[where]}. `/persona use {name}{flag}` takes it.")


async def _delete(call: Call, name: str, where: Where) -> Reply:
    await call.authorize("choose", where)
    scope = scope_of(call, where)
    if not await call.services.settings.read(scope, STORED + name):
        raise Mistaken(f"There is no persona `{name}` {PLACES[where]}. `/persona` lists them.")
    await call.services.settings.change(call.me, scope, STORED + name, "")
    return Reply(f"`{name}` is deleted {PLACES[where]}. Who uses it keeps it until `/persona off`.")


async def _off(call: Call, where: Where) -> Reply:
    await call.authorize("choose", where)
    scope = scope_of(call, where)
    if not await call.services.settings.read(scope, PROMPT):
        raise Mistaken(f"No persona is in use {PLACES[where]}.")
    for setting in (PROMPT, TEMPERATURE, NAME):
        if await call.services.settings.read(scope, setting):
            await call.services.settings.change(call.me, scope, setting, "")
    other, source = (await call.preferences()).from_where(NAME)
    still = f" What holds for you now is `{other}` ({SOURCES[source]})." if other else ""
    return Reply(f"No persona is in use {PLACES[where]} any more.{still}")


async def _show(call: Call, name: str) -> Reply:
    preferences = await call.preferences()
    current, source = preferences.from_where(NAME)
    if name:
        return Reply(_text(name, await _named(call, name), ""))
    if not current:
        raise Mistaken("No persona is in use. `/persona` lists those that there are.")
    its = preferences.found[preferences.scopes[PLACES_OF_SCOPES.index(source)]]
    warmth = its.get(TEMPERATURE)
    in_force = Persona(its[PROMPT], float(warmth) if warmth else None)
    return Reply(_text(current, in_force, f", {SOURCES[source]}"))


def _text(name: str, shown: Persona, whose: str) -> str:
    warmth = "" if shown.temperature is None else f", temperature {shown.temperature:g}"
    return f"**{name}**{warmth}{whose}\n\n{shown.prompt}"


async def _take(call: Call, name: str, chosen: Persona, where: Where) -> None:
    warmth = "" if chosen.temperature is None else f"{chosen.temperature:g}"
    for setting, value in ((PROMPT, chosen.prompt), (TEMPERATURE, warmth), (NAME, name)):
        await call.services.settings.change(call.me, scope_of(call, where), setting, value)


async def _named(call: Call, name: str) -> Persona:
    """The nearest of this name. Raises `Mistaken`."""
    for personas in (await _known(call)).values():
        if name in personas:
            return personas[name]
    raise Mistaken(f"There is no persona `{name}`. `/persona` lists those that there are.")


async def _known(call: Call) -> Mapping[str, Mapping[str, Persona]]:
    """By whose they are, the nearest first."""
    preferences = await call.preferences()
    titles = ("yours", "this chat's", "everywhere")
    made = {
        title: {
            setting.removeprefix(STORED): restored(value)
            for setting, value in preferences.found.get(scope, {}).items()
            if setting.startswith(STORED)
        }
        for title, scope in zip(titles, preferences.scopes, strict=True)
    }
    return made | {"built in": BUILT_IN}

"""A person's choice of a command and its options, as their client lets them: ValueError where it does not. Pure."""

from dataclasses import dataclass
from typing import Any

from simulators.discord.commands import BOOLEAN, GROUP, INTEGER, NUMBER, STRING, SUBCOMMAND
from simulators.discord.places import Channel, User
from simulators.discord.rights import EVERYONE
from simulators.discord.world import Message

Json = dict[str, Any]
CHAT, ON_MESSAGE = 1, 3  # types of commands
GUILD_CHANNEL, BOT_DM, PRIVATE_CHANNEL = 0, 1, 2  # contexts
GUILD_INSTALL, USER_INSTALL = 0, 1  # integration types


@dataclass(frozen=True, slots=True)
class Picked:
    """A command, or a subcommand of it, in somebody's hands: `data` for the interaction, `place` for the options."""

    line: str
    options: list[Json]
    data: Json
    place: Json


def picked(commands: list[Json], line: str, user: User, channel: Channel) -> Picked:
    """`line` is a name ("model"), or names with a subcommand ("model set")."""
    name, *path = line.split()
    command = _found(commands, name, CHAT, user, channel)
    data: Json = {"id": command["id"], "name": name, "type": 1, "options": []}
    options, place = command["options"], data
    for step in path:
        found = next((each for each in options if each["name"] == step and each["type"] in (SUBCOMMAND, GROUP)), None)
        if found is None:
            raise ValueError(f"/{line} has no subcommand {step!r}")
        options = found.get("options") or []
        inner: Json = {"name": step, "type": found["type"], "options": []}
        place["options"].append(inner)
        place = inner
    return Picked(line, options, data, place)


def about(commands: list[Json], name: str, user: User, channel: Channel, message: Message) -> Json:
    """The interaction data of a command in a message's menu, without the message itself."""
    if message.deleted or message.ephemeral or message.channel_id != channel.id:
        raise ValueError(f"{user.name} finds no menu at this message")
    command = _found(commands, name, ON_MESSAGE, user, channel)
    return {"id": command["id"], "name": name, "type": ON_MESSAGE, "target_id": message.id}


def _found(commands: list[Json], name: str, kind: int, user: User, channel: Channel) -> Json:
    named = {each["name"]: each for each in commands if each["type"] == kind}
    if channel.deleted or channel.archived:
        raise ValueError(f"{channel.name} is closed")
    if name not in named:
        raise ValueError(f"no command {name!r}; there are {list(named)}")
    if not offered(named[name], user, channel):
        raise ValueError(f"{name!r} is not offered to {user.name} in {channel.name}")
    return named[name]


def offered(command: Json, user: User, channel: Channel) -> bool:
    """Whether a client shows the command there: contexts, kinds of install, default permissions ("0": admins)."""
    contexts = command.get("contexts")
    context = PRIVATE_CHANNEL if channel.group else BOT_DM if channel.private else GUILD_CHANNEL
    if contexts is not None and context not in contexts:
        return False
    install = GUILD_INSTALL if channel.joined else USER_INSTALL
    if context != BOT_DM and install not in command["integration_types"]:
        return False
    needed = command.get("default_member_permissions")
    if needed is None or channel.private or user.admin:
        return True
    return int(needed) != 0 and int(needed) & EVERYONE == int(needed)


def chosen(choice: Picked, values: dict[str, Any]) -> Json:
    """The interaction data of a command that was sent."""
    choice.place["options"] += _filled(choice.options, values, choice.line)
    return choice.data


def typing(choice: Picked, name: str, typed: str) -> Json:
    """The interaction data of an option that is being typed."""
    option = next((each for each in choice.options if each["name"] == name), None)
    if option is None or not option.get("autocomplete"):
        raise ValueError(f"/{choice.line} does not complete {name!r}")
    choice.place["options"].append({"name": name, "type": option["type"], "value": typed, "focused": True})
    return choice.data


def _filled(options: list[Json], values: dict[str, Any], line: str) -> list[Json]:
    known = {each["name"]: each for each in options}
    if unknown := values.keys() - known.keys():
        raise ValueError(f"/{line} has no option {sorted(unknown)}; it has {sorted(known)}")
    missing = [name for name, each in known.items() if each.get("required") and name not in values]
    if missing:
        raise ValueError(f"/{line} needs {missing}")
    return [
        {"name": name, "type": known[name]["type"], "value": _fitting(known[name], value)}
        for name, value in values.items()
    ]


def _fitting(option: Json, value: Any) -> Any:
    kinds: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), NUMBER: (int, float)}
    kind, name = option["type"], option["name"]
    amount: Any = len(value) if kind == STRING and isinstance(value, str) else value
    low, high = ("min_length", "max_length") if kind == STRING else ("min_value", "max_value")
    wanted = kinds.get(kind, (str,))  # users, channels, roles and files are given by their ids
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != BOOLEAN):
        raise ValueError(f"{name} takes {wanted[0].__name__}, not {value!r}")
    if option.get("choices") and value not in [each["value"] for each in option["choices"]]:
        raise ValueError(f"{name} has no choice {value!r}")
    if option.get(low) is not None and amount < option[low]:
        raise ValueError(f"{name} is below {option[low]}")
    if option.get(high) is not None and amount > option[high]:
        raise ValueError(f"{name} is above {option[high]}")
    if kind == STRING and amount > 6000:
        raise ValueError(f"{name} is longer than 6000")
    return value

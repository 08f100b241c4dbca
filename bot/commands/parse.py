"""A typed line, or a platform's typed values, into what a command takes; mistakes a person can act on (pure).

In a line, `--name value` sets a parameter, `--name` a flag; words fill the others in order; quotes keep words together;
a parameter that takes the rest gets everything that is left, as it stands, but for options at its very end.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from bot.commands.command import Command, Parameter
from bot.errors import Mistaken
from bot.events import Attachment, Event

# A quoted word may hold the quote it is in after a backslash; the curly quotes are what phones type.
WORD = re.compile(r"""\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|“([^”]*)”|([^\s"'“]\S*))(?=\s|$)""", re.DOTALL)
OPTION = re.compile(r"\s*(?:--|—)([a-z][a-z0-9_-]*)(?:=|(?=\s|$))")  # phones make one long dash out of two
YES, NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}


def named(commands: Mapping[str, Command], name: str) -> Command:
    """Raises `Mistaken`, with the nearest name that there is."""
    if name in commands:
        return commands[name]
    near = get_close_matches(name, commands, n=1)
    hint = f" Did you mean /{near[0]}?" if near else ""
    raise Mistaken(f"There is no /{name[:32]}.{hint} /help lists what there is.")


def bind(command: Command, event: Event) -> dict[str, Any]:
    """The command's values, whichever way this event brings them. Raises `Mistaken`."""
    if not event.command:  # plain text is not a line of arguments
        return bind_values(command, {"text": event.text})
    if event.values is not None:
        return bind_values(command, event.values)
    return bind_line(command, event.text, event.attachments)


def bind_line(command: Command, line: str, attachments: Sequence[Attachment] = ()) -> dict[str, Any]:
    """The command's values out of a typed line. Raises `Mistaken` with what was expected and an example."""
    given: dict[str, Any] = {}
    open_ = {parameter.name: parameter for parameter in command.parameters}
    for each in command.parameters:
        if each.kind == "file" and attachments:
            given[each.name] = attachments[0]
            del open_[each.name]
    while line.strip():
        option = OPTION.match(line)
        name = option.group(1).replace("-", "_") if option else ""
        if option and name in open_:
            given[name], line = _option(command, open_.pop(name), line[option.end() :])
            continue
        parameter = next((each for each in open_.values() if each.kind not in ("flag", "file")), None)
        if option and not (parameter and parameter.rest):
            raise _mistake(command, f"there is no --{name} here, or it was given twice")
        if parameter is None:
            raise _mistake(command, f"nothing more was expected at “{line.strip()[:40]}”")
        del open_[parameter.name]
        if parameter.rest:
            given[parameter.name], line = _apart(command, open_, line)
        else:
            given[parameter.name], line = _word(command, line)
    return bind_values(command, given)


def bind_values(command: Command, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check values by their parameters and fill in defaults. Raises `Mistaken`."""
    values: dict[str, Any] = {}
    for parameter in command.parameters:
        if parameter.name in given:
            values[parameter.keyword or parameter.name] = _checked(command, parameter, given[parameter.name])
        elif parameter.required:
            raise _mistake(
                command, f"{parameter.name} is missing ({parameter.summary[0].lower()}{parameter.summary[1:]})"
            )
        else:
            values[parameter.keyword or parameter.name] = parameter.default
    return values


def usage(command: Command) -> str:
    """`/name <required> [optional]`, the way a person types it."""
    parts = [f"/{command.name}"]
    for parameter in sorted(command.parameters, key=lambda each: each.rest):  # what takes the rest takes options too
        shown = f"--{parameter.name}" if parameter.kind == "flag" else parameter.name
        parts.append(f"<{shown}>" if parameter.required else f"[{shown}]")
    return " ".join(parts)


def _option(command: Command, parameter: Parameter, rest: str) -> tuple[Any, str]:
    if parameter.kind == "flag":
        word = WORD.match(rest)
        if word and (said := word.group(4) or "").lower() in YES | NO:
            return said.lower() in YES, rest[word.end() :]
        return True, rest
    word = WORD.match(rest)
    if word is None or OPTION.match(rest):
        raise _mistake(command, f"--{parameter.name} needs a value")
    return _unquoted(word), rest[word.end() :]


def _apart(command: Command, open_: Mapping[str, Parameter], line: str) -> tuple[str, str]:
    """A text as it stands, and the options behind it, where nothing but options stands there."""
    for option in OPTION.finditer(line):
        if line[option.start()].isspace() and _are_options(command, open_, line[option.start() :]):
            return line[: option.start()].strip(), line[option.start() :]
    return line.strip(), ""


def _are_options(command: Command, open_: Mapping[str, Parameter], line: str) -> bool:
    left = dict(open_)
    while line.strip():
        option = OPTION.match(line)
        parameter = left.pop(option.group(1).replace("-", "_"), None) if option else None
        if option is None or parameter is None:
            return False
        try:
            _, line = _option(command, parameter, line[option.end() :])
        except Mistaken:
            return False
    return True


def _word(command: Command, line: str) -> tuple[str, str]:
    word = WORD.match(line)
    if word is None:
        raise _mistake(command, "a quotation mark is not closed")
    return _unquoted(word), line[word.end() :]


def _unquoted(word: re.Match[str]) -> str:
    double, single, curly, bare = word.groups()
    quoted = double if double is not None else single
    if quoted is not None:
        return re.sub(r"""\\(["'\\])""", r"\1", quoted)
    return curly if curly is not None else bare


def _checked(command: Command, parameter: Parameter, value: Any) -> Any:
    if parameter.kind == "choice" and value not in parameter.choices:
        raise _mistake(command, f"{parameter.name} must be one of {', '.join(parameter.choices)}")
    if parameter.kind == "int" or parameter.kind == "float":
        value = _number(command, parameter, value)
    if parameter.kind == "text" and parameter.required and not str(value).strip():
        raise _mistake(command, f"{parameter.name} is empty")
    return value


def _number(command: Command, parameter: Parameter, value: Any) -> float:
    kind, words = (int, "a whole number") if parameter.kind == "int" else (float, "a number")
    try:
        number = kind(value)
    except (TypeError, ValueError) as error:
        raise _mistake(command, f"{parameter.name} must be {words}") from error
    low, high = parameter.bounds or (float("-inf"), float("inf"))
    if not low <= number <= high:
        raise _mistake(command, f"{parameter.name} must be {words} from {low:.10g} to {high:.10g}")
    return number


def _mistake(command: Command, what: str) -> Mistaken:
    return Mistaken(f"/{command.name}: {what}.\nIt goes `{usage(command)}`, for example `{command.example}`.")

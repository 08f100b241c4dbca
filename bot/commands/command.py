"""One definition of a command: Discord's menu, Telegram's menu, the console, /help and docs/commands.md all read it.

A command is a function whose docstring and annotations say everything:

    @command()
    async def echo(call: Call, text: Annotated[str, About("What to say back", rest=True)]) -> Reply:
        \"""Say it again.\"""
        return Reply(text)
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from bot.events import Attachment
from bot.replies import Button, Reply

Kind = Literal["text", "int", "float", "choice", "file", "flag"]
Role = Literal["stranger", "anyone", "admin", "owner"]  # anyone: who has been let in
Completes = Literal["", "commands", "models"]

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")  # what Discord and Telegram both accept
SUMMARY_LIMIT = 100  # Discord's limit for a description; Telegram's is 256 (checked 2026-11-20)
KINDS: dict[Any, Kind] = {
    str: "text",
    int: "int",
    float: "float",
    bool: "flag",
    Attachment: "file",
    Attachment | None: "file",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    summary: str
    kind: Kind
    required: bool = True
    default: Any = None
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    completes: Completes = ""  # what it is completed from while it is typed
    rest: bool = False  # in a typed line it takes everything that is left, as it stands, but options at its end
    keyword: str = ""  # what the function calls it, where its name is a word of Python: `from_`


@dataclass(frozen=True, slots=True)
class About:
    """What an annotation says of a parameter: `Annotated[int, About("How many", bounds=(1, 4))]`."""

    summary: str
    bounds: tuple[float, float] | None = None
    completes: Completes = ""
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """What a button of a command's answer does; its action is the name that it has in `Command.presses`."""

    run: Callable[..., Awaitable[Reply]]  # (call of the press, the question whose button it is)
    label: str = ""  # where it has one, the button stands under every whole answer of its command
    once: bool = False  # a second press is a repeat of the first
    anyone: bool = False  # not only the question's author; what each may, the function decides
    passing: bool = False  # answered by a passing notice, before anything is stored: for what takes one commit


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    run: Callable[..., Awaitable[Reply]]  # (call, **values)
    example: str
    role: Role = "anyone"
    private: bool = False  # answered so that only its author sees it, where the surface can
    in_lane: bool = True  # False: does not wait for the conversation's running answer
    presses: Mapping[str, Press] = field(default_factory=dict)  # by action, unique over all commands
    on_message: str = ""  # its name in a message's own menu, where the platform has one; the message is a quote then
    hidden: bool = False  # in no menu: only a reply orders it
    summaries: Mapping[str, str] = field(default_factory=dict)  # the summary in other languages, by two-letter code

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What stands under every whole answer."""
        return tuple(Button(action, press.label) for action, press in self.presses.items() if press.label)


Run = Callable[..., Awaitable[Reply]]


def command(
    example: str = "",
    *,
    role: Role = "anyone",
    private: bool = False,
    in_lane: bool = True,
    presses: Mapping[str, Press] | None = None,
    on_message: str = "",
    hidden: bool = False,
) -> Callable[[Run], Command]:
    """Describe a command by its function; being listed in COMMANDS is what makes it one.

    Raises ValueError when a name or a summary is not what every platform accepts.
    """

    def describe(run: Run) -> Command:
        name = run.__name__.rstrip("_")
        summary = (inspect.getdoc(run) or "").partition("\n")[0]
        _check(name, summary)
        return Command(
            name,
            summary,
            _parameters(run),
            run,
            example or f"/{name}",
            role,
            private,
            in_lane,
            presses or {},
            on_message,
            hidden,
        )

    return describe


def _parameters(run: Run) -> tuple[Parameter, ...]:
    hints = get_type_hints(run, include_extras=True)
    signature = list(inspect.signature(run).parameters.values())[1:]  # the first is the call
    return tuple(_parameter(each, hints[each.name]) for each in signature)


def _parameter(parameter: inspect.Parameter, hint: Any) -> Parameter:
    if get_origin(hint) is not Annotated:
        raise ValueError(f"Parameter {parameter.name} needs Annotated[type, About(...)].")
    of_type, about = get_args(hint)[:2]
    name = parameter.name.rstrip("_")
    _check(name, about.summary)
    choices = get_args(of_type) if get_origin(of_type) is Literal else ()
    required = parameter.default is inspect.Parameter.empty
    return Parameter(
        name=name,
        summary=about.summary,
        kind="choice" if choices else KINDS[of_type],
        required=required,
        default=None if required else parameter.default,
        bounds=about.bounds,
        choices=choices,
        completes=about.completes,
        rest=about.rest,
        keyword=parameter.name if parameter.name != name else "",
    )


def _check(name: str, summary: str) -> None:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a command or parameter name: it must match {NAME.pattern}.")
    if not 1 <= len(summary) <= SUMMARY_LIMIT:
        raise ValueError(f"The summary of {name} must have 1 to {SUMMARY_LIMIT} characters, not {len(summary)}.")

"""/help, /help NAME and docs/commands.md, all drawn from the definitions."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, Command, Parameter, command
from bot.commands.parse import named, usage
from bot.replies import Reply


@command("/help chat", private=True, in_lane=False)
async def help_(
    call: Call, command: Annotated[str, About("The command to explain", completes="commands")] = ""
) -> Reply:
    """Show what I can do, or explain one command."""
    commands = call.services.commands
    return Reply(explain(commands, command) if command else overview(commands.values()))


def overview(commands: Iterable[Command]) -> str:
    lines = [f"- `/{each.name}` – {each.summary}" for each in commands if not each.hidden]
    return "\n".join(["Write to me, or use a command:", "", *lines, "", "`/help chat` explains one of them."])


def explain(commands: Mapping[str, Command], name: str) -> str:
    """One command in full. Raises `Mistaken` where there is none of that name."""
    return _section(named(commands, name.strip().lstrip("/").lower()))


def document(commands: Iterable[Command]) -> str:
    """The whole of docs/commands.md."""
    head = "# Commands\n\nDrawn from the definitions in `bot/commands/`; `make fix` writes it anew.\n\n"
    return head + "\n\n".join(f"## /{each.name}\n\n{_section(each)}" for each in commands if not each.hidden) + "\n"


def _section(command: Command) -> str:
    lines = [command.summary, "", f"`{usage(command)}`"]
    if command.parameters:
        lines += ["", *(_parameter(each) for each in command.parameters)]
    lines += ["", f"For example: `{command.example}`"]
    if command.role in ("admin", "owner"):
        lines += ["", f"For {command.role}s."]
    if command.private:
        lines += ["", "The answer is shown to you alone where the platform can do that."]
    return "\n".join(lines)


def _parameter(parameter: Parameter) -> str:
    facts = [parameter.summary]
    if parameter.choices:
        facts.append(f"one of {', '.join(parameter.choices)}")
    if parameter.bounds:
        facts.append("from {:.10g} to {:.10g}".format(*parameter.bounds))
    if not parameter.required and parameter.default not in ("", None, False):
        facts.append(f"{parameter.default} if left out")
    return f"- `{parameter.name}`: {'; '.join(facts)}"

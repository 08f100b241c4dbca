"""Completions of a parameter while it is typed, from memory only."""

from collections.abc import Sequence

from bot.commands.call import Services

MOST = 25  # what a platform shows


def completions(services: Services, command: str, parameter: str, typed: str) -> Sequence[str]:
    known = services.commands.get(command)
    source = next((each.completes for each in known.parameters if each.name == parameter), "") if known else ""
    wanted = typed.strip().lstrip("/").lower()
    match source:
        case "commands":
            return [
                each.name for each in services.commands.values() if each.name.startswith(wanted) and not each.hidden
            ]
        case "models":
            return services.models.search(wanted, MOST)
    return ()

"""Who may import whom (docs/architecture.md), kept by reading every import in the house."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "adapters", "storage", "simulators", "playground")
VOCABULARY = {
    "bot.events", "bot.replies", "bot.errors", "bot.meter", "bot.finding", "bot.commands.command", "bot.section",
    "bot.settings", "bot.version",
}  # fmt: skip
COMPOSITION = ("bot.__main__", "bot.sections", "bot.serving", "bot.checkup")


def modules() -> dict[str, Path]:
    files = (file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    return {name_of(file): file for file in files}


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path, known: dict[str, Path]) -> Iterator[str]:
    """Full names of what a file imports; `from a import b` counts as a.b where that is a module of ours."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            assert node.module
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module


MODULES = modules()
IMPORTS = {name: set(imports(file, MODULES)) for name, file in MODULES.items()}


def within(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def ours(name: str) -> bool:
    return within(name, *ROOMS)


PORTS = {
    "bot.inbox", "bot.ledger", "bot.votes",
    "bot.conversation.archive", "bot.conversation.memory", "bot.conversation.turns",
}  # fmt: skip
FOR_ANSWERS = {
    "bot.inference.backend",
    "bot.ledger",
    "bot.budgets",
    "bot.selection",
}  # what is asked, and what it costs
MAY_IMPORT = (  # room -> what of ours it may import besides itself; the first room that a module is in counts
    ("bot.streaming", VOCABULARY),
    ("bot.inference", VOCABULARY),
    ("bot.conversation", VOCABULARY | FOR_ANSWERS),
    (
        "bot.commands",
        VOCABULARY
        | FOR_ANSWERS
        | {
            "bot.conversation",
            "bot.inbox",
            "bot.lanes",
            "bot.access",
            "bot.notices",
            "bot.votes",
            "bot.inference.catalogue",
        },
    ),
    ("bot", {"bot"}),
    ("adapters", VOCABULARY | {"bot.streaming.markdown", "adapters.adapter", "adapters.looking"}),
    ("storage", VOCABULARY | PORTS | {"storage"}),
    ("simulators", {"simulators"}),
    ("playground", {"playground", "simulators", "bot.errors", "bot.inference.endpoint", "bot.inference.offline"}),
)
MAY_KNOW = {  # library -> the one room that may import it
    "discord": "adapters.discord",
    "telegram": "adapters.telegram",
    "sqlalchemy": "storage",
    "alembic": "storage",
    "aiosqlite": "storage",
    "cryptography": "storage",
    "asyncpg": "storage",
    "numpy": "storage",
    "huggingface_hub": "bot.inference",
    "vaderSentiment": "bot.inference",
    "prompt_toolkit": "adapters.console",
    "prometheus_client": "adapters.web",
    "markdown_it": "bot.streaming",
    "jsonschema": "simulators.specification",
}


def allowed(module: str, imported: str) -> bool:
    """Whether the design lets this module import that one."""
    if module in COMPOSITION:
        return True
    if not ours(imported):
        room = MAY_KNOW.get(imported.partition(".")[0], "")
        return not room or within(module, room)
    own = ".".join(module.split(".")[:2])
    rooms = next(rooms for room, rooms in MAY_IMPORT if within(module, room))
    return within(imported, own, *rooms)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_only_what_the_design_allows(module: str) -> None:
    assert [name for name in sorted(IMPORTS[module]) if not allowed(module, name)] == []


def test_nothing_imports_the_composition_root() -> None:
    importing = {module for module, names in IMPORTS.items() if names & {*COMPOSITION}}
    assert importing <= {*COMPOSITION}


def test_there_is_no_circle() -> None:
    graph = {module: {name for name in names if name in MODULES} for module, names in IMPORTS.items()}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path, module])
        if module not in done:
            for name in graph[module]:
                visit(name, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_only_two_places_catch_everything() -> None:
    def broad(file: Path) -> bool:
        handlers = (
            node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ExceptHandler)
        )
        return any(
            handler.type is None or getattr(handler.type, "id", "") in ("Exception", "BaseException")
            for handler in handlers
        )

    assert sorted(name for name, file in MODULES.items() if broad(file)) == ["bot.dispatcher", "bot.supervise"]


LATER = {"discord", "telegram", "alembic", "simulators", "playground"}


def test_a_platform_is_imported_only_when_it_is_switched_on() -> None:
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, bot.__main__; print({LATER} & {{*sys.modules}})"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "set()"

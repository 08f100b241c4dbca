"""Who may import whom (docs/architecture.md), kept by reading every import in the house."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "adapters", "storage", "simulators")
VOCABULARY = {"bot.events", "bot.replies", "bot.errors", "bot.commands.command", "bot.section", "bot.settings"}
SDKS = {"discord", "telegram", "sqlalchemy", "alembic", "aiosqlite"}
COMPOSITION = "bot.__main__"


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


def allowed(module: str, imported: str) -> bool:
    """Whether the design lets this module import that one."""
    package = ".".join(module.split(".")[:2])
    if module == COMPOSITION:
        return True
    if imported.partition(".")[0] in SDKS:
        return within(module, *{"discord": ["adapters.discord"], "telegram": ["adapters.telegram"]}.get(
            imported.partition(".")[0], ["storage"]
        ))  # fmt: skip
    if within(imported, "huggingface_hub", "httpx2"):
        return within(module, "bot.inference")
    if not ours(imported) or within(imported, package):
        return True
    if within(module, "simulators"):
        return within(imported, "simulators")
    if within(module, "adapters"):
        return imported in VOCABULARY | {"bot.streaming.markdown", "adapters.adapter"}
    if within(module, "storage"):
        ports = {"bot.inbox", "bot.conversation.archive", "bot.conversation.turns"}
        return within(imported, "storage") or imported in VOCABULARY | ports
    if not within(imported, "bot"):
        return False
    if within(module, "bot.streaming"):
        return imported in VOCABULARY
    if within(module, "bot.inference"):
        return imported in VOCABULARY
    if within(module, "bot.conversation"):
        return imported in VOCABULARY | {"bot.inference.backend"}
    if within(module, "bot.commands"):
        return not within(imported, "bot.dispatcher", "bot.streaming")
    return True


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_only_what_the_design_allows(module: str) -> None:
    assert [name for name in sorted(IMPORTS[module]) if not allowed(module, name)] == []


def test_nothing_imports_the_composition_root() -> None:
    assert [module for module, names in IMPORTS.items() if COMPOSITION in names] == []


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


def test_a_platform_is_imported_only_when_it_is_switched_on() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import sys, bot.__main__; print({'discord', 'telegram', 'alembic'} & {*sys.modules})"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "set()"

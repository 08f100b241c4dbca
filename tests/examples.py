"""The code in the documentation, as the files that it says it is."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [code for of, code in BLOCK.findall((DOCS / page).read_text("utf-8")) if of == language]


def files(page: str) -> Iterator[tuple[str, str]]:
    """(path, code) of every Python block; its first line says which file it is."""
    for code in blocks(page, "python"):
        first = code.partition("\n")[0]
        assert re.fullmatch(r"# [\w/]+\.py", first), f"{page}: {first}"
        yield first.removeprefix("# "), code


def module_of(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


@contextmanager
def loaded(page: str, folder: Path) -> Iterator[list[ModuleType]]:
    """The page's files as modules, which can be imported in the block; `folder` keeps their lines for tracebacks."""
    modules: list[ModuleType] = []
    try:
        for path, code in files(page):
            module = ModuleType(module_of(path))
            assert module.__name__ not in sys.modules
            sys.modules[module.__name__] = module
            modules.append(module)
            file = folder / path.replace("/", "_")
            file.write_text(code, "utf-8")
            exec(compile(code, file, "exec"), module.__dict__)
        yield modules
    finally:
        for module in modules:
            del sys.modules[module.__name__]

"""The code in the documentation is run: every block as the file that it says it is, then the tests among them."""

import asyncio
import configparser
import inspect
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.config import RunConfig
from tests.test_house import MODULES, allowed, imports

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = ("adding-a-command.md", "adding-a-backend.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


OURS = "lint.isort.known-first-party = ['bot', 'tests']"  # ruff looks for files, which these are not


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


@pytest.fixture
def tests_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], list[Callable[[], Any]]]:
    def load(page: str) -> list[Callable[[], Any]]:
        found: list[Callable[[], Any]] = []
        for path, code in files(page):
            module = ModuleType(module_of(path))
            monkeypatch.setitem(sys.modules, module.__name__, module)
            file = tmp_path / path.replace("/", "_")
            file.write_text(code, "utf-8")  # so that a failure shows its line
            exec(compile(code, file, "exec"), module.__dict__)
            found += [each for name, each in vars(module).items() if name.startswith("test_")]
        return found

    return load


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_do_what_their_tests_say(page: str, tests_of: Callable[[str], list[Callable[[], Any]]]) -> None:
    tests = tests_of(page)
    assert len(tests) >= 4
    for test in tests:
        outcome = test()
        if inspect.iscoroutine(outcome):
            asyncio.run(outcome)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_keep_the_rules_of_the_house(page: str, tmp_path: Path) -> None:
    rooms = [(path, code) for path, code in files(page) if not path.startswith("tests/")]
    known = MODULES | {module_of(path): tmp_path for path, _ in rooms}
    for path, code in rooms:
        assert module_of(path) not in MODULES, "the example stands in a file that exists"
        file = tmp_path / "example.py"
        file.write_text(code, "utf-8")
        assert [each for each in imports(file, known) if not allowed(module_of(path), each)] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_look_like_the_rest(page: str) -> None:
    for path, code in files(page):
        for command in (["check", "--config", OURS], ["format", "--diff"]):
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *command, "--quiet", "--stdin-filename", path, "-"],
                cwd=ROOT, input=code, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_what_is_shown_as_a_change_can_be_made(page: str) -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py"))
    removed = [line[1:].strip() for diff in blocks(page, "diff") for line in diff.splitlines() if line[0] == "-"]
    assert removed
    for line in removed:
        assert line.partition("...")[0] in sources, line


def test_the_systemd_unit_stops_gently_and_leaves_what_a_restart_cannot_mend() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    [text] = blocks("operating.md", "ini")
    unit.read_string(text)
    service = unit["Service"]
    assert service["ExecStart"].endswith("/.venv/bin/python -m bot run")
    assert service["RestartPreventExitStatus"] == "78"
    assert int(service["TimeoutStopSec"]) >= RunConfig().grace_seconds + 5
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"].split() == [f"{service['WorkingDirectory']}/{each}" for each in ("data", "keys")]


def test_the_backup_is_whole_while_the_bot_writes(tmp_path: Path) -> None:
    [command] = [line for code in blocks("operating.md", "sh") for line in code.splitlines() if "VACUUM" in line]
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "parley.db", isolation_level=None)) as bot:
        bot.execute("PRAGMA journal_mode = WAL")
        bot.execute("CREATE TABLE said (words)")
        bot.execute("INSERT INTO said VALUES ('committed')")
        bot.execute("BEGIN IMMEDIATE")
        bot.execute("INSERT INTO said VALUES ('not yet')")
        subprocess.run([sys.executable, *shlex.split(command)[1:]], cwd=tmp_path, check=True)
    with closing(sqlite3.connect(tmp_path / "data" / "backup.db")) as copy:
        assert copy.execute("SELECT words FROM said").fetchall() == [("committed",)]

"""The code in the documentation is run: every block as the file that it says it is, then the tests among them."""

import asyncio
import configparser
import inspect
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.config import RunConfig
from tests.examples import blocks, files, loaded, module_of
from tests.test_house import MODULES, allowed, imports

ROOT = Path(__file__).parents[1]
PAGES = ("adding-a-command.md", "adding-a-backend.md", "adding-a-platform.md")
OURS = "lint.isort.known-first-party = ['adapters', 'bot', 'tests']"  # ruff looks for files, which these are not


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_do_what_their_tests_say(page: str, tmp_path: Path) -> None:
    with loaded(page, tmp_path) as modules:
        tests = [each for module in modules for name, each in vars(module).items() if name.startswith("test_")]
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
    sources = "\n".join(path.read_text("utf-8") for room in ("bot", "adapters") for path in (ROOT / room).rglob("*.py"))
    lines = [line for diff in blocks(page, "diff") for line in diff.splitlines()]
    stand_there = [line[1:].strip() for line in lines if line[0] in "- " and line.strip() != "..."]
    assert stand_there
    for line in stand_there:
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

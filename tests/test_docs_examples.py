"""The code in the documentation is run: every block as the file that it says it is, then the tests among them."""

import asyncio
import configparser
import inspect
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

from adapters.web.metrics import Metrics
from bot.checking import WANTING
from bot.config import RunConfig
from bot.finding import Finding, Mark
from bot.inference.failures import STATUSES
from bot.replies import End
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


def test_the_figures_that_the_page_and_its_alerts_name_are_served() -> None:
    metrics = Metrics()
    for gauge in ("open_questions", "queued_questions"):
        metrics.watch(gauge, "as the composition root has it", lambda: 0)
    every = text_string_to_metric_families(metrics.exposition({}).decode())
    families = [each for each in every if each.name.startswith("parley") and not each.name.endswith("_created")]
    suffixes = {"counter": ("_total",), "histogram": ("", "_bucket", "_sum", "_count"), "info": ("_info",)}
    served = {each.name + suffix for each in families for suffix in suffixes.get(each.type, ("",))}
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    named = set(re.findall(r"\bparley_\w+", page))
    assert named <= served
    assert [each.name for each in families if not any(name.startswith(each.name) for name in named)] == []


def test_prometheus_is_told_the_port_of_the_page_and_whole_alerts() -> None:
    scrape, alerts = (yaml.safe_load(block) for block in blocks("operating.md", "yaml"))
    [job] = scrape["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["127.0.0.1:8080"]}]
    [group] = alerts["groups"]
    ends = set(get_args(End))
    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "annotations"}
        assert rule["expr"].count("(") == rule["expr"].count(")")
        for named in re.findall(r'end=~"([^"]+)"', rule["expr"]):
            assert set(named.split("|")) <= ends
        for named in re.findall(r'kind=~"([^"]+)"', rule["expr"]):
            assert set(named.split("|")) <= {row.kind for row in STATUSES.values()}


def test_the_example_of_a_check_has_the_marks_and_parts_that_there_are() -> None:
    [example] = blocks("operating.md", "text")
    *found, last = example.splitlines()
    table = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "operating.md").read_text("utf-8"), re.MULTILINE)
    assert set(get_args(Mark)) <= set(table)
    assert last == WANTING
    for line in found:
        [mark] = [each for each in get_args(Mark) if line.startswith(each)]
        part, _, text = line.removeprefix(mark).strip().partition(": ")
        assert str(Finding(mark, part, text)) == line

"""What the container promises, read from the files that make it: no Docker is needed here."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from bot.config import RunConfig
from tests.journeys.test_console import Terminal, piped

ROOT = Path(__file__).parents[1]
MARKER = "planted-secret-0123456789"
PLANTED = (
    ".env", ".env.production", "bot.env", "data/parley.db", "keys/master.key", "secrets/hf_token", ".git/config",
    ".venv/bin/python", "bot/.env", "docs/master.key", "storage/parley.db", "storage/parley.db-wal", "notes.txt",
    "adapters/web/__pycache__/server.cpython-311.pyc", "docs/old/.env.local", "backup/parley.tar",
)  # fmt: skip

Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """Every instruction of the Dockerfile, its continued lines on one."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for instruction in instructions():
        if instruction[0] == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def the(name: str, stage: list[Instruction]) -> str:
    [argument] = [rest for each, rest in stage if each == name]
    return argument


def environment(stage: list[Instruction]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in the("ENV", stage).split())


BUILD, FINAL = stages()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
PARLEY = COMPOSE["services"]["parley"]
POSTGRES = COMPOSE["services"]["postgres"]


def ignored(path: str, patterns: list[str]) -> bool:
    """As Docker decides it: the last pattern that fits the path or a folder above it; `!` lets it in again."""
    parts = path.split("/")
    above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    out = False
    for pattern in patterns:
        if any(re.fullmatch(regex(pattern.removeprefix("!")), each) for each in above):
            out = not pattern.startswith("!")
    return out


def regex(pattern: str) -> str:
    tokens = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.sub(r"\*\*/|\*\*|[*?]|[^*?]+", lambda each: tokens.get(each[0], re.escape(each[0])), pattern)


def context(root: Path) -> Iterator[str]:
    """What Docker would send to the build from this folder."""
    lines = (root / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root)
        folders[:] = [each for each in folders if folder != str(root) or not ignored(each, patterns)]
        yield from (path for path in ((here / each).as_posix() for each in files) if not ignored(path, patterns))


def copied(source: Path, target: Path) -> None:
    """Do what the first stage's COPY lines do."""
    sent = list(context(source))
    for name, rest in BUILD:
        if name != "COPY":
            continue
        *wanted, place = rest.split()
        for each in wanted:
            files = [path for path in sent if path == each or path.startswith(f"{each}/")]
            assert files, f"COPY {each}: nothing of it is sent to the build"
            for path in files:
                to = target / place / (Path(path).relative_to(each) if path != each else Path(path).name)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / path, to)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What is built from, with secrets lying about where people leave them."""
    root = tmp_path / "checkout"
    for path in (*context(ROOT), ".dockerignore"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, root / path)
    for path in PLANTED:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(MARKER)
    return root


def test_no_secret_and_no_data_is_sent_to_the_build(checkout: Path) -> None:
    sent = [*context(checkout)]
    assert "bot/__main__.py" in sent
    assert [path for path in sent if MARKER in (checkout / path).read_text("utf-8")] == []


def test_what_is_copied_is_a_bot_that_runs(checkout: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    copied(checkout, app)
    before = {*app.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "console"], cwd=app, input="How do I add Discord?\n/privacy\n",
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "docs/discord.md" in done.stdout
    assert "This bot stores data about you" in done.stdout
    assert MARKER not in done.stdout + done.stderr
    made = {path.relative_to(app).parts[0] for path in {*app.rglob("*")} - before}
    assert made == {"data", "keys"}, "with a read-only root this would fail"


def test_where_the_playground_was_left_out_a_terminal_gets_the_console(checkout: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    copied(checkout, app)
    assert not (app / "playground").exists()
    terminal = Terminal(app, PYTHONPATH="")
    try:
        terminal.wait_for("Ctrl-C stops an answer")
    finally:
        terminal.close()
    done = piped(app, "hello\n", "playground", PYTHONPATH="")
    assert done.returncode == 78
    assert "runs in a checkout of Parley" in done.stderr


def test_only_named_things_are_copied_and_none_is_downloaded() -> None:
    for name, rest in instructions():
        assert name not in ("ADD", "ARG", "MAINTAINER", "ONBUILD"), name
        if name == "COPY":
            assert not {".", "./", "*", "/"} & set(rest.split()[:-1]), rest
        assert not re.search(r"https?:|curl|wget|git clone|\bapt|\bgcc|index-url|find-links|trusted-host", rest), rest
    for name, rest in FINAL:
        assert name != "COPY" or rest.startswith("--from=build "), rest


def test_everything_that_is_installed_has_a_hash() -> None:
    [install] = [rest for name, rest in BUILD if name == "RUN" and " install " in rest]
    assert {"--require-hashes", "--only-binary=:all:", "requirements.lock"} <= set(install.split())
    assert not [rest for name, rest in FINAL if name == "RUN" and re.search(r"\bpip\b", rest)]
    lock = re.sub(r"\\\n\s*|\s*#.*", " ", (ROOT / "requirements.lock").read_text("utf-8"))
    wanted = [line for line in lock.splitlines() if line.strip()]
    assert len(wanted) > 20
    assert [line for line in wanted if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []
    assert "://" not in lock


def test_the_process_is_nobody_in_particular_and_the_first_to_hear_signals() -> None:
    assert the("USER", FINAL) == "10001:10001"
    assert json.loads(the("ENTRYPOINT", FINAL)) == ["python", "-m", "bot"]
    assert json.loads(the("CMD", FINAL)) == ["run"]
    assert the("STOPSIGNAL", FINAL) == "SIGTERM"
    assert BUILD[0][1].removesuffix(" AS build") == FINAL[0][1]


def test_code_is_not_writable_and_data_belongs_to_the_process() -> None:
    names = [name for name, _ in FINAL]
    assert "chmod -R u=rwX,go=rX ." in " ".join(rest for name, rest in BUILD if name == "RUN")
    assert not [rest for name, rest in FINAL if name == "COPY" and "--chown" in rest]
    assert "install -d -m 700 -o 10001 -g 10001 /app/data /app/keys" in the("RUN", FINAL)
    assert names.index("RUN") < names.index("VOLUME") < names.index("USER")
    assert json.loads(the("VOLUME", FINAL)) == ["/app/data", "/app/keys"]
    assert environment(FINAL)["PYTHONDONTWRITEBYTECODE"] == "1"


def test_no_secret_has_a_place_in_a_layer() -> None:
    assert set(environment(FINAL)) == {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PARLEY_WEB__PORT"}
    assert not {"ENV", "ARG", "LABEL"} & {name for name, _ in BUILD}


def test_health_is_asked_of_the_port_that_the_image_sets() -> None:
    options, _, command = the("HEALTHCHECK", FINAL).partition(" CMD ")
    assert json.loads(command) == ["python", "-m", "adapters.web.healthcheck"]
    assert int(environment(FINAL)["PARLEY_WEB__PORT"]) > 1024
    given = dict(re.findall(r"--([\w-]+)=(\S+)", options))
    check = PARLEY["healthcheck"]
    assert check["test"] == ["CMD", *json.loads(command)]
    assert {name.replace("-", "_"): value for name, value in given.items()} == {
        name: str(value) for name, value in check.items() if name != "test"
    }


def test_compose_gives_the_process_no_more_than_it_needs() -> None:
    assert PARLEY["read_only"] is True
    assert PARLEY["tmpfs"] == ["/tmp"]
    assert PARLEY["cap_drop"] == ["ALL"]
    assert not {"privileged", "cap_add", "ports", "user", "network_mode", "environment"} & set(PARLEY)
    assert "ports" not in POSTGRES
    for service in COMPOSE["services"].values():
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["restart"] == "unless-stopped"


def test_compose_keeps_what_must_stay() -> None:
    assert PARLEY["volumes"] == [f"{place.rpartition('/')[2]}:{place}" for place in json.loads(the("VOLUME", FINAL))]
    assert set(COMPOSE["volumes"]) == {"data", "keys", "postgres"}


def test_compose_waits_longer_than_running_answers_may_take() -> None:
    grace = int(PARLEY["stop_grace_period"].removesuffix("s"))
    assert grace == 30
    assert grace >= RunConfig().grace_seconds + 5


def test_secrets_come_from_files_that_git_leaves_out() -> None:
    assert PARLEY["env_file"] == ".env"
    assert {".env", "/keys/"} <= set((ROOT / ".gitignore").read_text("utf-8").splitlines())
    assert COMPOSE["secrets"] == {"postgres_password": {"file": "keys/postgres_password"}}
    assert POSTGRES["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    assert not [name for name in POSTGRES["environment"] if "PASSWORD" in name and not name.endswith("_FILE")]


def test_postgres_is_there_for_those_who_ask_for_it() -> None:
    assert POSTGRES["profiles"] == ["postgres"]
    assert "profiles" not in PARLEY
    assert PARLEY["depends_on"]["postgres"] == {"condition": "service_healthy", "required": False}


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("bot/events.py", False),
        ("bot", False),
        ("bots/x.py", True),
        ("README.md", False),
        ("tests/test_house.py", True),
        ("bot/inference/.env", True),
        ("bot/environment.py", False),
        ("docs/a/b/.env.local/x", True),
        ("adapters/web/__pycache__/x.txt", True),
        (".env.example", True),
    ],
)
def test_the_rules_of_dockerignore(path: str, out: bool) -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored(path, [line for line in lines if line and line[0] != "#"]) is out

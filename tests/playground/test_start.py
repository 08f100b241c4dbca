"""What `make run` and `python -m bot playground` do, at a terminal and without one."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.journeys.test_console import Terminal, environment, piped
from tests.polling import until

ANY = {"PARLEY_PLAYGROUND__PORT": "0"}


def address(shown: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", shown)
    assert found, shown
    return found[0]


def bots(folder: Path) -> list[str]:
    """Processes that run in this folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if (each / "cwd").readlink() == folder:
                found.append((each / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("how", ["ctrl-c", "hang up"])
def test_at_a_terminal_without_tokens_the_playground_opens_and_closes_in_order(tmp_path: Path, how: str) -> None:
    terminal = Terminal(tmp_path, **ANY)
    try:
        terminal.wait_for("Ctrl-C closes it")
        with urllib.request.urlopen(address(terminal.shown), timeout=10) as page:
            assert b"Parley playground" in page.read()
        if how == "ctrl-c":
            terminal.type("\x03")
        else:
            terminal.process.send_signal(signal.SIGHUP)
        assert terminal.process.wait(20) == 0
        assert bots(tmp_path) == []
    finally:
        terminal.close()


def test_a_port_that_is_taken_leaves_the_console(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        terminal = Terminal(tmp_path, PARLEY_PLAYGROUND__PORT=port)
        try:
            terminal.wait_for(f"port {port}")
            terminal.wait_for("Ctrl-C stops an answer")
        finally:
            terminal.close()
        done = piped(tmp_path, "hello\n", "playground", PARLEY_PLAYGROUND__PORT=port)
        assert done.returncode == 78
        assert f"port {port}" in done.stderr


def test_the_playground_needs_no_terminal_where_it_is_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "playground"]
    told = environment(tmp_path, **ANY, DISCORD_TOKEN="a.real.token", DATABASE_URL="mongodb://mine")
    with subprocess.Popen(
        command, cwd=tmp_path, env=told, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        said = process.stdout.readline()
        process.terminate()
        assert process.wait(20) == 0
    assert address(said)
    log = next(tmp_path.glob("data/playground-*/log")).read_text("utf-8")
    assert "a.real.token" not in log
    assert [each.name for each in tmp_path.iterdir()] == ["data"], "keys and data of the playground stay apart"


def test_a_killed_playground_leaves_no_bot_behind(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, **ANY)
    try:
        terminal.wait_for("Ctrl-C closes it")
        folder = next(tmp_path.glob("data/playground-*"))
        with urllib.request.urlopen(address(terminal.shown) + "/events", timeout=10) as events:
            while '"state":"running"' not in events.readline().decode():
                continue
        terminal.process.kill()
        terminal.process.wait()
        asyncio.run(until(lambda: bots(tmp_path) == []))
        assert "Traceback" not in (folder / "log").read_text("utf-8")
    finally:
        terminal.close()


def test_why_the_bot_cannot_start_is_said_at_the_terminal_too(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, **ANY, PARLEY_RUN__GRACE_SECONDS="20", PARLEY_INFERENCE__GUIDE_URL="", HF_TOKEN="a b")
    try:
        terminal.wait_for("The bot cannot start: HF_TOKEN or INFERENCE_API_KEY holds a blank")
    finally:
        terminal.close()


def test_a_pipe_is_still_answered_by_the_console(tmp_path: Path) -> None:
    done = piped(tmp_path, "count to 3\n", **ANY)
    assert done.returncode == 0
    assert "1, 2, 3." in done.stdout
    assert "playground" not in done.stdout

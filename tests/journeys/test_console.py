"""A person at a terminal, or a pipe, without any token: what a newcomer sees first."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    return plain | {"PYTHONDONTWRITEBYTECODE": "1"} | more


def piped(folder: Path, text: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=folder, env=environment(folder, **more),
        input=text, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_piped_questions_are_answered_one_after_another(tmp_path: Path) -> None:
    done = piped(tmp_path, "my name is Ada\n\nwhat is my name?\n/help\n/dance\nHow do I add Discord?\n")
    assert done.returncode == 0, done.stderr
    told = done.stdout
    assert "not a language model" in told
    assert told.index("not a language model") < told.index("Ada", told.index("not a language model"))
    assert "`/chat`" in told
    assert "There is no /dance" in told
    assert "docs/discord.md" in told
    again = piped(tmp_path, "what is my name?\n", "console")
    assert "Ada" in again.stdout, "the history did not survive the restart"


def test_a_long_pipe_and_one_without_a_last_line_end(tmp_path: Path) -> None:
    done = piped(tmp_path, "\n".join("/about" for _ in range(20)))
    assert done.returncode == 0
    assert done.stdout.count("I am Parley") == 20


def test_an_empty_pipe(tmp_path: Path) -> None:
    assert piped(tmp_path, "").returncode == 0


def test_without_tokens_and_without_anybody_to_talk_to(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot"], cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert "DISCORD_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"PARLEY_RUN__SPEED": "9"}, "[run] speed"),
        ({"PARLEY_RUN__ADAPTERS": "fax"}, "fax"),
        ({"PARLEY_RUN__ADAPTERS": "discord"}, "DISCORD_TOKEN"),
        ({"PARLEY_RUN__ADAPTERS": "telegram"}, "TELEGRAM_TOKEN"),
        ({"DATABASE_URL": "mongodb://x"}, "DATABASE_URL"),
        ({"HF_TOKEN_FILE": "/nowhere"}, "HF_TOKEN_FILE"),
        ({"PARLEY_STORAGE__MASTER_KEY_FILE": "/proc/nowhere/key"}, "MASTER_KEY_FILE"),
    ],
)
def test_what_the_operator_must_mend_is_named(tmp_path: Path, more: dict[str, str], named: str) -> None:
    done = piped(tmp_path, "hello\n", **more)
    assert done.returncode == 78
    assert named.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


class Terminal:
    """A bot in a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self._terminal, inside = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "console"], cwd=folder, env=environment(folder),
            stdin=inside, stdout=inside, stderr=inside, start_new_session=True, preexec_fn=_own_terminal,  # noqa: PLW1509
        )  # fmt: skip
        os.close(inside)
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.shown += os.read(self._terminal, 65536).decode(errors="replace")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_at_a_terminal_ctrl_c_stops_an_answer_and_twice_leaves(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.wait_for("Ctrl-C stops an answer")
        terminal.wait_for("> ")
        terminal.type("count to 1000\r")
        terminal.wait_for("17")
        terminal.process.send_signal(signal.SIGINT)
        terminal.wait_for("Stopped.")
        terminal.wait_for("> ")
        terminal.type("/about\r")
        terminal.wait_for("I am Parley")
        terminal.type("\x03")
        assert terminal.process.wait(20) == 0
    finally:
        terminal.close()

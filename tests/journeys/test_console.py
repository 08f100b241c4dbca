"""A person at a terminal, or a pipe, without any token: what a newcomer sees first."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from bot.commands import COMMANDS
from bot.commands.posts.counting import weight
from tests.journeys.newsletter import newsletter

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


SAID: Sequence[tuple[str, Sequence[str]]] = (  # a line, and words of its answer
    ("/sentiment I love how fast this is!", ("**positive** 82 %", "English only, from a word list")),
    ("/sentiment @reviews.txt", ("1. ", "2. ", "**2 texts**: 1 positive, 1 negative")),
    ("/sentiment Das ist ein Tisch aus Holz.", ("unsure",)),
    ("/sentiment", ("write the text, attach a text file, or reply",)),
    ("/sentiment @noise.bin", ("noise.bin is not a text file",)),
    ("/sentiment @./nowhere.txt", ("nowhere.txt is not a file",)),
    ("/entities Ada Lovelace worked in London.", ("Ada Lovelace", "found by rules, not by a model")),
    ("/entities", ("write the text, attach a text file, or reply",)),
    ("/complete --max_tokens 5 --echo Once upon a time", ("Once upon a time", "no model wrote this")),
    ("/complete --temperature 9 Once", ("temperature must be a number from 0 to 2",)),
    ("/imagine --seed 7 a lighthouse", ("a lighthouse", "seed 7", "not a picture of your words", "saved: pictures/")),
    ("#1", ("a lighthouse", "saved: pictures/")),
    ("#2", ("a lighthouse, ", "saved: pictures/")),
    ("#9", ("There is no button #9.",)),
    ("/imagine --seed 20 --count 4 hills", ("seeds 20 to 23", "seed-20.png", "seed-23.png")),
    ("/imagine --count 9 hills", ("count must be a whole number from 1 to 4",)),
    ("/imagine", ("Say what to draw",)),
    ("/tweetify --count 2 @letter.txt", ("**1/2**", "**2/2**", "not written by a model")),
    ("/tweetify --count 99 @letter.txt", ("count must be a whole number from 1 to 10",)),
    ("/tweetify", ("write the text, attach a text file, or reply",)),
    ("/try --labels praise,complaint some/model this is a complaint", ("**complaint**", "not meanings")),
    ("/try some/model hello", ("Offline no model can be looked up",)),
    ("/try", ("model is missing",)),
    ("/try 'some/model", ("a quotation mark is not closed",)),
    ("count to 3", ("3",)),
    ("/recall count to three", ("count to 3", "you said", "compares words, not meanings")),
    ("/recall", ("words is missing",)),
    ("/compare --models a/b,c/d count to 3", ("2 models answer this", "**a/b**", "**c/d**")),
    ("/compare --models a,b,c,d,e hello", ("Name 2 to 4 models",)),
    ("/chat count to 4", ("4",)),
    ("/chat", ("text is missing",)),
    ("/retry", ("4",)),
    ("/new", ("new conversation",)),
    ("/thread hello", ("A terminal has no threads",)),
    ("/here on", ("every message is for me anyway",)),
    ("/stop", ("nothing to stop",)),
    ("/model", ("Who answers you here", "offline guide")),
    ("/model some/model", ("offline guide",)),
    ("/models", ("offline guide",)),
    ("/persona use pirate", ("pirate",)),
    ("/persona use teacher", ("teacher",)),
    ("/settings", ("persona", "teacher")),
    ("/settings reasoning sideways", ("folded, shown, hidden",)),
    ("/usage", ("Nothing is counted",)),
    ("/whoami", ("You own this bot", "console:local")),
    ("/open", ("Open everywhere",)),
    ("/access", ("pen",)),
    ("/allow discord:123", ("discord:123",)),
    ("/deny discord:123", ("discord:123",)),
    ("/ban", ("Whom do you mean?",)),
    ("/limit each 10 pictures a day", ("10 pictures",)),
    ("/limit each lots", ("50000 tokens a day",)),
    ("/claim 0000", ("yours already",)),
    ("/help sentiment", ("For example: `/sentiment",)),
    ("/help nothing", ("/help",)),
    ("/privacy", ("# Privacy",)),
    ("/start", ("/chat",)),
    ("/about", ("I am Parley",)),
    ("/sentimnt x", ("Did you mean /sentiment?",)),
)  # fmt: skip


def answers(shown: str, lines: Sequence[str]) -> Sequence[str]:
    """What was said to each line of a pipe."""
    starts = [0]
    for line in lines:
        starts.append(shown.index(f"> {line}\n", starts[-1]) + len(line) + 3)
    return [shown[start:end].rpartition("\n> ")[0] for start, end in pairwise([*starts[1:], len(shown) + 3])]


def test_each_command_offline_and_what_is_wrong_with_a_line(tmp_path: Path) -> None:
    written = {line.split()[0].removeprefix("/") for line, _ in SAID}
    assert {command.name for command in COMMANDS if not command.hidden} <= written
    (tmp_path / "reviews.txt").write_text("I like this very much.\n\nIt is awful and sad.\n")
    (tmp_path / "noise.bin").write_bytes(b"\x00\xff")
    (tmp_path / "letter.txt").write_text(newsletter(), "utf-8")
    done = piped(tmp_path, "".join(f"{line}\n" for line, _ in SAID))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    told = answers(f"{done.stdout}\n> ", [line for line, _ in SAID])
    wrong = [(line, text) for (line, words), text in zip(SAID, told, strict=True) if not all(w in text for w in words)]
    assert wrong == []
    assert all(text.strip() for text in told)
    pictures = {file.name: file.read_bytes() for file in (tmp_path / "pictures").iterdir()}
    assert len(pictures) == len(set(pictures.values())) == 7
    assert all(data.startswith(b"\x89PNG") for data in pictures.values())


def test_offline_a_newsletter_becomes_a_picture_and_three_posts(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text(newsletter(), "utf-8")
    lines = ["/imagine --from @letter.txt", "/tweetify --picture @letter.txt", "#2"]
    done = piped(tmp_path, "\n".join(lines))
    assert done.returncode == 0, done.stderr
    picture, posts, shorter = answers(f"{done.stdout}\n> ", lines)
    prompt = picture.splitlines()[0].removeprefix("> ").replace("\\", "")
    assert prompt in newsletter()
    assert len(prompt.split()) > 3
    assert "saved: pictures/" in picture
    for told, limit in ((posts, 280), (shorter, 200)):
        headline, *made = [each.strip("\n") for each in told.split("```")[1::2]]
        assert headline
        assert len(made) == 3
        assert max(map(weight, made)) <= limit
        assert "saved: pictures/" in told
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 3


class Terminal:
    """A bot in a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str, **more: str) -> None:
        self._terminal, inside = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments], cwd=folder, env=environment(folder, **more),
            stdin=inside, stdout=inside, stderr=inside, start_new_session=True, preexec_fn=_own_terminal,  # noqa: PLW1509
        )  # fmt: skip
        os.close(inside)
        self.shown = ""
        self._met = 0  # so much of it was waited for

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        """Until this is shown, after all that was waited for before."""
        deadline = time.monotonic() + seconds
        while (found := self.shown.find(text, self._met)) < 0:
            assert time.monotonic() < deadline, self.shown
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.shown += os.read(self._terminal, 65536).decode(errors="replace")
        self._met = found + len(text)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_at_a_terminal_ctrl_c_stops_an_answer_and_twice_leaves(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "console")
    try:
        terminal.wait_for("Ctrl-C stops an answer")
        terminal.wait_for("\n> ")
        terminal.type("count to 1000\r")
        terminal.wait_for("16, 17")  # not only 17, which may stand in the time of a log line
        terminal.process.send_signal(signal.SIGINT)
        terminal.wait_for("Stopped.")
        terminal.wait_for("\n> ")
        terminal.type("/about\r")
        terminal.wait_for("I am Parley")
        terminal.wait_for("\n> ")  # before, Ctrl-C would stop this answer
        terminal.type("\x03")
        assert terminal.process.wait(20) == 0
    finally:
        terminal.close()

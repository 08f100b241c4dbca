"""Files of this computer: named in a line, read, saved."""

from pathlib import Path

import pytest

from adapters.console.files import named_files, read, save
from bot.errors import Mistaken
from bot.events import Attachment
from bot.replies import Media


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news.txt").write_text("all the news")
    (tmp_path / "notes").write_text("x")
    (tmp_path / "my file.txt").write_text("y")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "rest", "names"),
    [
        ("--count 3 @news.txt", "--count 3", ["news.txt"]),
        ("@news.txt as three posts", "as three posts", ["news.txt"]),
        ("--file news.txt --tone dry", "--tone dry", ["news.txt"]),
        ("--file=news.txt", "", ["news.txt"]),
        ('both @"my file.txt" @notes please', "both please", ["my file.txt", "notes"]),
        ("@ada here", "@ada here", []),
        ("write to me@example.com", "write to me@example.com", []),
        ("@./missing.txt", "", ["missing.txt"]),
        ("two  spaces\nand a line", "two  spaces\nand a line", []),
    ],
)
def test_files_that_a_line_names(line: str, rest: str, names: list[str]) -> None:
    text, attachments = named_files(line)
    assert (text, [each.name for each in attachments]) == (rest, names)


def test_a_file_is_described_and_read() -> None:
    (attachment,) = named_files("@news.txt")[1]
    assert attachment == Attachment("news.txt", "text/plain", 12, "news.txt")
    assert read(attachment, 12) == b"all the news"
    assert named_files("--file notes")[1][0].media_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("path", "limit", "words"),
    [
        ("news.txt", 11, "news.txt is too large"),
        ("./missing.txt", 100, "missing.txt is not a file"),
        (".", 100, "is not a file"),
        ("/dev/zero", 100, "is not a file"),
    ],
)
def test_what_cannot_be_read_is_told(path: str, limit: int, words: str) -> None:
    with pytest.raises(Mistaken, match=words):
        read(named_files(f"--file {path}")[1][0], limit)


def test_files_of_an_answer_are_saved_and_nothing_is_overwritten(folder: Path) -> None:
    target = folder / "new" / "pictures"
    first = save(Media(b"one", "image/png", "cat.png", "seed 7"), target)
    second = save(Media(b"two", "image/png", "cat.png"), target)
    third = save(Media(b"three", "image/png", "../../up"), target)
    assert first == f"saved: {target / 'cat.png'} (seed 7)"
    assert second == f"saved: {target / 'cat-2.png'}"
    assert third == f"saved: {target / 'up.png'}"
    assert [(target / name).read_bytes() for name in ("cat.png", "cat-2.png", "up.png")] == [b"one", b"two", b"three"]


def test_a_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    assert "could not be saved" in save(Media(b"x", "image/png", "cat.png"), folder / "notes" / "inside")

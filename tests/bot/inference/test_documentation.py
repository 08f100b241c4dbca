"""The project's own documentation answers what a newcomer asks first, and names what exists."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import read_secrets
from bot.inference.guide import Guide
from bot.inference.offline import EXAMPLES, read
from bot.inference.passages import Passage
from bot.sections import Config

ROOT = Path(__file__).parents[3]
guide = Guide(read(ROOT))


@pytest.mark.parametrize(
    ("question", "file"),
    [
        ("How do I install Parley?", "README.md"),
        ("How do I add Discord?", "docs/discord.md"),
        ("how to connect telegram", "docs/telegram.md"),
        ("Where is my data?", "PRIVACY.md"),
        ("Who reads my data?", "PRIVACY.md"),
        ("How do I report a security problem?", "SECURITY.md"),
        ("What commands are there?", "docs/commands.md"),
        ("How do I get a Hugging Face token?", "docs/huggingface.md"),
        ("How much does it cost?", "docs/huggingface.md"),
        ("Can I use my own server?", "docs/huggingface.md"),
        ("Which model is chosen?", "docs/huggingface.md"),
        ("Can the organisation pay?", "docs/huggingface.md"),
        ("Why does the bot not answer in groups?", "docs/telegram.md"),
        ("What is the message content intent?", "docs/discord.md"),
        ("Where is the invite link?", "docs/discord.md"),
        ("What can the offline guide do?", "docs/offline.md"),
    ],
)
def test_a_question_finds_its_file(question: str, file: str) -> None:
    found = guide.find(question)
    assert found is not None
    assert found.file == file


@pytest.mark.parametrize(
    "question", ["What is the capital of France?", "Write a poem about love", "Who won the match?"]
)
def test_what_is_not_about_parley_finds_nothing(question: str) -> None:
    assert guide.find(question) is None


@pytest.mark.parametrize("example", EXAMPLES.replace("- ", "").splitlines())
def test_what_the_guide_offers_it_can_do(example: str) -> None:
    assert guide.find(example) is not None


@pytest.mark.parametrize("passage", guide.passages, ids=lambda passage: passage.reference)
def test_no_section_is_shown_with_half_a_code_block(passage: Passage) -> None:
    shown = guide.show(passage, 1500)
    assert len(re.findall(r"^ *```", shown, re.MULTILINE)) % 2 == 0


def test_the_privacy_policy_fits_into_one_message_everywhere() -> None:
    assert 500 < len((ROOT / "PRIVACY.md").read_text("utf-8")) <= 1700


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~ ]", each)[0] for each in wanted}
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").partition("## Not taken")[0]
    assert names == set(re.findall(r"\*\*([\w.-]+)\*\*", text))


SETTING = re.compile(r"PARLEY_([A-Z]+)__([A-Z_]+)")
TEXTS = (ROOT / ".env.example", ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


def test_every_setting_that_is_named_exists() -> None:
    named = {found for file in TEXTS for found in SETTING.findall(file.read_text("utf-8"))}
    sections = Config().model_dump()
    assert named
    assert [each for each in named if each[1].lower() not in sections.get(each[0].lower(), {})] == []


def test_every_secret_stands_in_the_example_with_its_file_form() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    secrets = {line.removesuffix("=") for line in lines if re.fullmatch(r"[A-Z_]+=", line)}
    files = {line.removeprefix("# ").partition("_FILE=")[0] for line in lines if "_FILE=" in line}
    assert secrets == files
    read = read_secrets({name: f"value of {name}" for name in secrets})
    assert {getattr(read, field.name) for field in fields(read)} == {f"value of {name}" for name in secrets}

import pytest

from bot.inference.guide import Guide, terms

DOCS = (
    ("README.md", "# Parley\nA bot for your chats.\n## Run it\nType `make run`.\n"),
    (
        "PRIVACY.md",
        "# Privacy\n## What is stored\nYour messages and the answers.\n## How long\nUntil they are deleted.\n",
    ),
    ("docs/commands.md", "# Commands\n## /chat\nAsk the model. Like this.\n## /stop\nEnd the running answer.\n"),
    (
        "docs/discord.md",
        "# Discord\n## Create the bot\n1. Open the portal.\n## Answers do not come\nCheck the intents.\n",
    ),
    (
        "docs/telegram.md",
        "# Telegram\n## Create the bot\n1. Write to BotFather.\n## Groups\nPrivacy mode hides messages.\n",
    ),
)
guide = Guide(DOCS)


def found(question: str) -> tuple[str, str] | None:
    passage = guide.find(question)
    return (passage.file, passage.path[-1]) if passage else None


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("How do I create the Discord bot?", ("docs/discord.md", "Create the bot")),
        ("creating a telegram bot, please", ("docs/telegram.md", "Create the bot")),
        ("Where is my data?", ("PRIVACY.md", "What is stored")),
        ("What do you keep, and how long?", ("PRIVACY.md", "How long")),
        ("what commands are there?", ("docs/commands.md", "Commands")),
        ("How can I launch it?", ("README.md", "Run it")),
        ("STOP", ("docs/commands.md", "/stop")),
        ("intents", ("docs/discord.md", "Answers do not come")),
    ],
)
def test_it_finds_the_right_section(question: str, where: tuple[str, str]) -> None:
    assert found(question) == where


@pytest.mark.parametrize(
    "question", ["", "the of and", "What is the capital of France?", "Schreib mir ein Gedicht", "🙂"]
)
def test_it_finds_nothing_where_nothing_fits(question: str) -> None:
    assert guide.find(question) is None
    assert guide.answer(question) is None


def test_one_known_word_among_unknown_ones_is_not_enough() -> None:
    assert guide.find("Write a sonnet concerning Discord and dragons") is None


def test_an_answer_says_where_it_stands() -> None:
    answer = guide.answer("intents")
    assert (
        answer
        == "**Answers do not come**\n\nCheck the intents.\n\nMore: docs/discord.md, section “Answers do not come”"
    )


def test_a_section_that_only_holds_others_shows_what_they_are_about() -> None:
    answer = guide.answer("commands")
    assert answer is not None
    assert "- **/chat**: Ask the model.\n- **/stop**: End the running answer." in answer


def test_an_answer_is_shortened() -> None:
    long = Guide([("x.md", "# Long\n" + "\n\n".join(f"Paragraph {number} about bees." for number in range(100)))])
    answer = long.answer("bees", limit=200)
    assert answer is not None
    assert 150 < len(answer) < 260
    assert answer.endswith("More: x.md, section “Long”")


def test_without_documents_nothing_is_found() -> None:
    assert Guide(()).find("anything") is None


def test_the_same_question_gets_the_same_answer() -> None:
    assert {Guide(DOCS).answer("create the bot") for _ in range(3)} == {guide.answer("create the bot")}


@pytest.mark.parametrize(
    ("one", "other"),
    [("running", "run"), ("stored", "storing"), ("replies", "reply"), ("deleted", "deletion"), ("price", "costs")],
)
def test_words_of_one_meaning_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


def test_filling_words_say_nothing() -> None:
    assert terms("How do I get to the") == []


def test_a_heading_that_says_just_what_is_asked_for_wins_over_one_that_says_more() -> None:
    more = f"## Something\n\n{'The command of commands. ' * 4}\n"
    pages = [("command.md", more), ("commands.md", "## Commands\n\nA list.\n")]
    found = Guide(pages).find("What commands are there?")
    assert found is not None
    assert found.file == "commands.md"


def test_the_name_of_a_command_is_no_other_word_for_running_something() -> None:
    guide = Guide([("commands.md", "## /try\n\nAny model.\n"), ("README.md", "## Try it\n\nOn a laptop.\n")])
    assert getattr(guide.find("How do I install it?"), "file", "") == "README.md"
    assert getattr(guide.find("What does /try do?"), "file", "") == "commands.md"

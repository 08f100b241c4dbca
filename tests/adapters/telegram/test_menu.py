"""What the menu of commands holds, and when it counts as changed."""

from dataclasses import replace
from typing import Annotated

from adapters.telegram.menu import hash_of, menu_of
from bot.commands.command import About, command
from bot.replies import Reply


@command()
async def chat(call: object, text: Annotated[str, About("What to say")]) -> Reply:
    """Talk to the model."""
    return Reply(text)


@command(role="owner")
async def secret(call: object) -> Reply:
    """Not for everybody."""
    return Reply("")


def test_the_menu_shows_what_everybody_may_use() -> None:
    commands = [chat, secret, replace(chat, name="candidate", hidden=True)]
    assert [(each.command, each.description) for each in menu_of(commands)] == [("chat", "Talk to the model.")]


def test_the_hash_changes_with_names_summaries_and_order() -> None:
    new = replace(chat, name="new")
    menus = [[chat], [new], [replace(chat, summary="Other.")], [chat, new], [new, chat]]
    assert len({hash_of(menu_of(menu)) for menu in menus}) == len(menus)
    assert hash_of(menu_of([chat])) == hash_of(menu_of([replace(chat, example="/chat x")]))

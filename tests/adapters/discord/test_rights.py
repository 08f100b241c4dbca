"""What Discord reckons a bot may do in a channel, from roles and overwrites."""

from typing import Any

import discord
import pytest

from adapters.discord.rights import NEEDED, lacking, rights_in
from simulators.discord.rights import EVERYONE, Right

BOT = "7"
SEND, VIEW, HISTORY = int(Right.SEND_MESSAGES), int(Right.VIEW_CHANNEL), int(Right.READ_MESSAGE_HISTORY)


def server(owner: str = "1", **roles: int) -> dict[str, Any]:
    """Server 5, whose role of everybody may do the usual; others by their ids (r6=...)."""
    more = [{"id": name.removeprefix("r"), "permissions": str(rights)} for name, rights in roles.items()]
    return {"id": "5", "owner_id": owner, "roles": [{"id": "5", "permissions": str(EVERYONE)}, *more]}


def channel(*overwrites: tuple[str, int, int]) -> dict[str, Any]:
    """With (whose, allow, deny) of each overwrite."""
    rules = [{"id": whose, "type": 0, "allow": str(allow), "deny": str(deny)} for whose, allow, deny in overwrites]
    return {"id": "9", "type": 0, "permission_overwrites": rules}


@pytest.mark.parametrize(
    ("roles", "overwrites", "missing"),
    [
        ([], [], []),
        ([], [("5", 0, SEND)], ["Send Messages"]),
        ([], [("5", 0, SEND), (BOT, SEND, 0)], []),  # the bot's own comes last
        (["6"], [("5", 0, SEND), ("6", SEND, 0)], []),
        (["6", "8"], [("6", SEND, 0), ("8", 0, SEND)], []),  # of roles, what is allowed wins
        (["6"], [("8", SEND, 0), ("5", 0, SEND)], ["Send Messages"]),  # a role that it has not
        ([], [("5", 0, VIEW | HISTORY)], ["View Channel", "Read Message History"]),
    ],
)
def test_overwrites_hold_in_discords_order(
    roles: list[str], overwrites: list[tuple[str, int, int]], missing: list[str]
) -> None:
    rights = rights_in(server(r6=0, r8=0), roles, channel(*overwrites), BOT)
    assert list(lacking(rights, thread=False)) == missing


def test_who_is_in_charge_may_everything() -> None:
    closed = channel(("5", 0, VIEW | SEND))
    assert lacking(rights_in(server(r6=1 << 3), ["6"], closed, BOT), thread=False) == ()
    assert lacking(rights_in(server(owner=BOT), [], closed, BOT), thread=False) == ()


def test_a_thread_asks_for_another_right_than_a_channel() -> None:
    rights = discord.Permissions(EVERYONE)
    rights.update(send_messages=False)
    assert lacking(rights, thread=True) == []
    rights.update(send_messages=True, send_messages_in_threads=False)
    assert lacking(rights, thread=False) == []
    assert lacking(rights, thread=True) == ["Send Messages in Threads"]


def test_discord_has_all_of_these_rights() -> None:
    assert set(NEEDED) <= set(discord.Permissions.VALID_FLAGS)

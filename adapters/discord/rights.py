"""What the bot may do in a channel, as Discord reckons it (pure; topics/permissions, checked 2026-11-29)."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

NEEDED = {  # what an answer takes -> its name in Discord's own settings
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
THREADS = (10, 11, 12)  # types of channels


def lacking(rights: discord.Permissions, *, thread: bool) -> Sequence[str]:
    """The names of the rights that are missing there."""
    if rights.administrator:
        return ()
    unneeded = "send_messages" if thread else "send_messages_in_threads"
    return [label for name, label in NEEDED.items() if name != unneeded and not getattr(rights, name)]


def rights_in(
    server: Mapping[str, Any], roles: Sequence[str], channel: Mapping[str, Any], account: str
) -> discord.Permissions:
    """Of an account with these roles in a channel of this server, all as the API describes them."""
    granted = {str(role["id"]): int(role["permissions"]) for role in server.get("roles", ())}
    rights = 0
    for role in (str(server["id"]), *roles):  # the role of everybody has the server's id
        rights |= granted.get(role, 0)
    if discord.Permissions(rights).administrator or str(server.get("owner_id")) == account:
        return discord.Permissions.all()
    rules = {str(rule["id"]): rule for rule in channel.get("permission_overwrites", ())}
    for group in ([str(server["id"])], roles, [account]):
        its = [rules[name] for name in group if name in rules]
        for rule in its:
            rights &= ~int(rule["deny"])
        for rule in its:
            rights |= int(rule["allow"])
    return discord.Permissions(rights)

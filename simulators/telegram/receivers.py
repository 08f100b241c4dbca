"""For whose eyes a message in a group is: everybody's, or one person's (ephemeral messages, Bot API 10.2 and 10.3).

Any bot may write to one person within 15 seconds of a press or of an ephemeral command of theirs, naming it; an
administrator at any time (core.telegram.org/bots/features#ephemeral-messages, as stored copies quote it; parameters as
docs.aiogram.dev has them for 10.3; read 2026-11-29). The words of the refusals are assumptions, MESSAGE_NOT_COMMAND
apart. An older server does what servers do with unknown parameters: it ignores them, and everybody sees the message.
"""

from collections.abc import Mapping
from typing import Any

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.values import Chat, User
from simulators.telegram.world import World

WINDOW_SECONDS = 15.0
LEAKED = "a message for one person goes to everybody: this server knows no ephemeral messages"


def receiver_of(world: World, call: Parameters, chat: Chat) -> User | None:
    """Who alone sees what this call sends; None: everybody. Raises `Refusal`."""
    named = call.mapping("ephemeral_message_parameters") or {
        name: call.text(name) if name == "callback_query_id" else call.integer(name)
        for name in ("receiver_user_id", "callback_query_id")
        if name in call
    }
    answered = call.mapping("reply_parameters").get("ephemeral_message_id")
    if not world.knows_ephemeral:
        world.findings.extend([LEAKED] if named or answered else [])
        return None
    if not named:
        if answered:
            raise bad("only an ephemeral message can answer an ephemeral message")
        return None
    if chat.type == "private":
        raise bad("ephemeral messages can be sent to groups and supergroups only")
    user = world.users.get(int(named.get("receiver_user_id") or 0))
    if user is None or user.is_bot or chat.members.get(user.id, "left") in ("left", "kicked"):
        raise bad("USER_NOT_PARTICIPANT")
    if chat.members.get(world.bot.id) != "administrator" and not _asked(world, chat, user, named, answered):
        raise bad("MESSAGE_NOT_COMMAND")
    _check_replacing(world, named)
    return user


def _asked(world: World, chat: Chat, user: User, named: Mapping[str, Any], answered: Any) -> bool:
    """Whether this person has just pressed something here, or sent the ephemeral command that is answered."""
    earliest = world.clock.now() - WINDOW_SECONDS * world.scale
    query = world.queries.get(str(named.get("callback_query_id", "")))
    if query is not None and query.user is user and query.message.chat is chat and query.at >= earliest:
        return True
    command = world.ephemerals.get((chat.id, user.id, int(answered or 0)))
    return command is not None and command.sender is user and command.at >= earliest


def _check_replacing(world: World, named: Mapping[str, Any]) -> None:
    query = world.queries.get(str(named.get("callback_query_id", "")))
    if named.get("replace_callback_query_message") and (query is None or query.message.receiver is not None):
        raise bad("replace_callback_query_message needs a callback query from an ordinary message")

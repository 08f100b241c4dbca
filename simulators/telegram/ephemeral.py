"""The methods that change what only one person in a group sees; see `receivers`."""

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.sending import chat_of, edit_text
from simulators.telegram.values import Json, Message
from simulators.telegram.world import World


def edit_ephemeral_message_text(world: World, call: Parameters) -> Json | bool:
    return edit_text(world, call, _own_of(world, call, writes=1))


def delete_ephemeral_message(world: World, call: Parameters) -> bool:
    message = _own_of(world, call, writes=0, purpose="delete")
    del world.ephemerals[message.key]
    return True


def _own_of(world: World, call: Parameters, writes: int, purpose: str = "edit") -> Message:
    chat = chat_of(world, call, writes)
    key = (chat.id, call.integer("receiver_user_id"), call.integer("ephemeral_message_id"))
    message = world.ephemerals.get(key)
    if message is None or message.sender is not world.bot:
        raise bad(f"message to {purpose} not found")
    return message

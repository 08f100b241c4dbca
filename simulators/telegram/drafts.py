"""Drafts: what a private chat shows of a message that is still being written, and for how long.

A draft is shown for 30 seconds or until the bot posts a real message there (the first by Bot API 10.1, the second as
people met it). Not published, and assumed here (2026-11-29): drafts are no writes for the flood limits, yet a hold
holds them; one that was stopped stays as it was, whatever comes for it; the words about a draft_id of zero.
"""

from typing import Any

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.rich import rich_of
from simulators.telegram.sending import TEXT_LIMIT, chat_of, text_of
from simulators.telegram.text import with_found
from simulators.telegram.topics import topic_of
from simulators.telegram.values import Draft
from simulators.telegram.world import World

DRAFT_SECONDS = 30.0


def send_message_draft(world: World, call: Parameters) -> bool:
    text, entities = text_of(world, call, "text", "entities", TEXT_LIMIT)
    return _show(world, call, text=text, entities=with_found(text, entities))


def send_rich_message_draft(world: World, call: Parameters) -> bool:
    source, rich = rich_of(call)
    return _show(world, call, text=source, rich=rich)


def _show(world: World, call: Parameters, **content: Any) -> bool:
    chat = chat_of(world, call)
    if chat.type != "private" or chat.id in world.draftless:
        raise bad("TEXTDRAFT_PEER_INVALID")
    number = call.integer("draft_id")
    if not number:
        raise bad("draft_id must be non-zero")
    key = (chat.id, topic_of(world, call, chat), number)
    before = world.drafts.get(key)
    if before is not None and before.stopped:
        return True
    world.drafts[key] = Draft(
        chat=chat,
        topic=key[1],
        id=number,
        until=world.clock.now() + DRAFT_SECONDS * world.scale,
        can_stop=call.flag("can_stop"),
        keep_on_stop=call.flag("keep_on_stop"),
        history=[*(before.history if before else ()), content["text"]],
        **content,
    )
    return True

"""Answering interactions: the callback, the @original, follow-ups. Times and refusals as Discord's.

developers/interactions/receiving-and-responding, checked 2026-11-20. None of these routes asks for the bot's token:
the interaction's own token is the right to use them.
"""

from typing import Any

from aiohttp import web

from simulators.discord import drafts, modals
from simulators.discord.drafts import Draft
from simulators.discord.mentions import WEBHOOK
from simulators.discord.messages import Messages
from simulators.discord.refusals import (
    Refusal,
    already_acknowledged,
    invalid,
    invalid_webhook_token,
    too_many_followups,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from simulators.discord.replying import json_response, no_content
from simulators.discord.world import Flag, Interaction, InteractionType, Message, Modal, World

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
SETTABLE = Flag.SUPPRESS_EMBEDS | Flag.EPHEMERAL | Flag.SUPPRESS_NOTIFICATIONS | Flag.IS_COMPONENTS_V2
CALLBACKS = {
    InteractionType.COMMAND: (MESSAGE, DEFERRED_MESSAGE, MODAL),
    InteractionType.COMPONENT: (MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL),
    InteractionType.AUTOCOMPLETE: (CHOICES,),
    InteractionType.MODAL: (MESSAGE, DEFERRED_MESSAGE),
}
FOLLOWUPS_WHERE_NOT_JOINED = 5


class Interactions:
    def __init__(self, world: World, messages: Messages) -> None:
        self.world = world
        self.messages = messages
        self.access = messages.access
        self.token_life = 15 * 60.0

    def routes(self, root: str) -> list[web.RouteDef]:
        hook = root + "/webhooks/{webhook_id}/{webhook_token}"
        return [
            web.post(root + "/interactions/{interaction_id}/{webhook_token}/callback", self.callback),
            web.post(hook, self.follow_up),
            web.get(hook + "/messages/{message_id}", self.get),
            web.patch(hook + "/messages/{message_id}", self.patch),
            web.delete(hook + "/messages/{message_id}", self.delete),
        ]

    async def callback(self, request: web.Request) -> web.StreamResponse:
        draft = await drafts.read(request, self.world.attachment_limit)
        source = self.world.interactions.get(request.match_info["webhook_token"])
        if source is None or source.id != request.match_info["interaction_id"]:
            raise unknown_interaction()
        if source.acknowledged_at is not None:
            raise already_acknowledged()
        if self.world.clock.now() > source.deadline:
            raise unknown_interaction()
        kind, possible = draft.fields.get("type"), CALLBACKS[source.type]
        if source.type is InteractionType.MODAL and source.source is not None:
            possible = (*possible, DEFERRED_UPDATE, UPDATE)
        if kind not in possible:
            raise invalid("type", f"Value must be one of {possible}.", "BASE_TYPE_CHOICES")
        self.access.to_answer(source.channel)
        message = self._acknowledge(source, kind, draft.inner())
        if request.query.get("with_response", "").lower() not in ("1", "true"):
            return no_content()
        return json_response(self._callback_response(source, kind, message))

    def _acknowledge(self, source: Interaction, kind: int, draft: Draft) -> Message | None:
        """Checked first, then done: a refused callback leaves the interaction open for another try."""
        message: Message | None = source.source if kind in (DEFERRED_UPDATE, UPDATE) else None
        if kind == CHOICES:
            source.choices = _choices(draft.fields)
        elif kind == MODAL:
            modals.check(draft.fields)
            fields = draft.fields
            source.modal = Modal(fields["custom_id"], fields["title"], fields["components"], source)
        elif kind == MESSAGE:
            drafts.check(draft, settable=SETTABLE)
            message = self.messages.create(source.channel, draft, source=source, type=_type(source))
        elif kind == DEFERRED_MESSAGE:
            drafts.check(draft, settable=Flag.EPHEMERAL)
            message = self.messages.defer(source.channel, source, draft.flags)
        elif kind == UPDATE and message is not None:
            drafts.check_edit(draft, message)
            self.messages.edit(message, draft, WEBHOOK)
        source.acknowledged_at = self.world.clock.now()
        source.deferred = kind in (DEFERRED_MESSAGE, DEFERRED_UPDATE)
        source.ephemeral = message is not None and message.ephemeral
        source.response = message
        source.acknowledged.set()
        return message

    def _callback_response(self, source: Interaction, kind: int, message: Message | None) -> dict[str, Any]:
        about: dict[str, Any] = {"id": source.id, "type": int(source.type)}
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": message.id,
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        shown = {"message": self.messages.json(message)} if kind in (MESSAGE, UPDATE) else {}
        return {"interaction": about, "resource": {"type": kind, **shown}}

    async def follow_up(self, request: web.Request) -> web.StreamResponse:
        draft = await drafts.read(request, self.world.attachment_limit)
        source = self._source(request)
        original = source.response
        if original is not None and original.loading and not original.deleted:
            # Known behaviour: the first follow-up after a deferral fills the "thinking" message, keeping its privacy.
            drafts.check(draft, settable=SETTABLE)
            self.access.to_edit(source.channel)
            self.messages.edit(original, draft, WEBHOOK)
            return json_response(self.messages.json(original))
        if not source.channel.joined and len(source.followups) >= FOLLOWUPS_WHERE_NOT_JOINED:
            raise too_many_followups()
        drafts.check(draft, settable=SETTABLE)
        message = self.messages.create(source.channel, draft, source=source)
        source.followups.append(message)
        return json_response(self.messages.json(message))

    async def get(self, request: web.Request) -> web.StreamResponse:
        return json_response(self.messages.json(self._message(request)))

    async def patch(self, request: web.Request) -> web.StreamResponse:
        draft = await drafts.read(request, self.world.attachment_limit)
        message = self._message(request)
        drafts.check_edit(draft, message)
        self.access.to_edit(self.world.channels[message.channel_id])
        self.messages.edit(message, draft, WEBHOOK)
        return json_response(self.messages.json(message))

    async def delete(self, request: web.Request) -> web.StreamResponse:
        self.messages.delete(self._message(request))
        return no_content()

    def _source(self, request: web.Request) -> Interaction:
        source = self.world.interactions.get(request.match_info["webhook_token"])
        if request.match_info["webhook_id"] != self.world.bot.id:
            raise unknown_webhook()
        if source is None or self.world.clock.now() > source.created + self.token_life:
            raise invalid_webhook_token()
        if source.acknowledged_at is None:
            raise unknown_webhook()
        self.access.to_answer(source.channel)
        return source

    def _message(self, request: web.Request) -> Message:
        source, wanted = self._source(request), request.match_info["message_id"]
        mine = [each for each in (source.response, *source.followups) if each is not None]
        found = source.response if wanted == "@original" else next((each for each in mine if each.id == wanted), None)
        if found is None or found.deleted:
            raise unknown_message()
        return found


def _choices(fields: dict[str, Any]) -> list[dict[str, Any]]:
    choices = fields.get("choices")
    if not isinstance(choices, list) or len(choices) > 25:
        raise invalid("data.choices", "Must be 25 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    for index, each in enumerate(choices):
        if not 1 <= len(str(each.get("name", ""))) <= 100 or len(str(each.get("value", ""))) > 100:
            raise _bad_choice(index)
    return choices


def _bad_choice(index: int) -> Refusal:
    return invalid(f"data.choices.{index}", "Must be between 1 and 100 in length.", "BASE_TYPE_BAD_LENGTH")


def _type(source: Interaction) -> int:
    """The answer to a command of either menu has its own message type; a component's is a reply to its message."""
    if source.type is not InteractionType.COMMAND:
        return 0
    return 20 if source.data["type"] == 1 else 23

"""What the bot offers in other chats: results of inline queries, and the one answer of a guest.

Limits: Bot API 10.1. Not published, and assumed here (2026-11-29): that a query can be answered for 30 seconds, and the
words of the refusals, which are the server's for other methods.
"""

from typing import Any

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.rich import rich_of
from simulators.telegram.sending import CAPTION_LIMIT, TEXT_LIMIT, markup_of, show, text_of
from simulators.telegram.updates import LIVES
from simulators.telegram.values import Chat, InlineQuery, Json, Message, User
from simulators.telegram.world import World

RESULT_LIMIT, ID_LIMIT, OFFSET_LIMIT = 50, 64, 64  # results, and bytes
QUERY_LIMIT = 256
DEFAULT_CACHE_SECONDS = 300
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
KINDS = {
    "article", "audio", "contact", "document", "game", "gif", "location", "mpeg4_gif", "photo", "sticker", "venue",
    "video", "voice",
}  # fmt: skip


def answer_inline_query(world: World, call: Parameters) -> bool:
    query = world.inline_queries.get(call.text("inline_query_id"))
    if query is None or query.results is not None or world.clock.now() - query.at > LIVES["inline_query"] * world.scale:
        raise bad(TOO_OLD)
    results = call.array("results")
    if len(results) > RESULT_LIMIT:
        raise bad("RESULTS_TOO_MUCH")
    if len(call.text("next_offset").encode()) > OFFSET_LIMIT:
        raise bad("NEXT_OFFSET_INVALID")
    for each in results:
        _content(world, call, each)
    if len({each["id"] for each in results}) < len(results):
        raise bad("RESULT_ID_DUPLICATE")
    query.results = results
    query.next_offset = call.text("next_offset")
    query.button = call.mapping("button")
    query.personal = call.flag("is_personal")
    query.until = world.clock.now() + call.integer("cache_time", DEFAULT_CACHE_SECONDS)
    return True


def answer_guest_query(world: World, call: Parameters) -> Json:
    """One answer, and no second one."""
    query = world.guests.get(call.text("guest_query_id"))
    if query is None or query.answer is not None:
        raise bad(TOO_OLD)
    caller = {"guest_bot_caller_user": query.message.sender.json}
    query.answer = place(world, call, call.mapping("result"), world.bot, query.message.chat, caller, editable=True)
    return {"inline_message_id": query.answer.inline_id}


def cached(world: World, user: User, text: str, offset: str) -> InlineQuery | None:
    """An answer to the same query that is still good, for everybody or for this person."""
    for each in world.inline_queries.values():
        same = (each.text, each.offset) == (text, offset) and (not each.personal or each.user is user)
        if same and each.results is not None and each.until > world.clock.now():
            return each
    return None


def place(
    world: World, call: Parameters, result: Json, sender: User, chat: Chat, extra: Json, *, editable: bool = False
) -> Message:
    """The message that a result becomes, in a chat that the bot need not know.

    The bot can edit it by its inline id, which it has only with a keyboard under it, or where it is `editable` anyway.
    """
    text, entities, rich, content = _content(world, call, result)
    markup = markup_of(content)
    message = Message(
        next(world.ids), chat, sender, "", [], world.date, reply_markup=markup, extra=extra, rich=rich,
        inline_id=f"inline{next(world.ids)}" if markup or editable else "",
    )  # fmt: skip
    show(content, message, text, entities)
    world.written.append(message)
    world.messages[chat.id, message.id] = message
    if message.inline_id:
        world.inline_messages[message.inline_id] = message
    return message


def _content(world: World, call: Parameters, result: Any) -> tuple[str, list[Json], Json, Parameters]:
    """(text, entities, rich message, the content's parameters) of a result that Telegram takes."""
    if not isinstance(result, dict) or result.get("type") not in KINDS:
        raise bad("can't parse inline query result: unsupported type specified")
    if not 1 <= len(str(result.get("id", "")).encode()) <= ID_LIMIT:
        raise bad("RESULT_ID_INVALID")
    given = result.get("input_message_content")
    if result["type"] == "article" and not (result.get("title") and isinstance(given, dict)):
        raise bad("can't parse inline query result: an article needs a title and input_message_content")
    parameters = call.inside({"reply_markup": result.get("reply_markup"), **(given or result)})
    markup_of(parameters)
    if "rich_message" in (given or {}):
        return (*_richly(parameters), parameters)
    if given is None:
        return (*text_of(world, parameters, "caption", "caption_entities", CAPTION_LIMIT), {}, parameters)
    text, entities = text_of(world, parameters, "message_text", "entities", TEXT_LIMIT)
    if not text:
        raise bad("message text is empty")
    return text, entities, {}, parameters


def _richly(parameters: Parameters) -> tuple[str, list[Json], Json]:
    source, rich = rich_of(parameters)
    return source, [], rich

"""Which updates are for us, and what they become."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from adapters.telegram.context import Us
from adapters.telegram.events import event_of
from adapters.telegram.place import Place, place_of
from adapters.telegram.request import UNREADABLE, UpdatesRequest
from bot.events import Attachment, Author, Chat, Event
from simulators.telegram.text import with_found
from tests.adapters.telegram.test_request import json_values, paths

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SENT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
US = Us(99, "parley_bot", frozenset({"chat", "new"}), frozenset({"friend_bot", "55"}))
ALICE = {"id": 1, "is_bot": False, "first_name": "Alice", "last_name": "L", "username": "alice", "language_code": "de"}
WE = {"id": 99, "is_bot": True, "first_name": "Parley", "username": "parley_bot"}
PRIVATE = {"id": 1, "type": "private", "first_name": "Alice"}
GROUP = {"id": -5, "type": "supergroup", "title": "Garden"}


def message(text: str = "", **fields: Any) -> dict[str, Any]:
    written = {"text": text, "entities": with_found(text, [])} if text else {}
    plain = {"message_id": 7, "date": int(SENT.timestamp()), "chat": GROUP, "from": ALICE, **written}
    return {name: value for name, value in {**plain, **fields}.items() if value is not None}


def read(**update: Any) -> Event | None:
    return event_of([Update.de_json({"update_id": 3, **update})], US, NOW)


def asked(text: str = "", **fields: Any) -> Event | None:
    return read(message=message(text, **fields))


OURS = message("an answer", **{"from": WE}, message_id=6)


def test_a_private_message_becomes_an_event() -> None:
    assert asked("hello", chat=PRIVATE) == Event(
        platform="telegram",
        bot="99",
        id="3",
        message="7",
        kind="ask",
        author=Author("1", "Alice L", "de", admin=False, username="alice"),
        chat=Chat("1", "1", private=True),
        at=SENT,
        handle=Place(1).handle,
        text="hello",
    )


def test_a_message_in_a_group_is_replied_to_and_its_author_may_be_an_administrator() -> None:
    event = asked("@parley_bot hello")
    assert event
    assert event.chat == Chat("-5", "-5")
    assert event.author.admin is None
    assert place_of(event.handle) == Place(-5, reply=7)


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("/chat", "chat", ""),
        ("/chat how are you", "chat", "how are you"),
        ("/Chat@Parley_Bot how\nare you", "chat", "how\nare you"),
        ("/unknown@parley_bot x", "unknown", "x"),
        ("@parley_bot /new", "new", ""),
        ("@parley_bot hello", "", "hello"),
        ("@PARLEY_BOT hello", "", "hello"),
        ("@parley_bot", "", ""),
        ("hello @parley_bot", "", "hello"),
        ("say @parley_bot what is this", "", "say what is this"),
        ("😀😀 @parley_bot 😀?", "", "😀😀 😀?"),
        ("ask @other_bot or @parley_bot", "", "ask @other_bot or"),
    ],
)
def test_for_us_in_a_group(text: str, command: str, rest: str) -> None:
    event = asked(text)
    assert event
    assert (event.command, event.text) == (command, rest)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "/unknown x",
        "/chat@other_bot x",
        "/chat@parley_bots x",
        "@parley_bots hello",
        "parley_bot",
        "a@parley_bot",
    ],
)
def test_not_for_us_in_a_group(text: str) -> None:
    assert asked(text) is None


def test_a_mention_in_code_is_none() -> None:
    assert asked("@parley_bot", entities=[{"type": "code", "offset": 0, "length": 11}]) is None


def test_a_mention_without_a_username() -> None:
    event = asked("Parley, hello", entities=[{"type": "text_mention", "offset": 0, "length": 6, "user": WE}])
    assert event
    assert event.text == ", hello"


def test_a_reply_to_us_is_for_us_and_quotes_what_it_answers() -> None:
    event = asked("why?", reply_to_message=OURS)
    assert event
    assert (event.text, event.quotes) == ("why?", (("Parley", "an answer"),))


def test_a_reply_to_us_may_be_for_another_bot() -> None:
    assert asked("/chat@other_bot x", reply_to_message=OURS) is None


def test_a_reply_to_somebody_else_is_for_us_only_with_our_name() -> None:
    theirs = message("a thing", message_id=5)
    assert asked("why?", reply_to_message=theirs) is None
    event = asked("why, @parley_bot?", reply_to_message=theirs)
    assert event
    assert event.quotes == (("Alice L", "a thing"),)


def test_of_a_partial_quote_only_that_part_is_quoted() -> None:
    event = asked("why?", reply_to_message=OURS, quote={"text": "answer", "position": 3})
    assert event
    assert event.quotes == (("Parley", "answer"),)


def test_in_private_everything_is_for_us() -> None:
    for text, command, rest in [("/x y", "x", "y"), ("/x@other_bot y", "x", "y"), ("say /x", "", "say /x")]:
        event = asked(text, chat=PRIVATE)
        assert event
        assert (event.command, event.text) == (command, rest)


def test_a_caption_is_the_text_and_the_photo_or_document_is_attached() -> None:
    sizes = [{"file_id": f"p{n}", "file_unique_id": f"u{n}", "width": n, "height": n, "file_size": n} for n in (1, 9)]
    event = asked(caption="what is this?", photo=sizes, chat=PRIVATE)
    assert event
    assert (event.text, event.attachments) == ("what is this?", (Attachment("photo.jpg", "image/jpeg", 9, "p9"),))
    document = {
        "file_id": "d",
        "file_unique_id": "u",
        "file_name": "a.py",
        "mime_type": "text/x-python",
        "file_size": 5,
    }
    event = asked(document=document, chat=PRIVATE)
    assert event
    assert (event.text, event.attachments) == ("", (Attachment("a.py", "text/x-python", 5, "d"),))


def test_a_mention_in_a_caption_counts() -> None:
    document = {"file_id": "d", "file_unique_id": "u"}
    event = asked(caption="@parley_bot read", caption_entities=with_found("@parley_bot read", []), document=document)
    assert event
    assert (event.text, event.attachments) == ("read", (Attachment("document", "application/octet-stream", 0, "d"),))
    assert asked(caption="read", document=document) is None


def test_a_topic_is_a_thread_and_a_mere_reply_is_not() -> None:
    event = asked("@parley_bot x", message_thread_id=12, is_topic_message=True)
    assert event
    assert event.chat.thread == "12"
    assert place_of(event.handle) == Place(-5, thread=12, reply=7)
    event = asked("@parley_bot x", message_thread_id=12)
    assert event
    assert event.chat.thread == ""


def test_other_bots_are_answered_only_if_config_names_them() -> None:
    def from_bot(username: str, id: int) -> Event | None:
        return asked("@parley_bot x", **{"from": {"id": id, "is_bot": True, "first_name": "B", "username": username}})

    assert from_bot("other_bot", 44) is None
    assert from_bot("Friend_Bot", 45)
    assert from_bot("nobody_bot", 55)


def test_an_anonymous_administrator_is_known_as_one() -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    event = asked("@parley_bot x", **{"from": anonymous}, sender_chat=GROUP)
    assert event
    assert event.author == Author("-5", "Garden", admin=True)
    channel = {"id": -9, "type": "channel", "title": "News"}
    event = asked("@parley_bot x", **{"from": anonymous}, sender_chat=channel)
    assert event
    assert event.author == Author("-9", "News", admin=False)


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"edited_message": message("hello", edit_date=int(SENT.timestamp()))},
        {"channel_post": message("@parley_bot hello", chat={"id": -9, "type": "channel", "title": "News"})},
        {"message": message("@parley_bot hello", chat={"id": -9, "type": "channel", "title": "News"})},
        {"message": message(chat=PRIVATE, new_chat_members=[ALICE])},
        {"message": message("@parley_bot hello", **{"from": WE})},
        {"message": message("@parley_bot hello", is_automatic_forward=True)},
    ],
)
def test_not_answered(update: dict[str, Any]) -> None:
    assert read(**update) is None


def pressed(data: str | None, **changes: Any) -> Event | None:
    query = {"id": "q", "from": ALICE, "chat_instance": "i", "message": OURS, "data": data, **changes}
    return read(callback_query={name: value for name, value in query.items() if value is not None})


def test_a_press_becomes_an_event() -> None:
    event = pressed("retry:q7")
    assert event
    assert (event.kind, event.press, event.id, event.message, event.at) == ("press", ("retry", "q7"), "3", "6", NOW)
    assert event.author.name == "Alice L"
    assert place_of(event.handle) == Place(-5, reply=6)


def test_a_press_on_a_message_that_telegram_no_longer_shows() -> None:
    event = pressed("retry:q7", message={"message_id": 6, "date": 0, "chat": PRIVATE})
    assert event
    assert (event.chat.private, place_of(event.handle)) == (True, Place(1))


@pytest.mark.parametrize("data", [None, "", "retry", ":q7", "retry:"])
def test_a_foreign_press_is_not_answered(data: str | None) -> None:
    assert pressed(data) is None
    assert pressed(data, message=None, inline_message_id="i") is None
    assert pressed("retry:q7", message=None) is None


FULL = message(
    "@parley_bot hello 😀", reply_to_message=OURS, message_thread_id=3, is_topic_message=True, quote={"text": "a"}
)


@given(st.sampled_from(paths(FULL)[1:]), json_values)
def test_no_update_does_more_harm_than_being_unreadable(path: tuple[Any, ...], value: Any) -> None:
    inner = update = json.loads(json.dumps({"update_id": 1, "message": FULL}))
    for key in ("message", *path[:-1]):
        inner = inner[key]
    inner[path[-1]] = value
    (received,) = UpdatesRequest.parse_json_payload(json.dumps({"ok": True, "result": [update]}).encode())["result"]
    with suppress(*UNREADABLE):
        update = Update.de_json(received)
        event_of([update, update], US, NOW)

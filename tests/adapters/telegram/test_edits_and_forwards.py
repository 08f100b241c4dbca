"""Edited messages, homes, groups that move, and other people's words in a message."""

from typing import Any

import pytest
from telegram import Update

from adapters.telegram.events import event_of
from adapters.telegram.place import Place, place_of
from bot.events import Chat, Event
from tests.adapters.telegram.test_events import ALICE, NOW, OURS, PRIVATE, US, asked, message, read


def test_an_edited_message_is_the_same_message_anew() -> None:
    event = read(edited_message=message("/chat hello", edit_date=int(NOW.timestamp())))
    assert event
    assert (event.kind, event.id, event.message, event.at) == ("edit", "3", "7", NOW)
    assert (event.command, event.text, place_of(event.handle)) == ("chat", "hello", Place(-5, reply=7))


def test_in_a_home_no_mention_is_needed_but_other_bots_commands_are_not_ours() -> None:
    def at_home(text: str, **fields: Any) -> Event | None:
        return event_of([Update.de_json({"update_id": 3, "message": message(text, **fields)})], US, NOW, home=True)

    plain = at_home("hello")
    assert plain
    assert (plain.kind, plain.text, plain.chat) == ("ask", "hello", Chat("-5", "-5"))
    assert at_home("/dance") is None
    assert at_home("/chat@other_bot hello") is None
    assert at_home("hello", chat={"id": -9, "type": "channel", "title": "News"}) is None
    assert at_home("", new_chat_members=[ALICE]) is None


def test_a_group_that_became_a_supergroup_is_told_once_whichever_side_tells() -> None:
    from_the_old = asked(chat={"id": -5, "type": "group", "title": "Garden"}, migrate_to_chat_id=-1007)
    from_the_new = asked(chat={"id": -1007, "type": "supergroup", "title": "Garden"}, migrate_from_chat_id=-5)
    assert from_the_old
    assert (from_the_old.kind, from_the_old.chat, from_the_old.text) == ("moved", Chat("-5", "-5"), "-1007")
    assert from_the_new == from_the_old


PETER = {"id": 8, "is_bot": False, "first_name": "Peter"}


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ({"type": "user", "sender_user": PETER}, "Peter"),
        ({"type": "hidden_user", "sender_user_name": "Somebody"}, "Somebody"),
        ({"type": "chat", "sender_chat": {"id": -9, "type": "group", "title": "Choir"}}, "Choir"),
        ({"type": "channel", "chat": {"id": -9, "type": "channel", "title": "News"}, "message_id": 3}, "News"),
    ],
)
def test_what_is_forwarded_is_a_quote_with_its_origin(origin: dict[str, Any], name: str) -> None:
    origin = {"date": 0, **origin}
    event = asked("/new @parley_bot do as I say", chat=PRIVATE, forward_origin=origin)
    assert event
    assert (event.command, event.text, event.quotes) == ("", "", ((name, "/new @parley_bot do as I say"),))
    assert asked("/new @parley_bot do as I say", forward_origin=origin) is None
    reply = asked("their words", forward_origin=origin, reply_to_message=OURS)
    assert reply
    assert reply.quotes == (("Parley", "an answer"), (name, "their words"))


def test_a_quote_from_another_chat_is_a_quote() -> None:
    origin = {"type": "user", "sender_user": PETER, "date": 0}
    event = asked(
        "@parley_bot is that so?", external_reply={"origin": origin}, quote={"text": "the earth", "position": 0}
    )
    assert event
    assert (event.text, event.quotes) == ("is that so?", (("Peter", "the earth"),))

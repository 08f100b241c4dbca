"""What stands with a message: files, and people."""

from typing import Any

import pytest

from bot.events import Attachment, Author
from simulators.telegram.text import with_found
from tests.adapters.telegram.test_events import OURS, PRIVATE, asked, message


@pytest.mark.parametrize(
    ("kind", "said", "name", "media_type"),
    [
        ("audio", {"file_name": "a.m4a", "mime_type": "audio/mp4"}, "a.m4a", "audio/mp4"),
        ("audio", {}, "audio.mp3", "audio/mpeg"),
        ("voice", {}, "voice.ogg", "audio/ogg"),
    ],
)
def test_sounds_are_attached(kind: str, said: dict[str, str], name: str, media_type: str) -> None:
    sound = {"file_id": "s", "file_unique_id": "u", "duration": 1, "file_size": 4, **said}
    fields: dict[str, Any] = {"chat": PRIVATE, kind: sound}
    event = asked(caption="/try whisper", caption_entities=with_found("/try whisper", []), **fields)
    assert event
    assert (event.command, event.text) == ("try", "whisper")
    assert event.attachments == (Attachment(name, media_type, 4, "s"),)


def test_the_files_of_the_message_replied_to_count_where_there_are_no_others() -> None:
    def document(name: str) -> dict[str, str]:
        return {"file_id": name, "file_unique_id": name, "file_name": name, "mime_type": "text/plain"}

    theirs = message(message_id=5, document=document("theirs"), caption="a newsletter")
    event = asked("/chat@parley_bot shorten this", reply_to_message=theirs)
    assert event
    assert [each.name for each in event.attachments] == ["theirs"]
    assert event.quotes == (("Alice L", "a newsletter"),)
    event = asked(caption="read", document=document("mine"), reply_to_message=theirs, chat=PRIVATE)
    assert event
    assert [each.name for each in event.attachments] == ["mine"]
    assert asked(reply_to_message=theirs, chat=PRIVATE) is None  # a sticker, say


BOB = {"id": 2, "is_bot": False, "first_name": "Bob", "username": "Bob_B"}


def test_whom_a_message_names_or_answers() -> None:
    named = with_found("/chat @parley_bot @ada @bob_b Bob you", [])
    person = {"type": "text_mention", "offset": 30, "length": 3, "user": {**BOB, "id": 3, "username": None}}
    event = asked("/chat @parley_bot @ada @bob_b Bob you", entities=[*named, person], reply_to_message=message("x"))
    assert event
    assert event.people == (
        Author("", "@ada", username="ada"),
        Author("", "@bob_b", username="bob_b"),
        Author("3", "Bob"),
        Author("1", "Alice L", "de", username="alice"),
    )


def test_nobody_is_named_twice_and_we_are_nobody() -> None:
    event = asked("@parley_bot who is @bob_b?", reply_to_message=message("x", **{"from": BOB}))
    assert event
    assert event.people == (Author("2", "Bob", username="Bob_B"),)
    event = asked("@parley_bot and you?", reply_to_message=OURS)
    assert event
    assert event.people == ()

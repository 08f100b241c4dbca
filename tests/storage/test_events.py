import json
from dataclasses import replace
from datetime import UTC
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from bot.events import Attachment, Author, Chat, Event, Handle
from storage.events import decode, encode
from tests.fakes import an_event

texts = st.text(st.characters(exclude_categories=()), max_size=20)
attachments = st.builds(Attachment, texts, texts, st.integers(), texts)
values = st.one_of(texts, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none(), attachments)
authors = st.builds(
    Author, texts, texts, texts, st.none() | st.booleans(), texts, st.lists(texts, max_size=2).map(tuple)
)
events = st.builds(
    Event,
    platform=texts,
    bot=texts,
    id=texts,
    message=texts,
    kind=st.sampled_from(["ask", "edit", "delete", "press", "moved"]),
    author=authors,
    chat=st.builds(Chat, texts, texts, texts, st.booleans()),
    at=st.datetimes(timezones=st.just(UTC)),
    handle=texts.map(Handle),
    text=texts,
    command=texts,
    values=st.none() | st.dictionaries(texts, values, max_size=3),
    press=st.none() | st.tuples(texts, texts),
    quotes=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    attachments=st.lists(attachments, max_size=3).map(tuple),
    people=st.lists(authors, max_size=2).map(tuple),
)


@given(events)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    again = decode(encode(event), event.handle)
    assert again == event
    if event.values:
        assert again.values
        assert [type(value) for value in again.values.values()] == [type(value) for value in event.values.values()]


def test_the_handle_is_not_in_it() -> None:
    assert "a token" not in encode(an_event(handle=Handle("a token")))


def test_any_mapping_of_values_is_kept() -> None:
    event = an_event(values=MappingProxyType({"count": 1}))
    assert decode(encode(event), event.handle) == replace(event, values={"count": 1})


def test_what_an_older_version_did_not_write_has_its_default() -> None:
    event = an_event("hello")
    older = json.loads(encode(event))
    for name in ("command", "people"):
        del older[name]
    for name in ("username", "roles"):
        del older["author"][name]
    assert decode(json.dumps(older), event.handle) == event

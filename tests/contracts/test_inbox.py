"""What `bot.inbox.Inbox` promises."""

import asyncio
import re
from datetime import UTC, datetime
from typing import get_args

import pytest

from bot.conversation.turns import Turn
from bot.events import Attachment, Author, Chat, ConversationKey, Event, Handle, Question
from bot.replies import End, Media
from tests.contracts.conftest import Remembering
from tests.fakes import an_event

EVERYTHING = Event(
    platform="fake",
    bot="bot",
    id="interaction-1",
    message="message-1",
    kind="ask",
    author=Author("42", "Ada 😀", "de", admin=True, username="ada", roles=("1", "2")),
    chat=Chat("server", "channel", "thread", private=True),
    at=datetime(2026, 11, 20, 12, 34, 56, 789012, tzinfo=UTC),
    handle=Handle('{"token": "abc"}'),
    text="hello\ud83d \x00 world",
    command="imagine",
    values={
        "prompt": "a boat",
        "count": 2,
        "scale": 2.0,
        "spoiler": True,
        "file": Attachment("a", "b/c", 3, "d"),
        "n": None,
    },
    press=("retry", "question-1"),
    quotes=(("Grace", "what she said"), ("", "")),
    attachments=(Attachment("cat.png", "image/png", 2**40, "1/2"),),
    people=(Author("43", "Grace"), Author("44", "", username="bob")),
    supersedes=("question-2", "question-1"),
)
PICTURES = (
    Media(bytes(range(256)) * 1000, "image/png", "cat.png", "a cat 😀", spoiler=True),
    Media(b"", "audio/flac", "song.flac"),
)


async def ask(store: Remembering, event: Event) -> Question:
    question = await store.inbox.accept(event, event.key, private=False)
    assert question is not None
    return question


async def found(store: Remembering, id: str) -> Question:
    question = await store.inbox.find(id)
    assert question is not None
    return question


@pytest.mark.parametrize("event", [an_event("hello"), EVERYTHING], ids=["plain", "everything"])
async def test_what_is_accepted_is_found_as_it_was(store: Remembering, event: Event) -> None:
    key = ConversationKey("fake", "bot", "channel", "", "")  # one memory for the whole chat
    accepted = await store.inbox.accept(event, key, private=True)
    assert accepted is not None
    assert accepted == Question(accepted.id, key, event, private=True, handle=event.handle)
    assert await store.inbox.find(accepted.id) == accepted


async def test_an_id_fits_into_a_button(store: Remembering) -> None:
    ids = {(await ask(store, an_event())).id for _ in range(20)}
    assert len(ids) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", each) for each in ids)


async def test_nothing_is_found_under_an_unknown_id(store: Remembering) -> None:
    assert await store.inbox.find("unknown") is None


async def test_a_repeat_is_accepted_once(store: Remembering) -> None:
    event = an_event()
    await ask(store, event)
    assert await store.inbox.accept(event, event.key, private=False) is None
    assert len(await store.inbox.unfinished("fake", "bot")) == 1


async def test_repeats_at_the_same_time_are_accepted_once(store: Remembering) -> None:
    event = an_event()
    answers = await asyncio.gather(*(store.inbox.accept(event, event.key, private=False) for _ in range(20)))
    assert len([question for question in answers if question]) == 1


async def test_the_same_id_of_another_bot_or_platform_is_no_repeat(store: Remembering) -> None:
    event = an_event()
    for other in (event, an_event(id=event.id, bot="other"), an_event(id=event.id, platform="other")):
        assert await store.inbox.accept(other, other.key, private=False)


async def test_an_ended_question_is_still_a_repeat(store: Remembering) -> None:
    event = an_event()
    await store.inbox.end((await ask(store, event)).id, "refused")
    assert await store.inbox.accept(event, event.key, private=False) is None


async def test_attempts_are_counted(store: Remembering) -> None:
    question = await ask(store, an_event())
    assert [await store.inbox.attempt(question.id) for _ in range(3)] == [1, 2, 3]
    assert (await found(store, question.id)).attempts == 3


async def test_a_checkpoint_keeps_what_is_on_the_screen_and_where(store: Remembering) -> None:
    question = await ask(store, an_event())
    for partial in ("Once", "Once upon"):
        await store.inbox.checkpoint(question.id, partial, Handle("page 1"))
    kept = await found(store, question.id)
    assert (kept.partial, kept.handle, kept.state) == ("Once upon", "page 1", "accepted")


async def test_a_conclusion_keeps_the_answer_before_it_is_delivered(store: Remembering) -> None:
    question = await ask(store, an_event())
    await store.inbox.checkpoint(question.id, "Once", Handle("page 1"))
    await store.inbox.conclude(question.id, "Once upon a time.", "length")
    kept = await found(store, question.id)
    assert (kept.state, kept.partial, kept.finish, kept.handle) == (
        "delivering",
        "Once upon a time.",
        "length",
        "page 1",
    )


async def test_a_late_checkpoint_keeps_the_answer_but_says_where_it_is(store: Remembering) -> None:
    question = await ask(store, an_event())
    await store.inbox.conclude(question.id, "Once upon a time.", "stop")
    await store.inbox.checkpoint(question.id, "Once", Handle("page 2"))
    kept = await found(store, question.id)
    assert (kept.state, kept.partial, kept.handle) == ("delivering", "Once upon a time.", "page 2")


async def test_nothing_is_shown_or_remembered_after_the_end(store: Remembering) -> None:
    question = await ask(store, an_event())
    await store.inbox.checkpoint(question.id, "Once", Handle("page 1"))
    await store.inbox.end(question.id, "cancelled")
    ended = await found(store, question.id)
    await store.inbox.checkpoint(question.id, "Once upon", Handle("page 2"))
    await store.inbox.conclude(question.id, "Once upon a time.", "stop", [Turn("user", "hello")])
    assert await found(store, question.id) == ended
    assert list(await store.archive.recent(question.key, 10)) == []
    assert await store.archive.before(question.id, 10) is None


async def test_what_happens_to_an_unknown_question_is_nothing(store: Remembering) -> None:
    await store.inbox.checkpoint("unknown", "text", Handle("handle"))
    await store.inbox.conclude("unknown", "text", "stop", [Turn("user", "hello")])
    await store.inbox.end("unknown", "answered")
    assert await store.inbox.attempt("unknown") == 0
    assert await store.inbox.find("unknown") is None


async def test_a_second_conclusion_changes_nothing(store: Remembering) -> None:
    question = await ask(store, an_event())
    for answer in ("first", "second"):
        await store.inbox.conclude(question.id, answer, "stop", [Turn("user", "hello"), Turn("assistant", answer)])
    assert (await found(store, question.id)).partial == "first"
    assert [turn.text for turn in await store.archive.recent(question.key, 10)] == ["hello", "first"]


async def test_media_are_kept_until_the_end(store: Remembering) -> None:
    questions = [await ask(store, an_event()) for _ in range(2)]
    assert list(await store.inbox.media(questions[0].id)) == []
    for question, media in zip(questions, (PICTURES, PICTURES[1:]), strict=True):
        await store.inbox.conclude(question.id, "Here they are.", "stop", media=media)
    await store.inbox.conclude(questions[0].id, "Others.", "stop", media=PICTURES[1:])  # a second one
    assert tuple(await store.inbox.media(questions[0].id)) == PICTURES
    for _ in range(2):
        await store.inbox.end(questions[0].id, "answered")
        assert list(await store.inbox.media(questions[0].id)) == []
    assert tuple(await store.inbox.media(questions[1].id)) == PICTURES[1:]


async def test_no_media_are_kept_of_what_has_ended_or_is_unknown(store: Remembering) -> None:
    question = await ask(store, an_event())
    await store.inbox.end(question.id, "cancelled")
    for one in (question.id, "unknown"):
        await store.inbox.conclude(one, "text", "stop", media=PICTURES)
        assert list(await store.inbox.media(one)) == []


@pytest.mark.parametrize("end", get_args(End))
async def test_there_is_one_end_which_wipes_the_handle(store: Remembering, end: End) -> None:
    question = await ask(store, an_event())
    await store.inbox.conclude(question.id, "answer", "stop")
    await store.inbox.end(question.id, end, "why")
    await store.inbox.end(question.id, "failed-told")
    kept = await found(store, question.id)
    assert (kept.state, kept.partial, kept.handle, kept.event.handle) == (end, "answer", "", "")


async def test_the_unfinished_come_oldest_first_and_of_one_bot(store: Remembering) -> None:
    questions = [await ask(store, an_event(author=Author(f"{n}", "Ada"), chat=Chat("", f"{-n}"))) for n in range(5)]
    await ask(store, an_event(bot="other"))
    await ask(store, an_event(platform="other"))
    await store.inbox.end(questions[1].id, "answered")
    await store.inbox.conclude(questions[0].id, "answer", "stop")
    left = await store.inbox.unfinished("fake", "bot")
    assert [question.id for question in left] == [questions[n].id for n in (0, 2, 3, 4)]
    assert left[0] == await store.inbox.find(questions[0].id)


async def test_nothing_is_unfinished_at_first(store: Remembering) -> None:
    assert list(await store.inbox.unfinished("fake", "bot")) == []


async def test_the_latest_is_the_newest_with_one_of_the_commands(store: Remembering) -> None:
    events = [
        an_event("old"),
        an_event("plain"),
        an_event("typed", command="chat"),
        an_event(command="help"),
        an_event("asked otherwise", command="chat", kind="edit"),
        an_event(kind="press", press=("retry", "x")),
        an_event("elsewhere", chat=Chat("space", "elsewhere")),
        an_event("somebody else's", author=Author("eve", "Eve")),
    ]
    questions = [await ask(store, event) for event in events]
    await store.inbox.end(questions[4].id, "answered")
    for commands, expected in ((("", "chat"), 4), (("",), 1), (("help", "new"), 3)):
        latest = await store.inbox.latest(events[0].key, commands)
        assert latest == await store.inbox.find(questions[expected].id)
    about = await store.inbox.latest(events[0].key, ("", "chat"), events[1].message)
    assert about == await store.inbox.find(questions[1].id)
    assert await store.inbox.latest(events[0].key, ("", "chat"), events[3].message) is None
    assert await store.inbox.latest(events[0].key, ("new",)) is None
    assert await store.inbox.latest(events[0].key, ()) is None


async def test_who_works_on_a_question_hears_that_it_is_to_be_stopped(store: Remembering) -> None:
    questions = [await ask(store, an_event()) for _ in range(3)]
    assert not await store.inbox.checkpoint(questions[0].id, "Once", Handle("page 1"))
    await store.inbox.stop(questions[0].id)
    assert await store.inbox.checkpoint(questions[0].id, "Once upon", Handle("page 1"))
    kept = [await found(store, each.id) for each in questions]
    assert [(each.state, each.finish) for each in kept] == [("accepted", "stopped"), ("accepted", ""), ("accepted", "")]
    await store.inbox.stop("unknown")


async def test_what_is_final_is_not_stopped(store: Remembering) -> None:
    question = await ask(store, an_event())
    await store.inbox.conclude(question.id, "Once upon a time.", "stop")
    await store.inbox.stop(question.id)
    assert not await store.inbox.checkpoint(question.id, "", Handle("page 1"))
    await store.inbox.end(question.id, "answered")
    await store.inbox.stop(question.id)
    assert (await found(store, question.id)).finish == "stop"


async def test_everything_in_a_conversation_is_stopped_but_one(store: Remembering) -> None:
    questions = [await ask(store, an_event()) for _ in range(4)]
    others = [await ask(store, an_event(author=Author("eve", "Eve"))), await ask(store, an_event(bot="other"))]
    await store.inbox.conclude(questions[0].id, "answer", "stop")
    assert await store.inbox.stop_all(questions[0].key, but=questions[3].id) == 2
    finishes = [(await found(store, each.id)).finish for each in (*questions, *others)]
    assert finishes == ["stop", "stopped", "stopped", "", "", ""]
    assert await store.inbox.stop_all(ConversationKey("fake", "bot", "nowhere", "", ""), but="") == 0


async def undeliverable(store: Remembering, text: str, **changes: object) -> Question:
    question = await ask(store, an_event(text, **changes))
    await store.inbox.attempt(question.id)
    await store.inbox.conclude(question.id, f"{text}!", "stop", media=PICTURES)
    await store.inbox.end(question.id, "undeliverable", "expired")
    return question


async def test_what_could_not_be_delivered_is_kept_newest_first(store: Remembering) -> None:
    questions = [await undeliverable(store, text) for text in ("one", "two", "three")]
    await undeliverable(store, "another's", author=Author("eve", "Eve"))
    never_made = await ask(store, an_event())
    await store.inbox.end(never_made.id, "undeliverable")
    answered = await ask(store, an_event())
    await store.inbox.conclude(answered.id, "answer", "stop")
    await store.inbox.end(answered.id, "answered")
    stopped = await ask(store, an_event())
    await store.inbox.conclude(stopped.id, "ans", "stopped")
    await store.inbox.end(stopped.id, "undeliverable")
    key = questions[0].key
    assert list(await store.inbox.kept(key, 2)) == [questions[2].id, questions[1].id]
    assert len(await store.inbox.kept(key, 9)) == 3
    assert tuple(await store.inbox.media(questions[0].id)) == PICTURES


async def test_it_is_delivered_at_another_place(store: Remembering) -> None:
    question = await undeliverable(store, "one")
    again = await store.inbox.reopen(question.id, Handle("page 7"))
    assert again is not None
    assert again == await store.inbox.find(question.id)
    assert (again.state, again.partial, again.finish, again.attempts) == ("delivering", "one!", "stop", 0)
    assert again.handle == again.event.handle == "page 7"
    assert await store.inbox.reopen(question.id, Handle("page 8")) is None
    assert list(await store.inbox.kept(question.key, 9)) == []
    assert list(await store.inbox.unfinished("fake", "bot")) == [again]
    await store.inbox.end(question.id, "answered")
    assert (await found(store, question.id)).state == "answered"
    assert list(await store.inbox.media(question.id)) == []


async def test_only_what_is_kept_is_reopened(store: Remembering) -> None:
    question = await ask(store, an_event())
    for each in ("unknown", question.id):
        assert await store.inbox.reopen(each, Handle("page 7")) is None
    await store.inbox.end(question.id, "undeliverable")
    assert await store.inbox.reopen(question.id, Handle("page 7")) is None
    assert (await found(store, question.id)).state == "undeliverable"

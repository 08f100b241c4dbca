"""What `bot.inbox.Inbox.move` promises: a group keeps everything when it gets another id."""

from dataclasses import replace

from bot.conversation.turns import Turn
from bot.events import Author, Chat, Question
from bot.settings import home_setting, of_space
from tests.contracts.conftest import Remembering
from tests.contracts.test_inbox import ask, found
from tests.fakes import an_event

OLD, NEW = Chat("-1", "-1"), Chat("-1001", "-1001")
HERE, THERE = of_space("fake", "-1"), of_space("fake", "-1001")


async def move(store: Remembering) -> None:
    await store.inbox.move("fake", "bot", "-1", "-1001")


async def said(store: Remembering, words: str, chat: Chat) -> Question:
    question = await ask(store, an_event(words, chat=chat))
    parent = (await store.archive.recent(question.key, 1))[-1:]
    turns = [Turn("user", words, parent=parent[0].id if parent else ""), Turn("assistant", f"{words}!")]
    await store.inbox.conclude(question.id, f"{words}!", "stop", turns)
    await store.inbox.end(question.id, "answered")
    return question


async def texts(store: Remembering, chat: Chat) -> list[str]:
    return [turn.text for turn in await store.archive.recent(an_event(chat=chat).key, 20)]


async def test_history_and_topics_follow(store: Remembering) -> None:
    first = await said(store, "hello", OLD)
    await said(store, "elsewhere", Chat("-2", "-2"))
    await said(store, "in a topic", replace(OLD, thread="7"))
    for _ in range(2):  # a repeat changes nothing
        await move(store)
        assert await texts(store, NEW) == ["hello", "hello!"]
        assert await texts(store, replace(NEW, thread="7")) == ["in a topic", "in a topic!"]
        assert await texts(store, OLD) == []
        assert await texts(store, Chat("-2", "-2")) == ["elsewhere", "elsewhere!"]
    await said(store, "again", NEW)
    assert await texts(store, NEW) == ["hello", "hello!", "again", "again!"]
    assert (await found(store, first.id)).key == first.key.__class__("fake", "bot", "-1001", "", "ada")


async def test_open_questions_follow_with_their_place(store: Remembering) -> None:
    question = await ask(store, an_event("hello", chat=replace(OLD, thread="7")))
    ended = await said(store, "before", OLD)
    other = await ask(store, an_event("hello", chat=OLD, bot="other"))
    await move(store)
    moved = await found(store, question.id)
    assert moved.event == replace(question.event, chat=replace(NEW, thread="7"))
    assert moved.key == moved.event.key
    assert moved.handle == question.handle
    assert (await found(store, ended.id)).event.chat == OLD, "what has ended stays as it was"
    assert await store.inbox.find(other.id) == other
    assert moved in await store.inbox.unfinished("fake", "bot")


async def test_what_is_there_already_stays_and_is_joined(store: Remembering) -> None:
    old = await said(store, "old", OLD)
    new = await said(store, "new", NEW)
    bare = await ask(store, an_event("nothing said yet", chat=NEW, author=Author("eve", "Eve")))
    await store.inbox.conclude(
        (await ask(store, an_event("eve's", chat=OLD, author=Author("eve", "Eve")))).id,
        "hers",
        "stop",
        [Turn("user", "eve's")],
    )
    await move(store)
    assert await texts(store, NEW) == ["new", "new!"]
    assert [(await found(store, each.id)).key.chat for each in (old, new, bare)] == ["-1001"] * 3
    assert [turn.text for turn in await store.archive.recent(bare.key, 9)] == ["eve's"]
    assert list(await store.archive.before(old.id, 9) or ()) == []


async def test_settings_grants_and_their_audit_follow(store: Remembering) -> None:
    settings = store.settings
    await settings.change("person:fake:ada", HERE, "persona.name", "pirate")
    await settings.change("person:fake:ada", HERE, "persona.name", "poet")
    await settings.change("person:fake:ada", HERE, home_setting("-1"), "yes")
    await settings.write("instance", "grant|chat:fake:-1|imagine", "deny")
    await settings.write("instance", "grant|chat:fake:-10|imagine", "allow")
    await settings.write(HERE, "model.chat", "org/old")
    await settings.write(THERE, "model.chat", "org/new")
    before = await settings.history(HERE, "", 9)
    for _ in range(2):
        await move(store)
        of = await settings.of([HERE, THERE, "instance"])
        assert of[HERE] == {}
        assert of[THERE] == {"persona.name": "poet", home_setting("-1001"): "yes", "model.chat": "org/new"}
        grants = {name: value for name, value in of["instance"].items() if name.startswith("grant|")}
        assert grants == {"grant|chat:fake:-1001|imagine": "deny", "grant|chat:fake:-10|imagine": "allow"}
        after = await settings.history(THERE, "", 9)
        names = [home_setting("-1001"), "persona.name", "persona.name"]
        assert [replace(each, scope=THERE, name=name) for each, name in zip(before, names, strict=True)] == list(after)
        assert list(await settings.history(HERE, "", 9)) == []

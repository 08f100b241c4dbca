"""Files of an answer over the wire: each arrives, once, whatever comes between."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.telegram.messages import REPEATED
from adapters.telegram.place import Place, place_of
from adapters.telegram.surface import NO_FILES, NOT_ALL_FILES
from bot.errors import Unavailable
from bot.events import Question
from bot.replies import Button, Media, Page, Surface
from simulators.media import png, wav
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from simulators.telegram.values import Message
from tests.adapters.telegram.rig import Answering, Door, serving
from tests.adapters.telegram.test_surface import answered, ours, refusal
from tests.polling import until

AGAIN = Button("again", "Again")
FILES = r"/send(Photo|Audio|Voice|Document|MediaGroup)$"
TURNS = r"/editMessageMedia$"


def picture(name: str = "a", caption: str = "", **more: Any) -> Media:
    return Media(png(name), "image/png", f"{name}.png", caption, **more)


def sound(media_type: str, name: str) -> Media:
    return Media(b"a tune", media_type, name)


def giving(*media: Media, text: str = "Here.", note: str = "") -> Answering:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("", "Painting …")])
        await surface.finish([Page(text, note)], [AGAIN], media)

    return answer


def given(sim: TelegramSimulator) -> Sequence[Message]:
    return ours(sim, sim.private(sim.alice))


def buttons(message: Message) -> list[str]:
    rows = (message.reply_markup or {}).get("inline_keyboard", [])
    return [each["callback_data"] for row in rows for each in row]


async def test_the_text_becomes_the_one_picture(sim: TelegramSimulator) -> None:
    await answered(sim, giving(picture(caption="seed **7**", spoiler=True), text="A *cat*", note="by a model"))
    (message,) = given(sim)
    assert (message.kind, message.data, message.spoiler) == ("photo", png("a"), True)
    assert message.text == "A cat\n\nseed 7\n\nby a model"
    assert [each["type"] for each in message.entities] == ["italic", "bold", "italic"]
    assert buttons(message) == ["again:q0"]


async def test_a_long_text_stays_and_the_picture_follows(sim: TelegramSimulator) -> None:
    await answered(sim, giving(picture(caption="seed 7"), text="word " * 250))
    text, photo = given(sim)
    assert (text.kind, buttons(text)) == ("", ["again:q0"])
    assert (photo.kind, photo.text, photo.data) == ("photo", "seed 7", png("a"))


async def test_several_pictures_are_one_album(sim: TelegramSimulator) -> None:
    await answered(sim, giving(*(picture(name, f"seed {name}", spoiler=name == "b") for name in "abcd")))
    text = given(sim)[0]
    (album,) = sim.albums(sim.private(sim.alice))
    assert (text.text, buttons(text)) == ("Here.", ["again:q0"])
    assert [(each.kind, each.text, each.data, each.spoiler) for each in album] == [
        ("photo", f"seed {name}", png(name), name == "b") for name in "abcd"
    ]


@pytest.mark.parametrize(
    ("media", "kinds"),
    [
        ([sound("audio/mpeg", "a.mp3")], ["audio"]),
        ([sound("audio/ogg", "a.ogg")], ["", "voice"]),
        ([Media(wav("x"), "audio/wav", "a.wav")], ["document"]),
        ([picture(), sound("audio/mpeg", "a.mp3")], ["", "document", "document"]),
        ([sound("audio/mpeg", "a.mp3"), sound("audio/mpeg", "b.mp3")], ["", "audio", "audio"]),
        ([sound("audio/ogg", "a"), sound("audio/ogg", "b")], ["", "document", "document"]),
        ([Media(png("wide", 2100, 1), "image/png", "wide.png")], ["document"]),
        ([picture(), Media(png("wide", 2100, 1), "image/png", "wide.png")], ["", "document", "document"]),
        ([Media(png("a") + bytes(10 * 2**20), "image/png", "large.png")], ["document"]),
    ],
    ids=lambda each: ",".join(str(part.name if isinstance(part, Media) else part) for part in each),
)
async def test_what_each_file_becomes(sim: TelegramSimulator, media: list[Media], kinds: list[str]) -> None:
    await answered(sim, giving(*media))
    assert [message.kind for message in given(sim)] == kinds
    assert [message.data for message in given(sim) if message.kind] == [each.data for each in media]
    assert given(sim)[0].text == "Here."


async def test_files_beyond_what_telegram_takes_are_told(sim: TelegramSimulator) -> None:
    too_large = Media(bytes(50 * 2**20 + 1), "image/png", "large.png")
    await answered(sim, giving(too_large, *(picture(str(number)) for number in range(11))))
    assert len(given(sim)) == 11
    assert given(sim)[0].text == f"Here.\n\n{NOT_ALL_FILES}"


@pytest.mark.parametrize("fault", ["lose request", "lose response"])
async def test_a_picture_takes_the_texts_place_once_whatever_is_lost(sim: TelegramSimulator, fault: Any) -> None:
    sim.faults.append(Fault(TURNS, fault))
    await answered(sim, giving(picture()))
    assert [message.kind for message in given(sim)] == ["photo"]
    assert len(sim.seen(TURNS)) == 2


async def test_a_lost_response_costs_one_extra_album_at_most(
    sim: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    sim.faults.append(Fault(FILES, "lose response", times=2))
    await answered(sim, giving(picture("a"), picture("b")))
    assert len(sim.albums(sim.private(sim.alice))) == 2
    assert "may appear twice" in caplog.text


async def test_a_picture_in_the_place_of_a_repeated_text_says_so(sim: TelegramSimulator) -> None:
    sim.faults.append(Fault(r"/sendMessage$", "lose response"))
    await answered(sim, giving(picture()))
    assert [(message.kind, message.text) for message in given(sim)][1:] == [("photo", f"Here.\n\n{REPEATED}")]


async def test_a_question_that_is_gone_costs_no_files(sim: TelegramSimulator) -> None:
    door = Door(answering=giving(picture("a"), picture("b")))
    sim.faults.append(refusal(FILES, 400, "Bad Request: message to be replied not found"))
    async with serving(sim, door):
        sim.say(sim.alice, sim.group, "/chat paint")
        await until(lambda: door.running)
    assert len(sim.albums(sim.group)) == 1


async def test_refused_entities_cost_the_formatting_of_captions(sim: TelegramSimulator) -> None:
    words = "Bad Request: can't parse MessageEntity: unsupported type specified"
    sim.faults.append(refusal(f"{TURNS}|{FILES}", 400, words))
    await answered(sim, giving(picture(), text="**bold**"))
    assert [(message.kind, message.text, message.entities) for message in given(sim)] == [("photo", "bold", [])]


async def test_a_lost_request_is_repeated(sim: TelegramSimulator) -> None:
    sim.faults.append(Fault(FILES, "lose request"))
    await answered(sim, giving(picture("a"), picture("b")))
    assert len(sim.albums(sim.private(sim.alice))) == 1


async def test_the_caller_tries_again_when_telegram_is_away(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("Here.")])
        sim.faults.append(Fault(FILES, "lose response"))
        sim.faults.append(refusal(r"/getMe$", 401, "Unauthorized"))
        for _ in range(2):
            try:
                await surface.finish([Page("Here.")], (), [picture("a"), picture("b")])
            except Unavailable:
                continue
            handles.append(place_of(await surface.open([Page("Here.")])))

    handles: list[Place] = []
    await answered(sim, answer)
    assert len(sim.seen(FILES)) == 2
    assert handles[0].media == tuple(message.id for message in given(sim)[3:])


async def test_after_a_restart_the_handle_tells_what_was_sent(sim: TelegramSimulator) -> None:
    left: list[Question] = []
    album = [picture("a"), picture("b")]

    async def crash(question: Question, surface: Surface) -> None:
        await surface.open([Page("Here.")])
        await surface.finish([Page("Here.")], (), album)
        left.append(replace(question, handle=await surface.open([Page("Here.")])))

    await answered(sim, crash)
    door = Door(answering=giving(*album), unfinished=left)
    async with serving(sim, door):
        await until(lambda: door.running)
    assert len(sim.albums(sim.private(sim.alice))) == 1


async def test_after_a_restart_a_text_that_became_a_picture_is_that_still(sim: TelegramSimulator) -> None:
    left: list[Question] = []

    async def crash(question: Question, surface: Surface) -> None:
        left.append(replace(question, handle=await surface.open([Page("Here.")])))
        await surface.finish([Page("Here.")], [AGAIN], [picture()])

    await answered(sim, crash)
    door = Door(answering=giving(picture()), unfinished=left)
    async with serving(sim, door):
        await until(lambda: door.running)
    assert door.lost == []
    (message,) = given(sim)
    assert (message.kind, message.text, buttons(message)) == ("photo", "Here.", ["again:q0"])


@pytest.mark.parametrize("media", [[picture()], [picture("a"), picture("b")]], ids=["one", "two"])
async def test_where_files_are_forbidden_the_text_says_so(sim: TelegramSimulator, media: list[Media]) -> None:
    words = "Bad Request: not enough rights to send photos to the chat"
    sim.faults.append(refusal(f"{TURNS}|{FILES}", 400, words, times=9))
    door = await answered(sim, giving(*media))
    assert [message.text for message in given(sim)] == [f"Here.\n\n{NO_FILES}"]
    assert door.lost == []


async def test_who_blocked_us_gets_no_files(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("Here.")])
        sim.block(sim.alice)
        await surface.finish([Page("Here.")], (), [picture()])

    door = await answered(sim, answer)
    assert len(door.lost) == 1


async def test_an_album_counts_as_all_its_pictures_in_a_group(sim: TelegramSimulator) -> None:
    door = Door(answering=giving(*(picture(name) for name in "abcd")))
    async with serving(sim, door):
        for person in (sim.alice, sim.bob, sim.admin):
            sim.say(person, sim.group, "/chat paint")
        await until(lambda: len(door.running) == 3)
    assert [len(album) for album in sim.albums(sim.group)] == [4] * 3
    assert [entry for entry in sim.ledger if entry.status == 429] == []
    assert all(message.reply_to for album in sim.albums(sim.group) for message in album)


async def test_a_hold_is_waited_out_before_the_album(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("Here.")])
        sim.hold(sim.private(sim.alice), 20)
        await surface.finish([Page("Here.")], (), [picture("a"), picture("b")])

    await answered(sim, answer)
    assert len(sim.albums(sim.private(sim.alice))) == 1
    assert [entry.status for entry in sim.seen(FILES)] == [429, 200]

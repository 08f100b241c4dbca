"""Files, albums and pastes, both ways."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, InputMediaAudio, InputMediaDocument, InputMediaPhoto
from telegram.error import Forbidden, InvalidToken

from simulators.media import png
from simulators.telegram import TelegramSimulator
from simulators.telegram.pictures import size_of
from simulators.telegram.text import TEXT_LIMIT, parts, units
from tests.simulators.telegram_bot import keyboard, raw, refused, talking

Pair = tuple[TelegramSimulator, Bot]
MP3 = b"ID3 a tune"


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking(scale=0.001) as both:
        yield both


async def test_every_kind_of_file_is_taken_and_given_back(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_document(sim.alice.id, b"words", filename="a.txt", caption="A @bob_builder file")
    await bot.send_photo(sim.alice.id, png("x"), has_spoiler=True)
    await bot.send_audio(sim.alice.id, MP3, filename="a.mp3", reply_markup=keyboard("again:1"))
    sent = await bot.send_voice(sim.alice.id, b"OggS speech", filename="a.ogg")
    document, photo, audio, voice = sim.messages(sim.alice.id)
    assert (document.data, document.text, document.pings) == (b"words", "A @bob_builder file", ["@bob_builder"])
    assert (document.kind, document.name, document.media_type) == ("document", "a.txt", "text/plain")
    assert (photo.kind, photo.data, photo.spoiler, document.spoiler) == ("photo", png("x"), True, False)
    assert (audio.kind, audio.name, audio.media_type) == ("audio", "a.mp3", "audio/mpeg")
    assert (voice.kind, voice.media_type) == ("voice", "audio/ogg")
    assert sent.voice is not None
    file = await bot.get_file(sent.voice.file_id)
    assert bytes(await file.download_as_bytearray()) == b"OggS speech"
    assert sim.findings == []


async def test_files_that_are_refused(pair: Pair) -> None:
    sim, bot = pair
    await refused(bot.send_document(sim.alice.id, b"x", caption="x" * 1025), "caption is too long")
    await refused(bot.send_photo(sim.alice.id, b"pixels"), "IMAGE_PROCESS_FAILED")
    await refused(bot.send_photo(sim.alice.id, png("x", 21, 1)), "PHOTO_INVALID_DIMENSIONS")
    await refused(bot.send_photo(sim.alice.id, png("x", 1, 1) + b"x" * 10 * 2**20), "file is too big")
    await refused(bot.send_document(sim.alice.id, "nofile"), "wrong file identifier")
    assert (await raw(sim, "sendPhoto", chat_id=sim.alice.id))["error_code"] == 400
    await bot.send_audio(sim.alice.id, b"RIFF", filename="a.wav")
    assert len(sim.findings) == 1


async def test_an_album_is_sent_whole_or_not_at_all(pair: Pair) -> None:
    sim, bot = pair
    pictures = [InputMediaPhoto(png(str(number)), caption=f"number {number}") for number in range(3)]
    await bot.send_media_group(sim.alice.id, pictures)
    await bot.send_message(sim.alice.id, "between")
    await bot.send_media_group(sim.alice.id, [InputMediaDocument(b"x"), InputMediaDocument(b"y")])
    first, second = sim.albums(sim.alice.id)
    assert [(each.text, each.data) for each in first] == [(f"number {n}", png(str(n))) for n in range(3)]
    assert [each.data for each in second] == [b"x", b"y"]
    seen = len(sim.messages(sim.alice.id))
    await refused(bot.send_media_group(sim.alice.id, [pictures[0], InputMediaDocument(b"x")]), "mixed")
    await refused(bot.send_media_group(sim.alice.id, [*pictures, InputMediaPhoto(b"x")]), "IMAGE_PROCESS_FAILED")
    await refused(bot.send_media_group(sim.alice.id, pictures[:1]), "2 to 10")
    await refused(bot.send_media_group(sim.alice.id, pictures * 4), "2 to 10")
    assert len(sim.messages(sim.alice.id)) == seen


async def test_a_text_becomes_a_picture_and_stays_one(pair: Pair) -> None:
    sim, bot = pair
    sent = await bot.send_message(sim.alice.id, "soon", reply_markup=keyboard("stop:1"))
    for name in ("one", "two"):
        await bot.edit_message_media(
            InputMediaPhoto(png(name), caption=name, has_spoiler=True), sim.alice.id, sent.message_id
        )
    (message,) = sim.messages(sim.alice.id)
    assert (message.kind, message.data, message.spoiler, message.reply_markup) == ("photo", png("two"), True, None)
    assert message.history == ["soon", "one", "two"]
    await refused(bot.edit_message_text("x", sim.alice.id, message.id), "no text in the message")
    await bot.edit_message_caption(sim.alice.id, message.id, caption="three")
    assert message.text == "three"
    await bot.edit_message_media(InputMediaAudio(MP3, filename="a.mp3"), sim.alice.id, message.id)
    assert (message.kind, message.text) == ("audio", "")
    text = await bot.send_message(sim.alice.id, "text")
    await refused(bot.edit_message_caption(sim.alice.id, text.message_id, caption="x"), "no caption")


async def test_what_people_send_reaches_the_bot(pair: Pair) -> None:
    sim, bot = pair
    home = sim.private(sim.alice)
    first = sim.attach(sim.alice, home, "b.txt", b"letters", "text/plain", "/sentiment")
    sim.send(sim.alice, home, "look", photo=png("x"), reply_to=first)
    sim.send(sim.alice, home, voice=b"OggS")
    sim.send(sim.alice, sim.group, audio=("a.mp3", MP3, "audio/mpeg"))  # privacy mode holds it back
    document, photo, voice = [each.message for each in await bot.get_updates() if each.message]
    assert document.document is not None
    assert (document.caption, document.document.mime_type) == ("/sentiment", "text/plain")
    assert document.caption_entities[0].type == "bot_command"
    assert photo.reply_to_message is not None
    assert photo.reply_to_message.document == document.document
    assert voice.voice is not None
    for sent, data in ((photo.photo[-1], png("x")), (voice.voice, b"OggS"), (document.document, b"letters")):
        file = await bot.get_file(sent.file_id)
        assert bytes(await file.download_as_bytearray()) == data
    await refused(bot.get_file("nothing"), "wrong file_id")


async def test_an_album_of_a_person_is_a_message_for_each_file(pair: Pair) -> None:
    sim, bot = pair
    items = [(f"{name}.txt", name.encode(), "text/plain") for name in ("one", "two")]
    sim.send_album(sim.alice, sim.private(sim.alice), *items, caption="/sentiment")
    pictures = [("", png(name), "image/png") for name in ("one", "two")]
    sim.send_album(sim.alice, sim.private(sim.alice), *pictures)
    one, two, *rest = [each.message for each in await bot.get_updates() if each.message]
    assert (one.caption, two.caption, two.document and two.document.file_name) == ("/sentiment", None, "two.txt")
    assert one.media_group_id == two.media_group_id
    assert len({each.media_group_id for each in rest} - {one.media_group_id}) == 1
    assert all(each.photo for each in rest)


async def test_what_is_too_large_to_take_or_to_give(pair: Pair) -> None:
    sim, bot = pair
    await refused(bot.send_document(sim.alice.id, bytes(50 * 2**20 + 1)), "file is too big")
    large = sim.attach(sim.alice, sim.private(sim.alice), "a.bin", bytes(20 * 2**20 + 1), "application/zip")
    await refused(bot.get_file(large.file["document"]["file_id"]), "file is too big")


async def test_a_link_to_a_file_is_good_for_an_hour(pair: Pair) -> None:
    sim, bot = pair
    sent = sim.attach(sim.alice, sim.private(sim.alice), "a.txt", b"letters", "text/plain")
    file = await bot.get_file(sent.file["document"]["file_id"])
    sim.advance(3599)
    assert bytes(await file.download_as_bytearray()) == b"letters"
    sim.advance(1)
    with pytest.raises(InvalidToken):  # what the library takes every 404 for
        await file.download_as_bytearray()
    again = await bot.get_file(sent.file["document"]["file_id"])
    assert bytes(await again.download_as_bytearray()) == b"letters"


async def test_who_never_started_the_bot_cannot_be_written_to(pair: Pair) -> None:
    sim, bot = pair
    carol = sim.add_user("Carol", "carol_new")
    with pytest.raises(Forbidden, match="initiate"):
        await bot.send_message(carol.id, "hello")
    sim.say(carol, sim.private(carol), "/start")
    await bot.send_message(carol.id, "hello")
    dave = sim.add_user("Dave", "dave_new", started=True)
    await bot.send_message(dave.id, "hello")
    sim.join(carol, sim.group, "creator")
    sim.join(sim.admin, sim.group)
    assert [each.user.id for each in await bot.get_chat_administrators(sim.group.id)] == [carol.id]


def test_the_sizes_of_pictures() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x07\x00\x09"
    chunk = b"RIFF\x00\x00\x00\x00WEBP"
    extended = chunk + b"VP8X" + bytes(8) + b"\x08\x00\x00\x06\x00\x00"
    lossless = chunk + b"VP8L" + bytes(5) + (8 | 6 << 14).to_bytes(4, "little")
    lossy = chunk + b"VP8 " + bytes(10) + b"\x09\x00\x07\x00"
    assert [size_of(each) for each in (png("x", 9, 7), jpeg, extended, lossless, lossy)] == [(9, 7)] * 5
    assert [size_of(each[:-4]) for each in (png("x")[:20], jpeg, extended, lossless, lossy)] == [None] * 5
    assert size_of(b"GIF89a") is None


TEXTS = st.lists(st.text(st.sampled_from("ab😀é"), min_size=1, max_size=3000), max_size=12).flatmap(
    lambda words: st.lists(st.sampled_from([" ", "\n", "\n\n"]), min_size=len(words), max_size=len(words)).map(
        lambda breaks: "".join(word + gap for word, gap in zip(words, breaks, strict=True))
    )
)


@given(TEXTS)
def test_a_paste_loses_nothing_but_the_space_at_its_cuts(text: str) -> None:
    cut = parts(text)
    assert "".join("".join(cut).split()) == "".join(text.split())
    assert all(0 < units(part) <= TEXT_LIMIT and part == part.strip() for part in cut)


async def test_a_paste_is_cut_at_the_strongest_break(pair: Pair) -> None:
    sim, _ = pair
    first, second = "a" * 2500, "b c\nd " * 600
    shown = sim.paste(sim.alice, sim.private(sim.alice), f"/tweetify {first}\n\n{second}")
    assert [each.text for each in shown] == [f"/tweetify {first}", second.strip()]
    assert sim.pending == 2
    sim.paste(sim.alice, sim.group, f"/tweetify {first}\n\n{second}")
    assert sim.pending == 3  # privacy mode holds the second part back

"""Pictures and sounds: what one message takes, in one album, once."""

from typing import Any

import pytest

from adapters.discord.media import FILE_BYTES, FILES, REQUEST_BYTES, album, noted
from bot.replies import Button, Media, Page
from simulators.discord import DiscordSimulator
from simulators.simulator import Fault
from tests.adapters.discord.conftest import Desk, a_question, answers, asked, polite, running

RETRY = Button("retry", "Retry")
KINDS = ["message", "command"]
EDIT = r"PATCH .*/messages/"


def picture(data: bytes = b"png", **fields: Any) -> Media:
    return Media(**{"data": data, "media_type": "image/png", "name": "picture.png"} | fields)


class TestWhatIsTaken:
    def test_names_captions_and_spoilers(self) -> None:
        (upload,) = album([picture(name='a "b"\r\nc.png', caption="x" * 2000, spoiler=True)], FILE_BYTES).uploads
        assert upload.name == "SPOILER_a_b_c.png"
        assert len(upload.caption) == 1024

    def test_the_album_says_what_the_message_is_to_have(self) -> None:
        assert album([picture(caption="A cat"), picture(name="b.png")], FILE_BYTES).array == [
            {"id": 0, "filename": "picture.png", "description": "A cat"},
            {"id": 1, "filename": "b.png"},
        ]

    def test_a_file_that_is_too_large_is_left_out_and_said(self) -> None:
        taken = album([picture(b"x" * 11), picture(b"x" * 10)], 10)
        assert [len(each.data) for each in taken.uploads] == [10]
        assert taken.note.startswith("One file has no room here")

    def test_all_together_have_a_limit(self) -> None:
        large = picture(bytes(FILE_BYTES))
        taken = album([large, large, large, picture()], FILE_BYTES)
        assert [len(each.data) for each in taken.uploads] == [FILE_BYTES, FILE_BYTES, 3]
        assert sum(len(each.data) for each in taken.uploads) <= REQUEST_BYTES

    def test_there_are_ten(self) -> None:
        taken = album([picture()] * 12, FILE_BYTES)
        assert len(taken.uploads) == FILES
        assert taken.note.startswith("2 files have")

    def test_the_note_stands_under_the_last_page(self) -> None:
        pages = [Page("a", note="one"), Page("b", note="two")]
        assert [each.note for each in noted(pages, "three")] == ["one", "two\nthree"]
        assert noted(pages, "") is pages


@pytest.mark.parametrize("kind", KINDS)
class TestAlbum:
    async def test_it_goes_with_the_last_message(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            pages = [Page("one"), Page("two")]
            await surface.open(pages)
            media = [picture(caption="A cat"), Media(b"ogg", "audio/ogg", "cat.ogg", spoiler=True)]
            await surface.finish(pages, [RETRY], media)
        one, two = answers(sim)
        assert (one.attachments, sim.files(two)) == ([], [b"png", b"ogg"])
        assert [(each.name, each.media_type, each.description) for each in two.attachments] == [
            ("picture.png", "image/png", "A cat"),
            ("SPOILER_cat.ogg", "audio/ogg", ""),
        ]
        assert two.content == "two"
        assert two.components
        polite(sim)

    async def test_a_repeat_changes_nothing(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open([Page("one")])
            await surface.finish([Page("one")], (), [picture()])
            requests = len(sim.seen(EDIT))
            await surface.finish([Page("one")], (), [picture()])
            assert len(sim.seen(EDIT)) == requests
            await surface.finish([Page("one")], [RETRY])
        assert sim.files(answers(sim)[0]) == [b"png"]
        assert answers(sim)[0].components

    @pytest.mark.parametrize("fault", ["lose request", "lose response"])
    async def test_a_lost_one_is_sent_again(self, sim: DiscordSimulator, desk: Desk, kind: str, fault: Any) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open([Page("one")])
            sim.faults.append(Fault(EDIT, fault))
            await surface.finish([Page("one")], (), [picture(), picture(b"other")])
        assert sim.files(answers(sim)[0]) == [b"png", b"other"]
        assert len(answers(sim)) == 1

    async def test_a_restart_doubles_nothing(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk) as adapter:
            surface = await asked(sim, desk, kind)
            handle = await surface.open([Page("one")])
            await surface.finish([Page("one")], (), [picture()])
            again = adapter.revive(a_question("q1", desk.events[0], handle))
            await again.finish([Page("one")], (), [picture()])
        assert [sim.files(each) for each in answers(sim)] == [[b"png"]]

    async def test_nothing_was_opened(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.finish([Page("")], (), [picture()])
        (answer,) = answers(sim)
        assert (answer.content, sim.files(answer)) == ("", [b"png"])

    async def test_a_picture_that_is_too_large_is_said(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.finish([Page("one")], (), [picture(bytes(FILE_BYTES + 1)), picture()])
        (answer,) = answers(sim)
        assert sim.files(answer) == [b"png"]
        assert "-# One file has no room here" in answer.content

    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            (413, b'{"code": 40005, "message": "no"}', "of this size"),
            (413, b"<html>", "of this size"),
            (403, b'{"code": 50013, "message": "no"}', "lacks a permission"),
            (400, b'{"code": 20009, "message": "no"}', "explicit"),
        ],
    )
    async def test_files_that_are_refused_leave_the_text(
        self, sim: DiscordSimulator, desk: Desk, kind: str, status: int, body: bytes, reason: str
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open([Page("one")])
            media_type = "application/json" if body.startswith(b"{") else "text/html"
            sim.faults.append(Fault(EDIT, "status", status=status, body=body, content_type=media_type))
            await surface.finish([Page("one two")], (), [picture()])
        (answer,) = answers(sim)
        assert answer.content.startswith("one two\n-# What belongs to this answer could not be sent: ")
        assert reason in answer.content
        assert answer.attachments == []


async def test_large_files_arrive_whole(sim: DiscordSimulator, desk: Desk) -> None:
    data = bytes(range(256)) * (FILE_BYTES // 256)
    async with running(sim, desk):
        surface = await asked(sim, desk, "command")
        await surface.finish([Page("one")], (), [picture(data), picture(data)])
    assert sim.files(answers(sim)[0]) == [data, data]
    assert answers(sim)[0].content == "one"


async def test_a_rate_limit_is_waited_out_with_files_too(sim: DiscordSimulator, desk: Desk) -> None:
    async with running(sim, desk):
        surface = await asked(sim, desk, "message")
        await surface.open([Page("one")])
        body = b'{"message": "slow", "retry_after": 0.05, "global": false}'
        headers = {"Via": "1.1 google", "Retry-After": "1"}
        sim.faults.append(Fault(EDIT, "status", status=429, body=body, headers=headers))
        await surface.finish([Page("one")], (), [picture()])
    assert sim.files(answers(sim)[0]) == [b"png"]
    polite(sim)


async def test_an_old_message_is_replaced_with_its_files(sim: DiscordSimulator, desk: Desk) -> None:
    async with running(sim, desk):
        surface = await asked(sim, desk, "message")
        await surface.open([Page("one")])
        sim.world.messages[answers(sim)[0].id].nonce = None  # an hour ago: Discord has forgotten it
        sim.faults.append(Fault(EDIT, "status", status=400, body=b'{"code": 30046, "message": "old"}'))
        await surface.finish([Page("one two")], (), [picture()])
    (answer,) = answers(sim)
    assert (answer.content, sim.files(answer)) == ("one two", [b"png"])


async def test_where_the_token_has_gone_it_goes_by_the_channel(sim: DiscordSimulator, desk: Desk) -> None:
    async with running(sim, desk):
        surface = await asked(sim, desk, "command")
        sim.token_life = 0.0
        await surface.finish([Page("one")], (), [picture()])
    answer = answers(sim)[-1]
    assert answer.content.endswith("one")
    assert sim.files(answer) == [b"png"]
    assert answer.interaction is None


async def test_what_discord_says_of_the_size_counts(sim: DiscordSimulator, desk: Desk) -> None:
    async with running(sim, desk):
        surface = await asked(sim, desk, "command")
        assert (surface.can.files, surface.can.file_bytes) == (FILES, 10 * 2**20)
        sim.world.attachment_limit = 2**20
        smaller = await asked(sim, desk, "command")
        assert smaller.can.file_bytes == 2**20
        sim.world.attachment_limit = 500 * 2**20
        larger = await asked(sim, desk, "command")
        assert larger.can.file_bytes == REQUEST_BYTES
        plain = await asked(sim, desk, "message")
        assert plain.can.file_bytes == 10 * 2**20

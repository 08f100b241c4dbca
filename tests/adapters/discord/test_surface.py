"""Answers over the wire: growing, whole at the end, once, and nowhere that does not want them."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from adapters.discord import routes
from adapters.discord.composing import PAGE_LIMIT
from adapters.discord.place import Place
from adapters.discord.surface import NO_ROOM
from adapters.discord.wire import BUDGETS_KEPT, PREVIEWS, Wire
from bot.errors import Mistaken, Refused, Unavailable, Unreachable
from bot.events import Attachment
from bot.replies import Button, Page
from simulators.discord import Channel, DiscordSimulator, Message
from simulators.simulator import Fault
from tests.adapters.discord.conftest import Desk, a_question, answers, asked, nothing, polite, running
from tests.polling import until

STOP, RETRY = Button("stop", "Stop"), Button("retry", "Retry")
EDIT = r"PATCH .*/messages/"
POST = r"POST .*/channels/\d+/messages$"
KINDS = ["message", "command"]


def texts(sim: DiscordSimulator, channel: Channel | None = None) -> list[str]:
    return [each.content for each in answers(sim, channel)]


def buttons(message: Message) -> list[str]:
    return [button["custom_id"] for row in message.components for button in row["components"]]


def pages(*markdown: str) -> Sequence[Page]:
    return [Page(each) for each in markdown]


def refusal(pattern: str, status: int, code: int, *, skip: int = 0, **more: Any) -> Fault:
    body = json.dumps({"code": code, "message": "no", **more}).encode()
    return Fault(pattern, "status", skip=skip, status=status, body=body, headers={"Via": "1.1 google"})


@pytest.mark.parametrize("kind", KINDS)
class TestGrowing:
    async def test_by_edits_and_into_further_messages(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open(pages("The"), [STOP])
            await surface.preview(pages("The **an"), [STOP])
            assert texts(sim) == ["The **an**"]
            assert buttons(answers(sim)[0]) == ["stop:q1"]
            await surface.open(pages("The **answer**", "goes"), [STOP])
            assert texts(sim) == ["The **answer**", "goes"]
            assert [buttons(each) for each in answers(sim)] == [[], ["stop:q1"]]
            await surface.preview(pages("The **answer**", "goes on"), [STOP])
            await surface.finish(pages("The **answer**", "goes on."), [RETRY])
        assert texts(sim) == ["The **answer**", "goes on."]
        assert [buttons(each) for each in answers(sim)] == [[], ["retry:q1"]]
        polite(sim)

    async def test_what_is_there_already_is_not_sent_again(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open(pages("one", "two"), [STOP])
            await surface.finish(pages("one", "two."))
            requests = len(sim.seen("PATCH|messages$"))
            await surface.finish(pages("one", "two."))
            await surface.preview(pages("one", "two."))
        assert len(sim.seen("PATCH|messages$")) == requests
        assert texts(sim) == ["one", "two."]

    async def test_ten_thousand_hostile_characters(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        hostile = "@everyone <@1> <@&2> https://x.test [a](https://y.test) 👍🏽 `x` **b** "
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            assert surface.measure(hostile * 15) <= surface.can.limit
            whole = [Page(hostile * 15, note="a note" * 50, thought="hm " * 999)] * 9
            await surface.open(whole)
            await surface.finish(whole)
        assert len(answers(sim)) == 9
        polite(sim)

    async def test_the_largest_page_is_taken(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.finish([Page("x" * PAGE_LIMIT, note="n" * 300, thought="t" * 3000)], [STOP, RETRY])
        assert answers(sim)[0].content.count("x" * PAGE_LIMIT) == 1


class TestOnce:
    @pytest.mark.parametrize("fault", ["lose request", "lose response"])
    @pytest.mark.parametrize("page", [0, 1])
    async def test_a_lost_first_write_makes_one_message(
        self, sim: DiscordSimulator, desk: Desk, fault: Any, page: int
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            sim.faults.append(Fault(POST, fault, skip=page))
            await surface.open(pages("one", "two"))
        assert texts(sim) == ["one", "two"]
        assert len(sim.seen(POST)) == 3
        assert answers(sim)[0].reference
        assert answers(sim)[1].reference is None

    async def test_a_repeat_that_finds_the_first_message_brings_it_up_to_date(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            sim.faults.append(Fault(POST, "lose response"))
            await surface.preview(pages("one"), [STOP])
            await surface.finish(pages("one two"), [RETRY])
        assert texts(sim) == ["one two"]
        assert buttons(answers(sim)[0]) == ["retry:q1"]

    async def test_a_lost_page_after_a_command_makes_one_message(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "command")
            sim.faults.append(Fault(POST, "lose response"))
            await surface.open(pages("one", "two"))
        assert texts(sim) == ["one", "two"]

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("fault", ["lose request", "lose response"])
    async def test_a_lost_final_edit_is_repeated(
        self, sim: DiscordSimulator, desk: Desk, kind: str, fault: Any
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open(pages("one"))
            sim.faults.append(Fault(EDIT, fault, times=2))
            await surface.finish(pages("one."))
        assert texts(sim) == ["one."]

    async def test_a_preview_of_which_nobody_heard_does_not_stay(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            await surface.open(pages("one"))
            sim.faults.append(Fault(EDIT, "lose response"))
            await surface.preview(pages("one t"))
            assert texts(sim) == ["one t"]
            await surface.finish(pages("one"))
        assert texts(sim) == ["one"]

    @pytest.mark.parametrize("kind", KINDS)
    async def test_trouble_at_discord_drops_previews_and_delays_the_end(
        self, sim: DiscordSimulator, desk: Desk, kind: str
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open(pages("one"))
            sim.faults.append(Fault(EDIT, "status", status=503, times=2))
            await surface.preview(pages("one t"))
            assert texts(sim) == ["one"]
            await surface.finish(pages("one two"))
        assert texts(sim) == ["one two"]


class TestLimits:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_a_retry_after_is_waited_out(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open(pages("one"))
            sim.faults.append(refusal(EDIT, 429, 0, retry_after=0.3))
            await surface.preview(pages("one t"))
            await surface.finish(pages("one two"))
        assert texts(sim) == ["one two"]
        assert [entry.hold for entry in sim.ledger if entry.status == 429] == [0.3]
        polite(sim)

    async def test_a_cancelled_write_leaves_no_lock_behind(self, sim: DiscordSimulator, desk: Desk) -> None:
        """In the library itself, a call that is cancelled while it sleeps holds up its bucket for ever."""
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            await surface.open(pages("one"))
            sim.faults.append(refusal(EDIT, 429, 0, retry_after=0.3))
            writing = asyncio.create_task(surface.preview(pages("one t")))
            await until(lambda: [entry for entry in sim.ledger if entry.status == 429])
            writing.cancel()
            await surface.finish(pages("one two"))
        assert texts(sim) == ["one two"]
        polite(sim)

    async def test_the_bots_own_limit_keeps_room_for_what_must_arrive(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk) as adapter:
            plain, command = await asked(sim, desk, "message"), await asked(sim, desk, "command")
            await plain.open(pages("one"))
            for _ in range(PREVIEWS):
                await adapter._wire.request(routes.messages(sim.channel.id), {"content": "x", "nonce": "1"})
            now = asyncio.get_running_loop().time()
            assert plain.wait(now, final=False) > 0
            assert plain.wait(now, final=True) == 0
            assert command.wait(now, final=False) == 0

    async def test_it_binds_the_neighbours_in_the_channel_too(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            first, second = await asked(sim, desk, "message"), await asked(sim, desk, "message")
            await first.open(pages("one"))
            await second.open(pages("two"))
            sim.faults.append(refusal(EDIT, 429, 0, retry_after=0.3))
            await asyncio.gather(first.finish(pages("one.")), second.finish(pages("two.")))
        assert texts(sim) == ["one.", "two."]
        assert len([entry for entry in sim.ledger if entry.status == 429]) == 1
        polite(sim)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_a_ban_by_cloudflare_stops_everything_for_its_time(
        self, sim: DiscordSimulator, desk: Desk, kind: str
    ) -> None:
        ban = Fault(
            EDIT, "status", status=429, body=b"<html>", content_type="text/html", headers={"Retry-After": "0.8"}
        )
        async with running(sim, desk):
            surface, other = await asked(sim, desk, kind), await asked(sim, desk, "message")
            await surface.open(pages(""))
            await surface.preview(pages("one"))  # from now on the bucket is known
            sim.faults.append(ban)
            await surface.preview(pages("one t"))
            now = asyncio.get_running_loop().time()
            # A "typing" that crossed the ban on its way is told of it too, in whole seconds.
            assert 0 < surface.wait(now, final=False) <= 1.0
            assert surface.wait(now, final=True) == 0
            await surface.preview(pages("one tw"))  # dropped without a request
            await asyncio.gather(surface.finish(pages("one two")), other.finish(pages("other")))
        assert sorted(texts(sim)) == ["one two", "other"]
        polite(sim)

    async def test_interactions_go_on_through_a_global_limit(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            plain = await asked(sim, desk, "message")
            limit = refusal(POST, 429, 0, retry_after=1.2)
            limit.body = limit.body.replace(b'"no"', b'"no", "global": true')
            limit.headers = {**limit.headers, "X-RateLimit-Global": "true", "Retry-After": "1.2"}
            sim.faults.append(limit)
            held = asyncio.create_task(plain.finish(pages("plain")))
            await until(lambda: sim.seen(POST))
            command = await asked(sim, desk, "command")
            await command.finish(pages("command"))
            assert texts(sim) == ["command"]
            await held
        assert sorted(texts(sim)) == ["command", "plain"]
        polite(sim)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_at_its_own_pace_nothing_is_refused_and_the_end_waits_for_nothing(
        self, desk: Desk, kind: str
    ) -> None:
        """Previews as fast as the surface allows; one request of every window is kept back for the end."""
        loop = asyncio.get_running_loop()
        async with DiscordSimulator(scale=0.05) as sim, running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open(pages("0"))
            for number in range(12):
                await asyncio.sleep(surface.wait(loop.time(), final=False))
                await surface.preview(pages(str(number)))
            before = loop.time()
            await surface.finish(pages("end"))
            took = loop.time() - before
        assert texts(sim) == ["end"]
        assert answers(sim)[0].edits >= 12
        assert [entry for entry in sim.ledger if entry.status == 429] == []
        assert took < 0.15
        polite(sim)

    async def test_the_last_request_of_a_window_returns_when_it_is_done(self, desk: Desk) -> None:
        """The library's own call returns only when the bucket is full again."""
        async with DiscordSimulator(scale=0.4) as sim, running(sim, desk):
            surface = await asked(sim, desk, "message")
            await surface.open(pages("0"))
            before = asyncio.get_running_loop().time()
            for number in range(1, 6):
                await surface.finish(pages(str(number)))
            assert asyncio.get_running_loop().time() - before < 1.0
            assert texts(sim) == ["5"]
            assert surface.wait(asyncio.get_running_loop().time(), final=False) > 0.5


class TestRefusals:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_a_deleted_answer_ends_it(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            await surface.open(pages("one"))
            await sim.delete(answers(sim)[0])
            with pytest.raises(Unreachable):
                await surface.preview(pages("one two"))
            with pytest.raises(Unreachable):
                await surface.finish(pages("one two"))
        assert texts(sim) == []

    @pytest.mark.parametrize("code", [10003, 50001, 50013])
    async def test_a_channel_that_is_closed_to_us(self, sim: DiscordSimulator, desk: Desk, code: int) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            sim.faults.append(refusal(POST, 403, code))
            with pytest.raises(Unreachable):
                await surface.open(pages("one"))
        assert len(sim.seen(POST)) == 1

    async def test_a_channel_closed_to_us_leaves_a_command_its_follow_ups(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "command")
            sim.faults.append(refusal(POST, 403, 50013))
            await surface.finish(pages("one", "two"))
        assert texts(sim) == ["one", "two"]
        assert len(sim.seen(r"POST .*/webhooks/")) == 1

    async def test_without_the_right_to_reply_it_names_the_person(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            sim.faults.append(refusal(POST, 403, 160002))
            await surface.finish(pages("one"))
        assert texts(sim) == [f"-# <@{sim.alice.id}>\none"]
        polite(sim)

    async def test_an_old_message_makes_room_for_a_new_one(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            await surface.open(pages("one"))
            sim.world.messages[answers(sim)[0].id].nonce = None  # an hour ago: Discord has forgotten it
            sim.faults.append(refusal(EDIT, 400, 30046))
            await surface.finish(pages("one two"))
        assert texts(sim) == ["one two"]
        assert sim.seen("DELETE")

    @pytest.mark.parametrize(("code", "first"), [(200000, 1), (240000, 0)])
    async def test_a_servers_rule_lets_only_the_author_of_a_command_read_on(
        self, sim: DiscordSimulator, desk: Desk, code: int, first: int
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "command")
            sim.faults.append(refusal(EDIT, 400, code, skip=first))
            await surface.open(pages("one"))
            await surface.preview(pages("one b"))
            await surface.preview(pages("one ba"))
            await surface.finish(pages("one bad", "two"))
            assert len(sim.seen(EDIT)) == first + 2
        public, *alone = answers(sim)
        assert public.content.startswith("-# ")
        assert "blocked the answer" in public.content
        assert [(each.content, each.ephemeral) for each in alone] == [("one bad", True), ("two", True)]
        polite(sim)

    async def test_a_servers_rule_against_a_plain_answer_is_told(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            await surface.open(pages("one", "two"))
            sim.faults.append(refusal(EDIT, 400, 200000))
            with pytest.raises(Refused, match="rule"):
                await surface.finish(pages("one bad", "two"))
        assert [each.startswith("-# A rule") for each in texts(sim)] == [True]

    async def test_a_bug_of_ours_is_not_hidden(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            with pytest.raises(Exception, match="50035"):
                await surface.finish(pages("x"), [Button("a", "l" * 81)])


class TestTokens:
    async def test_an_expired_token_leaves_the_channel(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "command")
            await surface.open(pages("one"))
            sim.token_life = 0.0
            await surface.finish(pages("one.", "two"))
        assert texts(sim) == ["one.", "two"]
        assert len(sim.seen(r"PATCH .*/channels/")) == 1
        polite(sim)

    async def test_one_that_is_known_to_be_old_is_not_tried(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk) as adapter:
            surface = await asked(sim, desk, "command")
            place = Place.load(await surface.open(pages("one")))
            place.born -= 15 * 60
            revived = adapter.revive(a_question("q1", desk.events[0], place.dump()))
            await revived.finish(pages("one."))
        assert texts(sim) == ["one."]
        assert len(sim.seen(r"PATCH .*/webhooks/")) == 1

    @pytest.mark.parametrize("private", [False, True])
    async def test_where_there_is_no_channel_that_is_the_end(
        self, sim: DiscordSimulator, desk: Desk, private: bool
    ) -> None:
        desk.private = private
        async with running(sim, desk):
            surface = await asked(
                sim, desk, "command", sim.channel if private else sim.add_channel("far", joined=False)
            )
            await surface.open(pages("one"))
            sim.token_life = 0.0
            with pytest.raises(Unreachable):
                await surface.finish(pages("one."))

    async def test_where_the_bot_is_no_member_five_more_messages_fit(self, sim: DiscordSimulator, desk: Desk) -> None:
        far = sim.add_channel("far", joined=False)
        async with running(sim, desk):
            surface = await asked(sim, desk, "command", far)
            await surface.open(pages(*"1234"), [STOP])
            await surface.open(pages(*"12345678"), [STOP])
            await surface.finish(pages(*"12345678"), [RETRY])
        assert texts(sim, far) == ["1", "2", "3", "4", "5", f"6\n-# {NO_ROOM}"]
        assert [buttons(each) for each in answers(sim, far)] == [[]] * 5 + [["retry:q1"]]
        assert not sim.seen(POST)
        polite(sim)


class TestRestarts:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_a_revived_surface_goes_on_where_the_other_was(
        self, sim: DiscordSimulator, desk: Desk, kind: str
    ) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            handle = await surface.open(pages("one", "two", "three"), [STOP])
        second = Desk(unfinished=[a_question("q1", desk.events[0], handle)], script=nothing)
        async with running(sim, second):
            await until(lambda: second.surfaces)
            revived = second.surfaces[0]
            await revived.open(pages("one", "two."))
            await revived.finish(pages("one", "two."))
        assert texts(sim) == ["one", "two."]
        assert second.resumes == [("discord", sim.bot.id)]
        polite(sim)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_what_was_never_begun_is_begun(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk):
            await asked(sim, desk, kind)
        second = Desk(unfinished=[a_question("q1", desk.events[0])], script=nothing)
        async with running(sim, second):
            await until(lambda: second.surfaces)
            await second.surfaces[0].finish(pages("one"))
        assert texts(sim) == ["one"]

    async def test_what_was_never_acknowledged_goes_to_the_channel(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            sim.faults.append(Fault("callback", "lose request", times=99))
            await asked(sim, desk, "command")
        second = Desk(unfinished=[a_question("q1", desk.events[0])], script=nothing)
        async with running(sim, second):
            await until(lambda: second.surfaces)
            await second.surfaces[0].finish(pages("one"))
        assert texts(sim) == [f"-# <@{sim.alice.id}>\none"]
        polite(sim)

    async def test_where_nothing_can_be_written_any_more_it_says_so(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk) as adapter:
            await asked(sim, desk, "command", sim.add_channel("far", joined=False))
            place = Place.load(desk.events[0].handle)
            place.born -= 15 * 60
            with pytest.raises(Unreachable):
                adapter.revive(a_question("q1", desk.events[0], place.dump()))


class TestFiles:
    async def test_a_file_is_fetched_by_its_message(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            desk.script = nothing
            await sim.say(sim.alice, sim.dm(sim.alice), "see", files=[("a.txt", b"abc" * 1000)])
            await until(lambda: desk.surfaces)
            (file,) = desk.events[0].attachments
            assert await desk.surfaces[0].fetch(file, 3000) == b"abc" * 1000
            with pytest.raises(Mistaken):
                await desk.surfaces[0].fetch(file, 2999)

    async def test_one_that_lies_about_its_size_is_cut_off(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            desk.script = nothing
            await sim.say(sim.alice, sim.dm(sim.alice), "see", files=[("a.txt", b"abc" * 1000)])
            await until(lambda: desk.surfaces)
            file = desk.events[0].attachments[0]
            with pytest.raises(Mistaken):
                await desk.surfaces[0].fetch(Attachment(file.name, file.media_type, 1, file.ref), 2000)

    @pytest.mark.parametrize("ref", ["https://evil.test/a", "http://169.254.169.254/latest", "1/2/3"])
    async def test_nothing_is_fetched_from_elsewhere(self, sim: DiscordSimulator, desk: Desk, ref: str) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            with pytest.raises((Unreachable, Unavailable)):
                await surface.fetch(Attachment("a", "", 1, ref), 100)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_surface_can(sim: DiscordSimulator, desk: Desk, kind: str) -> None:
    async with running(sim, desk):
        surface = await asked(sim, desk, kind)
        assert surface.can.buttons
        assert surface.can.folds
        assert surface.can.private is (kind == "command")
        assert await surface.author_is_admin() is False
        assert surface.wait(asyncio.get_running_loop().time(), final=False) == 0


async def test_buckets_are_forgotten() -> None:
    wire = Wire()
    for number in range(2 * BUDGETS_KEPT):
        wire.spare(routes.typing(str(number)), asyncio.get_running_loop().time())
    assert len(wire._budgets) <= BUDGETS_KEPT

"""The library's objects as events."""

import json
from datetime import UTC, datetime
from typing import Any

import discord
import pytest

from adapters.discord.events import from_command, from_message, from_press
from adapters.discord.place import Place, Sent
from bot.events import Attachment, Author, Chat, Event
from tests.adapters.discord.library import (
    ALICE,
    BOT,
    CHANNEL,
    DIRECT,
    GUILD,
    MANAGE_GUILD,
    MAY_WRITE,
    MEMBER,
    MODERATORS,
    STRANGER_BOT,
    TEXT_CHANNEL,
    THREAD,
    THREAD_CHANNEL,
    Library,
    user,
)

ME = user(BOT, "parley", bot=True)
FILE = {"id": "9", "filename": "a.txt", "content_type": "text/plain", "size": 3, "url": "u", "proxy_url": "p"}


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def asked(library: Library, content: str = "hello", *, answer_bots: tuple[str, ...] = (), **fields: Any) -> Event:
    event = from_message(library.message(content, **fields), library.bot, answer_bots)
    assert event is not None
    return event


def ignored(library: Library, content: str = "hello", **fields: Any) -> bool:
    return from_message(library.message(content, **fields), library.bot, ()) is None


def replying_to(author: dict[str, Any], content: str = "earlier words") -> dict[str, Any]:
    earlier: dict[str, Any] = {
        "id": "1170000000000000000",
        "channel_id": CHANNEL,
        "author": author,
        "content": content,
        "timestamp": "2026-11-20T11:00:00+00:00",
        "edited_timestamp": None,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "type": 0,
    }
    reference = {"message_id": earlier["id"], "channel_id": CHANNEL, "guild_id": GUILD}
    return {"type": 19, "message_reference": reference, "referenced_message": earlier}


FORWARDED = {
    "message": {
        "type": 0,
        "content": f"words of somebody, <@{BOT}>",
        "embeds": [],
        "attachments": [FILE],
        "timestamp": "2026-11-20T11:00:00+00:00",
        "edited_timestamp": None,
    }
}
FORWARD: dict[str, Any] = {
    "message_reference": {"type": 1, "message_id": "9", "channel_id": "77"},
    "message_snapshots": [FORWARDED],
}


class TestMessages:
    def test_a_mention_in_a_channel(self, library: Library) -> None:
        event = asked(library, f"<@{BOT}> how are you?", mentions=[ME])
        assert (event.platform, event.bot, event.kind, event.command) == ("discord", BOT, "ask", "")
        assert event.id == event.message == "1180000000000000000"
        assert event.text == "how are you?"
        assert event.values is None
        assert event.chat == Chat(space=GUILD, id=CHANNEL)
        assert (event.author.id, event.author.name, event.author.admin) == (ALICE, "Alice", False)
        assert event.at == discord.utils.snowflake_time(1180000000000000000)
        assert event.at.tzinfo == UTC

    def test_its_place_is_a_reply_in_the_channel(self, library: Library) -> None:
        place = Place.load(asked(library, mentions=[ME]).handle)
        assert place == Place(CHANNEL, ALICE, asked="1180000000000000000", guild=GUILD)

    def test_without_a_mention_a_channel_is_not_for_us(self, library: Library) -> None:
        assert ignored(library, "hello everybody")
        assert ignored(library, "@everyone hello", mention_everyone=True)

    def test_a_direct_message_needs_none(self, library: Library) -> None:
        event = asked(library, channel_id=DIRECT)
        assert event.chat == Chat(space=DIRECT, id=DIRECT, private=True)
        assert event.author.admin is False
        assert Place.load(event.handle).personal

    def test_a_thread_is_a_memory_of_its_own(self, library: Library) -> None:
        event = asked(library, channel_id=THREAD, mentions=[ME])
        assert event.chat == Chat(space=GUILD, id=CHANNEL, thread=THREAD)
        assert Place.load(event.handle).channel == THREAD

    def test_a_channel_that_is_not_known_is_still_the_guilds(self, library: Library) -> None:
        assert asked(library, channel_id="77", mentions=[ME]).chat == Chat(space=GUILD, id="77")

    def test_a_reply_to_the_bot_is_for_us_and_quotes_it(self, library: Library) -> None:
        assert asked(library, **replying_to(ME)).quotes == (("Parley", "earlier words"),)

    def test_what_is_forwarded_is_quoted_with_its_files(self, library: Library) -> None:
        event = asked(library, "", channel_id=DIRECT, **FORWARD)
        assert event.quotes == (("a forwarded message", "words of somebody,"),)
        assert event.attachments == (Attachment("a.txt", "text/plain", 3, f"{DIRECT}/1180000000000000000/9"),)
        assert ignored(library, "", **FORWARD)

    def test_a_voice_message_is_an_attachment(self, library: Library) -> None:
        waves = {"waveform": "AA==", "duration_secs": 2}
        voice = {**FILE, "filename": "voice-message.ogg", "content_type": "audio/ogg", **waves}
        event = asked(library, "", channel_id=DIRECT, attachments=[voice], flags=1 << 13)
        assert [(each.name, each.media_type) for each in event.attachments] == [("voice-message.ogg", "audio/ogg")]

    def test_a_reply_to_somebody_else_only_with_a_mention(self, library: Library) -> None:
        bob = user("2009", "bob")
        assert ignored(library, **replying_to(bob))
        event = asked(library, f"<@{BOT}> is that so?", mentions=[ME], **replying_to(bob))
        assert event.quotes == (("Bob", "earlier words"),)

    def test_a_reply_to_a_deleted_message_quotes_nothing(self, library: Library) -> None:
        gone = replying_to(ME) | {"referenced_message": None}
        assert asked(library, mentions=[ME], **gone).quotes == ()

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            (f"<@{BOT}>, hi", "hi"),
            (f"<@!{BOT}>: hi", "hi"),
            (f"hi <@{BOT}> there", "hi there"),
            (f"so, <@{BOT}>?", "so,?"),
            (f"<@{BOT}>", ""),
            (f"<@{BOT}> tell <@{ALICE}> and <@404>", "tell @Alice and <@404>"),
            (f"<@{BOT}>\n    indented\n  code", "indented\n  code"),
        ],
    )
    def test_the_mention_goes_and_others_become_names(self, library: Library, content: str, text: str) -> None:
        assert asked(library, content, mentions=[ME, user(ALICE, "alice")]).text == text

    def test_never_its_own(self, library: Library) -> None:
        own = library.message("hello", ME, channel_id=DIRECT)
        assert from_message(own, library.bot, (BOT,)) is None

    def test_other_bots_and_webhooks_only_where_they_are_named(self, library: Library) -> None:
        machine = user(STRANGER_BOT, "machine", bot=True)
        assert ignored(library, author=machine, mentions=[ME])
        assert ignored(library, author=user(STRANGER_BOT, "hook"), webhook_id=STRANGER_BOT, mentions=[ME])
        assert asked(library, answer_bots=(STRANGER_BOT,), author=machine, mentions=[ME]).author.id == STRANGER_BOT

    def test_what_discord_writes_for_people_is_not_for_us(self, library: Library) -> None:
        assert ignored(library, type=7, channel_id=DIRECT)

    def test_who_manages_the_server(self, library: Library) -> None:
        event = asked(library, mentions=[ME], member={**MEMBER, "roles": [MODERATORS]})
        assert event.author.admin is True

    def test_who_is_named_and_who_is_answered(self, library: Library) -> None:
        bob, carol = user("2009", "bob"), user("2010", "carol") | {"member": {**MEMBER, "roles": [MODERATORS]}}
        event = asked(library, f"<@{BOT}> <@2010>", mentions=[ME, carol, bob], **replying_to(bob))
        assert event.people == (
            Author("2010", "Carol", username="carol", roles=(MODERATORS,)),
            Author("2009", "Bob", username="bob"),
        )
        assert asked(library, **replying_to(ME)).people == ()

    def test_the_author_has_a_name_of_its_own_and_roles(self, library: Library) -> None:
        event = asked(library, mentions=[ME], member={**MEMBER, "roles": [MODERATORS]})
        assert (event.author.username, event.author.roles) == ("alice", (MODERATORS,))
        assert asked(library, channel_id=DIRECT).author.roles == ()

    def test_attachments_are_kept_by_ids(self, library: Library) -> None:
        event = asked(library, mentions=[ME], attachments=[FILE])
        assert event.attachments == (Attachment("a.txt", "text/plain", 3, f"{CHANNEL}/1180000000000000000/9"),)

    def test_files_of_the_message_that_is_answered_count_where_there_are_no_others(self, library: Library) -> None:
        reply = replying_to(ME)
        reply["referenced_message"]["attachments"] = [FILE]
        event = asked(library, **reply)
        assert event.attachments == (
            Attachment("a.txt", "text/plain", 3, f"{CHANNEL}/1170000000000000000/9", "Parley"),
        )
        own = asked(library, attachments=[FILE | {"filename": "own.txt"}], **reply)
        assert [each.name for each in own.attachments] == ["own.txt"]


class TestCommands:
    def test_a_command_with_typed_values(self, library: Library) -> None:
        options = [
            {"name": "text", "type": 3, "value": "hello"},
            {"name": "count", "type": 4, "value": 2},
            {"name": "share", "type": 10, "value": 1},
            {"name": "loud", "type": 5, "value": True},
            {"name": "file", "type": 11, "value": "9"},
        ]
        file = {"id": "9", "filename": "a.png", "content_type": "image/png", "size": 3, "url": "https://cdn/a.png"}
        data = {"id": "1", "name": "chat", "type": 1, "options": options, "resolved": {"attachments": {"9": file}}}
        event = from_command(library.interaction(data), library.bot)
        assert (event.command, event.text, event.kind) == ("chat", "", "ask")
        assert event.values == {
            "text": "hello",
            "count": 2,
            "share": 1.0,
            "loud": True,
            "file": Attachment("a.png", "image/png", 3, "https://cdn/a.png"),
        }
        assert isinstance(event.values["share"], float)
        assert event.id == "1190000000000000000"
        assert event.chat == Chat(space=GUILD, id=CHANNEL)
        assert (event.author.id, event.author.locale, event.author.admin) == (ALICE, "de", False)
        assert event.at == discord.utils.snowflake_time(1190000000000000000)

    def test_who_is_named_in_a_text(self, library: Library) -> None:
        options = [
            {"name": "who", "type": 3, "value": f"<@2009> and <@!2010>, <@2009> but not <@{BOT}> or <@&{MODERATORS}>"}
        ]
        data = {"id": "1", "name": "allow", "options": options, "resolved": {"users": {"2009": user("2009", "bob")}}}
        event = from_command(library.interaction(data), library.bot)
        assert event.people == (Author("2009", "Bob", username="bob"), Author("2010", "2010"))

    def test_the_author_has_roles(self, library: Library) -> None:
        member = {**MEMBER, "roles": [MODERATORS], "user": user(ALICE, "alice"), "permissions": str(MAY_WRITE)}
        event = from_command(library.interaction({"id": "1", "name": "new"}, member=member), library.bot)
        assert (event.author.username, event.author.roles) == ("alice", (MODERATORS,))

    def test_its_place_knows_what_a_file_may_have(self, library: Library) -> None:
        interaction = library.interaction({"id": "1", "name": "new"}, attachment_size_limit=2**20)
        assert Place.load(from_command(interaction, library.bot).handle).file_bytes == 2**20

    def test_its_place_is_the_interaction(self, library: Library) -> None:
        event = from_command(library.interaction({"id": "1", "name": "new"}), library.bot)
        place = Place.load(event.handle)
        assert (place.token, place.application, place.posts, place.asked) == ("interaction-token", BOT, True, "")
        assert place.sent == [Sent("original")]
        assert abs(place.born - datetime.now(UTC).timestamp()) < 60
        assert place.fresh
        assert event.values == {}

    def test_who_manages_the_server(self, library: Library) -> None:
        member = {**MEMBER, "user": user(ALICE, "alice"), "permissions": str(MAY_WRITE | MANAGE_GUILD)}
        event = from_command(library.interaction({"id": "1", "name": "new"}, member=member), library.bot)
        assert event.author.admin is True

    def test_in_a_thread(self, library: Library) -> None:
        event = from_command(library.interaction({"id": "1", "name": "new"}, channel=THREAD_CHANNEL), library.bot)
        assert event.chat == Chat(space=GUILD, id=CHANNEL, thread=THREAD)

    @pytest.mark.parametrize(("context", "personal"), [(1, True), (2, False)])
    def test_in_direct_channels(self, library: Library, context: int, personal: bool) -> None:
        """With the bot it is private; between two people, one of whom installed the bot, it is not."""
        owners = {"0": "0"} if personal else {"1": ALICE}
        event = from_command(self.direct(library, context=context, authorizing_integration_owners=owners), library.bot)
        place = Place.load(event.handle)
        assert event.chat == Chat(space=DIRECT, id=DIRECT, private=personal)
        assert (event.author.admin, place.posts, place.personal) == (False, personal, personal)

    @pytest.mark.parametrize(
        "fields",
        [
            {"authorizing_integration_owners": {"1": ALICE}},
            {"app_permissions": str(1 << 10)},
            {"app_permissions": str(1 << 11)},
            {"channel": THREAD_CHANNEL, "app_permissions": str(1 << 10 | 1 << 11)},
            {"channel": {"id": "5", "type": 999}},
        ],
    )
    def test_where_the_bot_may_not_write_it_has_the_token_only(self, library: Library, fields: dict[str, Any]) -> None:
        event = from_command(library.interaction({"id": "1", "name": "new"}, **fields), library.bot)
        assert Place.load(event.handle).posts is False

    def direct(self, library: Library, **fields: Any) -> discord.Interaction[Any]:
        channel = {"id": DIRECT, "type": 1, "recipients": [user(ALICE, "alice")]}
        fields |= {"channel": channel, "guild_id": None, "user": user(ALICE, "alice")}
        return library.interaction({"id": "1", "name": "new"}, **fields)


class TestPresses:
    def test_a_button_of_ours(self, library: Library) -> None:
        data = {"custom_id": "retry:q-17:x", "component_type": 2}
        interaction = library.interaction(data, kind=3)
        event = from_press(interaction, library.bot)
        assert event is not None
        assert (event.kind, event.press, event.command) == ("press", ("retry", "q-17:x"), "")
        assert json.loads(event.handle)["token"] == "interaction-token"

    @pytest.mark.parametrize("custom_id", ["", "retry", ":q", "retry:"])
    def test_something_else(self, library: Library, custom_id: str) -> None:
        interaction = library.interaction({"custom_id": custom_id, "component_type": 2}, kind=3)
        assert from_press(interaction, library.bot) is None


def test_the_channel_of_an_interaction_stays_the_guilds(library: Library) -> None:
    event = from_command(library.interaction({"id": "1", "name": "new"}, channel={"id": "5", "type": 999}), library.bot)
    assert event.chat.space == GUILD
    assert TEXT_CHANNEL["id"] != event.chat.id

"""Discord's errors and the library's exceptions in our words."""

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import discord.app_commands
import pytest

from adapters.discord.failures import (
    BAN_SECONDS,
    CODES,
    FOREIGN,
    TREATMENTS,
    Acknowledged,
    Archived,
    Blocked,
    Expired,
    Frozen,
    translate,
    treatment,
)
from bot.errors import Barred, Gone, Misconfigured, ParleyError, Unavailable, Unreachable


def descendants(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    for each in kind.__subclasses__():
        yield each
        yield from descendants(each)


def http_error(
    status: int,
    code: int = 0,
    kind: type[discord.HTTPException] = discord.HTTPException,
    headers: Mapping[str, str] | None = None,
) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="", headers=headers or {})
    return kind(response, {"code": code, "message": "somebody's words"})


def test_every_exception_of_the_library_is_in_the_table() -> None:
    own = {each for each in descendants(discord.DiscordException) if each.__module__ == "discord.errors"}
    assert own - TREATMENTS.keys() == set()


def test_those_of_its_other_parts_descend_from_one_that_is() -> None:
    root = {discord.DiscordException}
    strays = [each for each in descendants(*root) if not (set(each.__mro__) & TREATMENTS.keys()) - root]
    assert strays == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (http_error(404, 10003, discord.NotFound), Barred),
        (http_error(404, 10008, discord.NotFound), Gone),
        (http_error(404, 10062, discord.NotFound), Expired),
        (http_error(404, 10015, discord.NotFound), Expired),
        (http_error(401, 50027), Expired),
        (http_error(429, 20016), Unavailable),
        (http_error(400, 20016), Unavailable),
        (http_error(400, 30046), Frozen),
        (http_error(400, 40060), Acknowledged),
        (http_error(403, 50001, discord.Forbidden), Barred),
        (http_error(403, 50013, discord.Forbidden), Unreachable),
        (http_error(400, 50083), Archived),
        (http_error(400, 160005), Barred),
        (http_error(400, 200000), Blocked),
        (http_error(400, 240000), Blocked),
        (http_error(403, 99999, discord.Forbidden), Unreachable),
        (http_error(401), Unreachable),
        (http_error(503, 0, discord.DiscordServerError), Unavailable),
        (discord.RateLimited(120.0), Unavailable),
        (aiohttp.ServerDisconnectedError(), Unavailable),
        (aiohttp.ClientOSError(104, "reset"), Unavailable),
        (aiohttp.ClientPayloadError(), Unavailable),
        (ConnectionResetError(), Unavailable),
        (TimeoutError(), Unavailable),
        (json.JSONDecodeError("no", "", 0), Unavailable),
        (discord.GatewayNotFound(), Unavailable),  # type: ignore[no-untyped-call]
        (discord.LoginFailure("no"), Misconfigured),
        (discord.PrivilegedIntentsRequired(None), Misconfigured),
    ],
)
def test_translation(error: BaseException, kind: type[ParleyError]) -> None:
    found = translate(error)
    assert type(found) is kind
    assert "somebody's words" not in f"{found} {found.detail if found else ''}"


def test_an_answer_to_what_was_deleted_is_told_from_a_mistake_of_ours() -> None:
    unknown = {"_errors": [{"code": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "message": "Unknown message"}]}
    for field, kind in (("message_reference", Gone), ("content", type(None))):
        response: Any = SimpleNamespace(status=400, reason="", headers={})
        refusal = {"code": 50035, "message": "Invalid Form Body", "errors": {field: unknown}}
        assert type(translate(discord.HTTPException(response, refusal))) is kind


@pytest.mark.parametrize(
    "error",
    [http_error(400, 50035), http_error(400, 50006), discord.InvalidData(), ValueError(), aiohttp.InvalidURL("")],
)
def test_our_own_mistakes_stay_what_they_are(error: BaseException) -> None:
    assert translate(error) is None


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "7"}, 7.0), ({}, BAN_SECONDS), ({"Retry-After": "soon"}, BAN_SECONDS)]
)
def test_how_long_a_ban_lasts(headers: dict[str, str], seconds: float) -> None:
    found = translate(http_error(429, headers=headers))
    assert isinstance(found, Unavailable)
    assert found.retry_after == seconds


def test_a_long_rate_limit_says_its_length() -> None:
    found = translate(discord.RateLimited(120.0))
    assert isinstance(found, Unavailable)
    assert found.retry_after == 120.0


@pytest.mark.parametrize(("code", "word"), [(4004, "DISCORD_TOKEN"), (4011, "sharding"), (4999, "4999")])
def test_closes_for_good_name_what_to_do(code: int, word: str) -> None:
    socket: Any = SimpleNamespace(close_code=code)
    found = translate(discord.ConnectionClosed(socket, shard_id=None))
    assert isinstance(found, Misconfigured)
    assert word in found.message


def test_remedies_name_the_setting() -> None:
    assert "DISCORD_TOKEN" in str(translate(discord.LoginFailure("no")))
    assert "Message Content Intent" in str(translate(discord.PrivilegedIntentsRequired(None)))


def test_what_is_caught_is_what_is_in_the_table() -> None:
    assert all(issubclass(kind, FOREIGN) for kind in TREATMENTS)


def test_the_nearest_class_decides() -> None:
    class New(discord.RateLimited):
        pass

    assert treatment(New(1.0)) == "later"


def test_every_code_is_a_sentence() -> None:
    assert all(message.endswith(".") and issubclass(kind, ParleyError) for kind, message in CODES.values())

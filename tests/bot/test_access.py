import asyncio
import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.access import (
    CLAIM_TRIES,
    INTRODUCTIONS,
    NEEDS,
    STANDINGS,
    Access,
    AccessConfig,
    Action,
    Grant,
    NotLetIn,
    Standing,
    Verdict,
    Where,
    authorize,
    decide,
    setting_of,
    subjects_of,
)
from bot.errors import Refused, Unavailable
from bot.events import Author, Chat, Event
from bot.settings import INSTANCE, of_person, of_space
from tests.fakes import Screen, Settings, an_event
from tests.house import in_virtual_time

ADA = of_person("fake", "ada")
HERE = of_space("fake", "space")
IN_PRIVATE = Chat("dm", "dm", private=True)
OWNED = AccessConfig(owners=("fake:root",))


def by(id: str = "ada", **changes: Any) -> Event:
    names = {"username": changes.pop("username", ""), "roles": changes.pop("roles", ())}
    return an_event(author=Author(id, id.title(), admin=False, **names), **changes)


def granted(*grants: Grant, config: AccessConfig | None = None) -> Access:
    stored = {(each.scope, setting_of(each.subject, each.command)): str(each.verdict) for each in grants}
    return Access(config or OWNED, Settings(dict(stored)))


ALLOWED: dict[tuple[Action, Where], str] = {  # by standing: banned, stranger, member, admin, owner
    ("read about me", "me"): "xxxxx",
    ("read about me", "here"): "....x",
    ("read about me", "everywhere"): "....x",
    ("ask", "me"): "..xxx",
    ("ask", "here"): "..xxx",
    ("ask", "everywhere"): "..xxx",
    ("choose", "me"): "..xxx",
    ("choose", "here"): "...xx",
    ("choose", "everywhere"): "....x",
    ("govern", "me"): "....x",
    ("govern", "here"): "...xx",
    ("govern", "everywhere"): "....x",
}


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("action", get_args(Action))
@pytest.mark.parametrize("where", get_args(Where))
def test_every_standing_action_and_place(standing: Standing, action: Action, where: Where) -> None:
    if ALLOWED[action, where][STANDINGS.index(standing)] == "x":
        authorize(standing, action, where)
        return
    with pytest.raises(Refused) as refusal:
        authorize(standing, action, where)
    strangers = standing == "stranger" and NEEDS.get((action, where)) == "member"
    assert isinstance(refusal.value, NotLetIn) is strangers


PLACES = {
    "server, admin": (Chat("space", "chat"), True, "admin"),
    "server, the platform has to be asked": (Chat("space", "chat"), None, "asked"),
    "server, member": (Chat("space", "chat"), False, "member"),
    "private chat": (IN_PRIVATE, True, "member"),
    "private chat, unknown": (IN_PRIVATE, None, "member"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("really", [False, True])
async def test_who_is_in_charge_by_the_platform(place: str, really: bool) -> None:
    chat, admin, expected = PLACES[place]
    event = an_event(author=Author("ada", "Ada", admin=admin), chat=chat)
    may = expected == "admin" or (expected == "asked" and really)
    access = Access(AccessConfig(open=True, owners=("fake:root",)), Settings())
    if may:
        assert await access.require(event, "govern", "here", surface=Screen(admin=really)) == "admin"
    else:
        with pytest.raises(Refused, match="in charge"):
            await access.require(event, "govern", "here", surface=Screen(admin=really))


async def test_the_platform_is_asked_only_where_that_makes_a_difference() -> None:
    class Unasked(Screen):
        async def author_is_admin(self) -> bool:
            raise AssertionError

    unsure = an_event(author=Author("ada", "Ada"))
    assert (
        await Access(AccessConfig(open=True), Settings()).require(unsure, "ask", "here", surface=Unasked()) == "member"
    )
    owned = Access(AccessConfig(owners=("fake:ada",)), Settings())
    assert await owned.require(unsure, "govern", "everywhere", surface=Unasked()) == "owner"
    with pytest.raises(Refused):  # a passing press has no place that could be asked
        await Access(AccessConfig(open=True), Settings()).require(unsure, "govern", "here")


async def test_strangers_until_it_is_opened() -> None:
    access = Access(OWNED, Settings())
    assert await access.standing(by(), admin=False) == "stranger"
    await access.open("config", HERE, True)
    assert await access.standing(by(), admin=False) == "member"
    assert await access.standing(by(chat=Chat("other", "chat")), admin=False) == "stranger"
    await access.open("config", INSTANCE, True)
    await access.open("config", HERE, False)
    assert await access.standing(by(), admin=False) == "stranger"
    assert await access.standing(by(chat=Chat("other", "chat")), admin=False) == "member"


async def test_owners_and_the_person_at_the_terminal() -> None:
    access = granted(Grant(INSTANCE, of_person("fake", "root"), "", "ban"))
    assert await access.standing(by("root"), admin=False) == "owner"
    assert await access.standing(by("root", platform="other"), admin=False) == "stranger"
    assert await access.standing(by("you", platform="console"), admin=False) == "owner"


GRANTS: list[tuple[list[tuple[str, str, str, Verdict]], str, Verdict | None]] = [
    ([], "chat", None),
    ([(HERE, ADA, "", "allow")], "chat", "allow"),
    ([(of_space("fake", "elsewhere"), ADA, "", "allow")], "chat", None),
    ([(INSTANCE, "name:fake:ada_l", "", "allow")], "chat", "allow"),
    ([(INSTANCE, "role:fake:7", "", "allow")], "chat", "allow"),
    ([(INSTANCE, "role:other:7", "", "allow")], "chat", None),
    ([(INSTANCE, "chat:fake:chat", "", "allow")], "chat", "allow"),
    ([(INSTANCE, "chat:fake:space", "", "allow")], "chat", "allow"),
    ([(INSTANCE, ADA, "imagine", "allow")], "chat", None),
    ([(INSTANCE, ADA, "imagine", "allow")], "imagine", "allow"),
    ([(INSTANCE, ADA, "", "asked")], "chat", None),
    # the most exact one decides: first the command, then the person, then the place
    ([(INSTANCE, ADA, "", "allow"), (INSTANCE, "everyone", "imagine", "deny")], "imagine", "deny"),
    ([(INSTANCE, ADA, "imagine", "allow"), (HERE, "everyone", "imagine", "deny")], "imagine", "allow"),
    ([(INSTANCE, ADA, "", "allow"), (HERE, "role:fake:7", "", "deny")], "chat", "allow"),
    ([(INSTANCE, ADA, "", "allow"), (HERE, ADA, "", "deny")], "chat", "deny"),
    ([(INSTANCE, ADA, "", "deny"), (HERE, ADA, "", "allow")], "chat", "allow"),
    ([(INSTANCE, "role:fake:7", "", "allow"), (INSTANCE, "role:fake:8", "", "deny")], "chat", "allow"),
    # but a ban is a ban
    ([(HERE, ADA, "", "allow"), (INSTANCE, "everyone", "", "ban")], "chat", "ban"),
    ([(HERE, ADA, "", "allow"), (INSTANCE, ADA, "imagine", "ban")], "imagine", "ban"),
    ([(HERE, ADA, "", "allow"), (INSTANCE, ADA, "imagine", "ban")], "chat", "allow"),
]


@pytest.mark.parametrize(("grants", "command", "verdict"), GRANTS)
def test_what_the_grants_say(
    grants: list[tuple[str, str, str, Verdict]], command: str, verdict: Verdict | None
) -> None:
    event = by(username="Ada_L", roles=("7", "8"))
    assert decide([Grant(*each) for each in grants], event, command) == verdict
    assert decide([Grant(*each) for each in reversed(grants)], event, command) == verdict


SCOPES = st.sampled_from([INSTANCE, HERE])
SUBJECTS = st.sampled_from(subjects_of(by(username="Ada_L", roles=("7",))))
COMMANDS = st.sampled_from(["", "imagine"])
A_GRANT = st.builds(Grant, SCOPES, SUBJECTS, COMMANDS, st.sampled_from(get_args(Verdict)))


@given(st.lists(A_GRANT, max_size=6), st.sampled_from(["chat", "imagine"]), st.randoms(use_true_random=False))
def test_the_order_of_the_grants_decides_nothing(grants: list[Grant], command: str, random: Any) -> None:
    unique = list({(each.scope, each.subject, each.command): each for each in grants}.values())
    shuffled = random.sample(unique, len(unique))
    event = by(username="Ada_L", roles=("7",))
    assert decide(unique, event, command) == decide(shuffled, event, command)


async def test_a_command_that_is_switched_off_is_so_for_those_in_charge_too() -> None:
    access = granted(Grant(HERE, "everyone", "imagine", "deny"))
    await access.open("config", HERE, True)
    with pytest.raises(Refused, match="switched off"):
        await access.standing(by(), admin=True, command="imagine")
    assert await access.standing(by(), admin=True, command="chat") == "admin"
    assert await access.standing(by("root"), admin=False, command="imagine") == "owner"


async def test_denied_and_banned() -> None:
    access = granted(Grant(INSTANCE, ADA, "", "deny"), Grant(INSTANCE, of_person("fake", "bob"), "", "ban"))
    await access.open("config", HERE, True)
    assert await access.standing(by("ada"), admin=False) == "stranger"
    assert await access.standing(by("ada"), admin=True) == "admin"  # of a space; an owner bans an admin
    assert await access.standing(by("bob"), admin=True) == "banned"
    assert await access.standing(by("cy"), admin=False) == "member"


async def test_a_role_counts_in_private_as_it_was_last_seen() -> None:
    access = granted(Grant(INSTANCE, "role:fake:7", "", "allow"))
    assert await access.standing(by(chat=IN_PRIVATE), admin=False) == "stranger"
    assert await access.standing(by(roles=("7",)), admin=False) == "member"
    assert await access.standing(by(chat=IN_PRIVATE), admin=False) == "member"
    assert await access.standing(by(), admin=False) == "stranger"  # it was taken away
    assert await access.standing(by(chat=IN_PRIVATE), admin=False) == "stranger"


@in_virtual_time
async def test_what_another_process_has_changed_is_seen_after_a_while() -> None:
    settings = Settings()
    here, there = Access(OWNED, settings), Access(OWNED, settings)
    assert await here.standing(by(), admin=False) == "stranger"
    await there.grant("x", INSTANCE, ADA, "", "allow")
    assert await here.standing(by(), admin=False) == "stranger"
    await asyncio.sleep(6)
    assert await here.standing(by(), admin=False) == "member"


async def test_a_grant_is_audited_and_can_be_taken_back() -> None:
    settings = Settings()
    access = Access(OWNED, settings)
    assert await access.grant("root", INSTANCE, ADA, "", "ban") == ""
    assert await access.standing(by(), admin=False) == "banned"
    assert await access.grant("root", INSTANCE, ADA, "", None) == "ban"
    assert await access.standing(by(), admin=False) == "stranger"
    assert [(each.who, each.before, each.after) for each in settings.changes] == [
        ("root", "", "ban"),
        ("root", "ban", ""),
    ]


@pytest.mark.parametrize("subject", ["person:console:a|b", "person:fake:ada"])
async def test_a_name_may_hold_what_separates(subject: str) -> None:
    access = granted()
    await access.grant("root", INSTANCE, subject, "imagine", "deny")
    assert list(access.grants) == [Grant(INSTANCE, subject, "imagine", "deny")]


async def test_owners_hear_of_a_stranger_once() -> None:
    access = Access(OWNED, Settings())
    assert not access.has_asked(by())
    assert await access.first_asks(by())
    assert access.has_asked(by())
    assert not await access.first_asks(by())


@pytest.mark.parametrize("verdict", ["deny", "ban"])
async def test_a_stranger_who_asks_again_does_not_undo_what_was_decided(verdict: Verdict) -> None:
    access = granted(Grant(INSTANCE, ADA, "", verdict))
    await access.refresh(0.0)
    assert not await access.first_asks(by())
    assert [each.verdict for each in access.grants] == [verdict]


async def test_owners_do_not_hear_of_a_whole_crowd() -> None:
    access = Access(OWNED, Settings())
    told = [await access.first_asks(by(f"stranger{number}")) for number in range(INTRODUCTIONS + 3)]
    assert sum(told) == INTRODUCTIONS


async def test_the_first_who_sends_the_code_owns_the_bot() -> None:
    settings = Settings()
    access = Access(AccessConfig(), settings)
    assert not await access.claim(by(), "")  # before there is a code
    code = access.new_code()
    assert not await access.claim(by(), code[:-1])
    assert await access.claim(by(), f" {code.lower()} ")
    assert not await access.claim(by("bob"), code)
    assert await access.standing(by(), admin=False) == "owner"
    assert list(Access(AccessConfig(), settings).owners) == []
    again = Access(AccessConfig(owners=("fake:root",)), settings)
    await again.refresh()
    assert set(again.owners) == {ADA, "person:fake:root"}
    assert [each.name for each in settings.changes] == ["owners"]


async def test_nobody_can_try_all_codes() -> None:
    access = Access(AccessConfig(), Settings())
    code = access.new_code()
    for number in range(CLAIM_TRIES):
        assert not await access.claim(by(), str(number))
    assert not await access.claim(by(), code)


async def test_a_claim_that_could_not_be_stored_may_be_repeated() -> None:
    class Away(Settings):
        away = True

        async def change(self, who: str, scope: str, name: str, value: str) -> str:
            if self.away:
                raise Unavailable("The database is away.")
            return await super().change(who, scope, name, value)

    settings = Away()
    access = Access(AccessConfig(), settings)
    code = access.new_code()
    with pytest.raises(Unavailable):
        await access.claim(by(), code)
    settings.away = False
    assert await access.claim(by(), code)
    assert json.loads(settings.values[INSTANCE, "owners"]) == [ADA]


@pytest.mark.parametrize("owner", ["12345", "discord:", ":12345"])
def test_an_owner_without_a_platform_stops_the_start(owner: str) -> None:
    with pytest.raises(ValidationError, match="platform"):
        AccessConfig.model_validate({"owners": [owner]})

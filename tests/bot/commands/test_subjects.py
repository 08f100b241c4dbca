import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.subjects import Subject, shown, subject_of
from bot.errors import Mistaken
from bot.events import Author
from tests.fakes import an_event

BOB = Author("b1", "Bob Ross", username="bob_r")
UNKNOWN = Author("", "@eve_e", username="eve_e")  # a name in a text, whose id the platform does not tell


@pytest.mark.parametrize(
    ("who", "key"),
    [
        ("<@1>", "person:fake:1"),
        ("<@!1>", "person:fake:1"),
        ("<@&2>", "role:fake:2"),
        ("<#3>", "chat:fake:3"),
        ("123", "person:fake:123"),
        ("discord:123", "person:discord:123"),
        ("discord:@Ada.L", "name:discord:ada.l"),
        ("@Ada_L", "name:fake:ada_l"),
        ("role:7", "role:fake:7"),
        ("discord:role:7", "role:discord:7"),
        ("chat:-100123", "chat:fake:-100123"),
        ("telegram:chat:-100123", "chat:telegram:-100123"),
        ("here", "chat:fake:space"),
        ("Everyone", "everyone"),
        ("@everyone", "everyone"),
        ("me", "person:fake:ada"),
    ],
)
def test_who_is_meant(who: str, key: str) -> None:
    assert subject_of(f" {who} ", an_event()) == Subject(key)


def test_a_command_is_meant() -> None:
    assert subject_of("/Imagine", an_event()) == Subject("everyone", command="imagine")


@pytest.mark.parametrize("who", ["ada", "1 2", "a:b:c", "role:chat:1", ":1", "<@x>", "@", "discord:", "x|y", "1" * 99])
def test_who_is_not_known(who: str) -> None:
    with pytest.raises(Mistaken, match="discord:123"):
        subject_of(who, an_event())


@pytest.mark.parametrize("who", ["@bob_r", "bob_r", "Bob Ross", "<@b1>"])
def test_the_people_of_a_message_are_known_by_their_id(who: str) -> None:
    if who.startswith("<"):
        named = an_event(people=(Author("12", "Bob Ross"),))
        assert subject_of("<@12>", named) == Subject("person:fake:12", name="Bob Ross")
    else:
        assert subject_of(who, an_event(people=(UNKNOWN, BOB))) == Subject("person:fake:b1", name="Bob Ross")


def test_without_a_name_it_is_who_is_answered() -> None:
    assert subject_of("", an_event(people=(BOB,))) == Subject("person:fake:b1", name="Bob Ross")
    assert subject_of("", an_event(people=(UNKNOWN,))) == Subject("name:fake:eve_e")
    assert subject_of("@eve_e", an_event(people=(UNKNOWN,))) == Subject("name:fake:eve_e")


@pytest.mark.parametrize("people", [(), (BOB, UNKNOWN)])
def test_without_a_name_it_must_be_one(people: tuple[Author, ...]) -> None:
    with pytest.raises(Mistaken, match="Whom do you mean"):
        subject_of("", an_event(people=people))


PLATFORM = st.from_regex(r"[a-z]{1,9}", fullmatch=True).filter(lambda its: its not in ("role", "chat"))
IDS = st.from_regex(r"-?[0-9]{1,20}", fullmatch=True)
KEYS = st.one_of(
    st.builds("{}:{}:{}".format, st.sampled_from(["person", "role", "chat"]), PLATFORM, IDS),
    st.builds("name:{}:{}".format, PLATFORM, st.from_regex(re.compile(r"[a-z0-9_.]{2,32}", re.ASCII), fullmatch=True)),
    st.just("everyone"),
)


@given(KEYS)
def test_what_is_shown_can_be_typed(key: str) -> None:
    assert subject_of(shown(key), an_event()).key == key


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_subject_or_a_mistake(who: str) -> None:
    event: Any = an_event(people=(BOB,))
    try:
        found = subject_of(who, event)
    except Mistaken:
        return
    assert found.key
    assert "|" not in found.key


def test_a_space_is_shown_as_a_chat() -> None:
    assert shown("space:discord:5") == "discord:chat:5"
    assert shown("instance") == "instance"
    assert Subject("person:fake:1", name="Bob").shown == "Bob (`fake:1`)"

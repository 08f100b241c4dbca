"""Whom or what people mean by WHO, in /allow, /deny, /ban and /limit, and how that is shown to them (pure).

What is shown can be typed again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.access import EVERYONE
from bot.errors import Mistaken
from bot.events import Author, Event
from bot.settings import of_person

MENTION = re.compile(r"<(@!?|@&|#)(\d{1,32})>")  # of Discord
MENTIONED = {"@": "person", "@!": "person", "@&": "role", "#": "chat"}
USERNAME = re.compile(r"@[\w.]{2,64}")
BARE_ID = re.compile(r"-?\d{1,32}")
ID = re.compile(r"-?[\w.@-]{1,64}")
KINDS = ("role", "chat")
FORMS = "a mention, @username, an id such as discord:123, role:ID, chat:ID, here, everyone or /command"


@dataclass(frozen=True, slots=True)
class Subject:
    key: str  # as `bot.access.Grant` has it
    command: str = ""  # where a command was named instead of somebody
    name: str = ""  # of a person whom the message names or answers

    @property
    def shown(self) -> str:
        return f"{self.name} (`{shown(self.key)}`)" if self.name else f"`{shown(self.key)}`"


def subject_of(who: str, event: Event) -> Subject:
    """Raises `Mistaken` with the forms that there are."""
    who = who.strip()
    if not who:
        return _answered(event)
    if who.startswith("/"):
        return Subject(EVERYONE, command=who[1:].lower())
    if who.lower() in (EVERYONE, f"@{EVERYONE}"):
        return Subject(EVERYONE)
    if who.lower() == "here":
        return Subject(f"chat:{event.platform}:{event.chat.space}")
    if who.lower() == "me":
        return Subject(of_person(event.platform, event.author.id))
    if mention := MENTION.fullmatch(who):
        return _named(f"{MENTIONED[mention[1]]}:{event.platform}:{mention[2]}", event)
    if near := _among(event.people, who):
        return _person(near, event)
    if USERNAME.fullmatch(who):
        return Subject(f"name:{event.platform}:{who[1:].lower()}")
    if key := _by_id(who, event.platform):
        return _named(key, event)
    raise Mistaken(f"I do not know whom you mean by “{who[:40]}”. Name {FORMS}, or reply to somebody's message.")


def shown(key: str) -> str:
    """A person's scope, or another subject of a grant, as it may be typed."""
    kind, _, rest = key.partition(":")
    platform, _, bare = rest.partition(":")
    match kind:
        case "person":
            return rest
        case "name":
            return f"{platform}:@{bare}"
        case "role" | "chat":
            return f"{platform}:{kind}:{bare}"
        case "space":
            return f"{platform}:chat:{bare}"
    return key


def _by_id(who: str, platform: str) -> str:
    """A subject's key from `123`, `discord:123`, `role:1`, `discord:role:1` or `discord:@ada`; "" where it is none."""
    *before, bare = who.split(":")
    kinds = [each for each in before if each in KINDS]
    platforms = [each for each in before if each not in KINDS]
    known = (ID if before else BARE_ID).fullmatch(bare)
    if not known or len(kinds) > 1 or len(platforms) > 1 or not all(re.fullmatch("[a-z]+", each) for each in platforms):
        return ""
    kind = kinds[0] if kinds else "name" if bare.startswith("@") else "person"
    return f"{kind}:{(platforms or [platform])[0]}:{bare[1:].lower() if kind == 'name' else bare}"


def _answered(event: Event) -> Subject:
    if len(event.people) != 1:
        raise Mistaken(f"Whom do you mean? Name {FORMS}, or reply to somebody's message.")
    return _person(event.people[0], event)


def _among(people: Sequence[Author], who: str) -> Author | None:
    """Who bears this name, of those whom the message names or answers."""
    wanted = who.removeprefix("@").lower()
    return next((each for each in people if wanted in (each.username.lower(), each.name.lower())), None)


def _person(author: Author, event: Event) -> Subject:
    if author.id:
        return Subject(of_person(event.platform, author.id), name=author.name)
    return Subject(f"name:{event.platform}:{author.username.lower()}")


def _named(key: str, event: Event) -> Subject:
    """With the name, if the message has it."""
    its = (each for each in event.people if of_person(event.platform, each.id) == key)
    return next((Subject(key, name=each.name) for each in its), Subject(key))

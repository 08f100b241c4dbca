"""What members give to a command besides words: files, and messages that they reply to, by the hands of `people.py`."""

from collections.abc import Callable
from typing import Any

from tests.journeys.people import BOTH, REST, People, Seen, people
from tests.journeys.world import World
from tests.polling import until

LAST = (*REST, "input", "words")  # parameters that take the rest of a typed line
FLAGS = ("from", "picture", "headline", "spoiler", "echo")
MENU = {"sentiment": "Sentiment", "tweetify": "Tweetify"}  # Discord's menu of a message
MEDIA_TYPES = {"txt": "text/plain", "png": "image/png", "bin": "application/octet-stream"}

File = tuple[str, bytes]  # name, bytes


def everywhere(world: World) -> list[People]:
    """The members of both platforms; one process serves them all."""
    return [people(world, name) for name in BOTH]


async def told(hands: People, user: Any, place: Any, command: str, /, **given: Any) -> Seen:
    """Give a command, and wait for its whole answer. `file` and `reply_to` are what their names say."""
    answer = await ask(hands, user, place, command, **given)
    await until(lambda: (seen := answer()) and seen.whole)
    seen = answer()
    assert seen
    return await hands.led(user, place, seen)


async def ask(
    hands: People,
    user: Any,
    place: Any,
    command: str,
    /,
    *,
    reply_to: Any = None,
    file: File | None = None,
    **given: Any,
) -> Callable[[], Seen | None]:
    """What comes back shows the answer as soon as there is one. On Discord a reply is the message's own menu."""
    if hands.name == "telegram":
        return _typed(hands, user, place, line(command, **given), reply_to, file)
    if reply_to is None:
        attached = {"file": file} if file else {}
        return await hands.ask(user, place, command, **given, **attached)
    chosen = await hands.sim.context(user, place, MENU[command], reply_to)
    return lambda: _of(hands, place, chosen.response)


async def said(hands: People, user: Any, place: Any, text: str) -> Any:
    """Somebody writes something that is not for the bot."""
    return hands.sim.say(user, place, text) if hands.name == "telegram" else await hands.sim.say(user, place, text)


async def newest(hands: People, place: Any, after: int) -> Seen:
    """The bot's newest message there, as soon as it is whole and there are more than so many."""
    await until(lambda: len(shown := hands.shown(place)) > after and shown[-1].whole)
    return hands.shown(place)[-1]


def files(hands: People, seen: Seen) -> list[bytes]:
    """What stands in a message besides words."""
    if hands.name == "discord":
        return list(hands.sim.files(seen.message))
    return [seen.message.data] if seen.message.data else []


def line(command: str, /, **given: Any) -> str:
    """A command as it is typed."""
    rest = " ".join(str(given.pop(name)) for name in LAST if name in given)
    words = (f"--{name}" if name in FLAGS else f'--{name} "{value}"' for name, value in given.items())
    return " ".join(filter(None, (f"/{command}", *words, rest)))


def _typed(
    hands: People, user: Any, place: Any, text: str, reply_to: Any, file: File | None
) -> Callable[[], Seen | None]:
    if file is None:
        said = hands.sim.say(user, place, text, reply_to=reply_to)
    else:
        media_type = MEDIA_TYPES[file[0].rpartition(".")[2]]
        said = hands.sim.send(user, place, text, document=(*file, media_type), reply_to=reply_to)
    return lambda: _answer_to(hands, place, said)


def _answer_to(hands: People, place: Any, said: Any) -> Seen | None:
    """In groups an answer replies to its question; alone with somebody it is the next message."""
    private = place.type == "private"
    later = (each for each in hands.shown(place) if each.message.id > said.id)
    return next((each for each in later if private or each.message.reply_to == said.id), None)


def _of(hands: People, place: Any, message: Any) -> Seen | None:
    return next((each for each in hands.shown(place) if each.message is message), None)

"""A newsletter of 6,018 characters, longer than one message of either platform, and a model that makes posts of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.posts.counting import weight
from simulators.huggingface import Script
from tests.journeys.people import People, Seen

LENGTH = 6018
HEADLINE = "The river garden opens"
POSTS = (
    "After eleven months of digging, the river garden opens on Saturday at ten 🌱 https://example.org/garden",
    "Ninety neighbours planted 1,204 trees. Next spring, the first of them will carry plums.",
    "Bring a cup: there is soup for everybody, and the choir sings at noon. 花園",
)
ITEM = (
    "Item {number}. The people of the river garden met again, and this is what they said: bed {number} is dug, its "
    "soil is turned, and {trees} young trees stand along the path – plum, pear and quince 🌳. Whoever has an hour on "
    "Saturday may come; gloves are there.\n\n"
)
END = "With kind regards from the garden, until the next letter."


def newsletter() -> str:
    body = "Dear neighbours,\n\n"
    number = 0
    while len(body) + len(item := ITEM.format(number=number + 1, trees=30 + number)) + len(END) <= LENGTH:
        body, number = body + item, number + 1
    room = LENGTH - len(body) - len(END) - 2
    filler = ("So much for the beds. " * (room // 22 + 1))[: room - 1].rstrip()
    return f"{body}{filler}{'.' * (room - len(filler))}\n\n{END}"


def answered(posts: Sequence[str] = POSTS, headline: str = HEADLINE) -> Script:
    made = [{"text": text, "hashtags": ["RiverGarden"]} for text in posts]
    return Script(json.dumps({"headline": headline, "posts": made}, ensure_ascii=False), rate=0)


def told(request: Mapping[str, Any]) -> str:
    """The material that a model was given."""
    return str(request["messages"][1]["content"])


def blocks(hands: People, seen: Seen) -> Sequence[str]:
    """What each code block of a message holds: one tap copies it."""
    if hands.name == "discord":
        return [each.strip("\n") for each in seen.text.split("```")[1::2]]
    text = seen.text.encode("utf-16-le")
    marks = (each for each in seen.message.entities if each["type"] == "pre")
    found = (text[2 * each["offset"] : 2 * (each["offset"] + each["length"])].decode("utf-16-le") for each in marks)
    return [each.strip("\n") for each in found]


def heaviest(posts: Sequence[str]) -> int:
    return max(map(weight, posts))

"""An author for /tweetify who writes what a test tells, and what then stands on the screen."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.replies import Button, Delta, Media
from bot.streaming.markdown import parse
from tests.bot.commands.scripted import Scripted
from tests.fakes import Screen, an_event
from tests.house import House

NEWS = "We moved our servers to Ulm.\n\nThe new ones use half of the power.\n\nNext month we look at backups."
PICTURE = Media(b"png", "image/png", "picture.png")
BUTTONS = (Button("posts_again", "Again"), Button("posts_shorter", "Shorter"), Button("posts_tone", "Other tone"))

Step = str | Exception


def said(*texts: str, headline: str = "The move") -> str:
    return json.dumps({"headline": headline, "posts": [{"text": text, "hashtags": ["Ulm"]} for text in texts]})


THREE = said("one", "two", "three")


class Author(Scripted):
    """Writes what it is told, step by step, the last one again and again; and draws."""

    def __init__(self, *steps: Step, picture: Step = "") -> None:
        super().__init__(self._say)
        self.steps = list(steps)
        self.picture = picture

    def _say(self, model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
        if task.get("task") == "text-to-image":
            yield Delta(progress="place 2 in the queue")
            yield self.picture if isinstance(self.picture, Exception) else Delta(media=(PICTURE,), finish="stop")
            return
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            yield step
            return
        for start in range(0, len(step), 20):
            yield Delta(step[start : start + 20], model=model)
        yield Delta(finish="stop", tokens=(100, 50))

    @property
    def prompts(self) -> list[str]:
        """All that each chat was told."""
        return ["\n".join(each["content"] for each in task["messages"]) for task in self.tasks if "messages" in task]


def posts_of(screen: Screen) -> Sequence[str]:
    return [node.text for node in parse(screen.text).children if node.kind == "code_block"]


async def posted(backend: Scripted, line: str = NEWS, **changes: Any) -> tuple[House, Screen]:
    house = House(backend=backend)
    _, screen = await house.answered(an_event(line, command="tweetify", **changes))
    return house, screen

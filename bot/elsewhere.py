"""An answer whose chat or thread has closed goes to its person in private, if they asked for that (`/settings`)."""

import logging

from bot.answers import Answers
from bot.commands.call import Services
from bot.commands.settings import ELSEWHERE_TOO
from bot.errors import ParleyError
from bot.events import Event, Question
from bot.lanes import Stop
from bot.replies import End
from bot.settings import of_person

MOVED = "You asked this in a place that takes no answer of mine any more. `/settings elsewhere off` ends such messages."

log = logging.getLogger(__name__)


class Elsewhere:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def wanted(self, event: Event) -> bool:
        person = of_person(event.platform, event.author.id)
        return not event.chat.private and await self._services.settings.read(person, ELSEWHERE_TOO) == "on"

    async def send(self, question: Question, answers: Answers) -> End | None:
        """The question's end, if its final answer could be shown there; None: it was not."""
        try:
            if not await self.wanted(question.event):
                return None
            found = await self._services.inbox.find(question.id)
            if found is None or found.state != "delivering":
                return None
            place = await self._services.notices.place(question.event.platform, question.event.author.id, question.id)
            return (await answers.show_again(answers.showing(found, place, Stop()), MOVED)).end
        except ParleyError as trouble:
            log.info("not to be delivered elsewhere either: %s %s", trouble.message, trouble.detail)
            return None

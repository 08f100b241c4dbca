"""What is said to a question: by its command, by the button that was pressed, or by the model."""

from dataclasses import replace

from bot.access import Action, Where
from bot.answers import CONVERSING
from bot.commands.call import Call, Services
from bot.commands.command import Role
from bot.commands.parse import bind, named
from bot.errors import Mistaken
from bot.events import Question
from bot.replies import Reply, Surface

NEEDS: dict[Role, tuple[Action, Where]] = {
    "stranger": ("read about me", "me"),
    "anyone": ("ask", "here"),
    "admin": ("govern", "here"),
    "owner": ("govern", "everywhere"),
}


class Replying:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def reply(self, question: Question, surface: Surface) -> Reply:
        """Raises what the command raises, and `Refused` where the author may not."""
        event = question.event
        command = named(self._services.commands, event.command or "chat")
        await self._services.access.require(event, *NEEDS[command.role], command.name, surface)
        action, pressed = event.press or ("", "")
        if action == "retry":
            return await self._again(question, surface)
        call = Call(question, surface, self._services)
        if action == "continue" or not event.command:
            return await self._services.chat.exchange(await call.quoting())
        if action:
            return await command.presses[action].run(call, await self._found(pressed))
        return await command.run(call, **bind(command, event))

    async def _again(self, question: Question, surface: Surface) -> Reply:
        target = await self._pressed(question)
        if target.event.command in CONVERSING and target.event.command != "retry":
            return await self._services.chat.again(await Call(target, surface, self._services).quoting())
        return await self.reply(replace(question, event=target.event), surface)

    async def _pressed(self, question: Question) -> Question:
        """The question whose answer is to be made anew, through retries of retries."""
        while question.event.press and question.event.press[0] == "retry":
            question = await self._found(question.event.press[1])
        return question

    async def _found(self, id: str) -> Question:
        target = await self._services.inbox.find(id)
        if target is None:
            raise Mistaken("That question is no longer stored. Please ask it again.")
        return target

"""What is said to a question: by its command, by the button that was pressed, or by the model."""

from dataclasses import replace
from datetime import timedelta

from bot.access import Action, Where
from bot.answers import CONVERSING
from bot.commands.call import Call, Services
from bot.commands.command import Role
from bot.commands.parse import bind, named
from bot.errors import Mistaken
from bot.events import Question
from bot.replies import WHOLE, Reply, Surface
from bot.settings import of_person

NEEDS: dict[Role, tuple[Action, Where]] = {
    "stranger": ("read about me", "me"),
    "anyone": ("ask", "here"),
    "admin": ("govern", "here"),
    "owner": ("govern", "everywhere"),
}


INVITED_SECONDS = 3600.0  # how long a link into the private chat says what was asked


class Replying:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def reply(self, question: Question, surface: Surface) -> Reply:
        """Raises what the command raises, and `Refused` where the author may not."""
        event = question.event
        command = named(self._services.commands, event.command or "chat")
        if command.name == "start":
            link = bind(command, event).get("link", "")
            if invited := await self._invited(question, link):
                return await self.reply(invited, surface)
            if whole := await self._whole(question, link):
                return Reply(whole)
        await self._services.access.require(event, *NEEDS[command.role], command.name, surface)
        if address := await self._invitation(question, surface):
            return Reply(f"This is for your eyes only: [read it in our private chat]({address}).")
        action, pressed = event.press or ("", "")
        if action == "retry":
            return await self._again(question, surface)
        call = Call(question, surface, self._services)
        if action == "continue" or not event.command:
            return await self._services.chat.exchange(await call.quoting())
        if action:
            return await command.presses[action].run(call, await self._found(pressed))
        return await command.run(call, **bind(command, event))

    async def _invitation(self, question: Question, surface: Surface) -> str:
        """The address where a private answer can be given; "": here, or nowhere better."""
        if not question.private or surface.can.private:
            return ""
        address = surface.invitation(question.id)
        if address and question.event.author.admin is None and await surface.author_is_admin():
            await self._services.settings.write(_me(question), _vouch(question.id), "admin")
        return address

    async def _invited(self, question: Question, link: str) -> Question | None:
        """What its author was sent here to ask, as if it were asked where it was. None: the link says nothing to us."""
        target = await self._services.inbox.find(link) if link else None
        event = question.event
        if target is None or not target.private or not event.chat.private:
            return None
        its = target.event
        if (its.platform, its.bot, its.author.id) != (event.platform, event.bot, event.author.id):
            return None
        if event.at - its.at > timedelta(seconds=INVITED_SECONDS):
            raise Mistaken("That link has grown old. Please send the command once more.")
        vouched = await self._services.settings.read(_me(question), _vouch(target.id)) == "admin"
        admin = vouched if its.author.admin is None else its.author.admin
        return replace(question, key=target.key, event=replace(its, author=replace(its.author, admin=admin)))

    async def _whole(self, question: Question, link: str) -> str:
        """The answer that its author was sent here to read, for there was no room for all of it; "": there is none."""
        event = question.event
        if not (link.startswith(WHOLE) and event.chat.private):
            return ""
        target = await self._services.inbox.find(link.removeprefix(WHOLE))
        if target is None:
            return ""
        its = target.event
        same = (its.platform, its.bot, its.author.id) == (event.platform, event.bot, event.author.id)
        return target.partial if same and target.state == "answered" else ""

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


def _me(question: Question) -> str:
    return of_person(question.event.platform, question.event.author.id)


def _vouch(question: str) -> str:
    """The setting that says that the author was in charge where this was asked: in private no platform can tell."""
    return f"invited|{question}"

"""/limit: budgets made by command. Owners set them; an admin's hold besides, so that they can only be stricter."""

from dataclasses import dataclass
from typing import Annotated, Literal

from bot.access import EVERYONE
from bot.budgets import OFF, in_words, parse_limit
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.subjects import Subject, subject_of
from bot.errors import Mistaken
from bot.replies import Reply
from bot.settings import INSTANCE, of_space

DEFAULT = "default"
NOBODY, NOWHERE = "person:", "space:"  # scopes without settings: the limits of any other person, any other space


@dataclass(frozen=True, slots=True)
class Target:
    scope: str
    kind: Literal["limit", "cap", "each"]
    shown: str

    @property
    def besides(self) -> bool:
        """Whether it holds besides an owner's limits, so that to take it away loosens nothing of theirs."""
        return self.kind == "cap" or (self.kind == "each" and self.scope != INSTANCE)


@command("/limit each 50000 tokens a day", role="admin", in_lane=False)
async def limit(
    call: Call,
    who: Annotated[str, About("here, each (person here), everyone, everywhere, me, a mention, an id or chat:ID")],
    amount: Annotated[str, About("Such as 50000 tokens a day, 10 pictures a day, $2 a month; off; default", rest=True)],
) -> Reply:
    """Set what somebody, this chat or everybody may use in a day or month."""
    target = await _target(call, who)
    said = amount.strip().lower()
    if said in (OFF, DEFAULT):
        return await _lifted(call, target, said)
    try:
        unit, period, most = parse_limit(amount)
    except ValueError as error:
        raise Mistaken(f"“{amount.strip()[:40]}” is no limit: {error}. `off` and `default` take it away.") from None
    await _set(call, target, f"{unit}.{period}", str(most))
    stricter = " An owner's limit holds besides: the stricter one counts." if target.besides else ""
    return Reply(f"The budget of {target.shown} is now {in_words(unit, most)} a {period}.{stricter}")


async def _target(call: Call, who: str) -> Target:
    """Raises `Mistaken`, and `Refused`: people and chats elsewhere are the owners' concern."""
    word = who.strip().lower()
    if word == "here":
        standing = await call.authorize("govern", "here")
        return Target(call.here, "limit" if standing == "owner" else "cap", "this chat")
    if word == "each" and not call.event.chat.private:
        await call.authorize("govern", "here")
        return Target(call.here, "each", "each person who asks here")
    await call.authorize("govern", "everywhere")
    if word in ("each", EVERYONE):
        return Target(INSTANCE, "each", "each person")
    if word == "everywhere":
        return Target(INSTANCE, "limit", "all together")
    subject = subject_of(who, call.event)
    return Target(_scope(subject), "limit", subject.shown)


def _scope(subject: Subject) -> str:
    kind, _, rest = subject.key.partition(":")
    platform, _, space = rest.partition(":")
    if kind == "person":
        return subject.key
    if kind == "chat":
        return of_space(platform, space)
    if kind == "name":
        raise Mistaken("A limit goes by the id, which /whoami shows them; or reply to a message of theirs.")
    raise Mistaken("A limit is for a person, a chat, here, each, everyone or everywhere.")


async def _lifted(call: Call, target: Target, word: str) -> Reply:
    """off: no limit at all; default: what holds without this command."""
    none = word == OFF and not target.besides
    for name in await _in_force(call, target) if none else await _made(call, target):
        await _set(call, target, name, OFF if none else "")
    if none:
        return Reply(
            f"There is no budget for {target.shown} any more. `/limit … default` brings the configured one back."
        )
    return Reply(f"For {target.shown} the configured budget holds again, and nothing besides.")


async def _set(call: Call, target: Target, name: str, value: str) -> None:
    await call.services.settings.change(call.me, target.scope, f"{target.kind}.{name}", value)


async def _made(call: Call, target: Target) -> list[str]:
    """UNIT.PERIOD of each that was made by this command."""
    settings = (await call.services.settings.of([target.scope]))[target.scope]
    return [name.partition(".")[2] for name in settings if name.startswith(f"{target.kind}.")]


async def _in_force(call: Call, target: Target) -> list[str]:
    """UNIT.PERIOD of each that limits this target now."""
    scope = NOBODY if target.kind == "each" else target.scope
    person, space = (scope if scope.startswith(each) else each for each in (NOBODY, NOWHERE))
    limits = await call.services.budgets.limits((person, space, INSTANCE))
    return [f"{each.unit}.{each.period}" for each in limits if each.subject == scope]

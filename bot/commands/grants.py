"""What /allow, /deny and /ban have in common: whom they mean, where, and what must not happen by mistake."""

from typing import Literal

from bot.access import EVERYONE, Standing, Verdict, Where, subjects_of
from bot.commands.call import Call
from bot.commands.command import Command
from bot.commands.parse import named
from bot.commands.subjects import Subject, shown, subject_of
from bot.errors import Mistaken, Refused
from bot.replies import Reply
from bot.settings import INSTANCE

Place = Literal["here", "everywhere"]
OFF = "off"  # instead of a command: what was decided is taken back


async def authorized(call: Call, scope: Place) -> tuple[Where, str, Standing]:
    """Where the author decides, its scope, and as what. In private, an owner decides for everywhere."""
    where: Where = "everywhere" if scope == "everywhere" or call.event.chat.private else "here"
    return where, INSTANCE if where == "everywhere" else call.here, await call.authorize("govern", where)


async def decided(call: Call, who: str, command: str, scope: Place, verdict: Verdict) -> Reply:
    """Record what was decided of somebody, and say what holds now. Raises `Mistaken`, `Refused`."""
    where, at, standing = await authorized(call, scope)
    subject = subject_of(who, call.event)
    about = subject.command or command.strip().lstrip("/").lower()
    if about == OFF:
        return await _taken_back(call, subject, where, at, verdict)
    if about:
        _switchable(named(call.services.commands, about))
    if subject.key == EVERYONE:
        return await _for_everyone(call, about, where, at, verdict)
    if verdict != "allow":
        _guard(call, subject, standing, verdict)
    before = await call.services.access.grant(call.me, at, subject.key, about, verdict)
    return Reply(
        _sentence(subject, about, where, verdict, again=before == verdict) + _caveats(call, subject, at, verdict)
    )


async def _for_everyone(call: Call, about: str, where: Where, at: str, verdict: Verdict) -> Reply:
    """A command is switched on or off; who may ask at all is /open's concern."""
    if not about:
        raise Mistaken("For everyone there is /open, and /open off.")
    if verdict == "allow":  # to let everybody use it would let strangers in
        await call.services.access.grant(call.me, at, EVERYONE, about, None)
        return Reply(f"/{about} is switched on {where}, for those who may ask me.")
    await call.services.access.grant(call.me, at, EVERYONE, about, "deny")
    return Reply(f"/{about} is switched off {where}. `/allow /{about}` switches it on again.")


async def _taken_back(call: Call, subject: Subject, where: Where, at: str, verdict: Verdict) -> Reply:
    """Without a command all of this kind that was decided of them is taken back."""
    access = call.services.access
    wanted = "deny" if subject.key == EVERYONE else verdict
    await access.refresh(0.0)
    found = [each for each in access.grants if (each.scope, each.subject, each.verdict) == (at, subject.key, wanted)]
    for each in found:
        await access.grant(call.me, at, each.subject, each.command, None)
    what = {"allow": "let in", "deny": "denied", "ban": "banned"}[verdict]
    return Reply(
        f"{subject.shown} is no longer {what} {where}." if found else f"{subject.shown} was not {what} {where}."
    )


def _switchable(command: Command) -> None:
    """What people need in order to know and to decide stays on."""
    if command.hidden or command.role != "anyone":
        raise Refused(f"/{command.name} cannot be switched on or off: it goes by who somebody is.")


def _guard(call: Call, subject: Subject, standing: Standing, verdict: Verdict) -> None:
    """Nobody shuts out an owner, nor themselves by mistake."""
    if subject.key in call.services.access.owners:
        raise Refused("That is an owner of this bot, who cannot be shut out.")
    its = subject.key.partition(":")[0]
    mine = subject.key in subjects_of(call.event)
    if mine and its in ("person", "name"):
        raise Mistaken("That is you.")
    if mine and verdict == "ban" and standing != "owner":
        raise Refused("That would shut you out as well. /deny spares those in charge.")


def _sentence(subject: Subject, about: str, where: Where, verdict: Verdict, *, again: bool) -> str:
    done = f"use /{about}" if about else "ask me"
    whose = shown(subject.key)
    match verdict:
        case "allow":
            return f"{subject.shown} may {done} {where}{' already' if again else ' now'}."
        case "deny":
            return f"{subject.shown} may not {done} {where} any more. `/allow {whose}` lets them in again."
        case _:
            return (
                f"{subject.shown} is banned{f' from /{about}' if about else ''} {where}. `/ban {whose} off` lifts it."
            )


def _caveats(call: Call, subject: Subject, at: str, verdict: Verdict) -> str:
    said = ""
    if subject.key.startswith("name:"):
        said += "\nThat goes by the name, whoever bears it; the id that /whoami shows them is safer."
    others = (each for each in call.services.access.grants if each.subject == subject.key and each.scope != at)
    if verdict == "allow" and any(each.verdict == "ban" for each in others):
        said += "\nBut they are still banned in another place, and a ban wins."
    return said

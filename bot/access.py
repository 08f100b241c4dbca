"""Who may do what: owners, admins of a space, people who were let in, strangers, and who is banned.

A grant is a setting `grant|SUBJECT|COMMAND` of a space or of the instance, with a verdict; the nearest and most exact
one decides. Grants, owners and whether a space is open are few, so all of them are held in memory and read anew when
another process may have changed them.
"""

import asyncio
import hmac
import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from bot.errors import Refused, Unavailable
from bot.events import Event
from bot.replies import Surface
from bot.section import Names, Section
from bot.settings import INSTANCE, Settings, of_person, of_space

Standing = Literal["banned", "stranger", "member", "admin", "owner"]  # each may what those before it may
Action = Literal["read about me", "ask", "choose", "govern"]
Where = Literal["me", "here", "everywhere"]
Verdict = Literal["allow", "deny", "ban", "asked"]

STANDINGS = get_args(Standing)
NEEDS: Mapping[tuple[Action, Where], Standing] = {
    ("read about me", "me"): "banned",
    ("ask", "me"): "member",
    ("ask", "here"): "member",
    ("ask", "everywhere"): "member",
    ("choose", "me"): "member",
    ("choose", "here"): "admin",
    ("choose", "everywhere"): "owner",
    ("govern", "here"): "admin",
    ("govern", "everywhere"): "owner",
}
EVERYONE = "everyone"
OWNERS = "owners"  # the setting that holds those whom a /claim made owners
REFRESH_SECONDS = 5.0
INTRODUCTIONS = 50  # strangers of whom the owner is told between two restarts
CLAIM_TRIES = 1000  # wrong codes, of all people together, after which only a restart prints a new one: it has 40 bits

BANNED = "You may not use me here."
STRANGER = (
    "I only answer people who have been let in. Whoever runs me has been told that you asked; /whoami shows the id "
    "by which they can let you in."
)
DENIED = "That is switched off here for you. /access shows what applies."
WHO: Mapping[Standing, str] = {
    "member": "those who have been let in",
    "admin": "those in charge of this chat, and this bot's owners",
    "owner": "this bot's owners",
}


class NotLetIn(Refused):
    """A stranger asked."""


def _with_platform(owners: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [each for each in owners if not all(each.partition(":"))]:
        raise ValueError(f"{wrong[0]} lacks its platform: it goes like discord:{wrong[0].strip(':')}")
    return owners


class AccessConfig(Section):
    open: bool = Field(False, description="true: everybody may ask; false: whom an owner or an admin let in")
    owners: Annotated[Names, AfterValidator(_with_platform)] = Field(
        (), description="who may do everything, as discord:ID or telegram:ID; /claim adds one"
    )


def suffices(standing: Standing, action: Action, where: Where) -> bool:
    return STANDINGS.index(standing) >= STANDINGS.index(NEEDS.get((action, where), "owner"))


def authorize(standing: Standing, action: Action, where: Where) -> None:
    """The one place that decides. Raises `Refused` with who may."""
    needed = NEEDS.get((action, where), "owner")
    if suffices(standing, action, where):
        return
    if standing == "banned":
        raise Refused(BANNED)
    if needed == "member":
        raise NotLetIn(STRANGER)
    raise Refused(f"Only {WHO[needed]} may do that.")


@dataclass(frozen=True, slots=True)
class Grant:
    scope: str
    subject: str  # a person's scope, name:PLATFORM:username, role:PLATFORM:id, chat:PLATFORM:id or everyone
    command: str  # "" is every one
    verdict: Verdict


def setting_of(subject: str, command: str) -> str:
    return f"grant|{subject}|{command}"


def _named(setting: str) -> tuple[str, str]:
    """Subject and command; a subject may hold the separator, a command never does."""
    subject, _, command = setting.partition("|")[2].rpartition("|")
    return subject, command


def subjects_of(event: Event) -> tuple[str, ...]:
    """Under which names a grant may mean the author of this event, the most exact first."""
    platform, author = event.platform, event.author
    name = (f"name:{platform}:{author.username.lower()}",) if author.username else ()
    roles = (f"role:{platform}:{role}" for role in author.roles)
    chats = (f"chat:{platform}:{chat}" for chat in (event.chat.thread, event.chat.id, event.chat.space) if chat)
    return (of_person(platform, author.id), *name, *roles, *dict.fromkeys(chats), EVERYONE)


def decide(grants: Iterable[Grant], event: Event, command: str) -> Verdict | None:
    """What the grants say of this event (pure): a ban wins; then the most exact one; a tie is denied."""
    subjects = subjects_of(event)
    here = of_space(event.platform, event.chat.space)
    fitting = [
        grant
        for grant in grants
        if grant.scope in (INSTANCE, here)
        and grant.subject in subjects
        and grant.command in ("", command)
        and grant.verdict != "asked"
    ]
    if any(grant.verdict == "ban" for grant in fitting):
        return "ban"
    ranked = sorted(
        fitting,
        key=lambda grant: (
            not grant.command,
            subjects.index(grant.subject),
            grant.scope == INSTANCE,
            grant.verdict != "deny",
        ),
    )
    return ranked[0].verdict if ranked else None


class Access:
    def __init__(self, config: AccessConfig, settings: Settings) -> None:
        self._config = config
        self._settings = settings
        self._grants: tuple[Grant, ...] = ()
        self._owners: frozenset[str] = frozenset()
        self._open: Mapping[str, bool] = {}
        self._read_at = float("-inf")
        self._code = ""
        self._tries = 0
        self._introduced = 0

    @property
    def owners(self) -> Collection[str]:
        """Scopes of persons."""
        return self._owners

    @property
    def grants(self) -> Collection[Grant]:
        return self._grants

    async def refresh(self, older_than: float = REFRESH_SECONDS) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._read_at < older_than:
            return
        self._read_at = now
        grants = await self._settings.beginning("grant|")
        verdicts: dict[str, Verdict] = {each: each for each in get_args(Verdict)}
        self._grants = tuple(
            Grant(scope, *_named(name), verdicts[value]) for scope, name, value in grants if value in verdicts
        )
        stored = json.loads(await self._settings.read(INSTANCE, OWNERS) or "[]")
        self._owners = frozenset([*(f"person:{each}" for each in self._config.owners), *stored])
        opened = await self._settings.beginning("open")
        self._open = {scope: value == "yes" for scope, name, value in opened if name == "open"}

    def is_open(self, event: Event) -> bool:
        here = self._open.get(of_space(event.platform, event.chat.space))
        return here if here is not None else self._open.get(INSTANCE, self._config.open)

    async def standing(self, event: Event, admin: bool, command: str = "") -> Standing:
        """`admin`: whether the platform puts the author in charge of this space; in private chats nobody is.

        Raises `Refused` where this person may ask, but not this command.
        """
        await self.refresh()
        if of_person(event.platform, event.author.id) in self._owners or event.platform == "console":
            return "owner"
        event = await self._with_roles(event)
        verdict = decide(self._grants, event, command)
        if verdict == "ban":
            return "banned"
        if verdict == "deny" and decide(self._grants, event, "") != "deny":
            raise Refused(DENIED)
        if admin and not event.chat.private:
            return "admin"
        if verdict == "deny":
            return "stranger"
        return "member" if verdict == "allow" or self.is_open(event) else "stranger"

    async def _with_roles(self, event: Event) -> Event:
        """In a private chat, the roles that the author was last seen with: what they permit holds there too."""
        if not any(grant.subject.startswith("role:") for grant in self._grants):
            return event
        person = of_person(event.platform, event.author.id)
        stored = await self._settings.read(person, "roles")
        if event.chat.private:
            return replace(event, author=replace(event.author, roles=tuple(stored.split())))
        if (seen := " ".join(event.author.roles)) != stored:
            await self._settings.write(person, "roles", seen)
        return event

    async def grant(self, who: str, scope: str, subject: str, command: str, verdict: Verdict | None) -> str:
        """Audited. Returns the verdict before; None takes the grant away."""
        before = await self._settings.change(who, scope, setting_of(subject, command), verdict or "")
        await self.refresh(0.0)
        return before

    async def open(self, who: str, scope: str, open: bool) -> None:
        await self._settings.change(who, scope, "open", "yes" if open else "no")
        await self.refresh(0.0)

    async def require(
        self, event: Event, action: Action, where: Where, command: str = "", surface: Surface | None = None
    ) -> Standing:
        """The author's standing, if it suffices. Raises `Refused`.

        The platform is asked who is in charge only where that makes a difference.
        """
        standing = await self.standing(event, bool(event.author.admin), command)
        unsure = event.author.admin is None and not event.chat.private and standing in ("stranger", "member")
        if surface is not None and unsure and not suffices(standing, action, where):
            standing = await self.standing(event, await surface.author_is_admin(), command)
        authorize(standing, action, where)
        return standing

    def has_asked(self, event: Event) -> bool:
        """Whether the owners have heard of this stranger, or somebody has decided against them."""
        subject = of_person(event.platform, event.author.id)
        its = (grant for grant in self._grants if grant.subject == subject and not grant.command)
        return any(grant.verdict != "allow" for grant in its)

    async def first_asks(self, event: Event) -> bool:
        """Whether the owner is to be told of this stranger: once of each, and not of a whole crowd."""
        if self.has_asked(event) or self._introduced >= INTRODUCTIONS:
            return False
        self._introduced += 1
        subject = of_person(event.platform, event.author.id)
        await self._settings.write(INSTANCE, setting_of(subject, ""), "asked")
        await self.refresh(0.0)
        return True

    def new_code(self) -> str:
        """For the operator's screen: who sends it back in private owns the bot."""
        self._code, self._tries = secrets.token_hex(5).upper(), 0
        return self._code

    async def claim(self, event: Event, code: str) -> bool:
        """One use, of one code; False: it is not the one, or there is none."""
        self._tries += 1
        right = hmac.compare_digest(code.strip().upper().encode(), self._code.encode())
        if not self._code or self._tries > CLAIM_TRIES or not right:
            return False
        self._code, kept = "", self._code
        person = of_person(event.platform, event.author.id)
        try:
            stored = json.loads(await self._settings.read(INSTANCE, OWNERS) or "[]")
            await self._settings.change(person, INSTANCE, OWNERS, json.dumps([*stored, person]))
        except Unavailable:
            self._code = kept  # nobody owns the bot yet
            raise
        await self.refresh(0.0)
        return True

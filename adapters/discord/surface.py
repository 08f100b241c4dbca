"""One question's answer on Discord: a message for every page, written by the interaction's token or in the channel.

How a page looks is `composing.py`, how a request gets through `wire.py`.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from discord.http import Route

from adapters.discord import routes
from adapters.discord.attachments import download
from adapters.discord.composing import PAGE_LIMIT, compose, measure
from adapters.discord.failures import Aged, Blocked, Expired, Full, Unquotable
from adapters.discord.place import Place, Sent
from adapters.discord.wire import PATIENCE_SECONDS, Wire
from bot.errors import Unavailable, Unreachable
from bot.events import Attachment, Handle
from bot.replies import Abilities, Button, Page, Picture

SUPPRESS_EMBEDS, EPHEMERAL = 1 << 2, 1 << 6
NO_PINGS = {"parse": [], "replied_user": False}  # on every send AND edit: without it the route's default pings
OPEN_PATIENCE_SECONDS = 20.0  # a growing answer has newer text after that
NO_ROOM = "The rest of this answer has no room here: where I am no member, Discord takes five more messages."
LOST = "The interaction has expired, and the bot may not write in this channel."

Body = dict[str, Any]

log = logging.getLogger(__name__)


class DiscordSurface:
    def __init__(self, wire: Wire, place: Place, question: str, *, private: bool) -> None:
        self._wire = wire
        self._place = place
        self._question = question
        self._private = private
        self._shown: dict[int, Body] = {}  # what each message shows, as far as this process knows
        self._room: int | None = None  # how many messages there may be
        self._rule: Blocked | None = None  # what forbids this answer here
        self.appeared = asyncio.Event()  # a message of ours can be seen

    @property
    def can(self) -> Abilities:
        private = self._private or self._place.personal or bool(self._place.token)
        return Abilities(limit=PAGE_LIMIT, buttons=True, private=private, folds=True)

    def measure(self, markdown: str) -> int:
        return measure(markdown)

    def wait(self, now: float, final: bool) -> float:
        if final or not self._place.sent:
            return 0.0
        return max(0.0, self._wire.spare(self._route(self._place.sent[-1]), now))

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        await self._grow(pages, buttons, OPEN_PATIENCE_SECONDS)
        return self._place.dump()

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> None:
        try:
            await self._grow(pages, buttons, patience=0.0)
        except Unavailable as trouble:
            log.debug("a preview was dropped: %s", trouble.detail)

    async def finish(
        self,
        pages: Sequence[Page],
        buttons: Sequence[Button] = (),
        pictures: Sequence[Picture] = (),  # noqa: ARG002 - `can.files` is 0
    ) -> None:
        if self._rule is None:
            try:
                await self._show(pages, buttons, PATIENCE_SECONDS, growing=False)
                await self._remove_surplus(len(pages))
                return
            except Blocked as rule:
                self._rule = rule
        await self._comply(pages, self._rule)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return await download(self._wire, attachment, limit)

    async def author_is_admin(self) -> bool:
        return self._place.admin

    # Showing pages

    async def _grow(self, pages: Sequence[Page], buttons: Sequence[Button], patience: float) -> None:
        """What the end will have to say differently anyway is not shown on the way."""
        if self._rule is not None:
            return
        try:
            await self._show(pages, buttons, patience, growing=True)
        except Blocked as rule:
            self._rule = rule

    async def _show(self, pages: Sequence[Page], buttons: Sequence[Button], patience: float, *, growing: bool) -> None:
        if self._place.token and not self._place.fresh:
            self._lose_token()
        try:
            await self._show_fitting(self._fitting(pages), buttons, patience, growing)
        except Full:
            self._room = len(self._place.sent)
            await self._show_fitting(self._fitting(pages), buttons, patience, growing)

    def _fitting(self, pages: Sequence[Page]) -> Sequence[Page]:
        if self._room is None or len(pages) <= self._room:
            return pages
        return [*pages[: self._room - 1], replace(pages[self._room - 1], note=NO_ROOM)]

    async def _show_fitting(
        self, pages: Sequence[Page], buttons: Sequence[Button], patience: float, growing: bool
    ) -> None:
        for index, page in enumerate(pages):
            theirs = buttons if index == len(pages) - 1 else ()
            try:
                await self._show_page(index, page, theirs, patience, growing)
            except Expired:
                self._lose_token()
                await self._show_page(index, page, theirs, patience, growing)
            except Unquotable:
                self._place.asked = ""
                await self._show_page(index, page, theirs, patience, growing)

    async def _show_page(
        self, index: int, page: Page, buttons: Sequence[Button], patience: float, growing: bool
    ) -> None:
        sent = self._place.sent[index] if index < len(self._place.sent) else self._new(index)
        lead = f"-# <@{self._place.author}>" if sent.alone else ""
        body = self._body(compose(page, growing=growing, lead=lead), buttons)
        if self._shown.get(index) == body:
            return
        try:
            await self._write(sent, index, body, patience)
        except Aged:
            old, sent = sent, self._new(index)
            await self._write(sent, index, body, patience)
            await self._remove(old)
        self._place.sent[index : index + 1] = [sent]
        self._shown[index] = body
        self.appeared.set()

    def _new(self, index: int) -> Sent:
        if self._place.posts and not self._private:
            return Sent("channel", alone=index == 0 and not self._place.asked)
        if self._place.token:
            return Sent("followup")
        raise Unreachable(LOST)

    def _lose_token(self) -> None:
        if self._private or not self._place.posts:
            raise Unreachable(LOST)
        self._place.lose_token()

    def _body(self, content: str, buttons: Sequence[Button]) -> Body:
        row = [
            {"type": 2, "style": 2, "label": each.label, "custom_id": f"{each.action}:{self._question}"}
            for each in buttons
        ]
        return {
            "content": content,
            "components": [{"type": 1, "components": row}] if row else [],
            "allowed_mentions": NO_PINGS,
            "flags": SUPPRESS_EMBEDS,
        }

    # Writing messages

    async def _write(self, sent: Sent, index: int, body: Body, patience: float) -> None:
        """Make the message show this. Raises what `failures.py` makes of Discord's refusal."""
        if sent.way == "original" or sent.id:
            early = bool(sent.id)
            answer = await self._send(self._route(sent), body, patience, early=early)
            sent.id = sent.id or str(answer["id"])
        elif sent.way == "channel":
            await self._post(sent, index, body, patience)
        else:
            flags = SUPPRESS_EMBEDS | (EPHEMERAL if self._private else 0)
            answer = await self._send(routes.followups(self._place), {**body, "flags": flags}, patience)
            sent.id = str(answer["id"])

    async def _post(self, sent: Sent, index: int, body: Body, patience: float) -> None:
        """A repeat within minutes makes no second message: Discord knows the nonce, and answers with the first one."""
        nonce = hashlib.sha256(f"{self._question}:{index}".encode()).hexdigest()[:25]
        plain, body = body, {**body, "nonce": nonce, "enforce_nonce": True}
        if index == 0 and self._place.asked:
            body["message_reference"] = {"message_id": self._place.asked, "fail_if_not_exists": False}
        try:
            answer = await self._send(routes.messages(self._place.channel), body, patience)
        except Unreachable as refusal:
            if not self._place.fresh or isinstance(refusal, Blocked):
                raise
            self._place.posts = False  # a permission is missing that the interaction did not tell of
            sent.way = "followup"
            return await self._write(sent, index, plain, patience)
        sent.id = str(answer["id"])
        if not _shows(answer, body):
            await self._write(sent, index, plain, patience)
        return None

    def _route(self, sent: Sent, method: str = "PATCH") -> Route:
        match sent.way:
            case "original":
                return routes.original(method, self._place)
            case "followup":
                return routes.followup(method, self._place, sent.id)
        return routes.message(method, self._place.channel, sent.id)

    async def _send(self, route: Route, body: Body | None, patience: float, *, early: bool = False) -> Any:
        if patience > 0:
            return await self._wire.insist(route, body, early=early, patience=patience)
        if self._wire.held(route, asyncio.get_running_loop().time()) > 0:
            raise Unavailable("Discord asks us to wait.")  # there will be newer text by then
        return await self._wire.request(route, body, early=early)

    async def _remove_surplus(self, pages: int) -> None:
        """An answer made again after a restart may have become shorter."""
        while len(self._place.sent) > max(pages, 1):
            await self._remove(self._place.sent[-1])
            self._shown.pop(len(self._place.sent) - 1, None)
            self._place.sent.pop()

    async def _remove(self, sent: Sent) -> None:
        try:
            await self._send(self._route(sent, "DELETE"), None, PATIENCE_SECONDS)
        except Unreachable as gone:
            log.debug("nothing to remove: %s", gone.detail)

    async def _comply(self, pages: Sequence[Page], rule: Blocked) -> None:
        """The server's rules forbid the text: its author may still see it alone, everybody sees why it is not there."""
        notice = Page("", note=rule.message)
        if self._place.fresh:
            for page in pages[:5]:
                body = {**self._body(compose(page), ()), "flags": SUPPRESS_EMBEDS | EPHEMERAL}
                await self._send(routes.followups(self._place), body, PATIENCE_SECONDS)
        await self._show([notice], (), PATIENCE_SECONDS, growing=False)
        await self._remove_surplus(1)
        if not self._place.fresh:
            raise rule


def _shows(message: Body, body: Body) -> bool:
    """Whether this message of Discord's has our text and buttons."""

    def said(each: Body) -> tuple[str, list[str]]:
        buttons = [button["custom_id"] for row in each["components"] for button in row["components"]]
        return each["content"].strip(), buttons

    return said(message) == said(body)

"""The messages of one answer: made once, edited, taken away; by the interaction's token or in the channel.

What they say is `surface.py`'s concern.
"""

import hashlib
import logging
import math
from typing import Any

from discord.http import Route

from adapters.discord import routes
from adapters.discord.composing import NOTHING_YET
from adapters.discord.failures import Blocked
from adapters.discord.media import NO_ALBUM, Album
from adapters.discord.place import Place, Sent
from adapters.discord.wire import PATIENCE_SECONDS, PER_WINDOW, Wire
from bot.errors import ParleyError, Unavailable, Unreachable

SUPPRESS_EMBEDS, EPHEMERAL, LOADING = 1 << 2, 1 << 6, 1 << 7
NO_PINGS = {"parse": [], "replied_user": False}  # on every send AND edit: without it the route's default pings
SLOW_SECONDS = 10.0  # a channel in slow mode is waited for no longer than this where there is another way
LOST = "The interaction has expired, and the bot may not write in this channel."

Body = dict[str, Any]

log = logging.getLogger(__name__)


def nonce(*parts: object) -> str:
    """Within minutes Discord makes no second message of the same nonce, which has at most 25 characters."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()[:25]


class Messages:
    """`patience`, throughout: seconds for which what fails is tried again; 0: one try, if that may be done without."""

    def __init__(self, wire: Wire, place: Place, question: str, *, private: bool) -> None:
        self._wire = wire
        self._place = place
        self._question = question
        self._private = private

    def new(self, index: int) -> Sent:
        """The best way to a further message."""
        if self._place.posts and not self._private:
            return Sent("channel", alone=index == 0 and not (self._place.asked or self._place.personal))
        if self._place.token:
            return Sent("followup")
        raise Unreachable(LOST)

    def lose_token(self) -> None:
        if self._private or not self._place.posts:
            raise Unreachable(LOST)
        self._place.lose_token()

    def route(self, sent: Sent, method: str = "PATCH") -> Route:
        match sent.way:
            case "original":
                return routes.original(method, self._place)
            case "followup":
                return routes.followup(method, self._place, sent.id)
        return routes.message(method, self._place.channel, sent.id)

    async def write(self, sent: Sent, index: int, body: Body, patience: float, album: Album = NO_ALBUM) -> None:
        """Make the message show this. Raises what `failures.py` makes of Discord's refusal.

        Files always come to a message that is there: only an edit, which says what there is to be, may be repeated.
        """
        if sent.way != "original" and not sent.id:
            await self._make(sent, index, {**body, "content": body["content"] or NOTHING_YET}, patience)
            if not album.uploads:
                return
        if album.uploads:
            body = {**body, "attachments": album.array}
        answer = await self._send(self.route(sent), body, patience, album, early=bool(sent.id))
        sent.id = sent.id or str(answer["id"])

    async def whisper(self, body: Body) -> None:
        """Show this to the person alone."""
        await self._follow_up(body, PATIENCE_SECONDS, private=True)

    async def remove(self, sent: Sent) -> None:
        try:
            await self._send(self.route(sent, "DELETE"), None, PATIENCE_SECONDS)
        except Unreachable as gone:
            log.debug("nothing to remove: %s", gone.detail)

    async def _make(self, sent: Sent, index: int, body: Body, patience: float) -> None:
        if sent.way == "channel":
            return await self._post(sent, index, body, patience)
        if index == 0:
            await self._let_the_original_come(patience)
        sent.id = await self._follow_up(body, patience, private=self._private)
        return None

    async def _let_the_original_come(self, patience: float) -> None:
        """The first follow-up would take the place of a response that was promised and is not there yet."""
        try:
            original = await self._send(routes.original("GET", self._place), None, patience)
        except Unreachable as gone:
            log.debug("nothing to wait for: %s", gone.detail)
            return
        if original.get("flags", 0) & LOADING:
            raise Unavailable("The answer beside this one comes first.", retry_after=1.0)

    async def _post(self, sent: Sent, index: int, body: Body, patience: float) -> None:
        once = {**body, "nonce": nonce(self._question, self._place.apart, index, sent.instead), "enforce_nonce": True}
        if index == 0 and self._place.asked:
            # Refused where the question is gone: of one that was deleted while nobody was connected, no event tells.
            once["message_reference"] = {"message_id": self._place.asked, "fail_if_not_exists": True}
        longest = SLOW_SECONDS if self._place.fresh else math.inf
        try:
            answer = await self._send(routes.messages(self._place.channel), once, patience, longest=longest)
        except (Unreachable, Unavailable) as refusal:
            if not self._place.fresh or not _closed(refusal):
                raise
            self._place.posts = False  # a permission is missing that the interaction did not tell of, or it is too slow
            sent.way = "followup"
            return await self.write(sent, index, body, patience)
        sent.id = str(answer["id"])
        if not _shows(answer, body):  # a repeat: Discord answered with the message as it was made first
            await self.write(sent, index, body, patience)
        return None

    async def _follow_up(self, body: Body, patience: float, *, private: bool) -> str:
        flags = SUPPRESS_EMBEDS | (EPHEMERAL if private else 0)
        answer = await self._send(routes.followups(self._place), {**body, "flags": flags}, patience)
        return str(answer["id"])

    async def _send(
        self,
        route: Route,
        body: Body | None,
        patience: float,
        album: Album = NO_ALBUM,
        *,
        early: bool = False,
        longest: float = math.inf,
    ) -> Any:
        if patience > 0:
            return await self._wire.insist(route, body, album.uploads, early=early, patience=patience, longest=longest)
        return await self._wire.request(route, body, album.uploads, early=early, share=PER_WINDOW)


def _closed(refusal: ParleyError) -> bool:
    """Whether the channel takes nothing for long, though an interaction's token may do; a rule is one everywhere."""
    if isinstance(refusal, Unavailable):
        return (refusal.retry_after or 0.0) > SLOW_SECONDS
    return not isinstance(refusal, Blocked)


def _shows(message: Body, body: Body) -> bool:
    """Whether this message of Discord's has our text and buttons."""

    def said(each: Body) -> tuple[str, list[str]]:
        buttons = [button["custom_id"] for row in each["components"] for button in row["components"]]
        return each["content"].strip(), buttons

    return said(message) == said(body)

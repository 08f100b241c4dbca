"""One question's answer on Discord: a message for every page.

How a page looks is `composing.py`, how a message is made and edited `messages.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from adapters.discord.attachments import download
from adapters.discord.composing import NOTHING_YET, PAGE_LIMIT, compose, measure
from adapters.discord.failures import Archived, Blocked, Expired, Frozen, Full, Unquotable
from adapters.discord.media import FILE_BYTES, FILES, NO_ALBUM, REQUEST_BYTES, Album, album, noted
from adapters.discord.messages import NO_PINGS, SUPPRESS_EMBEDS, Body, Messages
from adapters.discord.place import Place, Sent
from adapters.discord.threads import open_thread, reopen
from adapters.discord.wire import PATIENCE_SECONDS, Wire
from bot.errors import Refused, Unavailable, Unreachable
from bot.events import Attachment, Chat, Handle
from bot.replies import Abilities, Button, Media, Page

LINK = "https://discord.com/channels/{server}/{channel}/{message}"
NO_ROOM = "The rest of this answer has no room here: where I am no member, Discord takes five more messages."
NO_FILES = "What belongs to this answer could not be sent: {}"
STRANGER = "I am no member here: nothing but commands reaches me. Somebody who manages the server can add me to it."
DEAF = (
    "Here I can read only commands, messages that mention me, and replies to me whose ping is on. To let me read all "
    "messages, whoever runs me switches on the Message Content Intent (docs/discord.md says how)."
)
WHISPERS = 5  # follow-ups that Discord takes everywhere

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Effort:
    patience: float  # seconds
    growing: bool
    album: Album = NO_ALBUM

    @property
    def before_the_last(self) -> "_Effort":
        """For all pages but the last, which is the one that grows and that files go with."""
        return _Effort(self.patience, growing=False)


OPENING = _Effort(20.0, growing=True)  # after that there is newer text
PREVIEWING = _Effort(0.0, growing=True)
FINISHING = _Effort(PATIENCE_SECONDS, growing=False)


class DiscordSurface:
    def __init__(self, wire: Wire, place: Place, question: str, *, private: bool, hears: bool = False) -> None:
        """`hears`: every message of the servers that the bot is in can be read."""
        self._wire = wire
        self._place = place
        self._question = question
        self._private = private
        self._hears = hears
        self._messages = Messages(wire, place, question, private=private)
        self._drawn: dict[int, object] = {}  # what each message was last drawn from, which is cheap to compare
        self._shown: dict[int, tuple[Body, Album]] = {}  # and what it shows, as far as this process knows
        self._room: int | None = None  # how many messages there may be
        self._rule: Blocked | None = None  # what forbids this answer here
        self._lost: Unreachable | None = None  # why nothing of this answer is taken any more
        self.appeared = asyncio.Event()  # a message of ours can be seen, or none ever will be

    @property
    def can(self) -> Abilities:
        private = self._private or self._place.personal or bool(self._place.token)
        told = self._place.file_bytes if self._place.fresh else 0
        return Abilities(
            limit=PAGE_LIMIT,
            files=FILES,
            file_bytes=min(told or FILE_BYTES, REQUEST_BYTES),
            buttons=True,
            private=private,
            folds=True,
        )

    def measure(self, markdown: str) -> int:
        return measure(markdown)

    def wait(self, now: float, final: bool) -> float:
        if final or not self._place.sent:
            return 0.0
        return max(0.0, self._wire.spare(self._messages.route(self._place.sent[-1]), now))

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        await self._grow(pages, buttons, OPENING)
        return self._place.dump()

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> bool:
        try:
            await self._grow(pages, buttons, PREVIEWING)
        except Unavailable as trouble:
            log.debug("a preview was dropped: %s", trouble.detail)
            return False
        return True

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button] = (), media: Sequence[Media] = ()) -> None:
        with self._once_refused():
            if self._rule is None:
                try:
                    await self._show_whole(pages, buttons, album(media, self.can.file_bytes))
                    return await self._remove_surplus(len(pages))
                except Blocked as rule:
                    self._rule = rule
            return await self._comply(pages, self._rule)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return await download(self._wire, attachment, limit)

    async def author_is_admin(self) -> bool:
        return self._place.admin

    def beside(self) -> Handle:
        return self._place.beside().dump()

    def link(self, chat: Chat, message: str) -> str:
        server = "@me" if chat.space == chat.id else chat.space
        return LINK.format(server=server, channel=chat.thread or chat.id, message=message)

    @property
    def deafness(self) -> str:
        if self._place.personal:
            return ""
        if not self._place.posts:
            return STRANGER
        return "" if self._hears else DEAF

    async def branch(self, title: str) -> tuple[Chat, Handle]:
        chat, place = await open_thread(self._wire, self._place, title)
        return chat, place.dump()

    def invitation(self, question: str) -> str:  # noqa: ARG002 - what is private is shown in its place
        return ""

    async def _grow(self, pages: Sequence[Page], buttons: Sequence[Button], effort: _Effort) -> None:
        """A text that the server's rules forbid grows no further; `finish` will say so."""
        if self._rule is not None:
            return
        with self._once_refused():
            try:
                await self._show(pages, buttons, effort)
            except Blocked as rule:
                self._rule = rule

    @contextmanager
    def _once_refused(self) -> Iterator[None]:
        """What Discord has refused for good is not asked of it again."""
        if self._lost is not None:
            raise self._lost
        try:
            yield
        except Unreachable as refusal:
            self._lost = refusal
            self.appeared.set()
            raise

    async def _show_whole(self, pages: Sequence[Page], buttons: Sequence[Button], files: Album) -> None:
        """Where the files are not taken, the text is shown with the reason."""
        try:
            await self._show(noted(pages, files.note), buttons, replace(FINISHING, album=files))
        except Unreachable as refusal:
            if not files.uploads or isinstance(refusal, Blocked):
                raise
            await self._show(noted(pages, NO_FILES.format(refusal.message)), buttons, FINISHING)

    async def _show(self, pages: Sequence[Page], buttons: Sequence[Button], effort: _Effort) -> None:
        if self._place.token and not self._place.fresh:
            self._messages.lose_token()
        try:
            await self._show_fitting(self._fitting(pages), buttons, effort)
        except Full:
            self._room = len(self._place.sent)
            await self._show_fitting(self._fitting(pages), buttons, effort)

    def _fitting(self, pages: Sequence[Page]) -> Sequence[Page]:
        if self._room is None or len(pages) <= self._room:
            return pages
        return [*pages[: self._room - 1], replace(pages[self._room - 1], note=NO_ROOM)]

    async def _show_fitting(self, pages: Sequence[Page], buttons: Sequence[Button], effort: _Effort) -> None:
        for index, page in enumerate(pages):
            last = index == len(pages) - 1
            show = partial(
                self._show_page, index, page, buttons if last else (), effort if last else effort.before_the_last
            )
            await self._clearing(show)

    async def _clearing(self, show: Callable[[], Awaitable[None]]) -> None:
        """What stands in the way of a write is cleared away, each thing once."""
        for _ in (Expired, Unquotable, Archived):
            try:
                return await show()
            except Expired:
                self._messages.lose_token()
            except Unquotable:
                self._place.asked = ""
            except Archived:
                await reopen(self._wire, self._place)
        return await show()

    async def _show_page(self, index: int, page: Page, buttons: Sequence[Button], effort: _Effort) -> None:
        known = index < len(self._place.sent)
        sent = self._place.sent[index] if known else self._messages.new(index)
        lead = f"-# <@{self._place.author}>" if sent.alone else ""
        drawing = (page, tuple(buttons), effort.growing, lead, effort.album)
        if self._drawn.get(index) == drawing:
            return
        content = compose(page, growing=effort.growing, lead=lead)
        if effort.album.uploads and content == NOTHING_YET:
            content = ""
        shown = (self._body(content, buttons), effort.album)
        if self._shown.get(index) != shown:
            self._forget(index)  # a write of which nobody hears may have been done or not
            self._place.sent[index : index + 1] = [await self._write(sent, index, *shown, effort.patience)]
        self._drawn[index], self._shown[index] = drawing, shown
        self.appeared.set()

    async def _write(self, sent: Sent, index: int, body: Body, files: Album, patience: float) -> Sent:
        """The message that shows it now: where the old one can't be edited any more, a new one."""
        try:
            await self._messages.write(sent, index, body, patience, files)
        except Frozen:
            new = replace(self._messages.new(index), instead=sent.id)
            await self._messages.write(new, index, body, patience, files)
            await self._messages.remove(sent)
            return new
        return sent

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

    async def _remove_surplus(self, pages: int) -> None:
        """An answer made again after a restart may have become shorter."""
        while len(self._place.sent) > max(pages, 1):
            await self._messages.remove(self._place.sent[-1])
            self._place.sent.pop()
            self._forget(len(self._place.sent))

    def _forget(self, index: int) -> None:
        self._drawn.pop(index, None)
        self._shown.pop(index, None)

    async def _comply(self, pages: Sequence[Page], rule: Blocked) -> None:
        """The server's rules forbid the text: everybody sees why it is not there, who gave a command may read it."""
        await self._show([Page("", note=rule.message)], (), FINISHING)
        await self._remove_surplus(1)
        if not self._place.fresh:
            raise Refused(rule.message, detail=rule.detail) from rule
        for page in pages[:WHISPERS]:
            await self._messages.whisper(self._body(compose(page), ()))

"""What was asked: one row for each accepted question, and its fate."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select, update

from bot.conversation.turns import Turn
from bot.errors import Unavailable
from bot.events import ConversationKey, Event, Handle, Question
from bot.replies import End, Finish, Media
from storage import events
from storage.accounts import KEY_COLUMNS, NEWEST_KEY, Accounts
from storage.archive import CONVERSATION, IS_CONVERSATION, add_turns, named, open_conversation
from storage.encryption import DataKey
from storage.engine import Database, insert
from storage.events import place_of
from storage.media import add_media, delete_media, find_media
from storage.moving import move_chat
from storage.presence import Presence
from storage.tables import KEPT, UNFINISHED, conversations, data_keys, inbox
from storage.tokens import new_token
from storage.writer import Writer

log = logging.getLogger(__name__)

ACCEPTED = "accepted"
DELIVERING = "delivering"
KEPT_FOR = timedelta(days=30)

_THIS = inbox.c.id == bindparam("question")
_HOME = NEWEST_KEY.add_columns(CONVERSATION.scalar_subquery().label("conversation_id"))
_QUESTIONS = (
    select(inbox, conversations.c.chat, conversations.c.thread, conversations.c.account, *KEY_COLUMNS)
    .join(conversations, conversations.c.id == inbox.c.conversation_id)
    .join(data_keys, data_keys.c.id == inbox.c.key_id)
)
_FIND = _QUESTIONS.where(_THIS)
_LATEST = (
    _QUESTIONS.where(
        IS_CONVERSATION, inbox.c.command.in_(bindparam("commands", expanding=True)), inbox.c.kind != "press"
    )
    .order_by(inbox.c.number.desc())
    .limit(1)
)
_LATEST_ABOUT = _LATEST.where(inbox.c.message == bindparam("its_message"))
_OF_BOT = and_(UNFINISHED, inbox.c.platform == bindparam("its_platform"), inbox.c.bot == bindparam("its_bot"))
_MINE = inbox.c.holder == bindparam("me")
_UNFINISHED = _QUESTIONS.where(_OF_BOT, _MINE).order_by(inbox.c.number)
_OTHERS = select(inbox.c.holder).where(_OF_BOT, ~_MINE).distinct()
_TAKE_UP = update(inbox).where(_OF_BOT, inbox.c.holder.in_(bindparam("gone", expanding=True)))
_OPEN = (
    select(inbox.c.state, inbox.c.finish, inbox.c.conversation_id, inbox.c.key_id, *KEY_COLUMNS)
    .join(data_keys, data_keys.c.id == inbox.c.key_id)
    .where(_THIS, UNFINISHED)
)
_ATTEMPT = update(inbox).where(_THIS).values(attempts=inbox.c.attempts + 1).returning(inbox.c.attempts)
_KEPT = (
    select(inbox.c.id)
    .where(
        KEPT,
        inbox.c.conversation_id == CONVERSATION.scalar_subquery(),
        inbox.c.finish != "stopped",
        inbox.c.accepted_at > bindparam("since"),
    )
    .order_by(inbox.c.number.desc())
    .limit(bindparam("most"))
)
_REOPEN = update(inbox).where(_THIS, KEPT)
_CHANGE = update(inbox).where(_THIS, UNFINISHED)
_STOP = update(inbox).where(inbox.c.state == ACCEPTED).values(finish="stopped")
_STOP_ALL = _STOP.where(
    inbox.c.conversation_id == CONVERSATION.scalar_subquery(), inbox.c.id != bindparam("but")
).returning(inbox.c.id)


@dataclass(frozen=True, slots=True)
class StoredInbox:
    """Keeps the promises of `bot.inbox.Inbox`. To a question that is not there (any more) nothing happens."""

    _database: Database
    _writer: Writer
    _accounts: Accounts
    _presence: Presence

    async def accept(self, event: Event, key: ConversationKey, private: bool) -> Question | None:
        question = Question(new_token(), key, event, private, handle=event.handle)

        def unit(connection: Connection) -> Question | None:
            row = _new_row(question, self._presence.number, *self._home(connection, event, key))
            new = insert(connection, inbox).on_conflict_do_nothing(index_elements=["platform", "bot", "event_id"])
            added = connection.execute(new.returning(inbox.c.id), row).one_or_none()
            return question if added else None

        return await self._writer.submit(unit)

    async def find(self, id: str) -> Question | None:
        return await self._first(_FIND, {"question": id})

    async def latest(
        self, key: ConversationKey, commands: Collection[str], message: str | None = None
    ) -> Question | None:
        which = {**named(key), "commands": list(commands)}
        if message is None:
            return await self._first(_LATEST, which)
        return await self._first(_LATEST_ABOUT, {**which, "its_message": message})

    async def attempt(self, id: str) -> int:
        def unit(connection: Connection) -> int:
            return connection.execute(_ATTEMPT, {"question": id}).scalar_one_or_none() or 0

        return await self._writer.submit(unit)

    async def checkpoint(self, id: str, partial: str, handle: Handle) -> bool:
        """In state "delivering" the answer is final: only the handle is kept."""

        def unit(connection: Connection) -> bool:
            row = connection.execute(_OPEN, {"question": id}).one_or_none()
            if row is None:
                return False
            key = self._accounts.key_of(row)
            shown = {"handle": key.seal(handle, place_of("handle", id))}
            if row.state == ACCEPTED:
                shown["partial"] = key.seal(partial, place_of("partial", id))
            connection.execute(_CHANGE, {"question": id, **shown})
            return bool(row.state == ACCEPTED and row.finish)

        return await self._writer.submit(unit)

    async def stop(self, id: str) -> None:
        await self._writer.submit(lambda connection: connection.execute(_STOP.where(_THIS), {"question": id}))

    async def stop_all(self, key: ConversationKey, but: str) -> int:
        def unit(connection: Connection) -> int:
            return len(connection.execute(_STOP_ALL, {**named(key), "but": but}).all())

        return await self._writer.submit(unit)

    async def move(self, platform: str, bot: str, before: str, after: str) -> None:
        await self._writer.submit(
            lambda connection: move_chat(connection, self._accounts, platform, bot, before, after)
        )

    async def conclude(
        self, id: str, answer: str, finish: Finish, turns: Sequence[Turn] = (), media: Sequence[Media] = ()
    ) -> None:
        def unit(connection: Connection) -> None:
            row = connection.execute(_OPEN, {"question": id}).one_or_none()
            if row is None or row.state != ACCEPTED:  # ended, forgotten, or concluded before
                return
            key = self._accounts.key_of(row)
            answered = {"state": DELIVERING, "partial": key.seal(answer, place_of("partial", id)), "finish": finish}
            connection.execute(_CHANGE, {"question": id, **answered})
            if turns:
                add_turns(connection, row.conversation_id, id, key, turns)
            if media:
                add_media(connection, id, key, media)

        await self._writer.submit(unit)

    async def media(self, id: str) -> Sequence[Media]:
        return await self._database.read(lambda connection: find_media(connection, id, self._accounts))

    async def end(self, id: str, end: End, reason: str = "") -> None:
        ended = {"state": end, "reason": reason, "handle": None, "ended_at": datetime.now(UTC)}

        def unit(connection: Connection) -> None:
            connection.execute(_CHANGE, {"question": id, **ended})
            if end != "undeliverable":
                delete_media(connection, id)

        await self._writer.submit(unit)

    async def kept(self, key: ConversationKey, limit: int) -> Sequence[str]:
        which = {**named(key), "since": datetime.now(UTC) - KEPT_FOR, "most": limit}
        return await self._database.read(lambda connection: connection.execute(_KEPT, which).scalars().all())

    async def reopen(self, id: str, handle: Handle) -> Question | None:
        def unit(connection: Connection) -> Question | None:
            row = connection.execute(_FIND.where(KEPT), {"question": id}).one_or_none()
            if row is None:
                return None
            sealed = self._accounts.key_of(row).seal(handle, place_of("handle", id))
            again = {"state": DELIVERING, "handle": sealed, "attempts": 0, "reason": "", "ended_at": None}
            connection.execute(_REOPEN, {"question": id, "holder": self._presence.number, **again})
            return self._question(connection.execute(_FIND, {"question": id}).one())

        return await self._writer.submit(unit)

    async def unfinished(self, platform: str, bot: str) -> Sequence[Question]:
        """Those of processes that are gone become this process's own.

        One that cannot be read (tampered with, damaged) is logged and left open: it must not hold the others up.
        """
        whose = {"its_platform": platform, "its_bot": bot}
        mine = {**whose, "me": self._presence.number}

        def unit(connection: Connection) -> Sequence[Question]:
            others = connection.execute(_OTHERS, mine).scalars().all()
            gone = self._presence.gone(connection, others)
            connection.execute(_TAKE_UP, {**whose, "gone": gone, "holder": self._presence.number})
            return tuple(filter(None, map(self._readable, connection.execute(_UNFINISHED, mine))))

        return await self._writer.submit(unit)

    def _home(self, connection: Connection, event: Event, key: ConversationKey) -> tuple[int, DataKey]:
        """Its conversation and its author's data key: almost always both are there already, in one look."""
        author = {"platform": event.platform, "account": event.author.id}
        row = connection.execute(_HOME, {**author, **named(key)}).one_or_none()
        if row is None or row.conversation_id is None:
            return open_conversation(connection, key), self._accounts.key(connection, **author)
        return row.conversation_id, self._accounts.key_of(row)

    async def _first(self, query: Select[Any], values: Mapping[str, Any]) -> Question | None:
        def work(connection: Connection) -> Question | None:
            row = connection.execute(query, values).one_or_none()
            return None if row is None else self._question(row)

        return await self._database.read(work)

    def _readable(self, row: Row[*tuple[Any, ...]]) -> Question | None:
        try:
            return self._question(row)
        except Unavailable as error:
            log.error("Question %s stays open: %s", row.id, error.detail)
            return None

    def _question(self, row: Row[*tuple[Any, ...]]) -> Question:
        key = self._accounts.key_of(row)

        def text(column: str) -> str:
            sealed = getattr(row, column)
            return "" if sealed is None else key.unseal(sealed, place_of(column, row.id))

        handle = Handle(text("handle"))
        return Question(
            id=row.id,
            key=ConversationKey(row.platform, row.bot, row.chat, row.thread, row.account),
            event=events.decode(text("event"), handle),
            private=row.private,
            state=row.state,
            attempts=row.attempts,
            handle=handle,
            partial=text("partial"),
            finish=row.finish,
        )


def _new_row(question: Question, holder: int, conversation_id: int, key: DataKey) -> dict[str, Any]:
    event = question.event
    return {
        "id": question.id,
        "platform": event.platform,
        "bot": event.bot,
        "event_id": event.id,
        "conversation_id": conversation_id,
        "key_id": key.id,
        "message": event.message,
        "kind": event.kind,
        "command": event.command,
        "private": question.private,
        "state": ACCEPTED,
        "attempts": 0,
        "finish": "",
        "reason": "",
        "event": key.seal(events.encode(event), place_of("event", question.id)),
        "handle": key.seal(event.handle, place_of("handle", question.id)),
        "accepted_at": datetime.now(UTC),
        "holder": holder,
    }

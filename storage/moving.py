"""A chat got another id: everything that goes by the old one follows, as one unit of the writer.

Telegram gives a group another id when it becomes a supergroup.
"""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from bot.events import Handle
from bot.settings import moved_setting, of_space
from storage import events
from storage.accounts import INSTANCE, KEY_COLUMNS, Accounts
from storage.settings import begins, change_of, put, record, value_of, within
from storage.tables import UNFINISHED, audit, conversations, data_keys, inbox, settings, turns

_THERE = (
    conversations.c.platform == bindparam("its_platform"),
    conversations.c.bot == bindparam("its_bot"),
    conversations.c.chat == bindparam("its_chat"),
)
_CONVERSATIONS = select(conversations).where(*_THERE)
_SAME = _CONVERSATIONS.where(
    conversations.c.thread == bindparam("its_thread"), conversations.c.account == bindparam("its_account")
)
_THIS = conversations.c.id == bindparam("conversation")
_OPEN = (
    select(inbox.c.id, inbox.c.event, inbox.c.key_id, *KEY_COLUMNS)
    .join(data_keys, data_keys.c.id == inbox.c.key_id)
    .join(conversations, conversations.c.id == inbox.c.conversation_id)
    .where(UNFINISHED, *_THERE)
)
_SETTINGS = (
    select(settings, *KEY_COLUMNS)
    .join(data_keys, data_keys.c.id == settings.c.key_id)
    .where(or_(settings.c.scope == bindparam("its_scope"), begins(settings.c.name)))
)
_CHANGES = (
    select(audit, *KEY_COLUMNS)
    .join(data_keys, data_keys.c.id == audit.c.key_id)
    .where(audit.c.scope == bindparam("its_scope"))
    .order_by(audit.c.id)
)


def move_chat(connection: Connection, accounts: Accounts, platform: str, bot: str, before: str, after: str) -> None:
    """See `bot.inbox.Inbox.move`."""
    _move_open_questions(connection, accounts, platform, bot, before, after)
    _move_conversations(connection, platform, bot, before, after)
    _move_settings(connection, accounts, platform, before, after)
    _move_audit(connection, accounts, platform, before, after)


def _move_open_questions(
    connection: Connection, accounts: Accounts, platform: str, bot: str, before: str, after: str
) -> None:
    """What has ended keeps the event that it was."""
    for row in connection.execute(_OPEN, {"its_platform": platform, "its_bot": bot, "its_chat": before}).all():
        key, place = accounts.key_of(row), events.place_of("event", row.id)
        event = events.decode(key.unseal(row.event, place), Handle(""))
        sealed = key.seal(events.encode(replace(event, chat=event.chat.moved(after))), place)
        connection.execute(update(inbox).where(inbox.c.id == row.id).values(event=sealed))


def _move_conversations(connection: Connection, platform: str, bot: str, before: str, after: str) -> None:
    where = {"its_platform": platform, "its_bot": bot}
    for old in connection.execute(_CONVERSATIONS, {**where, "its_chat": before}).all():
        same = {**where, "its_chat": after, "its_thread": old.thread, "its_account": old.account}
        new = connection.execute(_SAME, same).one_or_none()
        if new is None:
            connection.execute(update(conversations).where(_THIS).values(chat=after), {"conversation": old.id})
            continue
        for table in (inbox, turns):
            rows = update(table).where(table.c.conversation_id == old.id)
            connection.execute(rows.values(conversation_id=new.id))
        if new.head is None:
            connection.execute(update(conversations).where(_THIS).values(head=old.head), {"conversation": new.id})
        connection.execute(delete(conversations).where(_THIS), {"conversation": old.id})


def _move_settings(connection: Connection, accounts: Accounts, platform: str, before: str, after: str) -> None:
    old, new = of_space(platform, before), of_space(platform, after)
    key = accounts.key(connection, *INSTANCE)
    found = connection.execute(_SETTINGS, {"its_scope": old, **within(f"grant|chat:{platform}:{before}|")}).all()
    for row in found:
        scope = new if row.scope == old else row.scope
        name = moved_setting(row.name, platform, before, after)
        there = (settings.c.scope == scope, settings.c.name == name)
        if connection.execute(select(settings.c.name).where(*there)).one_or_none() is None:
            put(connection, key, scope, name, value_of(row, accounts.key_of(row)))
        put(connection, key, row.scope, row.name, "")


def _move_audit(connection: Connection, accounts: Accounts, platform: str, before: str, after: str) -> None:
    """Entries are sealed together with what they are about, so they are written anew, in their order."""
    key = accounts.key(connection, *INSTANCE)
    for row in connection.execute(_CHANGES, {"its_scope": of_space(platform, before)}).all():
        change = change_of(row, accounts.key_of(row))
        name = moved_setting(change.name, platform, before, after)
        record(connection, key, replace(change, scope=of_space(platform, after), name=name))
        connection.execute(delete(audit).where(audit.c.id == row.id))

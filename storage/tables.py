"""The whole schema on one page. `migrations/` brings a database here; a test compares the two.

"Sealed" columns hold ciphertext (see `encryption.py`), made with the data key that `key_id` names. That key's account
is whose words they are: deleting an account deletes its keys, and every row that was sealed with them.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    and_,
    literal_column,
)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, in UTC both ways: SQLite forgets time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("A time without its zone cannot be stored.")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


Big = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is called INTEGER
Sealed = LargeBinary
Name = String().with_variant(String(collation="C"), "postgresql")  # in the order of code points, as SQLite has it

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _owned(name: str, owner: str, index: bool = True) -> Column[Any]:
    """A reference to a row that this one goes with when it is deleted; indexed, or every deletion would read it all."""
    return Column(name, Big, ForeignKey(owner, ondelete="CASCADE"), nullable=False, index=index)


accounts = Table(
    "accounts",
    metadata,
    Column("id", Big, primary_key=True),
    Column("platform", String, nullable=False),
    Column("account", String, nullable=False),
    UniqueConstraint("platform", "account"),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", Big, primary_key=True),
    _owned("account_id", "accounts.id"),
    Column("master", String, nullable=False),  # which master key it is wrapped with
    Column("wrapped", LargeBinary, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Big, primary_key=True),
    Column("platform", String, nullable=False),
    Column("bot", String, nullable=False),
    Column("chat", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("account", String, nullable=False),
    Column("head", String),  # the last turn of the branch it is on; NULL: the next turn begins anew
    UniqueConstraint("platform", "bot", "chat", "thread", "account"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("number", Big, primary_key=True),  # the order of acceptance, which no clock can upset
    Column("id", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("bot", String, nullable=False),
    Column("event_id", String, nullable=False),
    _owned("conversation_id", "conversations.id", index=False),  # the index below begins with it
    _owned("key_id", "data_keys.id"),
    Column("message", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("command", String, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("finish", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("event", Sealed, nullable=False),
    Column("partial", Sealed),
    Column("handle", Sealed),
    Column("accepted_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime),
    Column("holder", BigInteger, nullable=False, server_default="0"),  # the process that works on it
    UniqueConstraint("id"),
    UniqueConstraint("platform", "bot", "event_id"),
    Index(None, "conversation_id", "number"),
)
UNFINISHED = inbox.c.ended_at.is_(None)
KEPT = and_(inbox.c.state == literal_column("'undeliverable'"), inbox.c.finish != literal_column("''"))
"""With an answer that waits for its person."""
Index("ix_inbox_kept", inbox.c.conversation_id, inbox.c.number, sqlite_where=KEPT, postgresql_where=KEPT)
Index(
    "ix_inbox_unfinished",
    *(inbox.c.platform, inbox.c.bot, inbox.c.number),
    sqlite_where=UNFINISHED,
    postgresql_where=UNFINISHED,
)

turns = Table(
    "turns",
    metadata,
    Column("id", String, primary_key=True),
    _owned("conversation_id", "conversations.id"),
    _owned("key_id", "data_keys.id", index=False),  # the index below begins with it
    Column("parent", String, ForeignKey("turns.id", ondelete="SET NULL"), index=True),
    Column("question", String, ForeignKey("inbox.id", ondelete="SET NULL")),
    Column("place", Integer, nullable=False),  # among the turns of its question, from 0
    Column("role", String, nullable=False),
    Column("model", String, nullable=False),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("seconds", Float, nullable=False),
    Column("finish", String, nullable=False),
    Column("text", Sealed, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("block", Big, nullable=False, server_default="0"),  # of `vectors`; 0, or one that is gone: it has none
    UniqueConstraint("question", "place"),
    Index(None, "key_id", "block", "at"),
)

vectors = Table(  # of turns, in blocks of many (`blocks.py`); those of an account are of one space
    "vectors",
    metadata,
    Column("id", Big, primary_key=True),  # larger than that of every block the account had before
    _owned("key_id", "data_keys.id"),
    Column("space", String, nullable=False),  # what these vectors can be compared with: the model, mostly
    Column("version", String, nullable=False),  # another one with each change
    Column("size", Integer, nullable=False),  # turns
    Column("data", Sealed, nullable=False),
)

media = Table(  # of answers whose last write may not have happened
    "media",
    metadata,
    Column("question", String, ForeignKey("inbox.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),  # among the media of its question, from 0
    _owned("key_id", "data_keys.id"),
    Column("about", Sealed, nullable=False),  # everything but the bytes, as JSON
    Column("data", Sealed, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("scope", String, primary_key=True),
    Column("name", Name, primary_key=True, index=True),
    _owned("key_id", "data_keys.id"),
    Column("value", Sealed, nullable=False),
)

audit = Table(  # of the settings that people changed
    "audit",
    metadata,
    Column("id", Big, primary_key=True),
    Column("who", String, nullable=False),
    Column("name", Name, nullable=False),
    Column("scope", String, nullable=False),
    _owned("key_id", "data_keys.id"),
    Column("before", Sealed, nullable=False),
    Column("after", Sealed, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Index(None, "scope", "id"),
)

spending = Table(
    "spending",
    metadata,
    Column("subject", String, primary_key=True),  # a pseudonym, which outlives the account; or "instance"
    Column("day", Date, primary_key=True),  # UTC
    Column("tokens", Big, nullable=False),
    Column("pictures", Big, nullable=False),
    Column("micros", Big, nullable=False),  # millionths of a US dollar
)

reservations = Table(  # in `spending` already, and to be corrected by what is really used
    "reservations",
    metadata,
    Column("id", String, primary_key=True),
    Column("subjects", String, nullable=False),  # those of `spending`, as JSON
    Column("day", Date, nullable=False),
    Column("tokens", Big, nullable=False),
    Column("pictures", Big, nullable=False),
    Column("micros", Big, nullable=False),
)

comparisons = Table(  # with at least one vote
    "comparisons",
    metadata,
    Column("question", String, primary_key=True),
    Column("model", String, primary_key=True),
)

votes = Table(
    "votes",
    metadata,
    Column("question", String, primary_key=True),
    Column("voter", String, primary_key=True),  # a pseudonym
    Column("model", String, nullable=False),
)

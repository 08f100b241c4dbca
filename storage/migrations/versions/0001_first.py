"""Everything that Parley stored in its first version; `storage/tables.py` says what it means."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
utc = sa.DateTime(timezone=True)


def upgrade() -> None:
    _accounts()
    _data_keys()
    _conversations()
    _inbox()
    _turns()
    _settings()
    _usage()
    _audit()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", big, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("platform", "account", name="uq_accounts_platform_account"),
    )


def _data_keys() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", big, nullable=False),
        sa.Column("account_id", big, nullable=False),
        sa.Column("master", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_data_keys_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_data_keys"),
    )
    op.create_index("ix_data_keys_account_id", "data_keys", ["account_id"])


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", big, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("bot", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("head", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint(
            "platform", "bot", "chat", "thread", "account", name="uq_conversations_platform_bot_chat_thread_account"
        ),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("number", big, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("bot", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("conversation_id", big, nullable=False),
        sa.Column("key_id", big, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finish", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("partial", sa.LargeBinary()),
        sa.Column("handle", sa.LargeBinary()),
        sa.Column("accepted_at", utc, nullable=False),
        sa.Column("ended_at", utc),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_inbox_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name="fk_inbox_key_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name="pk_inbox"),
        sa.UniqueConstraint("id", name="uq_inbox_id"),
        sa.UniqueConstraint("platform", "bot", "event_id", name="uq_inbox_platform_bot_event_id"),
    )
    op.create_index("ix_inbox_conversation_id_number", "inbox", ["conversation_id", "number"])
    op.create_index("ix_inbox_key_id", "inbox", ["key_id"])
    op.create_index(
        "ix_inbox_unfinished",
        "inbox",
        ["platform", "bot", "number"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", big, nullable=False),
        sa.Column("key_id", big, nullable=False),
        sa.Column("parent", sa.String()),
        sa.Column("question", sa.String()),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("tokens_in", sa.Integer()),
        sa.Column("tokens_out", sa.Integer()),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("finish", sa.String(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", utc, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_turns_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name="fk_turns_key_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["parent"], ["turns.id"], name="fk_turns_parent", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["question"], ["inbox.id"], name="fk_turns_question", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.UniqueConstraint("question", "place", name="uq_turns_question_place"),
    )
    op.create_index("ix_turns_conversation_id", "turns", ["conversation_id"])
    op.create_index("ix_turns_key_id", "turns", ["key_id"])
    op.create_index("ix_turns_parent", "turns", ["parent"])


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_id", big, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name="fk_settings_key_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scope", "name", name="pk_settings"),
    )
    op.create_index("ix_settings_key_id", "settings", ["key_id"])


def _usage() -> None:
    op.create_table(
        "usage",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tokens_in", big, nullable=False),
        sa.Column("tokens_out", big, nullable=False),
        sa.Column("questions", big, nullable=False),
        sa.PrimaryKeyConstraint("person", "day", name="pk_usage"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", big, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key_id", big, nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("after", sa.LargeBinary(), nullable=False),
        sa.Column("at", utc, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name="fk_audit_key_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_key_id", "audit", ["key_id"])

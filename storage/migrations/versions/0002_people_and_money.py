"""Who works on a question, the media of answers, the audit of settings, what was spent, and votes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("holder", sa.BigInteger(), nullable=False, server_default="0"))
    _media()
    _audit()
    _spending()
    _reservations()
    _votes()


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("key_id", big, nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["question"], ["inbox.id"], name="fk_media_question", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name="fk_media_key_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("question", "place", name="pk_media"),
    )
    op.create_index("ix_media_key_id", "media", ["key_id"])


def _audit() -> None:
    """It was of actions, of which there were none yet but settings."""
    op.execute("ALTER TABLE audit RENAME COLUMN action TO name")
    if op.get_bind().dialect.name == "postgresql":
        for table in ("audit", "settings"):
            op.execute(f'ALTER TABLE {table} ALTER COLUMN name TYPE VARCHAR COLLATE "C"')
    op.create_index("ix_audit_scope_id", "audit", ["scope", "id"])
    op.create_index("ix_settings_name", "settings", ["name"])


def _spending() -> None:
    op.create_table(
        "spending",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tokens", big, nullable=False),
        sa.Column("pictures", big, nullable=False),
        sa.Column("micros", big, nullable=False),
        sa.PrimaryKeyConstraint("subject", "day", name="pk_spending"),
    )
    op.execute("INSERT INTO spending SELECT person, day, tokens_in + tokens_out, 0, 0 FROM usage")
    op.execute("INSERT INTO spending SELECT 'instance', day, sum(tokens_in + tokens_out), 0, 0 FROM usage GROUP BY day")
    op.drop_table("usage")


def _reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subjects", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tokens", big, nullable=False),
        sa.Column("pictures", big, nullable=False),
        sa.Column("micros", big, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
    )


def _votes() -> None:
    op.create_table(
        "comparisons",
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("question", "model", name="pk_comparisons"),
    )
    op.create_table(
        "votes",
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("voter", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("question", "voter", name="pk_votes"),
    )

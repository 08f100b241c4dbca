"""Vectors of turns, for a search by meaning."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vectors",
        sa.Column("id", big, nullable=False),
        sa.Column("key_id", big, nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name="fk_vectors_key_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_vectors"),
    )
    op.create_index("ix_vectors_key_id", "vectors", ["key_id"])
    op.add_column("turns", sa.Column("block", big, nullable=False, server_default="0"))
    op.drop_index("ix_turns_key_id", "turns")
    op.create_index("ix_turns_key_id_block_at", "turns", ["key_id", "block", "at"])

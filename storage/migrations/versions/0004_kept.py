"""Answers that could not be shown are found at the next contact."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEPT = sa.text("state = 'undeliverable' AND finish != ''")


def upgrade() -> None:
    op.create_index("ix_inbox_kept", "inbox", ["conversation_id", "number"], sqlite_where=KEPT, postgresql_where=KEPT)

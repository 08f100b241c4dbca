"""Run by Alembic, which hands over the connection that `upgrade.py` put into the configuration."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by rebuilding it; on others this changes nothing
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

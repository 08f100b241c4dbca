"""Alembic's revisions, one set for every database, and how they are run."""

"""Everything that must survive: one database, sealed with one master key.

`store.py` opens it. `inbox.py` (with `media.py`), `archive.py`, `settings.py`, `ledger.py` and `votes.py` keep the
promises of the ports of these names in `bot`, and `vectors.py` those of `bot/conversation/memory.py`; what they write
goes through the one `writer.py`. `url.py` reads where the database is, `engine.py` makes the connections, with
`driver.py` for SQLite and `postgresql.py` for PostgreSQL. `presence.py` knows which processes are gone.
`tables.py` is the schema; `schema.py` and `migrations/` bring a database to it. `encryption.py` and `accounts.py` see
to it that a person's words can be read with the keys of that person only. `failures.py` and `sqlstates.py` say what a
database's errors mean to us.
"""

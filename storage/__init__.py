"""Everything that must survive: one database, sealed with one master key.

`store.py` opens it. `inbox.py`, `archive.py` and `settings.py` keep the promises of the ports of these names in `bot`;
what they write goes through the one `writer.py`. `engine.py` and, for SQLite, `driver.py` make the connections.
`tables.py` is the schema; `schema.py` and `migrations/` bring a database to it. `encryption.py` and `accounts.py` see
to it that a person's words can be read with the keys of that person only. `failures.py` says what a database's errors
mean to us.
"""

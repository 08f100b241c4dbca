"""What can be the matter with a database, whichever it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    detail: str  # for the operator: the cause and the remedy
    message: str = "I cannot store anything at the moment, so I cannot take questions. Please try again later."
    retry_after: float = 60.0  # seconds


BUSY = Trouble(
    "another program holds the database locked: let it finish or stop it",
    "My memory is busy just now. Please try again in a few seconds.",
    5.0,
)
FULL = Trouble("the disk is full or the database has reached its size limit: make room")
DISK = Trouble("the disk reported an error: check the disk and the system's log")
MEMORY = Trouble("there is no memory left: give the process and its database more")
DAMAGED = Trouble(
    "the database is damaged: keep a copy of it, then restore a backup, or what the sqlite3 program's `.recover` still "
    "finds in it",
    "What I have stored cannot be read at the moment. Please try again later.",
)

"""The port to settings that are made while the bot runs, by scope: "instance", a space, or a person.

What an operator writes in files and the environment is in `config.py`.
"""

from typing import Protocol


class Settings(Protocol):
    async def read(self, scope: str, name: str) -> str:
        """The value, or "" where there is none."""
        ...

    async def write(self, scope: str, name: str, value: str) -> None: ...

"""The simulated platforms and who is on them: on each, a member and an admin, a group and private chats."""

from collections.abc import Mapping
from typing import Literal

from playground.door import Door, Upstream
from simulators.discord import DiscordSimulator
from simulators.telegram import TelegramSimulator

Person = Literal["member", "admin"]
PEOPLE: tuple[Person, ...] = ("member", "admin")
GRACE_SECONDS = 2.0  # for running answers when the playground ends: somebody waits for their terminal


class Stage:
    """`scale` shortens every waiting time, and the bot's own pace with it."""

    def __init__(self, upstream: Upstream, scale: float = 1.0) -> None:
        self.scale = scale
        self.discord = DiscordSimulator(scale=scale)
        self.discord.admin.name = "ada"
        self.telegram = TelegramSimulator(scale=scale)
        self.door = Door(upstream, scale)

    @property
    def parts(self) -> tuple[DiscordSimulator, TelegramSimulator, Door]:
        return self.discord, self.telegram, self.door

    def environment(self, database: str, key_file: str) -> Mapping[str, str]:
        """All that the bot must be told to play here, and nowhere else."""
        discord, telegram = self.discord, self.telegram
        told = {
            "DISCORD_TOKEN": discord.token,
            "TELEGRAM_TOKEN": telegram.token,
            "DATABASE_URL": database,
            "PARLEY_RUN__ADAPTERS": "discord,telegram",
            "PARLEY_RUN__GRACE_SECONDS": f"{GRACE_SECONDS:g}",
            "PARLEY_STORAGE__MASTER_KEY_FILE": key_file,
            "PARLEY_WEB__PORT": "0",
            "PARLEY_ACCESS__OPEN": "true",
            "PARLEY_ACCESS__OWNERS": f"discord:{discord.admin.id},telegram:{telegram.admin.id}",
            "PARLEY_DISCORD__API_URL": discord.api_url,
            "PARLEY_DISCORD__GATEWAY_URL": discord.gateway_url,
            "PARLEY_DISCORD__MESSAGE_CONTENT": "true",  # the simulated portal has granted the intent
            "PARLEY_TELEGRAM__API_URL": telegram.api_url,
            "PARLEY_TELEGRAM__PRIVATE_EDIT_SECONDS": f"{1.5 * self.scale:g}",
            "PARLEY_TELEGRAM__GROUP_EDIT_SECONDS": f"{3 * self.scale:g}",
        }
        where = "GUIDE_URL" if self.door.upstream.offline else "BASE_URL"
        return {**told, f"PARLEY_INFERENCE__{where}": self.door.base_url}

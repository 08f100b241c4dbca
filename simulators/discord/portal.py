"""What an operator can set wrongly in the developer portal, and the list of the bot's servers."""

from dataclasses import dataclass
from typing import Any

from simulators.discord import payloads
from simulators.discord.world import World


@dataclass(slots=True)
class Portal:
    endpoint: str | None = None  # the Interactions Endpoint URL
    code_grant: bool = False  # "Requires OAuth2 Code Grant"
    invited: bool = True  # False: the bot is in no server
    user_installs: int = 0
    starts: int = 1000  # connections to the gateway that a day allows

    @property
    def json(self) -> dict[str, Any]:
        """Of the application, what differs from one that is set up soundly."""
        return {
            "interactions_endpoint_url": self.endpoint,
            "bot_require_code_grant": self.code_grant,
            "approximate_guild_count": int(self.invited),
            "approximate_user_install_count": self.user_installs,
        }

    def servers(self, world: World) -> list[dict[str, Any]]:
        """As /users/@me/guilds lists them."""
        if not (self.invited and world.in_guild):
            return []
        guild = payloads.guild(world)
        brief = {name: guild[name] for name in ("id", "name", "icon", "banner", "features")}
        return [{**brief, "owner": False, "permissions": guild["roles"][0]["permissions"]}]

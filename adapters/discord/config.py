"""The `[discord]` section of `config.toml`. Imports nothing of the SDK."""

from pydantic import Field

from bot.section import Names, Section

API_URL = "https://discord.com/api/v10"


class DiscordConfig(Section):
    api_url: str = Field(default=API_URL, description="Where Discord's REST API is; a proxy has its own.")
    gateway_url: str = Field(default="", description="Where the gateway is (ws://...); empty is Discord's own.")
    answer_bots: Names = Field(
        default=(), description="Ids of other bots or webhooks to answer; two bots that answer each other never stop."
    )
    message_content: bool = Field(
        default=False,
        description="Also read replies whose ping is switched off; needs the Message Content Intent in the portal.",
    )
    heartbeat_ack_seconds: float = Field(
        default=90.0, gt=0, description="Without a heartbeat's answer for this long the connection is made anew."
    )
    catch_up_channels: int = Field(
        default=100, ge=0, description="In so many channels, messages missed while the bot was away are read; 0: none."
    )
    catch_up_messages: int = Field(default=200, ge=1, description="How many of them are read in each channel.")
    catch_up_hours: float = Field(default=24.0, gt=0, description="How old such a message may be.")

"""The section `[telegram]` of `config.toml`. The token is a secret and stands in the environment: TELEGRAM_TOKEN."""

from pydantic import Field

from bot.section import Names, Section


class TelegramConfig(Section):
    api_url: str = Field(
        "https://api.telegram.org/bot",
        pattern=r"^https?://\S+/bot$",
        description="where the Bot API answers; an own Bot API server works as well",
    )
    answer_bots: Names = Field((), description="other bots to answer, by @name or id; two bots can talk for ever")
    poll_seconds: int = Field(30, ge=1, le=50, description="how long one request waits for news; Telegram allows 50")
    private_edit_seconds: float = Field(
        1.5, ge=0, description="between two writes to a private chat; faster met waits of minutes"
    )
    group_edit_seconds: float = Field(
        3.0, ge=0, description="between two writes to a group, all its answers together: Telegram allows 20 a minute"
    )

    @property
    def file_url(self) -> str:
        return self.api_url.removesuffix("/bot") + "/file/bot"

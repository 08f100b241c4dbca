"""The section `[telegram]` of `config.toml`. The token is a secret and stands in the environment: TELEGRAM_TOKEN."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from bot.section import Names, Section


class TelegramConfig(Section):
    api_url: str = Field(
        "https://api.telegram.org/bot",
        pattern=r"^https?://\S+/bot$",
        description="where the Bot API answers; an own Bot API server works as well",
    )
    answer_bots: Names = Field((), description="other bots to answer, by @name or id; two bots can talk for ever")
    webhook_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+/[^\s?#]+)?$",
        description="where Telegram posts what happens, a public https address with a path; empty: it is asked",
    )
    poll_seconds: int = Field(30, ge=1, le=50, description="how long one request waits for news; Telegram allows 50")
    previews: Literal["edits", "drafts"] = Field(
        "edits",
        description="how an answer grows in private chats: a message that is edited, or Telegram's own drafts",
    )
    private_edit_seconds: float = Field(
        1.5, ge=0, description="between two writes to a private chat; faster met waits of minutes"
    )
    group_edit_seconds: float = Field(
        3.0, ge=0, description="between two writes to a group, all its answers together: Telegram allows 20 a minute"
    )

    @property
    def webhook_path(self) -> str:
        """The path of the web port to which a reverse proxy sends what comes to `webhook_url`."""
        return urlsplit(self.webhook_url).path

    @property
    def file_url(self) -> str:
        return self.api_url.removesuffix("/bot") + "/file/bot"

"""The section `[web]` of `config.toml`."""

from pydantic import Field

from bot.section import Section


class WebConfig(Section):
    port: int = Field(0, ge=0, le=65535, description="where /healthz, /readyz and /metrics are served; 0: nowhere")
    host: str = Field(
        "127.0.0.1", min_length=1, description="this machine only; 0.0.0.0 is for everybody who gets here"
    )

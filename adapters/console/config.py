from pydantic import Field

from bot.section import Section


class ConsoleConfig(Section):
    name: str = Field("you", description="what the person at the terminal is called")

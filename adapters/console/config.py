from pydantic import Field

from bot.section import Section


class ConsoleConfig(Section):
    name: str = Field("you", description="what the person at the terminal is called")
    folder: str = Field("pictures", min_length=1, description="where pictures and sounds of answers are saved")

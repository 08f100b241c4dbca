"""Who may speak, and how much: for now the bounds that keep one person, or everyone at once, from filling the house."""

from pydantic import Field

from bot.backlog import Backlog
from bot.errors import Refused
from bot.events import Event
from bot.lanes import Lanes
from bot.section import Section


class AdmissionConfig(Section):
    waiting_each: int = Field(4, ge=1, description="questions that one conversation may have open at once")
    waiting_all: int = Field(2000, ge=1, description="questions that may be open at once in this process")
    stale_hours: float = Field(
        6.0, gt=0, description="messages that waited longer for the bot are not answered; their chat is told once a day"
    )
    text_limit: int = Field(100_000, ge=1, description="characters of one question; more than any model's window holds")


class Admission:
    def __init__(self, config: AdmissionConfig, lanes: Lanes) -> None:
        self._config = config
        self._lanes = lanes
        self.backlog = Backlog(config.stale_hours)

    @property
    def full(self) -> bool:
        """Whether as many questions are open as this process may hold."""
        return len(self._lanes) >= self._config.waiting_all

    def admit(self, event: Event) -> None:
        """Raises `Refused` with the sentence for the person, before anything is stored."""
        if len(event.text) > self._config.text_limit:
            raise Refused(f"That is too long: a question may have up to {self._config.text_limit} characters.")
        if self._lanes.waiting(event.key) >= self._config.waiting_each:
            raise Refused("Your earlier questions are still being answered. Wait for them, or send /stop.")
        if self.full:
            raise Refused("Too many people are asking at this moment. Please try again in a minute.")

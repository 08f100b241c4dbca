"""A `bot.meter.Meter` that keeps what it is told, in order."""

from bot.meter import Silent


class Figures(Silent):
    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def wrote(self, *what: object) -> None:
        self.told.append(("wrote", *what))

    def limited(self, *what: object) -> None:
        self.told.append(("limited", *what))

    def failed(self, *what: object) -> None:
        self.told.append(("failed", *what))

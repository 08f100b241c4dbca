"""Which platforms the Surface contract is run on, and what its tests share."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from bot.replies import Button, Page, Surface
from tests.contracts.platforms import Platform
from tests.contracts.platforms.console import OnConsole
from tests.contracts.platforms.discord import OnDiscord, OnDiscordByCommand
from tests.contracts.platforms.mailbox import InAMailbox
from tests.contracts.platforms.screen import OnScreen
from tests.contracts.platforms.telegram import OnTelegram, OnTelegramInAGroup, OnTelegramWithDrafts

PLATFORMS: tuple[type[Platform], ...] = (
    OnDiscord, OnDiscordByCommand, OnTelegram, OnTelegramInAGroup, OnTelegramWithDrafts, OnConsole, InAMailbox,
    OnScreen,
)  # fmt: skip
STOP, RETRY = Button("stop", "Stop"), Button("retry", "Retry")


def name_of(platform: type[Platform]) -> str:
    return platform.name


def having(wanted: Callable[[type[Platform]], bool]) -> pytest.MarkDecorator:
    """For the platforms of this kind."""
    chosen = list(filter(wanted, PLATFORMS))
    return pytest.mark.parametrize("platform", chosen, indirect=True, ids=name_of, scope="module")


everywhere = having(lambda platform: True)
where_it_rewrites = having(lambda platform: platform.rewrites)
where_it_revives = having(lambda platform: platform.revives)
where_it_refuses = having(lambda platform: platform.refuses)
where_files_come = having(lambda platform: platform.receives_files)
by_wire = having(lambda platform: platform.by_wire)
where_files_are_counted = having(lambda platform: platform.counts_files)
once_each = having(lambda platform: not platform.variant)  # what looks the same everywhere on a platform


def pages(*markdown: str) -> Sequence[Page]:
    return [Page(each) for each in markdown]


def words(text: str) -> str:
    """What a reader reads, without layout and the joiners that keep names from pinging."""
    return "".join(text.replace("\u2060", "").split())


def texts(platform: Platform) -> list[str]:
    return [words(each.text) for each in platform.shown()]


def whole(platform: Platform) -> str:
    return "".join(texts(platform))


async def previewed(surface: Surface, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> bool:
    """At the pace that the surface asks for."""
    await asyncio.sleep(surface.wait(asyncio.get_running_loop().time(), final=False))
    return await surface.preview(pages, buttons)

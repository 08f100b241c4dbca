"""A headless Chromium for tests and screenshots: the one that CHROMIUM names, or that is installed."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # tests may run as root, and the only page is our own
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
REMEDY = "no Chromium is here: install one (on Debian and Ubuntu: apt install chromium), or name it in CHROMIUM"


def chromium() -> str:
    """The browser's path. Where there is none the test is skipped, but never unnoticed (CI)."""
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not named:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(REMEDY)
    return str(named)


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


def answers(page: Page, platform: str) -> Locator:
    """What the bot wrote there."""
    return page.locator(f"#{platform} .message.bot")


async def say(page: Page, platform: str, text: str) -> None:
    await page.fill(f"#{platform}-input", text)
    await page.press(f"#{platform}-input", "Enter")


async def be(page: Page, platform: str, person: str) -> None:
    """ "member" or "admin"."""
    await page.locator(f'#{platform} input[value="{person}"]').check()


async def go(page: Page, platform: str, name: str) -> None:
    """To a place by its name."""
    await page.locator(f"#{platform} header").get_by_label(name, exact=True).check()

"""`python -m tests.playground.screenshots`: makes the pictures of the playground in docs/images anew."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from playground.door import Upstream
from playground.opening import Playground, opened
from tests.playground.browser import a_browser, answers, go, say

FOLDER = Path(__file__).parents[2] / "docs" / "images"
LIMIT = 250_000  # bytes of one picture
expect.set_options(timeout=60_000)


async def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with a_browser() as browser, opened(0, Upstream(), folder=Path(folder)) as playground:
            await converse(playground, browser)
            await on_a_phone(playground, browser)


async def converse(playground: Playground, browser: Browser) -> None:
    page = await a_page(playground, browser, 1360, 820)
    await say(page, "telegram", "/imagine --seed 11 --width 512 --height 256 a lighthouse")
    await expect(answers(page, "telegram").last.get_by_role("img")).to_be_visible()
    await go(page, "discord", "#general")
    await say(page, "discord", "@parley Where is my data?")
    await expect(answers(page, "discord").last.get_by_role("button", name="Retry")).to_be_visible()
    await page.get_by_role("button", name="429 on Telegram").click()
    await say(page, "telegram", "How do I add Telegram?")
    await say(page, "discord", "/sentiment I love how fast this is!")
    await page.keyboard.press("Enter")
    await expect(answers(page, "discord").last).to_contain_text("positive")
    await expect(page.locator("#wire .line.wait")).to_be_visible()
    await expect(page.locator("#telegram .growing")).to_be_visible()
    await keep(page, "playground")
    await page.get_by_role("button", name="Switch to dark colours").click()
    await page.fill("#discord-input", "/")
    await keep(page, "playground-dark")


async def on_a_phone(playground: Playground, browser: Browser) -> None:
    page = await a_page(playground, browser, 390, 760)
    await page.get_by_role("tab", name="Telegram").click()
    await expect(answers(page, "telegram").last.get_by_role("button", name="Retry")).to_be_visible()
    await keep(page, "playground-phone")


async def a_page(playground: Playground, browser: Browser, width: int, height: int) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": height})
    await page.goto(playground.url)
    await expect(page.locator("#bot")).to_contain_text("The bot is running")
    return page


async def keep(page: Page, name: str) -> None:
    data = await page.screenshot(path=FOLDER / f"{name}.png")
    if len(data) > LIMIT:
        raise SystemExit(f"{name}.png has {len(data)} bytes, more than {LIMIT}")


if __name__ == "__main__":
    asyncio.run(main())

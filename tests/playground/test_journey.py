"""The playground in a browser: what a newcomer sees and does. Bot, libraries and browser are the real ones."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect

from playground.door import Upstream
from playground.opening import Playground, opened
from tests.playground.browser import a_browser, answers, be, go, say

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCALE = 0.35  # of all waiting times, the guide's words included
PATIENCE = 20_000  # milliseconds for what the bot does in its own time
expect.set_options(timeout=PATIENCE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Playground, Browser]]:
    folder = tmp_path_factory.mktemp("playground")
    async with a_browser() as browser, opened(0, Upstream(), folder=folder, scale=SCALE) as playground:
        yield playground, browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(world: tuple[Playground, Browser]) -> AsyncIterator[Page]:
    async with a_page(*world) as made:
        yield made


@asynccontextmanager
async def a_page(playground: Playground, browser: Browser, **context: Any) -> AsyncIterator[Page]:
    """A page that must end without a complaint of the browser: no error, nothing that the policy forbids."""
    complaints: list[str] = []
    async with await browser.new_context(**context) as profile:
        page = await profile.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        await page.goto(playground.url)
        await expect(page.locator("#bot")).to_contain_text("The bot is running")
        yield page
    assert [each for each in complaints if "400 (Bad Request)" not in each] == []


async def test_answers_grow_on_both_panes_and_a_reload_goes_on_in_mid_answer(page: Page) -> None:
    for platform in ("discord", "telegram"):
        await say(page, platform, "count to 250")
    for platform in ("discord", "telegram"):
        answer = answers(page, platform).last
        await expect(answer).to_contain_text("20, 21, 22")
        await expect(answer.get_by_role("button", name="Stop")).to_be_visible()
        assert "249" not in await answer.inner_text()
    await page.reload()
    for platform in ("discord", "telegram"):
        answer = answers(page, platform).last
        await expect(answer).to_contain_text("249, 250.")
        await expect(answer.get_by_role("button", name="Retry")).to_be_visible()
        await expect(page.locator(f"#{platform} .growing")).to_have_count(0)
    await expect(page.locator("#wire .where.discord + .request", has_text="PATCH messages").first).to_be_visible()
    await expect(page.locator("#wire .request", has_text="editMessageText").first).to_be_visible()
    await expect(page.locator("#model")).to_contain_text("not a language model")


async def test_a_button_is_pressed_and_continue_goes_on(page: Page) -> None:
    await say(page, "telegram", "count to 400")
    answer = answers(page, "telegram").last
    await answer.get_by_role("button", name="Stop").click()
    await expect(answer).to_contain_text("Stopped.")
    count = await answers(page, "telegram").count()
    await answer.get_by_role("button", name="Continue").click()
    await expect(answers(page, "telegram")).to_have_count(count + 1)
    await expect(answers(page, "telegram").last).to_contain_text("399, 400.")


async def test_by_keyboard_alone_a_slash_command_is_filled_in_and_sent(page: Page) -> None:
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # "Skip to the conversation"
    await expect(page.locator("#discord-input")).to_be_focused()
    await page.keyboard.type("/sen")
    await expect(page.get_by_role("option", name="/sentiment")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await page.keyboard.type("I love how fast this is!")
    await page.keyboard.press("Enter")
    await expect(answers(page, "discord").last).to_contain_text("positive")
    await expect(answers(page, "discord").last).to_contain_text("alice used /sentiment")
    await expect(page.locator("#discord-input")).to_be_focused()
    await page.keyboard.type("/")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#discord-choices [aria-selected=true]")).not_to_contain_text("/chat")
    await page.keyboard.press("Escape")
    await expect(page.locator("#discord-choices")).to_be_hidden()
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")  # past the two round buttons to the last message's menu
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_have_count(0)
    await expect(page.locator("#discord .dots-button").last).to_be_focused()


async def test_a_message_has_a_menu_a_form_opens_and_models_are_completed(page: Page) -> None:
    await say(page, "discord", "my name is Ada")
    await expect(answers(page, "discord").last).to_contain_text("Hello Ada")
    message = page.locator("#discord .own").last
    await message.hover()
    await message.get_by_role("button", name="More about").click()
    await page.get_by_role("menuitem", name="Ask about this").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("textbox").fill("count to 9")
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_be_hidden()
    await expect(answers(page, "discord").last).to_contain_text("8, 9.")
    await say(page, "discord", "/model off")
    await expect(page.locator('#discord datalist option[value="offline guide"]')).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator("#discord-input")).to_be_focused()


async def test_pictures_and_files_are_shown(page: Page) -> None:
    await say(page, "telegram", "/imagine --seed 7 a lighthouse")
    picture = answers(page, "telegram").last.get_by_role("img")
    await expect(picture).to_be_visible()
    await expect(answers(page, "telegram").last).to_contain_text("not a picture of your words")
    assert await picture.evaluate("image => image.naturalWidth") > 0
    file = FilePayload(name="reviews.txt", mimeType="text/plain", buffer=b"I love it.\nI hate it.\n")
    await page.locator("#discord .composer input[type=file]").set_input_files(file)
    await expect(page.locator("#discord .about")).to_contain_text("reviews.txt")
    await say(page, "discord", "what is in this file?")
    await expect(page.locator("#discord .own a.file").last).to_contain_text("reviews.txt")
    await expect(answers(page, "discord").last.get_by_role("button", name="Retry")).to_be_visible()


async def test_member_and_admin_private_and_group(page: Page) -> None:
    await go(page, "discord", "#general")
    await say(page, "discord", "nobody is asked here")
    await say(page, "discord", "@parley count to 5")
    await expect(answers(page, "discord")).to_have_count(1)
    await expect(answers(page, "discord").last).to_contain_text("4, 5.")
    await expect(page.locator("#discord .own .mention")).to_contain_text("@parley")
    await say(page, "discord", "/thread count to 4")
    await page.keyboard.press("Enter")
    await page.locator("#discord header").get_by_label("↳ count to 4").check()
    await expect(answers(page, "discord").last).to_contain_text("3, 4.")
    await say(page, "discord", "count to 3")  # in the bot's own thread nobody needs to mention it
    await expect(answers(page, "discord").last).to_contain_text("2, 3.")
    await go(page, "discord", "#general")
    await expect(answers(page, "discord").last).to_contain_text("opened the thread")
    before = await answers(page, "discord").count()
    await say(page, "discord", "/whoami")
    await page.keyboard.press("Enter")
    await expect(answers(page, "discord").last).to_contain_text("Only you can see this")
    await be(page, "discord", "admin")
    await expect(answers(page, "discord")).to_have_count(before)
    await expect(page.locator("#discord .messages")).not_to_contain_text("Only you can see this")
    await page.fill("#discord-input", "/open")
    await expect(page.get_by_role("option", name="/open")).to_be_visible()
    await be(page, "discord", "member")
    await page.fill("#discord-input", "/open")
    await expect(page.get_by_role("option", name="/open")).to_have_count(0)
    await page.fill("#discord-input", "")
    await go(page, "telegram", "Garden")
    await say(page, "telegram", "/chat count to 6")
    await expect(answers(page, "telegram").last).to_contain_text("5, 6.")
    await be(page, "telegram", "admin")
    await expect(answers(page, "telegram").last).to_contain_text("5, 6.")
    await go(page, "telegram", "Private")
    await expect(page.locator("#telegram .messages .message")).to_have_count(0)


async def test_a_429_stands_in_the_ledger_and_a_cut_answer_is_marked(page: Page) -> None:
    for platform in ("Discord", "Telegram"):
        await page.get_by_role("button", name=f"429 on {platform}").click()
        await say(page, platform.lower(), "count to 40")
        refused = page.locator("#wire .line.wait", has_text=platform.lower())
        await expect(refused).to_contain_text(re.compile(r"429, waits 0\.\d+ s"))
        await expect(answers(page, platform.lower()).last).to_contain_text("39, 40.")
    await expect(page.locator(".trouble[aria-pressed=true]")).to_have_count(0)
    await page.get_by_role("button", name="Cut the stream").click()
    await expect(page.get_by_role("button", name="Cut the stream")).to_have_attribute("aria-pressed", "true")
    await say(page, "telegram", "count to 300")
    answer = answers(page, "telegram").last
    await expect(answer).to_contain_text("cut off")
    await expect(page.locator("#wire .line.bad", has_text="cut, by the button").first).to_be_visible()
    await answer.get_by_role("button", name="Continue").click()
    await expect(answers(page, "telegram").last).to_contain_text("299, 300.")


async def test_a_killed_bot_comes_back_and_brings_the_answer_to_its_end(
    page: Page, world: tuple[Playground, Browser]
) -> None:
    starts = world[0].process.starts
    await say(page, "discord", "count to 500")
    begun = answers(page, "discord").last
    await expect(begun).to_contain_text("60, 61")
    await page.get_by_role("button", name="Kill the bot").click()
    await say(page, "telegram", "count to 12")  # while nobody is there
    await expect(page.locator("#bot")).to_contain_text(f"The bot is running (start {starts + 1})")
    await expect(begun).to_contain_text("cut off")
    await expect(answers(page, "telegram").last).to_contain_text("11, 12.")
    await begun.get_by_role("button", name="Continue").click()
    await expect(answers(page, "discord").last).to_contain_text("499, 500.")


HOSTILE = (
    "<img src=x onerror=\"window.owned=1\"><script>window.owned=1</script>",
    "[click](javascript:window.owned=1) [ok](https://example.com) <https://example.com/\"onclick=\"owned>",
    "||<svg onload=window.owned=1>|| `<b>x</b>` **<i>y</i>**",
)  # fmt: skip


async def test_hostile_text_does_nothing(page: Page) -> None:
    for platform in ("discord", "telegram"):
        for text in HOSTILE:
            await say(page, platform, text)
        await expect(page.locator(f"#{platform} .own .body").last).to_contain_text("<i>y</i>")
    assert await page.evaluate("window.owned") is None
    links = await page.eval_on_selector_all(".body a", "all => all.map(each => each.getAttribute('href'))")
    assert links
    assert all(each.startswith(("http://", "https://")) for each in links)
    assert await page.locator(".body img, .body script, .body svg, .body i, .body b").count() == 0


async def test_everything_has_a_name_and_a_place_and_finished_answers_are_said(page: Page) -> None:
    await say(page, "telegram", "count to 7")
    await expect(page.locator("#said")).to_contain_text("6, 7.")
    await page.fill("#discord-input", "/")
    tree = (await (await page.context.new_cdp_session(page)).send("Accessibility.getFullAXTree"))["nodes"]
    found = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]]
    acted_on = {"button", "textbox", "combobox", "radio", "tab", "link", "option", "menuitem", "listbox"}
    assert [each for each in found if each[0] in acted_on and not each[1].strip()] == []
    roles = [role for role, _ in found]
    assert {"banner", "main", "complementary", "heading", "listbox", "combobox", "radio"} <= set(roles)
    assert {"Discord", "Telegram"} <= {name for role, name in found if role == "region"}
    labels = [name for role, name in found if role == "combobox"]
    assert len(set(labels)) == len(labels)


CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")


async def test_light_and_dark_are_both_readable_and_the_choice_is_kept(
    page: Page, world: tuple[Playground, Browser]
) -> None:
    await say(page, "discord", "what can you do?")
    await expect(answers(page, "discord").last.get_by_role("button", name="Retry")).to_be_visible()
    assert await page.evaluate(CONTRAST) == []
    await page.get_by_role("button", name="Switch to dark colours").click()
    await page.reload()
    await expect(page.locator("#bot")).to_contain_text("The bot is running")
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert await page.evaluate(CONTRAST) == []
    async with a_page(*world, color_scheme="dark") as other:
        assert await other.evaluate("document.documentElement.dataset.theme") == "dark"


async def test_on_a_phone_one_part_is_seen_at_a_time_and_nothing_is_cut_off(world: tuple[Playground, Browser]) -> None:
    async with a_page(*world, viewport={"width": 360, "height": 720}, has_touch=True) as page:
        await page.get_by_role("tab", name="Telegram").click()
        await expect(page.locator("#discord")).to_be_hidden()
        await say(page, "telegram", "count to 8")
        await expect(answers(page, "telegram").last).to_contain_text("7, 8.")
        await page.keyboard.press("Tab")
        for part, tab in (("telegram", "Telegram"), ("wire", "Wire"), ("discord", "Discord")):
            await page.get_by_role("tab", name=tab).click()
            await expect(page.locator(f"#{part}")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360
            assert await page.evaluate("document.documentElement.scrollHeight") <= 720
        box = await page.locator("#discord .send").bounding_box()
        assert box
        assert box["y"] + box["height"] <= 720

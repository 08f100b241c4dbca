"""The page's server: who may ask, what may be done, and that each event is the whole state."""

import asyncio
import base64
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.errors import Misconfigured
from playground.door import Upstream
from playground.opening import Playground, PortTaken, opened
from playground.server import PAGE
from playground.watching import MOST_BYTES
from simulators.media import png
from tests.polling import until

ROOT = Path(__file__).parents[2]


NO_BOT = ("--config", "nowhere.toml")  # these tests are about the page: what would be the bot cannot start


class Page:
    """What the page in the browser does, without one."""

    def __init__(self, session: aiohttp.ClientSession, playground: Playground, token: str) -> None:
        self.session = session
        self.playground = playground
        self.headers = {"Origin": playground.url, "X-Playground-Token": token}

    async def ask(self, **action: Any) -> tuple[int, Any]:
        async with self.session.post(f"{self.playground.url}/do", json=action, headers=self.headers) as response:
            return response.status, await response.json()

    async def state(self) -> Any:
        async with self.session.get(f"{self.playground.url}/events") as events:
            return await next_state(events)


async def next_state(events: aiohttp.ClientResponse) -> Any:
    while True:
        line = await events.content.readline()
        if line.startswith(b"data: "):
            return json.loads(line[6:])


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with a_page(tmp_path) as made:
        yield made


@asynccontextmanager
async def a_page(folder: Path) -> AsyncIterator[Page]:
    async with (
        opened(0, Upstream(), NO_BOT, folder, scale=0.1) as playground,
        aiohttp.ClientSession(read_bufsize=2 * MOST_BYTES) as session,
        session.get(playground.url) as response,
    ):
        found = re.search(r'name="playground-token" content="([^"]+)"', await response.text())
        assert found
        yield Page(session, playground, found[1])


async def test_other_names_and_other_origins_are_turned_away(page: Page) -> None:
    url, session = page.playground.url, page.session
    port = url.rpartition(":")[2]
    for path in ("/", "/events", "/app.js"):
        async with session.get(url + path, headers={"Host": f"evil.example:{port}"}) as response:
            assert response.status == 403
    async with session.get(url, headers={"Host": f"localhost:{port}"}) as response:
        assert response.status == 200
    for site in ("cross-site", "same-site"):
        async with session.get(f"{url}/events", headers={"Sec-Fetch-Site": site}) as response:
            assert response.status == 403
    action = {"do": "trouble", "kind": "cut"}
    for more in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"X-Playground-Token": "guess"}):
        async with session.post(f"{url}/do", json=action, headers=page.headers | more) as response:
            assert response.status == 403
    without_origin = {name: value for name, value in page.headers.items() if name != "Origin"}
    async with session.post(f"{url}/do", json=action, headers=without_origin) as response:
        assert response.status == 403
    async with session.post(f"{url}/do", data="do=trouble", headers=page.headers) as response:
        assert response.status == 415
    assert not (await page.state())["armed"]["cut"]
    assert (await page.ask(**action))[0] == 200
    assert (await page.state())["armed"]["cut"]


async def test_everything_is_served_under_a_strict_policy(page: Page) -> None:
    for path in ("/", *(f"/{file.name}" for file in PAGE.iterdir() if file.name != "index.html")):
        async with page.session.get(page.playground.url + path) as response:
            assert response.status == 200
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    for path in ("/../server.py", "/index.html", "/server.py", "/files/discord/1", "/files/telegram/x"):
        async with page.session.get(page.playground.url + path) as response:
            assert response.status == 404


def test_the_page_fetches_nothing_from_elsewhere_and_makes_no_html_of_text() -> None:
    for file in PAGE.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:src|href|url|import)[^\n]{0,4}[\"'(]\s*(?:https?:)?//", text), file
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), file


async def test_each_event_is_the_whole_state(page: Page) -> None:
    url = page.playground.url
    async with page.session.get(f"{url}/events") as one:
        first = await next_state(one)
        place = next(each["id"] for each in first["discord"]["places"] if each["private"] == "member")
        said = {"do": "say", "platform": "discord", "person": "member", "place": place}
        assert (await page.ask(**said, text="one"))[0] == 200
        seen = await next_state(one)
        while not texts(seen, place):
            seen = await next_state(one)
        assert (await page.ask(**said, text="two"))[0] == 200
        async with page.session.get(f"{url}/events") as other:
            assert texts(await next_state(other), place) == ["one", "two"]


def texts(state: Any, place: str) -> list[str]:
    [found] = [each for name in ("discord", "telegram") for each in state[name]["places"] if each["id"] == place]
    return ["".join(each["body"]) for each in found["messages"]]


async def test_the_state_stays_within_its_bound(page: Page) -> None:
    sim = page.playground.stage.discord
    for number in range(200):
        await sim.say(sim.alice, sim.channel, f"{number} " + "é" * 1990)
        page.playground.stage.telegram.say(page.playground.stage.telegram.alice, -4001, f"{number} " + "é" * 4000)
    state = await page.state()
    assert len(json.dumps(state, ensure_ascii=False).encode()) <= MOST_BYTES
    assert texts(state, sim.channel.id)[-1].startswith("199 ")


@pytest.mark.parametrize("platform", ["discord", "telegram"])
async def test_what_a_person_does(page: Page, platform: str) -> None:
    def place(state: Any) -> Any:
        return next(each for each in state[platform]["places"] if each["private"] == "member")

    here = {"platform": platform, "person": "member", "place": place(await page.state())["id"]}
    picture = {"name": "a.png", "data": base64.b64encode(png("a", 8, 8)).decode()}
    note = {"name": "n.html", "data": base64.b64encode(b"<script>alert(1)</script>").decode()}
    assert (await page.ask(do="say", **here, text="**hello**"))[0] == 200
    assert (await page.ask(do="say", **here, text="", file=picture))[0] == 200
    first = place(await page.state())["messages"][0]
    assert (await page.ask(do="say", **here, text="see this", reply=first["id"], file=note))[0] == 200
    assert (await page.ask(do="edit", **here, message=first["id"], text="goodbye"))[0] == 200
    shown = place(await page.state())["messages"]
    assert shown[0]["body"] == ["goodbye"]
    assert shown[0]["edited"]
    assert shown[2]["reply"]["text"] == "goodbye"
    kinds = {}
    for message in shown[1:]:
        async with page.session.get(page.playground.url + message["files"][0]["url"]) as response:
            assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            kinds[response.content_type] = response.headers.get("Content-Disposition", "")[:10]
    assert kinds == {"image/png": "", "application/octet-stream": "attachment"}
    status, refused = await page.ask(do="delete", **here | {"person": "nobody"}, message=first["id"])
    assert (status, refused) == (400, {"error": "There is no such person."})
    assert (await page.ask(do="delete", **here, message=first["id"]))[0] == 200
    assert len(place(await page.state())["messages"]) == 2
    assert (await page.ask(do="press", **here, message=first["id"], button="stop:1"))[0] == 400


@pytest.mark.parametrize(
    "action",
    [
        {}, {"do": "fly"}, {"do": "say"}, {"do": "say", "platform": "discord", "person": "member", "place": "1"},
        {"do": "trouble", "kind": "fire"}, {"do": "command", "person": "member", "place": "1", "name": "chat"},
        {"do": "edit", "platform": "telegram", "person": "member", "message": "1:x", "text": "x"},
        {"do": "say", "platform": "telegram", "person": "member", "place": "1001", "text": 7},
        {"do": "say", "platform": "telegram", "person": "member", "place": "1001", "text": "", "file": {"name": "x"}},
    ],
)  # fmt: skip
async def test_nonsense_is_refused_in_a_sentence(page: Page, action: dict[str, Any]) -> None:
    status, answer = await page.ask(**action)
    assert status == 400
    assert re.fullmatch(r"[A-Z].+\.", answer["error"])


async def test_a_bot_that_cannot_start_says_why_and_is_not_started_again(page: Page) -> None:
    await until(lambda: page.playground.process.state == "stopped")
    bot = (await page.state())["bot"]
    assert (bot["state"], bot["starts"]) == ("stopped", 1)
    assert bot["reason"] == "nowhere.toml cannot be read: No such file or directory."


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(Misconfigured, match=r"data/playground-\d+: Not a directory"):
        async with opened(0, Upstream(), folder=tmp_path / "data"):
            pass


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port}.*PARLEY_PLAYGROUND__PORT"):
            async with opened(port, Upstream(), folder=tmp_path):
                pass
    assert await asyncio.to_thread(lambda: [*tmp_path.iterdir()]) == []

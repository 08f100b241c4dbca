import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.web.config import WebConfig
from adapters.web.healthcheck import trouble
from adapters.web.server import BODY_BYTES, open_web
from bot.errors import Misconfigured


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def open_files() -> int:
    return len([*Path("/dev/fd").iterdir()])


class Parts:
    """What /readyz asks for; `waiting` holds an answer back."""

    def __init__(self) -> None:
        self.telegram = ""
        self.asked = asyncio.Event()
        self.waiting: asyncio.Event | None = None

    async def check(self) -> str:
        self.asked.set()
        if self.waiting:
            await self.waiting.wait()
        return self.telegram


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def config() -> WebConfig:
    return WebConfig(port=a_free_port())


@pytest.fixture
async def client(config: WebConfig) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{config.port}") as session:
        yield session


async def test_alive_and_ready(config: WebConfig, parts: Parts, client: aiohttp.ClientSession) -> None:
    async with open_web(config, {"telegram": parts.check}):
        async with client.get("/healthz") as health:
            assert (health.status, await health.text()) == (200, "ok\n")
            assert health.headers["Cache-Control"] == "no-store"
        async with client.get("/readyz") as ready:
            assert (ready.status, await ready.json()) == (200, {"ready": True, "missing": {}})
            assert ready.headers["Cache-Control"] == "no-store"
        async with client.head("/readyz") as head:
            assert head.status == 200


async def test_alive_but_not_ready(config: WebConfig, parts: Parts, client: aiohttp.ClientSession) -> None:
    parts.telegram = "Telegram does not answer."
    async with open_web(config, {"telegram": parts.check}):
        async with client.get("/readyz") as ready:
            assert ready.status == 503
            assert await ready.json() == {"ready": False, "missing": {"telegram": "Telegram does not answer."}}
        async with client.get("/healthz") as health:
            assert health.status == 200


async def test_there_is_nothing_else(config: WebConfig, parts: Parts, client: aiohttp.ClientSession) -> None:
    async with open_web(config, {"telegram": parts.check}):
        for path in ("/", "/metrics", "/healthz/", "/config.toml"):
            async with client.get(path) as response:
                assert response.status == 404, path
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            async with client.request(method, "/healthz") as response:
                assert response.status == 405, method


async def test_too_much_is_refused_and_not_logged(
    config: WebConfig, parts: Parts, client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_web(config, {"telegram": parts.check}):
        async with client.get("/healthz?" + "s" * 9000) as response:
            assert response.status == 400
        async with client.get("/healthz", headers={"X-Secret": "s" * 9000}) as response:
            assert response.status == 400
        async with client.get("/healthz", headers={f"X-{number}": "s" for number in range(200)}) as response:
            assert response.status == 400
        async with client.get("/healthz", data=b"s" * (BODY_BYTES * 100)) as response:
            assert response.status == 200
        async with client.get("/readyz?token=sss") as response:
            assert response.status == 200
    assert "sss" not in caplog.text


async def test_a_mistake_of_ours_is_logged_and_not_shown(
    config: WebConfig, client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async def check() -> str:
        raise LookupError("what only the log may know")

    async with open_web(config, {"telegram": check}), client.get("/readyz") as response:
        assert response.status == 500
        assert "only the log" not in await response.text()
    assert [record.name for record in caplog.records] == ["adapters.web.server"]


async def test_without_a_port_nothing_is_served(parts: Parts) -> None:
    before = open_files()
    async with open_web(WebConfig(), {"telegram": parts.check}):
        assert open_files() == before


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_place_that_cannot_be_had_is_the_operators_to_mend(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = WebConfig(port=taken.getsockname()[1], host=host)
        with pytest.raises(Misconfigured, match="PARLEY_WEB__PORT"):
            async with open_web(config, {}):
                pass


async def test_it_ends_with_a_request_that_is_being_answered_and_an_idle_connection(
    config: WebConfig, parts: Parts, client: aiohttp.ClientSession
) -> None:
    parts.waiting = asyncio.Event()
    async with asyncio.timeout(5):
        async with open_web(config, {"telegram": parts.check}):
            _, idle = await asyncio.open_connection("127.0.0.1", config.port)
            asking = asyncio.create_task(client.get("/readyz"))
            await parts.asked.wait()
            asyncio.get_running_loop().call_later(0.05, parts.waiting.set)
        async with await asking as answer:
            assert answer.status == 200
    idle.close()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/healthz")


async def test_the_containers_own_check(config: WebConfig, parts: Parts) -> None:
    environ = {"PARLEY_WEB__PORT": str(config.port), "PARLEY_WEB__HOST": "0.0.0.0"}
    async with open_web(config, {"telegram": parts.check}):
        assert await asyncio.to_thread(trouble, environ) == ""
        command = [sys.executable, "-m", "adapters.web.healthcheck"]
        proxies = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
        alive = await asyncio.create_subprocess_exec(*command, env=os.environ | environ | proxies)
        assert await alive.wait() == 0
    assert "does not answer" in await asyncio.to_thread(trouble, environ)
    dead = subprocess.run(command, env=os.environ | environ, check=False, capture_output=True, text=True)  # noqa: ASYNC221
    assert (dead.returncode, "Traceback" in dead.stderr) == (1, False)


def test_where_no_port_is_set_there_is_nothing_to_ask() -> None:
    assert trouble({}) == ""
    assert trouble({"PARLEY_WEB__PORT": "0"}) == ""


async def test_something_else_at_the_port_is_not_the_bot() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await asyncio.to_thread(trouble, {"PARLEY_WEB__PORT": str(port)}) != ""

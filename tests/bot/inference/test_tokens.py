import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.finding import Clocks
from bot.inference.tokens import LACKS, MAY_WRITE, OLD, REFUSED, UNUSUAL, look_at_token, token_warnings
from simulators.huggingface import HuggingFaceSimulator
from simulators.simulator import Fault

TOKEN = "hf_" + "x" * 34


def account(role: Any, fine: Any = None) -> dict[str, Any]:
    return {"name": "somebody", "auth": {"accessToken": {"displayName": "x", "role": role, "fineGrained": fine}}}


def scoped(*permissions: str) -> dict[str, Any]:
    return {"scoped": [{"entity": {"type": "user"}, "permissions": list(permissions)}]}


@pytest.mark.parametrize(
    ("said", "powers"),
    [
        (account("read"), ""),
        (account("write"), "it has the role write"),
        (account("fineGrained", scoped("inference.serverless.write", "inference.endpoints.infer.write")), ""),
        (account("fineGrained", scoped("repo.content.read", "repo.write", "job.write")), "job.write, repo.write"),
        (account("fineGrained", {"global": ["discussion.write"], "scoped": []}), "discussion.write"),
        (account("fineGrained", scoped("hf_something odd.write")), "a write permission"),
        (account(7, [1]), ""),
        ({"auth": "x"}, ""),
        ([], ""),
        (None, ""),
    ],
)
async def test_a_token_that_may_write_is_warned_about(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, said: Any, powers: str
) -> None:
    sim.account = said
    expected = (MAY_WRITE.format(what=powers),) if powers else ()
    assert await token_warnings(session, sim.url, TOKEN) == expected


async def test_an_unusual_form_is_warned_about(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> None:
    assert await token_warnings(session, sim.url, "") == ()
    assert await token_warnings(session, sim.url, "sk-own-server") == (UNUSUAL,)
    assert sim.ledger == []  # another server's key is shown to nobody
    assert await token_warnings(session, sim.url, "api_" + "x" * 34) == (OLD,)
    sim.account = account("write")
    assert len(await token_warnings(session, sim.url, "api_" + "x" * 34)) == 2


async def test_a_token_that_the_hub_does_not_know_is_said(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    sim.tokens = {"hf_another"}
    assert await token_warnings(session, sim.url, TOKEN) == (REFUSED,)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("whoami", "status", status=429),
        Fault("whoami", "status", status=500, body=b"oops"),
        Fault("whoami", "status", status=200, body=b"<html>"),
        Fault("whoami", "lose request", times=9),
    ],
)
async def test_a_look_that_fails_is_quiet(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    sim.faults.append(fault)
    with caplog.at_level(logging.INFO, "bot.inference"):
        assert await token_warnings(session, sim.url, TOKEN) == ()
    assert all(record.levelno == logging.INFO for record in caplog.records)
    assert TOKEN[3:] not in caplog.text


def test_the_token_that_a_login_left_is_found(tmp_path: Path) -> None:
    """In a process of its own: huggingface_hub reads where it lies when it is imported."""
    script = (
        "from pathlib import Path\n"
        "from bot.inference.tokens import stored_token\n"
        "print(repr(stored_token()))\n"
        "for content in (b'hf_stored\\n', b'', b'hf_\\xff\\xfe'):\n"
        f"    Path({str(tmp_path / 'token')!r}).write_bytes(content)\n"
        "    print(repr(stored_token()))\n"
    )
    environment = {"HF_HOME": str(tmp_path), "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["''", "'hf_stored'", "''", "''"]
    assert done.stderr == "the token that `hf auth login` keeps could not be read: UnicodeDecodeError\n"


@pytest.mark.parametrize(
    ("access", "told"),
    [
        ({"role": "read", "createdAt": "2025-01-31T10:00:00.000Z"}, ("made on 2025-01-31", "its role is read")),
        (
            {"role": "fineGrained", "fineGrained": scoped("inference.serverless.write")},
            ("it may inference.serverless",),
        ),
        ({"role": "<script>", "createdAt": "yesterday"}, ("made nobody knows when", "its rights are not told")),
        (None, ("made nobody knows when",)),
    ],
)
async def test_a_token_is_described(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, access: Any, told: tuple[str, ...]
) -> None:
    sim.account = {"auth": {"accessToken": access}}
    (said,) = await look_at_token(session, sim.url, TOKEN, Clocks())
    assert said.mark == "fine"
    for part in told:
        assert part in said.text


async def looked_at(session: aiohttp.ClientSession, url: str, token: str = TOKEN) -> list[tuple[str, str]]:
    return [(found.mark, found.text) for found in await look_at_token(session, url, token, Clocks())]


async def test_a_token_that_does_no_good_is_told_of_with_the_remedy(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    assert await looked_at(session, sim.url, "sk-own-server") == [("mend", UNUSUAL)]
    assert sim.ledger == []  # another server's key is shown to nobody
    sim.account = account("fineGrained", scoped("repo.content.read"))
    assert await looked_at(session, sim.url) == [("mend", LACKS)]
    sim.faults.append(Fault("whoami", "status", status=500))
    [(mark, said)] = await looked_at(session, sim.url)
    assert (mark, "status 500" in said) == ("mend", True)
    sim.tokens = {"hf_another"}
    assert await looked_at(session, sim.url) == [("mend", REFUSED)]
    [(mark, said)] = await looked_at(session, "http://127.0.0.1:9")
    assert (mark, "inference.hub_url" in said) == ("mend", True)


async def test_a_token_that_may_more_than_it_needs_is_noted(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    sim.account = account("write")
    marks = [mark for mark, _ in await looked_at(session, sim.url, "api_" + "x" * 34)]
    assert marks == ["fine", "note", "note"]

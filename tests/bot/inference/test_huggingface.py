"""Over the wire, against the simulator: every stream fault of facts/libraries.md A5, and every status."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.errors import ParleyError, Refused
from bot.inference.backend import ContextTooLong
from bot.inference.config import InferenceConfig
from bot.inference.failures import ModelUnavailable
from bot.inference.huggingface import HuggingFace, payload
from bot.inference.reading import Patience
from bot.replies import Delta
from simulators.huggingface import HuggingFaceSimulator, Script, listed
from simulators.simulator import Fault
from tests.polling import until

MODEL = "openai/gpt-oss-20b"
PROMPT = "my secret question"
TEXT = "Grüße 👋 an alle"


def config(base_url: str, **more: Any) -> InferenceConfig:
    return InferenceConfig.model_validate({"base_url": base_url, **more})


async def ask(backend: HuggingFace, model: str = MODEL, **more: Any) -> list[Delta]:
    task = {"messages": [{"role": "user", "content": PROMPT}], **more}
    return [delta async for delta in backend.stream(model, task)]


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


async def failure_of(backend: HuggingFace, model: str = MODEL) -> ParleyError:
    with pytest.raises(ParleyError) as caught:
        await ask(backend, model)
    assert PROMPT not in caught.value.message + caught.value.detail
    return caught.value


@pytest.fixture
def backend(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> HuggingFace:
    return HuggingFace(session, config(sim.base_url), "hf_token", "server-key")


# What arrives whole


async def test_an_answer_streams_and_its_last_delta_says_how_it_ended(
    backend: HuggingFace, sim: HuggingFaceSimulator
) -> None:
    sim.scripts.append(Script("one two three", reasoning="hm well", reported="openai/gpt-oss-20b:sim"))
    deltas = await ask(backend)
    assert [(delta.thought, delta.text) for delta in deltas[:-1]] == [
        ("hm ", ""),
        ("well", ""),
        ("", "one "),
        ("", "two "),
        ("", "three"),
    ]
    assert deltas[-1].finish == "stop"
    assert deltas[-1].tokens == (6, 5)
    assert {delta.model for delta in deltas} == {"openai/gpt-oss-20b:sim"}
    assert [delta.finish for delta in deltas[:-1]] == [None] * 5


WHOLE = [None, "comments", "crlf", "cr", "no space", "bom", "bytewise", "split utf8", "choices null", "content null"]


@pytest.mark.parametrize("fault", [*WHOLE, "no done", "json"])
async def test_an_oddly_written_stream_is_whole(backend: HuggingFace, sim: HuggingFaceSimulator, fault: Any) -> None:
    sim.scripts.append(Script(TEXT, fault=fault, rate=0))
    deltas = await ask(backend)
    assert text_of(deltas) == TEXT
    assert deltas[-1].finish == "stop"


async def test_unicodes_line_ends_are_text(backend: HuggingFace, sim: HuggingFaceSimulator) -> None:
    sim.scripts.append(Script("one two", fault="u2028"))
    assert text_of(await ask(backend)) == "one \u2028\x85two\u2028\x85"


async def test_bytes_that_are_no_text_are_replaced(backend: HuggingFace, sim: HuggingFaceSimulator) -> None:
    sim.scripts.append(Script("one", fault="bad utf8"))
    deltas = await ask(backend)
    assert text_of(deltas) == "\ufffd\ufffdone\ufffd\ufffd"  # the last chunk, too, has a (then empty) content
    assert deltas[-1].finish == "stop"


@pytest.mark.parametrize(("reason", "finish"), [("length", "length"), ("eos_token", "stop"), ("content_filter", "cut")])
async def test_how_it_ended(backend: HuggingFace, sim: HuggingFaceSimulator, reason: str, finish: str) -> None:
    sim.scripts.append(Script("one two", finish=reason))
    assert (await ask(backend))[-1].finish == finish


@pytest.mark.parametrize(
    "script", [Script(""), Script("one", fault="empty"), Script("  \n "), Script("", reasoning="hm")]
)
async def test_an_answer_without_words_is_passed_on_with_its_finish(
    backend: HuggingFace, sim: HuggingFaceSimulator, script: Script
) -> None:
    sim.scripts.append(script)
    deltas = await ask(backend)
    assert text_of(deltas).strip() == ""
    assert deltas[-1].finish == "stop"


# What breaks

BREAKING = ["eof", "half json", "garbage", "error event", "error object", "error string", "reset", "drop"]


@pytest.mark.parametrize("fault", BREAKING)
async def test_what_breaks_after_text_is_cut_and_marked(
    backend: HuggingFace, sim: HuggingFaceSimulator, fault: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sim.scripts.append(Script("one two three four", fault=fault, after=2))
    with caplog.at_level(logging.INFO):
        deltas = await ask(backend)
    assert text_of(deltas) == "one two "
    assert deltas[-1] == Delta(finish="cut", model=MODEL)
    (record,) = (record for record in caplog.records if record.name == "bot.inference.reading")
    assert MODEL in record.getMessage()
    assert "one two" not in caplog.text + "".join(str(each.exc_info) for each in caplog.records)
    assert PROMPT not in caplog.text


@pytest.mark.parametrize("fault", BREAKING)
@pytest.mark.parametrize("reasoning", ["", "hm"])
async def test_what_breaks_before_any_text_is_raised(
    backend: HuggingFace, sim: HuggingFaceSimulator, fault: Any, reasoning: str
) -> None:
    sim.scripts.append(Script("one two", reasoning=reasoning, fault=fault, after=len(reasoning) // 2))
    failure = await failure_of(backend)
    assert isinstance(failure, ModelUnavailable)
    assert (failure.again, failure.scope, failure.starts) == ("once", "model", 1)


async def test_without_a_finish_reason_it_was_cut(backend: HuggingFace, sim: HuggingFaceSimulator) -> None:
    sim.scripts.extend([Script("one two", finish=None), Script("", finish=None)])
    assert (await ask(backend))[-1].finish == "cut"
    assert "finish_reason" in (await failure_of(backend)).detail


async def test_a_web_page_is_no_answer(backend: HuggingFace, sim: HuggingFaceSimulator) -> None:
    sim.scripts.append(Script(fault="html"))
    failure = await failure_of(backend)
    assert isinstance(failure, ModelUnavailable)
    assert failure.scope == "host"
    assert "inference.base_url" in failure.detail


# Deadlines and bounds


@pytest.mark.parametrize("fault", ["mute", "stall", "only comments", "slow loris"])
async def test_a_model_that_never_begins_is_late(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, fault: Any
) -> None:
    backend = HuggingFace(session, config(sim.base_url, first_token_seconds=0.1), "")
    sim.scripts.append(Script("one two", fault=fault, rate=50))
    failure = await failure_of(backend)
    assert isinstance(failure, ModelUnavailable)
    assert (failure.again, failure.scope, failure.starts) == ("never", "model", 1)
    await until(lambda: sim.open_streams == 0)


@pytest.mark.parametrize("fault", ["stall", "only comments", "slow loris"])
async def test_a_model_that_falls_silent_is_cut(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, fault: Any
) -> None:
    backend = HuggingFace(session, config(sim.base_url, between_tokens_seconds=0.1), "")
    sim.scripts.append(Script("one two", fault=fault, rate=50, after=1))
    deltas = await ask(backend)
    assert (text_of(deltas), deltas[-1].finish) == ("one ", "cut")
    await until(lambda: sim.open_streams == 0)


async def test_an_answer_without_end_meets_the_total_deadline(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    backend = HuggingFace(session, config(sim.base_url, total_seconds=0.3), "")
    sim.scripts.append(Script("one", fault="endless", after=1))
    deltas = await ask(backend)
    assert deltas[-1].finish == "cut"
    assert 2 < len(deltas) < 100
    await until(lambda: sim.cancelled == 1)


async def test_an_answer_without_end_is_cut_at_its_bytes(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    backend = HuggingFace(session, config(sim.base_url, max_bytes=1024), "")
    sim.scripts.append(Script("one ", fault="endless", after=1, rate=0))
    deltas = await ask(backend)
    assert len(text_of(deltas)) == 1024
    assert deltas[-1].finish == "cut"
    await until(lambda: sim.cancelled == 1)


async def test_a_stream_that_says_little_in_many_bytes_is_cut(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    backend = HuggingFace(session, config(sim.base_url, max_stream_bytes=65_536), "")
    sim.scripts.append(Script("one ", fault="only comments", after=1, rate=0))
    deltas = await ask(backend)
    assert (text_of(deltas), deltas[-1].finish) == ("one ", "cut")
    await until(lambda: sim.cancelled == 1)


async def test_a_line_without_end_is_cut(backend: HuggingFace, sim: HuggingFaceSimulator) -> None:
    sim.scripts.append(Script("one ", fault="huge line", after=1, rate=0))
    assert (await ask(backend))[-1].finish == "cut"
    await until(lambda: sim.cancelled == 1)


async def test_a_slow_reader_is_not_taken_for_a_slow_model(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    backend = HuggingFace(session, config(sim.base_url, between_tokens_seconds=0.1), "")
    sim.scripts.append(Script("one two three", rate=0))
    text = ""
    async for delta in backend.stream(MODEL, {"messages": [{"role": "user", "content": "x"}]}):
        text += delta.text
        await asyncio.sleep(0.15)
    assert text == "one two three"


async def test_a_body_that_is_held_open_behind_its_end_is_not_waited_for(
    backend: HuggingFace, sim: HuggingFaceSimulator
) -> None:
    sim.scripts.append(Script("one", fault="hold open"))
    async with asyncio.timeout(5):
        assert (await ask(backend))[-1].finish == "stop"
    await until(lambda: sim.cancelled == 1)


async def test_what_breaks_after_the_finish_does_not_cut_the_answer(session: aiohttp.ClientSession) -> None:
    chunk = b'data: {"choices": [{"delta": {"content": "whole"}, "finish_reason": "stop"}]}\n\n'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with answering(head + b"%x\r\n%b\r\n" % (len(chunk), chunk)) as port:  # no [DONE], no last chunk
        deltas = await ask(HuggingFace(session, config(f"http://127.0.0.1:{port}"), ""))
    assert [(delta.text, delta.finish) for delta in deltas] == [("whole", None), ("", "stop")]


def test_after_the_finish_nobody_is_kept_waiting() -> None:
    patience = Patience(InferenceConfig(first_token_seconds=60, between_tokens_seconds=30, total_seconds=100), now=1000)
    assert patience.until == 1060
    patience.heard(1010)
    assert patience.until == 1040
    patience.finished(1011)
    patience.finished(1012)  # a comment came, or the usage
    assert patience.until == 1013
    patience.heard(1099)
    assert patience.until == 1100


# Statuses


@pytest.mark.parametrize(
    ("status", "again", "scope", "alarm"),
    [
        (400, "never", "model", False),
        (401, "never", "host", True),
        (402, "never", "host", True),
        (403, "never", "model", True),
        (404, "never", "model", False),
        (429, "later", "model", False),
        (500, "once", "model", False),
        (502, "once", "model", False),
        (503, "once", "model", False),
        (504, "never", "model", False),
    ],
)
@pytest.mark.parametrize("fault", [None, "bytewise"])  # with and without the body's length
async def test_every_status_becomes_ours(
    backend: HuggingFace,
    sim: HuggingFaceSimulator,
    status: int,
    again: str,
    scope: str,
    alarm: bool,
    fault: Any,
) -> None:
    sim.scripts.append(Script(status=status, fault=fault, headers={"X-Request-Id": "Root=1-abc"}))
    failure = await failure_of(backend)
    assert isinstance(failure, ModelUnavailable)
    assert (failure.again, failure.scope, failure.alarm) == (again, scope, alarm)
    assert f"status={status} code=" in failure.detail
    assert "request=Root=1-abc" in failure.detail


@pytest.mark.parametrize("body", [b"<html>502 Bad Gateway</html>", b"", b"\xff\x00", "[" * 60_000, "x" * 300_000, []])
async def test_an_error_without_a_readable_body_is_one_all_the_same(
    backend: HuggingFace, sim: HuggingFaceSimulator, body: Any
) -> None:
    sim.scripts.append(Script(status=502, body=body))
    assert "status=502" in (await failure_of(backend)).detail


async def test_a_wrong_parameter_is_refused_and_a_long_prompt_may_be_halved(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    backend = HuggingFace(session, config(sim.base_url), "")
    with pytest.raises(Refused):
        await ask(backend, temperature=7)
    assert sim.models is not None
    sim.models[0] = listed(MODEL, 2050)
    with pytest.raises(ContextTooLong):
        await ask(backend)
    assert text_of(await ask(backend, max_tokens=100)).endswith(PROMPT)


async def test_a_model_that_nobody_serves_is_named(backend: HuggingFace) -> None:
    assert "nobody/serves-this" in (await failure_of(backend, "nobody/serves-this")).message


async def test_a_retry_after_is_passed_on(backend: HuggingFace, sim: HuggingFaceSimulator) -> None:
    sim.scripts.append(Script(status=429, headers={"Retry-After": "7"}))
    failure = await failure_of(backend)
    assert isinstance(failure, ModelUnavailable)
    assert failure.retry_after == 7


async def test_a_redirect_is_not_followed(backend: HuggingFace, sim: HuggingFaceSimulator) -> None:
    async with HuggingFaceSimulator() as elsewhere:
        location = {"Location": f"{elsewhere.base_url}/chat/completions"}
        sim.scripts.append(Script(status=307, headers=location, body=""))
        failure = await failure_of(backend)
        assert "inference.base_url" in failure.detail
        assert elsewhere.ledger == []


# The connection


async def test_nobody_listens(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> None:
    async with HuggingFaceSimulator() as gone:
        pass
    failure = await failure_of(HuggingFace(session, config(gone.base_url), ""))
    assert isinstance(failure, ModelUnavailable)
    assert (failure.again, failure.scope, failure.starts) == ("once", "host", 0)


@pytest.mark.parametrize("kind", ["lose request", "lose response"])
async def test_the_connection_is_lost_before_the_answer(
    backend: HuggingFace, sim: HuggingFaceSimulator, kind: Any
) -> None:
    sim.faults.append(Fault("chat", kind))
    sim.default = Script("one", fault="json")
    assert isinstance(await failure_of(backend), ModelUnavailable)
    assert text_of(await ask(backend)) == "one"


class NoNames(AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        raise OSError(None, "Temporary failure in name resolution")

    async def close(self) -> None:
        return


async def test_the_name_is_not_found() -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoNames())) as session:
        failure = await failure_of(HuggingFace(session, InferenceConfig(), "hf_token"))
    assert isinstance(failure, ModelUnavailable)
    assert (failure.again, failure.scope) == ("once", "host")
    assert "DNS" in failure.detail


@asynccontextmanager
async def answering(raw: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that says the same to everybody. Its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
async def test_a_server_that_speaks_no_http(session: aiohttp.ClientSession, raw: bytes) -> None:
    async with answering(raw) as port:
        failure = await failure_of(HuggingFace(session, config(f"http://127.0.0.1:{port}"), ""))
    assert isinstance(failure, ModelUnavailable)


def expired_certificate(folder: Path) -> ssl.SSLContext:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=9)).not_valid_after(now - timedelta(days=1))
    encoded = serialization.Encoding.PEM
    pem = builder.sign(key, hashes.SHA256()).public_bytes(encoded) + key.private_bytes(
        encoded, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return context


async def test_an_expired_certificate_is_refused_with_its_cause(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with answering(b"", expired_certificate(tmp_path)) as port:
        failure = await failure_of(HuggingFace(session, config(f"https://127.0.0.1:{port}"), "hf_token"))
    assert isinstance(failure, ModelUnavailable)
    assert failure.alarm
    assert "ertificate" in failure.detail


async def test_streams_share_one_connection(sim: HuggingFaceSimulator) -> None:
    made: list[object] = []
    trace = aiohttp.TraceConfig()

    async def note(*of: object) -> None:
        made.append(of)

    trace.on_connection_create_end.append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        backend = HuggingFace(session, config(sim.base_url), "")
        for _ in range(20):
            assert (await ask(backend))[-1].finish == "stop"
        sim.scripts.append(Script(status=429))
        await failure_of(backend)
        await ask(backend)
    assert len(made) == 1


# Stopping


async def test_closing_the_stream_is_seen_by_the_server_at_once(
    backend: HuggingFace, sim: HuggingFaceSimulator
) -> None:
    sim.scripts.append(Script("one", fault="endless"))
    async with aclosing(backend.stream(MODEL, {"messages": [{"role": "user", "content": "x"}]})) as deltas:
        async for delta in deltas:
            assert delta.text
            break
    await until(lambda: sim.cancelled == 1 and sim.open_streams == 0)


@pytest.mark.parametrize("fault", ["stall", "endless"])
async def test_cancelling_is_seen_by_the_server_at_once(
    backend: HuggingFace, sim: HuggingFaceSimulator, fault: Any
) -> None:
    sim.scripts.append(Script("one", fault=fault))
    asking = asyncio.create_task(ask(backend))
    await until(lambda: sim.open_streams == 1)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    await until(lambda: sim.cancelled == 1 and sim.open_streams == 0)


# What is sent


async def test_the_request_is_what_the_router_expects(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    backend = HuggingFace(session, config(sim.base_url, temperature=0.5, stop=["END"]), "hf_token", "server-key")
    await ask(backend, temperature=0, max_tokens=7)
    assert sim.requests == [
        {
            "model": MODEL,
            "messages": [{"role": "user", "content": PROMPT}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0,
            "max_tokens": 7,
            "stop": ["END"],
        }
    ]
    assert sim.headers[0]["Authorization"] == "Bearer server-key"
    assert sim.headers[0]["Accept-Encoding"] == "identity"
    assert "Cookie" not in sim.headers[0]


async def test_no_credential_of_the_machine_goes_along(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_environment")
    await ask(HuggingFace(session, config(sim.base_url), "hf_token", ""))
    assert "Authorization" not in sim.headers[0]


async def test_a_session_that_would_send_a_netrc_is_refused() -> None:
    async with aiohttp.ClientSession(trust_env=True) as session:
        with pytest.raises(ValueError, match="trust_env"):
            HuggingFace(session, InferenceConfig(), "")


async def test_an_own_server_needs_no_model(sim: HuggingFaceSimulator, backend: HuggingFace) -> None:
    sim.models = None
    assert text_of(await ask(backend, "")).endswith(PROMPT)
    assert "model" not in sim.requests[0]


def test_what_is_not_set_is_not_sent() -> None:
    sent = payload(
        "m", {"messages": [], "temperature": None, "stop": [], "unknown": 7}, InferenceConfig(temperature=1.5, top_k=5)
    )
    assert set(sent) == {"model", "messages", "stream", "stream_options", "top_k", "max_tokens"}
    assert json.dumps(sent)


def test_the_form_of_an_answer_is_the_tasks_alone() -> None:
    form = {"type": "json_object"}
    sent = payload("m", {"messages": [], "response_format": form}, InferenceConfig())
    assert sent["response_format"] == form

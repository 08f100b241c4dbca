"""What is counted, and that nothing in it can grow with people."""

import asyncio
from platform import python_version

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from adapters.web.config import WebConfig
from adapters.web.metrics import FOLLOWED, LOOK_SECONDS, Metrics
from adapters.web.server import open_web
from bot.meter import SILENT, Meter
from bot.version import VERSION
from tests.adapters.web.test_server import a_free_port
from tests.virtual_time import run

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Figures:
    """(sample's name, its labels in order) -> value."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def figure(metrics: Metrics, name: str, **labels: str) -> float:
    return read(metrics.exposition({}).decode()).get((name, tuple(sorted(labels.items()))), 0.0)


def test_a_question_is_timed_from_its_commit_to_its_first_words() -> None:
    async def scenario() -> Metrics:
        metrics = Metrics()
        metrics.accepted("q1", "discord")
        await asyncio.sleep(1.5)
        metrics.heard("q1")
        await asyncio.sleep(0.25)
        metrics.shown("q1")
        await asyncio.sleep(9)
        metrics.heard("q1")
        metrics.shown("q1")
        metrics.ended("q1", "discord", "answered")
        metrics.heard("q1")
        return metrics

    metrics = run(scenario())
    assert figure(metrics, "parley_questions_total", platform="discord", end="answered") == 1
    assert figure(metrics, "parley_first_token_seconds_count", platform="discord") == 1
    assert figure(metrics, "parley_first_token_seconds_sum", platform="discord") == 1.5
    assert figure(metrics, "parley_first_shown_seconds_sum", platform="discord") == 1.75


def test_a_question_of_an_earlier_process_counts_at_its_end_and_has_no_time() -> None:
    metrics = Metrics()
    metrics.heard("older")
    metrics.shown("older")
    metrics.ended("older", "telegram", "partial-told")
    metrics.ended("left open", "telegram", None)
    assert figure(metrics, "parley_questions_total", platform="telegram", end="partial-told") == 1
    assert b"parley_first_token_seconds_count{" not in metrics.exposition({})
    assert b'end="None"' not in metrics.exposition({})


def test_questions_that_are_lost_sight_of_are_forgotten() -> None:
    async def scenario() -> Metrics:
        metrics = Metrics()
        for number in range(FOLLOWED + 5):
            metrics.accepted(f"q{number}", "discord")
        for number in range(FOLLOWED + 5):
            metrics.heard(f"q{number}")
        return metrics

    assert figure(run(scenario()), "parley_first_token_seconds_count", platform="discord") == FOLLOWED


def test_what_is_counted_carries_no_more_than_a_platform_an_end_and_a_kind() -> None:
    metrics = Metrics()
    metrics.used(120, 30)
    metrics.used(80, 0)
    metrics.wrote("telegram", "send")
    metrics.wrote("telegram", "edit")
    metrics.limited("telegram")
    metrics.limited("model")
    metrics.failed("model", "away")
    assert figure(metrics, "parley_tokens_total", kind="prompt") == 200
    assert figure(metrics, "parley_tokens_total", kind="completion") == 30
    assert figure(metrics, "parley_writes_total", platform="telegram", kind="edit") == 1
    assert figure(metrics, "parley_rate_limits_total", where="model") == 1
    assert figure(metrics, "parley_errors_total", where="model", kind="away") == 1
    labels = {name for _, found in read(metrics.exposition({}).decode()) for name, _ in found}
    assert labels <= {"platform", "end", "kind", "where", "part", "le", "version", "python"}


def test_a_loop_that_is_held_up_shows() -> None:
    async def scenario() -> Metrics:
        metrics = Metrics()
        watching = asyncio.create_task(metrics.watch_loop())
        await asyncio.sleep(10 * LOOK_SECONDS + 0.1)
        watching.cancel()
        return metrics

    metrics = run(scenario())
    assert figure(metrics, "parley_loop_lag_seconds_count") == 10
    assert figure(metrics, "parley_loop_lag_seconds_bucket", le="0.001") == 10


def test_two_registries_share_nothing() -> None:
    first, second = Metrics(), Metrics()
    first.limited("discord")
    assert figure(second, "parley_rate_limits_total", where="discord") == 0


def test_the_silent_meter_takes_everything() -> None:
    meter: Meter = SILENT
    meter.accepted("q", "discord")
    meter.heard("q")
    meter.shown("q")
    meter.ended("q", "discord", "answered")
    meter.used(1, 2)
    meter.wrote("discord", "send")
    meter.limited("discord")
    meter.failed("discord", "unreachable")


async def test_the_figures_are_served_with_what_is_ready() -> None:
    async def well() -> str:
        return ""

    async def away() -> str:
        return "Telegram does not answer."

    config, metrics = WebConfig(port=a_free_port()), Metrics()
    metrics.watch("open_questions", "Questions that are open", lambda: 3)
    url = f"http://127.0.0.1:{config.port}/metrics"
    async with (
        open_web(config, {"database": well, "telegram": away}, metrics),
        aiohttp.ClientSession() as session,
        session.get(url) as response,
    ):
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        found = read(await response.text())
    assert found["parley_ready", (("part", "database"),)] == 1
    assert found["parley_ready", (("part", "telegram"),)] == 0
    assert found["parley_open_questions", ()] == 3
    build = (("python", python_version()), ("version", VERSION))
    assert found["parley_build_info", build] == 1

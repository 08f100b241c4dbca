"""In virtual time."""

import asyncio

import pytest

from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.failures import ModelLoading, of_status
from bot.inference.loading import WhileLoading, task_chain
from bot.replies import Delta
from tests.bot.inference.test_policies import WHOLE, Scripted, ask, failure_of, progress, status
from tests.virtual_time import run


def loading(seconds: float) -> Exception:
    return of_status(503, {}, {"error": "Model m is currently loading", "estimated_time": seconds}, "m")


def test_a_server_says_that_its_model_loads_in_several_ways() -> None:
    for body in (
        {"error": "Model m is currently loading", "estimated_time": 20.5},
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
    ):
        failure = of_status(503, {}, body, "m")
        assert isinstance(failure, ModelLoading)
        assert failure.message.startswith("The model m is loading. Please try again in ")
    assert not isinstance(of_status(503, {}, {"error": "overloaded"}, "m"), ModelLoading)
    assert not isinstance(of_status(500, {}, {"error": "x", "estimated_time": True}, "m"), ModelLoading)


def test_it_is_waited_for_and_said() -> None:
    backend = Scripted(loading(20), loading(7.5))  # type: ignore[arg-type]
    deltas = run(ask(WhileLoading(backend, 120)))
    assert progress(deltas) == ["The model is loading, about 20 s …", "The model is loading, about 8 s …"]
    assert deltas[-2:] == list(WHOLE)
    assert backend.gaps == [20.0, 7.5]


def test_a_long_estimate_is_looked_at_in_between() -> None:
    backend = Scripted(loading(90), loading(10))  # type: ignore[arg-type]
    run(ask(WhileLoading(backend, 120)))
    assert backend.gaps == [20.0, 10.0]


def test_nobody_waits_for_longer_than_the_task_may_take() -> None:
    backend = Scripted(then=lambda _: loading(20))  # type: ignore[arg-type, return-value]
    failure = run(failure_of(WhileLoading(backend, 50)))
    assert isinstance(failure, ModelLoading)
    assert backend.gaps == [20.0, 20.0]
    assert run(failure_of(WhileLoading(Scripted(loading(300)), 50))).retry_after == 300  # type: ignore[arg-type]


def test_other_failures_pass() -> None:
    backend = Scripted(status(402))
    assert run(failure_of(WhileLoading(backend, 50))).alarm


def test_the_chain_waits_tries_again_and_opens_the_breaker() -> None:
    backend = Scripted(loading(3), status(429, "2"), [Delta(result=1, finish="stop")], status(402))  # type: ignore[arg-type]
    chain = task_chain(backend, TasksConfig(), InferenceConfig())

    async def scenario() -> None:
        deltas = await ask(chain)
        assert progress(deltas) == ["The model is loading, about 3 s …", "busy, trying again in 2 s"]
        assert deltas[-1].result == 1
        assert (await failure_of(chain)).alarm
        assert (await failure_of(chain)).detail == "not asked"

    run(scenario())


def test_whoever_waits_for_a_model_takes_no_place() -> None:
    waiting = Scripted(then=lambda _: loading(20))  # type: ignore[arg-type, return-value]
    chain = task_chain(waiting, TasksConfig(concurrent=1), InferenceConfig())

    async def scenario() -> None:
        async def gives_up(model: str) -> None:
            with pytest.raises(ModelLoading):
                await ask(chain, model)

        await asyncio.gather(*(gives_up(f"m{number}") for number in range(5)))

    run(scenario())
    assert waiting.most == 1

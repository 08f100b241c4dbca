"""In virtual time: minutes of back-off take no time, and timing is exact."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import pytest

from bot.errors import ParleyError, Refused
from bot.inference.backend import Backend, ContextTooLong
from bot.inference.config import InferenceConfig
from bot.inference.failures import ModelUnavailable, broken, of_exception, of_status
from bot.inference.policies import (
    ALARM_SECONDS,
    KNOWN_MODELS,
    PROBE_SECONDS,
    Breaker,
    Fallback,
    Limited,
    Line,
    Retrying,
    chain,
)
from bot.replies import Delta
from tests.virtual_time import run

WHOLE = (Delta(text="whole", model="m"), Delta(finish="stop", model="m"))
Step = ParleyError | Iterable[Delta | ParleyError]


def status(code: int, wait: str = "", model: str = "m") -> ParleyError:
    return of_status(code, {"retry-after": wait} if wait else {}, None, model)


class Scripted:
    """A backend that plays one step for each request and notes when it came and for which model."""

    def __init__(self, *steps: Step, then: Callable[[str], Step] = lambda _: WHOLE, seconds: float = 0.0) -> None:
        self.steps = list(steps)
        self.then = then
        self.seconds = seconds  # before each delta
        self.asked: list[str] = []
        self.times: list[float] = []
        self.running = self.most = 0

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.asked.append(model)
        self.times.append(asyncio.get_running_loop().time())
        step = self.steps.pop(0) if self.steps else self.then(model)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for each in [step] if isinstance(step, ParleyError) else step:
                await asyncio.sleep(self.seconds)
                if isinstance(each, ParleyError):
                    raise each
                yield each
        finally:
            self.running -= 1

    @property
    def gaps(self) -> list[float]:
        return [round(after - before, 3) for before, after in pairwise(self.times)]


async def ask(backend: Backend, model: str = "m") -> list[Delta]:
    async with aclosing(backend.stream(model, {})) as deltas:
        return [delta async for delta in deltas]


async def failure_of(backend: Backend, model: str = "m") -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        await ask(backend, model)
    return caught.value


def progress(deltas: Iterable[Delta]) -> list[str]:
    return [delta.progress for delta in deltas if delta.progress]


def text_of(deltas: Iterable[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


# Trying again


def retrying(backend: Backend, retries: int = 2, total: float = 300.0, jitter: float = 0.0) -> Retrying:
    return Retrying(backend, retries, total, jitter=lambda: jitter)


def test_a_busy_model_is_asked_again_when_it_said() -> None:
    inner = Scripted(status(429, "7"))
    deltas = run(ask(retrying(inner)))
    assert progress(deltas) == ["busy, trying again in 7 s"]
    assert text_of(deltas) == "whole"
    assert inner.gaps == [7.0]


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_nobody_comes_back_sooner_than_asked(jitter: float) -> None:
    inner = Scripted(status(503, "7"), status(429, "20"))
    run(ask(retrying(inner, jitter=jitter)))
    assert inner.gaps == [7 + 0.7 * jitter, 20 + 2 * jitter]


def test_a_busy_model_is_asked_so_often_and_no_more() -> None:
    inner = Scripted(then=lambda _: status(429, "7"))
    failure = run(failure_of(retrying(inner)))
    assert failure.message.endswith("Please try again in 7 s.")
    assert len(inner.asked) == 3


def test_without_a_retry_after_the_pauses_grow() -> None:
    inner = Scripted(then=lambda _: status(429))
    run(failure_of(retrying(inner, retries=5)))
    assert inner.gaps == [0.5, 1, 2, 4, 8]


@pytest.mark.parametrize(
    "failure", [status(500), status(502), status(503), broken("m", "x"), of_exception(OSError(), "m")]
)
def test_what_broke_is_tried_once_more(failure: ParleyError) -> None:
    inner = Scripted(failure)
    deltas = run(ask(retrying(inner)))
    assert progress(deltas) == ["no answer, trying again in 1 s"]
    assert text_of(deltas) == "whole"
    twice = Scripted(then=lambda _: failure)
    run(failure_of(retrying(twice)))
    assert len(twice.asked) == 2


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 413, 422, 504])
def test_what_asking_again_cannot_mend_is_not_asked_again(code: int) -> None:
    inner = Scripted(status(code))
    with pytest.raises(ParleyError):
        run(ask(retrying(inner)))
    assert len(inner.asked) == 1


def test_nobody_is_kept_waiting_for_longer_than_an_answer_may_take() -> None:
    inner = Scripted(status(429, "301"))
    failure = run(failure_of(retrying(inner)))
    assert failure.message.endswith("Please try again in 6 min.")
    assert len(inner.asked) == 1


def test_what_was_said_is_not_said_again() -> None:
    inner = Scripted((Delta(text="half"), broken("m", "x")))
    run(failure_of(retrying(inner)))
    assert len(inner.asked) == 1


def test_thinking_alone_does_not_keep_from_trying_again() -> None:
    inner = Scripted((Delta(thought="hm"), broken("m", "x")))
    assert text_of(run(ask(retrying(inner)))) == "whole"


def test_generations_in_vain_are_counted() -> None:
    assert run(failure_of(retrying(Scripted(then=lambda _: broken("m", "x"))))).starts == 2
    assert run(failure_of(retrying(Scripted(then=lambda _: status(500))))).starts == 0
    inner = Scripted(broken("m", "x"))
    assert [delta.starts for delta in run(ask(retrying(inner))) if delta.starts] == [1]


def test_generations_in_vain_of_several_models_are_counted_once() -> None:
    inner = Scripted(broken("a", "x"), status(404))
    told = run(ask(Fallback(retrying(inner), ["a", "b"]), "a"))
    assert (text_of(told), inner.asked) == ("whole", ["a", "a", "b"])
    assert sum(delta.starts for delta in told) == 1


def test_without_retries_nothing_is_tried_again() -> None:
    inner = Scripted(then=lambda _: status(429, "1"))
    run(failure_of(retrying(inner, retries=0)))
    assert len(inner.asked) == 1


def test_stop_ends_a_wait_at_once() -> None:
    async def scenario() -> float:
        started = asyncio.get_running_loop().time()
        async with aclosing(retrying(Scripted(status(429, "200"))).stream("m", {})) as deltas:
            assert (await anext(deltas)).progress
            waiting = asyncio.ensure_future(anext(deltas))
            await asyncio.sleep(1)
            waiting.cancel()
            await asyncio.wait([waiting])
        return asyncio.get_running_loop().time() - started

    assert run(scenario()) == 1


# Other models


def test_the_next_model_stands_in_and_says_so() -> None:
    inner = Scripted(status(404), then=lambda name: (Delta(text="whole", model=name), Delta(finish="stop", model=name)))
    deltas = run(ask(Fallback(inner, ["b", "a", "c"]), "a"))
    assert inner.asked == ["a", "b"]
    assert progress(deltas) == ["a is not available, asking b"]
    assert deltas[-1].model == "b"


@pytest.mark.parametrize("code", [400, 401, 402, 413, 422])
def test_where_another_model_would_fare_no_better_none_is_asked(code: int) -> None:
    inner = Scripted(status(code))
    with pytest.raises(ParleyError):
        run(ask(Fallback(inner, ["m", "b"])))
    assert inner.asked == ["m"]


def test_where_all_fail_the_person_hears_of_the_model_they_chose() -> None:
    inner = Scripted(then=lambda name: status(404, model=name))
    assert "org/a" in run(failure_of(Fallback(inner, ["org/b", "org/c"]), "org/a")).message
    assert inner.asked == ["org/a", "org/b", "org/c"]


@pytest.mark.parametrize("begun", [Delta(text="half"), Delta(thought="hm")])
def test_after_the_first_word_no_other_model_takes_over(begun: Delta) -> None:
    inner = Scripted((begun, broken("m", "x")))
    run(failure_of(Fallback(inner, ["m", "b"])))
    assert inner.asked == ["m"]


def test_after_two_generations_in_vain_no_other_is_begun() -> None:
    inner = Scripted(then=lambda name: of_exception(TimeoutError(), name))
    run(failure_of(Fallback(inner, ["m", "b", "c", "d"])))
    assert inner.asked == ["m", "b"]
    inner = Scripted(then=lambda name: broken(name, "x"))
    run(failure_of(Fallback(retrying(inner), ["m", "b"])))
    assert inner.asked == ["m", "m"]


def test_a_list_may_be_empty_and_the_model_stand_outside_of_it() -> None:
    assert text_of(run(ask(Fallback(Scripted(), []), ""))) == "whole"
    inner = Scripted(status(404))
    run(ask(Fallback(inner, ["b"]), "somebody/elses"))
    assert inner.asked == ["somebody/elses", "b"]


# Leaving in peace


def test_after_failures_in_a_row_nothing_goes_out_until_the_time_has_passed(caplog: pytest.LogCaptureFixture) -> None:
    inner = Scripted(*[status(500)] * 3)

    async def scenario() -> None:
        breaker = Breaker(inner, 3, 30)
        for _ in range(3):
            await failure_of(breaker)
        await asyncio.sleep(10)
        refusal = await failure_of(breaker)
        assert refusal.message == "The model m has a problem at the moment. Please try again in 20 s."
        assert (refusal.again, refusal.retry_after) == ("never", 20)
        assert len(inner.asked) == 3
        await asyncio.sleep(20)
        assert text_of(await ask(breaker)) == "whole"
        assert text_of(await ask(breaker)) == "whole"

    run(scenario())
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.WARNING, "m is not asked for 30 s: status=500")


def test_an_answer_in_between_makes_the_count_begin_anew() -> None:
    inner = Scripted(status(500), status(500), WHOLE, status(500), status(500))

    async def scenario() -> None:
        breaker = Breaker(inner, 3, 30)
        for broke in (True, True, False, True, True):
            await (failure_of(breaker) if broke else ask(breaker))
        await ask(breaker)

    run(scenario())
    assert len(inner.asked) == 6


def test_one_question_tries_and_the_others_wait_to_hear_of_it() -> None:
    inner = Scripted(status(500), seconds=1)

    async def scenario() -> None:
        breaker = Breaker(inner, 1, 30)
        await failure_of(breaker)
        await asyncio.sleep(30)
        probe = asyncio.create_task(ask(breaker))
        await asyncio.sleep(0.5)
        assert (await failure_of(breaker)).retry_after == PROBE_SECONDS
        await asyncio.sleep(0.6)  # its first word has come
        assert text_of(await ask(breaker)) == "whole"
        assert text_of(await probe) == "whole"

    run(scenario())
    assert len(inner.asked) == 3


def test_a_probe_that_fails_opens_anew_and_one_that_is_stopped_changes_nothing() -> None:
    inner = Scripted(status(500), status(500), (Delta(progress="x"), Delta(text="never")))

    async def scenario() -> None:
        breaker = Breaker(inner, 1, 30)
        await failure_of(breaker)
        await asyncio.sleep(30)
        await failure_of(breaker)
        assert (await failure_of(breaker)).detail == "not asked"
        await asyncio.sleep(30)
        async with aclosing(breaker.stream("m", {})) as deltas:
            await anext(deltas)
        assert text_of(await ask(breaker)) == "whole"

    run(scenario())
    assert len(inner.asked) == 4


@pytest.mark.parametrize("code", [401, 402, 403])
def test_what_only_the_operator_can_mend_opens_at_once_and_is_logged_once(
    code: int, caplog: pytest.LogCaptureFixture
) -> None:
    inner = Scripted(then=lambda _: status(code))

    async def scenario() -> None:
        breaker = Breaker(inner, 3, 30)
        first = await failure_of(breaker)
        for _ in range(5):
            assert (await failure_of(breaker)).message == first.message
        await asyncio.sleep(ALARM_SECONDS - 1)
        await failure_of(breaker)
        assert len(inner.asked) == 1

    run(scenario())
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert f"status={code} (" in record.getMessage()


def test_a_broken_host_is_broken_for_every_model_and_a_broken_model_for_itself_only() -> None:
    async def reached(failure: ParleyError, model: str) -> bool:
        inner = Scripted(failure)
        breaker = Breaker(inner, 1, 30)
        await failure_of(breaker, "a")
        try:
            await ask(breaker, model)
        except ModelUnavailable:
            return False
        return True

    assert run(reached(status(403), "b"))
    assert not run(reached(status(401), "b"))
    assert not run(reached(of_exception(OSError(), "a"), "b"))
    assert not run(reached(status(403), "a"))


def test_a_retry_after_is_kept_to_by_everybody() -> None:
    inner = Scripted(status(429, "7"))

    async def scenario() -> None:
        breaker = Breaker(inner, 3, 30)
        await failure_of(breaker)
        await asyncio.sleep(2)
        refusal = await failure_of(breaker)
        assert (refusal.again, refusal.retry_after) == ("later", 5)
        deltas = await ask(retrying(breaker))
        assert progress(deltas) == ["busy, trying again in 5 s"]

    run(scenario())
    assert inner.gaps == [7]


def test_an_answer_that_began_earlier_does_not_lift_a_retry_after() -> None:
    inner = Scripted(WHOLE, seconds=2)

    async def scenario() -> None:
        breaker = Breaker(inner, 3, 30)
        early = asyncio.create_task(ask(breaker))
        await asyncio.sleep(0)
        inner.seconds, inner.then = 1, lambda _: status(429, "7")
        await failure_of(breaker)
        assert text_of(await early) == "whole"
        assert (await failure_of(breaker)).again == "later"

    run(scenario())
    assert len(inner.asked) == 2


def test_failures_that_were_on_their_way_do_not_open_it_again(caplog: pytest.LogCaptureFixture) -> None:
    inner = Scripted(then=lambda _: status(500), seconds=1)

    async def scenario() -> None:
        breaker = Breaker(inner, 3, 30)
        await asyncio.gather(*(failure_of(breaker) for _ in range(10)))

    run(scenario())
    assert len(caplog.records) == 1


@pytest.mark.parametrize("failure", [Refused("no"), ContextTooLong("too long")])
def test_a_question_that_is_refused_says_nothing_about_the_model(failure: ParleyError) -> None:
    inner = Scripted(then=lambda _: failure)

    async def scenario() -> None:
        breaker = Breaker(inner, 1, 30)
        for _ in range(3):
            with pytest.raises(type(failure)):
                await ask(breaker)

    run(scenario())
    assert len(inner.asked) == 3


def test_what_is_remembered_is_bounded() -> None:
    async def scenario() -> int:
        breaker = Breaker(Scripted(then=lambda _: status(500)), 3, 30)
        for number in range(300):
            await failure_of(breaker, f"model-{number}")
        return len(breaker._lines)

    assert run(scenario()) == KNOWN_MODELS


# How many at a time


def test_only_so_many_run_and_the_others_are_told_that_they_wait() -> None:
    inner = Scripted(seconds=1)

    async def scenario() -> list[list[Delta]]:
        limited = Limited(inner, 2, patience=60)
        return await asyncio.gather(*(ask(limited) for _ in range(5)))

    answers = run(scenario())
    assert inner.most == 2
    assert [text_of(deltas) for deltas in answers] == ["whole"] * 5
    places = [[each.split()[1] for each in progress(deltas)] for deltas in answers]
    assert places == [[], [], ["1"], ["2"], ["3", "1"]]


def test_whoever_leaves_the_queue_lets_the_others_move_up() -> None:
    inner = Scripted(seconds=1)

    async def scenario() -> list[Delta]:
        limited = Limited(inner, 1, patience=60)
        first, second, third = (asyncio.create_task(ask(limited)) for _ in range(3))
        await asyncio.sleep(0.5)
        second.cancel()
        await asyncio.wait([first, second])
        assert text_of(await ask(limited)) == "whole"
        return await third

    assert text_of(run(scenario())) == "whole"


def test_whoever_waits_too_long_is_refused_and_a_stopped_answer_frees_its_place() -> None:
    inner = Scripted(then=lambda _: [Delta(text="word ")] * 1000, seconds=1)

    async def scenario() -> None:
        limited = Limited(inner, 1, patience=60)
        first = asyncio.create_task(ask(limited))
        await asyncio.sleep(0)
        refusal = await failure_of(limited)
        assert (refusal.scope, refusal.again) == ("request", "never")
        first.cancel()
        await asyncio.wait([first])
        inner.then = lambda _: WHOLE
        assert text_of(await ask(limited)) == "whole"

    run(scenario())


# All together


def test_together_a_storm_costs_few_requests_and_every_question_ends() -> None:
    async def scenario() -> tuple[int, list[str]]:
        inner = Scripted(then=lambda name: status(500, model=name))
        config = InferenceConfig(models=("a", "b"))
        backend = chain(inner, config, config.models)
        ends = [(await failure_of(backend, "a")).message for _ in range(40)]
        return len(inner.asked), ends

    requests, ends = run(scenario())
    assert requests <= 2 * InferenceConfig().breaker_failures
    assert all("model a" in end for end in ends)


def test_together_a_model_that_is_gone_is_replaced_and_left_in_peace() -> None:
    async def scenario() -> list[str]:
        def then(name: str) -> Step:
            return status(404, model=name) if name == "a" else (Delta(text="hi", model=name), Delta(finish="stop"))

        inner = Scripted(then=then)
        backend = chain(inner, InferenceConfig(), ["a", "b"])
        for _ in range(10):
            assert text_of(await ask(backend, "a")) == "hi"
        return inner.asked

    asked = run(scenario())
    assert (asked.count("a"), asked.count("b")) == (3, 10)


def test_together_a_used_up_budget_costs_one_request() -> None:
    async def scenario() -> list[str]:
        inner = Scripted(then=lambda _: status(402))
        backend = chain(inner, InferenceConfig(), ["a", "b"])
        for _ in range(10):
            assert "budget" in (await failure_of(backend, "a")).message
        return inner.asked

    assert run(scenario()) == ["a"]


def test_what_one_account_has_used_up_is_used_up_for_every_task() -> None:
    async def scenario() -> tuple[int, list[str]]:
        chat, pictures = (Scripted(then=lambda _: status(402)) for _ in range(2))
        told: list[str] = []
        lines: dict[str, Line] = {}
        for inner in (chat, pictures):
            await failure_of(chain(inner, InferenceConfig(), (), lambda key, _: told.append(key), lines))
        return len(chat.asked) + len(pictures.asked), told

    asked, told = run(scenario())
    assert asked == 1
    assert len(told) == 1

"""How an answer streams: Parley beside the bare pump (`pump.py`), each a process of its own on the same simulators.

`python -m benchmarks.streaming [--platform discord|telegram] [--conversations 10] [--tokens 300] [--rate 50]
[--rounds 1]`. People write to the bot privately, all within a second; the platforms' limits are the real ones. The
simulators run in this process, so that what is read of the measured process is its own. Absolute figures change from
machine to machine: compare the ratios of one run. Needs Linux, for /proc.
"""

import argparse
import asyncio
import os
import platform as machine
import re
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import fmean, median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from simulators.completions import Script, play
from simulators.discord import DiscordSimulator
from simulators.simulator import Entry, Simulator
from simulators.telegram import TelegramSimulator
from tests.journeys.world import API_KEY, ROOT, World
from tests.polling import until

FIRST_SECONDS = 0.3  # from the request to the first token
SPREAD_SECONDS = 1.0  # within which a round's people ask
PATIENCE_SECONDS = 60.0  # beyond the model's own time; then an answer counts as not whole
QUESTION = re.compile(r"question (\d+)")
WORD = re.compile(r"\b[cw]\d{3}\b")
MOST_TOKENS = 390  # of five characters: what fits into one message on Discord
MOST_ANSWERS = 1000  # their numbers have three digits, and the first is there to warm up
SETTINGS = {"PARLEY_TELEGRAM__PRIVATE_EDIT_SECONDS": "1.5", "PARLEY_TELEGRAM__GROUP_EDIT_SECONDS": "3.0"}  # defaults


@dataclass(slots=True)
class Answer:
    """One answer's words and when each was made by the model and seen on the platform (time.monotonic())."""

    words: Sequence[str]
    said: float = 0.0  # the question
    asked: float = 0.0  # the model
    made: list[float] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)


class Model:
    """Answers every question with words of its own, and notes when they are made."""

    def __init__(self, rate: float) -> None:
        self.answers: dict[int, Answer] = {}
        self._rate = rate
        self._twins: set[asyncio.Task[None]] = set()

    def add(self, count: int, tokens: int) -> Mapping[int, Answer]:
        numbers = range(len(self.answers), len(self.answers) + count)
        words = [f"w{number:03d} " for number in range(1, tokens)]
        added = {number: Answer([f"c{number:03d} ", *words]) for number in numbers}
        self.answers |= added
        return added

    def __call__(self, body: Mapping[str, Any]) -> Script:
        question = QUESTION.search(body["messages"][-1]["content"])
        answer = self.answers[int(question[1]) if question else 0]
        script = Script(tokens=list(answer.words), rate=self._rate, first=FIRST_SECONDS)
        if not answer.asked:
            answer.asked = time.monotonic()
            self._twins.add(asyncio.create_task(self._note(answer, script)))
        return script

    async def _note(self, answer: Answer, script: Script) -> None:
        """A twin of the stream that the bot gets, by the same clock: its text could not hold stamps so short."""
        async for _ in play(script, {}):
            answer.made.append(time.monotonic())


@asynccontextmanager
async def stage(subject: str, platform: str) -> AsyncIterator[World]:
    """The simulators here, and Parley or the pump as a process that hears the platform."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder), (platform,), **SETTINGS)
        world.discord, world.telegram = DiscordSimulator(), TelegramSimulator()
        async with AsyncExitStack() as stack:
            for simulator in (world.discord, world.telegram, world.hf):
                await stack.enter_async_context(simulator)
            try:
                await (world.start() if subject == "Parley" else start_pump(world, platform))
                yield world
            finally:
                await world.stop()


async def start_pump(world: World, platform: str) -> None:
    sim = simulator_of(world, platform)
    gateway = world.discord.gateway_url
    world.process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.pump", platform, world.hf.base_url, API_KEY, sim.api_url, sim.token, gateway,
        cwd=ROOT,
    )  # fmt: skip
    await world.until_alive(lambda: world.discord.identifies or world.telegram.seen("/getUpdates"))


def simulator_of(world: World, platform: str) -> DiscordSimulator | TelegramSimulator:
    return world.discord if platform == "discord" else world.telegram


async def converse(world: World, platform: str, answers: Mapping[int, Answer], seconds: float) -> None:
    """One round; `seconds` is what the model takes for an answer."""
    for number, answer in answers.items():
        answer.said = time.monotonic()
        await ask(world, platform, number)
        await asyncio.sleep(SPREAD_SECONDS / len(answers))
    await asyncio.sleep(seconds)
    ledger = simulator_of(world, platform).ledger
    wanted = {answer.words[0].strip(): answer.words[-1].strip() for answer in answers.values()}

    def whole() -> bool:
        ended = {text[:4] for text in map(text_of, ledger) if wanted.get(text[:4], "nothing") in text}
        return len(ended) == len(wanted)

    with suppress(TimeoutError):
        await until(whole, PATIENCE_SECONDS)
    await asyncio.sleep(SPREAD_SECONDS)  # what is left to be done: last buttons, commits


async def ask(world: World, platform: str, number: int) -> None:
    text = f"question {number}"
    if platform == "discord":
        person = world.discord.world.add_user(f"person{number}")
        await world.discord.say(person, world.discord.dm(person), text)
    else:
        user = world.telegram.world.add_user(5000 + number, f"Person {number}", f"person_{number}")
        world.telegram.say(user, user.id, text)


def text_of(entry: Entry) -> str:
    """What this write shows; "" where it is none, or was refused."""
    body = entry.body if isinstance(entry.body, dict) and entry.status == 200 else {}
    return str(body.get("content") or body.get("text") or "")


def look(simulator: Simulator, answers: Mapping[int, Answer]) -> None:
    """Note when each word was first on the screen, by this machine's clock: the simulator's own may be ahead of it."""
    ahead = simulator.clock.now() - time.monotonic()
    for entry in simulator.ledger:
        words = WORD.findall(text_of(entry))
        if words and (answer := answers.get(int(words[0][1:]))):
            expected = (each.strip() for each in islice(answer.words, len(words)))
            if words == list(expected):
                answer.seen += [entry.at - ahead] * (len(words) - len(answer.seen))


class Usage:
    """What a process has used, as Linux tells."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def cpu_seconds(self) -> float:
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mebibytes(self) -> float:
        status = (self._folder / "status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def lateness(late: list[float]) -> None:
    """How much later than wanted this process's event loop wakes."""
    while True:
        due = time.monotonic() + 0.02
        await asyncio.sleep(0.02)
        late.append(time.monotonic() - due)


async def measure(subject: str, platform: str, given: argparse.Namespace, late: list[float]) -> Mapping[str, float]:
    model = Model(given.rate)
    async with stage(subject, platform) as world:
        world.hf.default = model
        await converse(world, platform, model.add(1, 20), 1.0)  # warm: what is done once in a process's life
        assert world.process
        usage = Usage(world.process.pid)
        before = usage.cpu_seconds()
        ticker = asyncio.create_task(lateness(late))
        measured: dict[int, Answer] = {}
        for _ in range(given.rounds):
            added = model.add(given.conversations, given.tokens)
            await converse(world, platform, added, FIRST_SECONDS + given.tokens / given.rate)
            measured |= added
        ticker.cancel()
        cpu, peak = usage.cpu_seconds() - before, usage.peak_mebibytes()
        simulator = simulator_of(world, platform)
    look(simulator, measured)
    refused = sum(entry.status == 429 for entry in simulator.ledger)
    return figures(list(measured.values()), refused, cpu, peak)


def figures(answers: Sequence[Answer], refused: int, cpu: float, peak: float) -> Mapping[str, float]:
    whole = [each for each in answers if len(each.seen) == len(each.words)]
    if not whole:
        return {"whole answers": 0}
    lags = [seen - made for each in whole for made, seen in zip(each.made, each.seen, strict=False)]
    return {
        "whole answers": len(whole),
        "ingress, ms": 1000 * median(each.asked - each.said for each in answers if each.asked),
        "first, ms": 1000 * median(each.seen[0] - each.made[0] for each in whole),
        "lag, s": fmean(lags),
        "final, s": median(each.seen[-1] - each.made[len(each.words) - 1] for each in whole),
        "429s a reply": refused / len(answers),
        "CPU ms / 1,000 tokens": 1e6 * cpu / sum(len(each.words) for each in answers),
        "peak MiB": peak,
    }


def table(parley: Mapping[str, float], pump: Mapping[str, float], total: int) -> Iterator[str]:
    yield f"{'':22}{'Parley':>10}{'pump':>10}{'ratio':>10}"
    for name in (each for each in parley if each in pump):
        ours, least = parley[name], pump[name]
        if name == "whole answers":
            yield f"{name:22}{f'{ours}/{total}':>10}{f'{least}/{total}':>10}"
        else:
            yield f"{name:22}{ours:10.3g}{least:10.3g}{f'{ours / least:.2f}' if least > 0 else '-':>10}"


async def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.streaming")
    parser.add_argument("--platform", choices=("discord", "telegram"))
    parser.add_argument("--conversations", type=int, default=10, help="at once")
    parser.add_argument("--tokens", type=int, default=300, help=f"2 to {MOST_TOKENS}")
    parser.add_argument("--rate", type=float, default=50.0, help="tokens a second")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    if not (
        2 <= given.tokens <= MOST_TOKENS and 0 < given.conversations * given.rounds < MOST_ANSWERS and given.rate > 0
    ):
        parser.error(f"2 to {MOST_TOKENS} tokens, fewer than {MOST_ANSWERS} answers, a rate above 0")
    for platform in (given.platform,) if given.platform else ("discord", "telegram"):
        late: list[float] = []
        parley, pump = [await measure(subject, platform, given, late) for subject in ("Parley", "pump")]
        print(f"{platform}: {given.conversations} at once, {given.tokens} tokens at {given.rate:g}/s")
        print(*table(parley, pump, given.conversations * given.rounds), sep="\n")
        load, worst = os.getloadavg()[0], 1000 * quantiles(late, n=100)[98]
        print(
            f"{os.cpu_count()} x {machine.machine()}, Python {machine.python_version()}, load {load:.1f}; "
            f"the simulators woke up to {worst:.1f} ms late (p99)\n"
        )


if __name__ == "__main__":
    asyncio.run(main())

import asyncio

from adapters.web.readiness import KEPT, PATIENCE, Readiness, writable
from bot.errors import Unavailable
from tests.virtual_time import run


class Part:
    """Something that may be unwell, or take its time; it counts how often it was asked."""

    def __init__(self, trouble: str = "", seconds: float = 0.0) -> None:
        self.trouble = trouble
        self.seconds = seconds
        self.asked = 0

    async def check(self) -> str:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.trouble


class Row:
    """Settings of which only the one verb is here."""

    def __init__(self) -> None:
        self.away = False
        self.written: list[tuple[str, str]] = []

    async def write(self, scope: str, name: str, value: str) -> None:
        if self.away:
            raise Unavailable("My memory is away.", detail="/srv/parley.db is locked")
        self.written.append((scope, name))


def test_what_is_unwell_is_named_with_the_reason() -> None:
    parts = {"database": Part(), "discord": Part("The gateway is not connected."), "telegram": Part("Not signed in.")}
    missing = run(Readiness({name: part.check for name, part in parts.items()}).missing())
    assert missing == {"discord": "The gateway is not connected.", "telegram": "Not signed in."}


def test_nothing_to_check_is_ready() -> None:
    assert run(Readiness({}).missing()) == {}


def test_a_part_that_does_not_answer_in_time_is_not_ready_and_holds_no_other_up() -> None:
    async def scenario() -> float:
        parts = [Part(seconds=60), Part(seconds=60)]
        begun = asyncio.get_running_loop().time()
        missing = await Readiness({str(number): part.check for number, part in enumerate(parts)}).missing()
        assert missing == dict.fromkeys("01", "It did not answer within 2 seconds.")
        return asyncio.get_running_loop().time() - begun

    assert run(scenario()) == PATIENCE


def test_those_who_ask_at_once_share_one_look_which_counts_for_a_second() -> None:
    async def scenario() -> list[int]:
        part = Part("not yet", seconds=0.5)
        readiness = Readiness({"part": part.check})
        answers = await asyncio.gather(*(readiness.missing() for _ in range(50)))
        assert answers == [{"part": "not yet"}] * 50
        asked = [part.asked]
        part.trouble = ""
        assert await readiness.missing() == {"part": "not yet"}
        asked.append(part.asked)
        await asyncio.sleep(KEPT)
        assert await readiness.missing() == {}
        return [*asked, part.asked]

    assert run(scenario()) == [1, 1, 2]


def test_one_who_goes_away_while_it_looks_leaves_the_next_a_look_of_its_own() -> None:
    async def scenario() -> None:
        readiness = Readiness({"part": Part(seconds=0.5).check})
        gone = asyncio.create_task(readiness.missing())
        await asyncio.sleep(0.1)
        gone.cancel()
        assert await readiness.missing() == {}

    run(scenario())


def test_the_database_is_ready_when_it_was_written() -> None:
    row = Row()
    check = writable(row)  # type: ignore[arg-type]
    assert run(check()) == ""
    assert row.written == [("instance", "web.readiness")]
    row.away = True
    assert run(check()) == "My memory is away."

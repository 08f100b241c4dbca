import asyncio

from bot.events import ConversationKey
from bot.lanes import Lanes, Stop
from tests.virtual_time import run

A = ConversationKey("p", "b", "a", "", "ada")
B = ConversationKey("p", "b", "b", "", "bob")


class Work:
    """Jobs that take ten seconds each and note when they began and ended."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def job(self, name: str, seconds: float = 10.0, fails: bool = False):  # type: ignore[no-untyped-def]
        async def work(stop: Stop) -> None:
            self.log.append(f"{name} begins")
            reading = asyncio.create_task(asyncio.sleep(seconds))
            stop.governs(reading)
            await asyncio.wait({reading})
            self.log.append(f"{name} {stop.reason or 'ends'}")
            if fails:
                raise LookupError(name)

        return work


def test_one_at_a_time_in_a_lane_and_lanes_side_by_side() -> None:
    async def scenario() -> None:
        lanes, work = Lanes(), Work()
        lanes.enter(A, "1", work.job("a1"))
        lanes.enter(A, "2", work.job("a2"))
        lanes.enter(B, "3", work.job("b1", 5))
        lanes.enter(B, "4", work.job("free", 1), waits=False)
        assert (len(lanes), lanes.waiting(A), lanes.waiting(B)) == (4, 2, 1)
        await asyncio.sleep(30)
        assert work.log == [
            "a1 begins", "b1 begins", "free begins", "free ends", "b1 ends", "a1 ends", "a2 begins", "a2 ends",
        ]  # fmt: skip
        assert (len(lanes), lanes.waiting(A)) == (0, 0)

    run(scenario())


def test_stop_finds_one_job_or_a_whole_lane() -> None:
    async def scenario() -> None:
        lanes, work = Lanes(), Work()
        for number in range(4):
            lanes.enter(A, str(number), work.job(str(number)))
        await asyncio.sleep(1)
        assert lanes.stop("0")
        assert lanes.stop("1")
        assert not lanes.stop("99")
        await asyncio.sleep(1)
        assert work.log[-2:] == ["1 reader", "2 begins"]
        assert lanes.stop_all(A) == 2
        await asyncio.sleep(1)
        assert work.log[-3:] == ["2 reader", "3 begins", "3 reader"]
        assert lanes.stop_all(A) == 0

    run(scenario())


def test_a_bug_in_one_job_does_not_close_its_lane() -> None:
    async def scenario() -> list[str]:
        reported: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(str(context["exception"])))
        lanes, work = Lanes(), Work()
        lanes.enter(A, "1", work.job("a1", fails=True))
        lanes.enter(A, "2", work.job("a2"))
        await asyncio.sleep(30)
        assert work.log[-1] == "a2 ends"
        return reported

    assert run(scenario()) == ["a1"]


def test_draining_gives_the_running_their_time_and_leaves_the_waiting() -> None:
    async def scenario() -> None:
        lanes, work = Lanes(), Work()
        lanes.enter(A, "1", work.job("quick", 5))
        lanes.enter(A, "2", work.job("waiting"))
        lanes.enter(B, "3", work.job("slow", 100))
        await asyncio.sleep(1)
        started = asyncio.get_running_loop().time()
        await lanes.drain(20)
        assert asyncio.get_running_loop().time() - started == 20
        assert work.log == ["quick begins", "slow begins", "quick ends", "slow restart"]
        assert len(lanes) == 0

    run(scenario())


def test_what_waits_in_a_lane_can_be_dropped() -> None:
    async def scenario() -> None:
        lanes, work = Lanes(), Work()
        for name in ("1", "2", "3"):
            lanes.enter(A, name, work.job(name))
        lanes.enter(A, "free", work.job("free", 1), waits=False)
        assert lanes.clear(A) == ["2", "3"]
        assert (lanes.clear(A), lanes.clear(B)) == ([], [])
        assert not lanes.stop("2")
        await asyncio.sleep(30)
        assert work.log == ["1 begins", "free begins", "free ends", "1 ends"]
        assert len(lanes) == lanes.waiting(A) == 0

    run(scenario())


def test_a_lane_goes_on_under_another_key() -> None:
    async def scenario() -> None:
        lanes, work = Lanes(), Work()
        for name in ("a1", "a2"):
            lanes.enter(A, name, work.job(name))
        lanes.move("p", "b", "a", "c")
        moved = ConversationKey("p", "b", "c", "", "ada")
        lanes.enter(moved, "c1", work.job("c1"))
        lanes.enter(A, "late", work.job("late", 1))
        lanes.move("p", "b", "a", "c")  # there is such a lane already
        assert (lanes.waiting(moved), lanes.waiting(A)) == (3, 1)
        await asyncio.sleep(40)
        its = [each for each in work.log if not each.startswith("late")]
        assert its == ["a1 begins", "a1 ends", "a2 begins", "a2 ends", "c1 begins", "c1 ends"]
        assert len(lanes) == lanes.waiting(moved) == lanes.waiting(A) == 0

    run(scenario())

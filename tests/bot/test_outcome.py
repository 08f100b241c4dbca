import pytest

from bot.lanes import Reason
from bot.outcome import CONTINUE, CUT, DELETED, EDITED, EMPTY, LENGTH, RESTART, RETRY, STOPPED, Outcome, outcome
from bot.replies import Finish
from bot.streaming.delivery import Answer

BOTH = (CONTINUE, RETRY)


@pytest.mark.parametrize(
    ("text", "finish", "stopped", "trouble", "expected"),
    [
        ("text", "stop", "", "", Outcome("answered", "", (RETRY,))),
        ("text", "length", "", "", Outcome("answered", LENGTH, BOTH)),
        ("text", "cut", "", "", Outcome("partial-told", CUT, BOTH)),
        ("text", "cut", "", "Busy.", Outcome("partial-told", f"{CUT} Busy.", BOTH)),
        ("text", "cut", "reader", "", Outcome("cancelled", STOPPED, BOTH)),
        ("", "cut", "reader", "", Outcome("cancelled", STOPPED, (RETRY,))),
        ("text", "cut", "restart", "", Outcome(None, RESTART)),
        ("text", "cut", "edited", "", Outcome("cancelled", EDITED)),
        ("", "cut", "deleted", "", Outcome("cancelled", DELETED)),
        ("text", "stop", "edited", "", Outcome("answered", "", (RETRY,))),
        ("text", "stopped", "", "", Outcome("cancelled", STOPPED, BOTH)),
        ("text", "stop", "reader", "", Outcome("answered", "", (RETRY,))),
        ("text", "length", "restart", "", Outcome("answered", LENGTH, BOTH)),
        ("", "cut", "restart", "", Outcome(None, RESTART)),
        ("", "cut", "", "Busy.", Outcome("failed-told", "Busy.", (RETRY,))),
        (" \n", "stop", "", "", Outcome("failed-told", EMPTY, (RETRY,))),
    ],
)
def test_every_way_to_end(text: str, finish: Finish, stopped: Reason, trouble: str, expected: Outcome) -> None:
    assert outcome(Answer(text, finish=finish), stopped, trouble) == expected

"""What can go wrong, by who can act on it.

ParleyError
├── Mistaken        the reader can fix it         -> says how
├── Unavailable     waiting may fix it            -> says when, where that is known
├── Refused         a rule forbids it             -> says which
├── Unreachable     the platform will not take our words -> for the log only
│   ├── Gone        a person deleted what we answer, or our answer: they do not want it
│   └── Barred      the whole chat or thread is closed to us
└── Misconfigured   the operator must fix it      -> names the setting; exit code 78 at start

Every message is a sentence for the reader named above: no secret, no text of a person, no traceback. What the operator
should know besides goes into `detail`, which is logged. Anything else that is raised is a bug.
"""


class ParleyError(Exception):
    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail

    @property
    def message(self) -> str:
        return str(self.args[0])


class Mistaken(ParleyError):
    pass


class Unavailable(ParleyError):
    def __init__(self, message: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after  # seconds


class Refused(ParleyError):
    pass


class Unreachable(ParleyError):
    """This question's own way to answer is lost; the answer is made all the same and kept for the next contact."""


class Gone(Unreachable):
    """The question, our message or its topic was deleted: nothing is made, posted or kept; it ends "cancelled"."""


class Barred(Unreachable):
    """Blocked, kicked, closed: no answer is made for this conversation any more, what waits in it included."""


class Misconfigured(ParleyError):
    pass

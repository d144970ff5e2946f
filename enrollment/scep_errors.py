"""What can go wrong in SCEP when no signed reply can say it.

    ScepError
    ├── MalformedScep        nothing can be answered but HTTP 400
    │   └── UnknownOperation the `operation` in the query is none of ours
    └── ReplyRefused         a client was sent something it must not believe

A request that reads well and is refused is no exception: it is a `ScepRefusal`, and the door
answers HTTP 200 with a signed FAILURE.
"""

from enrollment.errors import ScepError


class MalformedScep(ScepError):
    """The message cannot be answered with a SCEP reply.

    reason: a few constant words for logs, without content of the message.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownOperation(MalformedScep):
    """The `operation` in the query is missing or is none of ours."""

    def __init__(self) -> None:
        super().__init__("unknown operation")


class ReplyRefused(ScepError):
    """A reply that the client must not believe.

    reason: a few constant words for logs.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

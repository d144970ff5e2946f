"""Carrying a conversation over a network, step by step.

Here: the steps, and the plain way to carry one out, with a function for a network. Not here:
sockets (`http`) and many at once (`fleet`), which use the same steps.
"""

import random
from collections.abc import Callable
from typing import Generic, TypeVar

from mdm.simulator.errors import Unreachable
from mdm.simulator.exchange import Conversation, Request, Response
from mdm.simulator.faults import Fate, Faults

T = TypeVar("T")
Send = Callable[[Request], Response]
"""Takes a request to its server. raises: Unreachable."""


class Dialogue(Generic[T]):
    """A conversation under way: `request` waits for an answer until `is_over`."""

    def __init__(self, conversation: Conversation[T]) -> None:
        self._conversation = conversation
        self._results: list[T] = []
        self._request: Request | None = None
        self._step(lambda: next(conversation))

    @property
    def is_over(self) -> bool:
        """Whether there is a result and nothing more to send."""
        return self._request is None

    @property
    def request(self) -> Request:
        """What is to be sent next. raises: RuntimeError after the end."""
        if self._request is None:
            raise RuntimeError("the conversation is over")
        return self._request

    @property
    def result(self) -> T:
        """What came of it. raises: IndexError before the end."""
        return self._results[0]

    def answer(self, response: Response) -> None:
        """Let the conversation hear its answer; raises what the conversation raises."""
        self._step(lambda: self._conversation.send(response))

    def lose(self, error: Unreachable) -> None:
        """Let the conversation hear that there is none; raises what the conversation raises."""
        self._step(lambda: self._conversation.throw(error))

    def _step(self, go_on: Callable[[], Request]) -> None:
        try:
            self._request = go_on()
        except StopIteration as stop:
            self._request = None
            self._results.append(stop.value)


def carry(
    conversation: Conversation[T],
    send: Send,
    faults: Faults,
    rng: random.Random,
    is_online: Callable[[], bool] = lambda: True,
) -> T:
    """Carry a conversation out to its end, here and now.

    raises: what the conversation raises; Unreachable if it does not bear a loss.
    """
    dialogue = Dialogue(conversation)
    while not dialogue.is_over:
        try:
            response = _attempt(dialogue.request, send, faults.fate(rng), is_online())
        except Unreachable as error:
            dialogue.lose(error)
        else:
            dialogue.answer(response)
    return dialogue.result


def _attempt(request: Request, send: Send, fate: Fate, is_online: bool) -> Response:
    if not is_online:
        raise Unreachable("no network")
    if fate is Fate.LOST:
        raise Unreachable("the request got lost")
    response = send(request)
    if fate is Fate.ANSWER_LOST:
        raise Unreachable("the answer got lost")
    return send(request) if fate is Fate.TWICE else response

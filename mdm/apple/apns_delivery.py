"""The account of one call: which pushes still wait, and what became of the others.

Pure. Not here: sockets and pauses (apns).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from mdm.apple.apns_answers import Judgement, Next
from mdm.apple.apns_session import Fate, Missing, Request
from mdm.apple.push import LocalReason, Push, PushKind, PushOutcome

_REPEATS = 1
_ROUND = 5000
_DECISIVE = {Missing.RESET: LocalReason.STREAM_RESET, Missing.STALLED: LocalReason.NO_ANSWER}


class Delivery:
    """Keeps one outcome for each push; a push without one waits.

    topic: the one of our certificate; a push of another topic is refused here.
    """

    def __init__(self, pushes: Sequence[Push], topic: str, authority: str) -> None:
        self._pushes = pushes
        self._authority = authority
        self._outcomes: list[PushOutcome | None] = [_refusal(push, topic) for push in pushes]
        self._waiting = [place for place, done in enumerate(self._outcomes) if done is None]
        self._repeats: dict[int, int] = {}
        self.last_reason: str = LocalReason.OUT_OF_TIME
        """Why the last round did not bring everything, for the outcomes of `give_up`."""

    @property
    def is_done(self) -> bool:
        """True when each push has its outcome."""
        return not self._waiting

    def requests(self) -> list[Request]:
        """List the requests of the next round, in the order `settle` wants their fates.

        Not all at once: with 100,000 pushes and a server that leaves after each few thousand,
        every round would handle them all again.
        """
        return [_request(self._pushes[place], self._authority) for place in self._waiting[:_ROUND]]

    def settle(self, fates: Sequence[Fate]) -> bool:
        """Take the fates of a round.

        returns: True if at least one push got an answer of its own.
        """
        taken, rest = self._waiting[:_ROUND], self._waiting[_ROUND:]
        for place, fate in zip(taken, fates, strict=True):
            self._outcomes[place] = self._outcome(place, fate)
        self._waiting = [place for place in taken if self._outcomes[place] is None] + rest
        answers = [fate for fate in fates if isinstance(fate, Judgement)]
        for fault in (answer for answer in answers if answer.next is Next.STOP):
            self.give_up(fault.kind, fault.reason)
        return any(answer.next is not Next.RECONNECT for answer in answers)

    def give_up(self, kind: PushKind, reason: str) -> None:
        """End the call: all that wait get this outcome."""
        for place in self._waiting:
            self._outcomes[place] = PushOutcome(self._pushes[place], kind, reason)
        self._waiting = []

    def outcomes(self) -> list[PushOutcome]:
        """List one outcome for each push, in their order; the delivery must be done."""
        return [outcome for outcome in self._outcomes if outcome is not None]

    def _outcome(self, place: int, fate: Fate) -> PushOutcome | None:
        """Find the outcome a fate means; None if the push is to be sent again."""
        if isinstance(fate, Judgement):
            if fate.next is not Next.RECONNECT:
                return _as_outcome(self._pushes[place], fate)
            self.last_reason = fate.reason
            return None
        if fate not in _DECISIVE:
            return None
        self._repeats[place] = self._repeats.get(place, 0) + 1
        if self._repeats[place] <= _REPEATS:
            return None
        return PushOutcome(self._pushes[place], PushKind.TEMPORARY, _DECISIVE[fate])


def _as_outcome(push: Push, answer: Judgement) -> PushOutcome:
    return PushOutcome(
        push, answer.kind, answer.reason, answer.retry_after_s, answer.unregistered_since
    )


def _refusal(push: Push, topic: str) -> PushOutcome | None:
    """Find what forbids a push before it is sent; None if nothing does."""
    if push.topic != topic:
        return PushOutcome(push, PushKind.WRONG_TOPIC, LocalReason.OTHER_TOPIC)
    if not push.token:
        return PushOutcome(push, PushKind.BUG, LocalReason.NO_TOKEN)
    if not push.magic:
        return PushOutcome(push, PushKind.BUG, LocalReason.NO_MAGIC)
    return None


def _request(push: Push, authority: str) -> Request:
    headers = (
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", authority),
        (":path", f"/3/device/{push.token.hex()}"),
        ("apns-topic", push.topic),
        ("apns-push-type", "mdm"),
        ("apns-priority", "10"),
        ("apns-expiration", str(max(0, int(push.expires_at.timestamp())))),
    )
    return Request(headers, json.dumps({"mdm": push.magic}).encode())

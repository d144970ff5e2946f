"""The words for delivery: how far a command has come. One vocabulary, stored everywhere.

Here: the states and which may follow which. Not here: what proves a command (policies.proof),
the rows (mdm.rooms.commands).
"""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """How far a command has come. Only PROVEN is green."""

    QUEUED = "queued"  # written down, nobody told the device
    PUSHED = "pushed"  # the device was asked to call
    REACHED = "reached"  # the bytes left for the device, no answer yet
    DEFERRED = "deferred"  # the device said NotNow
    ACCEPTED = "accepted"  # the device said Acknowledged, which proves little
    PROVEN = "proven"  # a later observation shows the effect
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNCONFIRMED = "unconfirmed"  # left once and was not answered; it may have been done


_S = DeliveryState

FINAL = frozenset({_S.PROVEN, _S.FAILED, _S.EXPIRED, _S.CANCELLED})
"""Nothing more is done about the command; a late answer may still correct all but PROVEN."""

OPEN = frozenset(DeliveryState) - FINAL
"""Holds its key: no second command for the same thing beside it."""

DELIVERABLE = frozenset({_S.QUEUED, _S.PUSHED, _S.REACHED, _S.DEFERRED})
"""May be handed to the device at its next connection, and can be cancelled."""

AWAITING_PROOF = frozenset({_S.ACCEPTED, _S.UNCONFIRMED})

# Delivered is delivered: whatever we decided meanwhile, what the device answers is believed.
_ANSWERS = frozenset({_S.ACCEPTED, _S.PROVEN, _S.FAILED})
_GIVEN_UP = frozenset({_S.EXPIRED, _S.CANCELLED})

TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    # FAILED straight from the queue: a guard refused at the last door.
    _S.QUEUED: frozenset({_S.PUSHED, _S.REACHED, _S.FAILED}) | _GIVEN_UP,
    _S.PUSHED: frozenset({_S.QUEUED, _S.REACHED, _S.FAILED}) | _GIVEN_UP,
    _S.REACHED: frozenset({_S.DEFERRED, _S.UNCONFIRMED}) | _ANSWERS | _GIVEN_UP,
    _S.DEFERRED: frozenset({_S.PUSHED, _S.REACHED, _S.UNCONFIRMED}) | _ANSWERS | _GIVEN_UP,
    # Given up while accepted: the enrollment ended, or the proof never came.
    _S.ACCEPTED: frozenset({_S.PROVEN, _S.FAILED}) | _GIVEN_UP,
    _S.UNCONFIRMED: _ANSWERS | _GIVEN_UP,
    _S.FAILED: frozenset({_S.ACCEPTED, _S.PROVEN}),
    _S.EXPIRED: _ANSWERS,
    _S.CANCELLED: _ANSWERS,
    _S.PROVEN: frozenset(),
}


def may_become(before: DeliveryState, after: DeliveryState) -> bool:
    """Whether a command may go from one state to another; staying is no transition."""
    return after in TRANSITIONS[before]


def sources(after: DeliveryState) -> frozenset[DeliveryState]:
    """The states from which `after` may be entered, for the condition of an update."""
    return frozenset(before for before in DeliveryState if may_become(before, after))

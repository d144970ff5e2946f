"""Wishes that cannot both hold: which one wins, and why.

Here: the precedence of wishes. Not here: which wishes meet on a device (policies.desired).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from policies.wishes import WantedProfile, Wish


class Precedence(StrEnum):
    """Why one wish won over another."""

    NARROWER_SCOPE = "narrower_scope"
    LATER_DECISION = "later_decision"
    TIE = "tie"  # same scope, same instant: the higher version, then the order of the text


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two wishes that cannot both hold, and which one does."""

    subject: str
    winner: Wish
    loser: Wish
    because: Precedence


W = TypeVar("W", bound=Wish)


def settle(subject: str, wishes: Sequence[W]) -> tuple[W, tuple[Conflict, ...]]:
    """Choose among wishes for one subject; the losers that wanted something else are conflicts.

    wishes: at least one, in any order; the result does not depend on the order.
    """
    ranked = sorted(wishes, key=_rank, reverse=True)
    winner = ranked[0]
    losers = [wish for wish in ranked[1:] if _content(wish) != _content(winner)]
    return winner, tuple(
        Conflict(subject, winner, loser, _precedence(winner, loser)) for loser in losers
    )


def _precedence(winner: Wish, loser: Wish) -> Precedence:
    if winner.reason.scope.narrowness != loser.reason.scope.narrowness:
        return Precedence.NARROWER_SCOPE
    if winner.reason.since != loser.reason.since:
        return Precedence.LATER_DECISION
    return Precedence.TIE


def _rank(wish: Wish) -> tuple[object, ...]:
    reason = wish.reason
    version = wish.version if isinstance(wish, WantedProfile) else 0
    # The text comes last: it makes the choice repeatable where nothing else tells two apart.
    return (reason.scope.narrowness, reason.since, version, repr(wish))


def _content(wish: Wish) -> tuple[object, ...]:
    """What is wanted, without the reason."""
    fields = (name for name in type(wish).__dataclass_fields__ if name != "reason")
    return (type(wish), *(getattr(wish, name) for name in fields))

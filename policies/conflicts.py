"""Wishes that disagree: which one wins, and why.

Here: the precedence of wishes for one subject. Not here: which wishes meet on a device
(policies.desired), profiles that exclude each other (policies.exclusion), settings that the
device itself combines (policies.combination).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from policies.wishes import WantedProfile, Wish


class Precedence(StrEnum):
    """Why one wish won over another."""

    NARROWER_SCOPE = "narrower_scope"
    LATER_DECISION = "later_decision"
    TIE = "tie"  # same scope, same instant: the higher version, then the order of the text
    MOST_RESTRICTIVE = "most_restrictive"  # both are there, and the device obeys the stricter one
    COMBINED = "combined"  # both are there, and their lists are combined
    NO_RULE = "no_rule"  # both are there, and nobody says which one the device obeys


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two wishes that disagree, and which one holds.

    subject: what they disagree about. field: the one key; empty where it is about the whole.
    value: what applies of the field, as JSON writes it.
    """

    subject: str
    winner: Wish
    loser: Wish
    because: Precedence
    field: str = ""
    value: str = ""


W = TypeVar("W", bound=Wish)


def settle(subject: str, wishes: Sequence[W]) -> tuple[W, tuple[Conflict, ...]]:
    """Choose among wishes for one subject; the losers that wanted something else are conflicts.

    wishes: at least one, in any order; the result does not depend on the order.
    """
    ranked = strongest_first(wishes)
    winner = ranked[0]
    losers = [wish for wish in ranked[1:] if _content(wish) != _content(winner)]
    return winner, tuple(
        Conflict(subject, winner, loser, precedence(winner, loser)) for loser in losers
    )


def strongest_first(wishes: Iterable[W]) -> list[W]:
    """Put wishes in the order in which they win; it does not depend on the given one."""
    return sorted(wishes, key=_rank, reverse=True)


def precedence(winner: Wish, loser: Wish) -> Precedence:
    """Say why the first of two wishes in their order wins."""
    if winner.reason.scope.narrowness != loser.reason.scope.narrowness:
        return Precedence.NARROWER_SCOPE
    if winner.reason.since != loser.reason.since:
        return Precedence.LATER_DECISION
    return Precedence.TIE


def _rank(wish: Wish) -> tuple[object, ...]:
    reason = wish.reason
    version = wish.version if isinstance(wish, WantedProfile) else 0
    # The text comes last: it makes the choice repeatable where nothing else tells two apart.
    return (reason.scope.narrowness, reason.since, version, repr(_content(wish)))


def _content(wish: Wish) -> tuple[object, ...]:
    """What is wanted, without the reason."""
    fields = (name for name in type(wish).__dataclass_fields__ if name != "reason")
    return (type(wish), *(getattr(wish, name) for name in fields))

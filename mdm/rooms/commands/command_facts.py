"""Loading commands as plans and proofs need them: the room's query of facts.

Here: rows to policies.facts.CommandFacts, the latest of each key. Not here: writing
(service.py), what follows from the facts (policies.reconcile, policies.proof).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import NamedTuple

from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Enrollment
from policies.actions import ActionKey
from policies.delivery import DELIVERABLE, OPEN, DeliveryState
from policies.facts import CommandFacts
from policies.proof import acceptances, may_have_obeyed_at
from profiles.commands.results import CommandStatus

# What ended longer ago tells a plan nothing: every wait after a refusal is much shorter, and so
# is the time until the next list shows what became of one that left.
MEMORY = timedelta(days=14)
_ACKNOWLEDGED = CommandStatus.ACKNOWLEDGED.value
_ERRORS = (CommandStatus.ERROR.value, CommandStatus.COMMAND_FORMAT_ERROR.value)
_OBEYED = (DeliveryState.ACCEPTED, DeliveryState.PROVEN)
# Given up by us, which says nothing about how often the device refused.
_GIVEN_UP = (DeliveryState.CANCELLED, DeliveryState.EXPIRED)


class CommandRow(NamedTuple):
    """One command, with the generation of its enrollment."""

    id: int
    enrollment_id: int
    generation: int
    key: str
    state: DeliveryState
    not_before: datetime | None
    created_at: datetime
    reached_at: datetime | None
    answered_at: datetime | None
    answer_status: str | None
    refused_at: datetime | None


def rows(tx: Tx, enrollment_ids: Collection[int], at: datetime) -> dict[int, list[CommandRow]]:
    """Load the commands that plans know by key, open ones and recent ones, newest first."""
    query = (
        select(
            Command.id,
            Command.enrollment_id,
            Enrollment.generation,
            Command.action_key,
            Command.state,
            Command.not_before,
            Command.created_at,
            Command.reached_at,
            Command.answered_at,
            Command.answer_status,
            Command.refused_at,
        )
        .join(Enrollment, Enrollment.id == Command.enrollment_id)
        .where(
            Command.enrollment_id.in_(enrollment_ids),
            Command.action_key.is_not(None),
            or_(
                Command.state.in_(OPEN),
                Command.created_at > at - MEMORY,
                Command.reached_at > at - MEMORY,
            ),
        )
        .order_by(Command.enrollment_id, Command.id.desc())
    )
    found = (CommandRow._make(row) for row in tx.execute(query))
    return {number: list(group) for number, group in groupby(found, lambda r: r.enrollment_id)}


def latest(found: Iterable[CommandRow]) -> tuple[CommandFacts, ...]:
    """The facts of the latest command of each key. found: newest first. raises: InvalidWish."""
    by_key: dict[str, list[CommandRow]] = {}
    for row in found:
        by_key.setdefault(row.key, []).append(row)
    return tuple(_facts(key, of_key) for key, of_key in sorted(by_key.items()))


def facts(row: CommandRow) -> CommandFacts:
    """The facts of one command. raises: InvalidWish."""
    return _facts(row.key, [row])


def _facts(key: str, of_key: Sequence[CommandRow]) -> CommandFacts:
    row, failed = of_key[0], _failed_in_a_row(of_key)
    return CommandFacts(
        key=ActionKey.parse(key),
        state=row.state,
        generation=row.generation,
        not_before=row.not_before,
        reached_at=row.reached_at,
        accepted_at=_accepted_at(row),
        refused_at=_refused_at(row),
        left_before=_left_before(of_key),
        accepted_before=_accepted_before(of_key),
        failures=len(failed),
        failed_at=_failed_at(row, failed),
    )


def _accepted_at(row: CommandRow) -> datetime | None:
    said_yes = row.answer_status == _ACKNOWLEDGED or row.state in _OBEYED
    return row.answered_at if said_yes else None


def _refused_at(row: CommandRow) -> datetime | None:
    """When it said no; an Error that means "done already" is a yes."""
    said_no = row.answer_status in _ERRORS and row.state not in _OBEYED
    return row.answered_at if said_no else row.refused_at


def _left_before(of_key: Sequence[CommandRow]) -> datetime | None:
    """When one before the latest left that the device may have carried out."""
    left = (may_have_obeyed_at(facts(row)) for row in of_key[1:])
    return max((at for at in left if at is not None), default=None)


def _accepted_before(of_key: Sequence[CommandRow]) -> datetime | None:
    return max((at for row in of_key[1:] for at in acceptances(facts(row))), default=None)


def _failed_in_a_row(of_key: Sequence[CommandRow]) -> list[CommandRow]:
    """The failed ones, newest first, until one came to another end."""
    row, *before = of_key
    # What is on its way once more has no end yet.
    rows = before if row.state in DELIVERABLE else of_key
    streak = takewhile(lambda one: one.state in (DeliveryState.FAILED, *_GIVEN_UP), rows)
    return [one for one in streak if one.state is DeliveryState.FAILED]


def _failed_at(row: CommandRow, failed: Sequence[CommandRow]) -> datetime | None:
    if not failed or row.state in _GIVEN_UP:
        return None
    # One that was refused at the last door was never answered.
    return failed[0].answered_at or failed[0].created_at

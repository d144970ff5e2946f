"""The account at the end of a day: what every iPad did against what the database knows.

Here: reading rows and saying in words what is wrong. Not here: waiting until all is settled.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from mdm.base.db import Database, Tx
from mdm.rooms.commands.models import Command, CommandResult
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.outbox.models import OutboxItem
from mdm.rooms.reconciler.models import EnrollmentOutcome
from mdm.simulator.ipad import SimulatedIpad
from policies.delivery import DeliveryState
from policies.outcome import OutcomeKind

S = DeliveryState

ONCE = ("EraseDevice", "RestartDevice")
"""What must not be carried out a second time for one order."""
_ENDED = (S.FAILED, S.CANCELLED, S.EXPIRED, S.UNCONFIRMED)
_STILL_OPEN = frozenset(S) - {S.PROVEN, *_ENDED}


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is to be done now, counted; what may only leave later waits rightly.

    unproven: iPads on their way to their wishes. An app that comes by declaration is installed
        without any command, so nothing else is open meanwhile.
    """

    commands: int
    plans: int
    answers: int
    pushes: int
    unproven: int

    @property
    def is_none(self) -> bool:
        return not (self.commands or self.plans or self.answers or self.pushes or self.unproven)


def open_work(database: Database, now: datetime) -> OpenWork:
    """Count what is not settled yet."""
    with database.reading() as tx:
        return OpenWork(
            _count(tx, Command.id, _is_open(now)),
            _count(tx, Enrollment.id, Enrollment.due_generation > Enrollment.done_generation),
            _count(tx, CommandResult.id, CommandResult.read_at.is_(None)),
            _count(tx, OutboxItem.id, OutboxItem.done_at.is_(None), OutboxItem.not_before <= now),
            _count(tx, Enrollment.id, Enrollment.ended_at.is_(None), _is_on_its_way()),
        )


def _is_on_its_way() -> ColumnElement[bool]:
    return exists().where(
        EnrollmentOutcome.enrollment_id == Enrollment.id,
        EnrollmentOutcome.outcome == OutcomeKind.ON_ITS_WAY,
    )


def open_commands(database: Database, now: datetime) -> Counter[tuple[str, str]]:
    """What is open, by RequestType and state; for a test that fails."""
    with database.reading() as tx:
        query = (
            select(Command.request_type, Command.state, func.count())
            .where(_is_open(now))
            .group_by(Command.request_type, Command.state)
        )
        return Counter({(kind, state.value): count for kind, state, count in tx.execute(query)})


def states(database: Database, request_type: str) -> Counter[str]:
    """What became of every command of one kind."""
    with database.reading() as tx:
        query = (
            select(Command.state, func.count())
            .where(Command.request_type == request_type)
            .group_by(Command.state)
        )
        return Counter({state.value: count for state, count in tx.execute(query)})


def faults(database: Database, ipads: Iterable[SimulatedIpad], now: datetime) -> list[str]:
    """Everything that does not add up, each as a sentence; an empty list is what we want."""
    fleet = list(ipads)
    with database.reading() as tx:
        found = [
            *_lost(tx, fleet),
            *_unexplained(tx, now),
            *_repeated(tx, fleet),
            *_asleep(tx, fleet),
        ]
    return [*found, *_complaints(fleet)]


def _lost(tx: Tx, fleet: list[SimulatedIpad]) -> Iterator[str]:
    known = set(tx.scalars(select(Command.uuid)))
    for ipad in fleet:
        for uuid in ipad.executed.keys() - known:
            yield f"{ipad.serial_number} carried out {uuid}, of which nothing is known"


def _unexplained(tx: Tx, now: datetime) -> Iterator[str]:
    fine = or_(
        Command.state == S.PROVEN,
        Command.state.in_(_ENDED) & (Command.outcome != ""),
        _waits_rightly(now),
    )
    for row in tx.scalars(select(Command).where(~fine)):
        yield f"{row.request_type} {row.uuid} ended as {row.state} without a reason"


def _repeated(tx: Tx, fleet: list[SimulatedIpad]) -> Iterator[str]:
    guarded = set(tx.scalars(select(Command.uuid).where(Command.request_type.in_(ONCE))))
    for ipad in fleet:
        for uuid in guarded & ipad.executed.keys():
            if ipad.executed[uuid] > 1:
                yield f"{ipad.serial_number} carried out {uuid} {ipad.executed[uuid]} times"
        if ipad.erasures > 1:
            yield f"{ipad.serial_number} was erased {ipad.erasures} times"


def _asleep(tx: Tx, fleet: list[SimulatedIpad]) -> Iterator[str]:
    """Whom the server could not wake: the token it knows is not the iPad's."""
    rows = tx.execute(
        select(Device.serial, Enrollment.push_token, Enrollment.push_magic)
        .join(Enrollment, Enrollment.device_id == Device.id)
        .where(Enrollment.ended_at.is_(None), Enrollment.held_reason.is_(None))
    )
    known = {serial: (token, magic) for serial, token, magic in rows}
    for ipad in fleet:
        mine = ipad.enrolment and (ipad.enrolment.channel.token, ipad.enrolment.channel.magic)
        if mine != known.get(ipad.serial_number):
            yield f"{ipad.serial_number} is not enrolled as the server thinks"


def _complaints(fleet: list[SimulatedIpad]) -> Iterator[str]:
    for ipad in fleet:
        for complaint in ipad.complaints:
            # Said when its answer to a restart or an erase met a dead server: no fault of ours.
            if complaint != "the last word did not arrive":
                yield f"{ipad.serial_number}: {complaint}"


def _is_open(now: datetime) -> ColumnElement[bool]:
    return Command.state.in_(_STILL_OPEN) & ~_waits_rightly(now)


def _waits_rightly(now: datetime) -> ColumnElement[bool]:
    """A question that is to be asked later, say once an app has had the time to install."""
    later = func.coalesce(Command.not_before, now) > now
    return Command.state.in_((S.QUEUED, S.PUSHED)) & later


def _count(tx: Tx, column: Any, *conditions: ColumnElement[bool]) -> int:
    return tx.scalar(select(func.count(column)).where(*conditions)) or 0

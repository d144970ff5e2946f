"""Which devices time may have let into a group or out of it, since it was last looked at.

What a device reports asks for a new plan, and so for a look at its groups; what only stands in
an instant of its rows does not: that it has been silent for a week, that it called again, that
its enrollment ended. Here: whose instants passed meanwhile, in portions, the earliest first. A
portion ends at an instant, and the row of the group remembers it: what a killed worker leaves
behind, the next one finds. Nothing tells beforehand when a device will call, so a group is looked
at every few minutes; when nothing has passed, that is one statement for each kind of instant.
Not here: who joins and who leaves (membership.py), what time can change (policies.groups).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, select, true
from sqlalchemy.orm import InstrumentedAttribute

from mdm.base.db import Tx
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.groups.facts import CURRENT
from mdm.rooms.groups.models import SmartGroup, SmartGroupMember
from policies.groups import Crossing

LOOK_AGAIN_AFTER = timedelta(minutes=2)
# Calls are written some seconds after they came, and other instants when their transaction ends.
SETTLED_AFTER = timedelta(minutes=5)
# A look at so many takes a third of a second, and for so long nobody else writes on SQLite.
PORTION = 1000


@dataclass(frozen=True, slots=True)
class Portion:
    """Devices to look at, sorted. look_again_at: of their group; None if time changes nothing."""

    device_ids: Sequence[int]
    look_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Passing:
    """Instants of devices that count from `after` later on.

    rows: selects numbers of devices.
    """

    rows: Select[int]
    instant: InstrumentedAttribute[datetime | None]
    after: timedelta

    def first(self, tx: Tx, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
        """Find a portion of those that passed: when each counts, and whose it is; in order.

        Those of one instant stay together, since a portion ends at an instant.
        """
        query = self.rows.add_columns(self.instant)
        passed = (self.instant > since - self.after, self.instant <= until - self.after)
        found = list(tx.execute(query.where(*passed).order_by(self.instant).limit(PORTION)))
        if len(found) == PORTION:
            # Rows of the last instant that are found twice do no harm.
            found += tx.execute(query.where(self.instant == found[-1][1]))
        return [(instant + self.after, number) for number, instant in found]


def next_look(looked_until: datetime) -> datetime:
    """When to look again at a group that was looked at until then."""
    return looked_until + LOOK_AGAIN_AFTER


def next_portion(
    tx: Tx, group: SmartGroup, crossings: Sequence[Crossing], now: datetime
) -> Portion:
    """Find the next devices to look at, of a group that wants to be looked at.

    crossings: of its rule.
    """
    if group.look_again_at is None or not crossings:
        return Portion((), None)
    since, until = group.look_again_at - LOOK_AGAIN_AFTER, now
    found: list[tuple[datetime, int]] = []
    for passing in _passing(group, crossings):
        first = passing.first(tx, since, until)
        if len(first) >= PORTION:
            until, _ = first[-1]
        found += first
    return Portion(sorted({number for at, number in found if at <= until}), next_look(until))


def _passing(group: SmartGroup, crossings: Sequence[Crossing]) -> Iterator[_Passing]:
    here = true() if group.school_id is None else Device.school_id == group.school_id
    devices = select(Device.id).where(here)
    current = devices.join(Enrollment, CURRENT).where(Device.retired_at.is_(None))
    for crossing in crossings:
        concerned = current.where(_concerned(group.id, crossing))
        after = max(crossing.after, SETTLED_AFTER)
        yield _Passing(concerned, Enrollment.last_seen_at, after)
    ended = devices.join(Enrollment, Enrollment.device_id == Device.id)
    yield _Passing(ended, Enrollment.ended_at, SETTLED_AFTER)
    yield _Passing(devices, Device.retired_at, SETTLED_AFTER)


def _concerned(group_id: int, crossing: Crossing) -> ColumnElement[bool]:
    """Those that may join are no members yet, those that may leave still are."""
    if crossing.may_join and crossing.may_leave:
        return true()
    is_member = exists().where(
        SmartGroupMember.group_id == group_id, SmartGroupMember.device_id == Device.id
    )
    return is_member if crossing.may_leave else ~is_member

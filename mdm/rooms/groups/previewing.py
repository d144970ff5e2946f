"""Trying a rule before it is saved: which iPads it takes in, and which of its lines each meets.

Nothing is written. Not here: what a rule means (policies.groups), who is in a group
(membership.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.queries import visible
from mdm.rooms.groups import facts
from mdm.rooms.groups.membership import memberships
from mdm.rooms.schools.models import ClassGroup, School
from policies.groups import AllOf, AnyOf, Rule, matches

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class TriedDevice:
    """An iPad that fits. meets: for each line of the rule, whether it certainly holds."""

    id: int
    name: str
    serial: str | None
    school: str | None
    class_name: str | None
    meets: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class TriedRule:
    """total: how many iPads fit, of `among`. devices: the first of them."""

    lines: tuple[Rule, ...]
    total: int
    among: int
    devices: tuple[TriedDevice, ...]


def try_rule(
    tx: Tx, viewer: Viewer, school_id: int | None, rule: Rule, now: datetime, shown: int
) -> TriedRule:
    """Try a rule on the iPads that somebody sees.

    school_id: of a school's group; None for one of the city. shown: at most so many are named.
    """
    ids = _candidates(tx, viewer, school_id)
    lines = rule.rules if isinstance(rule, AllOf | AnyOf) else (rule,)
    fitting: list[tuple[int, tuple[bool, ...]]] = []
    total = 0
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        known = facts.load(tx, memberships(tx, chunk), [rule])
        for device in known.values():
            if not matches(rule, device.facts, now):
                continue
            total += 1
            if len(fitting) < shown:
                meets = tuple(matches(line, device.facts, now) for line in lines)
                fitting.append((device.device_id, meets))
    return TriedRule(lines, total, len(ids), _named(tx, fitting))


def _candidates(tx: Tx, viewer: Viewer, school_id: int | None) -> Sequence[int]:
    query = select(Device.id).where(Device.retired_at.is_(None), visible(viewer))
    if school_id is not None:
        query = query.where(Device.school_id == school_id)
    return tx.scalars(query.order_by(Device.id)).all()


def _named(tx: Tx, fitting: Sequence[tuple[int, tuple[bool, ...]]]) -> tuple[TriedDevice, ...]:
    meets = dict(fitting)
    query = (
        select(Device.id, Device.name, Device.serial, School.number, ClassGroup.name)
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        .where(Device.id.in_(meets))
        .order_by(School.number, ClassGroup.name, Device.name, Device.id)
    )
    return tuple(TriedDevice(*row, meets[row[0]]) for row in tx.execute(query))

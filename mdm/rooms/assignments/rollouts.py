"""Roll-outs: a change of rules reaches one ring of devices after another.

Here: opening, releasing rings, closing. Alone in writing tables `rollout` and `rollout_device`.
Not here: which device is in which ring (policies.rings), when a ring is released, whether the
roll-out stops, and its entries in the journal (mdm.rooms.changes).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, insert, select, update

from mdm.base.db import Tx, changed_rows
from mdm.base.errors import Conflict, NotFound
from mdm.rooms.assignments import replacements
from mdm.rooms.assignments.models import Assignment, Rollout, RolloutDevice
from mdm.rooms.assignments.targets import inside, target_of
from mdm.rooms.devices.due import mark_scopes_due
from mdm.rooms.devices.models import Device

_CHUNK = 5000


def open_rollout(tx: Tx, rings: Mapping[int, int], now: datetime) -> Rollout:
    """Open a roll-out. rings: by device the number of its ring."""
    rollout = Rollout(started_at=now)
    tx.add(rollout)
    tx.flush()
    rows = [
        {"rollout_id": rollout.id, "device_id": device, "ring": ring}
        for device, ring in sorted(rings.items())
    ]
    for start in range(0, len(rows), _CHUNK):
        tx.execute(insert(RolloutDevice), rows[start : start + _CHUNK])
    return rollout


def release_ring(tx: Tx, rollout_id: int, ring: int, now: datetime) -> int:
    """Let the new rules hold for a ring; its devices become due. Again, it changes nothing.

    returns: for how many they did not hold before. raises: NotFound, Conflict (it is closed).
    """
    _locked_open(tx, rollout_id)
    released = tx.execute(
        update(RolloutDevice)
        .where(
            RolloutDevice.rollout_id == rollout_id,
            RolloutDevice.ring == ring,
            RolloutDevice.released_at.is_(None),
        )
        .values(released_at=now)
        .execution_options(synchronize_session=False)
    )
    count = changed_rows(released)
    if count:
        members = select(RolloutDevice.device_id).where(
            RolloutDevice.rollout_id == rollout_id,
            RolloutDevice.ring == ring,
            RolloutDevice.released_at == now,
        )
        mark_scopes_due(tx, [Device.id.in_(members)])
    return count


def release_everybody(tx: Tx, rollout_id: int, now: datetime) -> int:
    """Let the new rules hold for those in no ring as well, now and whoever comes in later.

    returns: how many became due. Again, it changes nothing. raises: NotFound, Conflict (it is
        closed).
    """
    rollout = _locked_open(tx, rollout_id)
    if rollout.everybody_at is not None:
        return 0
    rollout.everybody_at = now
    scopes = [inside(target_of(rule)) for rule in _rules_under_way(tx, rollout_id)]
    scopes += replacements.concerned_by(tx, replacements.brought_by(tx, rollout_id))
    return _mark_late_due(tx, rollout_id, scopes)


def close_rollout(tx: Tx, rollout_id: int, now: datetime) -> int:
    """Let what a roll-out brought hold for everybody, and what it took away end.

    Whoever was not released yet, such as an iPad that came into the scope meanwhile, becomes
    due. returns: how many. Closing it again changes nothing. raises: NotFound.
    """
    rollout = _locked(tx, rollout_id)
    if rollout.ended_at is not None:
        return 0
    rollout.ended_at = now
    rows, versions = _rules_under_way(tx, rollout_id), replacements.brought_by(tx, rollout_id)
    scopes = [inside(target_of(row)) for row in rows] + replacements.concerned_by(tx, versions)
    for row in rows:
        if row.ending_rollout_id == rollout_id:
            row.ended_at = now
    replacements.settle(tx, versions, now)
    tx.flush()
    return 0 if rollout.everybody_at is not None else _mark_late_due(tx, rollout_id, scopes)


def _rules_under_way(tx: Tx, rollout_id: int) -> Sequence[Assignment]:
    """The rules that a roll-out brings or takes away, locked."""
    return tx.scalars(
        select(Assignment)
        .where(
            (Assignment.rollout_id == rollout_id) | (Assignment.ending_rollout_id == rollout_id),
            Assignment.ended_at.is_(None),
        )
        .order_by(Assignment.id)
        .with_for_update()
    ).all()


def _mark_late_due(tx: Tx, rollout_id: int, scopes: Sequence[ColumnElement[bool]]) -> int:
    """Ask for plans for whoever is in the scope and was not released with any ring."""
    late = ~exists().where(
        RolloutDevice.rollout_id == rollout_id,
        RolloutDevice.device_id == Device.id,
        RolloutDevice.released_at.is_not(None),
    )
    return mark_scopes_due(tx, [scope & late for scope in scopes])


def _locked_open(tx: Tx, rollout_id: int) -> Rollout:
    rollout = _locked(tx, rollout_id)
    if rollout.ended_at is not None:
        raise Conflict("this roll-out is closed")
    return rollout


def _locked(tx: Tx, rollout_id: int) -> Rollout:
    rollout = tx.get(Rollout, rollout_id, with_for_update=True)
    if rollout is None:
        raise NotFound("roll-out", str(rollout_id))
    return rollout

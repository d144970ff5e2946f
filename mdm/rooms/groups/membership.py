"""Who is in which smart group, kept by difference: only who joins or leaves is written.

Alone in writing table `smart_group_member`. Not here: the rules (policies.groups), saving groups
(service.py).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from mdm.base.db import Tx
from mdm.rooms.devices.due import mark_scopes_due
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.groups import facts, passing
from mdm.rooms.groups.facts import KnownDevice
from mdm.rooms.groups.models import SmartGroup, SmartGroupMember
from policies.errors import InvalidRule
from policies.group_cycles import filling_order, named_groups
from policies.group_json import read_rule
from policies.groups import Rule, crossings, matches, membership_difference

_CHUNK = 1000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Group:
    """A group in use. school_id: None for one of the city, which takes in devices anywhere.

    asks_groups: whether its rule names other groups.
    """

    id: int
    school_id: int | None
    rule: Rule
    asks_groups: bool

    def takes(self, device: KnownDevice, now: datetime) -> bool:
        is_here = self.school_id is None or self.school_id == device.school_id
        return is_here and matches(self.rule, device.facts, now)


@dataclass(frozen=True, slots=True)
class _Changes:
    """Who joins and who leaves what, as (group, device)."""

    joins: list[tuple[int, int]] = field(default_factory=list)
    leaves: list[tuple[int, int]] = field(default_factory=list)


def refresh(tx: Tx, device_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Bring the memberships of these devices up to date, in all groups.

    returns: the devices that joined or left a group; they become due. Without any group in use
        it costs one statement.
    """
    return _write(tx, _changes(tx, _groups_in_use(tx), sorted(device_ids), now), now)


def refresh_group(tx: Tx, group_id: int, now: datetime) -> frozenset[int]:
    """Bring the members of one group up to date, and of those that name it.

    For a rule that is new or another one: looks at every device that the group may take in.
    returns: the devices that joined or left a group; they become due.
    """
    groups = _groups_in_use(tx)
    mine = [group for group in groups if group.id == group_id]
    changed = _write(tx, _changes(tx, mine, _candidates(tx, group_id, mine), now), now)
    # Groups that name it can change for the same devices only.
    _write(tx, _changes(tx, groups, sorted(changed), now), now)
    by_time = any(crossings(group.rule) for group in mine)
    tx.get_one(SmartGroup, group_id).look_again_at = passing.next_look(now) if by_time else None
    return changed


def refresh_by_time(tx: Tx, now: datetime) -> int:
    """Look at the next devices that time alone may have let into a group or out of it.

    At some hundreds, of the group that waits longest, and at all their groups; what is left is
    for the next call, in a transaction of its own.
    returns: how many groups were looked at; zero when none is waiting, so call it until then.
    """
    row = tx.scalar(
        select(SmartGroup)
        .where(SmartGroup.retired_at.is_(None), SmartGroup.look_again_at <= now)
        .order_by(SmartGroup.look_again_at)
        .limit(1)
        # Another process that keeps the house takes another group; whoever writes a member of
        # this one, and so points at its row, does not wait.
        .with_for_update(skip_locked=True, key_share=True)
    )
    if row is None:
        return 0
    groups = _groups_in_use(tx)
    rule = next((group.rule for group in groups if group.id == row.id), None)
    portion = passing.next_portion(tx, row, crossings(rule) if rule else (), now)
    _write(tx, _changes(tx, groups, portion.device_ids, now), now)
    row.look_again_at = portion.look_again_at
    return 1


def empty(tx: Tx, group_id: int, now: datetime) -> frozenset[int]:
    """Let everybody leave a group, for good. returns: who did; they become due."""
    query = select(SmartGroupMember.device_id).where(SmartGroupMember.group_id == group_id)
    return _write(tx, _Changes(leaves=[(group_id, device) for device in tx.scalars(query)]), now)


def memberships(tx: Tx, device_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """By device, its groups as they are written now."""
    query = select(SmartGroupMember.device_id, SmartGroupMember.group_id).where(
        SmartGroupMember.device_id.in_(device_ids)
    )
    found: dict[int, set[int]] = {number: set() for number in device_ids}
    for device, group in tx.execute(query):
        found[device].add(group)
    return {number: frozenset(groups) for number, groups in found.items()}


def rules_in_use(tx: Tx) -> dict[int, Rule]:
    """The rules of all groups in use, by number."""
    return {group.id: group.rule for group in _groups(tx)}


def _groups_in_use(tx: Tx) -> list[_Group]:
    """All groups, each after those that it names."""
    found = {group.id: group for group in _groups(tx)}
    order = filling_order({number: group.rule for number, group in found.items()})
    return [found[number] for number in order]


def _groups(tx: Tx) -> Iterator[_Group]:
    query = select(SmartGroup.id, SmartGroup.school_id, SmartGroup.rule)
    for number, school_id, rule in tx.execute(query.where(SmartGroup.retired_at.is_(None))):
        try:
            read = read_rule(rule)
        except InvalidRule:
            # A row that was altered by hand. Its members stay as they are, and all the other
            # groups go on; the pages that show its rule say what is wrong with it.
            continue
        yield _Group(number, school_id, read, bool(named_groups(read)))


def _candidates(tx: Tx, group_id: int, mine: Sequence[_Group]) -> Sequence[int]:
    """The devices that a group may take in, and its members, wherever they are now."""
    members = select(SmartGroupMember.device_id).where(SmartGroupMember.group_id == group_id)
    may_join: ColumnElement[bool] = Device.retired_at.is_(None)
    if mine and mine[0].school_id is not None:
        may_join &= Device.school_id == mine[0].school_id
    query = select(Device.id).where(may_join | Device.id.in_(members)).order_by(Device.id)
    return tx.scalars(query).all()


def _changes(
    tx: Tx, groups: Sequence[_Group], device_ids: Sequence[int], now: datetime
) -> _Changes:
    changes = _Changes()
    looked_at = frozenset(group.id for group in groups)
    for chunk in _chunks(device_ids) if groups else ():
        members = memberships(tx, chunk)
        known = facts.load(tx, members, [group.rule for group in groups])
        for number, before in members.items():
            after = _groups_of(groups, known[number], now) if number in known else frozenset()
            change = membership_difference(before & looked_at, after)
            changes.joins.extend((group, number) for group in change.joins)
            changes.leaves.extend((group, number) for group in change.leaves)
    return changes


def _groups_of(groups: Sequence[_Group], device: KnownDevice, now: datetime) -> frozenset[int]:
    """The groups that take a device in; each sees those before it as they have just become."""
    # A group that is not looked at here stays as it is written.
    inside = set(device.facts.groups)
    for group in groups:
        inside.discard(group.id)
        if group.asks_groups:
            device = replace(device, facts=replace(device.facts, groups=frozenset(inside)))
        if group.takes(device, now):
            inside.add(group.id)
    return frozenset(inside & {group.id for group in groups})


def _write(tx: Tx, changes: _Changes, now: datetime) -> frozenset[int]:
    """Write who joins and who leaves. returns: their devices, which become due.

    Due first: that locks their enrollments, in one order, before any row of a member; a worker
    that plans one of them holds its enrollment when it comes here for the same row.
    """
    changed = frozenset(device for _, device in (*changes.joins, *changes.leaves))
    _mark_due(tx, changed)
    insert = pg_insert if tx.get_bind().dialect.name == "postgresql" else sqlite_insert
    for batch in _chunks(changes.joins):
        rows = [{"group_id": group, "device_id": device, "since": now} for group, device in batch]
        # Another worker may have written the same about the same device.
        tx.execute(insert(SmartGroupMember).values(rows).on_conflict_do_nothing())
    key = tuple_(SmartGroupMember.group_id, SmartGroupMember.device_id)
    for batch in _chunks(changes.leaves):
        tx.execute(delete(SmartGroupMember).where(key.in_(batch)))
    return changed


def _mark_due(tx: Tx, device_ids: Collection[int]) -> None:
    current: list[int] = []
    for chunk in _chunks(sorted(device_ids)):
        query = select(Enrollment.id).where(
            Enrollment.device_id.in_(chunk), Enrollment.ended_at.is_(None)
        )
        current.extend(tx.scalars(query))
    for chunk in _chunks(sorted(current)):
        mark_scopes_due(tx, [Enrollment.id.in_(chunk)])


def _chunks(members: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(members), _CHUNK):
        yield members[start : start + _CHUNK]

"""How many iPads each ring of a draft would have, before anybody approves it.

Not here: dividing them (policies.rings), rings of approved plans (queries.rings).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from mdm.base.db import Tx
from mdm.rooms.changes.among import among
from mdm.rooms.changes.binding import training_schools
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.stored import operations_of, preview_of, rings_of
from mdm.rooms.devices.models import Device
from mdm.rooms.facts.places import places_of
from mdm.rooms.schools.models import Member, Slot
from policies.city import Place
from policies.operations import AT_ONCE
from policies.rings import RingKind, RingSpec, assign_rings
from policies.scope import ScopeKind

_CHUNK = 5000
# What iPads of one class, grade and trolley share; courses, groups and themselves they do not.
_SHARED = (ScopeKind.CITY, ScopeKind.SCHOOL, ScopeKind.GRADE, ScopeKind.CLASS, ScopeKind.TROLLEY)


@dataclass(frozen=True, slots=True)
class PlannedRing:
    """A ring as it would be. devices: as iPads are placed now; never zero."""

    spec: RingSpec
    devices: int


def is_at_once(plan: ChangePlan) -> bool:
    """Whether everything a plan does holds for everybody as soon as it is decided."""
    return all(isinstance(operation, AT_ONCE) for operation in operations_of(plan))


def planned_rings(tx: Tx, plan: ChangePlan) -> list[PlannedRing]:
    """Divide the iPads of a draft into its rings; rings that nobody is in are left out."""
    specs = (RingSpec(RingKind.ALL),) if is_at_once(plan) else rings_of(plan)
    training = training_schools(tx)
    alike = _alike(tx, preview_of(plan).devices, specs)
    divided = assign_rings(_places(tx, sorted(alike)), specs, training)
    sizes: Counter[int] = Counter()
    for device, ring in divided.by_device.items():
        sizes[ring] += alike[device]
    return [PlannedRing(spec, sizes[ring]) for ring, spec in enumerate(divided.specs)]


def _alike(tx: Tx, device_ids: Sequence[int], specs: Iterable[RingSpec]) -> Mapping[int, int]:
    """One iPad for all that no ring can tell apart, and how many they are.

    A page needs the sizes alone: a few thousand places to look at instead of a city's 100,000.
    """
    if any(scope.kind not in _SHARED for spec in specs for scope in spec.scopes):
        return dict.fromkeys(device_ids, 1)
    shared = (Device.school_id, Device.class_group_id, Member.grade, Slot.trolley_id)
    query = (
        select(func.min(Device.id), func.count())
        .outerjoin(Member, Member.id == Device.owner_id)
        .outerjoin(Slot, Slot.id == Device.slot_id)
        .where(among(tx, Device.id, device_ids))
        .group_by(*shared)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def _places(tx: Tx, device_ids: Sequence[int]) -> list[Place]:
    found: dict[int, Place] = {}
    for start in range(0, len(device_ids), _CHUNK):
        found |= places_of(tx, device_ids[start : start + _CHUNK])
    return list(found.values())

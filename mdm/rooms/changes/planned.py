"""How many iPads each ring of a draft would have, before anybody approves it.

Not here: dividing them (policies.rings), rings of approved plans (queries.rings).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.stored import operations_of, preview_of, rings_of
from mdm.rooms.facts.places import places_of
from mdm.rooms.schools.models import School
from policies.city import Place
from policies.operations import AT_ONCE
from policies.rings import RingKind, RingSpec, assign_rings

_CHUNK = 5000


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
    training = tx.scalars(select(School.number).where(School.is_training)).all()
    divided = assign_rings(_places(tx, preview_of(plan).devices), specs, training)
    return [
        PlannedRing(spec, size) for spec, size in zip(divided.specs, divided.sizes, strict=True)
    ]


def _places(tx: Tx, device_ids: Sequence[int]) -> list[Place]:
    found: dict[int, Place] = {}
    for start in range(0, len(device_ids), _CHUNK):
        found |= places_of(tx, device_ids[start : start + _CHUNK])
    return list(found.values())

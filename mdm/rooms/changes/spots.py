"""Where an iPad is moved from and to, in words, as far as somebody may see it.

Plans hold numbers of rows; what they are called is looked up when somebody looks. Not here: the
other things a plan speaks of (naming.py), sentences, which the doors make.
"""

from dataclasses import asdict, dataclass

from mdm.base.db import Tx
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.devices.placing import Placement
from mdm.rooms.devices.placing_by_hand import Standing, standing_at
from mdm.rooms.schools.models import School
from policies.operations import PlaceDevice, Placing


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of one iPad; empty, and slot 0, for none.

    school: its number, where the iPad changes schools. owner: the name, the label of a seat, or
        an identifier; None for somebody whom the viewer may not see by name.
    """

    school: str = ""
    class_name: str = ""
    trolley: str = ""
    slot: int = 0
    owner: str | None = ""


def spots_of(tx: Tx, viewer: Viewer, move: PlaceDevice) -> tuple[Spot, Spot]:
    """Where an iPad comes from, and where it goes."""
    is_other_school = move.before.school_id != move.after.school_id
    before, after = (
        _spot(tx, viewer, placing, is_other_school) for placing in (move.before, move.after)
    )
    return before, after


def _spot(tx: Tx, viewer: Viewer, placing: Placing, names_school: bool) -> Spot:
    school = tx.get(School, placing.school_id) if placing.school_id and names_school else None
    number = school.number if school is not None else ""
    if not viewer.sees(placing.school_id):
        return Spot(number)
    standing = standing_at(tx, Placement(**asdict(placing)))
    where = standing.where
    return Spot(number, where.class_name, where.trolley, where.slot, _owner(viewer, standing))


def _owner(viewer: Viewer, standing: Standing) -> str | None:
    """Only who may move iPads sees whose they are, as on the page that moves them."""
    if standing.where.owner and not viewer.may(Act.MANAGE):
        return None
    return standing.owner_name or standing.where.owner

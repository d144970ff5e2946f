"""Who sees which change plan, how much of it, and whether he may decide about it.

A plan for the city or for several schools is seen by everybody whose schools it touches, because
it is his iPads that change; of the iPads he sees his own only. Not here: the rule for deciding
(concerned.py), reading plans (queries.py).
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, or_, select, true

from mdm.base.db import Tx
from mdm.base.errors import Forbidden, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments.models import RolloutDevice
from mdm.rooms.changes.concerned import require_plan, schools_concerned
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.stored import operations_of, preview_of, touched_devices
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.queries import visible
from policies.change_plan import Preview, narrowed
from policies.operations import Operation


def listed(tx: Tx, viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves out plans that somebody may not see."""
    if viewer.school_ids is None:
        return true()
    shared = ChangePlan.id.in_(list(_shared(tx, viewer, true())))
    return or_(ChangePlan.school_id.in_(viewer.school_ids), shared)


def is_in_sight(tx: Tx, viewer: Viewer, plan: ChangePlan) -> bool:
    """Whether somebody may see a plan: all of it, or the part that is about his schools."""
    if viewer.school_ids is None or plan.school_id is not None:
        return viewer.sees(plan.school_id)
    return plan.id in _shared(tx, viewer, ChangePlan.id == plan.id)


def may_decide(viewer: Viewer, plan: ChangePlan) -> bool:
    """Whether somebody may approve, stop, resume, undo and discard a plan."""
    try:
        require_plan(viewer, plan)
    except (Forbidden, NotFound):
        return False
    return True


def require_decision(viewer: Viewer, plan: ChangePlan) -> None:
    """Let pass who may decide about a plan that he sees. raises: Forbidden."""
    if not may_decide(viewer, plan):
        raise Forbidden("decide about this change")


def shown_preview(tx: Tx, viewer: Viewer, plan: ChangePlan) -> Preview:
    """The preview as far as it is about iPads that somebody sees."""
    whole = preview_of(plan)
    return whole if viewer.school_ids is None else narrowed(whole, _own_devices(tx, viewer))


def shown_operations(tx: Tx, vault: Vault, viewer: Viewer, plan: ChangePlan) -> list[Operation]:
    """What a plan does, without what it does at other schools alone."""
    operations = operations_of(plan)
    if len(operations) == 1 or viewer.school_ids is None:
        return list(operations)
    return [one for one in operations if _concerns(tx, vault, viewer, one)]


def _concerns(tx: Tx, vault: Vault, viewer: Viewer, operation: Operation) -> bool:
    try:
        schools = schools_concerned(tx, vault, [operation])
    except NotFound:
        # What it names has gone since; nobody can tell any more whose it was.
        return False
    # Once carried out, another version of a blueprint is no school's own any more.
    return not schools or any(viewer.sees(school) for school in schools)


def _shared(tx: Tx, viewer: Viewer, among: ColumnElement[bool]) -> Iterator[int]:
    """Plans for the city or for several schools that touch a school of somebody's."""
    reaches = exists().where(
        RolloutDevice.rollout_id == ChangePlan.rollout_id,
        RolloutDevice.device_id == Device.id,
        visible(viewer),
    )
    columns = (ChangePlan.id, ChangePlan.schools, ChangePlan.state, reaches)
    for number, schools, state, has_reached in tx.execute(
        select(*columns).where(ChangePlan.school_id.is_(None), among)
    ):
        if schools is not None:
            is_touched = any(viewer.sees(school) for school in schools)
        elif state is ChangeState.DRAFTED:
            is_touched = _would_touch(tx, viewer, number)
        else:
            is_touched = has_reached
        if is_touched:
            yield number


def _would_touch(tx: Tx, viewer: Viewer, plan_id: int) -> bool:
    """Whether a draft for the city changes an iPad of his; its roll-out does not exist yet."""
    own = _own_devices(tx, viewer)
    return not own.isdisjoint(touched_devices(tx.get_one(ChangePlan, plan_id)))


def _own_devices(tx: Tx, viewer: Viewer) -> frozenset[int]:
    return frozenset(tx.scalars(select(Device.id).where(visible(viewer))))

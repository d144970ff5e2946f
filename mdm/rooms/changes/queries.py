"""Reading change plans: which there are, how far they have come, which iPads they touch.

Not here: who may see which (sight.py), what a preview holds (policies.change_plan), its words
(the doors), writing (service.py, arranging.py, advancing.py).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, literal, select, true
from sqlalchemy.orm import defer

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments.models import RolloutDevice
from mdm.rooms.changes import sight
from mdm.rooms.changes.among import among
from mdm.rooms.changes.models import ChangePlan, ChangeRing, ChangeState
from mdm.rooms.changes.stored import operations_of
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.queries import visible
from mdm.rooms.reconciler.models import EnrollmentOutcome
from mdm.rooms.schools.models import ClassGroup, School
from policies.operations import ApplyRosterImport
from policies.outcome import OutcomeKind


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan as a line of a list. school: its name; None for several schools or the city.

    devices: all that it touches. may_decide: whether whoever reads the list may decide about it.
    takes_back: whether it undoes another one, whose title it has.
    """

    id: int
    title: str
    school: str | None
    state: ChangeState
    devices: int
    created_by: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    finished_at: datetime | None
    may_decide: bool
    takes_back: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of plans, the newest first. total: on all pages. drafts, stopped: the newest ones."""

    total: int
    rows: Sequence[PlanRow]
    drafts: Sequence[PlanRow]
    stopped: Sequence[PlanRow]


@dataclass(frozen=True, slots=True)
class RingRow:
    """A ring of an approved plan. waiting: released, and nothing known of them yet.

    set_aside: in trouble with something else, or gone; the gate does not wait for them.
    """

    number: int
    name: str
    devices: int
    released_at: datetime | None
    finished_at: datetime | None
    proven: int
    failed: int
    forgiven: int
    set_aside: int

    @property
    def waiting(self) -> int:
        if self.released_at is None:
            return 0
        return max(0, self.devices - self.proven - self.failed - self.set_aside)


@dataclass(frozen=True, slots=True)
class TouchedDevice:
    """An iPad of a plan. ring, released_at: None before the plan is approved.

    outcome: how it stands now, whatever the reason; None while nobody has judged it.
    """

    id: int
    serial: str | None
    name: str
    school: str | None
    class_name: str | None
    os_version: str
    ring: int | None
    released_at: datetime | None
    outcome: OutcomeKind | None


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many iPads of one class, or of a school without class, are among some."""

    school: str | None
    class_name: str | None
    devices: int


def overview(tx: Tx, viewer: Viewer, limit: int, offset: int = 0) -> Overview:
    """List plans, and those that wait for somebody; whose they are is found out once."""
    seen = sight.listed(tx, viewer)
    return Overview(
        tx.scalar(select(func.count()).select_from(ChangePlan).where(seen)) or 0,
        _rows(tx, viewer, seen, limit, offset),
        _rows(tx, viewer, and_(seen, ChangePlan.state == ChangeState.DRAFTED), limit),
        _rows(tx, viewer, and_(seen, ChangePlan.state == ChangeState.STOPPED), limit),
    )


def plans(
    tx: Tx, viewer: Viewer, limit: int, offset: int = 0, *, only: ChangeState | None = None
) -> list[PlanRow]:
    """List plans, the newest first. only: those of one state."""
    wanted = true() if only is None else ChangePlan.state == only
    return _rows(tx, viewer, and_(sight.listed(tx, viewer), wanted), limit, offset)


def find(tx: Tx, viewer: Viewer, plan_id: int) -> ChangePlan:
    """Find a plan that touches a school which somebody sees. raises: NotFound."""
    plan = tx.get(ChangePlan, plan_id)
    if plan is None or not sight.is_in_sight(tx, viewer, plan):
        raise NotFound("change plan", str(plan_id))
    return plan


def rings(tx: Tx, plan: ChangePlan) -> list[RingRow]:
    """The rings of an approved plan, as last counted; none for a draft."""
    query = select(ChangeRing).where(ChangeRing.change_id == plan.id).order_by(ChangeRing.number)
    return [
        RingRow(
            ring.number,
            ring.name,
            ring.device_count,
            ring.released_at,
            ring.finished_at,
            ring.proven,
            ring.failed,
            ring.forgiven,
            ring.set_aside,
        )
        for ring in tx.scalars(query)
    ]


def undone_by(tx: Tx, plan: ChangePlan) -> ChangePlan | None:
    """The newest plan that takes this one back, a draft included; None if nobody wants that."""
    query = (
        select(ChangePlan)
        .where(ChangePlan.undoes_id == plan.id, ChangePlan.state != ChangeState.DISCARDED)
        .order_by(ChangePlan.id.desc())
        .limit(1)
    )
    return tx.scalars(query).first()


def has_way_back(plan: ChangePlan) -> bool:
    """Whether a plan can be undone once it was approved; a draft is judged by what it does."""
    if plan.state in (ChangeState.DRAFTED, ChangeState.DISCARDED):
        return not any(isinstance(one, ApplyRosterImport) for one in operations_of(plan))
    return plan.reverse is not None


def devices(
    tx: Tx, viewer: Viewer, plan: ChangePlan, device_ids: Collection[int]
) -> list[TouchedDevice]:
    """Name some iPads of a plan, as far as somebody sees them, by school, class and name.

    device_ids: one page of them.
    """
    current = and_(
        Enrollment.device_id == Device.id,
        Enrollment.parent_id.is_(None),
        Enrollment.ended_at.is_(None),
        Enrollment.held_reason.is_(None),
    )
    on_the_way = and_(
        RolloutDevice.device_id == Device.id, RolloutDevice.rollout_id == plan.rollout_id
    )
    query = (
        select(
            Device.id,
            Device.serial,
            Device.name,
            School.number,
            ClassGroup.name,
            Device.os_version,
            RolloutDevice.ring,
            RolloutDevice.released_at,
            _as_it_stands(),
        )
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        .outerjoin(RolloutDevice, on_the_way)
        .outerjoin(Enrollment, current)
        .outerjoin(EnrollmentOutcome, EnrollmentOutcome.enrollment_id == Enrollment.id)
        .where(Device.id.in_(device_ids), visible(viewer))
        .order_by(School.number, ClassGroup.name, Device.name, Device.id)
    )
    rows = (TouchedDevice(*row) for row in tx.execute(query))
    return list({row.id: row for row in rows}.values())


def _as_it_stands() -> ColumnElement[OutcomeKind]:
    """How an iPad stands; what has happened since its last judgement may have changed that."""
    judged = EnrollmentOutcome.outcome
    is_stale = Enrollment.due_generation > Enrollment.done_generation
    on_its_way = literal(OutcomeKind.ON_ITS_WAY, judged.type)
    return case((and_(judged == OutcomeKind.AS_WISHED, is_stale), on_its_way), else_=judged)


def serials(tx: Tx, viewer: Viewer, device_ids: Collection[int]) -> dict[int, str]:
    """The serial numbers of iPads by their numbers, as far as somebody sees them.

    device_ids: any number of them. The name stands for a serial number that was never told.
    """
    query = select(Device.id, Device.serial, Device.name).where(
        among(tx, Device.id, device_ids), visible(viewer)
    )
    return {number: serial or name for number, serial, name in tx.execute(query)}


def places(tx: Tx, device_ids: Sequence[int]) -> list[PlaceCount]:
    """Count iPads by school and class, most first. device_ids: any number of them."""
    query = (
        select(School.number, ClassGroup.name, func.count())
        .select_from(Device)
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        .where(among(tx, Device.id, device_ids))
        .group_by(School.number, ClassGroup.name)
    )
    counts = [PlaceCount(*row) for row in tx.execute(query)]
    return sorted(counts, key=lambda one: (-one.devices, one.school or "", one.class_name or ""))


def _rows(
    tx: Tx, viewer: Viewer, wanted: ColumnElement[bool], limit: int, offset: int = 0
) -> list[PlanRow]:
    query = (
        select(ChangePlan, School.name)
        .outerjoin(School, School.id == ChangePlan.school_id)
        .where(wanted)
        .order_by(ChangePlan.id.desc())
        .limit(limit)
        .offset(offset)
        # A list does not show it, and that of a whole city is some hundred kilobytes.
        .options(defer(ChangePlan.compressed_preview))
    )
    return [
        PlanRow(
            id=plan.id,
            title=plan.title,
            school=school,
            state=plan.state,
            devices=plan.device_count,
            created_by=plan.created_by,
            created_at=plan.created_at,
            approved_by=plan.approved_by,
            approved_at=plan.approved_at,
            finished_at=plan.finished_at,
            may_decide=sight.may_decide(viewer, plan),
            takes_back=plan.undoes_id is not None,
        )
        for plan, school in tx.execute(query)
    ]

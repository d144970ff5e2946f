"""A small city for the tests of change plans, and what its iPads come to."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments.models import RolloutDevice
from mdm.rooms.blueprints.models import App
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.reconciler.models import EnrollmentOutcome
from mdm.rooms.schools.models import ClassGroup, School
from policies.operations import AssignmentSpec, BeginAssignment, Target
from policies.outcome import OutcomeKind, OutcomeReason
from tests.factories.devices import an_ipad
from tests.factories.people import administrator, manager_a, viewer
from tests.factories.schools import a_class, a_school
from tests.mdm.rooms.wishes import an_app


@dataclass(frozen=True)
class SmallCity:
    """School 12 with the classes 9a (iPads 0 and 1) and 9b (iPad 2), school 13 with iPad 3.

    ipads: numbers of enrollments. devices: numbers of devices.
    """

    here: School
    elsewhere: School
    nine_a: ClassGroup
    nine_b: ClassGroup
    ipads: tuple[int, ...]
    devices: tuple[int, ...]
    manager: Viewer
    administrator: Viewer
    app: App

    @property
    def grade(self) -> Target:
        return Target(self.here.id, grade="9")

    @property
    def class_a(self) -> Target:
        return Target(self.here.id, class_group_id=self.nine_a.id)

    def app_for(self, target: Target, app: App | None = None) -> BeginAssignment:
        return BeginAssignment(AssignmentSpec(target, app_id=(app or self.app).id))


def a_small_city(tx: Tx) -> SmallCity:
    here, elsewhere = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
    nine_a, nine_b = a_class(tx, here, "9a"), a_class(tx, here, "9b")
    ipads = (
        an_ipad(tx, here, "SIM0000001", class_group=nine_a),
        an_ipad(tx, here, "SIM0000002", class_group=nine_a),
        an_ipad(tx, here, "SIM0000003", class_group=nine_b),
        an_ipad(tx, elsewhere, "SIM0000004"),
    )
    return SmallCity(
        here,
        elsewhere,
        nine_a,
        nine_b,
        tuple(ipad.id for ipad in ipads),
        tuple(ipad.device_id for ipad in ipads),
        viewer(tx, manager_a(tx, here)),
        viewer(tx, administrator(tx)),
        an_app(tx),
    )


def comes_to(
    tx: Tx, ipad: int, outcome: OutcomeKind, at: datetime, in_the_way: str | None = None
) -> None:
    """An iPad was planned for, and this is how it stands since.

    in_the_way: what it refused.
    """
    reasons = [] if in_the_way is None else [asdict(OutcomeReason(in_the_way, "refused"))]
    enrollment = tx.get_one(Enrollment, ipad, populate_existing=True)
    enrollment.done_generation = enrollment.due_generation
    tx.merge(
        EnrollmentOutcome(
            enrollment_id=ipad, outcome=outcome, reasons=reasons, since=at, judged_at=at
        )
    )
    tx.flush()


def is_due(tx: Tx, ipad: int) -> bool:
    enrollment = tx.get_one(Enrollment, ipad, populate_existing=True)
    return enrollment.due_generation > enrollment.done_generation


def released(tx: Tx) -> set[int]:
    """The devices that any roll-out has released."""
    query = select(RolloutDevice.device_id).where(RolloutDevice.released_at.is_not(None))
    return set(tx.scalars(query))

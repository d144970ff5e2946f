"""What people do with a school's list and a grade: bring pupils in, give a grade what it needs,
take it back.

Everything goes through a change plan that was previewed and approved, as in the console.
Not here: what counts as proven (grade_evidence.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from mdm.base.bell import Job
from mdm.base.db import Tx, after_commit
from mdm.base.errors import Conflict
from mdm.base.settings import Settings
from mdm.cli.demo.pupils import DemoList, corrected, first_list
from mdm.cli.demo.scene import ACTOR
from mdm.cli.demo.script import (
    GRADE,
    GRADE_APP,
    GRADE_PASSCODE,
    GRADE_RESTRICTIONS,
    GRADE_RESTRICTIONS_NAME,
    GRADE_WIFI,
    GRADE_WIFI_NAME,
    SCHOOLS,
)
from mdm.cli.demo.stage import Stage
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints import versions
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.service import Approved, Wanted
from mdm.rooms.rosters import reading
from mdm.rooms.rosters import service as rosters
from mdm.rooms.schools import service as schools
from mdm.rooms.schools.models import School
from policies.blueprint import AppSetting, DeclarationSetting, ProfileSetting, Setting
from policies.operations import ApplyRosterImport, AssignmentSpec, BeginAssignment, Target
from policies.rings import Gate, RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from profiles.declarations.configurations.passcode import TYPE as PASSCODE

BLUEPRINT = f"Jahrgang {GRADE}"
# A demonstration does not wait an hour between its rings.
_GATE = Gate(max_failed_share=0.1, wait=timedelta(seconds=1))


@dataclass(slots=True)
class SchoolYear:
    """One school's list and its grade. serials: of the school's iPads, in order.

    given: what the grade got, once it was given. plan, undoing: numbers of change plans.
    """

    stage: Stage
    serials: Sequence[str]
    given: "GivenToGrade | None" = None
    plan: int | None = None
    undoing: int | None = None
    seats: Mapping[str, str] = field(default_factory=dict)
    """Serial number → class, as the list says."""

    def bring_in_list(self) -> None:
        """Bring in a list, then its corrected version: some change class, one has left."""
        first = first_list(self.serials)
        self._bring_in(first)
        second = corrected(first)
        self._bring_in(second)
        self.seats = second.classes

    @property
    def grade_serials(self) -> frozenset[str]:
        """The iPads whose owner is in the grade."""
        return frozenset(
            s for s in self.serials if corrected_class(self.serials, s).startswith(GRADE)
        )

    def give_to_grade(self) -> None:
        """Save a blueprint, preview it for the grade, approve it: one class first, then all."""
        with self.stage.tools.database.transaction() as tx:
            school = _school(tx)
            self.given = _save(tx, self.stage, school)
            spec = AssignmentSpec(
                Target(school.id, grade=GRADE), blueprint_version_id=self.given.version_id
            )
            first = Scope(ScopeKind.CLASS, f"{school.number}/{GRADE}a")
            rings = (RingSpec(RingKind.CHOSEN, (first,)), RingSpec(RingKind.ALL))
            wanted = Wanted(
                f"Jahrgang {GRADE}: WLAN, Regeln, App",
                (BeginAssignment(spec),),
                "Vorführung",
                rings,
                _GATE,
            )
            self.plan = self._decide(tx, wanted)

    def take_back(self) -> None:
        """Undo what the grade was given, previewed and approved like everything else."""
        if self.plan is None:
            raise Conflict("the grade was given nothing")
        tools, scene = self.stage.tools, self.stage.scene
        with tools.database.transaction() as tx:
            now = tools.clock.now()
            plan = changes.undo(tx, tools.vault, scene.viewer, self.plan, now)
            self.undoing = self._approve(tx, plan.id, plan.fingerprint)

    def _bring_in(self, pupils: DemoList) -> None:
        tools, scene = self.stage.tools, self.stage.scene
        with tools.database.transaction() as tx:
            school, now = _school(tx), tools.clock.now()
            row = rosters.draft(
                tx, tools.vault, scene.viewer, _file(pupils, school, tools.settings), now
            )
            shown = rosters.show(tx, tools.vault, scene.viewer, row.id)
            if not shown.verdict.may_write:
                # A run with fewer iPads than the one before: then who is missing has not left.
                rosters.discard(tx, tools.vault, scene.viewer, row.id, now)
                file = _file(pupils, school, tools.settings, complete=False)
                row = rosters.draft(tx, tools.vault, scene.viewer, file, now)
            title = f"Schülerliste {school.name}"
            self._decide(tx, Wanted(title, (ApplyRosterImport(row.id),), "Vorführung"))

    def _decide(self, tx: Tx, wanted: Wanted) -> int:
        tools, scene = self.stage.tools, self.stage.scene
        plan = changes.draft(tx, tools.vault, scene.viewer, wanted, tools.clock.now())
        return self._approve(tx, plan.id, plan.fingerprint)

    def _approve(self, tx: Tx, plan_id: int, fingerprint: str) -> int:
        """Approve exactly what was previewed. raises: Conflict."""
        tools, scene = self.stage.tools, self.stage.scene
        now = tools.clock.now()
        approval = changes.approve(tx, tools.vault, scene.viewer, plan_id, fingerprint, now)
        if not isinstance(approval, Approved):
            raise Conflict("the preview has moved between drafting and approving")
        after_commit(tx, lambda: tools.bell.ring(Job.RECONCILE))
        return approval.plan_id


@dataclass(frozen=True, slots=True)
class GivenToGrade:
    """What the blueprint gives. profiles: identifiers. app: a bundle identifier."""

    version_id: int
    profiles: frozenset[str]
    app: str


def corrected_class(serials: Sequence[str], serial: str) -> str:
    """The class of an iPad's owner in the end."""
    return corrected(first_list(serials)).classes[serial]


def _school(tx: Tx) -> School:
    return schools.school_by_number(tx, SCHOOLS[1].number)


def _file(
    pupils: DemoList, school: School, settings: Settings, complete: bool = True
) -> rosters.RosterFile:
    upload = reading.Upload("schueler.csv", pupils.as_csv(), complete)
    read = reading.read(upload, school, None, None, reading.limits_of(settings))
    if read.file is None:
        raise Conflict(f"the list cannot be read: {read.findings[0].kind}")
    return read.file


def _save(tx: Tx, stage: Stage, school: School) -> GivenToGrade:
    tools = stage.tools
    vault, now = tools.vault, tools.clock.now()
    wifi = blueprints.save_wifi(tx, vault, school, GRADE_WIFI_NAME, GRADE_WIFI, ACTOR, now)
    rules = blueprints.save_restrictions(
        tx, vault, school, GRADE_RESTRICTIONS_NAME, GRADE_RESTRICTIONS, ACTOR, now
    )
    blueprints.save_app(tx, GRADE_APP.bundle_id, GRADE_APP.store_id, GRADE_APP.name, ACTOR, now)
    settings: list[Setting] = [
        ProfileSetting(wifi.profile.id),
        ProfileSetting(rules.profile.id),
        AppSetting(GRADE_APP.bundle_id, GRADE_APP.store_id),
        DeclarationSetting(PASSCODE, GRADE_PASSCODE),
    ]
    saved = versions.save_blueprint(tx, school, BLUEPRINT, settings, ACTOR, now)
    profiles = frozenset({wifi.profile.identifier, rules.profile.identifier})
    return GivenToGrade(saved.version.id, profiles, GRADE_APP.bundle_id)

"""The steps: what sets each off, what proves it, how long it is given.

Not here: the waiting (play.py), the doing (acts.py), what counts as proven (evidence.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mdm.base.db import Tx
from mdm.cli.demo import evidence, grade_evidence
from mdm.cli.demo.acts import Acts
from mdm.cli.demo.evidence import Cast
from mdm.cli.demo.scene import Scene
from mdm.cli.demo.school_year import SchoolYear
from mdm.cli.demo.script import APP, GRADE_APP
from policies.actions import ActionKey, ActionKind, RemoteKind
from profiles.declarations.configurations.passcode import TYPE as PASSCODE
from profiles.declarations.declaration import declaration_identifier


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Step:
    """expected: serial numbers. proven: asks the database. begin: what sets it off.

    nudge: done every few seconds until all is proven. patience_s: then it is given up.
    """

    name: str
    expected: frozenset[str]
    proven: Callable[[Tx], set[str]]
    patience_s: float
    begin: Callable[[], None] = field(default=_nothing)
    nudge: Callable[[], None] = field(default=_nothing)


def steps_of(acts: Acts, scene: Scene, cast: Cast, year: SchoolYear) -> list[Step]:
    """All steps, in their order."""
    everybody, count = cast.serials, len(cast.serials)

    def proven_by(keys: frozenset[str]) -> Callable[[Tx], set[str]]:
        return lambda tx: evidence.commands_proven(tx, cast, keys)

    app_keys = frozenset({scene.app_key})
    to_restart, to_erase = min(everybody), max(everybody)
    return [
        Step(
            "enrol",
            everybody,
            lambda tx: evidence.enrolled(tx, cast),
            120 + 3 * count,
            begin=acts.open_links,
        ),
        Step("wlan", everybody, proven_by(scene.wifi_keys), 120 + 2 * count),
        Step("restrictions", everybody, proven_by(scene.restriction_keys), 90 + count),
        Step("inventory", everybody, lambda tx: evidence.inventory_reported(tx, cast), 90 + count),
        Step(
            "app",
            everybody,
            lambda tx: (
                evidence.commands_proven(tx, cast, app_keys)
                | evidence.app_managed(tx, cast, APP.bundle_id)
            ),
            240 + count,
            nudge=lambda: acts.refresh_apps(app_keys),
        ),
        *_school_year(acts, cast, year),
        _order(acts, "restart", RemoteKind.RESTART, to_restart, lambda: acts.refresh(to_restart)),
        _order(acts, "erase", RemoteKind.ERASE, to_erase, lambda: acts.set_up_anew(to_erase)),
    ]


def _school_year(acts: Acts, cast: Cast, year: SchoolYear) -> list[Step]:
    """A list comes in, a grade is given what it needs, proves it, and gives it back."""
    ninth, count = year.grade_serials, len(cast.serials)

    def refresh_app() -> None:
        acts.refresh_apps(frozenset({str(ActionKey(ActionKind.INSTALL_APP, GRADE_APP.bundle_id))}))

    return [
        Step(
            "roster-import",
            frozenset(year.serials),
            lambda tx: grade_evidence.seated(tx, year.seats),
            60 + count,
            begin=year.bring_in_list,
        ),
        Step(
            "assign-grade",
            ninth,
            lambda tx: _given(tx, cast, year),
            300 + 2 * count,
            begin=year.give_to_grade,
            nudge=refresh_app,
        ),
        Step("declarations", ninth, lambda tx: _declaring(tx, cast), 120 + count),
        Step(
            "undo",
            ninth,
            lambda tx: _taken_back(tx, cast, year),
            300 + 2 * count,
            begin=year.take_back,
        ),
    ]


def _given(tx: Tx, cast: Cast, year: SchoolYear) -> set[str]:
    """Nothing is proven if anybody outside the grade has any of it."""
    if year.given is None or year.plan is None:
        return set()
    having = grade_evidence.having(tx, cast, year.given.profiles, year.given.app)
    if having - year.grade_serials:
        return set()
    return having & grade_evidence.obeying(tx, cast, year.plan)


def _declaring(tx: Tx, cast: Cast) -> set[str]:
    return grade_evidence.declaring(tx, cast, declaration_identifier(PASSCODE))


def _taken_back(tx: Tx, cast: Cast, year: SchoolYear) -> set[str]:
    if year.given is None or year.undoing is None:
        return set()
    still = grade_evidence.having(tx, cast, year.given.profiles, app="")
    obeying = grade_evidence.obeying(tx, cast, year.undoing)
    return obeying - still - _declaring(tx, cast)


def _order(acts: Acts, name: str, kind: RemoteKind, serial: str, nudge: Callable[[], None]) -> Step:
    def proven(tx: Tx) -> set[str]:
        return {serial} if evidence.order_proven(tx, acts.order_of(kind)) else set()

    def begin() -> None:
        acts.order(kind, serial)

    return Step(name, frozenset({serial}), proven, 180, begin=begin, nudge=nudge)

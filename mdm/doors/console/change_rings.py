"""The form for rings and gate of a draft: six places in order, each with one part of the city.

Not here: dividing iPads (policies.rings), storing (mdm.rooms.changes.arranging).
"""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from mdm.base.db import Tx
from mdm.doors.console import wish_words
from mdm.doors.console.blueprint import viewer
from mdm.doors.console.change_view import ring_scopes
from mdm.doors.console.forms import NEEDED
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.naming import names_of
from mdm.rooms.changes.stored import gate_of, preview_of, rings_of
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import School
from policies.ring_text import read_rings, write_rings
from policies.rings import Gate, RingKind, RingSpec
from policies.scope import Scope, ScopeKind

_PLACES = 6
_NONE = ""
_LONGEST_WAIT_MIN = 30 * 24 * 60


class ArrangeForm(FlaskForm):
    """Rings as text of policies.ring_text; whoever is in none comes last."""

    ring_1 = SelectField(_l("First"), default=_NONE)
    ring_2 = SelectField(_l("Second"), default=_NONE)
    ring_3 = SelectField(_l("Third"), default=_NONE)
    ring_4 = SelectField(_l("Fourth"), default=_NONE)
    ring_5 = SelectField(_l("Fifth"), default=_NONE)
    ring_6 = SelectField(_l("Sixth"), default=_NONE)
    failed_percent = IntegerField(
        _l("Stop when more than so many per cent fail"),
        [InputRequired(NEEDED), NumberRange(0, 100, _l("Say a number from %(min)s to %(max)s."))],
    )
    wait_minutes = IntegerField(
        _l("Wait at least so many minutes between two rings"),
        [
            InputRequired(NEEDED),
            NumberRange(0, _LONGEST_WAIT_MIN, _l("Say a number from %(min)s to %(max)s.")),
        ],
    )
    min_devices = IntegerField(
        _l("Wait for so many iPads that have it proven"),
        [InputRequired(NEEDED), NumberRange(0, 1000, _l("Say a number from %(min)s to %(max)s."))],
    )

    @property
    def places(self) -> list[SelectField]:
        """The selects in their order."""
        return [self[f"ring_{number}"] for number in range(1, _PLACES + 1)]

    def rings(self) -> tuple[RingSpec, ...]:
        """The rings chosen; the same twice counts once."""
        chosen = dict.fromkeys(place.data for place in self.places if place.data)
        return read_rings(", ".join(chosen))

    def gate(self, before: Gate) -> Gate:
        """The gate chosen. before: what is not asked for stays."""
        return Gate(
            max_failed_share=(self.failed_percent.data or 0) / 100,
            min_devices=self.min_devices.data or 0,
            wait=timedelta(minutes=self.wait_minutes.data or 0),
            patience=before.patience,
        )


def arrange_form(tx: Tx, plan: ChangePlan) -> ArrangeForm:
    """The form of a draft, filled with what it has unless something was sent."""
    gate, written = gate_of(plan), [write_rings((ring,)) for ring in rings_of(plan)]
    before = [text for text in written if text != RingKind.ALL][:_PLACES]
    filled = {f"ring_{place}": text for place, text in enumerate(before, 1)}
    form = ArrangeForm(
        data={
            **filled,
            "failed_percent": round(gate.max_failed_share * 100),
            "wait_minutes": round(gate.wait.total_seconds() / 60),
            "min_devices": gate.min_devices,
        }
    )
    options = _options(tx, plan)
    for place in form.places:
        place.choices = options
    return form


def _options(tx: Tx, plan: ChangePlan) -> list[SelectChoice]:
    """Nobody, the training school, what is chosen now, grades and classes, schools."""
    names = names_of(tx, preview_of(plan), ring_scopes(plan))
    offered = [RingSpec(RingKind.TRAINING), *(r for r in rings_of(plan) if r.scopes)]
    offered += [RingSpec(RingKind.CHOSEN, (scope,)) for scope in _scopes(tx, plan)]
    texts = {write_rings((ring,)): wish_words.ring_text(ring, names) for ring in offered}
    nobody = SelectChoice(_NONE, _l("nobody more"))  # type: ignore[arg-type]
    return [nobody, *(SelectChoice(value, text) for value, text in texts.items())]


def _scopes(tx: Tx, plan: ChangePlan) -> list[Scope]:
    """The parts that may come first: of one school its grades and classes, else the schools."""
    if plan.school_id is None:
        ids = viewer().school_ids
        rows = schools.all_schools(tx) if ids is None else schools.schools(tx, ids)
        return [Scope(ScopeKind.SCHOOL, row.number) for row in rows]
    number, classes = (
        tx.get_one(School, plan.school_id).number,
        schools.classes_of(tx, plan.school_id),
    )
    grades = dict.fromkeys(group.grade for group in classes if group.grade)
    return [
        *(Scope(ScopeKind.CLASS, f"{number}/{group.name}") for group in classes),
        *(Scope(ScopeKind.GRADE, f"{number}/{grade}") for grade in grades),
    ]
